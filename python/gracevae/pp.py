"""Preparing screens, as scanpy.pp: from counts to log1p values."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from . import _anndata, _options, _temporary

if TYPE_CHECKING:
    import anndata


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
