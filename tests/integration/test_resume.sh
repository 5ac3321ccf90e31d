#!/usr/bin/env bash
# A training that is stopped in the middle and resumed ends with the very same bits as one that was not.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
simulate sim
train=(train sim/screen.h5ad --network sim/network --objective published --epochs 40 --hidden 96)

accepts "train without a stop" -- "${train[@]}" -o whole

# stop_and_resume SIGNAL EXIT_CODE: the signal comes once some epochs are done.
stop_and_resume() {
  local signal=$1 expected=$2 run=stopped_$1 pid code=0 epochs
  "$GRACEVAE" "${train[@]}" -o "$run" >"$LOGS/out" 2>"$LOGS/err" </dev/null &
  pid=$!
  until [[ -s $run/checkpoint.safetensors && $(wc -l <"$run/history.jsonl") -ge 5 ]]; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.01
  done 2>/dev/null
  kill "-$signal" "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || code=$?
  epochs=$(wc -l <"$run/history.jsonl")
  if ((code != expected || epochs >= 40)); then
    failed "$signal: exit code $code, expected $expected; $epochs of 40 epochs done"; show_last; return
  fi
  ok "$signal: stopped with code $code after $epochs epochs"
  accepts "$signal: resume" -- train --resume -o "$run"
  for file in model.safetensors model_best.safetensors split.tsv; do check "$signal: $file is the same to the bit" cmp "whole/$file" "$run/$file"; done
  check "$signal: history.jsonl is the same but for the times" "$PYTHON" - "$run" <<'PY'
import json, sys
def rows(run):
    return [{k: v for k, v in json.loads(line).items() if k not in ("seconds", "cells_per_second")} for line in open(f"{run}/history.jsonl")]
assert rows("whole") == rows(sys.argv[1])
PY
}
stop_and_resume TERM 130
stop_and_resume INT 130
stop_and_resume KILL 137

refuses 2 "resume with another option" "epochs" "hint" -- train --resume -o stopped_TERM --epochs 61
cp whole/model.safetensors before.safetensors
accepts "resume of a finished run" -- train --resume -o whole
check "changes nothing" cmp before.safetensors whole/model.safetensors

accepts "a run that stops early" "training stops after epoch 2" "the model is that of epoch" -- \
  train sim/screen.h5ad --network sim/network --epochs 40 --patience 2 --least-improvement 0.9 -o early
check "has done three epochs" test "$(wc -l <early/history.jsonl)" = 3
check "its model is the best one" cmp early/model.safetensors early/model_best.safetensors
cp early/model.safetensors before.safetensors
accepts "is finished" "early is finished" -- train --resume -o early
check "and stays as it is" cmp before.safetensors early/model.safetensors
finish
