#!/usr/bin/env python3
"""Runs the tutorials and writes each as a page with its outputs.

usage: PYTHONPATH=build/release/python scripts/run_tutorials.py OUT [TUTORIAL.py ...]

OUT gets NAME.md and the pictures of each tutorial (python/tutorials/*.py, jupytext's percent format), run in a folder of its own. What a cell
prints and the value of its last expression stand below its code; matplotlib's axes become pictures. ./run docs puts the pages into the site.
"""
import ast
import contextlib
import io
import os
import pathlib
import re
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_LINES = 60  # of an output


def cells(text):
    """(is_markdown, source, line) of every cell."""
    found, current = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# %%"):
            current = ("[markdown]" in line, [], number + 1)
            found.append(current)
        elif current is not None:
            current[1].append(line)
    return [(markdown, "\n".join(lines).strip(), number) for markdown, lines, number in found]


def prose(source):
    return "\n".join(re.sub(r"^# ?", "", line) for line in source.splitlines())


def run_cell(source, line, file, names):
    """Runs a cell; returns the value of its last expression."""
    tree = ast.parse("\n" * (line - 1) + source, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), names)  # pylint: disable=exec-used
    return eval(compile(ast.Expression(last.value), file, "eval"), names) if last else None  # pylint: disable=eval-used


def figures_of(value):
    """The figure of matplotlib's axes, or of several in a list."""
    if hasattr(value, "get_figure"):
        return [value.get_figure()]
    if isinstance(value, (list, tuple)) or type(value).__name__ == "ndarray" and value.dtype == object:
        return list(dict.fromkeys(figure for item in value for figure in figures_of(item)))
    return []


def output_of(printed, value, out, picture):
    """Markdown of what a cell gave; pictures are written into `out` under names that begin with `picture`."""
    parts = []
    figures = figures_of(value)
    for i, figure in enumerate(figures):
        name = f"{picture}_{i}.svg"
        figure.savefig(out / name, bbox_inches="tight")
        parts.append(f"![]({name})")
    lines = [part for part in (printed.rstrip(), "" if value is None or figures else repr(value)) if part]
    lines = "\n".join(lines).splitlines()
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES] + [f"… and {len(lines) - MOST_LINES} more lines"]
    if lines:
        parts.insert(0, "```text\n" + "\n".join(lines) + "\n```")
    return parts


def page_of(tutorial, out):
    """Runs a tutorial in the present folder; its page as Markdown."""
    parts, names = [], {"__name__": "__main__"}
    for i, (is_markdown, source, line) in enumerate(cells(tutorial.read_text(encoding="utf-8"))):
        if is_markdown:
            parts.append(prose(source))
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = run_cell(source, line, str(tutorial), names)
        parts += [f"```python\n{source}\n```", *output_of(printed.getvalue(), value, out, f"{tutorial.stem}_{i}")]
    return "\n\n".join(parts) + "\n"


def write_page(tutorial, out):
    tutorial, out = pathlib.Path(tutorial).resolve(), pathlib.Path(out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            page = page_of(tutorial, out)
        finally:
            os.chdir(here)
    (out / f"{tutorial.stem}.md").write_text(page, encoding="utf-8")


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    import matplotlib
    matplotlib.use("Agg")
    failed = False
    for tutorial in sys.argv[2:] or sorted((ROOT / "python/tutorials").glob("*.py")):
        try:
            write_page(tutorial, sys.argv[1])
        except Exception:  # whatever it was: the others are run, too
            traceback.print_exc()
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
