#!/usr/bin/env bash
# effects: predictions from tables, screens and runs, what the files hold, cross-validation, and bad input.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

# Targets in groups of six with near effects; pairs do .7 of the sum. The groups are gene sets, the last group's members in an edge
# list, too; another screen has the same effects, noisier.
"$PYTHON" - <<'PY'
import numpy as np
rng = np.random.default_rng(0)
names = [f"T{i}" for i in range(60)]
genes = [f"G{g}" for g in range(50)]
common = np.repeat(rng.normal(size=(10, 50)), 6, axis=0)
effects = 1 + common + .5 * rng.normal(size=(60, 50))
def write(file, rows, values, head="target"):
    with open(file, "w") as out:
        out.write("\t".join([head] + genes) + "\n")
        for name, row in zip(rows, values): out.write("\t".join([name] + [f"{x:.6g}" for x in row]) + "\n")
pairs = [(i, j) for i in range(0, 24, 2) for j in range(i + 1, 24, 3)][:30]
write("all.tsv", names, effects)
write("other.tsv", names, effects + .3 * rng.normal(size=effects.shape))
write("pairs.tsv", names + [f"T{i}+T{j}" for i, j in pairs],
      np.vstack([effects, [.7 * (effects[i] + effects[j]) + .1 * rng.normal(size=50) for i, j in pairs]]))
known = [i for i in range(60) if i % 6]
# Twelve of the fifteen pairs of six singles, and two of LONE, which has no single.
six = list(range(6))
made = [(i, j) for i in six for j in six if 0 < i < j] + [(0, 4), (0, 5)]
write("lone_pairs.tsv", [names[i] for i in six] + [f"T{i}+T{j}" for i, j in made] + ["LONE+T1", "LONE+T2"],
      np.vstack([effects[six], [.7 * (effects[i] + effects[j]) + .1 * rng.normal(size=50) for i, j in made],
                 effects[6:8] + effects[1:3]]))
write("known.tsv", [names[i] for i in known], effects[known])
with open("groups.gmt", "w") as out:
    for k in range(10): out.write("\t".join([f"group{k}", f"g{k}"] + names[6 * k:6 * k + 6]) + "\n")
with open("edges.csv", "w") as out:
    out.write("entity1,entity2\n" + "".join(f"T{i},HUB\n" for i in range(54, 60)))
open("asked.txt", "w").write("# singles and a pair\nT0\nT6\nT54\nT1+T2\nNOBODY\n")
open("nobody.gmt", "w").write("a\t\tX\tY\nb\t\tZ\n")
open("one.tsv", "w").write("target\tG0\nT1\t1\n")
open("few.txt", "w").write("T1\n")
missing = [n for i, n in enumerate(names) if i % 6 == 0]
open("missing.txt", "w").write("\n".join(missing) + "\n")
open("most.txt", "w").write("\n".join(missing[3:]) + "\n")
open("some.txt", "w").write("".join(f"T{i}\n" for i in range(24)))
PY

accepts "targets that were not measured" "groups: knows 50 of 50" "edges: knows 5 of 50" "5 conditions in" -- \
  effects known.tsv --gene-sets groups.gmt --edges edges.csv --all-targets asked.txt --level 0.8 -o predicted
check "effects, intervals, sources and neighbours" "$PYTHON" - <<'PY'
import csv, numpy as np
rows = {r["condition"]: r for r in csv.DictReader(open("predicted/conditions.tsv"), delimiter="\t")}
assert list(rows) and set(rows) == {"T0", "T6", "T54", "T1+T2", "NOBODY"}, rows
truth = {line.split("\t")[0]: np.array(line.split("\t")[1:], float) for line in open("all.tsv").read().splitlines()[1:]}
said = {}
for r in csv.DictReader(open("predicted/effects.tsv"), delimiter="\t"):
    said.setdefault(r["condition"], []).append(r)
for name in ("T0", "T6", "T54"):
    effect, low, high = (np.array([float(r[k]) for r in said[name]]) for k in ("effect", "low", "high"))
    assert np.corrcoef(effect, truth[name])[0, 1] > .8, name
    assert .6 < np.mean((low <= truth[name]) & (truth[name] <= high)) < .95, name
    assert rows[name]["abstained"] == "no" and float(rows[name]["rho"]) > .6, rows[name]
    assert rows[name]["sources"].startswith(("groups", "edges")), rows[name]
