#!/usr/bin/env python3
"""The field's scores of a run's model by a second route: numpy and scipy on predictions.h5ad and the screen.

usage: field_scores.py RUN SCREEN.h5ad [LABEL_COLUMN]    (compares with RUN/metrics.json; exit 1 where one differs)
"""
import json
import sys
import warnings

warnings.filterwarnings("ignore")
import anndata
import numpy as np
import scipy.stats

TOLERANCE = 2e-5  # the program's means are over float32


def dense(x):
    return np.asarray(x.todense() if hasattr(x, "todense") else x, dtype=float)


def significant(cells, control):
    with np.errstate(all="ignore"):
        p = scipy.stats.mannwhitneyu(cells, control, use_continuity=False, method="asymptotic", axis=0).pvalue
    p = np.where(np.isnan(p), 1, p)
    return set(np.flatnonzero(benjamini_hochberg(p) < 0.05))


def benjamini_hochberg(p):
    order = np.argsort(p)[::-1]
    n = len(p)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum(1, np.minimum.accumulate(p[order] * n / np.arange(n, 0, -1)))
    return adjusted


def energy(x, y):
    def mean_distance(a, b):
        return np.sqrt(((a[:, None, :] - b[None, :, :]) ** 2).sum(-1))
    n, m = len(x), len(y)
    return (2 * mean_distance(x, y).mean() - mean_distance(x, x).sum() / (n * (n - 1))
            - mean_distance(y, y).sum() / (m * (m - 1)))


def half_ties(own, others, better):
    others = np.array(others)
    return (better(others, own)).mean() + 0.5 * (others == own).mean()


