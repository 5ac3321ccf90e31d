#!/usr/bin/env python3
"""What scanpy's published definitions give, computed with NumPy, SciPy and pandas: the second route for the tests of
preprocessing and differential expression. Nothing here comes from gracevae; scanpy itself is not needed.

usage: scanpy_reference.py functions FOLDER    input and expected tables for the functions, as TSV
       scanpy_reference.py screen FILE.h5ad    a screen of counts, FILE_logged.h5ad with values in base 2, and
                                               FILE_linear.h5ad with normalised ones
       scanpy_reference.py check LIST          for every line INPUT OUTPUT [name=value...] of LIST: compares OUTPUT,
                                               prepared from INPUT with these options, with the whole pipeline done here
"""
import sys
import warnings

import numpy as np
import pandas as pd
from scipy import interpolate, optimize, special, stats

TOLERANCE = 1e-6  # relative


# ---- tests -----------------------------------------------------------------------------------------------------------

def benjamini_hochberg(p):
    order = np.argsort(p)
    steps = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1)
    return adjusted


def count_variance(mean, one_count):
    """Variance of log1p(f K), K Poisson and f = expm1(one_count), where this is its mean: K's mean by root finding."""
    def moments(expected):
        counts = np.arange(stats.poisson.isf(1e-16, expected) + 1)
        values, chance = np.log1p(np.expm1(one_count) * counts), stats.poisson.pmf(counts, expected)
        return values @ chance, (values ** 2) @ chance - (values @ chance) ** 2
    if mean <= 0:
        return 0.0
    return moments(optimize.brentq(lambda expected: moments(expected)[0] - mean, 1e-9, 1e3, rtol=1e-12))[1]


def welch(x, group, control, overestimated=False, one_count=None):
    """scanpy t-test: scipy's Welch test from means and variances with n-1; with scanpy's t-test_overestim_var the number
    of cells of the group stands for control's too. With one_count, variances are at least those of counts."""
    a, b = x[group].astype(np.float64), x[control].astype(np.float64)
    n_control = len(a) if overestimated else len(b)
    least = (0 if one_count is None else
             np.sqrt([count_variance(mean, one_count) for mean in np.vstack([a, b]).mean(0)]))
    with np.errstate(invalid="ignore", divide="ignore"):
        t, p = stats.ttest_ind_from_stats(a.mean(0), np.maximum(a.std(0, ddof=1), least), len(a), b.mean(0),
                                          np.maximum(b.std(0, ddof=1), least), n_control, equal_var=False)
    return np.where(np.isnan(t), 0, t), np.where(np.isnan(p), 1, p)


def wilcoxon(x, group, control, tie_correct):
    a, b = x[group], x[control]
    n, m = len(a), len(b)
    ranks = stats.rankdata(np.vstack([a, b]), axis=0)
    ties = np.array([stats.tiecorrect(column) for column in ranks.T]) if tie_correct else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (ranks[:n].sum(0) - n * (n + m + 1) / 2) / np.sqrt(ties * n * m * (n + m + 1) / 12)
    z[np.isnan(z)] = 0
    return z, 2 * stats.norm.sf(np.abs(z))


def log2_fold_changes(x, group, control, base=None):
    scale = 1 if base is None else np.log(base)
    mean = lambda cells: np.expm1(x[cells].astype(np.float64).mean(0) * scale)
    return np.log2((mean(group) + 1e-9) / (mean(control) + 1e-9))


# ---- highly variable genes -------------------------------------------------------------------------------------------

def seurat(normalised, n_top):
    """Of normalised counts, cells x genes."""
    mean, variance = normalised.mean(0), normalised.var(0, ddof=1)
    mean = np.where(mean == 0, 1e-12, mean)
    dispersion = variance / mean
    dispersion[dispersion == 0] = np.nan
    frame = pd.DataFrame({"means": np.log1p(mean), "dispersions": np.log(dispersion)})
    frame["bin"] = pd.cut(frame.means, bins=20)
    by_bin = frame.groupby("bin").dispersions
    centre, spread = by_bin.mean(), by_bin.std(ddof=1)
    alone = spread.isnull()
    spread[alone], centre[alone] = centre[alone], 0
    bins = frame.bin.to_numpy()
    frame["dispersions_norm"] = (frame.dispersions.to_numpy() - centre[bins].to_numpy()) / spread[bins].to_numpy()
    numbers = np.sort(frame.dispersions_norm.dropna())[::-1]
    cut_off = numbers[min(n_top, len(numbers)) - 1]
    frame["highly_variable"] = np.nan_to_num(frame.dispersions_norm, nan=-np.inf) >= cut_off
    return frame.drop(columns="bin")


