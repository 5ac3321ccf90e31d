#!/usr/bin/env bash
# gracevae sweep and table: the same splits for all, parts, failures, stops, and the same table whatever happened on the way.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
program train sim/screen.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi

cat >good.toml <<'TOML'
[sweep]
seeds = "0-1"

[train]
epochs = 3
validate_every = 1

[[run]]
name = "grace-vae"
[run.model]
model = "grace-vae"

[[run]]
name = "cmvae"
model.model = "cmvae"
TOML
sweep=(sweep good.toml --screen sim/screen.h5ad --network sim/network)
table() { "$GRACEVAE" table 1 --runs "$1" 2>/dev/null; }

sed 's/^epochs/epoch/' good.toml >misspelt.toml

echo "# before it starts"
accepts "dry run" "grace-vae, seed 0 +to do" "4 of 4 runs are left: about .* GB of memory" -- "${sweep[@]}" -o whole --dry-run
check "starts nothing" test ! -e whole/runs
refuses 4 "a table of a sweep that has not run" "whole/sweep.json" -- table 1 --runs whole
refuses 2 "unknown option in the file" "unknown option 'epoch'" "hint: .*epochs" -- sweep misspelt.toml -o new --screen sim/screen.h5ad
refuses 2 "a part that is none" "--task is '3/2'" -- "${sweep[@]}" -o new --task 3/2
refuses 2 "no screen" "no screen was given" -- sweep good.toml -o new
refuses 4 "no such file" "none.toml: no such file" -- sweep none.toml -o new --screen sim/screen.h5ad

echo "# a sweep"
accepts "four runs, two at a time" "4 finished \(0 before\), 0 failed" -- "${sweep[@]}" -o whole --jobs 2
check "every run has scores and a record" test "$(ls whole/runs/*/metrics.json whole/runs/*/finished.json | wc -l)" = 8
check "one split a seed" test "$(md5sum whole/runs/*/split.tsv | cut -c1-32 | sort -u | wc -l)" = 2
check "the runs share one copy of the screen" bash -c 'test "$(grep -l "cells: mapped from .*/whole/packed/" whole/runs/*/log.txt | wc -l)" = 4'
check "which goes when all are finished" test ! -e whole/packed
check "nothing large is kept" test -z "$(find whole/runs -name 'predictions.h5ad' -o -name 'checkpoint.*')"
table whole >whole.md
check "a table with both, baselines and ceilings" bash -c 'for row in grace-vae cmvae control mean-shift additive additive-clipped replicate noise-free; do grep -q "^| $row |" whole.md || exit 1; done'
cp -r whole/runs before
accepts "again: nothing is run again" "4 finished \(4 before\)" -- "${sweep[@]}" -o whole
check "and nothing changes" diff -r before whole/runs
accepts "latex" "begin\{tabular\}" -- table 1 --runs whole --format latex
accepts "tsv" "p_corrected" -- table 1 --runs whole --format tsv
accepts "other options, other runs" "1 finished \(0 before\)" -- "${sweep[@]}" -o whole --learning-rate 0.002 --task 2/4
accepts "another split, other runs" "4 of 4 runs are left" -- "${sweep[@]}" -o whole --test-fraction 0.3 --dry-run

echo "# parts"
for part in 1 2 3; do accepts "part $part of 3" "0 before" -- "${sweep[@]}" -o parts --task "$part/3" --jobs 1; done
check "make up the whole" test "$(ls parts/runs/*/finished.json | wc -l)" = 4
check "and the same table" cmp whole.md <(table parts)

