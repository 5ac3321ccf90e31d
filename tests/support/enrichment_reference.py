#!/usr/bin/env python3
"""Enrichment of a list of genes, with SciPy. Reads {background, sets: [[names]], list: [names], values: [numbers]} from a JSON file, writes
[{p, q, rank_z, rank_p, rank_q}] of every set. usage: enrichment_reference.py IN OUT"""
import json
import sys

import numpy as np
from scipy.stats import hypergeom, norm, rankdata


def adjusted(p_values):
    """Benjamini and Hochberg's, by their definition."""
    p = np.asarray(p_values)
    return np.array([min([1.0] + [q * len(p) / np.sum(p <= q) for q in p if q >= own]) for own in p])


def rank_z(members, others):
    """z of Mann and Whitney's U with the correction for ties, without that for continuity."""
    n1, n2 = len(members), len(others)
    ranks = rankdata(np.concatenate([members, others]))
    u = ranks[:n1].sum() - n1 * (n1 + 1) / 2
    _, sizes = np.unique(np.concatenate([members, others]), return_counts=True)
    n = n1 + n2
    variance = n1 * n2 / 12 * ((n + 1) - (sizes**3 - sizes).sum() / (n * (n - 1)))
    return (u - n1 * n2 / 2) / np.sqrt(variance)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        task = json.load(file)
    background, listed = task["background"], set(task["list"])
    values = dict(zip(background, task["values"]))
    rows = []
    for names in task["sets"]:
        inside = set(names) & set(background)
        overlap = len(inside & listed)
        z = rank_z([values[g] for g in inside], [values[g] for g in background if g not in inside])
        rows.append({"p": float(hypergeom.sf(overlap - 1, len(background), len(inside), len(listed))), "rank_z": float(z),
                     "rank_p": float(2 * norm.sf(abs(z)))})
    for row, q, rank_q in zip(rows, adjusted([r["p"] for r in rows]), adjusted([r["rank_p"] for r in rows])):
        row["q"], row["rank_q"] = float(q), float(rank_q)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(rows, file)


main()
