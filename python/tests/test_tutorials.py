"""The tutorials run, as they stand."""

import os
import runpy
from pathlib import Path

import pytest

FOLDER = Path(os.environ["GRACEVAE_SOURCE_DIR"], "python", "tutorials")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.py")))
def test_tutorial(name, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(FOLDER / name), run_name="__main__")
