# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # Is the model better than adding up?
#
# Adding up the effects of two single perturbations is hard to beat. `metrics.evaluate` scores anybody's predictions
# beside it: those of GEARS, CPA, or a line of NumPy.

# %%
import numpy as np

import gracevae as gv

sim = gv.simulate(double_scale=0.72, double_spread=0.3, seed=3)
adata = sim.adata
x = adata.X.toarray()
condition = adata.obs["condition"].astype(str).to_numpy()
control = x[condition == "control"].mean(axis=0)
doubles = [label for label in np.unique(condition) if "+" in label]


def effect(label):
    return x[condition == label].mean(axis=0) - control


# %% [markdown]
# A rule of one's own: a double does 0.72 times the sum. Each prediction is a mean over genes, or cells x genes.

# %%
rule = {label: control + 0.72 * sum(effect(target) for target in label.split("+")) for label in doubles}
scores = gv.metrics.evaluate(rule, adata)
shown = scores[(scores.kind == "double") & (scores.gene_set == "all") & (scores.metric == "r2.corrected")]
print(shown[["method", "value", "error"]].to_string(index=False))

# %% [markdown]
# The model, trained on singles only, by the same scores:

# %%
model = gv.GraceVAE(adata, network=sim.network).train(max_epochs=5)
scores = model.evaluate()
gv.pl.scores(scores, "r2.corrected", gene_set="all")

# %% [markdown]
# Pairs that deviate from adding up:

# %%
model.interactions().sort_values("norm_deviation", ascending=False).head()
