"""Models and their worker: the command line's bits, stops, leaks, threads, forks."""

import gc
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import anndata
import numpy as np
import pandas as pd
import pytest
from conftest import QUICK, folders, run_python

import gracevae as gv

pytestmark = pytest.mark.slow
LONG = dict(start="random", max_epochs=10000, early_stopping=False, schedule="constant")


def command(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def children():
    return sorted(int(p) for p in open(f"/proc/self/task/{os.getpid()}/children").read().split())


@pytest.fixture(scope="module")
def run(sim, program, tmp_path_factory):
    """The same training by the command line."""
    folder = tmp_path_factory.mktemp("run") / "run"
    command(
        program,
        "train",
        sim.folder / "screen.h5ad",
        "--network",
        sim.network,
        "-o",
        folder,
        "--epochs=2",
        "--start=mean-shifts",
    )
    return folder


def test_the_same_bits_as_the_command_line(trained, run, sim, program, tmp_path):
    for name in ("model.safetensors", "model_best.safetensors", "latents.json", "split.tsv"):
        assert (trained.folder / name).read_bytes() == (run / name).read_bytes(), name
    table = trained.evaluate()
    assert table.attrs["text"] == command(program, "evaluate", run)
    assert trained.metrics == json.loads((run / "metrics.json").read_text())
    command(
        program, "predict", run, "--targets=TF01+TF02,TF03", "-o", tmp_path / "a.h5ad", "--effects", tmp_path / "a.tsv"
    )
    cells, expected = trained.predict(["TF01+TF02", "TF03"]), anndata.read_h5ad(tmp_path / "a.h5ad")
    assert cells.obs.equals(expected.obs) and (cells.X != expected.X).nnz == 0
    np.testing.assert_array_equal(cells.obsm["X_gracevae"], expected.obsm["u"])
    command(
        program,
        "predict",
        run,
        "--targets=TF01+TF02",
        "--cells=50",
        "-o",
        tmp_path / "b.h5ad",
        "--effects",
        tmp_path / "b.tsv",
    )
    assert trained.effects("TF01+TF02", n_cells=50).equals(pd.read_csv(tmp_path / "b.tsv", sep="\t"))
    assert trained.interactions("TF01+TF02", n_cells=50).equals(pd.read_csv(tmp_path / "b_interactions.tsv", sep="\t"))
    command(program, "explain", run)
    for name in ("programs", "edges", "labels", "genes"):
        trained.programs()
        assert (trained.folder / "explain" / f"{name}.tsv").read_bytes() == (
            run / "explain" / f"{name}.tsv"
        ).read_bytes()


def test_predictions_are_mapped(trained, tmp_path):
    """X is the worker's file, which has no name any more; it can be read, cut, changed, copied and written."""
    work = trained.folder.parent.parent
    before = sorted(work.iterdir())
    cells = trained.predict(["TF01", "TF02+TF03"], n_cells=40)
    assert sorted(work.iterdir()) == before
    for part in (cells.X.data, cells.X.indices):
        while not isinstance(part, np.memmap):
            part = part.base
    maps = open("/proc/self/maps").read()
    assert "asked.cells/cells.gvpack (deleted)" in maps
    expected = cells.X.toarray()
    assert cells.shape[0] > 80 and np.isfinite(expected).all() and cells.X.has_sorted_indices
    cells.write_h5ad(tmp_path / "cells.h5ad")
    assert (anndata.read_h5ad(tmp_path / "cells.h5ad").X != cells.X).nnz == 0
    some = cells[cells.obs["condition"] == "TF01"].copy()
    cells.X.data[:] = 0
    assert cells.X.sum() == 0 and some.X.sum() > 0
    again = trained.predict(["TF01", "TF02+TF03"], n_cells=40)
    np.testing.assert_array_equal(again.X.toarray(), expected)
    del cells, again, some, part
    gc.collect()
    assert "asked.cells" not in open("/proc/self/maps").read()


def test_no_room_for_predictions(trained, monkeypatch):
    """The way out is TMPDIR, not an option of the program."""
    from gracevae import _program, _temporary

    def full(arguments, **_):
        raise gv.IoError(f"{arguments[3]}/cells.gvpack: cannot be written", place=f"{arguments[3]}/cells.gvpack")

    monkeypatch.setattr(_program, "run", full)
    before = sorted(trained.folder.parent.parent.iterdir())
    with pytest.raises(gv.IoError) as error:
        trained.predict("TF01")
    assert error.value.hint == _temporary.MORE_ROOM
    assert sorted(trained.folder.parent.parent.iterdir()) == before


def test_anybodys_scores_are_ours(trained, sim, program, run, tmp_path):
    """evaluate() in this process, of our own predictions without the expected means, against the command line."""
    cells = trained.predict()
    assert list(cells.uns["gracevae"]["expected_conditions"])
    del cells.varm["gracevae_expected"]
    del cells.uns["gracevae"]
    cells.write_h5ad(tmp_path / "p.h5ad")
    command(program, "evaluate", run, "--predictions", tmp_path / "p.h5ad", "-o", tmp_path / "m.json")
    expected = gv.metrics.averages_of(json.loads((tmp_path / "m.json").read_text()))
    observed = sim.adata.copy()
    observed.obs["fold"] = trained.split["fold"].reindex(observed.obs_names)
    found = gv.metrics.evaluate(cells, observed, fold_key="fold")
    key = ["kind", "gene_set", "method", "metric"]
    both = expected.merge(found, on=key, how="outer", suffixes=("", "_found"))
    assert len(both) == len(expected) == len(found)
    np.testing.assert_array_equal(both["value"], both["value_found"])


def test_trained(trained, tmp_path):
    assert trained.is_trained and list(trained.history.index) == [0, 1] and trained.history["loss"].notna().all()
    programs = trained.programs()
    assert len(programs) == 6 and "genes_up" in programs
    graph = trained.graph(edge_threshold=0.01)
    assert set(graph.nodes) == set(programs.index) and all("weight" in data for _, _, data in graph.edges(data=True))
    assert list(trained.graph(as_frame=True).columns[:2]) == ["from", "to"]
    report = trained.report(tmp_path / "report.html")
    assert "<iframe" in report._repr_html_() and (tmp_path / "report.html").stat().st_size > 10000
    drawn = trained.umap(umap_epochs=10, cells=300)
    assert drawn.obsm["X_umap"].shape == (drawn.n_obs, 2)
    with pytest.raises(gv.ConfigError, match="trained already"):
        trained.train()
    with pytest.raises(gv.InputError, match="TF99") as error:
        trained.predict("TF99")
    assert "TF0" in error.value.hint
    with pytest.raises(gv.InputError, match="pair"):
        trained.interactions("TF01")


def test_structure(trained, sim, tmp_path):
    """The scores of `gracevae evaluate --truth`, without predictions."""
    table = trained.evaluate(truth=sim.truth_file)
    expected = trained.metrics["structure"]
    found = gv.metrics.structure(trained, sim)
    assert found.data == expected and found.text in table.attrs["text"]
    assert found.scores.loc["auprc", "value"] == expected["auprc"]
    assert found.scores.loc["shd", "value"] == expected["at_threshold"]["shd"]
    assert found.scores.loc["shd", "empty_graph"] == expected["true_edges"] >= 1
    assert found.scores.loc["f1", "chance"] == expected["chance"]["random_order"]["f1"]
    assert len(found.thresholds) == 100 and len(found.matching) == 6 and str(found) == found.text
    assert (found.edges["verdict"] == "missing").sum() + (found.edges["verdict"] == "right").sum() <= len(found.edges)
    alone = tmp_path / "latents.json"
    alone.write_bytes((trained.folder / "latents.json").read_bytes())
    by_path = gv.metrics.structure(alone, sim.truth_file)
    assert np.isnan(by_path.scores.loc["latent_correlation", "value"])
    assert by_path.scores.loc["auprc", "value"] == expected["auprc"]
    with pytest.raises(gv.IoError, match="no such file"):
        gv.metrics.structure(tmp_path / "none", sim)


def test_split(trained, sim):
    fold = gv.pp.split(sim.adata)
    assert fold.equals(trained.split["fold"].reindex(sim.adata.obs_names)) and set(fold) == {
        "train",
        "validation",
        "test",
    }
    adata = sim.adata.copy()
    adata.obs["fold"] = gv.pp.split(adata, "random", seed=3, test_fraction=0.5)
    assert gv.pp.split(adata, "column:fold").equals(adata.obs["fold"])
    with pytest.raises(gv.ConfigError, match="split is 'norman2'"):
        gv.pp.split(adata, "norman2")


def test_plots(trained):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    assert gv.pl.history(trained).get_xlabel() == "epoch"
    table = trained.evaluate()
    assert gv.pl.scores(table, "pearson_delta").get_yticklabels()
    with pytest.raises(gv.InputError, match="pearson"):
        gv.pl.scores(table, "pearson")
    assert gv.pl.effects(trained.effects("TF01", n_cells=20), n_genes=5).patches
    assert gv.pl.graph(trained).texts
    drawn = trained.umap(umap_epochs=10, cells=300)
    gv.pl.umap(drawn, "source")
    gv.pl.umap(drawn, drawn.var_names[0])
    with pytest.raises(gv.InputError, match="neither"):
        gv.pl.umap(drawn, "nothing")


def test_save_and_load(trained, sim, program, tmp_path):
    model = gv.CMVAE(sim.adata, seed=4).train(start="random", max_epochs=1)
    expected = model.predict("TF01", n_cells=9)
    folder = model.save(tmp_path / "run")
    assert model.folder == folder
    with pytest.raises(gv.IoError, match="exists already"):
        trained.save(tmp_path / "run")
    loaded = gv.load(folder, sim.adata)
    assert type(loaded) is gv.CMVAE and loaded.conditions == model.conditions
    del model
    found = loaded.predict("TF01", n_cells=9)
    assert (found.X != expected.X).nnz == 0
    assert "R2" in command(program, "evaluate", folder)  # the command line has all it needs
    with pytest.raises(gv.InputError, match="not among them"):
        gv.load(folder, sim.adata[:50].copy())
    with pytest.raises(gv.IoError, match="no run folder"):
        gv.load(tmp_path)


def test_embedding_of_cells(sim, program, tmp_path):
    """obsm goes along, is saved with the run, and gives the command line's bits."""
    model = gv.CMVAE(sim.adata, cell_embedding="u").train(start="random", max_epochs=1)
    arguments = [
        "train",
        sim.folder / "screen.h5ad",
        "-o",
        tmp_path / "run",
        "--model=cmvae",
        "--epochs=1",
        "--start=random",
    ]
    command(program, *arguments, "--cell-embedding=u")
    assert (model.folder / "model.safetensors").read_bytes() == (tmp_path / "run" / "model.safetensors").read_bytes()
    folder = model.save(tmp_path / "saved")
    del model
    gc.collect()
    assert gv.load(folder).predict("TF01", n_cells=3).n_obs
    again = gv.load(folder).save(tmp_path / "again")
    for name in ("saved", "run"):
        (tmp_path / name).rename(tmp_path / f"{name}_away")
    assert gv.load(again).predict("TF01", n_cells=3).n_obs
    with pytest.raises(gv.InputError, match="obsm has no 'v'"):
        gv.CMVAE(sim.adata, cell_embedding="v")


def test_covariates_as_the_command_line(sim, program, tmp_path):
    adata = sim.adata.copy()
    adata.obs["donor"] = [f"d{i % 2}" for i in range(adata.n_obs)]
    adata.write_h5ad(tmp_path / "screen.h5ad")
    gv.setup_anndata(adata, categorical_covariate_keys="donor")
    model = gv.CMVAE(adata).train(**QUICK)
    options = ["--covariates=donor", "--model=cmvae", "--epochs=2", "--start=mean-shifts"]
    command(program, "train", tmp_path / "screen.h5ad", "-o", tmp_path / "run", *options)
    assert (model.folder / "model.safetensors").read_bytes() == (tmp_path / "run" / "model.safetensors").read_bytes()
    cells = model.predict("TF01", in_="donor=d1")
    donors = adata.obs["donor"].reindex(cells.obs.loc[cells.obs["source"] == "Generated Cells", "paired_control"])
    assert len(donors) and set(donors) == {"d1"}


def test_command_lines_run(run, sim):
    model = gv.load(run, sim.adata)
    assert type(model) is gv.GraceVAE and model.is_trained and not model.evaluate().empty


class Stopping:
    """Ctrl-C in the main thread once a training has done some epochs."""

    def __init__(self, model, epochs=3):
        self.model, self.epochs, self.over = model, epochs, False
        self.thread = threading.Thread(target=self.wait)

    def wait(self):
        while not self.over:
            if len(self.model.history) >= self.epochs and (self.model.folder / "checkpoint.safetensors").exists():
                os.kill(os.getpid(), signal.SIGINT)
                return
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over = True
        self.thread.join()


def test_stop_and_go_on(sim, program, tmp_path):
    """Stopped here, gone on with by the command line, and the other way round: the bits of one that was not stopped."""
    options = dict(start="random", epochs=40, early_stopping=False, schedule="constant")
    whole = gv.CMVAE(sim.adata, **options).train()
    model = gv.CMVAE(sim.adata, **options)
    with pytest.raises(gv.Interrupted) as stopped, Stopping(model):
        model.train()
    assert isinstance(stopped.value, KeyboardInterrupt) and 3 <= len(model.history) < 40 and not model.is_trained
    with pytest.raises(gv.ConfigError, match="goes on where it stopped|not trained to its end"):
        model.predict("TF01")
    folder = model.save(tmp_path / "run")
    command(program, "train", "--resume", "-o", folder)
    assert (folder / "model.safetensors").read_bytes() == (whole.folder / "model.safetensors").read_bytes()

    again = gv.CMVAE(sim.adata, **options)
    with pytest.raises(gv.Interrupted), Stopping(again):
        again.train()
    again.train()
    assert (again.folder / "model.safetensors").read_bytes() == (whole.folder / "model.safetensors").read_bytes()


def test_no_leaks(sim):
    """Trainings that are stopped and gone on with leave no process, descriptor or file."""
    model = gv.CMVAE(sim.adata, **LONG)  # the process's folder and its remover are there
    gc.collect()  # models of other tests go
    before = (children(), len(os.listdir("/proc/self/fd")), sorted(model.folder.parent.parent.iterdir()))
    for _ in range(int(os.environ.get("GRACEVAE_CYCLES", 4)) // 2):
        other = gv.CMVAE(sim.adata, **LONG)
        for _ in range(2):
            with Stopping(other, len(other.history) + 1):
                try:
                    other.train()
                except gv.Interrupted:
                    pass
        del other
    gc.collect()
    after = (children(), len(os.listdir("/proc/self/fd")), sorted(model.folder.parent.parent.iterdir()))
    assert after == before


def test_two_models_at_once(sim, trained):
    """Threads train at the same time, each the bits of one alone."""
    models = [gv.GraceVAE(sim.adata, network=sim.network) for _ in range(2)]
    failed = []

    def work(model):
        try:
            model.train(**QUICK, progress=False)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(model,)) for model in models]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failed
    for model in models:
        assert (model.folder / "model.safetensors").read_bytes() == (trained.folder / "model.safetensors").read_bytes()


