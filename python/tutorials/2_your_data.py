# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # Your own data, and its traps
#
# Screens come with guides for labels, counts for values and cells without a label. A screen like that, made on purpose:

# %%
import numpy as np

import gracevae as gv

sim = gv.simulate(observation="counts", raw_counts=True, seed=2)
adata = sim.adata.copy()
rng = np.random.default_rng(0)
names = adata.obs["condition"].astype(str).to_numpy()
guides = [
    "non-targeting" if name == "control" else f"sg{name}_{rng.integers(1, 4)}" if "+" not in name else name
    for name in names
]
guides = np.array(guides, dtype=object)
guides[:10] = None
adata.obs["guide_identity"] = guides
del adata.obs["condition"]

# %% [markdown]
# **Counts.** Models need log1p values. `inspect` says what it sees, and a model of counts would warn:

# %%
gv.setup_anndata(adata, labels_key="guide_identity", missing_labels="drop")
print(gv.inspect(adata).text[:1200])

# %% [markdown]
# `pp.prepare` filters, normalises, takes log1p and chooses genes. It returns a new AnnData; yours stays.

# %%
prepared = gv.pp.prepare(adata, min_genes=0, n_top_genes=150, keep_targets=True)
print(prepared.uns["gracevae_prepare"])

# %% [markdown]
# **Guides** are read as their targets where these are known genes, and "non-targeting" as control.

# %%
gv.setup_anndata(prepared, labels_key="guide_identity", missing_labels="drop")
model = gv.CMVAE(prepared)
print(model.conditions)

# %% [markdown]
# **Errors** say what was found, what was expected and what to do:

# %%
try:
    gv.setup_anndata(prepared, labels_key="guide")
except gv.InputError as error:
    print(error)

# %% [markdown]
# **Did the perturbations work?** Cells, own gene, effect and cells that look like control, for every label:

# %%
quality = gv.inspect(prepared, quality=True).data["quality"]
for label in quality["labels"][:4]:
    print(label["label"], label["cells"], label["effect"])
