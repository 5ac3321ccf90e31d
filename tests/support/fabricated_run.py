#!/usr/bin/env python3
"""Makes a run that knows the truth of a simulated screen: known.json beside the screen, and a run folder with options.toml, split.tsv, history.jsonl,
predictions.h5ad and latents.json whose latents are the true ones in causal order, the first one counted the other way round.

usage: fabricated_run.py SIMULATED RUN    SIMULATED: folder of `gracevae simulate`; RUN: folder to make
"""
import json
import pathlib
import sys

import anndata
import numpy as np


def causal_order(graph):
    left, order = set(range(len(graph))), []
    while left:
        free = next(j for j in sorted(left) if not any(graph[i, j] for i in left))
        order.append(free)
        left.remove(free)
    return order


def noise_of(u, graph):
    """Exogenous noise of linear latents."""
    return u - u @ graph


simulated, run = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
run.mkdir()
screen = anndata.read_h5ad(simulated / "screen.h5ad")
screen.obs_names = screen.obs_names.astype(str)
truth = json.loads((simulated / "truth.json").read_text())
graph = np.asarray(screen.uns["true_latent_graph"])
labels = [{"label": row["label"], "latents": row.get("latents", [row.get("latent")]), "shifts": row.get("shifts", [row.get("shift")])}
          for row in truth["labels"]]
edges = [{"from": int(i), "to": int(j), "weight": float(graph[i, j])} for i, j in zip(*np.nonzero(graph))]
(simulated / "known.json").write_text(json.dumps(
    {"format": "gracevae-simulation/2", "n_latents": len(graph), "edges": edges, "labels": labels}))

order = causal_order(graph)
sign = np.ones(len(graph))
sign[0] = -1
fitted = graph[np.ix_(order, order)] * sign[:, None] * sign[None, :]
(run / "latents.json").write_text(json.dumps({
    "format": "gracevae-latents/1", "mechanism": "linear", "identifies_graph": True,
    "labels": [{"label": row["label"], "latent": order.index(row["latents"][0]), "sharpness": 1,
                "shift": float(sign[order.index(row["latents"][0])] * row["shifts"][0])} for row in labels],
    "noise_sd": [1.0] * len(graph), "graph": fitted.tolist(), "threshold": 0.3, "threshold_rule": "made up",
    "warnings": ["a warning of the fit"]}))

condition = screen.obs["condition"].astype(str).to_numpy()
control = np.flatnonzero(condition == "control")
cells = np.flatnonzero(condition != "control")
test = cells[np.arange(len(cells)) % 4 == 0]
fold = np.full(len(condition), "train", dtype=object)
fold[test] = "test"
(run / "split.tsv").write_text("cell\tfold\n" + "".join(f"{c}\t{f}\n" for c, f in zip(screen.obs_names, fold)))
(run / "options.toml").write_text(f'[screen]\nfile = "{(simulated / "screen.h5ad").resolve()}"\n')

(run / "history.jsonl").write_text('{"epoch": 0, "loss": 1}\n')

paired = control[np.arange(len(test)) % len(control)]
generated = anndata.AnnData(screen.X[paired], var=screen.var, dtype=np.float32)
generated.obs_names = [f"generated/{i}" for i in range(len(test))]
generated.obs["condition"] = condition[test]
generated.obs["source"] = "Generated Cells"
generated.obs["cell"] = screen.obs_names[test].to_numpy()
generated.obs["paired_control"] = screen.obs_names[paired].to_numpy()
generated.obsm["mu"] = (noise_of(screen.obsm["u"][paired], graph)[:, order] * sign).astype(np.float32)
generated.write_h5ad(run / "predictions.h5ad")
