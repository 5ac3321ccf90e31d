"""The context graph of genes and pathways, before anything is trained."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, List, Union

from . import _options
from .errors import spelled

if TYPE_CHECKING:
    import anndata
    import pandas as pd

_KINDS = ("gene-gene", "gene-pathway", "pathway-pathway")


class ContextGraph:
    """Genes and pathways and what joins them, as graph encoders read it.

    Attributes
    ----------
    nodes : pandas.DataFrame
        By name, genes in the screen's order and then pathways: kind ("gene" or "pathway"), degree (number of edges).
    edges : pandas.DataFrame
        from, to (names; from stands first in ``nodes``), kind ("gene-gene", "gene-pathway" or "pathway-pathway").
        Undirected, without repeats.
    warnings : list of str
        Files of which few names are known, and what was seen in them.
    """

    def __init__(self, nodes: "pd.DataFrame", edges: "pd.DataFrame", warnings: List[str]) -> None:
        self.nodes, self.edges, self.warnings = nodes, edges, warnings

    def to_networkx(self) -> Any:
        """The same as a graph of networkx, kinds as attributes.

        Returns
        -------
        networkx.Graph
            Undirected.

        Raises
        ------
        ImportError
            networkx is not installed.
        """
        import networkx as nx

        graph = nx.Graph()
        for name, kind in self.nodes["kind"].items():
            graph.add_node(name, kind=kind)
        for row in self.edges.itertuples(index=False):
            graph.add_edge(row[0], row[1], kind=row[2])
        return graph

    def __repr__(self) -> str:
        genes = self.nodes[self.nodes["kind"] == "gene"]
        counts = self.edges["kind"].value_counts()
        edges = ", ".join(f"{counts[kind]} {kind}" for kind in _KINDS if kind in counts) or "no"
        return (
            f"<gracevae context graph: {len(genes)} genes ({int((genes['degree'] > 0).sum())} with an edge), "
            f"{len(self.nodes) - len(genes)} pathways, {edges} edges>"
        )


def context_graph(adata: "anndata.AnnData", network: Union[str, "os.PathLike[str]"], **options: Any) -> ContextGraph:
    """The graph that a model with this network would be given.

    Parameters
    ----------
    adata : anndata.AnnData
        The screen, whose genes are the first nodes. Not changed.
    network : path
        Folder of pathways and protein interactions.
    **options
        Options of sections network and screen: level ("gg", "gg+pg", "gg+pg+pp", "full"), … as
        ``gv.describe_options("network")`` lists them.

    Returns
    -------
    ContextGraph
        Tables of nodes and edges.

    Raises
    ------
    InputError
        Files that hold no name of the screen's genes, or are damaged.
    ConfigError
        No such option, no such folder, or options that contradict each other.
    """
    import numpy as np
    import pandas as pd

    from . import _core
    from .tl import _screen_of

    words = _options.words_of(options, ("network", "screen"))
    _options.check(words)
    network = os.path.abspath(os.fspath(network))
    screen_words = {key.partition(".")[2]: text for key, text in words if key.startswith("screen.")}
    with _screen_of(adata, screen_words) as screen:
        found = _core.context_graph(screen, network, words, None)
        names = np.array([*screen.genes, *found["pathways"]], dtype=object)
    n_genes, ends = found["n_genes"], found["edges"]
    nodes = pd.DataFrame(
        dict(
            kind=np.where(np.arange(len(names)) < n_genes, "gene", "pathway"),
            degree=np.bincount(ends.ravel(), minlength=len(names)),
        ),
        index=pd.Index(names, name="name"),
    )
    kinds = np.array(_KINDS, dtype=object)[(ends >= n_genes).sum(axis=1)]
    edges = pd.DataFrame({"from": names[ends[:, 0]], "to": names[ends[:, 1]], "kind": kinds})
    return ContextGraph(nodes, edges, [spelled(warning) for warning in found["warnings"]])
