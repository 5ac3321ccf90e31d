"""What is understood of a screen before training."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import Any, Dict, Union

from . import _anndata, _options, _temporary, errors


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

    Raises
    ------
    InputError
        A screen that cannot be read at all. What can be said otherwise is in the text.
    IoError
        No such file.
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
        return Inspection(_for_python(text, network), json.loads(data))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _for_python(text: str, network: Any) -> str:
    """The text with calls of Python in place of commands."""
    about, _, commands = text.partition("\nnext\n")
    about = re.sub(r"--([a-z-]+) ([A-Z]+)", lambda flag: f"{flag[1].replace('-', '_')}={flag[2]}", about)
    given = "adata" if network is None else f"adata, network={os.fspath(network)!r}"
    calls = ["adata = gv.pp.prepare(adata)"] if "gracevae prepare" in commands else []
    if "gracevae train" in commands:
        calls.append(f"model = gv.{'CMVAE' if network is None else 'GraceVAE'}({given}).train()")
    return errors.spelled(about) + "\n" + ("next\n" + "".join(f"  {call}\n" for call in calls) if calls else "")
