#!/usr/bin/env bash
# Covariates: a screen whose batches hang together with the labels, from inspect to the report.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$GRACEVAE" simulate sim --latents 4 --genes 80 --control-cells 400 --cells-per-single 120 --cells-per-double 60 --doubles 3 \
  --genes-per-program 15 >"$LOGS/out" 2>"$LOGS/err" || { show_last; exit 1; }
# Batch two adds 1 to a quarter of the genes; a quarter of control, and a fifth to four fifths of a label's cells are of it.
"$PYTHON" - <<'PY'
import anndata, numpy as np, scipy.sparse as sp
a = anndata.read_h5ad("sim/screen.h5ad")
rng = np.random.default_rng(1)
labels = a.obs["condition"].astype(str)
share = {label: 0.25 if label == "control" else 0.2 + 0.6 * k / (labels.nunique() - 1) for k, label in enumerate(sorted(labels.unique()))}
second = rng.random(a.n_obs) < np.array([share[label] for label in labels])
x = np.asarray(a.X.todense())
x[np.ix_(second, range(0, a.n_vars, 4))] += 1
a.X = sp.csr_matrix(x.astype(np.float32))
a.obs["batch"] = np.where(second, "two", "one")
a.obs["dose"] = rng.uniform(0, 5, a.n_obs).round(2)
a.write("screen.h5ad")
PY
train=(train screen.h5ad --network sim/network --hidden 32 --epochs 4 --seed 3)

echo "# what hangs together is said"
accepts "inspect" "obs column batch: 2 levels; .* give --covariates batch" "dose|batch could be covariates|batch" -- inspect screen.h5ad
program "${train[@]}" -o pooled
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
accepts "with covariates no warning" -- "${train[@]}" --covariates batch --continuous-covariates dose -o run
check "of what they settle" bash -c "! grep -q 'hang together\|give --covariates' '$LOGS/err'"
accepts "again" -- "${train[@]}" --covariates batch --continuous-covariates dose -o again
check "same seed, same bits" cmp run/model.safetensors again/model.safetensors
accepts "cells on disk" -- "${train[@]}" --covariates batch --backed --backed-memory 4 -o backed
accepts "published, autograd" -- "${train[@]}" --covariates batch --objective published --engine autograd -o published

echo "# scores within batches"
for run in pooled run; do accepts "evaluate $run" -- evaluate "$run"; done
check "are those of effects" "$PYTHON" - <<'PY'
import json
def l2(run, method):
    for row in json.load(open(f"{run}/metrics.json"))["summary"]:
        if (row["kind"], row["gene_set"], row["method"]) == ("single", "all", method):
            return row["metrics"]["l2"]
m = json.load(open("run/metrics.json"))
assert [s["stratum"] for s in m["strata"]] and {s["stratum"] for s in m["strata"]} == {"batch=one", "batch=two"}, m["strata"]
assert m["conditions_within"] and "strata" not in json.load(open("pooled/metrics.json"))
print({method: (l2("pooled", method), l2("run", method)) for method in ("control", "additive", "model")})
# doubles: pooled shifts carry the batch twice
def doubles(run, method):
    return [row["metrics"]["l2"] for row in json.load(open(f"{run}/metrics.json"))["summary"] if (row["kind"], row["gene_set"], row["method"]) == ("double", "all", method)][0]
assert doubles("run", "additive") < doubles("pooled", "additive"), (doubles("run", "additive"), doubles("pooled", "additive"))
assert l2("run", "model") < l2("run", "control")
assert l2("run", "model") < 1.3 * l2("run", "additive")
PY

echo "# drawings and quality within batches"
accepts "predict" -- predict run
for run in pooled run; do accepts "umap $run" -- umap "$run" --components 5; done
check "batches lie on each other" "$PYTHON" - <<'PY'
import anndata, numpy as np
batch = anndata.read_h5ad("screen.h5ad").obs["batch"]
def apart(run):
    cells = anndata.read_h5ad(f"{run}/predictions.h5ad")
    cells = cells[cells.obs["source"] == "NA"]
    second = (batch[cells.obs["cell"]] == "two").to_numpy()
    if run == "run":
        assert ((cells.obs["stratum"] == "batch=two").to_numpy() == second).all()
    x = cells.obsm["X_pca"]
    return np.linalg.norm(x[second].mean(0) - x[~second].mean(0))
assert apart("run") < apart("pooled") / 3, (apart("run"), apart("pooled"))
PY
accepts "quality" "within strata" "batch=one" "batch=two" -- inspect screen.h5ad --quality --guide-column none --covariates batch

echo "# predictions in a level"
accepts "predict --in" "generated cells" -- predict run --targets TF01+TF02 --in batch=two -o two.h5ad --effects two.tsv
check "start there" "$PYTHON" - <<'PY'
import anndata
cells, screen = anndata.read_h5ad("two.h5ad"), anndata.read_h5ad("screen.h5ad")
used = cells.obs["paired_control"][cells.obs["source"] == "Generated Cells"]
assert len(used) > 0 and set(screen.obs.loc[used, "batch"]) == {"two"}, set(screen.obs.loc[used, "batch"])
PY
check "test cells, too" "$PYTHON" - <<'PY'
import anndata
cells, screen = anndata.read_h5ad("run/predictions.h5ad"), anndata.read_h5ad("screen.h5ad")
made = cells.obs[cells.obs["source"] == "Generated Cells"]
assert list(screen.obs.loc[made["cell"], "batch"]) == list(screen.obs.loc[made["paired_control"], "batch"])
names = list(cells.uns["gracevae"]["expected_conditions"])
assert "TF01" in names and "TF01 in batch=two" in names, names
PY
refuses 3 "an unknown level" "no cells of .batch=three." "batch=one, batch=two" -- predict run --targets TF01 --in batch=three -o none.h5ad

echo "# splits"
for split in unseen-in:batch=two leave-out:batch=two; do
  accepts "$split" -- "${train[@]}" --covariates batch --split "$split" --test-fraction 0.5 -o "${split%%:*}"
  accepts "its scores" "additive" -- evaluate "${split%%:*}"
done

echo "# and the rest"
accepts "explain" -- explain run
accepts "umap" -- umap run
accepts "report" -- report run
finish