near = [part.split()[0] for part in rows["T6"]["nearest"].split(", ")]
assert sorted(near) == ["T10", "T11", "T7", "T8", "T9"], near
assert rows["NOBODY"]["abstained"] == "yes" and rows["NOBODY"]["rho"] == "0" and rows["NOBODY"]["sources"] == ""
assert said["T1+T2"][0]["low"] == "NA", "no pair is measured"
assert abs(float(said["T1+T2"][3]["effect"]) - truth["T1"][3] - truth["T2"][3]) < 1e-4
PY
cp -r predicted first
accepts "again" -- effects known.tsv --gene-sets groups.gmt --edges edges.csv --all-targets asked.txt --level 0.8 -o predicted
check "the same bytes" diff -r first predicted
accepts "as .h5ad" -- effects known.tsv --gene-sets groups.gmt --targets T0,T6 --format h5ad -o as_h5ad
check "anndata reads it, and the numbers are those of the table" "$PYTHON" - <<'PY'
import anndata
data = anndata.read_h5ad("as_h5ad/effects.h5ad")
assert data.shape == (2, 50) and data.obs["measured"].tolist() == ["no", "no"] and data.var_names[3] == "G3"
PY
accepts "every pair" "0\.[67][0-9]* times the sum" -- effects pairs.tsv --measured some.txt --all-pairs -o pairs
check "pairs that were measured are left out, the others differ from the sum" "$PYTHON" - <<'PY'
import csv
rows = list(csv.DictReader(open("pairs/conditions.tsv"), delimiter="\t"))
assert len(rows) == 24 * 23 / 2 - 30, len(rows)
assert all(.1 < float(r["interaction"]) < .6 for r in rows)
PY
accepts "cross-validation" "same target in other" "nearest-10" "60 single targets" "30 pairs" -- \
  effects pairs.tsv --gene-sets groups.gmt --screens other.tsv --cross-validate 5 -o scores
check "the process is above the guesses" "$PYTHON" - <<'PY'
import csv
rows = {r["row"]: r for r in csv.DictReader(open("scores/scores.tsv"), delimiter="\t")}
assert rows["training-mean"]["cosine"] == "0.000" and rows["training-mean"]["pds"] == "0.500"
assert float(rows["process"]["cosine"]) > .85 and float(rows["process"]["r2"]) > float(rows["nearest-10"]["r2"])
pairs = {r["row"]: float(r["relative_error"]) for r in csv.DictReader(open("scores/pair_scores.tsv"), delimiter="\t")}
assert pairs["scaled"] < .5 * pairs["additive"]
PY
accepts "a source that knows nobody is said" "nobody.gmt: knows none of the 50 measured targets" -- \
  effects known.tsv --gene-sets groups.gmt,nobody.gmt --targets T0 -o with_nobody

simulate sim
accepts "a screen" "effects of 4 single targets and 3 pairs" -- effects sim/screen.h5ad --network sim/network --targets L1,L1+L2,OTHER -o of_screen
accepts "train" -- train sim/screen.h5ad --model mean-shift -o run
accepts "a run's training cells" "4 single targets and 0 pairs" -- effects run --network sim/network --targets OTHER -o of_run

accepts "train a model" -- train sim/screen.h5ad --model cmvae --network sim/network --start mean-shifts --epochs 1 -o carded
accepts "cards of a run" "TF01: measured" "NEW.*abstained" "deviates by" "3 conditions in carded/effects" -- \
  effects carded --network sim/network --targets TF01,NEW,TF01+TF02
check "effects.json" "$PYTHON" - <<'PY'
import json
record = json.load(open("carded/effects/effects.json"))
assert record["format"] == "gracevae-effects/1" and record["n_singles"] == 2 and record["n_pairs"] == 1, record
card = {card["condition"]: card for card in record["singles"]}["TF01"]
assert card["measured"] and len(card["genes"]) == 10 and card["genes"][0]["low"] is not None
sizes = [abs(gene["effect"]) for gene in card["genes"]]
assert sizes == sorted(sizes, reverse=True) and record["pairs"][0]["interaction"] is not None
PY
accepts "the plan of a run" "of [0-9]* candidates" -- design carded --network sim/network --budget 2
accepts "the report shows them" -- report carded
check "cards, pairs and plan" grep -c 'data-effects="targets"' carded/report.html
check "pairs" grep -q 'data-effects="pairs"' carded/report.html
check "plan" grep -q 'data-effects="plan"' carded/report.html
accepts "explain shows them" "Predicted effects" "NEW.*abstained" -- explain carded
check "explain.json has them" grep -q gracevae-effects/1 carded/explain/explain.json

accepts "a plan" "4 of 10 candidates" -- \
  design known.tsv --gene-sets groups.gmt --candidates missing.txt --budget 4 --batch 2 -o plan.tsv
