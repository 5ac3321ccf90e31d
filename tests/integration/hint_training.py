"""Hints of what follows once a screen is read: prepare, split, train, score, explain, report, sweep and simulate."""
import collections
import functools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import anndata
import numpy as np
import pandas as pd
import scipy.sparse

import lab_screens as lab
import case_program
from case_program import Bench
from hint_support import Scenario

PROGRAM = os.path.abspath(sys.argv[sys.argv.index("--program") + 1]) if "--program" in sys.argv else "gracevae"
SHARED = tempfile.TemporaryDirectory()  # what many scenarios begin with: screens and runs, none of which is changed
QUICK = "--objective published --epochs 1 --hidden 8 --threads 1 --batch-size 8".split()
SCENARIOS = []
IN_A_PAGE = "written into a file: the scenario that makes it reads it and follows it"
EXEMPT = {
    "error: not enough memory": "a machine without memory",
    "the part of gracevae that needs LibTorch cannot be loaded": "a build without LibTorch: no command of it that would show it here",
    "this gracevae was built without npm": "no advice: how this gracevae was built",
    "fewer --jobs": "a machine that can make no process",
    "a session holds its screen in memory": "of the C++ interface, which the program does not call so",
    "leave --backed out, or train with the command line": "of the C++ interface, which the program does not call so",
    "Written by gracevae sweep --slurm": IN_A_PAGE,
    '--jobs 1 --task "$SLURM_ARRAY_TASK_ID': IN_A_PAGE,
    "No metrics.json in this run yet": IN_A_PAGE,
    "No predictions.h5ad in": IN_A_PAGE,
    "Not explained yet": IN_A_PAGE,
    "Continue with --resume": IN_A_PAGE,
    "go on with: gracevae train --resume -o": "a signal, of which no exit code is an error's: 'run: not finished' sends one and follows what is said",
    "start again, or with --start mean-shifts": "a signal while a graph is fitted: a race",
}
if os.path.exists("/dev/nvidia0"):
    EXEMPT["--device is cuda, but this LibTorch"] = EXEMPT["use --device cpu, or build"] = "there is a GPU"


# ---- what scenarios are made of ----

def without(args, *options):
    """Arguments without these options and their values."""
    kept, left_out = [], False
    for word in args:
        if word.startswith("-"):
            left_out = word.split("=")[0] in options
        if not left_out:
            kept.append(word)
    return kept


def given(args, text):
    """Arguments with the words of a text in place of those of the same name; "!--option" leaves one out."""
    words = shlex.split(text)
    args = without(args, *(word.lstrip("!").split("=")[0] for word in words if word.lstrip("!").startswith("-")))
    return [*args, *(word for word in words if not word.startswith("!"))]


def output_of(args):
    return args[args.index("-o") + 1]


def remove(path):
    """Whatever is there, and what prepare writes beside it."""
    shutil.rmtree(path, ignore_errors=True)
    for file in (path, path.replace(".h5ad", ".de.tsv")):
        if os.path.isfile(file):
            os.remove(file)


def said(result, pattern):
    """What the pattern finds in all that a command said; a hint that is not there fails as a command that does not exist."""
    found = re.search(pattern, re.sub(r"\s+", " ", result.everything).strip())
    if not found:
        raise LookupError(f"no '{pattern}' in: {result.everything[-500:]}")
    return found


def scenario(name, make, follow, warns=False):
    """`follow` may be a generator, which goes on once its last command is done; one that does not find its hint fails."""
    def follows(result, place):
        try:
            yield from follow(result, place)
        except LookupError as error:
            yield ["hint-not-found", str(error)]
    SCENARIOS.append(Scenario(name, make, follows, warns))


def mistake(name, args, wrong, hint, *fixes, warns=False):
    """One mistake, and the ways out that its hint names. `args`: (place) -> a command that is right; `wrong`: words to put
    in; `fixes`: words to put into the wrong command, in which {0} is the first group of the pattern `hint`, {place} the
    folder. The first way writes where the mistake would have: what that has left must not be in the way."""
    @functools.cache
    def wrong_args(place):
        return given(args(place), wrong.format(place=place))

    def follow(result, place):
        groups = said(result, hint).groups()
        for fix in fixes:
            fixed = given(wrong_args(place), fix.format(*groups, place=place))
            if warns and "-o" in fixed:
                remove(output_of(fixed))
            yield fixed
            if "-o" in fixed:
                remove(output_of(fixed))
    scenario(name, wrong_args, follow, warns)


@functools.cache
def bench():
    return Bench(PROGRAM, SHARED.name)


def done(*words):
    """Runs a command that must succeed, for what comes after, however long it takes."""
    subprocess.run([PROGRAM, *words], cwd=SHARED.name, env=bench().environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)


# ---- screens and runs that many scenarios begin with ----

@functools.cache
def simulated(*more):
    """A small simulated screen's folder."""
    folder = tempfile.mkdtemp(dir=SHARED.name)
    words = "--latents 3 --genes 30 --genes-per-program 8 --control-cells 40 --cells-per-single 24 --cells-per-double 20 --doubles 3"
    done("simulate", folder, *given(shlex.split(words), " ".join(more)))
    return folder


def screen():
    return f"{simulated()}/screen.h5ad"


def network():
    return f"{simulated()}/network"


def train(place):
    return ["train", screen(), "--network", network(), "-o", f"{place}/run", *QUICK]


def train_alone(place):
    return without(train(place), "--network")


@functools.cache
def trained(*more):
    """A finished run."""
    folder = f"{tempfile.mkdtemp(dir=SHARED.name)}/run"
    done(*given(train(os.path.dirname(folder)), " ".join(more)))
    return folder


@functools.cache
def scored(*more):
    """A finished run with predictions, scores and explanation."""
    folder = shutil.copytree(trained(*more), f"{tempfile.mkdtemp(dir=SHARED.name)}/run")
    for command in ("predict", "evaluate", "explain"):
        done(command, folder)
    return folder


def copy_of(run, place, name="run"):
    return shutil.copytree(run, f"{place}/{name}")


