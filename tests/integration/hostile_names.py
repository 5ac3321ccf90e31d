#!/usr/bin/python3
"""Screens whose genes, cells, labels and covariates have names that break careless writers, and programs that read the outputs back.

usage: hostile_names.py --program GRACEVAE

Names that are text go through every command, and every output parses and gives them back. Names with control characters, U+FFFE or bytes that are no
UTF-8 are refused with the name escaped, as are such words on the command line. Exit code 1 where that is not so.
"""
import argparse
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree

import h5py
import numpy as np

GOOD = ["'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "<script>alert(1)</script>", "]]></data>&amp;&lt;", '"quoted" \\"back\\\\slash\\n', "--output",
        "=1+1", "#c %s%n{}{0}", "a,b;c", "Ä–Ω β-catenin", "\U0001F9EC\u202eevil", "e\u0301 \u2028", "..", "/", "NULLs", "x" * 3000, "\ufeffBOM", "two  spaces  in"]
BAD = {"tab": b"a\tb", "line end": b"a\nb", "return": b"a\rb", "escape": b"\x1b[31mred", "delete": b"a\x7f", "C1": "a\x85b".encode(), "U+FFFE": "a\ufffe".encode(),
       "Latin-1": b"na\xefve", "cut UTF-8": b"a\xe2\x82", "surrogate": b"a\xed\xa0\x80"}
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print(f"FAILED  {what}", flush=True)


def write_screen(path, genes, cells, labels, levels):
    """A dense .h5ad: everything that is text as variable-length strings, with any bytes."""
    rng = np.random.default_rng(3)
    x = np.log1p(rng.poisson(4, (len(cells), len(genes)))).astype(np.float32)
    for i, label in enumerate(labels):  # every label moves genes
        x[i, hash_of(label) % len(genes)] += 2.0 if label != b"control" else 0
    text = h5py.special_dtype(vlen=bytes)
    with h5py.File(path, "w") as file:
        file.create_dataset("X", data=x).attrs["encoding-type"] = "array"
        for name, index, columns in (("obs", cells, {"condition": labels, "batch": levels}), ("var", genes, {})):
            group = file.create_group(name)
            group.attrs["_index"] = "_index"
            group.attrs["column-order"] = np.array(list(columns), dtype=h5py.special_dtype(vlen=str))
            group.attrs["encoding-type"], group.attrs["encoding-version"] = "dataframe", "0.2.0"
            for key, values in {"_index": index, **columns}.items():
                group.create_dataset(key, data=np.array(values, dtype=object), dtype=text).attrs["encoding-type"] = "string-array"


def hash_of(label):
    return sum(label) + 7 * len(label)


def screen_with(path, names=GOOD, change=None):
    """60 control cells, and 16 of each of three labels and their pairs' stand-ins; `change(genes, cells, labels, levels)` before it is written."""
    names = [name.encode() for name in names]
    genes = names + [f"GENE{i}".encode() for i in range(30 - len(names))]
    perturbed = names + [b"GENE0"]
    labels = [b"control"] * 60 + [label for label in perturbed for _ in range(16)]
    cells = [names[i] if i < len(names) else f"cell{i}".encode() for i in range(len(labels))]
    levels = [(names[3] if i % 2 else names[4]) for i in range(len(labels))]
    if change:
        change(genes, cells, labels, levels)
    write_screen(path, genes, cells, labels, levels)


def run(program, *words):
    done = subprocess.run([program, "--quiet", *words], capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdin=subprocess.DEVNULL)
    return done.returncode, done.stderr.decode("utf-8", "backslashreplace")


def need(program, *words):
    code, said = run(program, *words)
    check(code == 0, f"{words[0]}: exit code {code}: {said[-500:]}")


