"""Scores of anybody's predictions, beside our baselines and the ceiling that real cells set."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Union

from . import _anndata, _options, _temporary
from .errors import InputError, wrong_type

if TYPE_CHECKING:
    import anndata
    import numpy as np
    import pandas as pd

    from ._simulate import Simulation
    from .models import Model

_COLUMNS = ["kind", "gene_set", "method", "metric", "value", "error", "n_conditions"]


def averages_of(metrics: Mapping[str, Any]) -> "pd.DataFrame":
    """The summary of metrics.json as a table.

    Parameters
    ----------
    metrics : dict
        Its content: ``model.metrics``.

    Returns
    -------
    pandas.DataFrame
        kind (single, double), gene_set (de, all, paper), method (model, control, additive, …, replicate), metric,
        value (mean over conditions), error (its standard error), n_conditions.

    Raises
    ------
    KeyError
        Not the content of a metrics.json.
    """
    import pandas as pd

    rows: List[List[Any]] = []
    for entry in metrics["summary"]:
        for metric, value in entry["metrics"].items():
            error = entry.get("standard_errors", {}).get(metric)
            n = entry.get("n", {}).get(metric, entry.get("n_conditions"))
            rows.append([entry["kind"], entry["gene_set"], entry["method"], metric, value, error, n])
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"value": float, "error": float})


def evaluate(
    predicted: Union["anndata.AnnData", Mapping[str, Any]],
    observed: "anndata.AnnData",
    *,
    condition_key: str = "condition",
    fold_key: Optional[str] = None,
    threads: int = 0,
    seed: int = 0,
    **options: Any,
) -> "pd.DataFrame":
    """Scores predictions of any method: GEARS, CPA, scGen, yours.

    Without ``fold_key`` the cells of the conditions that are predicted are the test set, all other cells training: the
    baselines know of a condition what the other cells say. Where ``predicted.obs`` has columns cell and paired_control,
    as our own predictions do, each row is compared with that cell.

    Parameters
    ----------
    predicted : anndata.AnnData or mapping
        Cells with a column of obs that names the condition of each, or condition → array [cells, genes] or [genes]
        (a predicted mean). Genes as in ``observed``, found by their names in an AnnData. Rows are spread evenly over
        the observed cells of a condition where their number is another. Control cells, and rows whose obs["source"]
        is not "Generated Cells" where there is such a column, are passed over.
    observed : anndata.AnnData
        The screen, on a log1p scale, control cells among it (:func:`gracevae.setup_anndata` says how it is read).
    condition_key : str
        Column of ``predicted.obs``.
    fold_key : str, optional
        Column of ``observed.obs`` with what each cell was for: train, validation, test or unused (``model.split``).
    threads : int
        0 = all processors.
    seed : int
        Of the draws behind ceilings and pairs.
    **options
        Options of section evaluate: top_genes, min_test_cells, de_min_cells, …

    Returns
    -------
    pandas.DataFrame
        As :func:`averages_of`; ``attrs["text"]`` has the tables for people, ``attrs["by_condition"]`` the scores of
        each condition, ``attrs["warnings"]`` sentences. The predictions are the method "model".

    Raises
    ------
    InputError
        Conditions that were not observed (nearest names), other genes, values that are not finite.
    """
    import pandas as pd

    from . import _core

    _anndata.require(observed)
    words = _options.words_of(options, ("evaluate",)) + [("train.seed", str(seed))]
    _options.check(words)
    setup, layer = _anndata.setup_of(observed)
    folder = _temporary.new("evaluate")
    try:
        _anndata.write(observed, layer, folder / "screen.cells")
        screen = _core.Screen.read(folder / "screen.cells", setup, None, None)
        cells = _cells_of(predicted, screen, condition_key)
        split = _core.Split.from_folds(screen, _folds(observed, screen, cells, fold_key))
        given = [_given(label, x, split) for label, x in cells.items()]
        found = _core.evaluate(screen, split, given, words, threads, None, None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    columns = ["condition", *_COLUMNS]
    table = pd.DataFrame(found["averages"], columns=columns)[_COLUMNS]
    table.attrs["text"] = found["text"]
    table.attrs["by_condition"] = pd.DataFrame(found["by_condition"], columns=columns)
    table.attrs["warnings"] = list(found["warnings"])
    return table


class Structure:
    """Scores of a learned latent graph against the one that made the cells; printing it shows them for people.

    Attributes
    ----------
    scores : pandas.DataFrame
        By score: value, chance (what graphs with as many edges in random order get in the mean) and empty_graph (what
        a graph without edges gets). NaN where one is not defined. The scores at the run's own threshold first
        (docs/structure.md).
    edges : pandas.DataFrame
        Every edge that is true or found at the run's own threshold: from, to (true latents), fitted_from, fitted_to,
        true_weight, weight, verdict (right, reversed, wrong, missing).
    thresholds : pandas.DataFrame
        edges, right, precision, recall, f1, shd, … by the |weight| from which an edge counts.
    matching : pandas.DataFrame
        By true latent: fitted (NaN: none), sign, by (labels or correlation), correlation.
    warnings : list of str
        What makes the scores doubtful.
    text : str
        The table of `gracevae evaluate`.
    data : dict
        Everything (docs/formats-scores.md, "structure").
    """

    def __init__(self, data: Dict[str, Any], text: str) -> None:
        import pandas as pd

        self.data, self.text = data, text
        self.warnings: List[str] = list(data.get("warnings", []))
        chance, empty = data.get("chance") or {}, (data.get("chance") or {}).get("empty_graph") or {}
        own = data.get("at_threshold") or {}
        random = chance.get("random_order") or {}
        rows = {name: (own.get(name), random.get(name), empty.get(name)) for name in _AT_THRESHOLD}
        rows.update({name: (data.get(name), chance.get(name), None) for name in _WHOLE})
        columns = ["value", "chance", "empty_graph"]
        self.scores = pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(float)
        self.edges = pd.DataFrame(data["edges"], columns=_EDGE_COLUMNS)
        self.thresholds = pd.DataFrame(data["thresholds"]).drop(columns="chance", errors="ignore")
        self.thresholds = self.thresholds.set_index("threshold")
        self.matching = pd.DataFrame(data["matching"]).set_index("true")

    def __repr__(self) -> str:
        return self.text


_AT_THRESHOLD = ("f1", "precision", "recall", "shd")
_WHOLE = ("auprc", "target_accuracy", "order_violations", "latent_correlation")
_EDGE_COLUMNS = ["from", "to", "fitted_from", "fitted_to", "true_weight", "weight", "verdict"]


def structure(
    learned: Union["Model", str, "os.PathLike[str]"],
    truth: Union["Simulation", str, "os.PathLike[str]"],
    *,
    seed: int = 0,
) -> Structure:
    """Scores of a learned latent graph against the one that made the cells. Nothing is predicted or trained.

    Parameters
    ----------
    learned : Model or path
        A trained model, a run folder, or its latents.json. Where the run has predictions.h5ad (``model.evaluate()``
        makes it), latents of cells are compared too.
    truth : Simulation or path
        truth.json of a simulated screen, or an .h5ad with uns["true_latent_graph"].
    seed : int
        Of what chance gives for the target accuracy.

    Returns
    -------
    Structure
        Scores, edges one by one, thresholds, matching of latents.

    Raises
    ------
    InputError
        A model without a latent graph, or no label in common with the truth.
    IoError
        No such file, or a run that is not finished.
    """
    from . import _core
    from ._simulate import Simulation
    from .models import Model

    folder = learned.folder if isinstance(learned, Model) else Path(os.fspath(learned))
    file = folder / "latents.json" if folder.is_dir() else folder
    predictions = file.with_name("predictions.h5ad")
    known = truth.truth_file if isinstance(truth, Simulation) else Path(os.fspath(truth))
    data, text = _core.structure(known, file, predictions if predictions.exists() else None, seed)
    return Structure(json.loads(data), text)


class _Cells:
    """Predicted cells of a condition [n, genes], and which observed cells they stand for, where that is known."""

    def __init__(self, values: "np.ndarray", names: Any = None, controls: Any = None) -> None:
        self.values, self.names, self.controls = values, names, controls


def _folds(observed: Any, screen: Any, cells: Dict[str, _Cells], fold_key: Optional[str]) -> "np.ndarray":
    """0 unused, 1 train, 2 validation, 3 test, of every cell of the screen."""
    import numpy as np

    from . import _core

    if fold_key is not None:
        if fold_key not in observed.obs:
            hint = _core.near_names(fold_key, [str(name) for name in observed.obs.columns])
            raise InputError(f"observed.obs has no column '{fold_key}'", hint=hint)
        words = dict(zip(map(str, observed.obs_names), observed.obs[fold_key].astype(str)))
        numbers = {"unused": 0, "train": 1, "validation": 2, "test": 3}
        wrong = sorted(set(words.values()) - set(numbers))
        if wrong:
            raise InputError(f"observed.obs['{fold_key}'] holds '{wrong[0]}'", expected=", ".join(numbers))
        return np.array([numbers[words[name]] for name in screen.cells], dtype=np.int32)
    index = {label: i for i, (label, _, _) in enumerate(screen.conditions)}
    folds = np.ones(screen.n_cells, dtype=np.int32)
    for label, predicted in cells.items():
        if predicted.names is None:
            folds[screen.condition_of_cell == index[label]] = 3
        else:
            folds[predicted.names] = 3
    return folds


def _given(label: str, cells: _Cells, split: Any) -> Any:
    """What the library scores: a row for each test cell of the condition, in their order."""
    import numpy as np

    test = split.test_cells(label)
    n = len(test)
    if n == 0:
        raise InputError(f"predicted: no cell of '{label}' is a test cell")
    if cells.names is not None and cells.controls is not None:
        row_of = {cell: row for row, cell in enumerate(cells.names)}
        rows = [row_of.get(cell, -1) for cell in test]
        if min(rows) >= 0:
            return label, np.ascontiguousarray(cells.values[rows]), [int(cells.controls[row]) for row in rows]
    x = cells.values
    return label, x if len(x) == n else np.ascontiguousarray(x[(np.arange(n) * len(x)) // n]), None


def _cells_of(predicted: Any, screen: Any, condition_key: str) -> Dict[str, _Cells]:
    """Predicted conditions by the screen's labels, genes in the screen's order."""
    import anndata
    import numpy as np

    from . import _core

    found: Dict[str, _Cells] = {}
    if isinstance(predicted, anndata.AnnData):
        found = _by_condition(predicted, screen, condition_key)
    elif isinstance(predicted, Mapping):
        found = {str(name): _Cells(np.atleast_2d(np.asarray(x, dtype=np.float32))) for name, x in predicted.items()}
    else:
        raise wrong_type("predicted", predicted, "an anndata.AnnData, or a dict of condition and array")
    labels = [label for label, _, _ in screen.conditions]
    canonical = {frozenset(targets): label for label, targets, _ in screen.conditions if targets}
    cells: Dict[str, _Cells] = {}
    for name, x in found.items():
        label = name if name in labels else canonical.get(frozenset(name.split("+")), "")
        if not label:
            raise InputError(
                f"predicted: '{name}' is no condition of the observed screen", hint=_core.near_names(name, labels)
            )
        if label == "control":
            continue
        if x.values.shape[1] != screen.n_genes:
            raise InputError(f"predicted: '{name}' has {x.values.shape[1]} genes, expected {screen.n_genes}")
        cells[label] = x
    if not cells:
        raise InputError("predicted: no condition but control")
    return cells


def _by_condition(predicted: Any, screen: Any, condition_key: str) -> Dict[str, _Cells]:
    import numpy as np
    import scipy.sparse as sp

    from . import _core

    columns = [str(name) for name in predicted.obs.columns]
    if condition_key not in columns:
        raise InputError(
            f"predicted.obs has no column '{condition_key}'", hint=_core.near_names(condition_key, columns)
        )
    names = [str(name) for name in predicted.var_names]
    genes: Optional["np.ndarray"] = None
    if names != list(screen.genes):
        place = {name: i for i, name in enumerate(names)}
        missing = [gene for gene in screen.genes if gene not in place]
        if missing:
            raise InputError(
                f"predicted lacks {len(missing)} of the {screen.n_genes} genes: {', '.join(missing[:5])}",
                hint="give predictions of every gene of the observed screen",
            )
        genes = np.array([place[gene] for gene in screen.genes])
    rows = np.ones(predicted.n_obs, dtype=bool)
    if "source" in columns:
        rows = predicted.obs["source"].astype(str).to_numpy() == "Generated Cells"
    condition = predicted.obs[condition_key].astype(str).to_numpy()
    place = {name: i for i, name in enumerate(screen.cells)}
    found: Dict[str, _Cells] = {}
    for label in dict.fromkeys(condition[rows]):
        chosen = np.flatnonzero(rows & (condition == label))
        x = predicted.X[chosen]
        x = np.asarray(x.todense() if sp.issparse(x) else x, dtype=np.float32)
        cells = _Cells(x if genes is None else x[:, genes])
        if "cell" in columns and "paired_control" in columns:
            names = predicted.obs["cell"].astype(str).to_numpy()[chosen]
            paired = predicted.obs["paired_control"].astype(str).to_numpy()[chosen]
            if all(name in place for name in names) and all(name in place for name in paired):
                cells.names = [place[name] for name in names]
                cells.controls = [place[name] for name in paired]
        found[str(label)] = cells
    return found
