#!/usr/bin/env bash
# gracevae inspect: the commands under "next", pasted into a shell as they stand, all succeed.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$PYTHON" -c 'import anndata' 2>/dev/null || skip_all "$PYTHON has no anndata"
"$PYTHON" "$SUPPORT/next_step_screens.py" "$WORK/made"
program train made/old.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi

# What a person pastes runs as every command of these tests does (`program`), with training made short.
gracevae() {
  if [[ $1 == train ]]; then set -- "$@" --epochs 1 --hidden 16 --threads 1; fi
  program "$@"
  cat "$LOGS/out" "$LOGS/err"
  return "$status"
}
# paste FOLDER: its file `next`, line by line, in a shell of its own that stops at the first command that fails.
paste() { (set -e; cd "$1"; source ./next) >"$1/pasted.out" 2>&1 </dev/null; }
n_places=0

# follow "what" [pattern...] -- argument...: inspects in a folder of its own, whose "next" must match every pattern
# (grep -E), and pastes it; a pattern "!x" must not match.
follow() {
  local what=$1 patterns=() pattern place=$WORK/place$((n_places += 1))
  shift
  while [[ $1 != -- ]]; do patterns+=("$1"); shift; done
  shift
  mkdir "$place"
  cd "$place"
  program inspect "$@"
  cd "$WORK"
  if ((status != 0)); then failed "$what: inspect: exit code $status"; show_last; return; fi
  sed -n '/^next$/,$s/^  //p' "$LOGS/out" >"$place/next"
  for pattern in "${patterns[@]}"; do
    if [[ $pattern == !* ]]; then
      if grep -qE -- "${pattern#!}" "$place/next"; then failed "$what: '${pattern#!}' is recommended"; show_last; return; fi
    elif ! grep -qE -- "$pattern" "$place/next"; then
      failed "$what: nothing recommended matches '$pattern'"; show_last; return
    fi
  done
  local code
  set +e  # of what stands in a condition, `set -e` would not stop anything
  paste "$place"
  code=$?
  set -e
  if ((code == 0)); then
    ok "$what: $(grep -vc '^#' "$place/next" || true) commands"
  else
    failed "$what: a command failed"
    sed 's/^/        /' "$place/next"
    tail -5 "$place/pasted.out" | sed 's/^/        /'
  fi
  rm -rf "$place"
}

made=$WORK/made
echo "# made screens"
follow "with a network" "train .*--network .*/network -o run" "!--level" -- "$made/old.h5ad" --network "$made/network"
follow "without a network" "train .* --model cmvae" "!FOLDER -o" -- "$made/old.h5ad"
follow "a level that was asked for" "--network .*--level gg\+pg -o run" -- "$made/old.h5ad" --network "$made/network" --level gg+pg
follow "a level that cannot be built" "# --level full needs gene sets" "--level gg -o run" -- \
  "$made/old.h5ad" --network "$made/edges only"
follow "no level can be built" "without the network" "train .* --model cmvae" "!train .*--network" -- \
  "$made/old.h5ad" --network "$made/strangers"
follow "aliases" "train .*--aliases .*aliases.tsv" -- "$made/old.h5ad" --network "$made/network" --aliases "$made/aliases.tsv"
follow "nothing to train" "# .*nothing to train" "!^gracevae" -- "$made/doubles.h5ad" --network "$made/network"
follow "Ensembl ids, and symbols beside" "train .*--network" "!train .*--gene-column" -- "$made/ensembl.h5ad" --network "$made/network"
follow "a table and its labels" "train .*--labels-file .*cells.csv --genes-in-rows" -- \
  "$made/table.csv" --genes-in-rows --labels-file "$made/cells.csv"
follow "counts in a layer, labels of their own" \
  "prepare .*--matrix layers/counts --label-column 'the guide' --control 'NT-\*' --separator _ --missing-labels drop -o prepared.h5ad" \
  "train prepared.h5ad --label-column gracevae_regime .*--network" "!train .*(layers|NT)" -- \
  "$made/counts.h5ad" --matrix layers/counts --label-column "the guide" --control 'NT-*' --separator _ \
  --missing-labels drop --network "$made/network" --level gg+pg+pp
follow "scaled values beside counts" "# .*layers/counts may hold counts" -- \
  "$made/counts.h5ad" --label-column "the guide" --control 'NT-*' --separator _ --missing-labels drop
mkdir "$WORK/with space"
cp "$made/old.h5ad" "$WORK/with space/my screen's.h5ad"
follow "a path with spaces and a quote" "my screen" -- "$WORK/with space/my screen's.h5ad" --network "$made/edges only"
follow "linear values" "prepare .*--log-only -o prepared.h5ad" -- "$made/linear.h5ad" --network "$made/network"

