#!/usr/bin/env bash
# gracevae evaluate --truth and gracevae consensus on a run that was made up from the truth: nothing is trained.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$PYTHON" -c "import anndata" 2>/dev/null || skip_all "no python3-anndata"
"$GRACEVAE" simulate sim --latents 4 --genes 80 --control-cells 120 --cells-per-single 100 --cells-per-double 40 --doubles 3 \
  --genes-per-program 15 --mechanism linear --expected-degree 1 >"$LOGS/out" 2>"$LOGS/err" || { show_last; exit 1; }
"$PYTHON" "$SUPPORT/fabricated_run.py" sim run 2>/dev/null
predictions=(--predictions run/predictions.h5ad)

# field KEY…: a value of run/metrics.json.
field() { "$PYTHON" -c 'import functools, json, sys; print(functools.reduce(lambda o, k: o[k], sys.argv[1:], json.load(open("run/metrics.json"))))' "$@"; }

echo "# evaluate"
accepts "without a truth: the run's own warning" "Note: a warning of the fit" -- evaluate run "${predictions[@]}"
check "no structure then" test "$(grep -c '"structure"' run/metrics.json)" = 0
check "the warning stands in metrics.json" test "$(grep -c 'a warning of the fit' run/metrics.json)" = 1
accepts "with the truth" "structure recovery: [0-9]+ true edges of 4 latents" "as many, random order" "no edge" "target accuracy 1.00" \
  -- evaluate run "${predictions[@]}" --truth sim/known.json
check "every edge is right" test "$(field structure at_threshold f1)" = 1.0
check "with the right sign, one latent the other way round or not" \
  test "$(field structure at_threshold right_sign)" = "$(field structure true_edges)"
check "latents correlate" test "$(field structure latent_correlation | cut -c1-4)" = 0.99 -o "$(field structure latent_correlation | cut -c1-3)" = 1.0
check "a row a threshold" test "$(wc -l <run/metrics_structure.tsv)" = 102
accepts "again is the same" -- evaluate run "${predictions[@]}" --truth sim/known.json
refuses 4 "a truth that is not there" "no such truth" "known.json" -- evaluate run "${predictions[@]}" --truth sim/know.json
refuses 3 "a truth of another screen" "none of its labels is one of" "did you mean|there are" -- \
  evaluate run "${predictions[@]}" --truth <(sed 's/TF0/XX0/g' sim/known.json)
"$GRACEVAE" report run -q
check "the report shows the warning once" test "$(grep -c 'a warning of the fit' run/report.html)" = 1
cp -r run old && rm old/latents.json
accepts "a run of an older version" -- evaluate old "${predictions[@]}" -o old/m.json
refuses 4 "but not with a truth" "latents.json: no such file" "train it again" -- evaluate old "${predictions[@]}" --truth sim/known.json

echo "# consensus"
cp -r run second
sed -i 's/"threshold": 0.3/"threshold": 9/' second/latents.json
accepts "two runs, an edge in one" "0.500" "right" "0 edges|[0-9] edges in at least 1 of 2 runs" -- \
  consensus run second --min-frequency 0.5 --truth sim/known.json -o c.json
check "consensus.json" grep -q gracevae-consensus/1 c.json
check "its table has every edge" test "$(tail -n +2 c.tsv | wc -l)" = "$(field structure true_edges)"
accepts "one threshold for all" "1.000" -- consensus run second --threshold 0.3
refuses 2 "one run" "says nothing" -- consensus run
refuses 2 "a run twice" "given twice" -- consensus run run
refuses 2 "a frequency above 1" "expected 0 to 1" -- consensus run second --min-frequency 2
refuses 4 "a run without latents" "latents.json: no such file" -- consensus run old
sed -i 's/TF01/TF99/' second/latents.json
refuses 3 "runs of other labels" "TF01, TF99 in one of them only" -- consensus run second
finish