def local_parabola(x, y, at, n_near):
    """Value and slope at one place: tricube weights over the nearest points, least squares."""
    distance = np.abs(x - at)
    near = np.argsort(distance, kind="stable")[:n_near]
    weight = np.sqrt((1 - (distance[near] / distance[near].max()) ** 3) ** 3)
    fit = np.polynomial.polynomial.polyfit(x[near] - at, y[near], 2, w=weight)
    return fit[0], fit[1]


def cuts(points, first, last, left, right, most):
    """Where the k-d tree of dloess cuts the ascending points first..last, counted from 1, between two vertices."""
    if last - first + 1 <= most:
        return []
    at = lambda i: points[i - 1]
    middle = (first + last) // 2
    place, step = middle, 0
    while first <= middle + step < last:
        if at(middle + step) != at(middle + step + 1):
            place = middle + step
            break
        step = -step
        if step >= 0:
            step += 1
    if at(place) in (left, right):
        return []
    return ([at(place)] + cuts(points, first, place, left, at(place), most)
            + cuts(points, place + 1, last, at(place), right, most))


def loess(x, y, span=0.3, cell=0.2, direct=False):
    n_near = min(len(x), int(np.floor(len(x) * span + 1e-5)))
    if direct:
        return np.array([local_parabola(x, y, at, n_near)[0] for at in x])
    margin = 0.005 * max(np.ptp(x), 1e-10 * np.abs(x).max() + 1e-30)
    ends = [x.min() - margin, x.max() + margin]
    vertices = np.array(sorted(ends + cuts(np.sort(x), 1, len(x), ends[0], ends[1], int(len(x) * (span * cell)))))
    fits = np.array([local_parabola(x, y, at, n_near) for at in vertices])
    return interpolate.CubicHermiteSpline(vertices, fits[:, 0], fits[:, 1])(x)


def seurat_v3(counts, n_top):
    counts = counts.astype(np.float64)
    n = len(counts)
    mean, variance = counts.mean(0), counts.var(0, ddof=1)
    varies = variance > 0
    trend = np.zeros(counts.shape[1])
    trend[varies] = loess(np.log10(mean[varies]), np.log10(variance[varies]))
    deviation = np.sqrt(10 ** trend)
    clipped = np.minimum(counts, deviation * np.sqrt(n) + mean)
    standardised = ((clipped - mean) ** 2).sum(0) / ((n - 1) * deviation ** 2)
    order = np.argsort(-standardised, kind="stable")
    rank = np.full(len(order), np.nan)
    rank[order[:n_top]] = np.arange(min(n_top, len(order)))
    return pd.DataFrame({"means": mean, "variances": variance, "variances_norm": standardised,
                         "highly_variable_rank": rank, "highly_variable": ~np.isnan(rank)})


# ---- tables for the functions ----------------------------------------------------------------------------------------

GROUPS = {"control": 130, "A": 60, "B": 31, "A+B": 9, "C": 2}


def draw_counts(random, n_cells, n_genes):
    """Negative binomial counts of genes from rare to frequent, some constant or never seen, cells of different depth."""
    mean = np.exp(random.uniform(np.log(0.02), np.log(30), n_genes))
    size = random.uniform(0.3, 5, n_genes)
    depth = np.exp(random.normal(0, 0.5, (n_cells, 1)))
    rate = random.gamma(size, 1, (n_cells, n_genes)) / size * mean * depth
    counts = random.poisson(rate).astype(np.float64)
    counts[:, 3], counts[:, 7] = 0, 2
    return counts


def write_table(path, columns):
    pd.DataFrame(columns).to_csv(path, sep="\t", index=False, float_format="%.17g", na_rep="nan")


def write_matrix(path, x):
    write_table(path, {f"g{j}": x[:, j] for j in range(x.shape[1])})


