"""Tools that need no model: simulate, inspect, prepare, tests, UMAP, scores of anybody's predictions."""

import anndata
import numpy as np
import pytest
import scipy.stats

import gracevae as gv


def test_simulate(tmp_path):
    sim = gv.simulate(tmp_path / "sim", seed=3, genes=50)
    assert sim.adata.n_vars == 50 and sim.truth["seed"] == 3 and (sim.network / "pathways.gmt").exists()
    with pytest.raises(gv.ConfigError, match="latents"):
        gv.simulate(latents=0)


@pytest.mark.slow
def test_inspect(sim):
    found = gv.inspect(sim.adata, sim.network)
    assert found.data["screen"]["labels"]["column"] == "condition" and "control" in repr(found)
    assert (
        "gv.GraceVAE(adata, network=" in found.text
        and "gracevae train" not in found.text
        and "/inspect-" not in found.text
    )
    file = gv.inspect(sim.folder / "screen.h5ad", sim.network)
    assert found.data["screen"]["regimes"] == file.data["screen"]["regimes"]
    with pytest.raises(OSError, match="no such screen"):
        gv.inspect("/nowhere.h5ad")


def test_rank_genes(sim):
    table = gv.tl.rank_genes(sim.adata, method="wilcoxon")
    assert list(table.columns) == ["condition", "gene", "score", "log2_fold_change", "p_value", "p_adjusted"]
    first = table.groupby("condition", sort=False).head(1)
    assert (first["score"] > 3).all()
    x = sim.adata.X.toarray()
    condition = sim.adata.obs["condition"].to_numpy()
    row = table.iloc[0]
    gene = list(sim.adata.var_names).index(row["gene"])
    groups = [x[condition == name, gene] for name in (row["condition"], "control")]
    p_value = scipy.stats.mannwhitneyu(*groups, use_continuity=False, method="asymptotic").pvalue
    assert np.isclose(row["p_value"], p_value, rtol=1e-6)
    with pytest.raises(gv.ConfigError, match="de_method"):
        gv.tl.rank_genes(sim.adata, method="t")


def test_results_in_scanpys_layout(sim, tmp_path):
    adata = sim.adata.copy()
    before = adata.copy()
    table = gv.tl.rank_genes(adata)
    drawn = gv.tl.umap(adata, use_rep="u", epochs=5)
    assert adata.uns.keys() == before.uns.keys() and adata.obsm.keys() == before.obsm.keys()

    gv.setup_anndata(adata, labels_key="condition")
    again = gv.tl.rank_genes(adata, key_added="rank_genes_groups")
    assert again.equals(table)
    found = adata.uns["rank_genes_groups"]
    assert found["params"]["groupby"] == "condition" and found["params"]["reference"] == "control"
    assert found["names"].dtype.names == tuple(dict.fromkeys(table["condition"]))
    assert found["scores"].dtype["TF01"] == np.float32 and found["pvals"].dtype["TF01"] == np.float64
    of = table[table["condition"] == "TF01"]
    assert list(found["names"]["TF01"]) == list(of["gene"])
    np.testing.assert_array_equal(found["pvals_adj"]["TF01"], of["p_adjusted"])
    np.testing.assert_array_equal(found["logfoldchanges"]["TF01"], of["log2_fold_change"].astype("float32"))
    np.testing.assert_array_equal(gv.tl.umap(adata, use_rep="u", epochs=5, key_added="X_umap"), drawn)
    np.testing.assert_array_equal(adata.obsm["X_umap"], drawn)
    assert adata.uns["umap"]["params"]["use_rep"] == "u"
    gv.tl.umap(adata, use_rep="u", epochs=5, key_added="X_other")
    assert adata.uns["X_other"]["params"]["random_state"] == 0

    adata.write_h5ad(tmp_path / "a.h5ad")  # an .h5ad can hold all of it
    read = anndata.read_h5ad(tmp_path / "a.h5ad")
    assert list(read.uns["rank_genes_groups"]["names"]["TF01"]) == list(of["gene"])