@functools.cache
def stopped():
    """A run that a signal stopped, and what it said then."""
    place = tempfile.mkdtemp(dir=SHARED.name)
    words = given(train(place), "--epochs 1000000")
    with subprocess.Popen([PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env=bench().environment, text=True) as process:
        while process.poll() is None and not os.path.exists(f"{place}/run/checkpoint.safetensors"):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        return f"{place}/run", process.communicate()[1]


@functools.cache
def table_of(path):
    return anndata.read_h5ad(path)


def write_screen(path, change, source=None):
    """The simulated screen with something changed."""
    data = table_of(source or screen()).copy()
    data = change(data) or data
    data.write_h5ad(path)
    return path


CELLS = lab.plan()


@functools.cache
def counts():
    values = lab.counts_of(CELLS)
    values.setflags(write=False)
    return values


def lab_file(place, values, name="screen", obs=None, counts_too=None):
    """The laboratory's screen with these values, and counts in a layer where they are given."""
    path = lab.write_h5ad(f"{place}/{name}.h5ad", lab.rotated(CELLS, ["control"]), values, obs=obs)
    if counts_too is not None:
        data = anndata.read_h5ad(path)
        data.layers["counts"] = scipy.sparse.csr_matrix(counts_too)
        data.write_h5ad(path)
    return path


def linear(values):
    return values / values.sum(axis=1, keepdims=True) * 10000


# ---- train: the model and its network ----

def with_network(make):
    """The folder {place}/net beside what else is made."""
    def makes(place):
        shutil.copytree(network(), f"{place}/net")
        return make(place)
    return makes


EVERY_LEVEL = ["--level {0}", "--level {1}", "--level {2}"]
GIVE_GMT = r"give a .gmt and --level (full), (gg\+pg) or (gg\+pg\+pp)"


def no_screen(place):
    return without(["train", *train(place)[2:]])


def from_scratch(result, place):
    """The example of a command, with the words of it that stand for one's own in place."""
    words = said(result, r"hint: gracevae (train SCREEN.h5ad --network FOLDER -o RUN)").group(1)
    own = {"SCREEN.h5ad": screen(), "FOLDER": network(), "RUN": f"{place}/run"}
    yield [*(own.get(word, word) for word in words.split()), *QUICK]


scenario("train: no screen", no_screen, from_scratch)
mistake("train: no network of a model that needs one", with_network(train_alone), "", r"give (--network) FOLDER, or train "
        r"(--model cmvae --intervention-encoder mlp), which need none", "{0} {place}/net", "{1}")
mistake("train: multihot without pathways", train, "--encoder multihot --level gg", GIVE_GMT, *EVERY_LEVEL)
mistake("train: sena without pathways", train, "--model sena --level gg", GIVE_GMT, *EVERY_LEVEL)
# after the correction in src/model/encoders/layer_widths.cpp
mistake("train: heads of another encoder", train, "--gnn-heads 2", r"--gnn-heads is for --encoder gat; the encoder is sage hint: "
        r"leave it out; more (--gnn-channels) make the layers wider", "!--gnn-heads", "!--gnn-heads {0} 4,8")
mistake("train: more heads than layers", train, "--encoder gat --gnn-heads 2,2 --gnn-channels 4",
        r"--gnn-heads has 2 numbers, --gnn-channels 1 hint: give one number", "--gnn-heads 2")
mistake("train: an intervention on edges without a graph", train, "--model vgae --intervention scale",
        r"--intervention scale acts on .* leave (--intervention) out, or train (--model grace-vae)", "!{0}", "{1}")


def small_sets(place):
    lab.write_lines(f"{place}/small.gmt", ["A\tA\tTF01\tTF02"])
    lab.write_lines(f"{place}/large.gmt", ["A\tA\tTF01\tTF02\tTF03\tGENE01\tGENE02\tGENE03\tGENE04\tGENE05"])
    return [*train_alone(place), "--model", "sena"]


mistake("train: sena with small gene sets", small_sets, "--gmt {place}/small.gmt", r"--model sena has a unit .* give a larger (.gmt)",
        "--gmt {place}/large{0}")


def edges_of_old_names(place):
    """A file of protein interactions that knows a target by another name, and a table of both."""
    with open(f"{network()}/protein_edgelist.txt", encoding="utf-8") as file:
        lab.write_lines(f"{place}/edges.txt", [line.replace("TF01", "OLD1") for line in file.read().splitlines()])
    lab.write_lines(f"{place}/names.tsv", ["old\tnew", "OLD1\tTF01"])
    return [*train_alone(place), "--model", "cmvae"]


mistake("train: a target without interactions", edges_of_old_names, "--intervention-encoder tri-value --level gg --edges {place}/edges.txt",
        r"has no place for them.*old names: (--aliases)\), or train them all the same with (--unknown-targets fallback)",
        "{0} {place}/names.tsv", "{1}")
UNSEEN = (r"--split unseen-single tests .* (--effects targets) and a network .* (--intervention-encoder) (tri-value) or (tri-value-1hop), "
          r"or with (--unknown-targets fallback)")
mistake("train: unseen singles", train, "--split unseen-single --effects none", UNSEEN, "{0}", "{1} {2}", "{1} {3}", "{4}")
scenario("train: unseen singles for other tools", lambda place: given(train(place), "--split unseen-single --effects none"), lambda result, place: [
    [*said(result, r"`gracevae (split --split unseen-single)` writes").group(1).split(), screen(), "-o", f"{place}/splits"]])
def train_beside_network(place):
    """Without the network, which is there."""
    if not os.path.lexists(f"{place}/network"):
        os.symlink(network(), f"{place}/network")
        os.symlink(screen(), f"{place}/screen.h5ad")
    return ["train", f"{place}/screen.h5ad", "--model", "cmvae", "--epochs", "1", "-o", f"{place}/run"]


mistake("train: no source of effects", train_beside_network, "--effects kernel",
        r"--effects kernel without a source.*with (--network), or other screens with (--effect-screens)",
        "{0} {place}/network", "{1} {place}/screen.h5ad")


# ---- train: values of pathways ----

def with_pathways(place):
    """Values of every pathway in every cell, and a screen with an embedding of its cells."""
    cells = table_of(screen()).obs_names
    with open(f"{network()}/pathways.gmt", encoding="utf-8") as file:
        ids = [line.split("\t")[1] for line in file]
    values = np.random.default_rng(1).normal(size=(len(cells), len(ids))).astype(np.float32)
    anndata.AnnData(values, obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=ids), dtype=np.float32).write_h5ad(f"{place}/values.h5ad")
    embedded = write_screen(f"{place}/embedded.h5ad", lambda data: data.obsm.update({"X_scgpt": values}))
    words = train(place)
    return [words[0], embedded, *words[2:]]


MEASURED = "--pathway-values measured --pathway-file {place}/values.h5ad"
mistake("train: measured pathways without a file", with_pathways, "--pathway-values measured",
        r"--pathway-values measured without values hint: name their file with (--pathway-file)", "{0} {place}/values.h5ad")
mistake("train: a file of pathways without its use", with_pathways, "--pathway-file {place}/values.h5ad",
        r"--pathway-file is given, but .* add (--pathway-values measured)", "{0}")
mistake("train: measured pathways beside an embedding", with_pathways, f"{MEASURED} --cell-embedding X_scgpt",
        r"(--pathway-values) measured with (--cell-embedding) hint: .*choose one", "!{0} !--pathway-file", "!{1}")
READERS = r"leave it out with (--pathway-file), or train --model (grace-vae) or (vgae) with --encoder (sage), (gcn) or (gat)"
mistake("train: measured pathways of a model without", with_pathways, f"{MEASURED} --model cmvae", READERS, "!--pathway-values !{0}",
        "--model {1} --encoder {3}", "--model {2} --encoder {4}")
mistake("train: measured pathways of an encoder without", with_pathways, f"{MEASURED} --encoder identity", READERS,
        "--model {1} --encoder {5}")


# ---- train: engines, batches and numbers ----

for reason, words in (("--encoder is gcn", "--encoder gcn"), ("--gnn-channels gives the graph encoder more than one layer",
                      "--gnn-channels 4")):
    mistake(f"train: sliced, but {reason}", train, f"--engine sliced {words}",
            rf"--engine is sliced, but {reason}, which .* leave (--engine) out", "!{0}")
mistake("train: bf16 of float64", train, "--precision bf16 --dtype float64",
        r"(--precision) is bf16, but (--dtype) is float64 hint: leave one", "!{0}", "!{1}")
