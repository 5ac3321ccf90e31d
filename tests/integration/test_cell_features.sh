#!/usr/bin/env bash
# An embedding of the cells and measured pathway values reach the encoder, in training and in prediction.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
if ! "$PYTHON" -c 'import anndata' 2>/dev/null; then skip_all "$PYTHON has no anndata"; fi

simulate sim
"$PYTHON" - <<'PY'
import anndata, numpy, pandas
screen = anndata.read_h5ad("sim/screen.h5ad")
rng = numpy.random.default_rng(0)
screen.obsm["X_model"] = rng.normal(size=(screen.n_obs, 3))
screen.write("with.h5ad")
order = rng.permutation(screen.n_obs)
anndata.AnnData(numpy.zeros((screen.n_obs, 1), "float32"), obs=pandas.DataFrame(index=screen.obs_names[order]),
                obsm={"X_model": screen.obsm["X_model"][order]}).write("other.h5ad")
ids = [line.split("\t")[1] for line in open("sim/network/pathways.gmt")]
pandas.DataFrame(rng.normal(size=(screen.n_obs, len(ids))), index=screen.obs_names, columns=ids).to_csv("pathways.csv")
anndata.AnnData(numpy.zeros((10, 1), "float32"), obs=pandas.DataFrame(index=screen.obs_names[:10]),
                obsm={"X_model": screen.obsm["X_model"][:10]}).write("few.h5ad")
PY
settings=(--network sim/network --objective published --epochs 2)
accepts "an embedding of the screen's own" -- train with.h5ad "${settings[@]}" --cell-embedding X_model -o own
accepts "the same from another file, in another order" -- train sim/screen.h5ad "${settings[@]}" --cell-embedding X_model --cell-embedding-file other.h5ad -o other
check "gives the same bits" cmp own/model.safetensors other/model.safetensors
check "is three numbers wide" grep -qE '^n_embedding = 3$' own/options.toml
accepts "prediction reads it, too" -- predict own
accepts "the calibrated start leaves room for it" -- train with.h5ad --model cmvae --epochs 1 --cell-embedding X_model -o calibrated
accepts "measured pathways" -- train sim/screen.h5ad "${settings[@]}" --pathway-values measured --pathway-file pathways.csv -o measured
accepts "pathways at 0" -- train sim/screen.h5ad "${settings[@]}" --pathway-values zero -o zero
check "measured ones are read" bash -c '! cmp -s measured/model.safetensors zero/model.safetensors'
accepts "and predicted with" -- evaluate measured
refuses 3 "cells that are missing" "cells are missing" -- train sim/screen.h5ad "${settings[@]}" --cell-embedding X_model --cell-embedding-file few.h5ad -o x
refuses 3 "no such key" "no dense array" "cell-embedding" -- train sim/screen.h5ad "${settings[@]}" --cell-embedding X_pca -o x
refuses 2 "values without a file" "pathway-file" -- train sim/screen.h5ad "${settings[@]}" --pathway-values measured -o x
refuses 2 "a file that nothing reads" "pathway-values measured" -- train sim/screen.h5ad "${settings[@]}" --pathway-file pathways.csv -o x
for model in "cmvae" "cmvae-multihot" "sena" "additive" "cmvae --intervention-encoder drop-edge" "vgae --encoder multihot"; do
  # shellcheck disable=SC2086
  refuses 2 "values that $model does not read" "--pathway-values measured" "reads no values of pathways" "hint: .*--encoder sage" -- \
    train sim/screen.h5ad "${settings[@]}" --pathway-values measured --pathway-file pathways.csv --model $model -o x
done
refuses 3 "values of a graph without pathways" "choose another --level" -- train sim/screen.h5ad "${settings[@]}" --level gg --pathway-values measured --pathway-file pathways.csv -o x
refuses 2 "a file without a key" "cell-embedding" -- train sim/screen.h5ad "${settings[@]}" --cell-embedding-file other.h5ad -o x
echo >>pathways.csv
refuses 3 "other measured values" "pathways.csv: not the file" -- predict measured
cp few.h5ad other.h5ad
refuses 3 "another embedding" "other.h5ad: not the file" -- predict other
finish
