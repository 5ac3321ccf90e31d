# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # A first screen in five minutes
#
# A simulated Perturb-seq screen: six genes perturbed alone and six pairs. We train on the single perturbations, predict
# the pairs, and score the predictions beside simple baselines.

# %%
import gracevae as gv

sim = gv.simulate(seed=1)
adata = sim.adata
adata

# %% [markdown]
# `setup_anndata` says which column holds the perturbations and which label is control. Without it both are found in
# the data; `inspect` shows what was understood.

# %%
gv.setup_anndata(adata, labels_key="condition", control="control")
gv.inspect(adata, sim.network)

# %% [markdown]
# Training runs in a process of its own. Ctrl-C (in a notebook: interrupt) stops and saves it; `train()` goes on.

# %%
model = gv.GraceVAE(adata, network=sim.network)
model.train(max_epochs=5)
model.history[["loss", "validation"]]

# %% [markdown]
# Every score stands beside baselines (`additive` adds up the two single effects) and `replicate`, the ceiling that
# other real cells set. A model is worth having where it is nearer to the ceiling than `additive` is.

# %%
scores = model.evaluate()
print(scores.attrs["text"])

# %%
gv.pl.scores(scores, "pearson_delta", kind="double", gene_set="all")

# %% [markdown]
# Cells of any combination of the trained targets, as an AnnData for scanpy, and what they change:

# %%
cells = model.predict(["TF01+TF02"])
cells

# %%
gv.pl.effects(model.effects("TF01+TF02"))

# %% [markdown]
# The report has all of this on one page; a notebook shows it inline. `save` writes a run folder that the command line
# takes, too: `gracevae report my_run`.

# %%
model.report("report.html")

# %%
model.save("my_run")