mistake("train: bf16 of another engine", train, "--precision bf16 --engine autograd",
        r"--precision is bf16, but --engine is autograd, .* leave (--precision) out", "!{0}")
if not os.path.exists("/dev/nvidia0"):
    mistake("train: no GPU", train, "--device cuda", r"--device is cuda, but .* use (--device cpu)", "{0}")
mistake("train: batches larger than regimes", train, "--batch-size 64",
        r"give (--fill-short), (--keep-short), or (--batch-size \d+)", "{0}", "{1}", "{2}")
# after the correction in src/train/training_run.cpp
NOT_FINITE = r"a lower (--learning-rate) or (--dtype float64), in another folder"
mistake("train: too fast from the first step on", train, "--learning-rate 1e12 --clamp 0", rf"the loss is .*{NOT_FINITE}",
        "{0} 0.001 -o {place}/other", "{1} -o {place}/other")


def large(place):
    """A screen whose control cells take half a megabyte, with pairs in its split."""
    folder = simulated("--genes 250 --genes-per-program 60 --control-cells 1000")
    cells = table_of(f"{folder}/screen.h5ad").obs["condition"].astype(str)
    control = list(cells.index[cells == "control"])
    rows = [f"{cell}\t{'test' if '+' in label else 'train'}\t{'' if label == 'control' else control[i % len(control)]}"
            for i, (cell, label) in enumerate(cells.items())]
    lab.write_lines(f"{place}/split.tsv", ["cell\tfold\tcontrol", *rows])
    return ["train", f"{folder}/screen.h5ad", "--network", f"{folder}/network", "-o", f"{place}/run", *QUICK, "--backed"]


mistake("train: too little memory for control cells", large, "--backed-memory 1 --split-file {place}/split.tsv",
        r"the control cells of the training fold take .* hint: (--backed-memory \d+), or (--pairing resample)", "{0}", "{1}")
# after the correction in src/screen/backed_batches.cpp
mistake("train: too little memory for a window", large, "--backed-memory 1 --batch-size 128 --fill-short",
        r"too few for batches of .* hint: (--backed-memory \d+)", "{0}")


# ---- covariates ----

COVARIATES = {  # column: value of cell i of a condition, `row` of the screen
    "batch": lambda label, i, row: "ab"[i % 2],
    "same": lambda label, i, row: "one",
    "many": lambda label, i, row: row % 60,
    "rare": lambda label, i, row: "few" if row < 4 else "usual",
    "late": lambda label, i, row: "late" if label != "control" and i % 2 else "early",
    "dose": lambda label, i, row: row % 7,
    "fixed": lambda label, i, row: 0 if label == "control" else i % 5,
    "turned": lambda label, i, row: "b" if i % 8 < (1 if label == "control" else 6) else "a",
}


def with_covariates(place):
    """A run on a screen whose cells have columns that are right and wrong as covariates."""
    labels = table_of(screen()).obs["condition"].astype(str)
    seen, rows = collections.Counter(), []
    for row, (cell, label) in enumerate(labels.items()):
        rows.append("\t".join([cell, *(str(value(label, seen[label], row)) for value in COVARIATES.values())]))
        seen[label] += 1
    lab.write_lines(f"{place}/cells.tsv", ["\t".join(["cell", *COVARIATES]), *rows])
    return ["train", screen(), "--labels-file", f"{place}/cells.tsv", "--label-column", "condition", "-o", f"{place}/run", "--model", "cmvae", *QUICK]


mistake("covariates: one level", with_covariates, "--covariates batch,same",
        r"'same': one level only, .* hint: leave the column out of (--covariates)", "{0} batch")
mistake("covariates: a number", with_covariates, "--covariates many",
        r"'many': 60 levels, .* belongs into (--continuous-covariates); else merge levels", "--covariates batch {0} dose")
mistake("covariates: a rare level", with_covariates, "--covariates rare", r"level 'few' has 4 cells", "--covariates batch")
mistake("covariates: no control cell", with_covariates, "--covariates batch,late",
        r"no control cell in batch=b, late=late .* or name fewer columns in (--covariates)", "{0} batch")
mistake("covariates: words as numbers", with_covariates, "--continuous-covariates batch",
        r"has 'a', expected a number hint: name a column of words in (--covariates) instead", "--continuous-covariates dose {0} batch")
mistake("covariates: control does not vary", with_covariates, "--continuous-covariates dose,fixed",
        r"control cells do not vary in it, .* hint: leave it out of (--continuous-covariates)", "{0} dose")
mistake("covariates: labels that hang together with a column", with_covariates, "",
        r"perturbations and obs column turned: .* give (--covariates turned)", "{0}", warns=True)


def asks_in(place):
    return ["predict", trained(), "--targets", "TF01", "-o", f"{place}/cells.h5ad"]


def trained_in_batches(place):
    done(*with_covariates(place), "--covariates", "batch")
    return ["predict", f"{place}/run", "--targets", "TF01", "-o", f"{place}/cells.h5ad"]


def retrained(result, place):
    """The run with the option that the hint names, then the question again."""
    option = said(result, r"read without --covariates hint: name the column in (--covariates), when the run is trained").group(1)
    return [[*with_covariates(place), option, "batch"], ["predict", f"{place}/run", "--targets", "TF01", "--in", "batch=b"]]


scenario("predict: a level without covariates", lambda place: [*asks_in(place), "--in", "batch=b"], retrained)
mistake("predict: no such level", trained_in_batches, "--in batch=c", r"no cells of 'batch=c' hint: did you mean (batch=[ab])", "--in {0}")


def without_targets(place):
    done(*with_covariates(place), "--covariates", "batch")
    return ["predict", f"{place}/run"]


mistake("predict: levels without conditions", without_targets, "--in batch=a", r"hint: name conditions with (--targets) A\+B", "{0} TF01+TF02")
mistake("split: no such level", with_covariates, "--covariates batch --split unseen-in:batch=c",
        r"no cells of 'batch=c' hint: did you mean (batch=[ab])", "--split unseen-in:{0}")


def large_in_batches(place):
    folder = simulated("--genes 250 --genes-per-program 60 --control-cells 1000")
    cells = table_of(f"{folder}/screen.h5ad").obs_names
    lab.write_lines(f"{place}/cells.tsv", ["cell\tbatch", *(f"{cell}\t{'ab'[i % 2]}" for i, cell in enumerate(cells))])
    return ["train", f"{folder}/screen.h5ad", "--labels-file", f"{place}/cells.tsv", "--label-column", "condition", "--covariates", "batch",
            "-o", f"{place}/run", "--model", "cmvae", *QUICK, "--backed"]


mistake("covariates: too little memory for control cells", large_in_batches, "--backed-memory 1",
        r"every cell needs one of its own stratum hint: (--backed-memory \d+)", "{0}")


# ---- train: starts and shift models ----

NEEDED = ("--intervention-encoder table", "--linear-skip", "--decoder-output linear")
STARTED = " ".join(NEEDED)


def curved():
    """Cells that no linear mixing explains."""
    return simulated("--latents 2 --control-cells 300 --cells-per-single 60 --doubles 0 --loadings dense --mixing mlp --mechanism mlp "
                     "--intervention cut")


mistake("train: a moment fit without a graph", train, f"--start moments --model vgae {STARTED}",
        r"--start moments fits a latent graph, and --model vgae has none hint: start it with (--start mean-shifts)", "{0}")
