#!/usr/bin/env bash
# No hint leads into another error: each piece of advice in src/ is shown by a mistake, and followed. hints.py has the rule.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$PYTHON" -c 'import anndata, h5py, pandas, scipy' 2>/dev/null ||
  skip_all "$PYTHON lacks anndata, h5py, pandas or scipy (apt-get install python3-anndata python3-h5py python3-pandas python3-scipy)"
program train none.h5ad -o none
if grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
"$PYTHON" -W ignore "$GRACEVAE_SOURCE_DIR/tests/integration/hints.py" --program "$GRACEVAE" --source "$GRACEVAE_SOURCE_DIR"