def test_rank_genes_as_prepare_writes_them(sim):
    """The same layout as the program's own, but for the gene's ids and its options."""
    counts = sim.adata.copy()
    counts.X = np.rint(np.expm1(counts.X.toarray()))
    prepared = gv.pp.prepare(counts, highly_variable="none", variance_floor="none", no_tie_correction=True)
    expected = prepared.uns["rank_genes_groups"]
    gv.tl.rank_genes(prepared, key_added="mine")
    found = prepared.uns["mine"]
    for name in ("names", "scores", "pvals", "pvals_adj", "logfoldchanges"):
        assert found[name].dtype.names == expected[name].dtype.names
        label = found[name].dtype.names[0]
        assert found[name].dtype[label].kind == expected[name].dtype[label].kind
    assert set(found["params"]) >= {"groupby", "reference", "method", "use_raw", "corr_method"}


def test_the_logarithms_base_is_handed_over(sim):
    """uns["log1p"] says which logarithm was taken; prepare tests and writes natural ones."""
    counts = sim.adata.copy()
    counts.X = np.log1p(np.rint(np.expm1(counts.X.toarray())))
    binary = counts.copy()
    binary.X = binary.X / np.log(2)
    natural = gv.pp.prepare(counts, no_normalise=True, highly_variable="none")
    plain = gv.pp.prepare(binary, no_normalise=True, highly_variable="none")
    binary.uns["log1p"] = {"base": 2}
    noted = gv.pp.prepare(binary, no_normalise=True, highly_variable="none")
    changes = [x.uns["rank_genes_groups"]["logfoldchanges"]["TF01"] for x in (natural, noted, plain)]
    np.testing.assert_allclose(np.sort(changes[1]), np.sort(changes[0]), rtol=1e-3, atol=1e-3)
    assert not np.allclose(np.sort(changes[2]), np.sort(changes[0]), rtol=0.1)


def test_context_graph(sim):
    graph = gv.context_graph(sim.adata, sim.network)
    genes = graph.nodes[graph.nodes["kind"] == "gene"]
    assert list(genes.index) == list(sim.adata.var_names) and (graph.nodes["kind"] == "pathway").any()
    assert graph.nodes["degree"].sum() == 2 * len(graph.edges)
    drawn = graph.to_networkx()
    assert drawn.number_of_nodes() == len(graph.nodes) and drawn.number_of_edges() == len(graph.edges)
    assert all(drawn.degree[name] == degree for name, degree in graph.nodes["degree"].items())
    gene_pairs = graph.edges[graph.edges["kind"] == "gene-gene"]
    assert set(gene_pairs["from"]) <= set(genes.index) and set(gene_pairs["to"]) <= set(genes.index)
    memberships = graph.edges[graph.edges["kind"] == "gene-pathway"]
    assert set(memberships["from"]) <= set(genes.index) and not set(memberships["to"]) & set(genes.index)
    only = gv.context_graph(sim.adata, sim.network, level="gg")
    assert set(only.edges["kind"]) == {"gene-gene"} and len(only.edges) == len(gene_pairs)
    assert f"{len(gene_pairs)} gene-gene" in repr(graph)
    with pytest.raises(gv.ConfigError, match="not a folder"):
        gv.context_graph(sim.adata, "no such folder")
    with pytest.raises(gv.ConfigError, match="level"):
        gv.context_graph(sim.adata, sim.network, level="all")


def test_pca_and_umap(sim):
    scores, directions, variances = gv.tl.pca(sim.adata, 5)
    x = sim.adata.X.toarray().astype(float)
    values = np.linalg.svd(x - x.mean(0), compute_uv=False)[:5] ** 2 / (len(x) - 1)
    np.testing.assert_allclose(variances, values, rtol=1e-8)
    np.testing.assert_allclose(scores, (x - x.mean(0)) @ directions, atol=1e-8)
    first = gv.tl.umap(sim.adata, use_rep="u", epochs=20, seed=1)
    np.testing.assert_array_equal(first, gv.tl.umap(sim.adata, use_rep="u", epochs=20, seed=1))
    assert first.shape == (sim.adata.n_obs, 2) and first.dtype == np.float32
    with pytest.raises(gv.InputError, match="no 'v'"):
        gv.tl.umap(sim.adata, use_rep="v")
    with pytest.raises(gv.ConfigError, match="n_neighbors"):
        gv.tl.umap(sim.adata, use_rep="u", n_neighbors=1)


