#!/usr/bin/env bash
# Screens as they leave the lab: every input of shared/cases, made after public bug reports, and siblings of our own are
# read as they should be, or refused with a way out. The checks: cases.py; the folder: $GRACEVAE_CASES, else ../shared/cases.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$PYTHON" -c 'import anndata, h5py, pandas, scipy' 2>/dev/null ||
  skip_all "$PYTHON lacks anndata, h5py, pandas or scipy (apt-get install python3-anndata python3-h5py python3-pandas python3-scipy)"

cases=${GRACEVAE_CASES:-$(realpath -m "$GRACEVAE_SOURCE_DIR/../shared/cases")}
if [[ ! -f $cases/common.py ]]; then
  echo "skipped: the inputs after public bug reports: no $cases (set GRACEVAE_CASES); siblings of our own are checked"
  cases=
fi
"$PYTHON" "$GRACEVAE_SOURCE_DIR/tests/integration/cases.py" --program "$GRACEVAE" --cases "$cases"
