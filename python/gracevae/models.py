"""Models, in the manner of scvi-tools: made of an AnnData, trained, asked, saved.

A model works in a run folder, the command line's: `gracevae report DIR` on a saved one, or :func:`load` of one that the
command line made, go on where the other stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Type, Union

from . import _anndata, _options, _program, _temporary
from ._progress import Bar
from .errors import ConfigError, InputError, Interrupted, IoError, spelled

if TYPE_CHECKING:
    import anndata
    import pandas as pd

    from ._effects import Effects

PathLike = Union[str, "os.PathLike[str]"]


class Model:
    """What all models have in common; use :class:`GraceVAE` or another of its kinds.

    Parameters
    ----------
    adata : anndata.AnnData
        Cells x genes on a log1p scale. How it is read: :func:`gracevae.setup_anndata`. It is not changed, and X is not
        copied in memory: it is packed into a file of 8 bytes a stored value, in a private folder below TMPDIR, which
        the worker maps and which goes with the model.
    network : path, optional
        Folder of pathways and protein interactions. Models with a graph encoder need it.
    objective : {"calibrated", "published"}, optional
        Which defaults the other options have.
    seed : int
        Of every random draw: the same seed, options, threads and build give the same bits.
    **options
        Any option of sections screen, network, features, split, model and train by its name
        (:func:`gracevae.describe_options`).

    Raises
    ------
    InputError
        Cells that cannot be used: no control, no labels, values that are not finite, repeated names, …
    ConfigError
        Options that are unknown, out of range, or contradict each other.
    IoError
        No room for the packed cells.
    """

    _kind = ""

    def __init__(
        self,
        adata: "anndata.AnnData",
        network: Optional[PathLike] = None,
        *,
        objective: Optional[str] = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        from . import _core

        if not self._kind:
            raise ConfigError("Model has no kind", hint="make a GraceVAE, CMVAE, VGAE, SENA or one of the baselines")
        _anndata.require(adata)
        setup, layer = _anndata.setup_of(adata)
        self._own_folder()
        if options.get("cell_embedding") and not options.get("cell_embedding_file"):
            options["cell_embedding_file"] = self._work / "embedding.h5ad"
            _anndata.write_embedding(adata, options["cell_embedding"], options["cell_embedding_file"])
        given = dict(network=network, objective=objective, seed=seed, **options)
        words = _options.words_of(given, _options.RUN_SECTIONS)
        self._words: _options.Words = [*setup, ("model.model", self._kind), *words]
        _options.check(self._words)
        self._screen = self._work / "screen.cells"
        _anndata.write(adata, layer, self._screen)
        read = [(key, text) for key, text in self._words if key.startswith(("screen.", "network."))]
        screen = _core.Screen.read(self._screen, read, None, None)
        for warning in screen.warnings:
            warnings.warn(f"adata: {spelled(warning)}", UserWarning, stacklevel=2)
        self._conditions: List[str] = [label for label, _, _ in screen.conditions]

    def _own_folder(self) -> None:
        """A private folder that goes with this model."""
        self._work = _temporary.new("model")
        self._folder = self._work / "run"
        self._finalizer = weakref.finalize(self, shutil.rmtree, str(self._work), ignore_errors=True)

    # ---- state ----

    @property
    def folder(self) -> Path:
        """The run folder; a private one until :meth:`save`."""
        return self._folder

    @property
    def is_trained(self) -> bool:
        """Whether the run is finished."""
        return (self._folder / "model.safetensors").exists()

    @property
    def conditions(self) -> List[str]:
        """Labels of the screen's conditions: control, then single targets, then combinations."""
        return list(self._conditions)

    @property
    def history(self) -> "pd.DataFrame":
        """One row an epoch: loss and its terms, schedule, seconds, validation (docs/formats.md)."""
        import pandas as pd

        rows: List[Dict[str, Any]] = []
        file = self._folder / "history.jsonl"
        for line in file.read_text().splitlines() if file.exists() else []:
            try:
                row = json.loads(line)
            except json.JSONDecodeError:  # a crash can cut the last line off
                continue
            row.pop("diagnostics", None)
            rows.append(row)
        return pd.DataFrame(rows).set_index("epoch") if rows else pd.DataFrame()

    @property
    def split(self) -> "pd.DataFrame":
        """What each cell was for: fold and paired control, by the cell's name."""
        import pandas as pd

        self._require_run()
        return pd.read_csv(self._folder / "split.tsv", sep="\t", dtype=str, keep_default_na=False).set_index("cell")

    @property
    def summary(self) -> Dict[str, Any]:
        """What the run says about its labels and graph (latents.json)."""
        self._require_trained()
        return dict(json.loads((self._folder / "latents.json").read_text()))

    def __repr__(self) -> str:
        state = (
            "trained" if self.is_trained else "stopped" if (self._folder / "options.toml").exists() else "not trained"
        )
        return f"<gracevae.{type(self).__name__}: {state}, {len(self._conditions)} conditions, in {self._folder}>"

    def _require_run(self) -> None:
        if not (self._folder / "options.toml").exists():
            raise ConfigError("the model is not trained", hint="call train() first")

    def _require_trained(self) -> None:
        if not self.is_trained:
            raise ConfigError("the model is not trained to its end", hint="call train(): it goes on where it stopped")

    # ---- work ----

    def train(
        self,
        max_epochs: Optional[int] = None,
        *,
        early_stopping: Optional[bool] = None,
        progress: Optional[bool] = None,
        **options: Any,
    ) -> "Model":
        """Trains, or goes on from where it was stopped.

        Ctrl-C stops between two steps, saves a checkpoint and raises :class:`gracevae.Interrupted`; calling ``train()``
        again goes on and ends with the bits of a training that was never stopped.

        Parameters
        ----------
        max_epochs : int, optional
            Passes over the training cells; default: 30, fewer where they are long. Early stopping may end sooner.
        early_stopping : bool, optional
            Stop when the validation score stays, with the weights of the best epoch (True).
        progress : bool, optional
            False: no bar. By default there is one where standard error is a terminal or a notebook.
        **options
            Other options of section train: batch_size, learning_rate, threads, …

        Returns
        -------
        Model
            Itself.

        Raises
        ------
        Interrupted
            Stopped; everything is saved.
        NumericalError
            The loss is not finite.
        ConfigError, InputError, IoError
            As the command line.
        """
        if self.is_trained:
            raise ConfigError("the model is trained already", hint="make a new one to train with other options")
        given = dict(max_epochs=max_epochs, early_stopping=early_stopping, **options)
        words = _options.words_of(given, ("train",))
        if (self._folder / "checkpoint.safetensors").exists():
            arguments = ["train", "--resume", *_options.flags_of(words)]
        else:
            if self._folder.exists():  # stopped before anything was saved
                shutil.rmtree(self._folder)
            merged = {**dict(self._words), **dict(words)}
            _options.check(list(merged.items()))
            arguments = ["train", str(self._screen), *_options.flags_of(list(merged.items()))]
        try:
            with Bar(progress) as bar:
                _program.run([*arguments, "-o", str(self._folder)], progress=bar)
        except Interrupted as stopped:
            if not (self._folder / "checkpoint.safetensors").exists():
                raise
            raise Interrupted(stopped.message, place=stopped.place, hint="train() goes on from there") from None
        return self

    def predict(
        self,
        conditions: Union[str, Sequence[str], None] = None,
        *,
        n_cells: Optional[int] = None,
        progress: Optional[bool] = None,
        **options: Any,
    ) -> "anndata.AnnData":
        """Counterfactual cells.

        Parameters
        ----------
        conditions : str or list of str, optional
            Any combinations of trained targets: "A", "A+B". By default the test conditions, a generated cell for each
            test cell, with the test cells and their controls beside them.
        n_cells : int, optional
            Control cells to start from for each of the conditions; all by default.
        progress : bool, optional
            False: no bar.
        **options
            Other options of section predict: weights, evaluation_tau, and in_, the levels of covariates whose control
            cells are taken ("donor=2").

        Returns
        -------
        anndata.AnnData
            X [cells, genes] on the screen's scale, mapped from a file that has no name any more: it takes room on
            the disk of TMPDIR (8 bytes a stored value) while the AnnData is there, and memory only as it is read. It
            can be changed, which no file sees. obs: condition, source ("Generated Cells", "Actual Cells", "NA" for
            control), cell, paired_control. obsm["X_gracevae"]: latent programs of generated cells after the
            intervention, also mu, z, u (NaN for others). For test conditions varm["gracevae_expected"]: expected means.

        Raises
        ------
        InputError
            A target that never trained, with the nearest names.
        IoError
            No room for the cells below TMPDIR.
        """
        self._require_trained()
        words = _options.words_of(dict(options, cells=n_cells), ("predict",))
        with _temporary.held("predict") as folder:
            arguments = ["predict", str(self._folder), "-o", str(folder / "asked.cells"), *_options.flags_of(words)]
            if conditions is not None:
                names = [conditions] if isinstance(conditions, str) else list(conditions)
                arguments += [f"--targets={_options.text_of(names)}", f"--effects={folder / 'effects.tsv'}"]
            with Bar(progress) as bar:
                _program.run(arguments, progress=bar)
            return _mapped_cells(folder / "asked.cells")

    def evaluate(
        self, *, truth: Optional[PathLike] = None, progress: Optional[bool] = None, **options: Any
    ) -> "pd.DataFrame":
        """Scores on the test conditions, beside the baselines and the ceiling (docs/metrics.md).

        Parameters
        ----------
        truth : path, optional
            truth.json of a simulated screen: the latent graph is scored too, in :attr:`metrics`.
        progress : bool, optional
            False: no bar.
        **options
            Options of section evaluate: top_genes, min_test_cells, …

        Returns
        -------
        pandas.DataFrame
            A row for each kind of condition, gene set, method and score: mean over conditions, its standard error and
            their number. ``attrs["text"]`` has the tables of `gracevae evaluate`.

        Raises
        ------
        ConfigError
            The model is not trained, or an option is out of range.
        InputError
            A screen without test conditions, or a truth of another one.
        """
        self._require_trained()
        words = _options.words_of(options, ("evaluate",))
        arguments = ["evaluate", str(self._folder), *_options.flags_of(words)]
        if truth is not None:
            arguments.append(f"--truth={os.fspath(truth)}")
        with Bar(progress) as bar:
            text = _program.run(arguments, progress=bar)
        from . import metrics

        table = metrics.averages_of(self.metrics)
        table.attrs["text"] = text
        return table

    @property
    def metrics(self) -> Dict[str, Any]:
        """Everything that the last :meth:`evaluate` wrote (metrics.json, docs/formats-scores.md)."""
        file = self._folder / "metrics.json"
        if not file.exists():
            raise ConfigError("there are no scores yet", hint="call evaluate() first")
        return dict(json.loads(file.read_text()))

    def effects(
        self, conditions: Union[str, Sequence[str]], *, n_cells: int = 2000, progress: Optional[bool] = None
    ) -> "pd.DataFrame":
        """What conditions do to every gene, beside control cells.

        Parameters
        ----------
        conditions : str or list of str
            "A", "A+B".
        n_cells : int
            Control cells that are averaged over, at most; 0 = all.
        progress : bool, optional
            False: no bar.

        Returns
        -------
        pandas.DataFrame
            condition, gene, control (mean of control cells), effect (mean change), se (its standard error by the
            cells of the screen; NaN: not known), sd, low, high over cells, all on the screen's scale.

        Raises
        ------
        InputError
            A target that never trained, with the nearest names.
        ConfigError
            The model is not trained.
        """
        return self._respond(conditions, n_cells, progress)[0]

    def effects_of(
        self, conditions: Union[str, Sequence[str], None] = None, *, progress: Any = None, **options: Any
    ) -> "Effects":
        """Effects of targets and pairs that were not measured, predicted from the run's training cells.

        No latents take part: a Gaussian process over targets (docs/effects.md). :func:`gracevae.effects` has the
        parameters. Without any source named, those of the model: its network and effect_screens.

        Parameters
        ----------
        conditions : str or list of str, optional
            "A", "A+B"; any symbol.
        progress : callable, optional
            Called with task, done, total, seconds left and detail.
        **options
            Options of section effects.

        Returns
        -------
        Effects
            Effects with intervals, and what is known of each condition.
        """
        from ._effects import SOURCES, effects

        self._require_trained()
        if not any(options.get(name) for name in SOURCES):
            words = dict(self._words)
            options["network"] = words.get("network.network")
            options["screens"] = words.get("model.effect_screens")
        return effects(self, conditions, progress=progress, **options)

    def interactions(
        self,
        pairs: Union[str, Sequence[str], None] = None,
        *,
        n_cells: int = 2000,
        progress: Optional[bool] = None,
    ) -> "pd.DataFrame":
        """How far pairs deviate from adding up.

        Parameters
        ----------
        pairs : str or list of str, optional
            "A+B"; by default the pairs of the screen.
        n_cells : int
            Control cells that are averaged over, at most.
        progress : bool, optional
            False: no bar.

        Returns
        -------
        pandas.DataFrame
            A row a pair: norms of the single effects, of the pair's and of the deviation; the fit c_a·A + c_b·B, its
            magnitude and share (docs/explain.md).

        Raises
        ------
        InputError
            No pair among them, or a target that never trained.
        ConfigError
            The model is not trained.
        """
        if pairs is None:
            pairs = [label for label in self._conditions if label.count("+") == 1]
            if not pairs:
                raise InputError("the screen has no pairs", hint='name some: interactions(["A+B"])')
        table = self._respond(pairs, n_cells, progress)[1]
        if table is None:
            raise InputError("none of these conditions is a pair", hint='name some: interactions(["A+B"])')
        return table

    def _respond(self, conditions, n_cells, progress):  # type: ignore[no-untyped-def]
        import pandas as pd

        self._require_trained()
        names = [conditions] if isinstance(conditions, str) else list(conditions)
        with _temporary.held("effects") as folder:
            effects = folder / "effects.tsv"
            arguments = ["predict", str(self._folder), f"--targets={_options.text_of(names)}", f"--cells={n_cells}"]
            arguments += [f"--output={folder / 'asked.cells'}", f"--effects={effects}"]
            with Bar(progress) as bar:
                _program.run(arguments, progress=bar)
            pairs = folder / "effects_interactions.tsv"
            return pd.read_csv(effects, sep="\t"), pd.read_csv(pairs, sep="\t") if pairs.exists() else None

    def explain(self, *, progress: Optional[bool] = None, **options: Any) -> Path:
        """Writes what the run learned into ``folder/explain`` (docs/explain.md) and returns that folder.

        :meth:`programs` and :meth:`graph` call it when it is needed.

        Parameters
        ----------
        progress : bool, optional
            False: no bar.
        **options
            Options of section explain: response_cells, edge_threshold, gene_sets, …

        Raises
        ------
        ConfigError
            The model is not trained, or an option is out of range.
        """
        self._require_trained()
        words = _options.words_of(options, ("explain",))
        with Bar(progress) as bar:
            _program.run(["explain", str(self._folder), *_options.flags_of(words)], progress=bar)
        return self._folder / "explain"

    def _explained(self, name: str, options: Dict[str, Any]) -> "pd.DataFrame":
        import pandas as pd

        self._require_trained()
        file = self._folder / "explain" / name
        if options or not file.exists() or file.stat().st_mtime < (self._folder / "model.safetensors").stat().st_mtime:
            self.explain(**options)
        return pd.read_csv(file, sep="\t")

    def programs(self, **options: Any) -> "pd.DataFrame":
        """Latent programs, the strongest first: labels, strength, genes, gene sets, parents and children.

        Parameters
        ----------
        **options
            Of :meth:`explain`; with any, it is done anew.

        Returns
        -------
        pandas.DataFrame
            The columns of programs.tsv (docs/formats.md). Empty for models without latents.

        Raises
        ------
        ConfigError
            The model is not trained.
        """
        return self._explained("programs.tsv", options).set_index("program")

    def graph(self, *, as_frame: Optional[bool] = None, **options: Any) -> Any:
        """The latent graph, edges from its threshold.

        Parameters
        ----------
        as_frame : bool, optional
            True: a table even if networkx is installed.
        **options
            Of :meth:`explain`: edge_threshold, …

        Returns
        -------
        networkx.DiGraph or pandas.DataFrame
            Nodes p0, p1 … with the columns of :meth:`programs` as attributes, edges with weight (in units of the
            latents' noise) and raw_weight. Whether the graph is identified: ``summary["identifies_graph"]``.

        Raises
        ------
        ConfigError
            The model is not trained.
        ImportError
            ``as_frame=False`` without networkx.
        """
        edges = self._explained("edges.tsv", options)
        if as_frame:
            return edges
        try:
            import networkx as nx
        except ImportError:
            if as_frame is False:
                raise
            return edges
        graph = nx.DiGraph(identified=self.summary.get("identifies_graph"))
        for name, row in self.programs().iterrows():
            graph.add_node(name, **row.to_dict())
        for row in edges.to_dict("records"):
            graph.add_edge(row["from"], row["to"], weight=row["weight"], raw_weight=row["raw_weight"])
        return graph

    def report(self, output: Optional[PathLike] = None, *, progress: Optional[bool] = None, **options: Any) -> "Report":
        """Writes the report, one HTML file. What it shows is what was made before: evaluate(), explain(), umap.

        Parameters
        ----------
        output : path, optional
            File to write; report.html in the run folder by default.
        progress : bool, optional
            False: no bar.
        **options
            Options of section report: dataset, plain.

        Returns
        -------
        Report
            Shown inline by a notebook.

        Raises
        ------
        ConfigError
            The model is not trained.
        IoError
            The file cannot be written.
        """
        self._require_trained()
        file = Path(output) if output is not None else self._folder / "report.html"
        words = _options.words_of(options, ("report",))
        with Bar(progress) as bar:
            _program.run(["report", str(self._folder), f"--output={file}", *_options.flags_of(words)], progress=bar)
        return Report(file)

    def umap(self, *, progress: Optional[bool] = None, **options: Any) -> "anndata.AnnData":
        """Control, observed and generated cells of the test conditions drawn together.

        Parameters
        ----------
        progress : bool, optional
            False: no bar.
        **options
            Options of section umap: n_neighbors, min_dist, …

        Returns
        -------
        anndata.AnnData
            As :meth:`predict` of the test conditions, with obsm X_pca and X_umap.

        Raises
        ------
        ConfigError
            The model is not trained, or an option is out of range.
        """
        self._require_trained()
        words = _options.words_of(options, ("umap",))
        with Bar(progress) as bar:
            _program.run(["umap", str(self._folder), *_options.flags_of(words)], progress=bar)
        import anndata

        return _with_latents(anndata.read_h5ad(self._folder / "predictions.h5ad"))

    # ---- folders ----

    def save(self, folder: PathLike, *, overwrite: bool = False) -> Path:
        """Writes the run folder, which the command line and :func:`load` take; the model goes on in it.

        The packed cells come along (screen.cells, 8 bytes a stored value), since a run needs its screen. A stopped
        run can be saved, too, and gone on with elsewhere.

        Parameters
        ----------
        folder : path
            To make.
        overwrite : bool
            Replace a run that is there.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        IoError
            Something is there already, or no room.
        """
        self._require_run()
        target = Path(os.path.abspath(os.fspath(folder)))
        if target == self._folder:
            return target
        if target.exists():
            if not overwrite:
                raise IoError(
                    f"{target} exists already", place=str(target), hint="choose another folder, or overwrite=True"
                )
            if any(target.iterdir()) and not (target / "options.toml").exists():
                raise IoError(
                    f"{target} is no run folder", place=str(target), hint="it is not replaced; choose another"
                )
        making = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            shutil.copytree(self._folder, making)
            _bring_along(making, target, (self._folder, self._work))
            if target.exists():
                shutil.rmtree(target)
            making.rename(target)
        except OSError as error:
            raise IoError(f"{target}: cannot be written: {error}", place=str(target)) from error
        finally:
            shutil.rmtree(making, ignore_errors=True)
        self._folder = target
        if (target / "screen.cells").exists():
            self._screen = target / "screen.cells"
        return target


