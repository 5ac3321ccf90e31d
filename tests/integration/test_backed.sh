#!/usr/bin/env bash
# Cells on disk: the same bits for the same seed, stopped and resumed or not; losses as in memory; errors that say what to do.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$GRACEVAE" simulate sim --latents 4 --genes 80 --control-cells 200 --cells-per-single 1500 --cells-per-double 40 --doubles 3 \
  --genes-per-program 15 >"$LOGS/out" 2>"$LOGS/err" || { show_last; exit 1; }
program train sim/screen.h5ad --model cmvae --epochs 1 -o probe
if ((status != 0)) && grep -q "needs LibTorch" "$LOGS/err"; then skip_all "this build has no LibTorch"; fi
backed=(train sim/screen.h5ad --network sim/network --hidden 32 --objective published --backed --backed-memory 1)

# losses RUN...: of the last epoch of each.
losses() { "$PYTHON" -c 'import json, sys; print(*[json.loads(open(f"{run}/history.jsonl").readlines()[-1])["loss"] for run in sys.argv[1:]])' "$@"; }
# history RUN: but for the times.
history() {
  "$PYTHON" -c 'import json, sys; [print({k: v for k, v in json.loads(line).items() if k not in ("seconds", "cells_per_second")}) for line in open(sys.argv[1] + "/history.jsonl")]' "$1"
}

echo "# the same numbers"
accepts "train" "packing .*sim/screen.h5ad" "cells stay on disk in .*whole/packed/.*\.cells; two windows of .* control cells are held" -- \
  "${backed[@]}" --epochs 12 -o whole
accepts "the copy of another run" "cells: mapped from .*whole/packed" -- "${backed[@]}" --epochs 12 --packed whole/packed -o again
check "is not made again" bash -c "! grep -q packing '$LOGS/err'"
check "same seed, same bits" cmp whole/model.safetensors again/model.safetensors
check "same history" cmp <(history whole) <(history again)
accepts "autograd" -- "${backed[@]}" --epochs 2 --engine autograd --packed whole/packed -o autograd
accepts "calibrated, which reads all cells at its start" "start" -- \
  train sim/screen.h5ad --network sim/network --hidden 32 --backed --backed-memory 1 --epochs 2 --packed whole/packed -o calibrated

echo "# stops"
# stop_and_resume SIGNAL EXIT_CODE
stop_and_resume() {
  local run=stopped_$1 pid code=0
  "$GRACEVAE" "${backed[@]}" --epochs 12 --packed whole/packed -o "$run" >"$LOGS/out" 2>"$LOGS/err" </dev/null &
  pid=$!
  until [[ -s $run/checkpoint.safetensors && $(wc -l <"$run/history.jsonl") -ge 3 ]]; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.01
  done 2>/dev/null
  kill "-$1" "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || code=$?
  if ((code != $2)); then failed "$1: exit code $code, expected $2"; show_last; return; fi
  accepts "$1: resume" "resuming at epoch" -- train --resume -o "$run"
  check "$1: the same bits" cmp whole/model.safetensors "$run/model.safetensors"
  check "$1: the same history" cmp <(history whole) <(history "$run")
}
stop_and_resume INT 130
stop_and_resume KILL 137

# A process that is killed while it packs leaves nothing that another takes for a copy.
for delay in 0.05 0.1 0.15 0.2 0.3; do
  "$GRACEVAE" "${backed[@]}" --epochs 12 --packed packed -o killed >"$LOGS/out" 2>"$LOGS/err" </dev/null &
  pid=$!
  sleep "$delay"
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  rm -rf killed
done
accepts "after some that were killed" -- "${backed[@]}" --epochs 12 --packed packed -o after
check "the same bits" cmp whole/model.safetensors after/model.safetensors
check "and nothing half is left" test -z "$(find packed -name '*.tmp')"

echo "# what follows"
accepts "predict" "cells: mapped from" -- predict whole
accepts "evaluate" "cells: mapped from" -- evaluate whole
rm -r whole/packed
accepts "predict without the copy makes it again" "packing" -- predict whole -o predicted.h5ad

echo "# losses as in memory"
for seed in 0 1 2 3 4; do
  program "${backed[@]}" --epochs 15 --seed "$seed" --threads 1 --packed packed -o "disk_$seed"
  program train sim/screen.h5ad --network sim/network --hidden 32 --objective published --epochs 15 --seed "$seed" --threads 1 -o "memory_$seed"
done
check "within the spread over seeds" "$PYTHON" -c '
import statistics, sys
disk, memory = [list(map(float, side.split())) for side in sys.argv[1:]]
spread = max(max(side) - min(side) for side in (disk, memory))
gap = abs(statistics.mean(disk) - statistics.mean(memory))
print(disk, memory, gap, spread)
assert gap <= spread
' "$(losses disk_{0..4})" "$(losses memory_{0..4})"

echo "# errors"
refuses 2 "memory that holds no batch" "--backed-memory is 1, which leaves" "hint: --backed-memory [0-9]+" -- "${backed[@]}" --batch-size 512 --packed packed -o new
refuses 2 "resume with other memory" "backed-memory" -- train --resume -o stopped_INT --backed-memory 2
refuses 4 "a folder that cannot be" "not/there|cannot" -- "${backed[@]}" --packed /proc/none -o new
pack=$(echo packed/*.cells)
truncate -s -4 "$pack"
refuses 3 "a copy that is damaged" "no packed screen that can be used" "remove it" -- "${backed[@]}" --packed packed -o new
finish
