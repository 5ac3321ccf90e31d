#!/usr/bin/env python3
"""Checks that two builds give the same bits: both train, predict, score and explain, and their files are compared.

usage: same_bits.py BEFORE AFTER [--only TEXT] [--keep FOLDER]     BEFORE, AFTER: two gracevae programs

Every model, encoder, intervention encoder, mechanism and objective once, on a small simulated screen. Times, sentences and the environment are
not compared. Exit code 1 where a file differs or a run fails in one build only. --keep: work in FOLDER, where results of BEFORE that are
there already are taken.
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

RUNS = {name: words.split() for name, words in {
    "grace-vae": "--model grace-vae",
    "grace-vae two threads": "--model grace-vae --threads 2",
    "grace-vae gcn": "--model grace-vae --encoder gcn",
    "grace-vae gat": "--model grace-vae --encoder gat",
    "grace-vae identity": "--model grace-vae --encoder identity",
    "grace-vae autograd": "--model grace-vae --engine autograd",
    "grace-vae float64": "--model grace-vae --dtype float64",
    "grace-vae bf16": "--model grace-vae --precision bf16",
    "grace-vae backed": "--model grace-vae --backed",
    "grace-vae scale": "--model grace-vae --intervention scale",
    "grace-vae cut": "--model grace-vae --intervention cut",
    "grace-vae tri-value": "--model grace-vae --intervention-encoder tri-value",
    "grace-vae tri-value-1hop": "--model grace-vae --intervention-encoder tri-value-1hop",
    "grace-vae drop-edge": "--model grace-vae --intervention-encoder drop-edge",
    "cmvae": "--model cmvae",
    "cmvae two threads": "--model cmvae --threads 2",
    "cmvae table": "--model cmvae --intervention-encoder table",
    "cmvae relu": "--model cmvae --mechanism relu",
    "cmvae mlp": "--model cmvae --mechanism mlp",
    "cmvae gaussian": "--model cmvae --likelihood gaussian",
    "cmvae-multihot": "--model cmvae-multihot",
    "vgae": "--model vgae",
    "sena": "--model sena",
    "control": "--model control",
    "mean-shift": "--model mean-shift",
    "additive": "--model additive",
    "linear": "--model linear",
    "calibrated cmvae": "--objective calibrated --model cmvae",
    "calibrated cmvae two threads": "--objective calibrated --model cmvae --threads 2",
    "calibrated grace-vae": "--objective calibrated --model grace-vae",
    "calibrated relu": "--objective calibrated --model cmvae --mechanism relu",
    "calibrated scale": "--objective calibrated --model cmvae --intervention scale",
}.items()}
FILES = ["model.safetensors", "model_best.safetensors", "checkpoint.safetensors", "latents.json", "history.jsonl", "split.tsv", "metrics.json",
         "metrics.tsv", "quality.json", "predictions.h5ad", "effects.tsv", "explain/programs.tsv", "explain/genes.tsv", "explain/edges.tsv"]
NOT_COMPARED = {"seconds", "cells_per_second", "environment", "warnings"}


class Failed(Exception):
    pass


def call(program, *words):
    done = subprocess.run([program, "--quiet", *map(str, words)], capture_output=True, text=True,
                          env={**os.environ, "OMP_WAIT_POLICY": "passive"})
    if done.returncode:
        raise Failed(f"gracevae {' '.join(map(str, words))}: {done.stderr.strip()[-500:]}")


def compared(value):
    if isinstance(value, dict):
        return {key: compared(inner) for key, inner in value.items() if key not in NOT_COMPARED}
    return [compared(inner) for inner in value] if isinstance(value, list) else value


def digest(file):
    if file.suffix in (".json", ".jsonl"):
        lines = file.read_text().splitlines() if file.suffix == ".jsonl" else [file.read_text()]
        content = "\n".join(json.dumps(compared(json.loads(line))) for line in lines).encode()
    elif file.suffix == ".safetensors":  # the header tells the environment
        content = file.read_bytes()
        content = content[8 + int.from_bytes(content[:8], "little"):]
    else:
        content = file.read_bytes()
    return hashlib.sha256(content).hexdigest()


def results(program, words, screen, folder):
    """{file: hash} of one run with everything that follows from it, or {"failed": why}."""
    try:
        objective = [] if "--objective" in words else ["--objective", "published"]
        threads = [] if "--threads" in words else ["--threads", "1"]
        call(program, "train", screen / "screen.h5ad", "--network", screen / "network", "-o", folder, "--epochs", 4, "--seed", 5,
             "--validation-fraction", 0.1, *words, *objective, *threads)
        call(program, "predict", folder)
        call(program, "evaluate", folder)
        labels = json.loads((folder / "latents.json").read_text())["labels"]
        if len(labels) > 1:
            call(program, "predict", folder, "--targets", f"{labels[0]['label']}+{labels[1]['label']}", "--output", folder / "asked.h5ad",
                 "--effects", folder / "effects.tsv")
            call(program, "explain", folder)
    except Failed as failure:
        return {"failed": str(failure).replace(str(folder), "RUN")}
    return {name: digest(folder / name) for name in FILES if (folder / name).exists()}


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", default=None)
    given = parser.parse_args()
    base = pathlib.Path(given.keep or tempfile.mkdtemp(prefix="same_bits.")).absolute()
    screen = base / "screen"
    if not (screen / "screen.h5ad").exists():
        call(given.before, "simulate", screen, "--seed", 3, "--cells-per-single", 60, "--cells-per-double", 30, "--control-cells", 150)
    differ = n_files = 0
    for name, words in RUNS.items():
        if given.only not in name:
            continue
        known = base / f"{name.replace(' ', '_')}.json"
        if not known.exists():
            found = results(given.before, words, screen, base / "before" / name.replace(" ", "_"))
            known.write_text(json.dumps(found))
        before = json.loads(known.read_text())
        with tempfile.TemporaryDirectory(dir=base) as folder:
            after = results(given.after, words, screen, pathlib.Path(folder) / name.replace(" ", "_"))
        wrong = sorted(file for file in before.keys() | after.keys() if before.get(file) != after.get(file))
        if "failed" in before and not wrong:
            sys.exit(f"{name} fails in both builds: {before['failed']}")
        differ += bool(wrong)
        n_files += len(before)
        print(f"{name}: " + (f"DIFFER: {', '.join(wrong)}" if wrong else f"{len(before)} files, the same"), flush=True)
        for which, found in (("before", before), ("after", after)):
            if wrong and "failed" in found:
                print(f"  {which}: {found['failed']}")
    print(f"{differ} runs differ; {n_files} files compared")
    sys.exit(differ > 0)


main()
