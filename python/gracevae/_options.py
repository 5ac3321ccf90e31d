"""Options by keyword: the library's own list, so that a name, a range or a default stands once."""

from __future__ import annotations

import functools
import os
from typing import Any, Dict, Iterable, List, Sequence, Tuple

from .errors import ConfigError

Words = List[Tuple[str, str]]

RUN_SECTIONS = ("screen", "network", "features", "split", "model", "train")
# Words that Python does not allow or that the field calls otherwise.
_RENAMED = {
    "lambda_": "lambda",
    "in_": "in",
    "labels_key": "screen.label_column",
    "gene_key": "screen.gene_column",
    "max_epochs": "train.epochs",
}


@functools.lru_cache(maxsize=1)
def known() -> Dict[str, Dict[str, Any]]:
    """Every option by its key: key, help, value (the default), choices, low, high."""
    from . import _core

    return {option["key"]: option for option in _core.list_options()}


def text_of(value: Any) -> str:
    """A value as the library's words have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [text_of(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
        wrong = [item for item in items if "," in item]
        if wrong:
            raise ConfigError(f"'{wrong[0]}' holds a comma, which stands between the items of a list")
        return ",".join(items)
    if isinstance(value, float):
        return repr(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def key_of(name: str, sections: Iterable[str]) -> str:
    """The key of an option that some sections have. ConfigError with the nearest names."""
    from . import _core

    asked = _RENAMED.get(name, name)
    found = [key for key in known() if key == asked or key.partition(".")[2] == asked]
    found = [key for key in found if key.partition(".")[0] in sections]
    if found:
        return found[0]
    names = [key.partition(".")[2] for key in known() if key.partition(".")[0] in sections]
    raise ConfigError(
        f"there is no option '{name}' here", place=name, hint=_core.near_names(name, names + list(_RENAMED))
    )


def words_of(options: Dict[str, Any], sections: Sequence[str]) -> Words:
    """Keywords as the library's words; None is left out."""
    return [(key_of(name, sections), text_of(value)) for name, value in options.items() if value is not None]


def check(words: Words) -> None:
    """ConfigError for a value that is out of range or no choice, or options that contradict each other."""
    from . import _core

    _core.list_options(words)


def flags_of(words: Words) -> List[str]:
    """Words as arguments of the program."""
    return [f"--{key.partition('.')[2].replace('_', '-')}={text}" for key, text in words]


def describe(*sections: str) -> Any:
    """Every option: a table of name, default, choices, range and meaning.

    Parameters
    ----------
    *sections
        Of these sections only: screen, network, split, model, train, predict, evaluate, explain, umap, report,
        simulate, prepare, quality, sweep, features.

    Returns
    -------
    pandas.DataFrame
        One row an option, by its key.

    Raises
    ------
    ConfigError
        No such section, with the nearest ones.
    """
    import pandas as pd

    from . import _core

    names = sorted({key.partition(".")[0] for key in known()})
    for section in sections:
        if section not in names:
            raise ConfigError(f"there is no section '{section}'", place=section, hint=_core.near_names(section, names))
    rows = [option for key, option in known().items() if not sections or key.partition(".")[0] in sections]
    return pd.DataFrame(rows).set_index("key")[["value", "choices", "low", "high", "help"]]
