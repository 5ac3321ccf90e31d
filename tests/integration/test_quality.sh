#!/usr/bin/env bash
# inspect --quality and prepare --drop-guides/--drop-escapers on a screen whose dead guide and escapers are known.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
"$PYTHON" -c 'import anndata' 2>/dev/null || skip_all "no python3 with anndata: apt-get install python3-anndata"

# screen.h5ad: counts; label G0 of guides G0_1 (half of its cells escape), G0_2 and G0_dead, label G1 of two guides that do
# nothing, control of two guides. truth.tsv: cell, perturbed. logs.h5ad: the same as log1p. bad.h5ad: a guide of two labels.
"$PYTHON" - <<'PY'
import anndata, numpy, pandas
rng = numpy.random.default_rng(1)
n_genes = 150
base = rng.gamma(1, 1.5, n_genes) + 0.2
rows, obs = [], []
for label, guide, n, escapers in [("control", "NT_1", 200, 1), ("control", "NT_2", 200, 1), ("G0", "G0_1", 150, 0.5),
                                  ("G0", "G0_2", 150, 0), ("G0", "G0_dead", 80, 1), ("G1", "G1_1", 80, 1), ("G1", "G1_2", 80, 1)]:
    for _ in range(n):
        perturbed = rng.random() >= escapers
        mean = base * rng.lognormal(0, 0.3) * rng.gamma(5, 0.2, n_genes)
        if perturbed:
            mean[10:50] *= numpy.e
            mean[0] *= 0.2
        rows.append(rng.poisson(mean))
        obs.append((label, guide, perturbed))
obs = pandas.DataFrame(obs, columns=["condition", "guide", "perturbed"], index=[f"c{i}" for i in range(len(obs))])
obs[["perturbed"]].to_csv("truth.tsv", sep="\t", index_label="cell")
obs = obs[["condition", "guide"]]
var = pandas.DataFrame(index=[f"G{g}" for g in range(n_genes)])
x = numpy.array(rows, dtype=numpy.float32)
anndata.AnnData(x, obs.copy(), var, dtype=numpy.float32).write_h5ad("screen.h5ad")
anndata.AnnData(numpy.log1p(x / x.sum(1, keepdims=True) * numpy.median(x.sum(1))), obs.copy(), var, dtype=numpy.float32).write_h5ad("logs.h5ad")
obs.loc["c0", "guide"] = "G0_1"
anndata.AnnData(x, obs.copy(), var, dtype=numpy.float32).write_h5ad("bad.h5ad")
PY

echo "# inspect"
accepts "--quality finds the guides" "guides: obs column 'guide'" "counts: normalised to the median total" "^G0 +380 " "G0_dead +80" "no direction" -- inspect screen.h5ad --quality
accepts "without it nothing of it is said" -- inspect screen.h5ad
check "not a word" bash -c "! grep -q 'quality of labels' '$LOGS/out'"
accepts "labels alone" "none known \(--guide-column\)" -- inspect screen.h5ad --quality --guide-column none
accepts "files" -- inspect logs.h5ad --quality-cells cells.tsv --quality-json quality.json --json
cp "$LOGS/out" inspect.json
refuses 3 "an unknown column" "no column 'giude'" "did you mean guide" -- inspect screen.h5ad --quality --guide-column giude
refuses 3 "a guide of two labels" "guide 'G0_1' has cells of 'control' and of 'G0'" "--guide-column none" -- inspect bad.h5ad --quality --guide-column guide
accepts "is passed over when nobody asked for it" "none known" -- inspect bad.h5ad --quality
check "JSON, shares and posteriors are those of the truth" "$PYTHON" - <<'PY'
import json, pandas
quality = json.load(open("quality.json"))
assert quality == json.load(open("inspect.json"))["quality"]
assert quality["format"] == "gracevae-quality/1" and quality["guide_column"] == "guide"
labels = {l["label"]: l for l in quality["labels"]}
assert [l["label"] for l in quality["labels"]] == ["control", "G0", "G1"]
cells = pandas.read_csv("cells.tsv", sep="\t", index_col="cell").join(pandas.read_csv("truth.tsv", sep="\t", index_col="cell"))
share = labels["G0"]["control_like"]
truth = 1 - cells[cells.label == "G0"].perturbed.mean()
assert abs(share["value"] - truth) < 3 * share["error"] + 0.02, (share, truth)
assert labels["G1"]["control_like"]["value"] is None and "no direction" in labels["G1"]["no_share"], labels["G1"]
assert cells[cells.label != "G0"].p_perturbed.isna().all()
g0 = cells[cells.label == "G0"]
assert ((g0.p_perturbed > 0.5) == g0.perturbed).mean() > 0.95
guides = {g["guide"]: g for g in labels["G0"]["guides"]}
assert guides["G0_dead"]["z"] < 2 < guides["G0_1"]["z"]
assert guides["G0_1"]["own_genes"][0]["ratio"]["value"] < 0.8 < guides["G0_dead"]["own_genes"][0]["ratio"]["value"]
PY

