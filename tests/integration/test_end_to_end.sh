#!/usr/bin/env bash
# The whole way: simulate → inspect → train → predict → evaluate → report; every file is there and can be read by others.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

accepts "version" "[0-9]+\.[0-9]+\.[0-9]+" -- --version
accepts "help" "train" "predict" "evaluate" -- --help
simulate sim
for file in screen.h5ad network/pathways.gmt network/pathway_relations.txt network/protein_edgelist.txt truth.json; do
  check "sim/$file" test -s "sim/$file"
done
accepts "inspect" "640" "\b80\b" "control" "single" "double" "pathway" -- inspect sim/screen.h5ad --network sim/network

accepts "train GraCE-VAE" -- train sim/screen.h5ad --network sim/network -o run --epochs 6 --seed 3
for file in options.toml split.tsv model.safetensors model_best.safetensors checkpoint.safetensors history.jsonl; do
  check "run/$file" test -s "run/$file"
done
accepts "predict" -- predict run
accepts "evaluate" "additive" "replicate" "control" "mean-shift" -- evaluate run
accepts "report" -- report run
for file in predictions.h5ad metrics.json metrics.tsv report.html; do check "run/$file" test -s "run/$file"; done
accepts "the options" "\[train\]" "batch_size" -- options --markdown
check "no temporary file is left" test -z "$(find run -name '.*' -type f)"
check "the report opens without a network" bash -c '! grep -qE "(src|href)=\"?(https?:)?//" run/report.html'
# LibTorch takes half a second and 160 MB: commands that need no tensors do not load it.
loads_torch() { LD_DEBUG=libs "$GRACEVAE" "$@" 2>&1 >/dev/null | grep "libtorch" >/dev/null; }  # grep -q would break the pipe
check "predict loads LibTorch (so that the next four mean something)" loads_torch predict run -o again.h5ad
for words in "--help" "inspect sim/screen.h5ad --network sim/network" "evaluate run" "report run"; do
  # shellcheck disable=SC2086
  if loads_torch $words; then failed "$words does not load LibTorch"; else ok "$words does not load LibTorch"; fi
done
targets=$("$PYTHON" -c '
import json
a, b, c, d = sorted(label["label"] for label in json.load(open("sim/truth.json"))["labels"])
print(f"{a}+{b}+{c},{d}")')
accepts "predict a triple and a single" -- predict run --targets "$targets" -o asked.h5ad

check "metrics.json, history.jsonl, split.tsv and model.safetensors hold what docs/formats.md says" "$PYTHON" - "$GRACEVAE_SOURCE_DIR" <<'PY'
import json, struct, sys
root = sys.argv[1]
metrics = json.load(open("run/metrics.json"))
page = open(f"{root}/docs/metrics.md").read()
for name in metrics["metrics"]:
    assert f"`{name}`" in page, f"docs/metrics.md does not explain {name}"
for row in metrics["conditions"]:
    assert set(row["metrics"]) <= set(metrics["metrics"])
assert {row["kind"] for row in metrics["summary"]} == {"single", "double"}
history = [json.loads(line) for line in open("run/history.jsonl")]
assert [row["epoch"] for row in history] == list(range(len(history))) and 3 <= len(history) <= 6  # it may stop early
for key in "step loss mmd mse kl sparsity alpha beta tau seconds cells_per_second validation".split():
    assert key in history[0], key
assert "active_units" in history[-1]["diagnostics"]
split = [line.rstrip("\n").split("\t") for line in open("run/split.tsv")]
assert split[0][:2] == ["cell", "fold"] and len(split) == 641
with open("run/model.safetensors", "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
assert header["__metadata__"]["format"] and len(header) > 5
PY
if "$PYTHON" -c 'import anndata, scipy' 2>/dev/null; then
  check "the field's scores by a second route" "$PYTHON" "$SUPPORT/field_scores.py" run sim/screen.h5ad
  check "anndata reads the screen and the predictions" "$PYTHON" - <<'PY'
import warnings; warnings.filterwarnings("ignore")
import anndata, numpy
screen = anndata.read_h5ad("sim/screen.h5ad")
assert screen.shape == (640, 80) and (screen.obs["condition"] == "control").sum() == 120
for name in "run/predictions.h5ad", "asked.h5ad":
    cells = anndata.read_h5ad(name)
    assert list(cells.var_names) == list(screen.var_names)
    assert numpy.isfinite(cells.X if isinstance(cells.X, numpy.ndarray) else cells.X.data).all()
    made = cells[cells.obs["source"] == "Generated Cells"]
    assert made.n_obs > 0 and set(cells.obs["source"]) <= {"Generated Cells", "Actual Cells", "NA"}
    assert set(made.obs["paired_control"]) <= set(screen.obs_names[screen.obs["condition"] == "control"])
    for key in "mu", "z", "u":
        assert made.obsm[key].shape == (made.n_obs, 4) and numpy.isfinite(made.obsm[key]).all()
PY
else
  skip "anndata reads our files: $PYTHON has no anndata"
fi
mkdir elsewhere
cd elsewhere
accepts "evaluate from another folder" "additive" -- evaluate ../run
cd ..

accepts "train CMVAE, no network, from a config file" -- train sim/screen.h5ad -o run_cmvae --model cmvae --epochs 2
printf '[train]\nepochs = 2\n[split]\nsplit = "random"\n' >short.toml
accepts "a config file" -- train sim/screen.h5ad --network sim/network -o run_config --config short.toml
check "the config file counts" grep -qE 'split = "random"' run_config/options.toml
accepts "another run's split" -- train sim/screen.h5ad --network sim/network -o run_split --split-file run/split.tsv --epochs 1
check "is taken as it is" cmp run/split.tsv run_split/split.tsv
accepts "the same seed again" -- train sim/screen.h5ad --network sim/network -o again --epochs 6 --seed 3
check "gives the same bits" cmp run/model.safetensors again/model.safetensors
accepts "another seed" -- train sim/screen.h5ad --network sim/network -o other --epochs 6 --seed 4
check "gives other bits" bash -c '! cmp -s run/model.safetensors other/model.safetensors'
finish
