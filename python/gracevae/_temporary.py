"""A private folder of this process for packed cells and runs that have no folder yet.

It is removed at exit. If the process is killed, a small helper process removes it: it waits for the end of a pipe whose
other end this process and its workers hold. A lock tells folders in use from those that were left behind anyhow (both
were killed, the machine went down), which the next process removes.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Iterator, Optional, Tuple

from .errors import IoError

MORE_ROOM = "set TMPDIR to a folder on a disk with more room before Python starts"
_REMOVER = 'read -r _; rm -rf -- "$0"'


class _Folder:
    def __init__(self) -> None:
        self.owner = os.getpid()
        base = Path(tempfile.gettempdir()) / f"gracevae-{os.getuid()}"
        base.mkdir(mode=0o700, exist_ok=True)
        if base.is_symlink() or base.stat().st_uid != os.getuid():
            raise IoError(f"{base} belongs to somebody else", hint="set TMPDIR to a folder of your own")
        with open(base / ".lock", "w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            _remove_remains(base)
            self.path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))
            self._lock = os.open(self.path / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        reading, self.writing = os.pipe()
        try:
            self._remover = subprocess.Popen(
                ["/bin/sh", "-c", _REMOVER, str(self.path)],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(reading)

    def remove(self) -> None:
        if os.getpid() != self.owner:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.writing)
        os.close(self._lock)
        self._remover.wait()


def _remove_remains(base: Path) -> None:
    for folder in base.iterdir():
        try:
            lock = os.open(folder / ".lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # in use
        finally:
            os.close(lock)


_folder: Optional[_Folder] = None
_making = threading.Lock()


def _after_fork() -> None:
    global _making
    _making = threading.Lock()  # another thread of the parent's may have held it


os.register_at_fork(after_in_child=_after_fork)


def folder() -> Path:
    """The folder of this process, made when it is first asked for; a forked process gets its own."""
    global _folder
    with _making:
        if _folder is None or _folder.owner != os.getpid():
            _folder = _Folder()
        return _folder.path


def new(kind: str) -> Path:
    """A new empty folder in it."""
    return Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=folder()))


@contextlib.contextmanager
def held(kind: str) -> Iterator[Path]:
    """A new folder for as long as the block runs. IoError about a file in it says how to give it more room."""
    made = new(kind)
    try:
        yield made
    except IoError as error:
        if not error.place.startswith(str(made)):
            raise
        raise IoError(
            error.message, place=error.place, found=error.found, expected=error.expected, hint=MORE_ROOM
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def keep_open() -> Tuple[int, ...]:
    """Descriptors that a worker inherits: the folder stays as long as it runs."""
    return (_folder.writing,) if _folder is not None and _folder.owner == os.getpid() else ()


@atexit.register
def _remove() -> None:
    if _folder is not None:
        _folder.remove()
