"""Progress bars: tqdm where it is installed, nothing elsewhere."""

from __future__ import annotations

from typing import Any, Optional


class Bar:
    """One bar for each task that is reported; to be used in a ``with`` block."""

    def __init__(self, shown: Optional[bool] = None) -> None:
        self.asked = shown is True
        self.shown = shown is not False
        self.bar: Any = None
        self.task = ""

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def __call__(self, task: str, done: int, total: int, seconds_left: float, detail: str) -> None:
        if not self.shown:
            return
        if self.bar is None or task != self.task:
            self.close()
            try:
                from tqdm.auto import tqdm
            except ImportError:
                self.shown = False
                return
            self.task = task
            # A notebook's standard error is no terminal; elsewhere without one, nothing is drawn unless asked for.
            in_notebook = any(base.__name__ == "tqdm_notebook" for base in tqdm.__mro__)
            quiet = False if self.asked or in_notebook else None
            self.bar = tqdm(total=total, desc=task, disable=quiet, bar_format=_FORMAT)
        self.bar.total = total
        self.bar.n = done
        self.bar.set_postfix_str(detail.splitlines()[0] if detail else "", refresh=False)
        self.bar.refresh()


_FORMAT = "{desc} {percentage:3.0f} %|{bar}| {elapsed}<{remaining}{postfix}"
