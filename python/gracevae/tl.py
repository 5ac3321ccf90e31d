"""Tools on any screen, as scanpy.tl. Nothing is written into an AnnData unless the function says so."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple

from . import _anndata, _options, _temporary
from .errors import InputError

if TYPE_CHECKING:
    import anndata
    import numpy as np
    import pandas as pd


def rank_genes(
    adata: "anndata.AnnData",
    *,
    method: str = "wilcoxon",
    min_cells: int = 10,
    key_added: Optional[str] = None,
    **options: Any,
) -> "pd.DataFrame":
    """Tests every condition against control, as scanpy's rank_genes_groups(reference=control) does.

    Parameters
    ----------
    adata : anndata.AnnData
        Cells x genes on a natural log1p scale; :func:`gracevae.setup_anndata` says how labels are read.
    method : {"wilcoxon", "welch", "welch-overestimated"}
        The test. Welch's variances are at least those of counts (docs/prepare.md).
    min_cells : int
        Conditions of fewer cells are not tested; at least 2.
    key_added : str, optional
        Write the result into ``adata.uns[key_added]`` too, as scanpy's rank_genes_groups does ("rank_genes_groups" is
        the key that scanpy's plots look for): names, scores, logfoldchanges, pvals, pvals_adj with a field for each
        condition, the largest score first, and params. By default the AnnData is not changed.
    **options
        Options of section screen.

    Returns
    -------
    pandas.DataFrame
        condition, gene, score (z or t), log2_fold_change, p_value (two-sided), p_adjusted (Benjamini-Hochberg over the
        genes of a condition); conditions in the screen's order, the largest score first.

    Raises
    ------
    ConfigError
        No such method.
    """
    import numpy as np
    import pandas as pd

    from . import _core

    _options.check([("prepare.de_method", method), ("prepare.de_min_cells", str(min_cells))])
    if method == "none":
        raise InputError("method 'none' tests nothing", hint="wilcoxon, welch or welch-overestimated")
    with _screen_of(adata, options) as screen:
        genes = np.asarray(screen.genes, dtype=object)
        tables = []
        for label, score, p_value, adjusted, change in _core.rank_genes(screen, method, min_cells, None):
            order = np.argsort(-score, kind="stable")
            columns = dict(condition=label, gene=genes[order], score=score[order], log2_fold_change=change[order])
            tables.append(pd.DataFrame(dict(columns, p_value=p_value[order], p_adjusted=adjusted[order])))
    if not tables:
        raise InputError(f"no condition has {min_cells} cells, or control has fewer than 2")
    if key_added is not None:
        adata.uns[key_added] = _as_scanpy(tables, adata, method)
    return pd.concat(tables, ignore_index=True)


def _as_scanpy(tables: "List[pd.DataFrame]", adata: Any, method: str) -> Dict[str, Any]:
    """Tables of conditions as scanpy's rank_genes_groups has them: record arrays with a field for each."""
    import numpy as np

    def records(column: str, kind: Any) -> "np.ndarray":
        names = [str(table["condition"].iloc[0]) for table in tables]
        made = np.zeros(len(tables[0]), dtype=[(name, kind) for name in names])
        for name, table in zip(names, tables):
            made[name] = table[column].to_numpy()
        return made.view(np.recarray)

    setup, layer = _anndata.setup_of(adata)
    params = dict(
        groupby=dict(setup).get("screen.label_column", "condition"),
        reference="control",
        method={"wilcoxon": "wilcoxon", "welch": "t-test", "welch-overestimated": "t-test_overestim_var"}[method],
        use_raw=False,
        corr_method="benjamini-hochberg",
    )
    if layer is not None:
        params["layer"] = layer
    return dict(
        params=params,
        names=records("gene", object),
        scores=records("score", "float32"),
        pvals=records("p_value", "float64"),
        pvals_adj=records("p_adjusted", "float64"),
        logfoldchanges=records("log2_fold_change", "float32"),
    )


