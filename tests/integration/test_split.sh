#!/usr/bin/env bash
# gracevae split: every kind, ten seeds at once, what it refuses, and that training takes what it wrote.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
screen=sim/screen.h5ad

echo "# kinds"
accepts "unseen-double" "seed .*control .*train .*test seen-2" "^ *0 +120 " -- split "$screen" -o double
check "one seed: a table and a record" test "$(ls double)" = $'split_seed0.json\nsplit_seed0.tsv'
check "the table is cell and fold" test "$(head -1 double/split_seed0.tsv)" = $'cell\tfold'
accepts "random" -- split "$screen" -o random --split random
accepts "unseen-single" "test unseen-single" -- split "$screen" -o single --split unseen-single --test-fraction 0.25
accepts "norman" "test seen-2" -- split "$screen" -o norman --split norman --norman-min-cells 90 --norman-test-cells 20 --norman-validation-cells 10
check "norman: 4 singles x 20 and 3 doubles x 40 test cells" test "$(grep -c 'test$' norman/split_seed0.tsv)" = 200
check "norman: 4 singles x 10 validation cells" test "$(grep -c 'validation$' norman/split_seed0.tsv)" = 40
accepts "held-out targets" "test unseen-single" -- split "$screen" -o held --hold-out-targets 0.5
check "the record tells kind, seed and option" grep -q '"hold_out_targets": 0.5' held/split_seed0.json

echo "# seeds"
accepts "ten seeds at once" "^ *9 " -- split "$screen" -o once --seeds 0-9
for seed in 0 1 2 3 4 5 6 7 8 9; do
  program split "$screen" -o ten --seeds "$seed"
  ((status == 0)) || { failed "seed $seed alone"; show_last; }
done
check "are the same files as ten calls" diff -r once ten
check "and ten different splits" test "$(md5sum once/*.tsv | cut -c1-32 | sort -u | wc -l)" = 10
accepts "a list of seeds" -- split "$screen" -o list --seeds 3,7
check "is part of the range" cmp once/split_seed7.tsv list/split_seed7.tsv
before=$(snapshot)
accepts "the same again" -- split "$screen" -o once --seeds 0-9
check "writes nothing" test "$(snapshot)" = "$before"

echo "# what is refused"
refuses 2 "another split in the folder" "split_seed3.tsv.*another split" "hint: .*--force" -- split "$screen" -o once --split random --seeds 3
accepts "--force" -- split "$screen" -o list --split random --seeds 3 --force
check "overwrites" bash -c '! cmp -s list/split_seed3.tsv once/split_seed3.tsv'
refuses 2 "unknown kind" "--split is 'unsen-double'" "hint: .*unseen-double" -- split "$screen" -o new --split unsen-double
refuses 2 "seeds that are none" "--seeds is '5-1'" "hint: .*0-9" -- split "$screen" -o new --seeds 5-1
refuses 2 "a screen alone" "output" -- split "$screen"
refuses 2 "norman without cells to train" "--norman-min-cells" -- split "$screen" -o new --split norman --norman-min-cells 100
refuses 3 "no test cells" "no perturbed cell is in test" "hint: .*--test-fraction" -- split "$screen" -o new --test-fraction 0 --double-fraction 0
refuses 3 "no such column" "no column 'fold'" "hint" -- split "$screen" -o new --split column:fold
refuses 3 "a column of other words" "obs column 'condition'" "expected train" -- split "$screen" -o new --split column:condition
echo text >a_file
refuses 4 "a folder below a file" "a_file" -- split "$screen" -o a_file/new

echo "# a column of the file"
if "$PYTHON" -c 'import anndata' 2>/dev/null; then
  "$PYTHON" - "$screen" <<'PY'
import sys
import anndata
words = {"control": "train", "train": "train", "test": "ood", "validation": "val"}
folds = dict(line.rstrip("\n").split("\t") for line in open("once/split_seed4.tsv"))
screen = anndata.read_h5ad(sys.argv[1])
screen.obs["fold"] = [words[folds[cell]] for cell in screen.obs_names]
screen.obs["fold"] = screen.obs["fold"].astype("category")
screen.write_h5ad("column.h5ad")
PY
  accepts "column:NAME" "test seen-2" -- split column.h5ad -o column --split column:fold
  check "gives the folds of the column" cmp once/split_seed4.tsv column/split_seed0.tsv
  accepts "several seeds of a column: a warning" "warning.*draws nothing" -- split column.h5ad -o column --split column:fold --seeds 0,1
else
  skip "column:NAME: $PYTHON has no anndata"
fi

echo "# training"
train=(train "$screen" --network sim/network --epochs 1)
program "${train[@]}" -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then
  skip "training: this build has no LibTorch"
  finish
fi
accepts "train takes a split file" -- "${train[@]}" -o from_file --seed 3 --split-file once/split_seed3.tsv
accepts "train with the seed" -- "${train[@]}" -o from_seed --seed 3
check "makes the same split" cmp from_file/split.tsv from_seed/split.tsv
check "as split wrote" cmp once/split_seed3.tsv from_seed/split.tsv
check "and the same model" cmp from_file/model.safetensors from_seed/model.safetensors
accepts "train with held-out targets" -- "${train[@]}" -o from_held --hold-out-targets 0.5
refuses 2 "train with unseen-single" "cannot place" "hint: .*gracevae split" -- "${train[@]}" -o new --split unseen-single --effects none
accepts "with predicted effects" -- "${train[@]}" -o unseen --split unseen-single
sed '0,/\ttrain$/s//\ttest/' once/split_seed3.tsv >leak.tsv
refuses 3 "control cells in test" "leak: .*control cells are in test" "hint" -- "${train[@]}" -o new --split-file leak.tsv
finish