# after the correction in src/train/start.cpp, all until "small layers"
mistake("train: a moment fit without a graph or what a start needs", train, "--start moments --model vgae",
        r"--start moments fits a latent graph, and --model vgae has none hint: start it with (--start mean-shifts --.*)", "{0}")
for what in NEEDED:
    mistake(f"train: a start without {what}", train, " ".join(["--start mean-shifts", *(word for word in NEEDED if word != what)]),
            rf"--start mean-shifts needs {what}: .* hint: add ({what}), or use --start random", "{0}")
mistake("train: a start without anything", train, "--start mean-shifts --n-latents 2",
        r"--start mean-shifts needs .* hint: add (--.* --n-latents \d+), or use (--start random)", "{0}", "{1}")
mistake("train: moments of no latent graph", lambda place: ["train", f"{curved()}/screen.h5ad", "-o", f"{place}/run", *QUICK,
        "--model", "cmvae"], f"--start moments {STARTED}",
        r"(--start) moments: means and covariances of the regimes are not those of", "{0} mean-shifts", warns=True)

mistake("train: an encoder too narrow to start from the data", train, f"--start mean-shifts {STARTED} --hidden 1",
        r"--start mean-shifts: the encoder keeps its random start: it needs (--hidden) 2 or more", "{0} 2", warns=True)
mistake("train: an encoder that holds a part of its start", train, f"--start mean-shifts {STARTED} --hidden 4",
        r"4 hidden units hold [\d.]+ % of the variance of the posterior means of 3 latents, (--hidden \d+) would hold all", "{0}", warns=True)


mistake("train: no graph to start from", train, f"--start auto --model vgae {STARTED}",
        r"(--start mean-shifts): --model vgae has no latent graph to fit", "{0}", warns=True)
mistake("train: a start from the data is not possible", train, "--start auto",
        r"(--start random): a start from the data needs (--intervention-encoder table): .*; (--linear-skip): .*; (--decoder-output linear):",
        "{0}", "{1} {2} {3}", warns=True)


# ---- train: options without effect ----

mistake("train: short batches kept and filled", train, "--keep-short --fill-short", r"(--keep-short) has no effect: (--fill-short) fills", "!{0}",
        "!{1}", warns=True)
mistake("train: a bandwidth beside that of the cells", train, "--mmd-sigma 5 --mmd-bandwidth data",
        r"(--mmd-sigma) has no effect: with (--mmd-bandwidth) data", "!{0}", "{1} fixed", warns=True)
mistake("train: free bits of a squared error", train, "--free-bits 1", r"(--free-bits) has no effect: with (--likelihood) mse", "!{0}",
        "{1} gaussian", warns=True)
mistake("train: patience without an end", train, "--patience 3", r"(--patience) and --least-improvement have no effect", "!{0}", warns=True)
mistake("train: epochs between scores of every epoch", train, "--early-stopping --schedule constant --validate-every 2",
        r"(--validate-every) is for diagnostics only: with (--early-stopping)", "!{0}", "!{1}", warns=True)
mistake("train: an early end of a schedule", train, "--early-stopping", r"does not stop early: (--schedule) published", "{0} constant",
        warns=True)


def renamed(*genes):
    """The screen with other names of some genes."""
    def rename(data):
        data.var_names = [f"OTHER{i}" if gene in genes else gene for i, gene in enumerate(data.var_names)]
    return lambda place: ["train", write_screen(f"{place}/renamed.h5ad", rename), "-o", f"{place}/run", *QUICK, "--model", "linear"]


def inspect_or_additive(result, place):
    command, option = said(result, r"check gene names and labels with `gracevae (inspect)`, or train (--model additive)").groups()
    yield [command, f"{place}/renamed.h5ad"]
    yield given(renamed("TF01", "TF02", "TF03")(place), option)


def all_the_same(result, place):
    said(result, r"--model linear: 1 of 3 labels are no measured genes")
    yield ["evaluate", f"{place}/run"]


scenario("train: no target that is measured", renamed("TF01", "TF02", "TF03"), inspect_or_additive)
scenario("train: a target that is not measured", renamed("TF02"), all_the_same, warns=True)


# ---- split ----

def split(place):
    return ["split", screen(), "-o", f"{place}/splits"]


def singles(place):
    """A screen without pairs."""
    return write_screen(f"{place}/singles.h5ad", lambda data: data[~data.obs["condition"].astype(str).str.contains("+", regex=False)])


def fold_file(place, name, fold):
    """A split that puts every cell where fold(label, number) says."""
    cells = table_of(screen()).obs["condition"].astype(str)
    return lab.write_lines(f"{place}/{name}.tsv", ["cell\tfold", *(f"{cell}\t{fold(label, i)}" for i, (cell, label) in enumerate(cells.items()))])


def whole(label, _):
    return "test" if "+" in label else "train"


def mixed(label, i):
    return "train" if label == "control" or i % 3 == 0 else "test"


def with_folds(place):
    """A run on split files: `right`, `mixed` in which all regimes are in train and test, `held`, whose singles are all in test."""
    fold_file(place, "right", whole)
    fold_file(place, "mixed", mixed)
    fold_file(place, "halves", lambda label, i: "test" if "+" in label else mixed(label, i))
    fold_file(place, "held", lambda label, i: "train" if label == "control" else "test")
    fold_file(place, "unseen", lambda label, i: "train" if label in ("control", "TF01", "TF02") else "test")
    fold_file(place, "untested", lambda label, i: "train")
    return train_alone(place) + ["--model", "control"]


mistake("split: no such kind", split, "--split randon", r"--split is 'randon', expected .* did you mean '?(random)", "--split {0}")
mistake("split: shares of all cells", split, "--test-fraction 0.6 --validation-fraction 0.4",
        r"--test-fraction 0.6 and --validation-fraction 0.4 leave no cells .* sum must be under (1)", "--test-fraction 0.5")
mistake("split: more test cells than cells", split, "--split norman --norman-test-cells 800",
        r"--norman-test-cells (800) and .* 64 are more than .* raise (--norman-min-cells) to at least their sum", "{1} 864")
mistake("split: no such stratum", split, "--test-strata seen1", r"--test-strata has 'seen1', .* did you mean '?(seen-1)", "--test-strata {0}")
mistake("split: no seeds", split, "--seeds a", r"--seeds is 'a': .* for example (--seeds 0-9) or (--seeds 0,3,7)", "{0}", "{1}")


def with_fold_column(place):
    def add(data):
        data.obs["fold"] = [whole(label, 0) for label in data.obs["condition"].astype(str)]
    return ["split", write_screen(f"{place}/folds.h5ad", add), "-o", f"{place}/splits"]


mistake("split: several seeds of a column", with_fold_column, "--split column:fold --seeds 0-1", r"--split column:fold draws nothing: "
        r"the splits of all (seeds) are the same", "--{0} 0", warns=True)
scenario("split: what to do with splits", split, lambda result, place: [
    [*given(train_alone(place), "--model control"), said(result, r"give one to gracevae train with (--split-file)").group(1),
     said(result, r"wrote (\S+)/split_seed\*.tsv").group(1) + "/split_seed0.tsv"]], warns=True)


def same_folder(place):
    done(*split(place))
    return [*split(place), "--split", "random"]


