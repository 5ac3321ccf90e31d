"""The program gracevae as a child process: LibTorch lives there, never in the user's process."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from . import _temporary
from .errors import ConfigError, Error, Interrupted, IoError, from_parts, is_of_packed, spelled

Progress = Callable[[str, int, int, float, str], None]
_KILL_AFTER = 10.0  # seconds that a child has to end when nobody listens to it any more


@functools.lru_cache(maxsize=1)
def path() -> str:
    """The program of the same build: GRACEVAE in the environment, that of the wheel or build folder, or of PATH."""
    here = Path(__file__).parent
    beside = os.path.join(os.path.abspath(here), "..", "..", "gracevae")  # of a build folder, whose files are links
    for place in (os.environ.get("GRACEVAE", ""), str(here / "_native" / "bin" / "gracevae"), beside):
        if place and os.path.isfile(place) and os.access(place, os.X_OK):
            return os.path.abspath(place)
    found = shutil.which("gracevae")
    if not found:
        raise IoError(
            "the program gracevae is not found",
            hint="install the package gracevae, or name the program with GRACEVAE in the environment",
        )
    return found


@functools.lru_cache(maxsize=1)
def _require_same_version() -> None:
    from . import _core

    answer = subprocess.run([path(), "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if answer != _core.version:
        raise IoError(
            f"{path()} is version {answer or 'unknown'}", expected=_core.version, hint="install both from one build"
        )


def run(
    arguments: Sequence[str], *, progress: Optional[Progress] = None, warn: bool = True, cwd: Optional[str] = None
) -> str:
    """Runs a command to its end and returns what it printed for people.

    Ctrl-C asks it to stop and waits until it has saved; a second Ctrl-C ends it at once.

    Raises
    ------
    Error
        As the library raises them, with the options as keywords.
    Interrupted
        It was stopped.
    """
    _require_same_version()
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaints:
        events, status, stopped = _listen(arguments, printed, complaints, progress, cwd)
        complaints.seek(0)
        said = complaints.read().decode("utf-8", "replace")
        _raise(events, status, bool(stopped), said)
        if warn:
            _warn(events)
        printed.seek(0)
        return printed.read().decode("utf-8", "replace")


def _listen(
    arguments: Sequence[str],
    printed: IO[bytes],
    complaints: IO[bytes],
    progress: Optional[Progress],
    cwd: Optional[str],
) -> Tuple[List[Dict[str, Any]], int, List[int]]:
    events: List[Dict[str, Any]] = []
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as lines:
        try:
            child = _start(arguments, printed, complaints, writing, cwd)
        finally:
            os.close(writing)
        with _ended(child), _interrupts(child) as interrupts:
            for line in lines:
                event = json.loads(line)
                if event["event"] != "progress":
                    events.append(event)
                elif progress:
                    progress(event["task"], event["done"], event["total"], event["seconds_left"], event["detail"])
            child.wait()
    return events, child.returncode, interrupts


@contextlib.contextmanager
def _interrupts(child: "subprocess.Popen[bytes]") -> Iterator[List[int]]:
    """Ctrl-C asks the child to stop, a second one ends it; nothing is raised in between. Gives the signals that came.

    Only the main thread gets signals; in others, and where the host ignores them, this does nothing.
    """
    came: List[int] = []

    def on_signal(number: int, _: object) -> None:
        came.append(number)
        if child.returncode is None:
            child.send_signal(signal.SIGINT if len(came) == 1 else signal.SIGKILL)

    ours = threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, on_signal) if ours else None
    try:
        yield came
    finally:
        if ours:
            signal.signal(signal.SIGINT, before)


def _start(
    arguments: Sequence[str], printed: IO[bytes], complaints: IO[bytes], writing: int, cwd: Optional[str]
) -> "subprocess.Popen[bytes]":
    keep = _temporary.keep_open()
    environment = dict(os.environ, GRACEVAE_PARENT=str(os.getpid()), GRACEVAE_EVENTS=str(writing))
    return subprocess.Popen(
        [path(), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=printed,
        stderr=complaints,
        env=environment,
        cwd=cwd,
        pass_fds=(writing, *keep),
        start_new_session=True,  # Ctrl-C in a terminal reaches this process only, which passes it on once
    )


@contextlib.contextmanager
def _ended(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Whatever happens, the child has ended and is collected afterwards."""
    try:
        yield
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(_KILL_AFTER)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _raise(events: List[Dict[str, Any]], status: int, stopped: bool, said: str) -> None:
    for event in events:
        if event["event"] == "error":
            parts = {name: event[name] for name in ("place", "found", "expected", "hint")}
            raise from_parts(event["code"], event["message"], **parts)
    if stopped:
        raise Interrupted("stopped by Ctrl-C")
    if status == 0:
        return
    text = said.strip().removeprefix("gracevae: ").removeprefix("error: ")
    if status == 2:  # its own reading of the arguments
        raise ConfigError(text.splitlines()[0] if text else "the program refused its arguments")
    if status < 0:
        name = signal.Signals(-status).name
        raise Error(
            f"the program was ended by {name}" + (f": {text}" if text else ""),
            hint="was there enough memory?" if name == "SIGKILL" else "",
        )
    message, _, hint = text.partition("\n  hint: ")
    if "not enough memory" in message:
        raise MemoryError(text)
    raise Error(message or f"the program ended with code {status}", hint=hint)


def _warn(events: List[Dict[str, Any]]) -> None:
    """What the program warned of; what there is to say of an AnnData was said when the model was made."""
    import warnings

    for event in events:
        if event["event"] == "message" and event["level"] == "warning" and not is_of_packed(event["text"]):
            warnings.warn(spelled(event["text"]), UserWarning, stacklevel=4)
