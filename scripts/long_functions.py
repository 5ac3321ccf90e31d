#!/usr/bin/env python3
"""Lists functions of clang-formatted C++ with more than so many lines or parameters.

    scripts/long_functions.py [--lines 60] [--parameters 6] [FOLDER ...]

The formatting stands in for a parser: a body ends at the next closing brace with the indentation of its signature.
"""
import argparse
import pathlib
import re

NO_FUNCTION = re.compile(r"\s*(?:[}#/]|(?:if|else|for|while|switch|do|try|case|default|return|namespace|class|struct|"
                         r"enum|union|extern|using|auto|const auto)\b)")
LONGEST_SIGNATURE = 30  # lines


def n_parameters(signature):
    """Of the first parentheses after a name; None where there are none."""
    start = re.search(r"[\w>=\]+*/-]\(", signature)
    if not start:
        return None
    depth, commas, text = 0, 0, ""
    for c in signature[start.end():]:
        if c == ")" and depth == 0:
            return commas + 1 if text.strip() else 0
        depth += (c in "([{<") - (c in ")]}>")
        commas += c == "," and depth == 0
        text += c
    return None


def functions(lines):
    """(first line, last line, number of parameters, name) of definitions and declarations."""
    at = 0
    while at < len(lines):
        indent = len(lines[at]) - len(lines[at].lstrip())
        if not lines[at].strip() or indent > 4 or NO_FUNCTION.match(lines[at]):
            at += 1
            continue
        end = at
        while end + 1 < len(lines) and end - at < LONGEST_SIGNATURE and not lines[end].endswith((";", "{", "}")):
            end += 1
        signature = " ".join(lines[at:end + 1])
        count, before = n_parameters(signature), signature.split("(")[0]
        if count is None or not before.strip() or "=" in before.replace("operator=", ""):
            at += 1
            continue
        if lines[end].endswith("{"):
            close = " " * indent + "}"
            end = next((k for k in range(end + 1, len(lines)) if lines[k].startswith(close)), end)
        yield at + 1, end + 1, count, before.split()[-1]
        at = end + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--parameters", type=int, default=6)
    parser.add_argument("folders", nargs="*", default=["src"])
    asked = parser.parse_args()
    found = []
    for path in (path for folder in asked.folders for path in pathlib.Path(folder).rglob("*.[ch]pp")):
        for first, last, count, name in functions(path.read_text().splitlines()):
            if last - first + 1 > asked.lines or count > asked.parameters:
                found.append((last - first + 1, count, f"{path}:{first} {name}"))
    for length, count, name in sorted(found, reverse=True):
        print(f"{length:4} lines {count:2} parameters  {name}")


if __name__ == "__main__":
    main()