def other_or_force(result, place):
    force = said(result, r"choose another folder, or overwrite it with (--force)").group(1)
    yield given([*split(place), "--split", "random"], f"-o {place}/others")
    yield [*split(place), "--split", "random", force]


scenario("split: a folder with other splits", same_folder, other_or_force)


def without_test(place):
    return ["train", singles(place), "-o", f"{place}/run", "--model", "control", *QUICK]


# after the correction in src/screen/split_check.cpp
mistake("split: norman without test cells", without_test, "--split norman", r"lower (--norman-min-cells), with (--norman-test-cells) and "
        r"(--norman-validation-cells) whose sum it must reach, or take another (--split)", "{0} 10 {1} 4 {2} 2", "{3} random")
mistake("split: nothing is test", without_test, "--test-fraction 0", r"no perturbed cell is in test hint: raise (--test-fraction)$", "{0} 0.2")


def control_run(place):
    return given(train_alone(place), "--model control")


mistake("split: nothing is test, with pairs", control_run, "--test-fraction 0 --double-fraction 0",
        r"no perturbed cell is in test hint: raise (--test-fraction) or (--double-fraction)$", "{0} 0.2", "{1} 1")
mistake("split: no test of a stratum", control_run, "--test-fraction 0 --test-strata seen-0",
        r"no perturbed cell is in test hint: raise (--test-fraction), or leave (--test-strata) out", "{0} 0.2", "!{1}")
mistake("split: no single trains", with_folds, "--split-file {place}/held.tsv", r"hint: put perturbed cells into (train)",
        "--split-file {place}/right.tsv")


def pairs_only(place):
    file = write_screen(f"{place}/pairs.h5ad", lambda data: data[[
        label == "control" or "+" in label for label in data.obs["condition"].astype(str)]])
    return ["train", file, "-o", f"{place}/run", "--model", "cmvae", *QUICK]


mistake("split: no single is there", pairs_only, "", r"no perturbed cell is in train hint: .*(--split unseen-combination) or (--split random)",
        "{0}", "{1}")


def singles_only(place):
    return ["train", f"{simulated('--doubles 0')}/screen.h5ad", "-o", f"{place}/run", "--model", "cmvae", *QUICK]


mistake("split: no combination is there", singles_only, "--split unseen-combination",
        r"no perturbed cell is in test hint: the screen has no combinations: take another (--split)", "{0} unseen-double")
LEAK = r"with --split \S+ they must be unseen as a whole: .* hint: "
mistake("split: pairs in train and test", with_folds, "--split-file {place}/mixed.tsv",
        LEAK + r"put all their cells into test, or say (--split random)", "--split-file {place}/right.tsv", "{0}")
mistake("split: singles in train and test", with_folds,
        "--split-file {place}/halves.tsv --split unseen-single --unknown-targets fallback",
        LEAK + r"put all their cells into test or all into train, or say (--split unseen-double)", "--split-file {place}/unseen.tsv", "{0}")


# ---- prepare ----

def prepares(change=lambda values: values, **more):
    """A maker of commands that prepare the counts, changed."""
    def makes(place):
        file = lab_file(place, change(counts().copy()), **{key: value() for key, value in more.items()})
        return ["prepare", file, "-o", f"{place}/out.h5ad", *"--highly-variable none --de-method welch --min-genes 0 --min-cells 0".split()]
    return makes


def dominated(values):
    """One gene holds most of the counts, in some cells all."""
    values[:, 5] = 3 * values.sum(axis=1)
    return values


def all_but_dominant(values):
    values = dominated(values)
    values[0, :5] = values[0, 6:] = 0
    return values


def poor(cells):
    """These cells have few genes."""
    def change(values):
        values[cells, 2:] = 0
        values[cells, :2] = 1
        return values
    return change


def flat(values):
    """Most genes are seen in one cell, once: means alike, from which no trend can be drawn."""
    values[:, 20:] = 0
    for gene in range(20, values.shape[1]):
        values[gene, gene] = 1
    return values


CONTROLS = np.array([not cell for cell in CELLS])
plain, normalised, logged = prepares(), prepares(linear), prepares(lambda values: np.log1p(linear(values)))
with_total = prepares(obs=lambda: {"n_counts": counts().sum(axis=1) * 7})
mistake("prepare: into the input", plain, "-o {place}/screen.h5ad", r"is the input itself hint: write another file with (--output)",
        "!-o {0} {place}/other.h5ad")
mistake("prepare: counts taken for log1p", plain, "--no-normalise", r"like counts: with (--no-normalise) they are taken for log1p",
        "!{0}", warns=True)
SAME_GENE = r"(--dominant-share [\d.]+) leaves NKX2-1 out of the totals, "
mistake("prepare: a dominant gene", prepares(dominated, obs=lambda: {"depth": counts().sum(axis=1)}), "",
        SAME_GENE + r"(--size-factors) COLUMN takes totals", "{0}", "{1} depth", warns=True)
mistake("prepare: a dominant gene beside totals", prepares(dominated, obs=lambda: {"nCount_RNA": counts().sum(axis=1)}), "",
        SAME_GENE + r"(--size-factors nCount_RNA) takes the totals that obs has", "{0}", "{1}", warns=True)
mistake("prepare: cells of dominant genes alone", prepares(all_but_dominant, obs=lambda: {"depth": counts().sum(axis=1)}),
        "--dominant-share 0.3", r"a larger (--dominant-share) leaves fewer .* a larger (--min-genes) such cells; (--size-factors) needs",
        "{0} 1", "{1} 5", "!{0} {2} depth")
mistake("prepare: no control cells left", prepares(poor(CONTROLS)), "--min-genes 10",
        r"a smaller (--min-genes) keeps more, or leave the test out with (--de-method none)", "{0} 2", "{1}")
mistake("prepare: a threshold that takes too many", prepares(poor(CONTROLS)), "!--min-genes",
        r"expected no more without --min-genes.* hint: (--min-genes \d+) keeps [\d.]+ % of the cells; (--min-genes \d+) leaves",
        "{0}", "{1} --de-method none")
mistake("prepare: no cell is left", plain, "--min-genes 41", r"no cell is left.* a smaller (--min-genes) keeps more", "{0} 5")
mistake("prepare: no gene is left", plain, "--min-cells 1000", r"no gene is left.* a smaller (--min-cells) keeps more", "{0} 5")
BOTH = r"leave one of them out"
mistake("prepare: log1p and not log1p", normalised, "--no-normalise --log-only",
        rf"(--no-normalise) says .* and (--log-only) that they are not hint: {BOTH}", "!{0}", "!{1}")
mistake("prepare: two totals", with_total, "--size-factors n_counts --dominant-share 0.5",
        rf"(--size-factors) takes .* and (--dominant-share) from some of the genes hint: {BOTH}", "!{0}", "!{1}")
mistake("prepare: totals of scaled values", with_total, "--size-factors n_counts --no-normalise",
        rf"(--size-factors) scales cells, and (--no-normalise) says .* hint: {BOTH}", "!{0}", "!{1}")
mistake("prepare: dominant genes of scaled values", plain, "--dominant-share 0.9 --no-normalise",
        rf"(--dominant-share) scales cells, and (--no-normalise) says .* hint: {BOTH}", "!{0}", "!{1}")
