#!/usr/bin/env bash
# Bad input: each kind has its exit code and a message with place, value and mend; nothing is written and nothing crashes.
# Exit codes: 2 an option, 3 the data, 4 a file that cannot be read or written.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$PYTHON" -c 'import anndata, h5py' 2>/dev/null || skip_all "$PYTHON has no anndata and h5py (apt-get install python3-anndata python3-h5py)"
"$PYTHON" "$SUPPORT/make_bad_screens.py" .

train() { echo train "$1" --network "${2:-network}" -o run --objective published --epochs 1; }
# shellcheck disable=SC2046  # words are meant to split
refuses_screen() { local code=$1 what=$2 file=$3; shift 3; refuses "$code" "$what" "$file" "$@" -- $(train "$file"); }
# shellcheck disable=SC2046
refuses_network() { local what=$1 folder=$2; shift 2; refuses 3 "$what" "$@" -- $(train good.h5ad "$folder"); }

echo "# the screen"
refuses_screen 4 "missing file" goood.h5ad "no such (screen|file)" "hint: .*good.h5ad"
refuses_screen 3 "truncated file" truncated.h5ad "truncated"
refuses_screen 3 "empty file" empty.h5ad
refuses_screen 3 "a file that is no HDF5" text.h5ad
# shellcheck disable=SC2046
refuses 3 "no control cells" no_control.h5ad "control" "hint: .*ctrl" -- $(train no_control.h5ad) --control control
refuses_screen 3 "a regime smaller than a batch" small_regime.h5ad "\bD\b" "\b32\b" "hint: .*(keep-short|batch-size)"
# shellcheck disable=SC2046
refuses 3 "repeated genes, where that was asked for" repeated_genes.h5ad "G03" "hint: .*--repeated-genes sum" -- $(train repeated_genes.h5ad) --repeated-genes error
refuses_screen 3 "NaN in X" nan.h5ad "nan" "cell[0-9]+" "G[0-9]+"
refuses_screen 3 "infinity in X" infinity.h5ad "inf" "cell[0-9]+" "G[0-9]+"
refuses_screen 3 "index out of range" index_out_of_range.h5ad "/X" "\b30\b"
refuses_screen 3 "indptr that decreases" indptr_decreases.h5ad "/X.*indptr"
refuses_screen 3 "lengths that disagree" lengths_disagree.h5ad "/X" "261" "260"
refuses 3 "no such column" "no.* column" "condtion" "hint: .*condition" -- train good.h5ad --network network -o run --label-column condtion
accepts "negative values: a warning" "warning" "negative" -- inspect negative.h5ad
accepts "repeated genes become one" "G03 \(3 genes\)" "genes +28" -- inspect repeated_genes.h5ad

echo "# the network"
refuses_network "no gene in common" network_foreign "none of its 30 names is a gene" "hint: .*(symbol|Ensembl)"
refuses_network "malformed .gmt" network_bad_gmt "pathways.gmt line 3" "expected"
refuses_network "repeated pathway" network_repeated_gmt "pathways.gmt line 4" "R-HSA-1"
refuses_network "malformed edge list" network_bad_edges "protein_edgelist.txt line 7" "expected"
refuses_network "three columns of words" network_three_columns "protein_edgelist.txt line 9" "binds"
refuses 2 "a network folder with nothing in it" "network_empty" -- train good.h5ad --network network_empty -o run
refuses 2 "no such network folder" "network_nowhere" -- train good.h5ad --network network_nowhere -o run
refuses 2 "no network for grace-vae" "--network" -- train good.h5ad -o run

echo "# options"
refuses 2 "unknown flag" "--epoch" -- train good.h5ad --network network -o run --epoch 3
refuses 2 "number that is none" "--epochs" "many" -- train good.h5ad --network network -o run --epochs many
refuses 2 "number out of range" "--epochs is -1" "at least|0 to" -- train good.h5ad --network network -o run --epochs -1
refuses 2 "unknown model" "grace-vea" "hint: .*grace-vae" -- train good.h5ad --network network -o run --model grace-vea
GRACEVAE_INSTRUCTIONS=sse9 anew refuses 2 "an instruction set that is none" "GRACEVAE_INSTRUCTIONS is 'sse9'" "hint: .*baseline" -- inspect good.h5ad
refuses 2 "unknown command" "trian" "hint: .*train" -- trian good.h5ad
printf '[train]\nepochs = 1\n\n[model]\nhiden = 12\n' >unknown_key.toml
refuses 2 "unknown TOML key" "unknown_key.toml line 5" "hiden" "hint: .*hidden" -- train good.h5ad --network network -o run --config unknown_key.toml
printf '[modle]\nhidden = 12\n' >unknown_section.toml
refuses 2 "unknown TOML section" "unknown_section.toml line 1" "modle" "hint: .*model" -- train good.h5ad --network network -o run --config unknown_section.toml
printf '[train]\nepochs = "many"\n' >wrong_type.toml
refuses 2 "TOML value of the wrong type" "wrong_type.toml line 2" "whole number" -- train good.h5ad --network network -o run --config wrong_type.toml
printf 'cell\tfold\ncell0\ttrain\ncell1\tlearn\n' >split.tsv
refuses 3 "malformed split file" "split.tsv line 3" "learn" -- train good.h5ad --network network -o run --split-file split.tsv

