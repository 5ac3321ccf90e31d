#!/usr/bin/env bash
# Where docs/same-bits.md says that two runs give the same bits, they do.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
program train sim/screen.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
check "the page's rows of cmvae" "$PYTHON" "$GRACEVAE_SOURCE_DIR/scripts/bits_table.py" "$GRACEVAE" --repeats 2 --only cmvae \
  --check "$GRACEVAE_SOURCE_DIR/docs/same-bits.md"
finish
