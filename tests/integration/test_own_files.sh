#!/usr/bin/env bash
# Own files that are damaged end with an error that names them: what once fell, and some of the mutations that tests/fuzz/own_files.py draws.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
program train sim/screen.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
check "known faults and 20 mutations" "$PYTHON" -W ignore "$GRACEVAE_SOURCE_DIR/tests/fuzz/own_files.py" --program "$GRACEVAE" --known --count 20 --seed 20 --keep "$WORK/kept"
finish