def main():
    run, screen = sys.argv[1], anndata.read_h5ad(sys.argv[2])
    column = sys.argv[3] if len(sys.argv) > 3 else "condition"
    metrics = json.load(open(f"{run}/metrics.json"))
    predictions = anndata.read_h5ad(f"{run}/predictions.h5ad")
    x, labels = dense(screen.X), screen.obs[column].astype(str).to_numpy()
    names = {str(cell): i for i, cell in enumerate(screen.obs_names)}
    generated = predictions[predictions.obs["source"] == "Generated Cells"]
    x_hat, of = dense(generated.X), generated.obs["condition"].astype(str).to_numpy()
    stands_for = np.array([names[str(cell)] for cell in generated.obs["cell"]])
    genes = np.array([str(gene) for gene in screen.var_names])

    rows = [row for row in metrics["conditions"] if row["method"] == "model"]
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    label_of = {c: labels[stands_for[of == c][0]] for c in conditions}  # as the screen writes it
    control = x[~np.isin(labels, [l for l in np.unique(labels) if l not in CONTROL])]
    c = control.mean(0)
    perturbed = np.mean([x[labels == l].mean(0) for l in np.unique(labels) if l not in CONTROL], axis=0)
    expected_names = list(predictions.uns["gracevae"]["expected_conditions"])
    mean_hat = {q: np.asarray(predictions.varm["gracevae_expected"], dtype=float)[:, expected_names.index(q)] for q in conditions}
    kind = {row["condition"]: row["kind"] for row in rows}
    averaged = {row["condition"]: row["averaged"] for row in rows}
    mean = {q: x[stands_for[of == q]].mean(0) for q in conditions}
    error = {q: x[stands_for[of == q]].var(0, ddof=1) / (of == q).sum() for q in conditions}
    top = {q: [list(genes).index(g) for g in metrics["paper_de_genes"][q]] for q in conditions}
    noise_free = {row["condition"]: row["metrics"] for row in metrics["conditions"]
                  if row["method"] == "noise-free" and row["gene_set"] == "all"}
    expressed = np.argsort(-c, kind="stable")[:1000]
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
    directions = vectors[:, ::-1][:, :50]

    worst, n = 0.0, 0
    for row in rows:
        if row["gene_set"] == "de":  # its halves are drawn: tests/unit/evaluate has them
            continue
        q = row["condition"]
        others = [o for o in conditions if o != q and kind[o] == kind[q] and averaged[o]]
        use = top[q] if row["gene_set"] == "paper" else list(range(len(genes)))
        keep = [g for g in use if genes[g] not in q.split("+")]
        gap = lambda a, b, power, on: (np.abs(a[on] - b[on]) ** power).sum()
        own = gap(mean_hat[q], mean[q], 2, use)
        d_hat, d = mean_hat[q][use] - c[use], mean[q][use] - c[use]
        expected = {
            "systema.pearson": np.corrcoef(mean_hat[q][use] - perturbed[use], mean[q][use] - perturbed[use])[0, 1],
            "systema.centroid_accuracy": half_ties(own, [gap(mean_hat[q], mean[o], 2, use) for o in others], np.greater),
            "vcc.pds": 1 - half_ties(gap(mean_hat[q], mean[q], 1, keep), [gap(mean_hat[q], mean[o], 1, keep) for o in others],
                                     np.less) * len(others) / (len(others) + 1),
            "vcc.mae": np.abs(mean_hat[q][use] - mean[q][use]).mean(),
            "perturbench.rank": half_ties(own, [gap(mean_hat[o], mean[q], 2, use) for o in others], np.less),
            "perturbench.cosine": d_hat @ d / np.linalg.norm(d_hat) / np.linalg.norm(d),
            "r2.corrected": 1 - own / ((mean[q] - mean[q].mean()) ** 2).sum(),
            "pearson_delta": np.corrcoef(d_hat, d)[0, 1],
        }
        if row["gene_set"] == "paper":
            observed, guess = x[stands_for[of == q]][:, use], x_hat[of == q][:, use]
            gap_of_means = ((guess.mean(0) - observed.mean(0)) ** 2).sum()
            expected = {"paper.rmse": np.sqrt(((guess - observed) ** 2).mean() / (observed ** 2).mean()),
                        "paper.r2": max(0, 1 - gap_of_means / ((guess.mean(0) - guess.mean()) ** 2).sum())}
        else:
            expected["l2"] = np.sqrt(gap(mean_hat[q], mean[q], 2, expressed))
            observed, guess = x[stands_for[of == q]], x_hat[of == q]
            expected["e_distance"] = energy((guess - x.mean(0)) @ directions, (observed - x.mean(0)) @ directions)
            truth, found = significant(observed, control), significant(guess, control)
            if truth:
                effect = np.abs(guess.mean(0) - c)
                kept = sorted(found, key=lambda g: (-effect[g], g))[: len(truth)]
                expected["vcc.des"] = len(truth & set(kept)) / len(truth)
            # What the true mean would get.
            centred = d - d.mean()
            weight = np.maximum(0, centred ** 2 - error[q])
            across = error[q].sum() * (1 - 1 / len(d)) - (weight @ error[q] / weight.sum() if weight.any() else 0)
            free = {"r2.corrected": 1 - error[q].sum() / ((mean[q] - mean[q].mean()) ** 2).sum(),
                    "pearson_delta": np.sqrt(min(1, max(0, 1 - across / (centred @ centred)))),
                    "l2": np.sqrt(error[q][expressed].sum()), "vcc.mae": np.sqrt(2 * error[q] / np.pi).mean()}
            for name, value in free.items():
                n += 1
                difference = abs(value - noise_free[q][name])
                worst = max(worst, difference)
                if not difference < TOLERANCE * max(1, abs(value)):
                    print(f"{q} noise-free {name}: {noise_free[q][name]}, here {value}")
                    worst = np.inf
        for name, value in expected.items():
            n += 1
            difference = abs(value - row["metrics"][name])
            worst = max(worst, difference)
            if not difference < TOLERANCE * max(1, abs(value)):
                print(f"{q} {row['gene_set']} {name}: {row['metrics'][name]}, here {value}")
                worst = np.inf
        assert set(row["metrics"]) >= set(expected)
    print(f"{n} scores of {len(conditions)} conditions, largest difference {worst:.1e}")
    return int(not np.isfinite(worst))


CONTROL = {"control", "ctrl", "non-targeting"}
if __name__ == "__main__":
    sys.exit(main())
