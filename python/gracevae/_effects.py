"""Effects of targets and pairs that nobody tried, what to measure next, and with how many cells."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence, Tuple, Union

from . import _anndata, _options, _temporary
from .errors import wrong_type

if TYPE_CHECKING:
    import pandas as pd

SOURCES = ("network", "edges", "gene_sets", "embeddings", "screens")


class Effects:
    """Predicted effects.

    Attributes
    ----------
    effects : pandas.DataFrame
        condition, gene, effect, low, high: a row a condition and gene, on the screen's scale. NaN without an interval.
    conditions : pandas.DataFrame
        By condition: measured, abstained, rho (expected cosine with the truth), bound, sources, nearest, interaction
        (docs/effects.md).
    weights : pandas.DataFrame
        The sources' weights, a row a pattern of sources.
    text : str
        A summary.
    """

    def __init__(self, folder: Path, text: str) -> None:
        import pandas as pd

        self.effects: pd.DataFrame = pd.read_csv(
            folder / "effects.tsv", sep="\t", dtype={"condition": str, "gene": str}
        )
        words = {"condition": str, "sources": str, "nearest": str}
        found = pd.read_csv(folder / "conditions.tsv", sep="\t", dtype=words, keep_default_na=False, na_values=["NA"])
        for column in ("measured", "abstained"):
            found[column] = found[column] == "yes"
        self.conditions: pd.DataFrame = found.set_index("condition")
        self.weights: pd.DataFrame = pd.read_csv(folder / "weights.tsv", sep="\t")
        self.text = text

    def matrix(self) -> "pd.DataFrame":
        """The effects as a table of conditions x genes."""
        wide = self.effects.pivot(index="condition", columns="gene", values="effect")
        return wide.loc[self.conditions.index, self.effects["gene"].unique()]

    def __repr__(self) -> str:
        n_genes = self.effects["gene"].nunique()
        kept = int((~self.conditions["abstained"]).sum())
        return f"<effects of {len(self.conditions)} conditions on {n_genes} genes; {kept} not abstained>"


class _Source:
    """Measured effects as a path, with the words of section screen that go with it; what was made for it is removed."""

    def __init__(self, source: Any, progress: Any) -> None:
        import anndata
        import pandas as pd

        from .models import Model

        self.made: Optional[Path] = None
        self.words: _options.Words = []
        if isinstance(source, Model):
            source._require_trained()
            self.path = Path(source.folder)
        elif isinstance(source, anndata.AnnData):
            _anndata.require(source)
            self.made = _temporary.new("effects")
            self.path = self.made / "screen"
            self.words, layer = _anndata.setup_of(source)
            _anndata.write(source, layer, self.path, progress)
        elif isinstance(source, pd.DataFrame):
            self.made = _temporary.new("effects")
            self.path = self.made / "effects.tsv"
            source.to_csv(self.path, sep="\t", index_label="condition")
        elif isinstance(source, (str, os.PathLike)):
            self.path = Path(os.path.abspath(os.fspath(source)))
        else:
            raise wrong_type(
                "source", source, "an AnnData, a model, a DataFrame of conditions x genes, or a path", "see gv.effects"
            )

    def remove(self) -> None:
        if self.made is not None:
            shutil.rmtree(self.made, ignore_errors=True)


def _listed(paths: Any) -> Any:
    return ",".join(_options.text_of(path) for path in paths) if isinstance(paths, (list, tuple)) else paths


def _words(source: _Source, options: Dict[str, Any], sections: Tuple[str, ...]) -> _options.Words:
    for name in SOURCES:
        if name in options:
            options[name] = _listed(options[name])
    merged = {**dict(source.words), **dict(_options.words_of(options, (*sections, "screen")))}
    return list(merged.items())


def effects(
    source: Any,
    conditions: Union[str, Sequence[str], None] = None,
    *,
    all_pairs: bool = False,
    progress: Any = None,
    **options: Any,
) -> Effects:
    """Predicts the effects of conditions on every gene from measured ones (docs/effects.md).

    Parameters
    ----------
    source : anndata.AnnData, Model, pandas.DataFrame or path
        Measured effects: a screen, a trained model (its training cells), or a table of conditions ("A", "A+B") x genes.
    conditions : str or list of str, optional
        "A", "A+B": any symbols.
    all_pairs : bool
        Every pair of measured targets that was not measured itself.
    progress : callable, optional
        Called with task, done, total, seconds left and detail.
    **options
        Options of section effects: the sources network, edges, gene_sets, embeddings, screens (paths, or lists of
        them), measured, genes, level, nearest, … and of section screen.

    Returns
    -------
    Effects
        Effects with intervals, and what is known of each condition.

    Raises
    ------
    ConfigError
        No condition is asked for.
    InputError
        Fewer than two measured targets, or effects that are all 0.
    """
    from . import _core

    held = _Source(source, progress)
    folder = _temporary.new("effects")
    try:
        names = [conditions] if isinstance(conditions, str) else conditions
        asked = dict(options, targets=None if names is None else list(names), all_pairs=all_pairs or None)
        text = _core.predict_effects(held.path, folder, _words(held, asked, ("effects",)), None, progress)
        return Effects(folder, text)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        held.remove()


def cross_validate_effects(source: Any, folds: int = 5, *, progress: Any = None, **options: Any) -> "pd.DataFrame":
    """What predicted effects are worth on this screen, beside simple guesses (docs/effects.md).

    Parameters
    ----------
    source : anndata.AnnData, Model, pandas.DataFrame or path
        As :func:`gracevae.effects` has it.
    folds : int
        Of the cross-validation over measured targets, and over measured pairs.
    progress : callable, optional
        Called with task, done, total, seconds left and detail.
    **options
        Options of sections effects and screen.

    Returns
    -------
    pandas.DataFrame
        By conditions ("targets", "pairs") and row: cosine, r2, relative_error, top_50, pds. ``attrs["text"]`` has the
        coverage of intervals, too.
    """
    import pandas as pd

    from . import _core

    held = _Source(source, progress)
    folder = _temporary.new("effects")
    try:
        words = _words(held, dict(options, cross_validate=folds), ("effects",))
        text = _core.cross_validate_effects(held.path, folder, words, None, progress)
        files = {"targets": folder / "scores.tsv", "pairs": folder / "pair_scores.tsv"}
        tables = {name: pd.read_csv(file, sep="\t") for name, file in files.items() if file.exists()}
        table = pd.concat(tables, names=["conditions", None]).reset_index(0).set_index(["conditions", "row"])
        table.attrs["text"] = text
        return table
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        held.remove()


def design(source: Any, *, progress: Any = None, **options: Any) -> "pd.DataFrame":
    """Plans which targets or pairs to measure next, by the expected fall of what is not known (docs/effects.md).

    Parameters
    ----------
    source : anndata.AnnData, Model, pandas.DataFrame or path
        As :func:`gracevae.effects` has it.
    progress : callable, optional
        Called with task, done, total, seconds left and detail.
    **options
        Options of section design: plan ("targets", "pairs"), budget, batch, candidates, exclude, interest (files), …,
        of sections effects and screen.

    Returns
    -------
    pandas.DataFrame
        A row a planned condition: step, batch, condition, the share of the variance that it takes and leaves, the
        expected cosine of what is then still unmeasured.
    """
    import pandas as pd

    from . import _core

    held = _Source(source, progress)
    folder = _temporary.new("design")
    try:
        words = _words(held, dict(options), ("design", "effects"))
        text = _core.plan_experiment(held.path, folder / "plan.tsv", words, None, progress)
        table = pd.read_csv(folder / "plan.tsv", sep="\t", dtype={"condition": str})
        table.attrs["text"] = text
        return table
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        held.remove()


def power(
    screen: Any, *, sizes: Union[float, Sequence[float], None] = None, progress: Any = None, **options: Any
) -> Tuple["pd.DataFrame", "pd.DataFrame"]:
    """How many cells a condition needs, from the cells of a pilot screen (docs/effects.md).

    Parameters
    ----------
    screen : anndata.AnnData or path
        The pilot.
    sizes : float or list of float, optional
        Sizes of effects on one gene, on the screen's scale.
    progress : callable, optional
        Called with task, done, total, seconds left and detail.
    **options
        Options of section power: power, alpha, cosine, control_cells, and of section screen.

    Returns
    -------
    tuple of pandas.DataFrame
        Cells for effects on one gene, by quantiles of the genes' variances; and for each condition of the pilot the
        cells with which its profile has the asked cosine with the true one. Cells are words where they are "never".
    """
    import pandas as pd

    from . import _core

    held = _Source(screen, progress)
    folder = _temporary.new("power")
    try:
        listed = [sizes] if isinstance(sizes, (int, float)) else sizes
        given = dict(options, sizes=None if listed is None else list(listed))
        words = [*_words(held, given, ("power",)), ("screen.file", str(held.path))]
        text = _core.plan_cells(folder / "cells.tsv", words, None, progress)
        cells, profiles = (pd.read_csv(folder / name, sep="\t") for name in ("cells.tsv", "cells_conditions.tsv"))
        cells.attrs["text"] = text
        return cells, profiles
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        held.remove()
