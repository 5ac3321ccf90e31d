#!/usr/bin/env bash
# A null screen of real cells: control cells of Papalexi et al. with labels drawn at random. There is nothing to predict, so scores of
# changes on top genes are noise around 0 for every method; on the genes of the published protocol they are far above.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

data=${GRACEVAE_DATA:-$GRACEVAE_SOURCE_DIR/../shared/data}
[[ -d $data/papalexi21_eccite ]] || skip_all "papalexi21_eccite is not in $data (set GRACEVAE_DATA)"
check "the real screen is made" "$PYTHON" "$GRACEVAE_SOURCE_DIR/experiments/real_screens.py" screens "$data"
check "labels are drawn at random among its control cells" "$PYTHON" - <<'PY'
import warnings
warnings.filterwarnings("ignore")
import anndata, numpy
screen = anndata.read_h5ad("screens/papalexi.h5ad")
control = screen[screen.obs.gene == "non-targeting"].copy()
for seed in range(3):
    draw = numpy.random.default_rng(seed)
    labels = numpy.array(["control"] * control.n_obs, dtype=object)
    cells = draw.permutation(control.n_obs)
    for k in range(8):
        labels[cells[80 * k:80 * (k + 1)]] = f"L{k}"
    control.obs["condition"] = labels.astype(str)
    control.write_h5ad(f"null{seed}.h5ad")
PY
for seed in 0 1 2; do
  accepts "prepare null$seed" -- prepare "null$seed.h5ad" --label-column condition --min-genes 0 --highly-variable none -o "prepared$seed.h5ad"
  for model in additive cmvae; do
    accepts "train $model on null$seed" -- train "prepared$seed.h5ad" --label-column condition --model $model --objective published --epochs 10 --seed "$seed" -o "run_${model}_$seed"
    accepts "evaluate it" -- evaluate "run_${model}_$seed"
  done
done
check "every method is within noise of 0 on top genes, the published choice is not" "$PYTHON" - <<'PY'
import json, statistics
from collections import defaultdict
found = defaultdict(list)
for seed in range(3):
    for model in ("additive", "cmvae"):
        metrics = json.load(open(f"run_{model}_{seed}/metrics.json"))
        for row in metrics["conditions"]:
            value = row["metrics"].get("pearson_delta")
            name = model if row["method"] == "model" else row["method"]
            if row["gene_set"] == "de" and value is not None and (model == "additive" or row["method"] == "model"):
                found[name].append(value)
for name, values in sorted(found.items()):
    mean, error = statistics.mean(values), statistics.stdev(values) / len(values) ** 0.5
    print(f"{name:16} Pearson Δ {mean:6.3f} ± {error:.3f} over {len(values)}")
    if name != "noise-free":  # what the true mean would get: an estimate that cannot be below 0
        assert abs(mean) < 3 * error + 0.02, name
assert {"additive", "mean-shift", "chance", "cmvae", "replicate"} <= set(found)
PY
finish