# after the correction in src/screen/prepare_options.cpp
mistake("prepare: a trend of counts in log1p", prepares(lambda values: np.log1p(linear(values)), counts_too=counts),
        "--highly-variable seurat_v3 --no-normalise", r"takes raw counts, and .* take (--highly-variable seurat), or leave "
        r"(--no-normalise) out and name the matrix with the counts \((--matrix)\)", "{0}", "!{1} {2} layers/counts")
LOGGED_OR_LINEAR = r"if the values are log1p already, (--no-normalise) only .* not logged, (--log-only) logs them"
mistake("prepare: log1p for counts", logged, "", LOGGED_OR_LINEAR, "{0}")
mistake("prepare: linear for counts", normalised, "", LOGGED_OR_LINEAR, "{1}")
mistake("prepare: log1p beside counts", prepares(lambda values: np.log1p(linear(values)), counts_too=counts), "",
        r"name the counts if they are there too \((--matrix \S+)\)", "{0}")
mistake("prepare: counts for linear values", plain, "--log-only", r"--log-only expects .* hint: without (--log-only)", "!{0}")
mistake("prepare: log1p for linear values", logged, "--log-only", r"need no preparing; (--no-normalise) filters", "!--log-only {0}")
# after the correction in src/screen/prepare_rows.cpp
mistake("prepare: nothing but zeros", prepares(lambda values: 0 * values, counts_too=counts), "",
        r"nothing to scale to hint: choose another matrix \((--matrix \S+)\)", "{0}")
mistake("prepare: values below 0 for linear values", prepares(lambda values: linear(values) - 1, counts_too=counts), "--log-only",
        r"name the normalised values, or without (--log-only) the counts, if they are there too \((--matrix \S+)\)", "!{0} {1}")
mistake("prepare: no such totals", with_total, "--size-factors n_count", r"no column 'n_count' \((--size-factors)\) hint: .*'?(n_counts)",
        "{0} {1}")
mistake("prepare: totals that are missing", prepares(obs=lambda: {"size": np.where(CONTROLS, 0, 1.0), "depth": counts().sum(axis=1)}),
        "--size-factors size", r"take the column with the total counts of each cell, or leave (--size-factors) out", "{0} depth", "!{0}")
mistake("prepare: a trend through points that are alike", prepares(flat), "--highly-variable seurat_v3",
        r"leave out genes of very few cells \((--min-cells)\), or take (--highly-variable seurat)$", "{0} 2", "{1}")


def few(values):
    values[:, 12:] = 0
    return values


# after the correction in src/screen/highly_variable.cpp
mistake("prepare: a trend through few points", prepares(few), "--highly-variable seurat_v3",
        r"trend of variance .* so few have none: take (--highly-variable seurat)$", "{0}")


# ---- simulate ----

def real_context(place):
    """Gene sets of 8 genes each."""
    lab.write_network(f"{place}/real")
    return ["simulate", f"{place}/simulated", "--context", f"{place}/real", *"--genes 40 --control-cells 20 --cells-per-single 10".split(),
            *"--doubles 0 --latents 3 --genes-per-program 4".split()]


# after the correction in src/simulate/context.cpp
FITTING = r"--context: \d+ gene sets have \d+ to \d+ genes, but there are \d+ programs hint: "
mistake("simulate: more programs than gene sets", real_context, "--latents 6", FITTING + r"(--latents \d+)$", "{0}")
mistake("simulate: programs larger than gene sets", real_context, "--genes-per-program 9", FITTING + r"(--genes-per-program \d+)$", "{0}")


# ---- runs: what is missing, and how to make it ----

@functools.cache
def two_runs():
    """Two runs of the same options with several seeds."""
    return trained(), trained("--seed 1")


def unfinished(place, *lost):
    """A run that a signal stopped, in the folder {place}/run, without some of its files; one epoch is left of it."""
    run = copy_of(stopped()[0], place)
    for file in lost:
        os.remove(f"{run}/{file}")
    return run


def finish(result, pattern, run):
    """Words of a hint that go on with a run. It was asked for more epochs than anyone can wait for: it is told to do few."""
    epochs = sum(1 for _ in open(f"{run}/history.jsonl", encoding="utf-8"))
    with open(f"{run}/options.toml", encoding="utf-8") as file:
        text = file.read()
    with open(f"{run}/options.toml", "w", encoding="utf-8") as file:
        file.write(text.replace("epochs = 1000000", f"epochs = {epochs + 1}"))
    return shlex.split(said(result, pattern).group(1))


def goes_on(result, place):
    yield finish(result, r"finish it with: gracevae (train --resume -o \S+)", f"{place}/run")
    yield ["predict", f"{place}/run"]
    other = copy_of(stopped()[0], place, "other")
    signalled = case_program.Result("", 130, "", stopped()[1].replace(stopped()[0], other))
    yield finish(signalled, r"go on with: gracevae (train --resume -o \S+)", other)


scenario("run: not finished", lambda place: ["predict", unfinished(place)], goes_on)


def consensus_of_unfinished(place):
    return ["consensus", trained(), unfinished(place)]


def finish_or_anew(result, place):
    resume = finish(result, r"finish the run first \(gracevae train (--resume)\), or train it again", f"{place}/run")
    yield ["train", *resume, "-o", f"{place}/run"]
    yield consensus_of(trained(), f"{place}/run")
    yield given(train(place), f"-o {place}/again --seed 2")
    yield consensus_of(trained(), f"{place}/again")


def consensus_of(*runs):
    return ["consensus", *runs]


scenario("run: a graph that is not there yet", consensus_of_unfinished, finish_or_anew)


def another_run(result, place):
    resume = said(result, r"choose another folder, go on with it \(gracevae train (--resume)\), or remove it").group(1)
    yield given(train(place), f"-o {place}/other")
    yield [*train(place), resume]
    shutil.rmtree(f"{place}/run")
    yield train(place)


def there_already(place):
    copy_of(trained(), place)
    return train(place)


scenario("run: there already", there_already, another_run)


def config_and_resume(place):
    copy_of(trained(), place)
    lab.write_lines(f"{place}/options.toml", ["[train]", "epochs = 1"])
    return ["train", "--resume", "-o", f"{place}/run"]


mistake("run: a file of options to go on with", config_and_resume, "--config {place}/options.toml",
        r"--config with --resume hint: .* leave (--config) out", "!{0}")


def hurried(place):
    """A run that goes on faster than it began, which its file of options says."""
    run = unfinished(place)
    with open(f"{run}/options.toml", encoding="utf-8") as file:
        text = re.sub(r"(?m)^clamp = .*$", "clamp = 0.0", re.sub(r"(?m)^learning_rate = .*$", "learning_rate = 1e12", file.read()))
    lab.write_lines(f"{run}/options.toml", [text])
    return ["train", "--resume", "-o", run]


def begun_anew(result, place):
    slower, finer = said(result, rf"the last good state is .*{NOT_FINITE}").groups()
    yield given(train(place), f"{slower} 0.001 -o {place}/slower")
    yield given(train(place), f"--learning-rate 1e12 --clamp 0 {finer} -o {place}/finer")


scenario("run: too fast after an epoch", hurried, begun_anew)


# ---- predict, evaluate, consensus, umap and explain ----

def predict(*runs):
    return lambda place: ["predict", *(copy_of(run, place, f"run{i}") for i, run in enumerate(runs or two_runs()))]


def one_run(command):
    return lambda place: [command, copy_of(scored(), place)]


