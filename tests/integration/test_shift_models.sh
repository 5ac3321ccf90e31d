#!/usr/bin/env bash
# Models that need no training go the same way as all others and score as evaluate's own rows of their names.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

simulate sim
for model in control mean-shift additive linear; do
  accepts "$model: train" -- train sim/screen.h5ad --model "$model" -o "$model"
  accepts "$model: nothing is left to train" "is finished" -- train --resume -o "$model"
  accepts "$model: evaluate" -- evaluate "$model"
  accepts "$model: report" -- report "$model"
  accepts "$model: the best weights are the only ones" -- predict "$model" --weights best -o best.h5ad
  check "$model: the same scores as the row of its name" "$PYTHON" - "$model" <<'PY'
import json, math, sys
rows = {(r["condition"], r["gene_set"], r["method"]): r["metrics"] for r in json.load(open(f"{sys.argv[1]}/metrics.json"))["conditions"]}
compared = 0
for (condition, genes, method), scores in rows.items():
    if method != sys.argv[1]: continue
    for name, value in rows[condition, genes, "model"].items():
        assert (value is None) == (scores[name] is None), (condition, name)
        assert value is None or math.isclose(value, scores[name], rel_tol=1e-4, abs_tol=1e-5), (condition, genes, name, value, scores[name])
        compared += 1
assert compared > 0
PY
done
refuses 3 "no latent graph to compare" "no latent graph" -- consensus additive control -o consensus.json
finish
