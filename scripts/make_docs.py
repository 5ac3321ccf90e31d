#!/usr/bin/env python3
"""Writes the docs that have their source elsewhere: docs/formulas.md from the doc comments that carry @paper, docs/options.md from
`gracevae options --markdown`.

usage: make_docs.py [--check] [--program FILE] [--self-test]
  --check      change nothing; exit code 1 when a file is stale or a comment names a test that is not there
  --program    the built program (default: build/release/gracevae); without one, options.md is left alone

A doc comment: `/// purpose … @paper place in the paper`, also on a line of its own, and `/// @test tests/a_test.cpp, tests/b_test.cpp`. A tag
ends with its line. Without @test, tests/unit/<same path>_test.cpp is named where it is there.
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTE = "<!-- Made by scripts/make_docs.py: do not edit. -->\n"
FORMULAS_HEAD = f"""{NOTE}
# Formulas

Each formula of the paper is implemented in one function, whose doc comment names the part of the paper. To change a row, change the comment
and run `scripts/make_docs.py`.

| in the paper | function | file | purpose | tests |
| --- | --- | --- | --- | --- |
"""


def doc_comments(text):
    """(comment lines without ///, declaration behind them) of every block of /// lines."""
    lines = text.splitlines()
    i = 0
    while i < len(lines):
        block = []
        while i < len(lines) and lines[i].lstrip().startswith("///"):
            block.append(lines[i].lstrip()[3:].strip())
            i += 1
        if block:
            yield block, " ".join(lines[i:i + 6])
        else:
            if "///<" in lines[i]:
                code, comment = lines[i].split("///<", 1)
                yield [comment.strip()], code.strip()
            i += 1


def declared_name(declaration):
    """`sparsity` of `Tensor sparsity(const Tensor& g);`, `Adam` of `class Adam {`, `tau` of `double tau = 1;`."""
    before = re.compile(r"\s*(template\s*<[^>]*>|\[\[[^\]]*\]\]|static\b|inline\b|constexpr\b|explicit\b)\s*")
    while before.match(declaration):
        declaration = before.sub("", declaration, count=1)
    match = (re.match(r"\s*(?:class|struct|enum class|enum|using|namespace)\s+(\w+)", declaration) or
             re.match(r"[^(;={]*?([\w:]+)\s*[(;={]", declaration))
    return match[1] if match else "?"


def formula_rows(root):
    """([sort key], place, name, file, purpose, tests) of every doc comment with @paper."""
    rows = []
    for file in sorted((root / "src").rglob("*")):
        if file.suffix not in (".hpp", ".cpp", ".cu", ".cuh"):
            continue
        path = str(file.relative_to(root))
        for block, declaration in doc_comments(file.read_text(encoding="utf-8")):
            text = "\n".join(block)
            places = [place.strip() for place in re.findall(r"@paper\s+([^\n@]*)", text)]
            if not places:
                continue
            name = file.name if "@file" in text else declared_name(declaration)
            plain = " ".join(re.sub(r"@(paper|test)[^\n]*|@file", "", text).split())
            purpose = re.split(r"(?<=\.)(?<!al\.)\s", plain)[0]
            tests = [t.strip() for tags in re.findall(r"@test\s+([^\n@]*)", text) for t in tags.split(",") if t.strip()]
            usual = path.replace("src/", "tests/unit/").rsplit(".", 1)[0] + "_test.cpp"
            if not tests and (root / usual).exists():
                tests = [usual]
            number = re.search(r"section\s+(\d+)", places[0])
            rows.append((int(number[1]) if number else 99, places[0], path, name, "; ".join(places), purpose, tests))
    return sorted(rows)


def formulas(root):
    """The text of docs/formulas.md, and complaints about tests that are not there."""
    text, complaints = FORMULAS_HEAD, []
    for _, _, path, name, place, purpose, tests in formula_rows(root):
        for test in tests:
            if not (root / test.split("#")[0]).exists():
                complaints.append(f"{path}: {name}: @test {test} is not there")
        links = ", ".join(f"[{pathlib.Path(t).name}](../{t})" for t in tests) or "none"
        cells = [place, f"`{name}`", f"[{path[4:]}](../{path})", purpose, links]
        text += "| " + " | ".join(c.replace("|", "\\|").replace("*", "\\*") for c in cells) + " |\n"
    return text, complaints


def options(program):
    """The text of docs/options.md."""
    output = subprocess.run([program, "options", "--markdown"], check=True, capture_output=True, text=True).stdout
    return f"{NOTE}\n{output.strip()}\n"


def self_test():
    text = """
/// Mean of a | b. More.
/// @paper GraCE-VAE section 3 (x)
/// @test tests/a_test.cpp
template <class T>
double mean_of(const T& a);
/// √a over pairs. @paper GraCE-VAE section 5 (RMSE)
double rmse(int a);
  double tau = 1;  ///< temperature @paper GraCE-VAE appendix
/// Plain.
void other();
"""
    found = [(declared_name(code), "@paper" in "\n".join(block)) for block, code in doc_comments(text)]
    assert found == [("mean_of", True), ("rmse", True), ("tau", True), ("other", False)], found
    assert declared_name("class Adam final : public Optimiser {") == "Adam"
    assert declared_name("[[nodiscard]] static std::vector<double> f(std::span<const double> a);") == "f"
    print("make_docs.py: doc comments are read as expected")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--program", default=str(ROOT / "build/release/gracevae"))
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        self_test()
        return 0

    text, complaints = formulas(ROOT)
    wanted = {ROOT / "docs/formulas.md": text}
    if pathlib.Path(arguments.program).exists():
        wanted[ROOT / "docs/options.md"] = options(arguments.program)
    else:
        print(f"make_docs.py: {arguments.program} is not built: docs/options.md is left alone")
    for file, text in wanted.items():
        current = file.read_text(encoding="utf-8") if file.exists() else ""
        if current == text:
            print(f"{file.relative_to(ROOT)}: up to date")
        elif arguments.check:
            complaints.append(f"{file.relative_to(ROOT)} is stale: run scripts/make_docs.py and commit what it writes")
        else:
            file.write_text(text, encoding="utf-8")
            print(f"{file.relative_to(ROOT)}: written")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