class GraceVAE(Model):
    """GraCE-VAE: a causal VAE whose encoder reads the context graph. See :class:`Model`."""

    _kind = "grace-vae"


class CMVAE(Model):
    """CMVAE: the causal VAE without a network. See :class:`Model`."""

    _kind = "cmvae"


class CMVAEMultihot(Model):
    """CMVAE whose encoder reads gene sets as 0 and 1. See :class:`Model`."""

    _kind = "cmvae-multihot"


class VGAE(Model):
    """A variational graph autoencoder. See :class:`Model`."""

    _kind = "vgae"


class SENA(Model):
    """SENA: an encoder by gene sets. See :class:`Model`."""

    _kind = "sena"


class Control(Model):
    """Baseline: control cells as they are. See :class:`Model`."""

    _kind = "control"


class MeanShift(Model):
    """Baseline: control cells moved by the mean effect of all targets. See :class:`Model`."""

    _kind = "mean-shift"


class Additive(Model):
    """Baseline: control cells moved by the sum of their targets' mean effects. See :class:`Model`."""

    _kind = "additive"


class Linear(Model):
    """Baseline: a regularised linear map from targets to effects. See :class:`Model`."""

    _kind = "linear"


_KINDS: Dict[str, Type[Model]] = {
    kind._kind: kind for kind in (GraceVAE, CMVAE, CMVAEMultihot, VGAE, SENA, Control, MeanShift, Additive, Linear)
}