def read_table(path):
    """Rows as dictionaries; all as wide as the header."""
    rows = list(csv.reader(path.open(encoding="utf-8", newline="\n"), delimiter="\t", quoting=csv.QUOTE_NONE))
    check(all(len(row) == len(rows[0]) for row in rows), f"{path}: rows of different widths")
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def read_back(folder, names):
    """Every output below a folder parses; those that hold names hold these."""
    kinds = set()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path == folder / "screen.h5ad":
            continue
        kinds.add(path.suffix)
        try:
            if path.suffix == ".json":
                json.loads(path.read_text("utf-8"))
            elif path.suffix == ".jsonl":
                [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            elif path.suffix == ".toml":
                tomllib.loads(path.read_text("utf-8"))
            elif path.suffix == ".tsv":
                read_table(path)
            elif path.suffix in (".graphml", ".html"):
                xml.etree.ElementTree.parse(path)
            elif path.suffix == ".safetensors":
                data = path.read_bytes()
                json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
            elif path.suffix == ".h5ad":
                with h5py.File(path) as file:
                    file.visititems(lambda _, node: node.asstr()[()] if isinstance(node, h5py.Dataset) and node.dtype.kind == "O" else None)
        except Exception as error:  # whatever a reader says
            check(False, f"{path.relative_to(folder)} does not parse: {error}")
    check({".json", ".jsonl", ".toml", ".tsv", ".graphml", ".html", ".safetensors", ".h5ad", ".dot", ".sif"} <= kinds, f"kinds of outputs: {kinds}")
    run_folder = folder / "run"
    learned = json.loads((run_folder / "latents.json").read_text("utf-8"))
    options = tomllib.loads((run_folder / "options.toml").read_text("utf-8"))
    report = "".join(xml.etree.ElementTree.parse(run_folder / "report.html").getroot().itertext())
    for what, found in {"split.tsv": {row["cell"] for row in read_table(run_folder / "split.tsv")},
                        "latents.json": {label["label"] for label in learned["labels"]},
                        "options.toml": set(options["derived"]["targets"]),
                        "effects.tsv": {row["gene"] for row in read_table(folder / "effects.tsv")},
                        "report.html": {name for name in names if name in report}}.items():
        check(found >= set(names), f"{what} lacks {[name[:40] for name in set(names) - found]}")


def good_names(program, folder):
    screen_with(folder / "screen.h5ad")
    options = ["--separator", "", "--control", "control", "--label-column", "condition", "--guides", "none"]
    need(program, "inspect", str(folder / "screen.h5ad"), "--json", *options)
    run_folder = str(folder / "run")
    need(program, "train", str(folder / "screen.h5ad"), "--model", "cmvae", "--epochs", "1", "--hidden", "8", "--threads", "1", "--batch-size", "8",
         "--split", "random", "--covariates", "batch", *options, "-o", run_folder)
    need(program, "predict", run_folder)
    need(program, "predict", run_folder, "--targets", "TARGET".replace("TARGET", GOOD[3]), "--effects", str(folder / "effects.tsv"), "-o", str(folder / "asked.h5ad"))
    for command in (["evaluate"], ["explain"], ["umap"], ["report", "--plain"]):  # the script of the other report is no XML
        need(program, *command, run_folder)
    read_back(folder, GOOD)
    check(not list(folder.rglob("pwned")) and not pathlib.Path("pwned").exists(), "nothing from outside was run")


def bad_names(program, folder):
    """Each kind of bad byte in each kind of name."""
    def in_genes(bad): return lambda genes, cells, labels, levels: genes.__setitem__(2, bad)
    def in_cells(bad): return lambda genes, cells, labels, levels: cells.__setitem__(5, bad)
    def in_labels(bad): return lambda genes, cells, labels, levels: labels.__setitem__(slice(60, 76), [bad] * 16)
    def in_levels(bad): return lambda genes, cells, labels, levels: levels.__setitem__(7, bad)
    for kind, bad in BAD.items():
        for where, change in (("gene", in_genes), ("cell", in_cells), ("label", in_labels), ("level", in_levels)):
            path = folder / "bad.h5ad"
            screen_with(path, ["A", "B", "C", "D", "E"], change(bad))
            code, said = run(program, "inspect", str(path), "--covariates", "batch", "--label-column", "condition", "--control", "control", "--separator", "", "--guides", "none")
            check(code == 3, f"{kind} in a {where}: exit code {code}: {said[-300:]}")
            shown = "".join(c if " " <= c <= "~" else "".join(f"\\x{b:02x}" for b in c.encode("utf-8", "surrogateescape")) for c in bad.decode("utf-8", "surrogateescape"))
            check(shown in said and "bad.h5ad" in said, f"{kind} in a {where}: '{shown}' is named: {said[-300:]}")
            check(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said), f"{kind} in a {where}: the message is printable")


def bad_words(program, folder):
    """Words of the command line, and what goes into a Slurm script."""
    screen_with(folder / "screen.h5ad", ["A", "B", "C", "D", "E"])
    (folder / "s\nw.toml").write_text('[[run]]\nname = "a"\nmodel.model = "cmvae"\n')
    (folder / "sweep.toml").write_text('[[run]]\nname = "a"\nmodel.model = "cmvae"\n')
    (folder / "named.toml").write_text('[[run]]\nname = "a\\nb"\nmodel.model = "cmvae"\n')
    screen = ["--screen", str(folder / "screen.h5ad"), "--slurm"]
    for what, words in {"a sweep file": ["sweep", str(folder / "s\nw.toml"), "-o", str(folder / "s1"), *screen],
                        "a sweep's folder": ["sweep", str(folder / "sweep.toml"), "-o", str(folder / "s\n2"), *screen],
                        "an option of Slurm": ["sweep", str(folder / "sweep.toml"), "-o", str(folder / "s3"), *screen, "--slurm-option=--time=1\ntouch pwned"],
                        "a run's name": ["sweep", str(folder / "named.toml"), "-o", str(folder / "s4"), *screen],
                        "a screen": ["inspect", str(folder / "na\udcefve.h5ad")],
                        "a run's folder": ["train", str(folder / "screen.h5ad"), "-o", str(folder / "na\udcef")]}.items():
        code, said = run(program, *[os.fsencode(word) for word in words])
        check(code == 2 and re.search(r"\\x0a|\\xef", said), f"{what}: exit code {code}: {said[-300:]}")
    check(not list(folder.rglob("slurm.sh")), "no script is written")
    odd = folder / "a b'$(touch pwned)"
    odd.mkdir()
    (odd / "s w.toml").write_text((folder / "sweep.toml").read_text())
    run(program, "sweep", str(odd / "s w.toml"), "-o", str(odd / "out"), *screen)
    script = (odd / "out/slurm.sh").read_text()
    body = [line for line in script.splitlines() if not line.startswith("#")]
    check(len(body) == 1 and body[0].startswith("exec "), f"one command in the script: {body}")
    shown = subprocess.run(["sh", "-c", body[0].replace("exec ", "printf '%s\\n' ", 1)], capture_output=True, text=True, env={"SLURM_ARRAY_TASK_ID": "1"}, cwd=folder)
    check(str(odd / "s w.toml") in shown.stdout.splitlines() and not (folder / "pwned").exists(), f"the script's words: {shown.stdout}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--program", required=True)
    program = parser.parse_args().program
    for part in (good_names, bad_names, bad_words):
        with tempfile.TemporaryDirectory(prefix="hostile_names.") as folder:
            before = len(failures)
            part(program, pathlib.Path(folder))
            print(f"{part.__name__}: {'ok' if len(failures) == before else 'FAILED'}", flush=True)
    sys.exit(bool(failures))


main()
