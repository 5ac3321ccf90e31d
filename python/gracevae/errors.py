"""Errors, with what they say in parts.

All but :class:`Interrupted` derive from :class:`Error`; each is also the built-in exception that fits, so that
``except ValueError`` works as for any other library.
"""

from __future__ import annotations

import re
from typing import Dict, Optional, Type

__all__ = ["Error", "InputError", "ConfigError", "IoError", "NumericalError", "Interrupted"]


class _Parts:
    """What went wrong.

    Attributes
    ----------
    message : str
        Place, what was found and what was expected, in one sentence.
    place : str
        File, column, cell or key of an option; may be empty.
    found, expected : str
        What is there, and what should be; ``expected`` may be empty.
    hint : str
        What to do about it; may be empty.
    """

    message: str = ""
    place: str = ""
    found: str = ""
    expected: str = ""
    hint: str = ""

    def __init__(
        self, message: str = "", *, place: str = "", found: str = "", expected: str = "", hint: str = ""
    ) -> None:
        self.message, self.place, self.found = message, place, found or message
        self.expected, self.hint = expected, hint
        super().__init__(message + (f"\n  hint: {hint}" if hint else ""))  # type: ignore[call-arg]

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return (_rebuild, (type(self), self.message, self.place, self.found, self.expected, self.hint))


def _rebuild(kind, message, place, found, expected, hint):  # type: ignore[no-untyped-def]
    return kind(message, place=place, found=found, expected=expected, hint=hint)


class Error(_Parts, Exception):
    """Base class; raised itself only for a failure that has no better name."""


class InputError(Error, ValueError):
    """The data cannot be used as they are."""


class ConfigError(Error, ValueError):
    """Options contradict each other, the data or their range."""


class IoError(Error, OSError):
    """A file cannot be read or written."""

    def __str__(self) -> str:
        return self.message + (f"\n  hint: {self.hint}" if self.hint else "")


class NumericalError(Error, ArithmeticError):
    """The computation failed: a loss that is not finite."""


class Interrupted(_Parts, KeyboardInterrupt):
    """Stopped by Ctrl-C or a signal, after everything was saved that could be.

    As :class:`KeyboardInterrupt` is, it is no :class:`Exception`: ``except Exception`` lets it pass.
    """


_KINDS: Dict[str, Type[BaseException]] = {
    "input": InputError,
    "config": ConfigError,
    "io": IoError,
    "numerical": NumericalError,
    "interrupted": Interrupted,
}

# Options that have another name in Python.
PYTHON_NAMES = {
    "screen.label_column": "labels_key",
    "screen.gene_column": "gene_key",
    "screen.matrix": "layer",
    "train.lambda": "lambda_",
    "predict.in": "in_",
}
_PACKED = re.compile(r"[^\s']*/gracevae-\d+/[^\s'/]+/[^\s'/]+/screen\.cells")  # of an AnnData in memory
_KEY = re.compile(r"(?<![\w/.-])([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)(?![\w/-])")
_VALUE = re.compile(r" ('[^']*'|\d+(?:\.\d+)?|[A-Z][A-Z_]+|true|false)(?=$|[\s.,;:)])")


def _keyword(key: str) -> str:
    return PYTHON_NAMES.get(key, key.partition(".")[2])


def spelled(text: str) -> str:
    """A text of the library with its options as keywords of Python.

    Examples
    --------
    >>> spelled("leave them out with screen.missing_labels drop")
    'leave them out with missing_labels="drop"'
    """
    from . import _options

    known = _options.known()
    text = _PACKED.sub("adata", text)
    out, at = "", 0
    for match in _KEY.finditer(text):
        option = known.get(match[1])
        if option is None:
            continue
        out += text[at : match.start()] + _keyword(match[1])
        at = match.end()
        value = _VALUE.match(text, at)
        word = re.match(r" ([\w-]+)", text[at:])
        if value:
            out += "=" + {"true": "True", "false": "False"}.get(value[1], value[1])
            at = value.end()
        elif word and word[1] in option["choices"]:
            out += f'="{word[1]}"'
            at += word.end()
    return out + text[at:]


def is_of_packed(text: str) -> bool:
    """Whether a message is about an AnnData in memory."""
    return bool(_PACKED.search(text))


def from_parts(
    code: str, message: str, place: str = "", found: str = "", expected: str = "", hint: str = ""
) -> BaseException:
    """The exception of an error that the library has put in parts."""
    kind = _KINDS.get(code, Error)
    return kind(  # type: ignore[call-arg]
        spelled(message), place=spelled(place), found=spelled(found), expected=spelled(expected), hint=spelled(hint)
    )


def wrong_type(name: str, given: object, expected: str, hint: Optional[str] = None) -> InputError:
    """An argument of a type that cannot be used: says what was given."""
    kind = type(given)
    shown = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return InputError(
        f"{name}: {shown}, expected {expected}", place=name, found=shown, expected=expected, hint=hint or ""
    )
