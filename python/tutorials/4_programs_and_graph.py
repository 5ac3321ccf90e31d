# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # Programs and the graph
#
# A latent program is one causal variable of the model: the perturbations that hit it, the genes that it moves, and its
# parents and children. On a simulated screen the truth is known.

# %%
import gracevae as gv

sim = gv.simulate(seed=4)
model = gv.GraceVAE(sim.adata, network=sim.network).train(max_epochs=5)
model.programs()[["labels", "strength", "genes_up", "pathways"]]

# %% [markdown]
# Whether the graph is identified depends on the mechanism; the run says so. Never read a graph without this line.

# %%
model.summary["identifies_graph"], model.summary["mechanism"], model.summary["threshold"]

# %%
graph = model.graph()  # networkx, if it is installed
gv.pl.graph(model)

# %% [markdown]
# Against the truth of the simulation: precision and recall of edges beside chance.

# %%
model.evaluate(truth=sim.truth_file)
structure = model.metrics["structure"]
structure["at_threshold"]

# %%
drawn = model.umap(cells=600, umap_epochs=100)
gv.pl.umap(drawn, "source")