class Report:
    """A report that was written; a notebook shows it inline.

    Attributes
    ----------
    path : pathlib.Path
        The HTML file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"<gracevae report: {self.path}>"

    def _repr_html_(self) -> str:
        import html

        page = html.escape(self.path.read_text(encoding="utf-8"), quote=True)
        return f'<iframe srcdoc="{page}" width="100%" height="800" style="border:0"></iframe>'


def load(folder: PathLike, adata: Optional["anndata.AnnData"] = None) -> Model:
    """A run folder as a model: one that was saved here, or made by the command line, finished or stopped.

    Parameters
    ----------
    folder : path
        The run.
    adata : anndata.AnnData, optional
        Checked to have the run's cells; the run itself reads the screen that its options name.

    Returns
    -------
    Model
        Of the kind that the run is of.

    Raises
    ------
    IoError
        No run folder.
    InputError
        Other cells.
    """
    path = Path(os.path.abspath(os.fspath(folder)))
    if not (path / "options.toml").exists():
        raise IoError(f"{path} is no run folder: it has no options.toml", place=str(path))
    options = _read_toml(path / "options.toml")
    kind = _KINDS.get(options["model"]["model"])
    if kind is None:
        raise InputError(f"{path}: a model '{options['model']['model']}' is not known")
    model = kind.__new__(kind)
    model._words = []
    model._work = model._folder = path
    model._screen = Path(options["screen"]["file"])
    model._conditions = _conditions_of(path, options)
    if adata is not None:
        _anndata.require(adata)
        cells = set(model.split.index)
        names = [str(name) for name in adata.obs_names]
        missing = cells.difference(names)
        if missing:
            raise InputError(
                f"adata has {len(names)} cells, but {len(missing)} of the run's {len(cells)} are not among them: "
                + ", ".join(sorted(missing)[:3])
            )
    return model


def _conditions_of(path: Path, options: Dict[str, Any]) -> List[str]:
    """Conditions of the run's screen, as far as it can be read."""
    from . import _core

    words = [(f"screen.{name}", _options.text_of(value)) for name, value in options["screen"].items() if name != "file"]
    words += [(f"network.{name}", _options.text_of(value)) for name, value in options["network"].items()]
    words = [(key, text) for key, text in words if key in _options.known() and key != "screen.packed"]
    screen = _core.Screen.read(options["screen"]["file"], words, None, None)
    return [label for label, _, _ in screen.conditions]