def pca(
    adata: "anndata.AnnData", n_components: int = 50, **options: Any
) -> "Tuple[np.ndarray, np.ndarray, np.ndarray]":
    """Principal components of the genes (centred, not scaled).

    Parameters
    ----------
    adata : anndata.AnnData
        Cells x genes.
    n_components : int
        As many, or as the cells allow.
    **options
        Options of section screen.

    Returns
    -------
    scores : numpy.ndarray
        [cells, k], of the cells that have a label.
    directions : numpy.ndarray
        [genes, k], orthonormal; the largest entry of each is positive.
    variances : numpy.ndarray
        [k], with n − 1.

    Raises
    ------
    InputError
        No labels, values that are not finite, …
    IoError
        No room below TMPDIR.
    """
    from . import _core

    with _screen_of(adata, options) as screen:
        found = _core.components(screen, n_components)
    return found  # type: ignore[no-any-return]


def umap(
    adata: "anndata.AnnData",
    *,
    use_rep: Optional[str] = None,
    n_components: int = 50,
    n_neighbors: int = 15,
    min_dist: float = 0.5,
    spread: float = 1.0,
    epochs: int = 0,
    seed: int = 0,
    key_added: Optional[str] = None,
) -> "np.ndarray":
    """Draws cells in the plane so that near ones stay near.

    >>> gv.tl.umap(adata, key_added="X_umap")   # for sc.pl.umap; without it, the AnnData is not changed

    Parameters
    ----------
    adata : anndata.AnnData
        Cells x genes, labels are not needed with ``use_rep``.
    use_rep : str, optional
        Key of obsm to draw; by default principal components of X.
    n_components : int
        Principal components.
    n_neighbors, min_dist, spread, epochs, seed
        Of UMAP, with scanpy's defaults; epochs 0 = umap-learn's rule.

    key_added : str, optional
        Write the result into ``adata.obsm[key_added]`` too, and what it was drawn with into ``adata.uns[key_added]``
        ("X_umap": into ``uns["umap"]``), as scanpy's umap does. By default the AnnData is not changed.

    Returns
    -------
    numpy.ndarray
        [cells, 2], float32. The same input and seed give the same bits.

    Raises
    ------
    InputError
        No such entry of obsm (nearest names), values that are not finite, or cells without a label.
    ConfigError
        A parameter out of its range.
    """
    import numpy as np

    from . import _core

    _anndata.require(adata)
    named = dict(n_neighbors=n_neighbors, min_dist=min_dist, spread=spread, umap_epochs=epochs, seed=seed)
    _options.check(_options.words_of(named, ("umap",)))
    if use_rep is None:
        points = pca(adata, n_components)[0]
        if len(points) != adata.n_obs:
            raise InputError("some cells have no label", hint="give use_rep=, or leave these cells out")
    elif use_rep in adata.obsm:
        points = np.asarray(adata.obsm[use_rep])
    else:
        names = [str(name) for name in adata.obsm.keys()]
        raise InputError(f"adata.obsm has no '{use_rep}'", hint=_core.near_names(use_rep, names))
    points = np.ascontiguousarray(points, dtype=np.float32)
    if not np.isfinite(points).all():
        raise InputError(f"obsm['{use_rep}'] holds values that are not finite")
    drawn: "np.ndarray" = _core.umap(points, n_neighbors, min_dist, spread, epochs, seed)
    if key_added is not None:
        params = dict(n_neighbors=n_neighbors, min_dist=min_dist, spread=spread, random_state=seed)
        if use_rep is not None:
            params["use_rep"] = use_rep  # type: ignore[assignment]
        adata.obsm[key_added] = drawn
        adata.uns["umap" if key_added == "X_umap" else key_added] = {"params": params}
    return drawn


@contextlib.contextmanager
def _screen_of(adata: Any, options: Any) -> Iterator[Any]:
    """The screen of an AnnData, mapped as long as the block runs."""
    from . import _core

    _anndata.require(adata)
    setup, layer = _anndata.setup_of(adata)
    words = [*setup, *_options.words_of(options, ("screen",))]
    folder = _temporary.new("screen")
    try:
        _anndata.write(adata, layer, folder / "screen.cells")
        yield _core.Screen.read(folder / "screen.cells", words, None, None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
