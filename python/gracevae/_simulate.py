"""Screens whose latent graph is known."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Dict, Union

from . import _options, _temporary


class Simulation:
    """A simulated screen.

    Attributes
    ----------
    adata : anndata.AnnData
        Cells x genes on a log1p scale; obs["condition"], obsm["u"] the latents.
    network : pathlib.Path
        Folder of the networks that go with it, for ``gv.GraceVAE(adata, network=…)``.
    truth_file : pathlib.Path
        truth.json, for ``model.evaluate(truth=…)``.
    truth : dict
        Its content (docs/formats.md).
    folder : pathlib.Path
        Where the files are; a private one goes when Python ends.
    """

    def __init__(self, folder: Path) -> None:
        import anndata

        self.folder = folder
        self.network = folder / "network"
        self.truth_file = folder / "truth.json"
        self.truth: Dict[str, Any] = json.loads(self.truth_file.read_text())
        self.adata: anndata.AnnData = anndata.read_h5ad(folder / "screen.h5ad")

    def __repr__(self) -> str:
        return f"<gracevae simulation: {self.adata.n_obs} cells x {self.adata.n_vars} genes, in {self.folder}>"


def simulate(
    folder: Union[str, "os.PathLike[str]", None] = None, *, progress: Any = None, **options: Any
) -> Simulation:
    """Draws a screen from a known causal model (docs/simulate.md).

    Parameters
    ----------
    folder : path, optional
        Where to write it; a private folder by default.
    progress : callable, optional
        Called with task, done, total, seconds left and detail.
    **options
        Options of section simulate: preset ("tiny", "chain5", "norman-like", "replogle-like"), latents, genes, seed, …

    Returns
    -------
    Simulation
        Cells, network and truth.

    Raises
    ------
    ConfigError
        Options out of range, or that contradict each other.
    IoError
        The folder cannot be written.
    """
    from . import _core

    words = _options.words_of(options, ("simulate",))
    target = Path(os.path.abspath(os.fspath(folder))) if folder is not None else _temporary.new("simulation")
    try:
        _core.simulate(target, words, None, progress)
        return Simulation(target)
    except BaseException:
        if folder is None:
            shutil.rmtree(target, ignore_errors=True)
        raise