def forked(adata, queue):
    try:
        table = gv.tl.rank_genes(adata)
        model = gv.CMVAE(adata, start="random").train(1, progress=False)
        queue.put((float(table["score"].max()), model.is_trained))
    except BaseException as error:
        queue.put(error)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(sim, method):
    """A forked process has no threads of its parent's, which used OpenMP; it works all the same."""
    expected = float(gv.tl.rank_genes(sim.adata)["score"].max())
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=forked, args=(sim.adata, queue))
    process.start()
    assert queue.get(timeout=100) == (expected, True)
    process.join(20)
    assert process.exitcode == 0


KILLED = """
import signal, threading, gracevae as gv
signal.signal(signal.SIGINT, signal.default_int_handler)
sim = gv.simulate()
model = gv.CMVAE(sim.adata, start="random", epochs=100000, early_stopping=False, schedule="constant")
def tell():
    import time
    while model.history.empty: time.sleep(0.02)
    print(model.folder.parent.parent, flush=True)
threading.Thread(target=tell, daemon=True).start()
model.train(progress=False)
"""


def alive(folder):
    """Processes whose arguments name the folder."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = open(f"/proc/{entry}/cmdline", "rb").read().decode(errors="replace")
            except OSError:
                continue
            if folder in text:
                found.append(text.replace("\0", " "))
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_killed_leaves_nothing(how):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    folder = process.stdout.readline().strip()
    assert folder and os.path.isdir(folder) and len(alive(folder)) == 2  # the worker and the remover
    process.send_signal(how)
    process.wait(30)
    for _ in range(600):  # half a minute
        if not os.path.exists(folder) and not alive(folder):
            break
        time.sleep(0.05)
    assert not os.path.exists(folder) and not alive(folder)


def test_remains_are_removed():
    """What was left behind by processes that were killed together with their remover."""
    code = "from gracevae import _temporary as t; print(t.folder())"
    left = folders().union({gv._temporary.folder()})
    stale = gv._temporary.folder().parent / "1-stale"
    stale.mkdir()
    (stale / ".lock").touch()
    done = run_python(code)
    assert not stale.exists() and left <= folders() and done.stdout.strip() not in map(str, folders())


def test_a_worker_that_dies(sim):
    model = gv.CMVAE(sim.adata, **LONG)

    def kill():
        while model.history.empty:
            time.sleep(0.01)
        for pid in children():
            if b"train" in open(f"/proc/{pid}/cmdline", "rb").read():
                os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(gv.Error, match="ended by SIGKILL"):
        model.train(progress=False)
    thread.join()


def test_event_loop(sim):
    """As in Jupyter: inside a running loop."""
    import asyncio

    async def cell():
        return gv.CMVAE(sim.adata, start="random").train(1, progress=False)

    assert asyncio.run(cell()).is_trained


def test_memory(tmp_path):
    """No second copy of X: packing, training and asking add less than half of it to this process at any time."""
    code = """
