#!/usr/bin/env bash
# explain: every model, against an independent computation with SciPy; several runs; bad input.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

check_explanation() { check "$1: the same with SciPy" "$PYTHON" "$SUPPORT/check_explanation.py" "$2" sim/network/*.gmt 100 5 500 0.05; }

simulate sim
for model in grace-vae cmvae cmvae-multihot vgae sena; do
  accepts "$model: train" -- train sim/screen.h5ad --network sim/network --model "$model" --objective published --epochs 2 -o "$model"
  accepts "$model: explain" "4 programs" -- explain "$model"
  check_explanation "$model" "$model/explain"
done
for model in control mean-shift additive linear; do
  accepts "$model: train" -- train sim/screen.h5ad --network sim/network --model "$model" -o "$model"
  accepts "$model: no programs" "no latent programs" -- explain "$model" --gene-sets "$(echo sim/network/*.gmt)"
  check_explanation "$model" "$model/explain"
done
for seed in 1 2; do
  accepts "calibrated, seed $seed" -- train sim/screen.h5ad --network sim/network --epochs 3 --seed "$seed" -o "calibrated$seed"
done
accepts "a calibrated run, all pairs, other control cells" -- explain calibrated1 --pairs all --response-cells 50
check_explanation "calibrated" calibrated1/explain
check "six pairs of four labels" test "$(wc -l <calibrated1/explain/interactions.tsv)" = 7
check "interactions as measured: the same with NumPy" "$PYTHON" "$SUPPORT/check_interactions.py" sim/screen.h5ad calibrated1/split.tsv calibrated1/explain/interactions.tsv
check "three pairs of the screen are held out, three are not in it" awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
  { n[$at["fold"]]++ } END { exit !(n["test"] == 3 && n["NA"] == 3) }' calibrated1/explain/interactions.tsv
accepts "pairs that train" -- train sim/screen.h5ad --model additive --split random -o mixed
accepts "interactions are counted" "of 3 tested pairs do not add up, at a false discovery rate of 0.9" -- explain mixed --interaction-rate 0.9
check "measured on cells that train: the same with NumPy" "$PYTHON" "$SUPPORT/check_interactions.py" sim/screen.h5ad mixed/split.tsv mixed/explain/interactions.tsv
check "at that rate nothing below is additive" awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
  $at["fold"] != "train" || ($at["q"] <= 0.9) == ($at["type"] == "additive") { exit 1 }' mixed/explain/interactions.tsv
refuses 2 "a rate above 1" "interaction-rate" -- explain mixed --interaction-rate 2
accepts "edges over several runs" -- explain calibrated1 calibrated2 -o both
check "edges have frequencies" "$PYTHON" - <<'PY'
import json
graph = json.load(open("both/explain.json"))["graph"]
assert graph["edges"] and all(e["frequency"] in (0, 0.5, 1) for e in graph["edges"]), graph
PY
accepts "the same bits again" -- explain calibrated1 calibrated2 -o again
check "explain.json is the same" cmp both/explain.json again/explain.json
accepts "a lower threshold draws more edges" -- explain calibrated1 --edge-threshold 0.001 -o more
check "more edges" test "$(wc -l <more/edges.tsv)" -ge "$(wc -l <calibrated1/explain/edges.tsv)"

pair=$("$PYTHON" -c 'import json; l = [x["label"] for x in json.load(open("calibrated1/latents.json"))["labels"]]; print(l[0] + "+" + l[1])')
accepts "effects of a query" "effects on every gene" "interactions of pairs" -- predict calibrated1 --targets "$pair,${pair%+*}" -o query.h5ad
check "effects are those of the cells" "$PYTHON" - "$pair" <<'PY'
import csv, sys
import anndata, numpy as np
data = anndata.read_h5ad("query.h5ad")
cells = data[(data.obs["condition"] == sys.argv[1]) & (data.obs["source"] == "Generated Cells")]
controls = data[list(cells.obs["paired_control"])]
mean = dict(zip(data.var_names, np.asarray((cells.X - controls.X).mean(0)).ravel()))
control = dict(zip(data.var_names, np.asarray(controls.X.mean(0)).ravel()))
rows = [r for r in csv.DictReader(open("query_effects.tsv"), delimiter="\t") if r["condition"] == sys.argv[1]]
assert len(rows) == data.n_vars
for r in rows:  # generated cells carry other noise: six standard errors of the difference of two means
    effect, sd = float(r["effect"]), float(r["sd"])
    assert abs(mean[r["gene"]] - effect) <= 6 * np.sqrt(2 / len(cells)) * sd + 1e-4, (r, mean[r["gene"]])
    assert abs(control[r["gene"]] - float(r["control"])) < 1e-4 and float(r["control"]) + effect >= -1e-5, r
    assert float(r["control"]) < 1e-6 if r["se"] == "NA" else float(r["se"]) > 0, r  # NA: no such cell has the gene
assert all(float(r["low"]) <= float(r["high"]) and r["sd_runs"] == "NA" for r in rows)
PY
check "interactions of the query have errors" awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
  $at["norm_deviation_se"] == "NA" || !("measured_c_a_se" in at && "q" in at) { exit 1 }' query_effects_interactions.tsv
accepts "effects over runs" -- predict calibrated1 calibrated2 --targets "$pair" --effects runs.tsv
check "intervals over runs" awk -F'\t' 'NR > 1 && !($9 == 2 && $11 <= $4 && $4 <= $12) { exit 1 }' runs.tsv
check "every run has its cells" test -s calibrated2/predicted.h5ad
refuses 2 "several runs and one output" "leave it out" -- predict calibrated1 calibrated2 --targets "$pair" -o one.h5ad
refuses 2 "several runs and no table" "--effects" -- predict calibrated1 calibrated2 --targets "$pair"
refuses 2 "several runs without a query" "--targets" -- predict calibrated1 calibrated2
refuses 2 "effects without a query" "--targets" -- predict calibrated1 --effects e.tsv

refuses 4 "no run" "options.toml" -- explain nothing
refuses 4 "no gene sets" "gene sets" -- explain cmvae --gene-sets none.gmt
refuses 2 "a threshold below 0" "edge-threshold" -- explain cmvae --edge-threshold -1
refuses 2 "the same run twice" "given twice" -- explain cmvae cmvae
printf 'only two\tcolumns\n' >bad.gmt
refuses 3 "malformed gene sets" "bad.gmt.*line 1" -- explain cmvae --gene-sets bad.gmt
printf 'Other\tO1\tX1\tX2\tX3\tX4\tX5\n' >other.gmt
accepts "gene sets of other genes are a warning" "nothing is tested" -- explain cmvae --gene-sets other.gmt -o other
touch file
refuses 4 "output that is no folder" "file" -- explain cmvae -o file
finish
