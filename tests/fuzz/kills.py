#!/usr/bin/python3
"""Kills the program at random moments, runs the same command again, and compares what it leaves with an uninterrupted run.

usage: kills.py --program GRACEVAE [--count 50] [--first 0] [--seed 1] [--only TEXT] [--keep FOLDER]

Kill i is drawn from (seed, i): a command, and a moment between its start and its end. After SIGKILL no process may go on in its place (of a sweep:
its children), and after a rerun every file must have the bytes of an uninterrupted run, seconds and paths apart, with no temporary file left. Exit
code 1 where that is not so.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NOT_COMPARED = {"seconds", "cells_per_second", "peak_memory_bytes", "resumed"}
TRAIN = "--network {base}/sim/network --hidden 16 --threads 1 --batch-size 16"
SCREEN = "{base}/sim/screen.h5ad"
SIMULATE = "simulate {at}/sim --latents 3 --genes 30 --control-cells 60 --cells-per-single 40 --cells-per-double 30 --doubles 2 --genes-per-program 8"
# name: what stands there before ("" nothing, else a folder of BASE), the command, and the one that goes on after a kill (None: the same)
COMMANDS = {
    "simulate": ("", SIMULATE, None),
    "prepare": ("", f"prepare {SCREEN} --no-normalise -o {{at}}/prepared.h5ad", None),
    "split": ("", f"split {SCREEN} -o {{at}}/splits --seeds 0-2", None),
    "train": ("", f"train {SCREEN} --epochs 6 -o {{at}}/run {TRAIN}", "train --resume -o {at}/run"),
    "train backed": ("", f"train {SCREEN} --epochs 4 --backed -o {{at}}/run {TRAIN}", "train --resume -o {at}/run"),
    "train packed": ("", f"train {SCREEN} --epochs 2 --packed {{at}}/packed --backed -o {{at}}/run {TRAIN}", "train --resume -o {at}/run"),
    "predict": ("trained", "predict {at}/trained", None),
    "predict --targets": ("trained", "predict {at}/trained --targets TF01+TF03 --effects {at}/effects.tsv", None),
    "evaluate": ("predicted", "evaluate {at}/predicted --truth {base}/sim/truth.json", None),
    "explain": ("predicted", "explain {at}/predicted", None),
    "umap": ("predicted", "umap {at}/predicted", None),
    "report": ("scored", "report {at}/scored", None),
    "sweep": ("", f"sweep {{base}}/sweep.toml --screen {SCREEN} -o {{at}}/sweep --jobs 2 {TRAIN}", None),
}


def start(program, line, folder):
    return subprocess.Popen([program, "--quiet", *line.split()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            env={**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1"}, cwd=folder)


def run(program, line, folder):
    process = start(program, line, folder)
    said = process.communicate(timeout=600)[1].decode("utf-8", "replace")
    return process.returncode, said


def processes_of(folder):
    """Processes that have this folder among their words."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(folder).encode() in words and state != "Z":
            found.append(int(entry.name))
    return found


def compared(value):
    if isinstance(value, dict):
        return {key: compared(inner) for key, inner in value.items() if key not in NOT_COMPARED}
    return [compared(inner) for inner in value] if isinstance(value, list) else value