def functions(folder):
    random = np.random.default_rng(5)
    groups = np.repeat(np.arange(len(GROUPS)), list(GROUPS.values()))
    counts = draw_counts(random, len(groups), 300)
    counts[groups == 1, 10:60] *= 2
    counts[groups == 2, 60:90] += 40  # p-values that are very small
    counts[groups == 0, 200:210] = 0
    x = np.log1p(counts / counts.sum(1, keepdims=True) * 1000).astype(np.float32)
    x[:, 250:255] -= 1  # some below zero
    x[:, 250][counts[:, 250] == 1] = 0
    write_matrix(f"{folder}/x.tsv", x.astype(np.float64))
    write_matrix(f"{folder}/counts.tsv", counts)
    write_table(f"{folder}/groups.tsv", {"group": groups})
    control = groups == 0
    tested = {"group": [], "gene": []}
    for group in range(1, len(GROUPS)):
        cells = groups == group
        values = {"welch": welch(x, cells, control), "overestimated": welch(x, cells, control, overestimated=True),
                  "floor": welch(x, cells, control, one_count=0.7),
                  "overestimated_floor": welch(x, cells, control, overestimated=True, one_count=0.7), "wilcoxon_ties": wilcoxon(x, cells, control, True),
                  "wilcoxon": wilcoxon(x, cells, control, False)}
        tested["group"] += [group] * x.shape[1]
        tested["gene"] += list(range(x.shape[1]))
        for name, (score, p) in values.items():
            for suffix, list_ in (("score", score), ("p", p), ("adjusted", benjamini_hochberg(p))):
                tested.setdefault(f"{name}_{suffix}", []).extend(list_)
        tested.setdefault("fold", []).extend(log2_fold_changes(x, cells, control))
        tested.setdefault("fold_base2", []).extend(log2_fold_changes(x, cells, control, 2))
    write_table(f"{folder}/tests.tsv", tested)
    write_table(f"{folder}/seurat.tsv", seurat(counts, 50).astype(float))
    write_table(f"{folder}/seurat_v3.tsv", seurat_v3(counts, 50).astype(float))
    t, degrees = np.exp(random.uniform(np.log(1e-6), np.log(60), 4000)), np.exp(random.uniform(0, np.log(4e5), 4000))
    write_table(f"{folder}/student.tsv", {"t": t, "degrees": degrees, "p": 2 * special.stdtr(degrees, -t)})
    for name, x in {"smooth": random.normal(0, 1, 500), "ties": np.log10(random.integers(1, 60, 700)),
                    "few": random.uniform(-3, 3, 15), "heavy": np.round(random.exponential(6, 400)) / 6}.items():
        y = np.sin(2 * x) + 0.3 * x ** 2 + random.normal(0, 0.2, len(x))
        write_table(f"{folder}/loess_{name}.tsv", {"x": x, "y": y, "fitted": loess(x, y),
                                                   "direct": loess(x, y, direct=True)})


# ---- the whole pipeline ------------------------------------------------------------------------------------------------

def make_screen(path):
    """Counts with labels. Some cells have few genes or none, some genes few cells; targets frequent, rare and unmeasured."""
    import anndata
    import scipy.sparse
    random = np.random.default_rng(11)
    sizes = {"control": 260, "G5": 90, "G6+G5": 40, "G250": 70, "G390": 30, "XIST": 25, "G7": 1}
    labels = np.repeat(list(sizes), list(sizes.values()))
    random.shuffle(labels)
    counts = draw_counts(random, len(labels), 400)
    counts[:, 380:400] *= random.uniform(size=(len(labels), 20)) < 0.01
    for label, genes in (("G5", slice(20, 60)), ("G6+G5", slice(30, 90)), ("G250", slice(100, 180))):
        counts[labels == label, genes] = np.round(counts[labels == label, genes] * 1.7)
    counts[::23, 40:] = 0
    counts[5] = 0
    obs = pd.DataFrame({"condition": pd.Categorical(labels), "depth": counts.sum(1) + random.integers(1, 900, len(labels)),
                        "batch": np.arange(len(labels)) % 3,
                        "note": [f"n{i % 7}" for i in range(len(labels))]},
                       index=[f"cell{i}" for i in range(len(labels))])
    var = pd.DataFrame({"gene_symbols": [f"G{j}" for j in range(400)], "length": np.arange(400.0), "means": 1.0},
                       index=[f"ENSG{j:05}" for j in range(400)])
    screen = anndata.AnnData(scipy.sparse.csr_matrix(counts.astype(np.float32)), obs=obs, var=var)
    screen.write_h5ad(path)
    logged = screen.copy()
    logged.layers["counts"] = screen.X.copy()
    logged.X = screen.X.log1p()
    logged.uns["log1p"] = {"base": 2.0}
    logged.write_h5ad(str(path).replace(".h5ad", "_logged.h5ad"))
    linear = screen.copy()
    linear.X = scipy.sparse.csr_matrix((counts / np.maximum(counts.sum(1, keepdims=True), 1) * 3000).astype(np.float32))
    linear.write_h5ad(str(path).replace(".h5ad", "_linear.h5ad"))


