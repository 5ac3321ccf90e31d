#!/usr/bin/env bash
# Full disks, little memory, closed streams, odd environments, two processes on one run: a sentence and an exit code (tests/fuzz/resources.py).
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
program train sim/screen.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
check "what is short is said" "$PYTHON" -W ignore "$GRACEVAE_SOURCE_DIR/tests/fuzz/resources.py" --program "$GRACEVAE" --keep "$WORK/kept"
finish