def _read_toml(file: Path) -> Dict[str, Any]:
    try:
        import tomllib
    except ImportError:
        import tomli as tomllib  # type: ignore[no-redef]
    return tomllib.loads(file.read_text(encoding="utf-8"))


# Files that Python made for a run, and the options that name them.
_BROUGHT = {("screen", "file"): "screen.cells", ("features", "cell_embedding_file"): "embedding.h5ad"}


def _bring_along(making: Path, target: Path, owners: Sequence[Path]) -> None:
    """What Python made for a run goes into its folder; their bytes, and so their hashes, are the same."""
    file = making / "options.toml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    options = _read_toml(file)
    section = ""
    for i, line in enumerate(lines):
        if line.startswith("["):
            section = line.strip().strip("[]")
        name = line.partition(" = ")[0]
        kind = _BROUGHT.get((section, name))
        if kind is None:
            continue
        source = Path(options[section][name])
        if source.name != kind or source.parent not in owners:
            continue
        if not (making / kind).exists():
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, making / kind)  # type: ignore[operator]
        lines[i] = f"{name} = {json.dumps(str(target / kind))}\n"
    file.write_text("".join(lines), encoding="utf-8")


def _mapped_cells(folder: Path) -> "anndata.AnnData":
    """A folder of mapped cells (docs/formats-sweep.md), whose X goes on when the folder is removed."""
    import anndata
    import numpy as np
    import scipy.sparse as sp

    from . import _core

    file = folder / "cells.gvpack"
    n_rows, n_cols, n_stored, table, indices, values = _core.parts_of_pack(file)

    def part(dtype: str, offset: int, count: int) -> "np.ndarray":  # changes stay in this process
        if count == 0:
            return np.zeros(0, dtype)
        return np.memmap(file, dtype=dtype, mode="c", offset=offset, shape=(count,))

    # Rows stand in their order, each begins where the one before ends.
    indptr = np.zeros(n_rows + 1, np.int64)
    indptr[1:] = part("<i8", table + 8 * n_rows, n_rows)
    x = sp.csr_matrix(
        (part("<f4", values, n_stored), part("<i4", indices, n_stored), indptr), shape=(n_rows, n_cols), copy=False
    )
    x.has_sorted_indices = x.has_canonical_format = True
    cells = anndata.read_h5ad(folder / "names.h5")
    cells.X = x
    return _with_latents(cells)


def _with_latents(cells: "anndata.AnnData") -> "anndata.AnnData":
    if "u" in cells.obsm:
        cells.obsm["X_gracevae"] = cells.obsm["u"]
    return cells