echo "# stops"
# stop_sweep SIGNAL EXIT_CODE: the signal comes to the sweep once a run has a checkpoint and not all are done.
stop_sweep() {
  local signal=$1 expected=$2 out=stopped_$1 pid code=0
  "$GRACEVAE" "${sweep[@]}" --jobs 2 -o "$out" >"$LOGS/out" 2>"$LOGS/err" </dev/null &
  pid=$!
  until compgen -G "$out/runs/*/checkpoint.safetensors" >/dev/null; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.01
  done
  kill "-$signal" "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || code=$?
  if ((code != expected)); then failed "$signal: exit code $code, expected $expected"; show_last; return; fi
  check "$signal: stopped in the middle" test "$(find "$out/runs" -name finished.json | wc -l)" -lt 4
  accepts "$signal: the same command goes on" "4 finished .*, 0 failed" -- "${sweep[@]}" --jobs 2 -o "$out"
  check "$signal: and ends with the same table" cmp whole.md <(table "$out")
}
stop_sweep TERM 130
stop_sweep KILL 137
# A job learns of its sweep's death, however that came; this one would train for hours.
bash -c 'GRACEVAE_PARENT=$$ "$@" >job.log 2>&1 & echo $! >job.pid; wait' _ \
  "$GRACEVAE" train sim/screen.h5ad --model cmvae --epochs 1000000 -o orphan &
parent=$!
until [[ -e orphan/checkpoint.safetensors ]]; do kill -0 "$parent" || break; sleep 0.05; done
kill -KILL "$parent"
gone() { for _ in {1..600}; do kill -0 "$(cat job.pid)" || return 0; sleep 0.05; done; kill -KILL "$(cat job.pid)"; return 1; }
check "KILL: its jobs stop, too" gone
check "and one whose sweep is gone already does not begin" bash -c '! GRACEVAE_PARENT=0 "$0" --version' "$GRACEVAE"

echo "# failures"
sed 's/name = "cmvae"/name = "tomorrow"/; s/model.model = "cmvae"/model.model = "tomorrow"/' good.toml >bad.toml
printf '[select.train]\nbeta_max = [1, 2]\n' >>bad.toml
bad=(sweep bad.toml --screen sim/screen.h5ad --network sim/network --seeds 0 -o failing)
program "${bad[@]}"
check "a failing variant: exit code 3" test "$status" = 3
check "is listed with the program's reason" grep -q "tomorrow, beta_max=1, seed 0: --model is 'tomorrow', expected one of: grace-vae" "$LOGS/err"
check "does not stop the others" test "$(ls failing/runs/grace-vae*/finished.json | wc -l)" = 2
check "is recorded" grep -q "expected one of" failing/runs/tomorrow_beta_max=1_seed_0-*/failed.json
accepts "and shown before the next try" "tomorrow, beta_max=2, seed 0 +failed: --model is" -- "${bad[@]}" --dry-run
program "${bad[@]}"
check "the next try leaves the good ones" grep -q "2 finished (2 before), 2 failed" "$LOGS/err"
check "the table says which setting was chosen" bash -c '"$1" table 1 --runs failing 2>/dev/null | grep -q "^- grace-vae: beta_max=[12] (mean validation score .*among 2 settings"' _ "$GRACEVAE"
check "and what is missing" bash -c '"$1" table 1 --runs failing 2>/dev/null | grep -q "^- Missing: tomorrow, 1 seed (0): --model is"' _ "$GRACEVAE"

echo "# Slurm"
mkdir bin
printf '#!/bin/sh\necho submitted "$1"\n' >bin/sbatch
chmod +x bin/sbatch
PATH=$PWD/bin:$PATH anew accepts "--slurm submits an array" "submitted .*/array/slurm.sh" -- "${sweep[@]}" -o array --slurm --jobs 3 --slurm-option=--partition=long
check "of a task a run" grep -qx "#SBATCH --array=1-4%3" array/slurm.sh
check "with what was asked for" grep -qx "#SBATCH --partition=long" array/slurm.sh
for i in 1 2 3 4; do SLURM_ARRAY_TASK_ID=$i sh array/slurm.sh 2>"$LOGS/err" || failed "task $i"; done
check "whose script makes the same table" cmp whole.md <(table array)
printf '#!/bin/sh\nexit 1\n' >bin/sbatch
PATH=$PWD/bin:$PATH anew program "${sweep[@]}" -o array --slurm
check "sbatch that refuses: exit code 4" test "$status" = 4
finish
