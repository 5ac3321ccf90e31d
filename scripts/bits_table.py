#!/usr/bin/env python3
"""Where two runs give the same bits: the table of docs/same-bits.md.

usage: bits_table.py PROGRAM [--repeats N] [--only TEXT] [--check PAGE]     PROGRAM: a gracevae program

Trains every row of the table on a small simulated screen in every way that a column says, and compares weights and history. --repeats: runs
that are compared with each other (5). --only: rows whose name has TEXT. --check: writes nothing and fails where PAGE says "same" and bits differ.
"""
import argparse
import hashlib
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROWS = {name: words.split() for name, words in {
    "grace-vae": "--model grace-vae",
    "cmvae": "--model cmvae",
    "vgae": "--model vgae",
    "sena": "--model sena",
    "cmvae-multihot": "--model cmvae-multihot",
    "grace-vae, knock-outs": "--model grace-vae --intervention knockout",
    "grace-vae, bf16": "--model grace-vae --precision bf16",
    "grace-vae, float64": "--model grace-vae --dtype float64",
    "grace-vae, gat": "--model grace-vae --encoder gat",
    "grace-vae, mlp mechanism": "--model grace-vae --mechanism mlp",
    "grace-vae, tri-value": "--model grace-vae --intervention-encoder tri-value",
    "published grace-vae": "--objective published --model grace-vae",
    "published cmvae": "--objective published --model cmvae",
}.items()}
COLUMNS = ["again", "two threads, again", "two threads, one", "sliced, autograd", "backed, again", "backed, in memory", "resumed, whole", "swept, alone"]
SAME, DIFFERENT, NONE = "same", "differs", ""


class Failed(Exception):
    pass


class Bench:
    def __init__(self, program, folder, repeats):
        self.program, self.folder, self.repeats = str(pathlib.Path(program).absolute()), folder, repeats
        self.number = itertools.count()
        self.call("simulate", "screen", "--seed", 3, "--cells-per-single", 60, "--cells-per-double", 30, "--control-cells", 150)
        self.common = ["--network", "screen/network", "--epochs", 3, "--early-stopping=false"]

    def start(self, *words):
        return subprocess.Popen([self.program, "--quiet", *map(str, words)], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                text=True, env={**os.environ, "OMP_WAIT_POLICY": "passive"})

    def call(self, *words):
        process = self.start(*words)
        said = process.communicate()[1]
        if process.returncode:
            raise Failed(f"gracevae {' '.join(map(str, words))}: {said.strip()[-500:]}")

    def train(self, row, *words):
        run = f"run{next(self.number)}"
        threads = () if "--threads" in words else ("--threads", 1)
        self.call("train", "screen/screen.h5ad", *self.common, *row, *threads, *words, "-o", run)
        return self.digest(run)

    def stopped(self, row):
        """Stopped once it has a checkpoint, and resumed."""
        run = self.folder / f"run{next(self.number)}"
        process = self.start("train", "screen/screen.h5ad", *self.common, *row, "--threads", 1, "-o", run.name)
        while process.poll() is None and not (run / "checkpoint.safetensors").exists():
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        if process.returncode == 130:
            self.call("train", "--resume", "-o", run.name)
        return self.digest(run.name)

    def swept(self, row):
        folder = f"sweep{next(self.number)}"
        options = list(zip(row[::2], row[1::2]))
        sections = {"objective": "train"}
        lines = ["[sweep]", 'seeds = "0"', "[[run]]", 'name = "one"'] + [
            f'{sections.get(key[2:], "model")}.{key[2:].replace("-", "_")} = "{value}"' for key, value in options]
        (self.folder / f"{folder}.toml").write_text("\n".join(lines) + "\n")
        self.call("sweep", f"{folder}.toml", "--screen", "screen/screen.h5ad", *self.common, "--threads", 1, "--jobs", 1, "-o", folder)
        return self.digest(next((self.folder / folder / "runs").iterdir()))

    def digest(self, run):
        """Of the weights and of the history but for its times."""
        run = self.folder / run
        weights = (run / "model.safetensors").read_bytes()
        history = [{k: v for k, v in json.loads(line).items() if k not in ("seconds", "cells_per_second")} for line in open(run / "history.jsonl")]
        return hashlib.sha256(weights[8 + int.from_bytes(weights[:8], "little"):] + json.dumps(history).encode()).hexdigest()

    def row(self, row):
        again = lambda *words: [self.train(row, *words) for _ in range(self.repeats)]
        one, two, backed = (again(*words) for words in ((), ("--threads", 2), ("--backed",)))
        said = lambda same: SAME if same else DIFFERENT
        try:
            engines = said(self.train(row, "--engine", "sliced") == self.train(row, "--engine", "autograd"))
        except Failed:
            engines = NONE  # the sliced engine does not take it
        return [said(len(set(one)) == 1), said(len(set(two)) == 1), said(two[0] == one[0]), engines, said(len(set(backed)) == 1),
                said(backed[0] == one[0]), said(self.stopped(row) == one[0]), said(self.swept(row) == one[0])]


def promised(page):
    """{row: {column: cell}} of the page's table."""
    lines = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in open(page) if line.startswith("|")]
    return {cells[0]: dict(zip(lines[0][1:], cells[1:])) for cells in lines[2:]}


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("program")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--check", default=None)
    given = parser.parse_args()
    promises, wrong = promised(given.check) if given.check else {}, 0
    with tempfile.TemporaryDirectory(prefix="bits_table.") as folder:
        bench = Bench(given.program, pathlib.Path(folder), given.repeats)
        if not given.check:
            print("| model | " + " | ".join(COLUMNS) + " |\n|" + " --- |" * (len(COLUMNS) + 1))
        for name, words in ROWS.items():
            if given.only not in name or (given.check and name not in promises):
                continue
            cells = bench.row(words)
            if not given.check:
                print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
                continue
            broken = [column for column, cell in zip(COLUMNS, cells) if promises[name][column] == SAME != cell]
            wrong += bool(broken)
            print(f"{name}: " + (f"NOT THE SAME: {', '.join(broken)}" if broken else "as the page says"), flush=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