mistake("predict: effects of nothing", lambda place: ["predict", copy_of(trained(), place)], "--effects {place}/effects.tsv",
        r"--effects without --targets hint: name conditions with (--targets) A\+B", "{0} TF01+TF02")
mistake("predict: a target that nothing knows", lambda place: ["predict", copy_of(trained("--effects targets"), place)],
        "--targets TF0I -o {place}/cells.h5ad", r"was never trained, and no source of --effects knows it.*(TF0\d)", "--targets {0}")
mistake("predict: one file for several runs", predict(), "--targets TF01 --effects {place}/e.tsv -o {place}/cells.h5ad",
        r"--output names one file .* leave it out: .*; (--effects) names the table", "!-o !--output")
mistake("predict: no file for effects of several runs", predict(), "--targets TF01+TF03", r"name it with (--effects) FILE.tsv",
        "{0} {place}/effects.tsv")


def nowhere(place):
    """A run whose test conditions all have a target that never trains."""
    fold_file(place, "nowhere", lambda label, i: "test" if "TF03" in label else "unused" if "+" in label else "train")
    done(*train_alone(place), "--model", "control", "--split-file", f"{place}/nowhere.tsv")
    return ["predict", f"{place}/run"]


mistake("predict: no test condition can be placed", nowhere, "", r"name conditions with (--targets) A\+B", "{0} TF01+TF02")


def fewer_genes(place):
    run = copy_of(scored(), place)
    data = anndata.read_h5ad(f"{run}/predictions.h5ad")
    data[:, 1:].copy().write_h5ad(f"{run}/predictions.h5ad")
    return ["evaluate", run]


def predict_again(result, place):
    command = said(result, r"`gracevae (predict) RUN`").group(1)
    yield [command, f"{place}/run"]
    yield ["evaluate", f"{place}/run"]


scenario("evaluate: predictions of another screen", fewer_genes, predict_again)


def asked_for(place):
    done("predict", copy_of(trained(), place), "--targets", "TF01")
    return ["evaluate", f"{place}/run", "--predictions", f"{place}/run/predicted.h5ad"]


scenario("evaluate: predictions of no cell that is there", asked_for, predict_again)


def truth_of_none(place):
    return ["evaluate", copy_of(trained("--model vgae"), place), "--truth", f"{simulated()}/truth.json"]


def one_with_a_graph(result, place):
    option, *models = said(result, r"leave (--truth) out, or train a model with one \((grace-vae), (cmvae)\)").groups()
    yield without(truth_of_none(f"{place}/copy"), option)
    for model in models:
        yield given(train(place), f"--model {model} -o {place}/{model}")
        yield ["evaluate", f"{place}/{model}", option, f"{simulated()}/truth.json"]


scenario("evaluate: the truth of a model without a graph", truth_of_none, one_with_a_graph)
mistake("evaluate: conditions of few cells", one_run("evaluate"), "--min-test-cells 1000",
        r"Not averaged, fewer than 1000 test cells \((--min-test-cells)\)", "{0} 5", warns=True)
mistake("consensus: a share above 1", lambda place: consensus_of(*two_runs()), "--min-frequency 2",
        r"(--min-frequency) is 2, expected 0 to 1 hint: .* for example (0.8)", "{0} {1}")
mistake("consensus: a threshold of 0", lambda place: consensus_of(*two_runs()), "--threshold 0",
        r"(--threshold) is 0, expected .* leave it out", "!{0}")
scenario("consensus: of one run", lambda place: consensus_of(trained()), lambda result, place: [
    given(train(place), said(result, r"give two or more run folders, .* several (--seed)").group(1) + f" 7 -o {place}/second"),
    consensus_of(trained(), f"{place}/second")])


def without_threshold(place):
    runs = [copy_of(run, place, f"run{i}") for i, run in enumerate(two_runs())]
    with open(f"{runs[1]}/latents.json", encoding="utf-8") as file:
        latents = {**json.load(file), "threshold": None}
    lab.write_lines(f"{runs[1]}/latents.json", [json.dumps(latents)])
    return consensus_of(*runs)


mistake("consensus: no threshold of its own", without_threshold, "", r"give one for all: (--threshold [\d.]+)", "{0}")
mistake("umap: further apart than spread", one_run("umap"), "--min-dist 3 --umap-epochs 5",
        r"(--min-dist) 3 is above --spread (\d+)", "{0} {1}")


def packed_predictions(place):
    run = copy_of(scored(), place)
    done("umap", run, "--umap-epochs", "5")
    subprocess.run(f"gzip {run}/predictions.h5ad && mv {run}/predictions.h5ad.gz {run}/predictions.h5ad", shell=True, check=True)
    return ["umap", run, "--umap-epochs", "5"]


def unpack(result, place):
    subprocess.run(said(result, r"unpack it first: (mv \S+ \S+ && gunzip \S+)").group(1), shell=True, check=True)
    yield ["umap", f"{place}/run", "--umap-epochs", "5"]


scenario("umap: predictions in gzip", packed_predictions, unpack)
mistake("explain: no gene sets", with_network(lambda place: ["explain", copy_of(trained("--model cmvae !--network"), place)]), "",
        r"programs are not tested for pathways; name a .gmt with (--gene-sets)", "{0} {place}/net/pathways.gmt", warns=True)


# ---- report ----

def spoil(file, text):
    """A run with one of its files spoilt, to be reported."""
    def makes(place):
        run = copy_of(scored(), place)
        lab.write_lines(f"{run}/{file}", [text])
        return ["report", run]
    return makes


def made_again(command):
    def follow(result, place):
        words = said(result, rf"make it again: `gracevae ({command}) RUN`").group(1)
        yield [words, f"{place}/run"]
        yield ["report", f"{place}/run"]
    return follow


def lost_key(place):
    run = copy_of(scored(), place)
    with open(f"{run}/metrics.json", encoding="utf-8") as file:
        metrics = json.load(file)
    del metrics["conditions"]
    lab.write_lines(f"{run}/metrics.json", [json.dumps(metrics)])
    return ["report", run]


scenario("report: scores that are no JSON", spoil("metrics.json", "["), made_again("evaluate"))
scenario("report: scores without conditions", lost_key, made_again("evaluate"))
scenario("report: an explanation of another format", spoil("explain/explain.json", '{"format": "other"}'), made_again("explain"))


def effects_without_singles(place):
    run = copy_of(scored(), place)
    os.makedirs(f"{run}/effects")
    lab.write_lines(f"{run}/effects/effects.json", ['{"format": "gracevae-effects/1"}'])
    return ["report", run]


def predicted_again(result, place):
    command, option = said(result, r"make it again: `gracevae (effects) RUN (--all-pairs)`").groups()
    yield [command, f"{place}/run", option]
    yield ["report", f"{place}/run"]


scenario("report: effects without their singles", effects_without_singles, predicted_again)


def nothing_but_trained(place):
    return ["report", copy_of(trained(), place)]


def as_the_page_says(_, place):
    """The page names what makes each part that is not there; once all is made, it names nothing."""
    run = f"{place}/run"
    for command in codes_of(run, r"gracevae (predict|evaluate|explain) (?:RUN|\S+)"):
        yield [command, run]
    yield ["report", run]
    if left := codes_of(run, r"gracevae (predict|evaluate|explain) (?:RUN|\S+)"):
        raise LookupError(f"still there: {left}")


