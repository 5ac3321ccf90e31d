#!/usr/bin/env python3
"""Makes tests/golden/golden.json: values of every model on a small fixed input, in float64, from the formulas with NumPy alone.

    make_golden.py tests/golden/golden.json           writes the file
    make_golden.py --check FILE...                    works each file's outputs out again from its inputs (relative error 1e-12)

Each model's forward pass and loss is one function of a dict of weights. Gradients are complex steps, Im f(w + i h) / h with
h = 1e-30, one weight at a time: exact but for rounding, without a rule of differentiation in sight. Where a function has a
kink (LeakyReLU, |.|, max), the real part decides. Shapes: B cells, p genes, q pathways, N = p + q nodes, d latents, c labels.
"""
import json
import sys

import numpy as np

STEP = 1e-30
SLOPE = 0.2
LEAST_GENES_OF_SET = 5  # SENA
LARGE = 100  # entries; larger matrices are written as two weighted sums

README = """
Made by tests/support/make_golden.py from the formulas with NumPy alone, float64; not made or checked with gracevae itself.
parameters, inputs: numbers of two decimals. A case has its own where it names them. Weights [out, in]: y = x W^T + b.
gnn, options, objective, sizes: what the case is; options are those of section [model], objective the arguments of the loss.
c, c2, c3: one-hot labels of the case's interventions, [B, c], or [1, c] for all cells.
inputs.edge_index: row 0 source, row 1 target, both directions; genes are nodes 0 .. p-1, then pathways. Gene 6 and pathway 10
have no edge; pathway 9 has fewer than 5 genes.
intermediates, losses, gradients, gradients_wrt_intermediates and Adam steps: of the loss before the clamp to +-0.5.
Gradients of more than 100 entries [n, m] are given as sums: rows_i = sum_j t_ij (1 + j mod 7), columns_j = sum_i t_ij (1 + i mod 7).
target_graph: genes, candidates and trained targets of a screen and its protein interactions; nodes of the graph of tri-value
and of tri-value-1hop follow from them. dropped: entries that dropout takes away, of [2 layers, 64 channels, nodes].
LayerNorm: variance over n, epsilon 1e-5. mlp mechanism: 8 units a latent, no last offset. objective.elbo_scale: factor on
likelihood and KL of a Gaussian likelihood, 2 / sum_g sigma_g^-2.
shift_models: cells [cells, genes] of a screen and the shift of each model under each condition.
schedules: alpha, beta and temp of every epoch.
""".strip()


# ---- elementary functions, all holomorphic but at their kinks

def leaky(x):
    return np.where(x.real > 0, x, SLOPE * x)


def positive_part(x):
    return np.where(x.real > 0, x, 0)


def softplus(x):
    return np.where(x.real > 0, x, 0) + np.log1p(np.exp(np.where(x.real > 0, -x, x)))


