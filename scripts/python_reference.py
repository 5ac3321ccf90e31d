#!/usr/bin/env python3
"""Writes docs/python-reference.md from the docstrings of python/gracevae, read as text: nothing is imported.

usage: python_reference.py [--check] [--self-test]
  --check   change nothing; exit code 1 when the page is stale, or something public has no docstring
"""
import ast
import inspect
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "python-reference.md"
HEAD = """<!-- Made by scripts/python_reference.py: do not edit. -->

# Python reference

Made from the docstrings; [how to use it](python.md). `import gracevae as gv`.
"""
# (heading, file, names; None: everything public)
PARTS = [
    ("Models", "models.py", ["Model", "GraceVAE", "CMVAE", "CMVAEMultihot", "VGAE", "SENA", "Control", "MeanShift", "Additive", "Linear",
                             "load", "Report"]),
    ("How data are read", "_anndata.py", ["setup_anndata"]),
    ("Inspect", "_inspect.py", ["inspect", "Inspection"]),
    ("Context graph", "_graph.py", ["context_graph", "ContextGraph"]),
    ("Effects of what was not measured", "_effects.py", ["effects", "Effects", "cross_validate_effects", "design", "power"]),
    ("gv.pp", "pp.py", None),
    ("gv.tl", "tl.py", None),
    ("gv.pl", "pl.py", None),
    ("gv.metrics", "metrics.py", None),
    ("Simulate", "_simulate.py", ["simulate", "Simulation"]),
    ("Sweeps", "_sweep.py", None),
    ("Options", "_options.py", ["describe"]),
    ("Errors", "errors.py", ["Error", "InputError", "ConfigError", "IoError", "NumericalError", "Interrupted"]),
]
RENAMED = {"describe": "describe_options"}
SECTION = re.compile(r"^(Parameters|Returns|Raises|Attributes)\n-+\n", re.M)


def escaped(text):
    """Markdown as it stands: roles of Sphinx become code, bars would end a cell."""
    text = re.sub(r":(?:func|class|meth|attr):`([^`]+)`", r"`\1`", text)
    return text.replace("``", "`").replace("|", "\\|").replace("**", "\\*\\*")


def items_of(section):
    """(name and type, text) of a section in NumPy's form."""
    items = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            items.append([line.strip(), []])
        elif line.strip() and items:
            items[-1][1].append(line.strip())
    return [(head, " ".join(text)) for head, text in items]


def markdown_of(doc):
    parts = SECTION.split(inspect.cleandoc(doc))
    lines = [escaped(parts[0].strip())]
    for name, body in zip(parts[1::2], parts[2::2]):
        lines += ["", f"| {name.lower()} | |", "| --- | --- |"]
        lines += [f"| {escaped(head)} | {escaped(text)} |" for head, text in items_of(body)]
    return "\n".join(lines)


def signature_of(function):
    """Names and defaults; types are in the table."""
    arguments = function.args
    for argument in arguments.args + arguments.kwonlyargs + [a for a in (arguments.vararg, arguments.kwarg) if a]:
        argument.annotation = None
    return re.sub(r"^(self|cls)(, )?", "", ast.unparse(arguments))


def is_property(function):
    return any(isinstance(d, ast.Name) and d.id == "property" for d in function.decorator_list)


def entries(prefix, node, level):
    """Markdown of a function, or of a class and what is public in it."""
    doc = ast.get_docstring(node)
    name = prefix + RENAMED.get(node.name, node.name)
    if not doc:
        raise SystemExit(f"{name} has no docstring")
    if isinstance(node, ast.ClassDef):
        bases = [ast.unparse(base) for base in node.bases if not ast.unparse(base).startswith("_")]
        yield f"{'#' * level} {name}\n\n" + (f"A {bases[0]}. " if bases else "") + markdown_of(doc)
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and not item.name.startswith("_"):
                yield from entries(name.split(".")[-1] + ".", item, level + 1)
    else:
        call = "" if is_property(node) else f"({signature_of(node)})"
        yield f"{'#' * level} {name}\n\n`{name}{call}`\n\n" + markdown_of(doc)


def page():
    text = [HEAD]
    for heading, file, names in PARTS:
        text.append(f"## {heading}\n")
        module = ast.parse((ROOT / "python" / "gracevae" / file).read_text(encoding="utf-8"))
        found = {n.name: n for n in module.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and not n.name.startswith("_")}
        prefix = f"{heading}." if heading.startswith("gv.") else "gv."
        for name in names or found:
            text += [entry + "\n" for entry in entries(prefix, found[name], 3)]
    return "\n".join(text)


def self_test():
    doc = "Does it.\n\nParameters\n----------\na : int\n    One | two,\n    three.\n\nReturns\n-------\nint\n    See :func:`f`."
    expected = "Does it.\n\n| parameters | |\n| --- | --- |\n| a : int | One \\| two, three. |\n\n| returns | |\n| --- | --- |\n| int | See `f`. |"
    assert markdown_of(doc) == expected, markdown_of(doc)
    function = ast.parse("def f(self, a: int, *, b: str = 'x', **c: Any): pass").body[0]
    assert signature_of(function) == "a, *, b='x', **c", signature_of(function)
    print("self-test: passed")


def main():
    if "--self-test" in sys.argv[1:]:
        return self_test()
    text = page()
    if "--check" not in sys.argv[1:]:
        return PAGE.write_text(text, encoding="utf-8")
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{PAGE.relative_to(ROOT)} is stale: run scripts/python_reference.py")
    return None


if __name__ == "__main__":
    sys.exit(main())