check "the plan is of different groups, in batches" "$PYTHON" - <<'PY'
import csv
rows = list(csv.DictReader(open("plan.tsv"), delimiter="\t"))
assert [r["batch"] for r in rows] == ["1", "1", "2", "2"] and len({r["condition"] for r in rows}) == 4
left = [float(r["left"]) for r in rows]
assert left == sorted(left, reverse=True) and 0 < left[-1] < 1
PY
accepts "excluded targets are not planned" "3 of 3 candidates" -- \
  design known.tsv --gene-sets groups.gmt --candidates missing.txt --exclude most.txt --budget 9 -o short.tsv
accepts "pairs" "5 of" -- design pairs.tsv --measured some.txt --plan pairs --budget 5 -o pair_plan.tsv
refuses 3 "too few pairs" "0 measured pairs" "10 or more" -- design all.tsv --plan pairs -o no.tsv
refuses 2 "a budget of 0" "--budget" -- design known.tsv --gene-sets groups.gmt --budget 0 -o no.tsv
refuses 3 "nothing to choose from" "no condition is left" -- \
  design known.tsv --gene-sets groups.gmt --candidates missing.txt --exclude missing.txt -o no.tsv
accepts "cells" "cells_for_0.5" "cells_needed" -- power sim/screen.h5ad --sizes 0.5,1 -o cells.tsv
check "both tables" test -s cells.tsv -a -s cells_conditions.tsv
refuses 2 "sizes that are none" "--sizes" -- power sim/screen.h5ad --sizes 1,x -o no.tsv

# A screen of targets in groups of like effects: six of them are test, and pairs of one of these with another target.
"$PYTHON" -W ignore - <<'PY'
import anndata, numpy as np, pandas as pd
rng = np.random.default_rng(1)
n, genes = 24, 30
common = np.repeat(rng.normal(size=(4, genes)), 6, axis=0)
effects = .8 * common + .3 * rng.normal(size=(n, genes))
pairs = [(0, 7), (6, 1), (0, 6)]
labels = ["control"] + [f"T{i}" for i in range(n)] + [f"T{i}+T{j}" for i, j in pairs]
shifts = [np.zeros(genes), *effects, *(effects[i] + effects[j] for i, j in pairs)]
cells = [200] + [40] * (len(labels) - 1)
x = np.vstack([4 + shift + .7 * rng.normal(size=(count, genes)) for shift, count in zip(shifts, cells)]).clip(0).astype(np.float32)
obs = pd.DataFrame({"condition": np.repeat(labels, cells)}, index=[f"c{i}" for i in range(len(x))])
anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=[f"G{g}" for g in range(genes)])).write_h5ad("grouped.h5ad")
import os
os.mkdir("sets")
with open("sets/groups.gmt", "w") as out:
    for k in range(4): out.write("\t".join([f"group{k}", ""] + [f"T{i}" for i in range(6 * k, 6 * k + 6)] + ["NEW"] * (k == 2)) + "\n")
held = {f"T{6 * k}" for k in range(4)} | {"T3", "T20"}
fold = ["train" if l == "control" or not held & set(l.split("+")) else "test" for l in obs["condition"]]
pd.DataFrame({"cell": obs.index, "fold": fold}).to_csv("held.tsv", sep="\t", index=False)
with open("screen2.tsv", "w") as out:
    out.write("\t".join(["target"] + [f"G{g}" for g in range(genes)]) + "\n")
    for i in range(n): out.write("\t".join([f"T{i}"] + [f"{v:.4g}" for v in 1.5 * effects[i] + .1 * rng.normal(size=genes)]) + "\n")
PY
unseen=(grouped.h5ad --split-file held.tsv --epochs 1)
refuses 2 "no source" "model.effects|--effects" "hint" -- train "${unseen[@]}" --model cmvae --effects kernel -o no
for model in cmvae additive; do
  accepts "$model trains" -- train "${unseen[@]}" --model $model --network sets -o of_$model
  check "$model has effects of unseen targets" grep -q 'effects = "targets"' of_$model/options.toml
  accepts "$model is scored on them" "Stratum unseen-single" "Stratum seen-1" "Stratum seen-0" "nearest-10" "gap left, model" -- evaluate of_$model
  check "$model closes the gap as the process does" "$PYTHON" - of_$model <<'PY'
