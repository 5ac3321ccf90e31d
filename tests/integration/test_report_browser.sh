#!/usr/bin/env bash
# report: types of the front end; opened from disk in a headless Chromium: panels, slider, search, keyboard, print; one run, two runs, without
# the script.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
PLAYWRIGHT=$(dirname "$GRACEVAE")/web/node_modules/playwright-core
command -v node >/dev/null || skip_all "no node"
[[ -x $CHROMIUM ]] || skip_all "no $CHROMIUM (Debian's package chromium)"
[[ -d $PLAYWRIGHT ]] || skip_all "no playwright-core in $(dirname "$PLAYWRIGHT"): the program was built without npm, or without tests"

# browse KIND FILE: the browser's own lines are counted.
browse() {
  local line
  while IFS= read -r line; do
    case $line in
      "ok "*) ok "${line#ok      }" ;;
      *) failed "${line#FAILED  }" ;;
    esac
  done < <(node "$SUPPORT/report_browser.mjs" "$PLAYWRIGHT" "$CHROMIUM" "$1" "$2" 2>&1 || echo "FAILED  $1: the browser's test ended with an error")
}

# The bundler drops types without looking at them.
mkdir web
cp -r "$GRACEVAE_SOURCE_DIR"/web/src "$GRACEVAE_SOURCE_DIR"/web/tsconfig.json web
ln -s "$(dirname "$PLAYWRIGHT")" web/node_modules
check "the front end's types" node web/node_modules/typescript/bin/tsc --noEmit -p web

simulate sim
for seed in 1 2; do
  accepts "seed $seed: train" -- train sim/screen.h5ad --network sim/network --epochs 3 --seed "$seed" -o "seed$seed"
  for command in predict evaluate explain; do accepts "seed $seed: $command" -- "$command" "seed$seed"; done
done
accepts "report of one run" -- report seed1
accepts "report of two runs" -- report seed1 seed2 -o two.html
accepts "report without the script" -- report seed1 --plain -o plain.html
check "under 5 MB" test "$(stat -c %s seed1/report.html two.html | sort -n | tail -1)" -lt 5000000
grep -q 'id="report-data"' seed1/report.html || skip_all "this program has no front end: npm could not install its packages when it was built"
browse one seed1/report.html
browse several two.html
browse plain plain.html
finish
