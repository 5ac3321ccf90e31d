#!/usr/bin/env python3
"""Recomputes the measured columns of interactions.tsv from the cells, with NumPy: effects, coefficients, errors, p and q.
usage: check_interactions.py SCREEN SPLIT INTERACTIONS_TSV"""
import csv
import sys

import anndata
import numpy as np
from scipy import stats


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def variance_of(groups, gradients):
    """Covariance of numbers by the delta method; gradients: [4 groups][numbers, genes]. By group, too."""
    parts = [np.atleast_2d(np.cov(np.atleast_2d(g) @ (x - x.mean(0)).T)) / len(x) for x, g in zip(groups, gradients)]
    return sum(parts), parts


def degrees(parts, groups, inverse):
    n = len(inverse)
    spread = sum((np.trace(v @ inverse @ v @ inverse) + np.trace(v @ inverse) ** 2) / (len(x) - 1) for v, x in zip(parts, groups))
    return (n + n * n) / spread


def measured(control, a, b, ab):
    """The numbers by their definitions; gradients are differences of the statistic, not formulas."""
    groups = [control, a, b, ab]
    means = [x.mean(0) for x in groups]
    e0, ea, eb, eab = (x.var(0, ddof=1).sum() / len(x) for x in groups)

    def products(m):
        da, db, dab = m[1] - m[0], m[2] - m[0], m[3] - m[0]
        d = dab - da - db
        return {"aa": da @ da - ea - e0, "bb": db @ db - eb - e0, "cc": dab @ dab - eab - e0, "ab": da @ db - e0,
                "ac": da @ dab - e0, "bc": db @ dab - e0, "dd": d @ d - e0 - ea - eb - eab}

    def inverse(p):
        m = np.array([[p["aa"], p["ab"]], [p["ab"], p["bb"]]])
        if p["aa"] > 0 and p["bb"] > 0 and p["ab"] ** 2 < 0.95**2 * p["aa"] * p["bb"]:
            return np.linalg.inv(m)
        w, v = np.linalg.eigh(m)
        return np.outer(v[:, 1], v[:, 1]) / w[1]

    def gradient(statistic, step=1e-6):
        """[4][numbers, genes]; all statistics here are smooth functions of the means."""
        base = [m.copy() for m in means]
        result = []
        for k in range(4):
            columns = []
            for g in range(len(base[k])):
                ends = []
                for sign in 1, -1:
                    moved = [m.copy() for m in base]
                    moved[k][g] += sign * step
                    ends.append(np.atleast_1d(statistic(products(moved))))
                columns.append((ends[0] - ends[1]) / (2 * step))
            result.append(np.array(columns).T)
        return result

    p = products(means)
    found = {}
    clear = {}
    for name, key in ("norm_a", "aa"), ("norm_b", "bb"), ("norm_ab", "cc"), ("norm_deviation", "dd"):
        v = variance_of(groups, gradient(lambda q, key=key: q[key]))[0][0, 0]
        found[name] = (np.sqrt(max(p[key], 0)), np.sqrt(v) / 2 / np.sqrt(p[key]) if p[key] > 0 else np.nan)
        clear[key] = p[key] > 0 and p[key] >= 2 * np.sqrt(v)
    inv = inverse(p)
    d = means[3] - means[1] - means[2] + means[0]
    every = e0 + ea + eb + eab
    directions = np.array([means[1] - means[0] + (ea + e0) / every * d, means[2] - means[0] + (eb + e0) / every * d])
    total, parts = variance_of(groups, [directions] * 4)
    nu = max(degrees(parts, groups, np.linalg.inv(total)), 2)
    u = directions @ d
    along = (1 + u @ np.linalg.inv(total) @ u / nu) ** (-(nu - 1) / 2)
    v, parts = variance_of(groups, [d] * 4)
    nu = degrees(parts, groups, np.linalg.inv(v))
    found["p"] = min(1, 2 * min(along, stats.t.sf(p["dd"] / np.sqrt(2 * v[0, 0]), nu)))
    if clear["aa"] and clear["bb"]:
        c = inv @ [p["ac"], p["bc"]]
        # the error of c is that of the score at c, whatever the inverse is
        at_c = gradient(lambda q: [q["ac"] - c[0] * q["aa"] - c[1] * q["ab"], q["bc"] - c[0] * q["ab"] - c[1] * q["bb"]])
        v = variance_of(groups, at_c)[0]
        cov = inv @ v @ inv
        size = np.hypot(*c)
        found.update(c_a=(c[0], np.sqrt(cov[0, 0])), c_b=(c[1], np.sqrt(cov[1, 1])), magnitude=(size, np.sqrt(c @ cov @ c) / size),
                     similarity=p["ab"] / np.sqrt(p["aa"] * p["bb"]))
        if clear["cc"]:
            squared = (c @ [p["ac"], p["bc"]] - np.trace(inv @ v)) / p["cc"]
            found["fit"] = (np.sqrt(max(squared, 0)), None)
    elif clear["aa"]:
        found["c_a"] = (p["ac"] / p["aa"], None)
    elif clear["bb"]:
        found["c_b"] = (p["bc"] / p["bb"], None)
    return found


