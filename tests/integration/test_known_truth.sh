#!/usr/bin/env bash
# From a simulated screen to its latent graph: simulate, train the calibrated objective, evaluate --truth, consensus.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
toy=(--preset chain5 --latents 4 --genes 8 --control-cells 3000 --cells-per-single 800 --cells-per-double 100 --doubles 2
  --latent-order shuffled --seed 3)
settings=(--model cmvae --epochs 3 --batch-size 128 --threads 1)

echo "# simulate"
accepts "a preset with knobs" -- simulate toy "${toy[@]}"
check "the truth stands beside it" grep -q gracevae-simulation/2 toy/truth.json
refuses 2 "an unknown preset" "norman-like" -- simulate other --preset norman
refuses 2 "knobs that contradict each other" "only dense loadings" -- simulate other --mixing mlp

echo "# the calibrated objective finds the chain"
for seed in 0 1; do
  accepts "train, seed $seed" "fitting the latent graph" -- train toy/screen.h5ad "${settings[@]}" --seed "$seed" -o "run$seed"
  accepts "its graph is exact" "their own threshold|its own threshold" -- evaluate "run$seed" --truth toy/truth.json
  check "F1 is 1" "$PYTHON" -c "import json; assert json.load(open('run$seed/metrics.json'))['structure']['at_threshold']['f1'] == 1"
done
check "metrics.json says how the fit is" "$PYTHON" -c "import json; assert json.load(open('run0/metrics.json'))['diagnostics']['active_units'] == 4"
check "the options say what they were" grep -q 'objective = "calibrated"' run0/options.toml
check "values below 0 are kept where the screen has them" grep -q 'value_range = "any"' run0/options.toml
accepts "both runs agree" "1.000" "right" -- consensus run0 run1 --truth toy/truth.json

echo "# what is given wins over the preset"
accepts "one option back" -- train toy/screen.h5ad "${settings[@]}" --abduction=false --start mean-shifts -o less
check "options.toml has it" grep -q 'abduction = false' less/options.toml
refuses 2 "a start that the model cannot hold" "needs --linear-skip" -- train toy/screen.h5ad "${settings[@]}" --start moments --linear-skip=false -o none

echo "# the published one says what it did not learn"
accepts "train" "not identified" -- train toy/screen.h5ad --model cmvae --objective published --epochs 3 --threads 1 -o published
accepts "evaluate says it too" "not identified" -- evaluate published --truth toy/truth.json
finish