class Comparison:
    def __init__(self):
        self.n_wrong, self.worst = 0, 0.0

    def same(self, found, expected, what):
        if list(found) != list(expected):
            self.n_wrong += 1
            print(f"{what}: {list(found)[:5]}... ({len(found)}), expected {list(expected)[:5]}... ({len(expected)})")

    def close(self, found, expected, what):
        found, expected = np.atleast_1d(found).astype(np.float64), np.atleast_1d(expected).astype(np.float64)
        if found.shape != expected.shape:
            self.n_wrong += 1
            return print(f"{what}: shape {found.shape}, expected {expected.shape}")
        with np.errstate(invalid="ignore"):
            error = np.abs(found - expected) / np.maximum(np.abs(expected), 1e-300)
        error[(found == expected) | (np.isnan(found) & np.isnan(expected))] = 0
        wrong = ~(error <= TOLERANCE)
        self.worst = max(self.worst, np.max(error, initial=0, where=~wrong))
        if wrong.any():
            self.n_wrong += 1
            at = tuple(np.argwhere(wrong)[0])
            print(f"{what}: {wrong.sum()} wrong, first at {at}: {found[at]}, expected {expected[at]}")


DEFAULTS = {"min_genes": -1, "min_cells": -1, "total": 0, "size_factors": "", "dominant_share": 1.0, "no_normalise": 0,
            "log_only": 0, "highly_variable": "seurat", "n_top_genes": 5000, "keep_targets": 0, "de_method": "wilcoxon",
            "variance_floor": "none", "de_min_cells": 10, "no_tie_correction": 0, "de_genes": 100, "matrix": "X", "column": "condition", "base": 0, "targets": "G5,G6,G250,G390,XIST,G7"}


def expected_screen(given, options):
    """Kept cells and genes, values before the choice of genes, and the table of that choice."""
    counts = (given.X if options["matrix"] == "X" else given.layers[options["matrix"][7:]]).toarray().astype(np.float64)
    genes_of_cell = (counts > 0).sum(1)
    n_genes, median = (counts > 0).any(0).sum(), np.median(genes_of_cell)
    is_panel = n_genes < 2000 or median < 100
    least_genes = (min(200, max(1, int(median / 10))) if is_panel else 200)
    cells = genes_of_cell >= (least_genes if options["min_genes"] < 0 else options["min_genes"])
    least_cells = (1 if is_panel else 3) if options["min_cells"] < 0 else options["min_cells"]
    genes = (counts[cells] > 0).sum(0) >= least_cells
    counts = counts[cells][:, genes]
    if options["no_normalise"]:
        values, normalised = counts, np.expm1(counts * np.log(options["base"] or np.e))
    elif options["log_only"]:
        values, normalised = np.log1p(counts), counts
    else:
        totals = counts.sum(1, keepdims=True)
        dominant = (counts > options["dominant_share"] * totals).any(0)
        totals = counts[:, ~dominant].sum(1, keepdims=True)
        if options["size_factors"]:
            totals = given.obs[options["size_factors"]].to_numpy(np.float64)[cells][:, None]
        target = options["total"] or np.median(totals[totals > 0])
        normalised = counts / np.where(totals == 0, 1, totals) * target
        values = np.log1p(normalised)
    choice = None
    if options["highly_variable"] == "seurat":
        choice = seurat(normalised, options["n_top_genes"])
    if options["highly_variable"] == "seurat_v3":
        choice = seurat_v3(counts, options["n_top_genes"])
    return cells, genes, values, choice