def codes_of(run, pattern):
    with open(f"{run}/report.html", encoding="utf-8") as file:
        return re.findall(f"<code>{pattern}</code>", file.read())


def all_three(result, place):
    found = set(codes_of(f"{place}/run", r"gracevae (predict|evaluate|explain) (?:RUN|\S+)"))
    if found != {"predict", "evaluate", "explain"}:
        raise LookupError(f"the page names {found}")
    yield from as_the_page_says(result, place)


scenario("report: of a run that was only trained", nothing_but_trained, all_three, warns=True)


def page_of_stopped(result, place):
    with open(f"{place}/run/report.html", encoding="utf-8") as file:
        page = case_program.Result("", 0, file.read(), "")
    yield ["train", *finish(page, r"have not reached their last values. Continue with (--resume)", f"{place}/run"), "-o", f"{place}/run"]
    yield ["report", f"{place}/run"]


scenario("report: of a run that is not finished", lambda place: ["report", unfinished(place)], page_of_stopped, warns=True)


# ---- sweep and table ----

SWEEP = ["[sweep]", 'seeds = "0"', "[train]", 'objective = "published"', "epochs = 1", "batch_size = 8", "[model]", "hidden = 8", "[[run]]", 'name = "cmvae"',
         'model.model = "cmvae"']


def sweep(place):
    lab.write_lines(f"{place}/sweep.toml", SWEEP)
    return ["sweep", f"{place}/sweep.toml", "--screen", screen(), "-o", f"{place}/out", "--jobs", "1"]


@functools.cache
def swept():
    """The folder of a sweep's file and its finished runs."""
    place = tempfile.mkdtemp(dir=SHARED.name)
    done(*sweep(place))
    return place


def swept_again(place):
    shutil.copytree(swept(), place, dirs_exist_ok=True)
    return sweep(place)


def table(place):
    return ["table", "1", "--runs", f"{place}/out"]


mistake("sweep: fewer than no jobs", lambda place: [*sweep(place), "--dry-run"], "--jobs=-1",
        r"(--jobs) is -1, expected 1 or more hint: (0): as many", "{0} {1}")
mistake("sweep: a part that is none", lambda place: [*sweep(place), "--dry-run"], "--task 3/2",
        r"--task is '3/2', expected .* for example (--task 3/20)", "{0}")
scenario("sweep: how to read it", swept_again, lambda result, place: [
    shlex.split(said(result, r"read it with: gracevae (table 1 --runs \S+)").group(1))], warns=True)


def screen_given_both_ways(result, place):
    option, key, section = said(result, r"(--screen) SCREEN.h5ad, or (file) = \"…\" in \[(screen)\]").groups()
    words = without([*sweep(place), "--dry-run"], "--screen")
    yield [*words, option, screen()]
    lab.write_lines(f"{place}/sweep.toml", [f"[{section}]", f'{key} = "{screen()}"', *SWEEP])
    yield words


scenario("sweep: no screen", lambda place: without([*sweep(place), "--dry-run"], "--screen"), screen_given_both_ways)


def nothing_finished(place):
    swept_again(place)
    shutil.rmtree(f"{place}/out/runs")
    return table(place)


def go_on(result, place):
    again, dry = said(result, r"go on with gracevae (sweep), whose (--dry-run) says").groups()
    yield [again, *sweep(place)[1:], dry]
    yield [again, *sweep(place)[1:]]
    yield table(place)


scenario("table: of nothing that is finished", nothing_finished, go_on)


def change_json(file, change):
    with open(file, encoding="utf-8") as text:
        content = json.load(text)
    change(content)
    lab.write_lines(file, [json.dumps(content)])


def edited_manifest(place):
    swept_again(place)
    change_json(f"{place}/out/sweep.json", lambda manifest: manifest.pop("runs"))
    return table(place)


def sweep_again(result, place):
    yield [said(result, r"is not as gracevae writes it: .* hint: run the (sweep) again").group(1), *sweep(place)[1:]]
    yield table(place)


scenario("table: of an edited sweep", edited_manifest, sweep_again)


def old_scores(place):
    swept_again(place)
    for run in os.listdir(f"{place}/out/runs"):
        change_json(f"{place}/out/runs/{run}/metrics.json", lambda metrics: metrics.update(format="gracevae-metrics/0"))
    return table(place)


def score_again(result, place):
    yield shlex.split(said(result, r"score the run again: gracevae (evaluate \S+)").group(1))
    yield table(place)


scenario("table: of scores of another format", old_scores, score_again)
scenario("table: none of the paper's", lambda place: ["table", "7", "--runs", f"{swept()}/out"], lambda result, place: [
    [swept() + "/out" if word == "OUT" else word
     for word in said(result, r"1 to 6: gracevae (table 1 --runs OUT)").group(1).split()]])


def slurm_task(result, place):
    """The task that Slurm would start: the script's command, as its shell would read it."""
    with open(said(result, r"submit it where Slurm is: sbatch (\S+)").group(1), encoding="utf-8") as file:
        command = file.read().rsplit("\nexec ", 1)[1]
    yield shlex.split(command.replace("$SLURM_ARRAY_TASK_ID", "1"))[1:]
    yield table(place)


if not shutil.which("sbatch"):
    scenario("sweep: without Slurm", lambda place: [*sweep(place), "--slurm"], slurm_task)


# ---- inspect and options ----

def inspect(place):
    return ["inspect", screen()]


def next_commands(place):
    """What stands under `next`, with training made short."""
    def commands(result):
        for line in result.out[result.out.index("\nnext\n"):].splitlines():
            if line.startswith("  gracevae "):
                words = shlex.split(line)[1:]
                yield words + QUICK if words[0] == "train" else words
    return commands


def without_network(result, place):
    option = said(result, r"none given \((--network) FOLDER shows").group(1)
    said(result, rf"without a network; give inspect ({option}) FOLDER to see")
    yield [*inspect(place), option, network()]
    yield from next_commands(place)(result)


scenario("inspect: without a network", inspect, without_network, warns=True)


def edges_only(place):
    return [*inspect(place), "--edges", f"{network()}/protein_edgelist.txt"]


def as_next_says(pattern):
    def follow(result, place):
        said(result, pattern)
        yield from next_commands(place)(result)
    return follow


scenario("inspect: a level that cannot be built", edges_only, as_next_says(r"# --level full .* --level gg"), warns=True)


def strange_network(place):
    """A network of a file that is no network of these genes."""
    lab.write_lines(f"{place}/edges.txt", ["ABC1\tXYZ2", "ABC1\tXYZ3"])
    return [*inspect(place), "--edges", f"{place}/edges.txt"]


scenario("inspect: no level that can be built", strange_network, as_next_says(r"without the network: .*--model cmvae"), warns=True)


def scaled_beside_counts(place):
    values = np.log1p(counts())
    return ["inspect", lab_file(place, values - values.mean(axis=0), counts_too=counts())]


scenario("inspect: scaled values beside counts", scaled_beside_counts, lambda result, place: [
    shlex.split(said(result, r"may hold counts: gracevae (inspect \S+ --matrix \S+)").group(1))], warns=True)
scenario("options: as a page", lambda place: ["options"], lambda result, place: [
    said(result, r"Made by `gracevae (options --markdown)`").group(1).split()], warns=True)
