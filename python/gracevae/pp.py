"""Preparing screens, as scanpy.pp: from counts to log1p values."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from . import _anndata, _options, _temporary

if TYPE_CHECKING:
    import anndata
    import pandas as pd


def prepare(
    adata: Union["anndata.AnnData", str, "os.PathLike[str]"],
    output: Union[str, "os.PathLike[str]", None] = None,
    **options: Any,
) -> "anndata.AnnData":
    """Filters, normalises, takes log1p, chooses highly variable genes and tests for DE genes (docs/prepare.md).

    Parameters
    ----------
    adata : anndata.AnnData or path
        Counts; a file of any format that the command line reads. Not changed.
    output : path, optional
        .h5ad file to keep, with a table of DE genes beside it.
    **options
        Options of sections screen, prepare and quality: n_top_genes, highly_variable, de_method, …

    Returns
    -------
    anndata.AnnData
        A new one. ``uns["gracevae_prepare"]`` says what was done, in words.

    Raises
    ------
    InputError
        Values that are no counts, no cells left, …
    """
    import anndata as ad

    from . import _core

    words = _options.words_of(options, ("screen", "prepare", "quality"))
    folder = _temporary.new("prepare")
    try:
        if isinstance(adata, (str, os.PathLike)):
            screen = [("screen.file", os.fspath(adata))]
        else:
            _anndata.require(adata)
            setup, layer = _anndata.setup_of(adata)
            _anndata.write(adata, layer, folder / "screen.cells")
            screen = [("screen.file", str(folder / "screen.cells")), *setup]
        file = Path(output) if output is not None else folder / "prepared.h5ad"
        text = _core.prepare(file, [*screen, *words], None, None)
        prepared = ad.read_h5ad(file)
        prepared.uns["gracevae_prepare"] = text
        return prepared
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def split(adata: "anndata.AnnData", kind: str = "unseen-double", *, seed: int = 0, **options: Any) -> "pd.Series":
    """Which cells train, validate and test (docs/splits.md). Models make their own from the same seed.

    Parameters
    ----------
    adata : anndata.AnnData
        The screen. Not changed: ``adata.obs["fold"] = gv.pp.split(adata)``.
    kind : str
        unseen-double, unseen-combination, random, norman, unseen-single, leave-out:TARGET,
        leave-out:COLUMN=LEVEL, unseen-in:COLUMN=LEVEL or column:NAME.
    seed : int
        The same seed gives the same cells.
    **options
        Other options of sections split and screen: test_fraction, validation_fraction, …

    Returns
    -------
    pandas.Series
        train, validation, test or unused, by the cell's name; for ``split="column:fold"`` and
        :func:`gracevae.metrics.evaluate`.

    Raises
    ------
    ConfigError
        No such kind, or a fraction out of range.
    InputError
        A split that leaves nothing to train on, or a target that is not there.
    """
    import numpy as np
    import pandas as pd

    from . import _core

    _anndata.require(adata)
    setup, layer = _anndata.setup_of(adata)
    words = [*setup, *_options.words_of(dict(options, split=kind), ("split", "screen"))]
    _options.check(words)
    folder = _temporary.new("split")
    try:
        _anndata.write(adata, layer, folder / "screen.cells")
        screen = _core.Screen.read(folder / "screen.cells", words, None, None)
        folds = _core.Split.make(screen, seed, words).folds
        names = np.array(["unused", "train", "validation", "test"], dtype=object)
        return pd.Series(names[folds], index=list(screen.cells), name="fold").reindex(
            adata.obs_names, fill_value="unused"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
