#!/usr/bin/env bash
# explain: every model, against an independent computation with SciPy; several runs; bad input.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

check_explanation() { check "$1: the same with SciPy" "$PYTHON" "$SUPPORT/check_explanation.py" "$2" sim/network/*.gmt 100 5 500 0.05; }

simulate sim
for model in grace-vae cmvae cmvae-multihot vgae sena; do
  accepts "$model: train" -- train sim/screen.h5ad --network sim/network --model "$model" --epochs 2 -o "$model"
  accepts "$model: explain" "4 programs" -- explain "$model"
  check_explanation "$model" "$model/explain"
done
for model in control mean-shift additive linear; do
  accepts "$model: train" -- train sim/screen.h5ad --network sim/network --model "$model" -o "$model"
  accepts "$model: no programs" "no latent programs" -- explain "$model" --gene-sets "$(echo sim/network/*.gmt)"
  check_explanation "$model" "$model/explain"
done
for seed in 1 2; do
  accepts "calibrated, seed $seed" -- train sim/screen.h5ad --network sim/network --objective calibrated --epochs 3 --seed "$seed" -o "calibrated$seed"
done
accepts "a calibrated run, all pairs, other control cells" -- explain calibrated1 --pairs all --response-cells 50
check_explanation "calibrated" calibrated1/explain
check "six pairs of four labels" test "$(wc -l <calibrated1/explain/interactions.tsv)" = 7
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