import json, sys
unseen = json.load(open(sys.argv[1] + "/metrics.json"))["unseen"]
assert unseen["n_singles"] == 18 and [s["known"] for s in unseen["sources"]] == [18], unseen["sources"]
for stratum in unseen["strata"]:
    closed = {row["method"]: row["gap_closed"] for row in stratum["methods"]}
    assert closed["effects"] > .6, (stratum["stratum"], closed)
    assert abs(closed["model"] - closed["effects"]) < .2, (stratum["stratum"], closed)
    assert closed["control"] < .3, closed
    if stratum["stratum"] == "unseen-single":
        assert all(row["covered"] > row["level"] - .12 for row in stratum["coverage"]), stratum["coverage"]
        assert closed["nearest-10"] > .6 and "transfer" not in closed
PY
done
accepts "another screen" "transfer" -- evaluate of_additive --screens screen2.tsv -o with_screen.json
accepts "published has none" -- train "${unseen[@]}" --model cmvae --network sets --objective published -o published
check "and says so" grep -q 'effects = "none"' published/options.toml
refuses 3 "a target that nobody knows" "NOBODY" "no source" -- predict of_cmvae --targets NOBODY -o no.h5ad
accepts "a symbol that a source knows" "NEW never trained: its effect is predicted" -- predict of_cmvae --targets NEW,NEW+T1 -o plain.h5ad
accepts "again" -- predict of_cmvae --targets NEW,NEW+T1 -o again.h5ad
accepts "with the posterior" -- predict of_cmvae --targets NEW,NEW+T1 --sample-effects -o drawn.h5ad
accepts "again" -- predict of_cmvae --targets NEW,NEW+T1 --sample-effects -o drawn_again.h5ad
check "draws scatter more, and are those of the seed" "$PYTHON" -W ignore - <<'PY'
import anndata, numpy as np
def cells(file, name):
    data = anndata.read_h5ad(file)
    return data[(data.obs["condition"] == name) & (data.obs["source"] == "Generated Cells")].X.toarray()
for name in ("NEW", "NEW+T1"):
    plain, drawn = cells("plain.h5ad", name), cells("drawn.h5ad", name)
    assert np.array_equal(plain, cells("again.h5ad", name)) and np.array_equal(drawn, cells("drawn_again.h5ad", name))
    assert (drawn.var(0) > 1.05 * plain.var(0)).mean() > .9, name
    assert abs(drawn.mean(0) - plain.mean(0)).max() < .4, name
data = anndata.read_h5ad("plain.h5ad")
control = data[data.obs["source"] == "NA"].X.toarray().mean(0)
said = cells("plain.h5ad", "NEW").mean(0) - control
screen = anndata.read_h5ad("grouped.h5ad")
group = screen[screen.obs["condition"].isin([f"T{i}" for i in (13, 14, 15, 16, 17)])].X.mean(0) - control
assert np.corrcoef(said, np.asarray(group).ravel())[0, 1] > .9
PY

printf 'T55\tHUB\t3\t900\nT56\tHUB\t3\t900\nT57\tHUB\t3\t100\n' >scored.tsv
accepts "a least score in a named column" "scored: knows 2 of 50" -- \
  effects known.tsv --edges scored.tsv --edge-score 500 --edge-score-column 4 --targets T1 -o scored
refuses 3 "a score column that is not there" "edge-score-column" -- \
  effects known.tsv --edges scored.tsv --edge-score 500 --edge-score-column 9 --targets T1 -o no
accepts "pairs with a target that has no single are left out of a plan" "3 of 3 candidates" -- \
  design lone_pairs.tsv --plan pairs --budget 9 -o lone_plan.tsv
check "of measured targets only" "$PYTHON" - <<'PY'
import csv
assert {r["condition"] for r in csv.DictReader(open("lone_plan.tsv"), delimiter="\t")} == {"T0+T1", "T0+T2", "T0+T3"}
PY

refuses 2 "nothing is asked" "--targets" -- effects known.tsv -o nothing
refuses 2 "no folder" "-o" -- effects known.tsv --targets T0
refuses 3 "one target" "1 measured condition" "two or more" -- effects one.tsv --targets T2 -o nothing
refuses 3 "measured that are not there" "names no target" -- effects known.tsv --measured groups.gmt --targets T0 -o nothing
refuses 3 "genes that are not there" "--genes" "names no gene" -- effects known.tsv --genes few.txt --targets T0 -o nothing
refuses 3 "three targets" "'T1\+T2\+T3'" -- effects known.tsv --targets T1+T2+T3 -o nothing
refuses 2 "more folds than targets" "60 conditions" -- effects all.tsv --cross-validate 61
refuses 2 "an empty folder of sources" "effects|--network" -- effects known.tsv --network first --targets T0 -o nothing
refuses 4 "no such file" "no_such" -- effects no_such.tsv --targets T0 -o nothing
finish
