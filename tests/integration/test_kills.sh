#!/usr/bin/env bash
# kill -9 at some of the moments that tests/fuzz/kills.py draws: nothing goes on, and a rerun ends with the same bytes.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
program train sim/screen.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
check "13 kills, one a command" "$PYTHON" -W ignore "$GRACEVAE_SOURCE_DIR/tests/fuzz/kills.py" --program "$GRACEVAE" --count 13 --seed 2 --keep "$WORK/kept"
finish