def test_prepare(sim):
    counts = gv.simulate(observation="counts", raw_counts=True, seed=2).adata
    before = counts.copy()
    prepared = gv.pp.prepare(counts, n_top_genes=60, min_genes=0, keep_targets=True)
    assert 60 <= prepared.n_vars <= 70 and prepared.X.max() < 20 and "cells" in prepared.uns["gracevae_prepare"]
    assert (counts.X != before.X).nnz == 0
    gv.CMVAE(prepared)


@pytest.mark.slow
def test_prepare_as_the_command_line(sim, program, tmp_path):
    import subprocess

    import anndata

    raw = gv.simulate(tmp_path / "raw", observation="counts", raw_counts=True, seed=2)
    command = [program, "prepare", raw.folder / "screen.h5ad", "-o", tmp_path / "prepared.h5ad", "--min-genes=0"]
    subprocess.run(command, check=True, capture_output=True)
    expected = anndata.read_h5ad(tmp_path / "prepared.h5ad")
    prepared = gv.pp.prepare(raw.adata, min_genes=0)
    assert list(prepared.var_names) == list(expected.var_names) and list(prepared.obs_names) == list(expected.obs_names)
    np.testing.assert_array_equal(prepared.X.toarray(), expected.X.toarray())


def means_of(adata, conditions, noise=0.0):
    rng = np.random.default_rng(0)
    x, condition = adata.X.toarray(), adata.obs["condition"].to_numpy()
    return {c: x[condition == c].mean(0) + noise * rng.normal(size=x.shape[1]) for c in conditions}


def value_of(table, method, metric="pearson_delta", kind="double"):
    rows = table[(table.method == method) & (table.metric == metric) & (table.kind == kind) & (table.gene_set == "all")]
    return float(rows["value"].iloc[0])


def test_anybodys_predictions(sim):
    doubles = [c for c in sim.adata.obs["condition"].unique() if "+" in c]
    right = gv.metrics.evaluate(means_of(sim.adata, doubles), sim.adata)
    wrong = gv.metrics.evaluate(means_of(sim.adata, doubles, noise=1.0), sim.adata)
    assert value_of(right, "model") > 0.999 > value_of(wrong, "model")
    assert value_of(right, "additive") == value_of(wrong, "additive")
    assert "additive" in right.attrs["text"] and len(right.attrs["by_condition"]) > len(right)


@pytest.mark.slow
def test_predicted_anndata(sim):
    """Other orders of genes, and of targets in a label."""
    doubles = [c for c in sim.adata.obs["condition"].unique() if "+" in c]
    cells = sim.adata[sim.adata.obs["condition"].isin(doubles).to_numpy(), np.arange(200)[::-1]].copy()
    cells.obs["label"] = ["+".join(reversed(str(c).split("+"))) for c in cells.obs["condition"]]
    table = gv.metrics.evaluate(cells, sim.adata, condition_key="label")
    assert value_of(table, "model") > 0.999
    with pytest.raises(gv.InputError, match="no column 'labels'"):
        gv.metrics.evaluate(cells, sim.adata, condition_key="labels")
    with pytest.raises(gv.InputError, match="lacks 150 of the 200 genes"):
        gv.metrics.evaluate(cells[:, :50], sim.adata, condition_key="label")
    with pytest.raises(gv.InputError, match="list"):
        gv.metrics.evaluate([1], sim.adata)
    with pytest.raises(gv.InputError, match="'TF01\\+TF99' is no condition") as error:
        gv.metrics.evaluate({"TF01+TF99": np.zeros(200)}, sim.adata)
    assert "TF01+TF" in error.value.hint
    with pytest.raises(gv.InputError, match="7 genes, expected 200"):
        gv.metrics.evaluate({doubles[0]: np.zeros(7)}, sim.adata)
