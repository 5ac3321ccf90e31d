#!/usr/bin/env python3
"""What the effects of a run's labels say beside its cells: how many of each label's first 20 genes lose more than control
cells have, how large effects are beside the observed shifts of the training cells, and which label comes first.
usage: effects.py SCREEN RUN LABEL_COLUMN [EXPLANATION]     (EXPLANATION: folder of `gracevae explain`, default RUN/explain)"""
import csv
import sys
from pathlib import Path

import anndata
import numpy as np

N_GENES = 20


def main():
    screen, run, column = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    folder = Path(sys.argv[4]) if len(sys.argv) > 4 else run / "explain"
    data, explained = anndata.read_h5ad(screen), anndata.read_h5ad(folder / "explained.h5ad")
    with open(run / "split.tsv", encoding="utf-8") as file:
        fold = {row["cell"]: row["fold"] for row in csv.DictReader(file, delimiter="\t")}
    trains = np.array([fold.get(cell) == "train" for cell in data.obs_names])
    control_cells = np.asarray(data[list(explained.obs_names)].obs[column])
    control_name = control_cells[0]
    labels = np.asarray(data.obs[column])
    control = np.asarray(data.X[labels == control_name].mean(0)).ravel()
    asked = np.asarray(explained.X.mean(0)).ravel()  # of the control cells that effects are of
    conditions = [c for c in explained.uns["gracevae"]["conditions"] if "+" not in c]
    effects = explained.varm["gracevae_effects"]
    errors = explained.varm.get("gracevae_effects_se")  # none before effects had errors
    rows = []
    for k, label in enumerate(conditions):
        e, size = effects[:, k], np.abs(effects[:, k])
        se = np.zeros_like(size) if errors is None else errors[:, k]
        sure = np.where(np.isnan(se), 0, np.maximum(0, size - 1.96 * se))  # no error: no such cell has the gene
        z = np.divide(size, se, out=size.copy(), where=se > 0)
        first = np.lexsort((-z, -sure))[:N_GENES]
        cells = (labels == label) & trains
        observed = np.asarray(data.X[cells].mean(0)).ravel() - control
        rows.append({"label": label, "cells": int(cells.sum()), "below": int((asked + e < -1e-5)[first].sum()), "below_all": int((asked + e < -1e-5).sum()),
                     "ratio": float(np.linalg.norm(e) / np.linalg.norm(observed)), "norm": float(np.linalg.norm(e)), "strength": float(np.linalg.norm(sure))})
    rows.sort(key=lambda row: -row["strength"])
    print("label\tcells\tbelow_0_of_first_20\tbelow_0_of_all\tnorm\tstrength\tnorm_by_observed")
    for row in rows:
        print(f"{row['label']}\t{row['cells']}\t{row['below']}\t{row['below_all']}\t{row['norm']:.3g}\t{row['strength']:.3g}\t{row['ratio']:.2f}")
    ratios = [row["ratio"] for row in rows]
    print(f"# {len(rows)} labels: below 0 in the first 20 genes: mean {np.mean([row['below'] for row in rows]):.1f}, most {max(row['below'] for row in rows)}; "
          f"norm by observed: median {np.median(ratios):.2f}, most {max(ratios):.2f}; first {rows[0]['label']} ({rows[0]['cells']} cells, "
          f"rank {1 + sum(row['cells'] < rows[0]['cells'] for row in rows)} from the smallest)")


main()
