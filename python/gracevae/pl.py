"""Plots with matplotlib, as scanpy.pl. Every function draws into ``ax``, or a new figure, and returns the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

from .errors import InputError

if TYPE_CHECKING:
    import anndata
    import pandas as pd

    from .models import Model


def _axes(ax: Any, **size: Any) -> Any:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained", **size)[1]


def history(model: "Model", *, terms: Sequence[str] = ("loss", "validation"), ax: Any = None) -> Any:
    """Loss and validation score over the epochs.

    Parameters
    ----------
    model : Model
        Trained, or stopped.
    terms : list of str
        Columns of ``model.history``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        A term that the history lacks.
    """
    table = model.history
    ax = _axes(ax)
    for term in terms:
        if term not in table:
            raise InputError(f"history has no column '{term}'", hint=", ".join(map(str, table.columns)))
        shown = table[term].dropna()
        ax.plot(shown.index, shown, marker="o", markersize=3, label=term)
    ax.set_xlabel("epoch")
    ax.legend(frameon=False)
    return ax


def scores(
    table: "pd.DataFrame", metric: str = "pearson_delta", *, kind: str = "double", gene_set: str = "de", ax: Any = None
) -> Any:
    """One score of the model beside the baselines and the ceiling, with standard errors.

    Parameters
    ----------
    table : pandas.DataFrame
        Of ``model.evaluate()`` or :func:`gracevae.metrics.evaluate`.
    metric, kind, gene_set : str
        Which rows.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        No row of this score, kind and gene set, with the scores that there are.
    """
    rows = table[(table["metric"] == metric) & (table["kind"] == kind) & (table["gene_set"] == gene_set)]
    rows = rows.dropna(subset=["value"])
    if rows.empty:
        names = sorted(set(table.loc[(table["kind"] == kind) & (table["gene_set"] == gene_set), "metric"]))
        raise InputError(f"no score '{metric}' of kind '{kind}', gene set '{gene_set}'", hint=", ".join(names))
    ax = _axes(ax)
    colours = ["C1" if method == "model" else "C0" for method in rows["method"]]
    ax.barh(rows["method"], rows["value"], xerr=rows["error"].fillna(0.0), color=colours)
    ax.invert_yaxis()
    ax.set_xlabel(f"{metric}, {kind}s, genes: {gene_set}")
    return ax


def effects(table: "pd.DataFrame", condition: Optional[str] = None, *, n_genes: int = 20, ax: Any = None) -> Any:
    """The genes that a condition moves most surely, with standard errors.

    Parameters
    ----------
    table : pandas.DataFrame
        Of ``model.effects(…)``.
    condition : str, optional
        Which; the first by default.
    n_genes : int
        How many.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        A condition that the table lacks.
    """
    name = condition if condition is not None else str(table["condition"].iloc[0])
    rows = table[table["condition"] == name]
    if rows.empty:
        raise InputError(f"no effects of '{name}'", hint=", ".join(sorted(set(table["condition"]))))
    sure = rows["effect"].abs() - 1.96 * rows["se"].fillna(0.0)
    rows = rows.loc[sure.nlargest(n_genes).index]
    ax = _axes(ax)
    colours = ["C3" if effect > 0 else "C0" for effect in rows["effect"]]
    ax.barh(rows["gene"], rows["effect"], xerr=1.96 * rows["se"].fillna(0.0), color=colours)
    ax.invert_yaxis()
    ax.axvline(0, color="0.5", linewidth=0.8)
    ax.set_xlabel(f"effect of {name}, 95 % interval")
    return ax


def umap(adata: "anndata.AnnData", color: Optional[str] = None, *, size: float = 4, ax: Any = None) -> Any:
    """Cells by obsm["X_umap"], coloured by a column of obs or a gene.

    Parameters
    ----------
    adata : anndata.AnnData
        With X_umap: of ``model.umap()``, or :func:`gracevae.tl.umap`.
    color : str, optional
        Column of obs, or name of a gene.
    size : float
        Of the points.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        No X_umap, or a name that is neither a column of obs nor a gene.
    """
    import numpy as np
    import pandas as pd

    if "X_umap" not in adata.obsm:
        raise InputError("adata.obsm has no 'X_umap'", hint='gv.tl.umap(adata, key_added="X_umap")')
    xy = np.asarray(adata.obsm["X_umap"])
    ax = _axes(ax)
    if color is None:
        ax.scatter(xy[:, 0], xy[:, 1], s=size, linewidths=0)
    elif color in adata.obs and not pd.api.types.is_numeric_dtype(adata.obs[color].dtype):
        column = adata.obs[color].astype(str)
        for name in dict.fromkeys(column):
            chosen = (column == name).to_numpy()
            ax.scatter(xy[chosen, 0], xy[chosen, 1], s=size, linewidths=0, label=name)
        ax.legend(frameon=False, markerscale=3, fontsize="small")
    else:
        try:
            values = adata.obs_vector(color)
        except KeyError:
            raise InputError(f"'{color}' is neither a column of obs nor a gene") from None
        drawn = ax.scatter(xy[:, 0], xy[:, 1], s=size, linewidths=0, c=np.asarray(values, dtype=float))
        ax.figure.colorbar(drawn, ax=ax, label=color)
    ax.set_xlabel("UMAP 1")
    ax.set_ylabel("UMAP 2")
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def graph(model: Union["Model", "pd.DataFrame"], *, ax: Any = None) -> Any:
    """The latent graph on a circle; solid edges raise their child, dashed ones lower it.

    Parameters
    ----------
    model : Model or pandas.DataFrame
        A trained model, or ``model.graph(as_frame=True)``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    import numpy as np

    edges = model if hasattr(model, "columns") else model.graph(as_frame=True)  # type: ignore[union-attr]
    names = list(dict.fromkeys([*edges["from"], *edges["to"]]))
    if not hasattr(model, "columns"):
        names = list(dict.fromkeys([*sorted(model.programs().index), *names]))  # type: ignore[union-attr]
    angle = 2 * np.pi * np.arange(len(names)) / max(1, len(names))
    place = {name: (float(np.cos(a)), float(np.sin(a))) for name, a in zip(names, angle)}
    ax = _axes(ax)
    largest = float(np.abs(edges["weight"]).max()) if len(edges) else 1.0
    for start, end, weight in zip(edges["from"], edges["to"], edges["weight"]):
        style = dict(arrowstyle="-|>", lw=0.5 + 2.5 * abs(weight) / largest, ls="-" if weight > 0 else "--")
        style.update(color="C3" if weight > 0 else "C0", shrinkA=14, shrinkB=14)
        ax.annotate("", xy=place[end], xytext=place[start], arrowprops=style)
    for name, (x, y) in place.items():
        ax.text(x, y, name, ha="center", va="center", bbox=dict(boxstyle="circle", fc="white", ec="0.4"))
    ax.set_xlim(-1.3, 1.3)
    ax.set_ylim(-1.3, 1.3)
    ax.set_aspect("equal")
    ax.axis("off")
    return ax
