#!/usr/bin/env bash
# gracevae prepare: what it takes a screen for, what it refuses to lose, and values that are normalised but not logged.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
snapshot() { find . -type f -printf '%p %s %T@\n' | sort; }  # files begun and given up change the folder's time
# Tables of 120 control cells and 60 of G1, 40 genes: counts (a gene that is half of all in control), counts of which three
# cells in ten have one gene, and normalised values.
"$PYTHON" - <<'PYTHON' || skip_all "no python3"
import random
random.seed(1)
def write(path, change):
    with open(path, "w", encoding="utf-8") as out:
        out.write("\t".join(["cell"] + [f"G{j}" for j in range(40)]) + "\n")
        for i in range(180):
            counts = [random.randint(0, 4) for _ in range(40)]
            counts[0] = random.randint(60, 100) if i < 120 else random.randint(5, 10)
            out.write("\t".join([f"c{i}"] + [f"{x:g}" for x in change(i, counts)]) + "\n")
with open("obs.tsv", "w", encoding="utf-8") as out:
    out.write("cell\tcondition\tn_counts\n")
    for i in range(180):
        out.write(f"c{i}\t{'control' if i < 120 else 'G0'}\t{900 + i}\n")
write("counts.tsv", lambda i, counts: counts)
write("thin.tsv", lambda i, counts: counts if i % 10 > 2 else [3] + [0] * 39)
write("linear.tsv", lambda i, counts: [x * 10000 / sum(counts) for x in counts])
PYTHON

echo "# thresholds"
accepts "a panel" "taken for +a targeted panel: 40 genes" "fewer than 3 genes" "wilcoxon, 1 conditions" -- \
  prepare counts.tsv --labels-file obs.tsv -o panel.h5ad
refuses 3 "a loss that nobody asked for" "more than a fifth of all cells \(54 of 180\)" "hint: --min-genes 1 " -- \
  prepare thin.tsv --labels-file obs.tsv -o thin.h5ad
accepts "its hint" "180 kept" -- prepare thin.tsv --labels-file obs.tsv -o thin.h5ad --min-genes 1
accepts "a loss that was asked for" "warning.*leaves out more than a fifth" "126 kept" -- prepare thin.tsv --labels-file obs.tsv -o asked.h5ad --min-genes 3

echo "# totals"
accepts "a gene of half the counts" "gene G0 holds" "in 1 of 1 conditions .*G0 0\." "--size-factors n_counts" -- \
  prepare counts.tsv --labels-file obs.tsv -o plain.h5ad
accepts "totals of obs" "the median of obs column 'n_counts'" -- prepare counts.tsv --labels-file obs.tsv -o depth.h5ad --size-factors n_counts
check "are not warned of" bash -c "! grep -q warning '$LOGS/err'"
accepts "without the dominant gene" "without 1 genes that hold more than 0.2 of a cell's counts \(G0\)" -- \
  prepare counts.tsv --labels-file obs.tsv -o rest.h5ad --dominant-share 0.2
refuses 3 "no such column" "no column 'depth' \(--size-factors\)" -- prepare counts.tsv --labels-file obs.tsv -o new.h5ad --size-factors depth
refuses 2 "two kinds of totals" "--dominant-share" -- prepare counts.tsv --labels-file obs.tsv -o new.h5ad --size-factors n_counts --dominant-share 0.2

echo "# linear values"
program inspect linear.tsv --labels-file obs.tsv
hint=$(grep -hoE 'gracevae prepare [^:]+ -o [^ ]+' "$LOGS/err" | head -1)
check "loading names a command" test "$hint" = "gracevae prepare linear.tsv --labels-file obs.tsv --log-only -o OUTPUT.h5ad"
eval "words=(${hint#gracevae })"
accepts "which works" "log1p of the values, which were not scaled" -- "${words[@]}"
accepts "and gives a log1p scale" "a log1p scale" -- inspect OUTPUT.h5ad
check "of which nothing is said" bash -c "! grep -q linear '$LOGS/err'"
refuses 3 "what is logged already" "log-transformed already" "--no-normalise" -- prepare OUTPUT.h5ad --log-only -o new.h5ad
refuses 3 "counts" "like counts" -- prepare counts.tsv --labels-file obs.tsv --log-only -o new.h5ad
finish
