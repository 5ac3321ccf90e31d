"""Many variants on the same splits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional, Union

from . import _options, _program
from ._progress import Bar
from .errors import ConfigError

PathLike = Union[str, "os.PathLike[str]"]


def sweep(
    file: PathLike,
    folder: PathLike,
    *,
    screen: Optional[PathLike] = None,
    jobs: int = 0,
    task: str = "1/1",
    progress: Optional[bool] = None,
    **options: Any,
) -> Path:
    """Trains and scores every run of a sweep (docs/sweeps.md); finished ones are not made again.

    Parameters
    ----------
    file : path
        TOML file of the sweep.
    folder : path
        Where its runs go.
    screen : path, optional
        The screen, where the file names none.
    jobs : int
        Runs at a time; 0 = as many as processors.
    task : str
        Part i of n of the runs, "i/n", for clusters.
    progress : bool, optional
        False: no bar.
    **options
        Options of a run; they win over the file's.

    Returns
    -------
    pathlib.Path
        The folder, for :func:`table`.

    Raises
    ------
    Interrupted
        Stopped; the same call goes on.
    InputError
        Runs that failed, each with its reason.
    """
    words = _options.words_of(options, (*_options.RUN_SECTIONS, "evaluate", "sweep"))
    arguments = ["sweep", os.fspath(file), "-o", os.fspath(folder), f"--jobs={jobs}", f"--task={task}"]
    if screen is not None:
        arguments.append(f"--screen={os.fspath(screen)}")
    with Bar(progress) as bar:
        _program.run([*arguments, *_options.flags_of(words)], progress=bar)
    return Path(folder)


def table(number: int, runs: PathLike, *, format: str = "markdown") -> str:
    """One of the paper's tables from a sweep, beside its numbers and the baselines.

    Parameters
    ----------
    number : int
        1 to 6.
    runs : path
        Folder of the sweep.
    format : {"markdown", "latex", "tsv"}
        Of the text.

    Returns
    -------
    str
        The table.

    Raises
    ------
    IoError
        No folder of a sweep.
    InputError
        No finished run, or runs without what the table shows.
    ConfigError
        No such table or format.
    """
    if format not in ("markdown", "latex", "tsv"):
        raise ConfigError(f"format is '{format}'", place="format", found=str(format), expected="markdown, latex or tsv")
    return _program.run(["table", str(number), "--runs", os.fspath(runs), f"--format={format}"])