def main():
    screen, split, table = sys.argv[1:]
    data = anndata.read_h5ad(screen)
    x = np.asarray(data.X.todense() if hasattr(data.X, "todense") else data.X, dtype=float)
    fold = {row["cell"]: row["fold"] for row in rows_of(split)}
    folds = np.array([fold.get(cell, "unused") for cell in data.obs_names])
    labels = np.array([l if l == "control" else "+".join(sorted(l.split("+"))) for l in data.obs["condition"].astype(str)])

    def cells(label):
        train = (labels == label) & (folds == "train")
        return (train, "train") if train.any() else ((labels == label) & (folds == "test"), "test")

    rows = [row for row in rows_of(table) if row["fold"] != "NA"]
    p, compared = [], 0
    for row in rows:
        a, b = row["pair"].split("+")
        (of_a, _), (of_b, _), (of_ab, name) = cells(a), cells(b), cells(row["pair"])
        counts = [int(of_a.sum()), int(of_b.sum()), int(of_ab.sum())]
        assert [int(row[f"cells_{k}"]) for k in ("a", "b", "ab")] == counts and row["fold"] == name, (row, counts, name)
        if min(counts) < 10:
            assert row["p"] == "NA" and "fewer than 10" in row["note"], row
            continue
        found = measured(x[labels == "control"], x[of_a], x[of_b], x[of_ab])
        p.append(found.pop("p"))
        assert abs(float(row["p"]) - p[-1]) <= 1e-3 * p[-1] + 1e-9, (row["pair"], "p", row["p"], p[-1])
        for key in ("norm_a", "norm_b", "norm_ab", "norm_deviation", "c_a", "c_b", "magnitude", "fit", "similarity"):
            column = key if key == "similarity" else "measured_" + key
            value, error = found.get(key, (np.nan, None)) if key != "similarity" else (found.get(key, np.nan), None)
            for written, number in ((row[column], value), (row.get(column + "_se", "NA") if error is not None else "NA", error)):
                if written == "NA" or number is None:
                    assert number is None or np.isnan(number) or column + "_se" not in row, (row["pair"], column, written, number)
                    continue
                assert abs(float(written) - number) <= 1e-3 * abs(number) + 1e-5, (row["pair"], column, written, number)
                compared += 1
    assert p, "no pair is tested"
    order = np.argsort(p)
    q = np.minimum(np.minimum.accumulate((np.array(p)[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1], 1)
    written = sorted(float(row["q"]) for row in rows if row["q"] != "NA")
    assert np.allclose(written, q, rtol=1e-3), (written, q)
    print(f"{len(p)} pairs, {compared} numbers")


main()
