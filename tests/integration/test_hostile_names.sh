#!/usr/bin/env bash
# Names from outside: in every output as they are, or refused at the door.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
program train sim/screen.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
check "names that break careless writers" "$PYTHON" -W ignore "$GRACEVAE_SOURCE_DIR/tests/integration/hostile_names.py" --program "$GRACEVAE"
finish