echo "# outputs"
echo text >a_file
refuses 4 "output folder below a file" "a_file" "hint" -- train good.h5ad --network network -o a_file/run --epochs 1
# A read-only, a full and a filling disk: file systems in memory, in a name space of our own, so that root cannot write either.
# on_disk OPTIONS SCRIPT: runs the script with a file system of these mount options at disk/, then lists what is there in `listing`.
# shellcheck disable=SC2016  # expanded by the inner shell
on_disk() {
  status=0
  unshare -rm bash -c 'mount -t tmpfs -o "$1" tmpfs disk || exit 99
    code=0; eval "$2" || code=$?
    find disk -type f -printf "%f\n" >listing; exit "$code"' - "$1" "$2" >"$LOGS/out" 2>"$LOGS/err" || status=$?
}
export GRACEVAE
# shellcheck disable=SC2016
run_on_disk='"$GRACEVAE" train good.h5ad --network network -o disk/run --epochs 2 --batch-size 16'
# disk_case "what" PATTERN: the last on_disk ended with exit code 4, a message and no file but the ballast and whole ones.
disk_case() {
  if ((status == 4)) && grep -qiE "$2" "$LOGS/err" && ! grep -qE "^\." listing; then ok "$1"
  else failed "$1: exit code $status"; cat listing; show_last; fi
}
mkdir disk
on_disk size=4k true
if ((status == 0)); then
  on_disk ro "$run_on_disk"
  disk_case "read-only output folder" "disk/run.*read-only"
  on_disk size=4k "head -c 9999 /dev/zero >disk/ballast 2>/dev/null; $run_on_disk"
  disk_case "full output folder" "disk/run.*(space|full)|hint.*space"
  check "nothing is written there" test "$(cat listing)" = ballast
  on_disk size=100k "$run_on_disk"
  disk_case "a disk that becomes full" "space|full"
else
  skip "read-only and full output folders: no name space may be made here"
fi

echo "# a run that is there"
program train good.h5ad --network network -o run --epochs 2 --batch-size 16
if ((status != 0)); then failed "the good screen trains: exit code $status"; show_last; finish; fi
refuses 2 "existing run folder" "run" "hint: .*(--resume|another)" -- train good.h5ad --network network -o run --epochs 2
refuses 2 "resume with another option" "hidden" "hint" -- train -o run --resume --hidden 7
refuses 4 "resume of what is no run" "options.toml" -- train --resume -o network
refuses 3 "target that was never trained" "\bAB\b" "hint: .*\bA\b" -- predict run --targets A+AB -o new.h5ad
refuses 4 "prediction below a file" "a_file" -- predict run --targets A+B -o a_file/new.h5ad
refuses 4 "a run that is nowhere" "run_nowhere" -- report run_nowhere

echo "# an input that changed after training"
net=$(find network -iname '*edgelist*')
cp "$net" kept
printf 'A B\n' >>"$net"
refuses 3 "predict on another network" "$net: not the file" "hint: .*put the file back" -- predict run -o new.h5ad
refuses 3 "evaluate on another network" "$net: not the file" -- evaluate run
refuses 3 "resume on another network" "$net: not the file" -- train --resume -o run
rm "$net"
refuses 3 "a part of the network that is gone" "$net: .*not found any more" -- predict run -o new.h5ad
cp kept "$net"
cp good.h5ad kept
cp negative.h5ad good.h5ad
refuses 3 "predict on another screen" "good.h5ad: not the file" -- predict run -o new.h5ad
cp kept good.h5ad
accepts "predict with the files put back" -- predict run -o new.h5ad
rm new.h5ad

truncate -s 1000 run/model.safetensors
refuses 3 "truncated weights" "model.safetensors" -- predict run --targets A -o new.h5ad
finish
