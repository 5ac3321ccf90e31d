#!/usr/bin/env bash
# umap: what it writes into predictions.h5ad, the same bits again, being stopped, bad input, and the drawing beside umap-learn's.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

simulate sim
accepts "train" -- train sim/screen.h5ad --network sim/network --epochs 1 -o run
accepts "umap makes the predictions first" "generated cells" "X_pca and X_umap of" -- umap run --components 10
cp run/predictions.h5ad first.h5ad
check "anndata finds the drawing where scanpy looks" "$PYTHON" - <<'PY'
import anndata, numpy as np
data = anndata.read_h5ad("run/predictions.h5ad")
assert data.obsm["X_umap"].shape == (data.n_obs, 2) and np.isfinite(data.obsm["X_umap"]).all()
assert data.obsm["X_pca"].shape == (data.n_obs, 10) and data.varm["PCs"].shape == (data.n_vars, 10)
assert set(data.obs["source"]) == {"Generated Cells", "Actual Cells", "NA"} and {"mu", "z", "u"} <= set(data.obsm)
x = data.X.toarray().astype(float)
centred = x - x.mean(0)
assert np.allclose(centred @ data.varm["PCs"], data.obsm["X_pca"], atol=1e-4)
values = np.linalg.svd(centred, compute_uv=False) ** 2 / (len(x) - 1)
assert np.allclose(data.uns["pca"]["variance"], values[:10], rtol=1e-4)
assert np.allclose(data.uns["pca"]["variance_ratio"], values[:10] / values.sum(), rtol=1e-4)
assert data.uns["umap"]["params"]["n_neighbors"] == 15 and data.uns["umap"]["params"]["min_dist"] == 0.5
PY
accepts "again" -- umap run --components 10
check "the same drawing" "$PYTHON" - <<'PY'
import anndata
a, b = anndata.read_h5ad("first.h5ad"), anndata.read_h5ad("run/predictions.h5ad")
assert (a.obsm["X_umap"] == b.obsm["X_umap"]).all() and (a.obsm["X_pca"] == b.obsm["X_pca"]).all()
PY
OMP_NUM_THREADS=1 anew program umap run --components 10
check "the same drawing by one thread" "$PYTHON" -c '
import anndata
a, b = anndata.read_h5ad("first.h5ad"), anndata.read_h5ad("run/predictions.h5ad")
assert (a.obsm["X_umap"] == b.obsm["X_umap"]).all()'
accepts "a sample" "of 50 of" -- umap run --cells 50 --seed 3
check "the others have no place, all else is there" "$PYTHON" - <<'PY'
import anndata, numpy as np
a, b = anndata.read_h5ad("first.h5ad"), anndata.read_h5ad("run/predictions.h5ad")
assert np.isfinite(b.obsm["X_umap"][:, 0]).sum() == 50
assert (a.X != b.X).nnz == 0 and a.obs.equals(b.obs) and a.var.equals(b.var)
assert all(np.array_equal(a.obsm[k], b.obsm[k], equal_nan=True) for k in ("mu", "z", "u"))
PY
accepts "predictions with a drawing are scored" -- evaluate run

"$GRACEVAE" umap run --umap-epochs 100000 >"$LOGS/out" 2>"$LOGS/err" </dev/null &
pid=$!
before=$(snapshot)
until grep -q embedding "$LOGS/err"; do kill -0 "$pid" 2>/dev/null || break; sleep 0.01; done
kill -INT "$pid" 2>/dev/null || true
code=0
wait "$pid" || code=$?
check "stopped: exit code 130 (found $code)" test "$code" = 130
check "stopped: every file is as it was" test "$before" = "$(snapshot)"

refuses 2 "min_dist above spread" "min-dist" "spread" -- umap run --min-dist 2
refuses 2 "one neighbour" "n-neighbors" -- umap run --n-neighbors 1
refuses 4 "no run" -- umap nothing
mkdir other
printf 'no cells' >other/predictions.h5ad
refuses 3 "predictions that are none" "predictions.h5ad" -- umap other

data=${GRACEVAE_DATA:-$GRACEVAE_SOURCE_DIR/../shared/data}/norman19_subset/norman19_k562_subset.h5ad
if ! "$PYTHON" -c 'import umap, sklearn' 2>/dev/null; then
  skip "the drawing beside umap-learn's: no umap-learn (Debian's package umap-learn)"
elif [[ ! -f $data ]]; then
  skip "the drawing beside umap-learn's on real cells: no real data (set GRACEVAE_DATA)"
else
  mkdir real
  "$PYTHON" - "$data" <<'PY'
import sys, anndata, numpy as np
data = anndata.read_h5ad(sys.argv[1])
cells = anndata.AnnData(data.X, obs=data.obs[["condition"]].astype(str), var=data.var[[]], dtype=np.float32)
cells.obs["source"] = np.where(cells.obs["condition"].isin(["control", "ctrl"]), "NA", "Actual Cells")
cells.write_h5ad("real/predictions.h5ad")
PY
  for options in "" "--min-dist 0.1 --seed 1"; do
    # shellcheck disable=SC2086
    accepts "real cells $options" -- umap real $options
    check "real cells $options: trustworthiness within 0.02 of umap-learn's" "$PYTHON" "$SUPPORT/umap_reference.py" real/predictions.h5ad
    cat "$LOGS/check"
  done
fi
finish
