# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # Comparing models, here and on a cluster
#
# A sweep trains variants on the same splits with several seeds; its table says which differences are larger than those
# between seeds.

# %%
from pathlib import Path

import gracevae as gv

sim = gv.simulate("screen", seed=5)
Path("sweep.toml").write_text(
    """
[sweep]
seeds = "0-1"

[train]
start = "mean-shifts"  # quicker than the default, which fits the moments of every perturbation

[[run]]
name = "cmvae"
model.model = "cmvae"
train.epochs = 2

[[run]]
name = "additive"
model.model = "additive"
"""
)

# %% [markdown]
# Runs are processes of their own, as many at a time as there are processors. Interrupted, the same call goes on.
# On a cluster each task of an array does its part: `gv.sweep(..., task="3/20")`.

# %%
folder = gv.sweep("sweep.toml", "sweep", screen="screen/screen.h5ad")
print(gv.table(1, folder))

# %% [markdown]
# Every run is a model:

# %%
runs = [path.parent for path in Path(folder).rglob("options.toml")]
gv.load(runs[0])