echo "# a name that is taken"
mkdir taken
cp "$made/old.h5ad" taken/
(cd taken && mkdir run && touch prepared.h5ad && "$GRACEVAE" inspect old.h5ad >out 2>err)
check "another run's folder is left alone" grep -q "old.h5ad --model cmvae -o run2" taken/out

echo "# Ensembl ids are explained"
said="the genes are Ensembl ids .*the targets symbols .*--gene-column Symbol"
ids=(--gene-column index)
accepts "by inspect" "$said" -- inspect "$made/ensembl.h5ad" "${ids[@]}"
accepts "by prepare" "$said" -- prepare "$made/ensembl.h5ad" "${ids[@]}" --no-normalise -o prepared.h5ad
accepts "by train" "$said" -- train "$made/ensembl.h5ad" "${ids[@]}" --model cmvae --epochs 1 --hidden 16 -o ids
accepts "by evaluate" "$said" -- evaluate ids
refuses 3 "by train with a network" "it has symbols .*the screen Ensembl ids" "hint: .*--gene-column Symbol" -- \
  train "$made/ensembl.h5ad" "${ids[@]}" --network "$made/network" --epochs 1 -o new

echo "# aliases"
accepts "targets by the table" "MLL2 is an old name of KMT2D" "targets +4, 4 of them measured" "TP53 is measured under its old name P53" -- \
  inspect "$made/old.h5ad" --aliases "$made/aliases.tsv"
accepts "and without" "MLL2$" "TP53 \(nearest gene: P53\)" "targets +4, 2 of them measured" -- inspect "$made/old.h5ad"
accepts "in training, with the network's names" "2 targets read by other names" "1 names of the networks read by other names in .*: TP53 → P53" -- \
  train "$made/old.h5ad" --network "$made/network" --aliases "$made/aliases.tsv" --epochs 1 --hidden 16 -o aliased
check "the run keeps the table" grep -q '^aliases = ".*/made/aliases.tsv"' aliased/options.toml
check "and its hash" grep -q '^aliases_hash = ' aliased/options.toml
accepts "predictions take either name" -- predict aliased --targets "MLL2,KMT2D" -o either.h5ad
echo "KMT2D	MLL2	x" >wrong.tsv
refuses 3 "a table that is none" "wrong.tsv line 1: expected 2 names, found 3" "hint: .*HGNC" -- \
  inspect "$made/old.h5ad" --aliases wrong.tsv

echo "# real screens"
data=${GRACEVAE_DATA:-$GRACEVAE_SOURCE_DIR/../shared/data}
subset=$data/norman19_subset/norman19_k562_subset.h5ad
networks=(--gmt "$data/reactome/ReactomePathways.gmt" --relations "$data/reactome/ReactomePathwaysRelation.txt"
          --edges "$data/ppi/global_ppi_edgelist.txt")
if [[ -r $subset ]]; then
  follow "the real subset" "train .*--gmt .*--relations .*--edges .* -o run" -- "$subset" "${networks[@]}"
  follow "the real subset without pathways" "--level gg" -- "$subset" --edges "$data/ppi/global_ppi_edgelist.txt"
else
  skip "the real subset: no real data (set GRACEVAE_DATA)"
fi
for screen in papalexi datlinger; do
  file=${GRACEVAE_SCREENS:-/nowhere}/$screen.h5ad
  if [[ ! -r $file ]]; then
    skip "$screen: set GRACEVAE_SCREENS to the folder that experiments/real_screens.py wrote"
    continue
  fi
  follow "$screen" "prepare .* -o prepared.h5ad" -- "$file"
  follow "$screen with options" "prepare .*--label-column gene --control non-targeting" "train prepared.h5ad" -- \
    "$file" --label-column gene --control non-targeting --separator "" "${networks[@]}"
done

echo "# inputs after public bug reports"
cases=${GRACEVAE_CASES:-$GRACEVAE_SOURCE_DIR/../shared/cases}
for case in 09 15 23; do
  if [[ ! -r $cases/$case/make.py ]]; then skip "case $case: set GRACEVAE_CASES"; continue; fi
  mkdir "case$case"
  CASES_OUT=$WORK/case$case "$PYTHON" "$cases/$case/make.py" >"$LOGS/make" 2>&1 || { skip "case $case: cannot be made"; continue; }
  for file in "case$case"/*.h5ad; do
    if "$GRACEVAE" inspect "$file" >"$LOGS/out" 2>"$LOGS/err"; then
      follow "$file" -- "$WORK/$file"
    else
      skip "$file: inspect refuses it"
    fi
  done
done
finish
