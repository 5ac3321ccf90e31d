#!/usr/bin/env bash
# Every model and every intervention encoder goes through the same commands to the same files.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

simulate sim
train=(train sim/screen.h5ad --network sim/network --epochs 2 --hidden 8 --batch-size 8)
goes_through() {
  local name=$1
  shift
  accepts "$name: train" -- "${train[@]}" -o "$name" "$@"
  accepts "$name: nothing is left to train" "is finished" -- train --resume -o "$name"
  accepts "$name: evaluate" -- evaluate "$name"
  accepts "$name: report" -- report "$name"
  accepts "$name: the best weights" -- predict "$name" --weights best -o best.h5ad
  check "$name: whole" test -s "$name/latents.json" -a -s "$name/metrics.json" -a -s "$name/report.html" -a -s "$name/predictions.h5ad"
}

for model in grace-vae cmvae cmvae-multihot vgae sena; do goes_through "$model" --model "$model"; done
for encoder in mlp table tri-value tri-value-1hop drop-edge; do
  goes_through "$encoder" --intervention-encoder "$encoder" --unknown-targets fallback --smoothness 0.1
done
goes_through unseen --intervention-encoder tri-value --split unseen-single --unknown-targets fallback
for model in cmvae vgae; do goes_through "published_$model" --model "$model" --objective published; done
check "a model without a latent graph starts at the mean shifts" grep -q '^start = "mean-shifts"' vgae/options.toml
check "labels on no latent of their own start at random" grep -q '^start = "random"' mlp/options.toml

check "the smoothness term is reported" grep -q '"smoothness":[0-9.e-]*[1-9]' vgae/history.jsonl
refuses 3 "no latent graph to score" "no latent graph" -- evaluate vgae --truth sim/truth.json
refuses 3 "no latent graph to compare" "no latent graph" -- consensus vgae cmvae -o consensus.json
refuses 2 "no latent graph to fit" "has none" "hint: .*--start mean-shifts" -- "${train[@]}" --model vgae --start moments -o new
refuses 2 "no latent graph to cut" "--intervention cut" -- "${train[@]}" --model vgae --intervention cut -o new
refuses 2 "no gene sets for sena" "no gene sets" "hint: .*gg\+pg" -- "${train[@]}" --model sena --level gg -o new
refuses 2 "no pathways for multihot" "no pathways" -- "${train[@]}" --model cmvae-multihot --level gg -o new
refuses 2 "no network for sena" "--model sena" "hint: .*--network" -- train sim/screen.h5ad --model sena -o new
refuses 2 "no network for tri-value" "needs a context graph" -- train sim/screen.h5ad --model cmvae --intervention-encoder tri-value -o new
refuses 2 "no protein interactions for tri-value" "protein interactions" "hint: .*--edges" -- \
  train sim/screen.h5ad --gmt sim/network/pathways.gmt --intervention-encoder tri-value -o new
refuses 2 "a negative weight" "--smoothness" -- "${train[@]}" --smoothness -1 -o new
refuses 2 "a negative factor" "--sena-lambda" -- "${train[@]}" --sena-lambda -1 -o new
printf 'One\tP1\tTF01\tTF02\n' >small.gmt
printf 'TF01 TF02\n' >none.txt
refuses 3 "too small gene sets" "at least 5 measured genes" -- \
  train sim/screen.h5ad --gmt small.gmt --edges sim/network/protein_edgelist.txt --model sena -o new
refuses 3 "targets without an interaction" "no protein interaction" "hint: .*--unknown-targets fallback" -- \
  train sim/screen.h5ad --edges none.txt --level gg --intervention-encoder tri-value -o new
finish