def content(file, folder):
    """What is compared of a file."""
    data = file.read_bytes()
    if file.suffix in (".json", ".jsonl", ".toml", ".txt", ".html", ".sh", ".tsv", ".safetensors"):
        data = data.replace(str(folder).encode(), b"AT")
    if file.suffix == ".json":
        return json.dumps(compared(json.loads(data))).encode()
    if file.suffix == ".jsonl":
        return b"\n".join(json.dumps(compared(json.loads(line))).encode() for line in data.splitlines())
    if file.name == "checkpoint.safetensors":  # the header tells seconds
        return data[8 + int.from_bytes(data[:8], "little"):]
    if file.suffix == ".html":  # the training's seconds and the date stand in it
        return str(len(data) // 20000).encode()
    return data


def contents(folder):
    return {str(file.relative_to(folder)): content(file, folder) for file in sorted(folder.rglob("*"))
            if file.is_file() and file.suffix not in (".lock", ".txt") and file.name != "lock"}


def prepare(base, before, at):
    at.mkdir(parents=True)
    if before:
        shutil.copytree(base / before, at / before)
        options = at / before / "options.toml"
        options.write_text(options.read_text().replace(f"{base}/{before}", f"{at}/{before}"))


def make_base(program, base):
    def need(line):
        code, said = run(program, line.replace("{base}", str(base)).replace("{at}", str(base)), base)
        if code:
            sys.exit(f"gracevae {line}: {said}")
    base.mkdir(parents=True)
    need(SIMULATE)
    need(f"train {SCREEN} --epochs 2 -o {{base}}/trained {TRAIN}")
    shutil.copytree(base / "trained", base / "predicted")
    need("predict {base}/predicted")
    shutil.copytree(base / "predicted", base / "scored")
    need("evaluate {base}/scored")
    need("explain {base}/scored")
    (base / "sweep.toml").write_text('[sweep]\nseeds = "0-1"\n[train]\nepochs = 2\n[[run]]\nname = "cmvae"\nmodel.model = "cmvae"\n')


def references(program, base):
    """Of every command: how long it takes, and what it leaves when nothing stops it."""
    found = {}
    for name, (before, line, _) in COMMANDS.items():
        at = base.parent / "whole" / name.replace(" ", "_")
        prepare(base, before, at)
        began = time.monotonic()
        code, said = run(program, line.replace("{base}", str(base)).replace("{at}", str(at)), at)
        if code:
            sys.exit(f"gracevae {line}: {said}")
        found[name] = time.monotonic() - began, contents(at)
    return found


def kill_once(program, base, known, name, share, at):
    """What is wrong after a kill at this share of the command's time; [] when all is well."""
    before, line, again = COMMANDS[name]
    seconds, expected = known[name]
    prepare(base, before, at)
    fill = lambda words: words.replace("{base}", str(base)).replace("{at}", str(at))
    process = start(program, fill(line), at)
    time.sleep(share * seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wrong = []
    deadline = time.monotonic() + 10
    while (left := processes_of(at)) and time.monotonic() < deadline:
        time.sleep(0.02)
    if left:
        wrong.append(f"{len(left)} processes go on")
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    resumable = again and (at / "run/options.toml").exists()
    if resumable and not (at / "run/checkpoint.safetensors").exists():
        shutil.rmtree(at / "run")  # killed within the first epoch: the program says so, and the folder is made anew
        resumable = False
    code, said = run(program, fill(again if resumable else line), at)
    if code and "exists" in said and name == "simulate":
        shutil.rmtree(at / "sim")
        code, said = run(program, fill(line), at)
    if code:
        return wrong + [f"the rerun ends with {code}: {said.strip()[-300:]}"]
    found = contents(at)
    wrong += [f"{file} differs" for file in sorted(expected.keys() & found.keys()) if expected[file] != found[file]]
    wrong += [f"{file} is missing" for file in sorted(expected.keys() - found.keys())]
    wrong += [f"{file} is left" for file in sorted(found.keys() - expected.keys())]
    return wrong


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--program", required=True)
    for name, kind, default in (("count", int, 50), ("first", int, 0), ("seed", int, 1), ("only", str, ""), ("keep", str, "")):
        parser.add_argument("--" + name, type=kind, default=default)
    given = parser.parse_args()
    keep = pathlib.Path(given.keep or tempfile.mkdtemp(prefix="kills.")).absolute()
    base = keep / "base"
    shutil.rmtree(keep, ignore_errors=True)
    program = str(pathlib.Path(given.program).absolute())
    make_base(program, base)
    known = references(program, base)
    names = [name for name in COMMANDS if given.only in name]
    counts, n_wrong = collections.Counter(), 0
    for i in range(given.first, given.first + given.count):
        rng = random.Random(f"{given.seed}/{i}")
        name, share = names[i % len(names)], rng.uniform(0, 1.05)
        at = keep / f"kill_{i}"
        wrong = kill_once(program, base, known, name, share, at)
        counts[name] += 1
        n_wrong += bool(wrong)
        if wrong:
            print(f"kill {i}: {name} at {share:.2f} of {known[name][0]:.1f} s: " + "; ".join(wrong), flush=True)
        shutil.rmtree(at)
    print(f"{given.count} kills ({', '.join(f'{n} {name}' for name, n in counts.items())}): {n_wrong} wrong")
    if not given.keep:
        shutil.rmtree(keep)
    sys.exit(n_wrong > 0)


if __name__ == "__main__":
    main()