echo "# prepare"
options=(--min-genes 0 --highly-variable none --de-method none)
accepts "nothing is left out by default" "cells +940 kept" -- prepare screen.h5ad -o all.h5ad "${options[@]}"
check "and nothing is said of it" bash -c "! grep -q '^quality' '$LOGS/out'"
accepts "the dead guide by the rule" "quality +80 cells of 1 guides left out, 0 cells of 0 labels" -- prepare screen.h5ad -o rule.h5ad --drop-guides auto "${options[@]}"
accepts "guides by name" "quality +280 cells of 2 guides left out" -- prepare screen.h5ad -o names.h5ad --drop-guides G0_dead,NT_2 "${options[@]}"
accepts "escapers" "quality +0 cells of 0 guides left out, [0-9]+ cells of 1 labels that look like control" -- prepare screen.h5ad -o escapers.h5ad --drop-escapers "${options[@]}"
accepts "escapers of a probability, and log1p values" "quality" -- prepare logs.h5ad -o strict.h5ad --drop-escapers 0.9 --no-normalise "${options[@]}"
refuses 3 "an unknown guide" "no guide 'G0_3'" "did you mean G0_" -- prepare screen.h5ad -o no.h5ad --drop-guides G0_3
refuses 2 "no guides are known" "--drop-guides" "--guide-column" -- prepare screen.h5ad -o no.h5ad --drop-guides auto --guide-column none
refuses 3 "all of control" "no control cell is left" -- prepare screen.h5ad -o no.h5ad --drop-guides NT_1,NT_2
refuses 2 "no probability" "--drop-escapers" -- prepare screen.h5ad -o no.h5ad --drop-escapers=2
check "the right cells are gone, and the file says why" "$PYTHON" - <<'PY'
import anndata, json, pandas
truth = pandas.read_csv("truth.tsv", sep="\t", index_col="cell").perturbed
def read(name):
    screen = anndata.read_h5ad(name)
    return screen, json.loads(screen.uns["gracevae_quality"]) if "gracevae_quality" in screen.uns else None
screen, record = read("all.h5ad")
assert screen.n_obs == 940 and record is None
screen, record = read("rule.h5ad")
assert screen.n_obs == 860 and "G0_dead" not in set(screen.obs.guide)
assert [g["guide"] for g in record["dropped_guides"]] == ["G0_dead"] and record["dropped_guides"][0]["cells"] == 80, record
assert "own gene does not move" in record["dropped_guides"][0]["reason"] and record["seed"] == 0
screen, record = read("names.h5ad")
assert screen.n_obs == 660 and record["drop_guides"] == ["G0_dead", "NT_2"] and record["seed"] is None
for name, least in (("escapers.h5ad", 0.9), ("strict.h5ad", 0.9)):
    screen, record = read(name)
    gone = truth.index.difference(screen.obs_names)
    assert record["dropped_escapers"] == {"G0": len(gone)}, record
    assert (~truth[gone]).mean() > least and 120 < len(gone) < 190, (name, len(gone))
    assert truth[screen.obs_names][(screen.obs.condition == "G0").values].mean() > 0.95
assert json.loads(anndata.read_h5ad("escapers.h5ad").uns["gracevae_quality"])["drop_escapers"] == 0.5
assert record["drop_escapers"] == 0.9
PY
finish
