"""What is understood of a screen before training."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any, Dict, Optional, Union

from . import _anndata, _options, _temporary


class Inspection:
    """What was understood; printing it shows the text for people.

    Attributes
    ----------
    text : str
        Cells, labels, coverage of the network, cost of training, what to do next.
    data : dict
        The same for machines (docs/formats-scores.md).
    """

    def __init__(self, text: str, data: Dict[str, Any]) -> None:
        self.text, self.data = text, data

    def __repr__(self) -> str:
        return self.text


def inspect(
    screen: Any, network: Union[str, "os.PathLike[str]", None] = None, *, quality: bool = False, **options: Any
) -> Inspection:
    """Looks at a screen: labels, control, coverage of the network, cost of training.

    Parameters
    ----------
    screen : anndata.AnnData or path
        A file of any format that the command line reads, or cells in memory.
    network : path, optional
        Folder of pathways and protein interactions.
    quality : bool
        Also: did the perturbations work (docs/quality.md)?
    **options
        Options of sections screen, network and quality.

    Returns
    -------
    Inspection
        Text and data.
    """
    from . import _core

    words = _options.words_of(dict(options, network=network), ("screen", "network", "quality"))
    if isinstance(screen, (str, os.PathLike)):
        text, data = _core.inspect([("screen.file", os.fspath(screen)), *words], quality, None, None)
        return Inspection(text, json.loads(data))
    _anndata.require(screen)
    setup, layer = _anndata.setup_of(screen)
    folder = _temporary.new("inspect")
    try:
        _anndata.write(screen, layer, folder / "screen.cells")
        words = [("screen.file", str(folder / "screen.cells")), *setup, *words]
        text, data = _core.inspect(words, quality, None, None)
        return Inspection(text, json.loads(data))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