import anndata, numpy as np, scipy.sparse as sp, pandas as pd
import gracevae as gv
rng = np.random.default_rng(0)
n, genes, stored = 60000, 2000, 400
indices = np.sort(np.argsort(rng.random((600, genes)), axis=1)[:, :stored], axis=1).astype(np.int32)
indices = np.tile(indices, (n // 600, 1)).ravel()
x = sp.csr_matrix((rng.random(n * stored, dtype=np.float32), indices, np.arange(0, n * stored + 1, stored)), (n, genes))
has_dtype = "dtype" in anndata.AnnData.__init__.__code__.co_varnames
adata = anndata.AnnData(x, dtype=x.dtype) if has_dtype else anndata.AnnData(x)
adata.var_names = [f"G{i}" for i in range(genes)]
adata.obs["condition"] = pd.Categorical(np.array(["control", "G1", "G2", "G3", "G1+G2"])[np.arange(n) % 5])
del x, indices
small = gv.Additive(adata[:5000].copy()).train(progress=False).predict("G1+G2", n_cells=10)  # everything is imported
size = adata.X.data.nbytes + adata.X.indices.nbytes
def bytes_of(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) * 1024
open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew
held = bytes_of("VmRSS")
model = gv.CMVAE(adata, batch_size=512, start="random", test_fraction=0.8)
model.train(1, progress=False)
model.predict("G1+G2", n_cells=10)
print((bytes_of("VmHWM") - held) / size)
"""
    done = run_python(code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 0.5, done.stdout


def test_sweep(sim, tmp_path):
    text = '[sweep]\nseeds = "0-1"\n[train]\nepochs = 1\nstart = "random"\n'
    for name in ("mean-shift", "additive"):
        text += f'[[run]]\nname = "{name}"\nmodel.model = "{name}"\n'
    (tmp_path / "sweep.toml").write_text(text)
    folder = gv.sweep(tmp_path / "sweep.toml", tmp_path / "out", screen=sim.folder / "screen.h5ad", jobs=2)
    assert "additive" in gv.table(1, folder)
