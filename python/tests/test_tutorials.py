"""The tutorials run, as they stand, and become pages with their outputs."""

import os
import sys
from pathlib import Path

import pytest

SOURCE = Path(os.environ["GRACEVAE_SOURCE_DIR"])
FOLDER = SOURCE / "python" / "tutorials"


@pytest.fixture(scope="module")
def run_tutorials():
    pytest.importorskip("matplotlib").use("Agg")
    sys.path.insert(0, str(SOURCE / "scripts"))
    import run_tutorials

    return run_tutorials


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.py")))
def test_tutorial(name, tmp_path, run_tutorials):
    run_tutorials.write_page(FOLDER / name, tmp_path)
    page = (tmp_path / name).with_suffix(".md").read_text()
    assert page.startswith("# ") and "```text" in page
    assert page.count("![](") == len(list(tmp_path.glob("*.svg")))


def test_outputs(tmp_path, monkeypatch, run_tutorials):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(
        "# ---\n# x: y\n# ---\n\n# %% [markdown]\n# # A title\n\n# %%\nx = 3\nprint('said')\nx + 1\n\n# %%\ny = x\n"
    )
    run_tutorials.write_page("a.py", tmp_path / "out")
    page = (tmp_path / "out" / "a.md").read_text()
    assert (
        page == "# A title\n\n```python\nx = 3\nprint('said')\nx + 1\n```\n\n"
        "```text\nsaid\n4\n```\n\n```python\ny = x\n```\n"
    )
    (tmp_path / "a.py").write_text("# %%\nx = 1\nx / 0\n")
    with pytest.raises(ZeroDivisionError) as error:
        run_tutorials.write_page("a.py", tmp_path / "out")
    assert error.traceback[-1].lineno == 2, "the line of the tutorial"