def check_tests(prepared, table, options, comparison):
    x = prepared.X.toarray()
    labels = prepared.obs[options["column"]].astype(str).to_numpy()
    stored = prepared.uns["rank_genes_groups"]
    conditions = [label for label in dict.fromkeys(sorted(set(labels))) if label != "control"
                  and (labels == label).sum() >= options["de_min_cells"]]
    comparison.same(sorted(stored["names"].dtype.names), sorted(conditions), "conditions")
    comparison.same([stored["params"][key] for key in ("groupby", "reference", "method", "corr_method")],
                    [options["column"], "control", {"welch": "t-test", "welch-overestimated": "t-test_overestim_var",
                                                    "wilcoxon": "wilcoxon"}[options["de_method"]],
                     "benjamini-hochberg"], "params")
    symbols = dict(zip(prepared.var_names, prepared.var.gene_symbols))
    for label in conditions:
        group, control = labels == label, labels == "control"
        score, p = (wilcoxon(x, group, control, not options["no_tie_correction"]) if options["de_method"] == "wilcoxon"
                    else welch(x, group, control, options["de_method"] == "welch-overestimated"))
        expected = pd.DataFrame({"scores": score, "pvals": p, "pvals_adj": benjamini_hochberg(p),
                                 "logfoldchanges": log2_fold_changes(x, group, control, options["base"] or None)},
                                index=prepared.var_names)
        names = stored["names"][label]
        comparison.same(sorted(names), sorted(prepared.var_names), f"{label} names")
        if not (np.diff(stored["scores"][label]) <= 0).all():
            comparison.same([label], [], "order of scores")
        for column in expected.columns:
            comparison.close(stored[column][label], expected.loc[names, column], f"{label} {column}")
        rows = table[table.condition == label]
        n = options["de_genes"] or len(expected)
        largest = expected.loc[expected.scores.abs().sort_values(ascending=False, kind="stable").index[:n]]
        comparison.same(rows.gene_id, largest.index, f"{label} table")
        comparison.same(rows.gene, [symbols[name] for name in largest.index], f"{label} symbols")
        comparison.same(rows["rank"], range(1, len(largest) + 1), f"{label} ranks")
        for column, source in (("score", "scores"), ("log2_fold_change", "logfoldchanges"), ("p_value", "pvals"),
                               ("p_adjusted", "pvals_adj")):
            comparison.close(rows[column], largest[source], f"{label} table {column}")


def is_right(given_path, prepared_path, *settings):
    import anndata
    options = dict(DEFAULTS)
    for setting in settings:
        name, value = setting.split("=")
        options[name] = type(DEFAULTS[name])(value) if name not in ("total", "base") else float(value)
    given, prepared = anndata.read_h5ad(given_path), anndata.read_h5ad(prepared_path)
    comparison = Comparison()
    cells, genes, values, choice = expected_screen(given, options)
    kept = given.var[genes]
    written = np.ones(len(kept), bool)
    if choice is not None:
        targets = kept.gene_symbols.isin(options["targets"].split(",")) & bool(options["keep_targets"])
        written = choice.highly_variable.to_numpy() | targets.to_numpy()
        for column in choice.columns.difference(["highly_variable_rank"]):
            comparison.close(prepared.var[column], choice[column][written], f"var {column}")
        if options["highly_variable"] == "seurat_v3":  # ranks of equal variances may come in any order
            ranked = prepared.var[prepared.var.highly_variable].sort_values("highly_variable_rank")
            comparison.same(ranked.highly_variable_rank, range(len(ranked)), "ranks")
            comparison.close(ranked.variances_norm, np.sort(choice.variances_norm)[::-1][:len(ranked)], "order of ranks")
        comparison.same([prepared.uns["hvg"]["flavor"]], [options["highly_variable"]], "flavour")
    comparison.same(prepared.obs_names, given.obs_names[cells], "cells")
    comparison.same(prepared.var_names, kept.index[written], "genes")
    for column in given.obs:
        comparison.same(prepared.obs[column].astype(str), given.obs[column][cells].astype(str), f"obs {column}")
    for column in ("gene_symbols", "length"):
        comparison.same(prepared.var[column], kept[column][written], f"var {column}")
    comparison.same([prepared.X.format, str(prepared.X.dtype)], ["csr", "float32"], "form of X")
    comparison.close(prepared.X.toarray(), values[:, written], "X")
    comparison.close(prepared.uns["log1p"]["base"], options["base"] or np.e, "base")
    if options["de_method"] != "none":
        table = pd.read_csv(str(prepared_path).replace(".h5ad", ".de.tsv"), sep="\t")
        check_tests(prepared, table, options, comparison)
    print(f"{prepared.n_obs} x {prepared.n_vars}: worst relative difference {comparison.worst:.2g}; {' '.join(settings)}")
    return comparison.n_wrong == 0


def check(list_path):
    with open(list_path, encoding="utf-8") as lines:
        right = [is_right(*line.split()) for line in lines]
    sys.exit(0 if right and all(right) else 1)


def main():
    warnings.simplefilter("ignore")
    command, *arguments = sys.argv[1:]
    {"functions": functions, "screen": make_screen, "check": check}[command](*arguments)


if __name__ == "__main__":
    main()