def softmax(x, axis):
    e = np.exp(x - x.real.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def linear(w, name, x):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def layer_norm(w, name, x):
    """Over the last axis."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + 1e-5) * w[name + ".weight"] + w[name + ".bias"]


# ---- graphs

def adjacency(edge_index, n_nodes):
    a = np.zeros((n_nodes, n_nodes))
    a[edge_index[1], edge_index[0]] = 1
    return a


def convolution(a):
    """D^-1/2 (A + I) D^-1/2, D the degrees with self loops."""
    own = a + np.eye(len(a))
    degree = own.sum(axis=1)
    return own / np.sqrt(np.outer(degree, degree))


def sage_layer(w, name, a, x):
    mean = a / np.maximum(a.sum(axis=1, keepdims=True), 1) @ x
    return mean @ w[name + "lin_l.weight"].T + w[name + "lin_l.bias"] + x @ w[name + "lin_r.weight"].T


def gcn_layer(w, name, a, x):
    return convolution(a) @ x @ w[name + "lin.weight"].T + w[name + "bias"]


def attention(w, name, a, x):
    """Values [B, N, heads, channels] and weights [B, target, source, heads] of a layer of GAT."""
    source, target = w[name + "att_src"], w[name + "att_dst"]
    values = (x @ w[name + "lin_src.weight"].T).reshape(*x.shape[:2], *source.shape[1:])
    of_source, of_target = (values * source).sum(axis=-1), (values * target).sum(axis=-1)
    logits = leaky(of_source[:, None, :, :] + of_target[:, :, None, :])
    joined = (a + np.eye(len(a)) > 0)[None, :, :, None]
    e = np.where(joined, np.exp(logits - logits.real.max()), 0)
    return values, e / e.sum(axis=2, keepdims=True)


def gat_layer(w, name, a, x):
    values, alpha = attention(w, name, a, x)
    out = np.einsum("bijh,bjhc->bihc", alpha, values)
    return out.reshape(*x.shape[:2], -1) + w[name + "bias"]


def graph_encoder(w, gnn, a, x, n_layers):
    """x [B, N] -> [B, N, 1] through layers with ReLU between them; and the output of each layer."""
    layer = {"sage": sage_layer, "gcn": gcn_layer, "gat": gat_layer, "gat3": gat_layer}[gnn]
    outputs = []
    nodes = x[:, :, None]
    for i in range(n_layers):
        if i > 0:
            nodes = positive_part(nodes)
        nodes = layer(w, f"gnn_conv{i + 1}.", a, nodes)
        outputs.append(nodes)
    return nodes, outputs


# ---- intervention encoders: hidden, b [r, d] and s [r] of rows of shares [r, c]

def encode_mlp(w, _case, shares, tau):
    hidden = leaky(linear(w, "c1", shares))
    return hidden, softmax(tau * linear(w, "c2", hidden), 1), shares @ w["c_shift"]


def encode_table(w, _case, shares, tau):
    return None, softmax(tau * (shares @ w["label_table"]), 1), shares @ w["c_shift"]


def target_network(w, a, features, row, tau, kept):
    """From features [n, f] of the nodes of a graph to hidden, b and s of the targets' mean (row [n])."""
    s = convolution(a)
    h1 = kept[0] * layer_norm(w, "targets.0.norm", leaky(s @ features @ w["targets.0.weight"].T + w["targets.0.bias"]))
    h = leaky(s @ h1 @ w["targets.1.weight"].T + w["targets.1.bias"] + h1)
    r = row @ (kept[1] * layer_norm(w, "targets.1.norm", h))
    hidden = leaky(linear(w, "c1", r))
    b = softmax(min(max(tau, 1e-3), 10) * linear(w, "c2", hidden), 0)
    return hidden, b, w["c_strength"][0] * np.tanh(linear(w, "c3", hidden))[0]


def rows_together(encoded):
    return tuple(np.stack(part) for part in zip(*encoded))


def encode_tri_value(w, case, shares, tau):
    nodes, candidates, a = case["graph"]
    kept = np.ones((2, 64, len(nodes)))
    if "dropped" in case:
        kept[:] = 1 / 0.9
        kept.reshape(-1)[case["dropped"]] = 0
    other = np.array([0.0 if node in candidates else -1.0 for node in nodes])
    encoded = []
    for row in shares:
        features = np.column_stack([np.where(row > 0, 1, other), w["targets.embedding"].T])
        hidden, b, s = target_network(w, a, features, row, tau, kept.transpose(0, 2, 1))
        encoded.append((hidden, b, s + row @ w["c_shift"]))
    return rows_together(encoded)


def encode_drop_edge(w, case, shares, tau):
    """Over the whole graph, edges at a target taken away; a node that is no label has features of its own, which reach none."""
    nodes, _, whole = case["graph"]
    place = [nodes.index(label) for label in case["labels"]]
    embedding = w["targets.embedding"]
    features = np.ones((len(nodes), len(embedding)), dtype=embedding.dtype)
    features[place] = embedding.T
    encoded = []
    for row in shares:
        on_nodes = np.zeros(len(nodes))
        on_nodes[place] = row
        alone = np.where(on_nodes > 0, 0, 1)
        encoded.append(target_network(w, whole * np.outer(alone, alone), features, on_nodes, tau, np.ones((2, 1, 1))))
    return rows_together(encoded)


ENCODERS = {"mlp": encode_mlp, "table": encode_table, "tri-value": encode_tri_value, "tri-value-1hop": encode_tri_value,
            "drop-edge": encode_drop_edge}


def target_graph(given, near_targets):
    """Nodes (sorted), candidates and adjacency: nodes with an edge, and targets that train; near_targets: only candidates and
    their neighbours."""
    candidates = given["candidates"]
    nodes = set(given["trained"])
    for edge in given["edges"]:
        if not near_targets or edge[0] in candidates or edge[1] in candidates:
            nodes.update(edge)
    nodes = sorted(nodes)
    a = np.zeros((len(nodes), len(nodes)))
    for i, j in given["edges"]:
        if i in nodes and j in nodes:
            a[nodes.index(i), nodes.index(j)] = a[nodes.index(j), nodes.index(i)] = 1
    return nodes, candidates, a


# ---- the model

def solve(w, mechanism, noise, incoming):
    """u_j = noise_j + incoming_j f_j(u_<j), latent after latent; the linear mechanism without factors by its matrix."""
    edges = np.triu(w["G"], 1)
    d = len(edges)
    if mechanism == "linear" and incoming is None:
        return noise @ np.linalg.inv(np.eye(d) - edges)
    factor = 1 if incoming is None else incoming
    factor = np.broadcast_to(factor, noise.shape)
    u = np.zeros(noise.shape, dtype=complex)
    for j in range(d):
        before = u[:, :j]
        if mechanism == "mlp":
            hidden = leaky((before * edges[:j, j]) @ w["mechanism.first.weight"][j, :j] + w["mechanism.first.bias"][j])
            sum_ = hidden @ w["mechanism.last.weight"][j] if j > 0 else 0
        else:
            sum_ = (positive_part(before) if mechanism == "relu" else before) @ edges[:j, j]
        u[:, j] = noise[:, j] + factor[:, j] * sum_
    return u


def forward(case, w, bump=None):
    """All that lies between inputs and loss, by its name in the file. bump: what is added to these on the way."""
    options, sizes, inputs = case["options"], case["sizes"], case["inputs"]
    model = options.get("model", "cmvae" if case["gnn"] == "none" else "grace-vae")
    x, a, p = inputs["x"], adjacency(inputs["edge_index"], sizes["N"]), sizes["p"]
    out = {}

    def passed(name, value):
        out[name] = value if bump is None or name not in bump else value + bump[name]
        return out[name]

    members = a[p:, :p]
    if case["gnn"] != "none":
        z2 = np.broadcast_to(inputs["z2"], (len(x), sizes["q"]))
        out["x_cat"] = np.concatenate([x, z2], axis=1)
        n_layers = max(int(name[8]) for name in w if name.startswith("gnn_conv"))
        nodes, layers = graph_encoder(w, case["gnn"], a, out["x_cat"], n_layers)
        out["gnn_layers"] = layers
        out["gnn_out_all_nodes"] = nodes[:, :, 0]
        g = passed("gnn_out_genes", nodes[:, :p, 0])
    elif model == "cmvae-multihot":
        out["x_cat"] = x
        g = out["gnn_out_genes"] = np.concatenate([x, (x > 0) @ members.T > 0], axis=1)
    else:
        out["x_cat"] = g = out["gnn_out_genes"] = x
    if "embedding" in inputs:
        g = np.concatenate([g, inputs["embedding"]], axis=1)
    if model == "sena":
        sets = members[members.sum(axis=1) >= LEAST_GENES_OF_SET]
        mask = np.where(sets > 0, 1, options.get("sena_lambda", 0))
        out["fc1_pre"] = g @ (w["sets.weight"] * mask).T + w["sets.bias"]
    else:
        out["fc1_pre"] = linear(w, "fc1", g)
    out["h_enc"] = leaky(out["fc1_pre"])
    mu = passed("mu", linear(w, "fc_mean", out["h_enc"]))
    out["var_pre_softplus"] = linear(w, "fc_var", out["h_enc"])
    var = passed("var", softplus(out["var_pre_softplus"]))
    z = passed("z", mu + np.sqrt(var) * inputs["eps"])

    kind = options.get("intervention_encoder", "mlp")
    shares = [case[name] for name in ("c", "c2", "c3")[:case["num_interv"]]]
    if kind in ("tri-value", "tri-value-1hop", "drop-edge"):  # several targets are encoded together
        shares = [np.mean(shares, axis=0)]
    shift, noise_factor, incoming = 0, None, None
    for k, one_hot in enumerate(shares):
        hidden, b, s = ENCODERS[kind](w, case, one_hot, sizes["temp"])
        suffix = "" if k == 0 else f"_{k + 1}"
        if hidden is not None:
            out["c_hidden" + suffix] = hidden
        out["b" + suffix], out["s" + suffix] = b, s
        shift = shift + b * s[:, None]

        def factor(values, b=b, one_hot=one_hot):
            return 1 + b * ((one_hot @ values) - 1)[:, None]
        if options.get("intervention") == "scale":
            noise_factor = factor(w["intervention.noise_factor"]) * (1 if noise_factor is None else noise_factor)
            incoming = factor(w["intervention.incoming_factor"]) * (1 if incoming is None else incoming)
        if options.get("intervention") == "cut":
            removed = (one_hot @ (1 / (1 + np.exp(-w["intervention.cut"]))))[:, None]
            incoming = (1 - b * removed) * (1 if incoming is None else incoming)
    out["z_interv"] = z + shift
    noise = z * (1 if noise_factor is None else noise_factor) + shift

    mechanism = options.get("mechanism", "linear")
    if model == "vgae":
        u0, u = passed("u0", z), passed("u", noise)
    else:
        out["M_inv"] = np.linalg.inv(np.eye(sizes["d"]) - np.triu(w["G"], 1))
        u0, u = passed("u0", solve(w, mechanism, z, None)), passed("u", solve(w, mechanism, noise, incoming))

    def decode(latents):
        genes = linear(w, "d2", leaky(linear(w, "d1", latents)))
        if options.get("linear_skip"):
            genes = genes + latents @ w["skip.weight"]
        return genes if options.get("decoder_output") == "linear" else leaky(genes)
    x_recon = passed("x_recon", decode(u0))
    y_hat = x + decode(u) - x_recon if options.get("abduction") else decode(u)
    if options.get("value_range") == "nonnegative":
        y_hat = positive_part(y_hat)
    y_hat = passed("y_hat", y_hat)
    rows = np.concatenate([y_hat, inputs["y"]])
    out["mmd_squared_distances_of_[y_hat;y]"] = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    return out


def mmd2(a, b, sigma=1000, unbiased=False, n_kernels=10):
    def kernel(first, second):
        distances = ((first[:, None] - second[None]) ** 2).sum(axis=2)
        return sum(np.exp(-distances / (sigma * 2.0 ** (i - n_kernels // 2))) for i in range(n_kernels))

    def within(rows):
        k, n = kernel(rows, rows), len(rows)
        return (k.sum() - np.trace(k)) / (n * (n - 1)) if unbiased else k.mean()
    return within(a) + within(b) - 2 * kernel(a, b).mean()


def losses(case, w, out):
    options, sizes, x = case["options"], case["sizes"], case["inputs"]["x"]
    objective = case["objective"]
    mu, var = out["mu"], out["var"]
    error = out["x_recon"] - x
    mmd = mmd2(out["y_hat"], case["inputs"]["y"], objective.get("sigma", 1000), objective.get("unbiased", False))
    kl_of_latent = -0.5 * (1 + np.log(var) - mu ** 2 - var).mean(axis=0)
    terms = {"MMD": mmd, "MSE": (error ** 2).mean(), "KL": kl_of_latent.sum()}
    likelihood = options.get("likelihood", "mse")
    if likelihood == "mse":
        loss = terms["MSE"] + sizes["beta"] * terms["KL"]
    else:
        log_variance = w["log_variance"]
        if likelihood == "gaussian-empirical":
            log_variance = log_variance.real  # kept: no gradient
        nll = 0.5 * (error ** 2 / np.exp(log_variance) + log_variance).sum(axis=1).mean()
        free_bits = objective.get("free_bits", 0)
        kl = np.where(kl_of_latent.real > free_bits, kl_of_latent, free_bits).sum()
        loss = objective.get("elbo_scale", 1) * (nll + sizes["beta"] * kl)
    model = options.get("model", "grace-vae")
    terms["L1"] = 0.0
    if model != "vgae":
        edges = np.triu(w["G"], 1)
        terms["L1"] = np.where(edges.real > 0, edges, -edges).sum()
    loss = loss + sizes["alpha"] * mmd + sizes["lmbda"] * terms["L1"]
    if model == "vgae" or options.get("intervention_encoder", "mlp") not in ("mlp", "table"):
        i, j = case["inputs"]["edge_index"]
        of_genes = (i < j) & (j < sizes["p"])
        rows = w["d2.weight"]
        terms["smooth"] = ((rows[i[of_genes]] - rows[j[of_genes]]) ** 2).sum(axis=1).mean()
        loss = loss + 1e-4 * terms["smooth"]
    terms["loss"] = loss
    return terms


# ---- gradients and steps

def complex_steps(tensor, loss_of):
    """d loss / d tensor, entry by entry; loss_of takes the moved tensor."""
    gradient = np.zeros(tensor.shape)
    moved = tensor.astype(complex)
    for i in np.ndindex(tensor.shape):
        moved[i] = tensor[i] + 1j * STEP
        gradient[i] = loss_of(moved).imag / STEP
        moved[i] = tensor[i]
    return gradient


class Weights(dict):
    """Remembers which weights were read."""

    def __init__(self, *args):
        super().__init__(*args)
        self.read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)


def gradients(case, w, names):
    def loss_with(name):
        return lambda moved: losses(case, {**w, name: moved}, forward(case, {**w, name: moved}))["loss"]
    return {name: complex_steps(w[name], loss_with(name)) for name in names}


def gradients_of_intermediates(case, w, out, names):
    def loss_with(name):
        return lambda bump: losses(case, w, forward(case, w, {name: bump}))["loss"]
    return {name: complex_steps(np.zeros(out[name].shape), loss_with(name)) for name in names if name in out}


def adam_steps(w, gradients_of_steps):
    """The weights after each step."""
    m, v, weights = 0, 0, []
    for t, gradient in enumerate(gradients_of_steps, 1):
        clamped = np.clip(gradient, -0.5, 0.5)
        m = 0.9 * m + 0.1 * clamped
        v = 0.999 * v + 0.001 * clamped ** 2
        w = w - 1e-3 * (m / (1 - 0.9 ** t)) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
        weights.append(w)
    return weights


# ---- a case of a file

STEP_KEYS = ("parameters_after_one_adam_step", "parameters_after_two_adam_steps_same_gradient")
TRAINING_KEY = "parameters_after_two_training_steps"  # the second gradient is that of the moved weights: shows the clamp


def arrays(value):
    """Lists of numbers as arrays, at any depth of dicts."""
    if isinstance(value, dict):
        return {name: arrays(part) for name, part in value.items()}
    if isinstance(value, list) and not (value and isinstance(value[0], str)):
        return np.array(value)
    return value


def read_case(golden, case):
    """A case's inputs and its weights, with what all cases of the file share."""
    own = {name: part for name, part in case.items() if name not in ("intermediates", "gradients")}
    result = arrays({"options": {}, "objective": {}, **own})
    result["options"] = case.get("options", {})
    result["sizes"] = golden["sizes"]
    result["inputs"] = {**arrays(golden["inputs"]), **result.get("inputs", {})}
    kind = result["options"].get("intervention_encoder", "mlp")
    if kind in ("tri-value", "tri-value-1hop", "drop-edge"):
        result["graph"] = target_graph(golden["target_graph"], kind == "tri-value-1hop")
    weights = {**golden["parameters"], **case.get("gnn_parameters", {}), **case.get("parameters", {})}
    return result, Weights(arrays(weights))


def attention_values(case, w, out):
    """Outputs of every layer of GAT, and its weights in the first two cells, edge by edge, self loops last."""
    source, target = case["inputs"]["edge_index"]
    loops = np.arange(case["sizes"]["N"])
    source, target = np.concatenate([source, loops]), np.concatenate([target, loops])
    values = {"attention_edges_src_dst": np.stack([source, target])}
    nodes = out["x_cat"][:, :, None]
    a = adjacency(case["inputs"]["edge_index"], case["sizes"]["N"])
    for i, layer in enumerate(out["gnn_layers"]):
        _, alpha = attention(w, f"gnn_conv{i + 1}.", a, nodes)
        values[f"gnn_conv{i + 1}.out"] = layer
        for b in (0, 1):
            values[f"gnn_conv{i + 1}.attention_b{b}"] = alpha[b][target, source]
        nodes = positive_part(layer)
    return values


def computed(golden, given, trained):
    """What follows from a case's inputs, under the keys of the file; TRAINING_KEY if it is to be trained."""
    case, w = read_case(golden, given)
    out = forward(case, w)
    terms = losses(case, w, out)
    names = [name for name in w if name in w.read]
    of_weights = gradients(case, w, names)
    result = {"losses": {name: np.real(term) for name, term in terms.items()}, "gradients": of_weights}
    result["gradients_wrt_intermediates"] = gradients_of_intermediates(
        case, w, out, ["y_hat", "x_recon", "u", "u0", "z", "mu", "var", "gnn_out_genes"][:7 + (case["gnn"] != "none")])
    if case["gnn"].startswith("gat"):
        out.update(attention_values(case, w, out))
    out.pop("gnn_layers", None)
    result["intermediates"] = {name: np.real(value) for name, value in out.items()}
    steps = {name: adam_steps(w[name], [of_weights[name]] * 2) for name in names}
    for i, key in enumerate(STEP_KEYS):
        result[key] = {name: weights[i] for name, weights in steps.items()}
    if trained:
        moved = gradients(case, {**w, **result[STEP_KEYS[0]]}, names)
        result[TRAINING_KEY] = {name: adam_steps(w[name], [of_weights[name], moved[name]])[1] for name in names}
    return result


def sums_of(tensor):
    rows = tensor @ (1 + np.arange(tensor.shape[1]) % 7)
    columns = (1 + np.arange(tensor.shape[0]) % 7) @ tensor
    return {"rows": rows, "columns": columns}


# ---- what is no case

def shift_predictions(screen):
    """The shift of each model under each condition, {model: {condition: [genes]}}; targets of a condition are joined by +."""
    x, labels, genes = np.array(screen["cells"]), np.array(screen["labels"]), screen["genes"]
    control = x[labels == "control"].mean(axis=0)
    singles = sorted(label for label in set(labels) if label != "control" and "+" not in label and
                     label not in screen["untrained"])
    of_target = {label: x[labels == label].mean(axis=0) - control for label in singles}
    means = np.column_stack([control] + [control + of_target[label] for label in singles])
    centred = means - means.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    scores = centred @ directions[:10].T
    measured = [label for label in singles if label in genes]
    y = np.column_stack([of_target[label] for label in measured])
    centre = y.mean(axis=1)
    b = scores[[genes.index(label) for label in measured]].T
    ridge = 0.1 * np.eye(len(b))
    k = (np.linalg.inv(scores.T @ scores + ridge) @ scores.T @ (y - centre[:, None]) @ b.T @
         np.linalg.inv(b @ b.T + ridge))
    predictions = {}
    for condition in screen["conditions"]:
        targets = condition.split("+")
        of_model = {"control": np.zeros(len(genes)), "mean-shift": np.mean(list(of_target.values()), axis=0)}
        if all(target in of_target for target in targets):
            of_model["additive"] = sum(of_target[target] for target in targets)
        if all(target in genes for target in targets):
            of_model["linear"] = centre + sum(scores @ k @ scores[genes.index(target)] for target in targets)
        for model, shift in of_model.items():
            predictions.setdefault(model, {})[condition] = shift
    return predictions


def ramp(epoch, first, last):
    return min(max((epoch - first) / (last - first), 0), 1)


def schedule(n_epochs, alpha, beta, temp, paper_text):
    """Ramps from 0 (temp: from 1) at their first epoch to their largest value at their last."""
    half = n_epochs // 2
    beta_end, temp_start = (half - 1, half) if paper_text else (n_epochs - 1, 5)
    epochs = range(n_epochs)
    return {"alpha": [alpha * ramp(e, 5, half - 1) for e in epochs],
            "beta": [beta * ramp(e, 10, beta_end) for e in epochs],
            "temp": [1 + (temp - 1) * ramp(e, temp_start, n_epochs - 1) for e in epochs]}


def metrics(extras):
    """Of a small predicted and observed population."""
    pred, gt, close, de = (np.array(extras[name]) for name in ("pred", "gt", "pred_close", "de_columns"))

    def rmse(ours, truth):
        return np.sqrt(((ours - truth) ** 2).mean() / (truth ** 2).mean())

    def r2(truth, ours):
        return 1 - ((truth - ours) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()

    def means(cells, columns=slice(None)):
        return cells[:, columns].mean(axis=0)
    return {
        "mmd": {"sigma1000_k10": mmd2(pred, gt), "sigma100_k10": mmd2(pred, gt, 100), "sigma1_k10": mmd2(pred, gt, 1),
                "sigma1000_k10_de": mmd2(pred[:, de], gt[:, de]), "sigma100_k10_de": mmd2(pred[:, de], gt[:, de], 100)},
        "rmse_all": rmse(pred, gt), "rmse_de": rmse(pred[:, de], gt[:, de]),
        "r2_unclipped_all": r2(means(pred), means(gt)), "r2_unclipped_swapped_all": r2(means(gt), means(pred)),
        "r2_unclipped_de": r2(means(pred, de), means(gt, de)),
        "r2_close_all": r2(means(close), means(gt)), "r2_close_all_swapped": r2(means(gt), means(close))}


# ---- our own inputs

class Draw:
    """Numbers of two decimals: short in the file, and the same for whoever reads them."""

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)

    def normal(self, *shape, scale=1.0, centre=0.0, decimals=2):
        return np.round(centre + scale * self.random.standard_normal(shape), decimals)


SIZES = {"p": 7, "q": 4, "N": 11, "d": 3, "c": 6, "B": 5, "h": 4, "temp": 1.5, "alpha": 3.0, "beta": 0.7, "lmbda": 0.01}
GENE_EDGES = [(0, 1), (1, 3), (3, 4), (4, 5)]
PATHWAY_EDGES = [(g, 7) for g in (0, 1, 2, 3, 4)] + [(g, 8) for g in (1, 2, 3, 4, 5)] + [(0, 9), (5, 9), (7, 9)]
LABELS = ["g0", "g6", "t0", "g1", "g3", "g4"]
TARGET_GRAPH = {"genes": [f"g{i}" for i in range(7)], "candidates": ["g0", "g6", "t0"], "trained": ["g0", "g6", "t0"],
                "edges": [["g0", "g1"], ["g1", "g3"], ["g3", "g4"], ["g4", "g5"], ["t0", "g1"]]}


def inputs_and_parameters(draw):
    p, q, d, c, n_cells, h = (SIZES[name] for name in ("p", "q", "d", "c", "B", "h"))
    both = GENE_EDGES + PATHWAY_EDGES
    both = both + [(j, i) for i, j in both]
    inputs = {"x": draw.normal(n_cells, p) * (draw.random.random_sample((n_cells, p)) > 0.2),
              "y": draw.normal(n_cells, p, scale=1.5, centre=0.5), "eps": draw.normal(n_cells, d), "z2": draw.normal(q),
              "edge_index": np.array(both).T}
    weights = {}
    for name, n_in, n_out, scale in (("fc1", p, h, 0.5), ("fc_mean", h, d, 0.5), ("fc_var", h, d, 0.5), ("c1", c, h, 0.8),
                                     ("c2", h, d, 0.8), ("d1", d, h, 0.7), ("d2", h, p, 0.7), ("targets.0", 33, 64, 0.2),
                                     ("targets.1", 64, 64, 0.15), ("c3", h, 1, 0.4)):
        weights[name + ".weight"] = draw.normal(n_out, n_in, scale=scale)
        weights[name + ".bias"] = draw.normal(n_out, scale=0.3)
    for name in ("targets.0.norm", "targets.1.norm"):
        weights[name + ".weight"] = draw.normal(64, scale=0.3, centre=1)
        weights[name + ".bias"] = draw.normal(64, scale=0.2)
    weights["c_strength"] = draw.normal(1, centre=0.8, scale=0.1)
    weights["G"] = draw.normal(d, d, scale=0.6)
    weights["c_shift"] = draw.normal(c)
    weights["label_table"] = draw.normal(c, d)
    for name in ("intervention.noise_factor", "intervention.incoming_factor"):
        weights[name] = draw.normal(c, scale=0.4, centre=1)
    weights["intervention.cut"] = draw.normal(c)
    weights["mechanism.first.weight"] = draw.normal(d, d, 8, scale=0.6)
    weights["mechanism.first.bias"] = draw.normal(d, 8, scale=0.3)
    weights["mechanism.last.weight"] = draw.normal(d, 8, scale=0.4)
    weights["skip.weight"] = draw.normal(d, p, scale=0.5)
    weights["log_variance"] = draw.normal(p, scale=0.4, centre=-0.3)
    return inputs, weights


def gnn_parameters(draw, gnn, channels=(), heads=()):
    """Of layers with so many channels and heads, and a last one that gives one number a node."""
    weights, n_in = {}, 1
    for i, (channel, head) in enumerate([*zip(channels, heads or [1] * len(channels)), (1, 1)]):
        name, n_out = f"gnn_conv{i + 1}.", channel * head
        if gnn == "sage":
            weights[name + "lin_l.weight"] = draw.normal(n_out, n_in, scale=0.6)
            weights[name + "lin_l.bias"] = draw.normal(n_out, scale=0.3)
            weights[name + "lin_r.weight"] = draw.normal(n_out, n_in, scale=0.6)
        elif gnn == "gcn":
            weights[name + "lin.weight"] = draw.normal(n_out, n_in, scale=0.8)
            weights[name + "bias"] = draw.normal(n_out, scale=0.3)
        elif gnn == "gat":
            weights[name + "lin_src.weight"] = draw.normal(n_out, n_in, scale=0.8)
            weights[name + "att_src"] = draw.normal(1, head, channel)
            weights[name + "att_dst"] = draw.normal(1, head, channel)
            weights[name + "bias"] = draw.normal(n_out, scale=0.3)
        n_in = n_out
    return weights


def own_cases(draw):
    """Inputs of every case. keep: "all" intermediates (else the usual ones), a "step" of Adam or "two steps"."""
    p, d, c, n_cells, h = (SIZES[name] for name in ("p", "d", "c", "B", "h"))
    cases = {}

    def case(name, interventions, gnn="none", keep="", gnn_options=None, n_labels=c, **more):
        """interventions: the label of each; a list of B gives each cell its own."""
        options = more.pop("options", {})
        case_ = {"gnn": gnn, "keep": keep, "num_interv": len(interventions), "options": options, **more}
        for suffix, label in zip(("", "2", "3"), interventions):
            case_["c" + suffix] = np.eye(n_labels)[label if isinstance(label, list) else [label]]
        if gnn != "none":
            options.setdefault("encoder", gnn)
            case_["gnn_parameters"] = gnn_parameters(draw, gnn, *(gnn_options or ()))
            if gnn_options:
                options["gnn_channels"] = [str(n) for n in gnn_options[0]]
                if gnn == "gat":
                    options["gnn_heads"] = [str(n) for n in gnn_options[1]]
        cases[name] = case_

    case("sage_single", [[1] * n_cells], "sage", "all, two steps")
    case("sage_mixed_interventions_in_batch", [[0, 5, 2, 2, 4]], "sage", "step")
    case("sage_double", [0, 3], "sage")
    case("sage_triple", [5, 1, 2], "sage")
    case("sage_two_layers", [4], "sage", gnn_options=([3], ()))
    case("sage_pathway_values_per_cell", [3], "sage", inputs={"z2": draw.normal(n_cells, SIZES["q"])})
    case("sage_embedding", [2], "sage", "step", inputs={"z2": np.zeros(SIZES["q"]), "embedding": draw.normal(n_cells, 2)},
         parameters={"fc1.weight": draw.normal(h, p + 2, scale=0.5)})
    case("gcn_single", [0], "gcn", "step")
    case("gcn_two_layers_double", [2, 1], "gcn", gnn_options=([2], ()))
    case("gat_single", [3], "gat", "all, step")
    case("gat3_double", [5, 0], "gat", "step", gnn_options=([2, 2], [2, 1]))
    case("cmvae_single", [2], keep="all, step", options={"model": "cmvae"})
    case("cmvae_double", [[4] * n_cells, [1, 1, 0, 0, 3]], options={"model": "cmvae"})
    case("cmvae_multihot_single", [1], keep="step", options={"model": "cmvae-multihot"},
         parameters={"fc1.weight": draw.normal(h, SIZES["N"], scale=0.5)})
    case("vgae_single", [0], "sage", "step", options={"model": "vgae"})
    case("vgae_gcn_double", [3, 4], "gcn", options={"model": "vgae"})
    sena = {"sets.weight": draw.normal(2, p, scale=0.5), "sets.bias": draw.normal(2, scale=0.3),
            "fc_mean.weight": draw.normal(d, 2), "fc_var.weight": draw.normal(d, 2)}
    case("sena_single", [5], keep="step", options={"model": "sena"}, parameters=sena)
    case("sena_lambda_double", [5, 2], options={"model": "sena", "sena_lambda": 0.25}, parameters=sena)

    def on_targets(n_nodes, n_features):
        own = {"targets.embedding": draw.normal(32, n_nodes), "c1.weight": draw.normal(h, 64, scale=0.15)}
        if n_features == 33:
            own["c_shift"] = draw.normal(n_nodes)
        else:
            own["targets.0.weight"] = draw.normal(64, n_features, scale=0.2)
        return own
    tri_value = {"model": "cmvae", "intervention_encoder": "tri-value"}
    case("tri_value_single", [5], options=tri_value, n_labels=7, parameters=on_targets(7, 33))
    case("tri_value_double_with_dropout", [0, 6], options=tri_value, n_labels=7, parameters=on_targets(7, 33),
         dropped=np.sort(draw.random.permutation(2 * 64 * 7)[:90]))
    case("tri_value_1hop_single", [0], options={**tri_value, "intervention_encoder": "tri-value-1hop"}, n_labels=4,
         parameters=on_targets(4, 33))
    drop_edge = {"model": "cmvae", "intervention_encoder": "drop-edge"}
    case("drop_edge_double", [0, 3], options=drop_edge, labels=LABELS, parameters=on_targets(c, 32))
    case("table_double", [1, 4], keep="step", options={"model": "cmvae", "intervention_encoder": "table"})

    for mechanism in ("linear", "relu", "mlp"):
        for intervention in ("shift", "scale", "cut"):
            if (mechanism, intervention) != ("linear", "shift"):
                options = {"model": "cmvae", "mechanism": mechanism, "intervention": intervention}
                labels = [0, 5] if intervention != "shift" else [3]
                keep = "step" if (mechanism, intervention) == ("mlp", "shift") else ""
                case(f"{mechanism}_{intervention}", labels, keep=keep, options=options)

    gaussian = {"model": "cmvae", "likelihood": "gaussian"}
    case("gaussian", [1], keep="step", options=gaussian)
    case("gaussian_empirical", [1], options={**gaussian, "likelihood": "gaussian-empirical"})
    case("gaussian_free_bits", [4], options=gaussian, objective={"free_bits": 0.6, "elbo_scale": 0.21})
    case("linear_skip", [2], options={"model": "cmvae", "linear_skip": True, "decoder_output": "linear"})
    case("abduction_at_least_zero", [3], options={"model": "cmvae", "abduction": True, "value_range": "nonnegative"})
    case("unbiased_mmd", [5], options={"model": "cmvae"}, objective={"unbiased": True, "sigma": 40.0})
    case("calibrated", [0, 4], "sage", "all, step", objective={"free_bits": 0.11, "elbo_scale": 0.21, "unbiased": True, "sigma": 25.0},
         options={"intervention_encoder": "table", "mechanism": "relu", "likelihood": "gaussian", "linear_skip": True,
                  "decoder_output": "linear", "abduction": True, "value_range": "nonnegative"})
    return cases


def own_screen(draw):
    """Two cells of every label, in eighths, which single precision holds; 11 singles that train, one of them not measured."""
    genes = [f"g{i}" for i in range(14)]
    singles = [f"g{i}" for i in range(10)] + ["elsewhere"]
    labels = ["control"] * 3 + [label for label in singles for _ in range(2)] + ["g0+g3"] * 2 + ["g12"] * 2
    cells = np.round(8 * np.abs(draw.normal(len(labels), len(genes), centre=1))) / 8
    return {"genes": genes, "labels": labels, "untrained": ["g12"], "cells": cells,
            "conditions": ["g0", "elsewhere", "g0+g3", "g12", "g1+g2+g9"]}


USUAL = ("gnn_out_genes", "mu", "var", "b", "b_2", "b_3", "s", "s_2", "s_3", "u", "u0", "x_recon", "y_hat")


def make():
    draw = Draw(25)
    inputs, weights = inputs_and_parameters(draw)
    golden = {"readme": README.split("\n"), "sizes": SIZES, "inputs": inputs, "parameters": weights,
              "target_graph": TARGET_GRAPH, "cases": {}}
    golden = json.loads(text_of(golden))
    for name, case in own_cases(draw).items():
        keep = case.pop("keep")
        case = json.loads(text_of(case))
        result = computed(golden, case, "two steps" in keep)
        if "all" not in keep:
            result.pop("gradients_wrt_intermediates", None)
            result["intermediates"] = {key: value for key, value in result["intermediates"].items() if key in USUAL}
            if case["gnn"] == "none" and case["options"]["model"] != "cmvae-multihot":
                result["intermediates"].pop("gnn_out_genes", None)
        for key, word in zip(STEP_KEYS, ("step", "two steps")):
            if word not in keep:
                result.pop(key, None)
        for key in ("gradients", *STEP_KEYS):
            if key in result:
                result[key] = {name: sums_of(t) if t.ndim == 2 and t.size > LARGE else t for name, t in result[key].items()}
        golden["cases"][name] = {**case, **result}
        print(name, {key: float(value) for key, value in result["losses"].items()})
    golden["schedules"] = {f"epochs{n}_A8_B2_T4{'_paper_text' if text else ''}": schedule(n, 8, 2, 4, text)
                           for n in (30,) for text in (False, True)}
    screen = json.loads(text_of(own_screen(draw)))
    golden["shift_models"] = {**screen, "shifts": shift_predictions(screen)}
    extras = {"pred": draw.normal(5, 6), "gt": draw.normal(5, 6, centre=0.3), "de_columns": np.array([1, 2, 5])}
    extras["pred_close"] = np.round(extras["gt"] + draw.normal(5, 6, scale=0.1), 2)
    golden["extras"] = {**extras, **metrics(extras)}
    return golden


# ---- the file

def text_of(value, depth=0):
    """JSON, a tensor a line."""
    if isinstance(value, dict):
        if not value:
            return "{}"
        inner = ",\n".join(" " * (depth + 1) + json.dumps(name) + ": " + text_of(part, depth + 1)
                           for name, part in value.items())
        return "{\n" + inner + "\n" + " " * depth + "}"
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    return json.dumps(value, separators=(",", ":"))


def check(path):
    """The worst relative error of a file's outputs against ours; 1e-12 is refused."""
    with open(path, encoding="utf-8") as file:
        golden = json.load(file)
    worst = 0.0

    def compare(name, ours, theirs):
        nonlocal worst
        if isinstance(theirs, dict):
            if isinstance(ours, np.ndarray):
                ours = sums_of(ours)
            for key, part in theirs.items():
                compare(f"{name} {key}", ours[key], part)
            return
        theirs = np.array(theirs, dtype=float)
        ours = np.broadcast_to(ours, theirs.shape) if np.size(ours) == 1 else np.reshape(ours, theirs.shape)
        scale = np.abs(theirs).max() if theirs.size else 0
        error = np.abs(ours - theirs).max() / scale if scale > 1e-12 else np.abs(ours - theirs).max()
        if not error < 1e-12:
            print(f"{path}: {name} is off by {error:.3g}")
        worst = max(worst, error)

    for name, case in golden["cases"].items():
        ours = computed(golden, case, TRAINING_KEY in case)
        for key in ("intermediates", "losses", "gradients", "gradients_wrt_intermediates", *STEP_KEYS, TRAINING_KEY):
            if key in case:
                compare(f"{name} {key}", ours[key], case[key])
    if "shift_models" in golden:
        compare("shifts", shift_predictions(golden["shift_models"]), golden["shift_models"]["shifts"])
    if "extras" in golden:
        ours = metrics(golden["extras"])
        ours["mmd"] = {key: value for key, value in ours["mmd"].items() if key in golden["extras"]["mmd"]}
        compare("extras", {**golden["extras"], **ours}, {key: golden["extras"][key] for key in ours if key != "mmd"})
        compare("extras mmd", ours["mmd"], {key: golden["extras"]["mmd"][key] for key in ours["mmd"]})
    print(f"{path}: {len(golden['cases'])} cases, worst relative error {worst:.3g}")
    return worst < 1e-12


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"] and len(sys.argv) > 2:
        sys.exit(not all([check(path) for path in sys.argv[2:]]))
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    text = text_of(make()) + "\n"
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{sys.argv[1]}: {len(text) // 1000} kB")
