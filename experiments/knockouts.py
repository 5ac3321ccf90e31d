#!/usr/bin/env python3
"""Where a causal decoder can beat adding up (docs/combinations.md): simulated knock-outs of latents that act on each other, whose doubles are
predicted from singles alone.

usage: experiments/knockouts.py OUT [--seeds 5] [--program build/release/gracevae]
  OUT   folder for screens and runs; what is finished in it is not made again
"""
import argparse
import json
import pathlib
import statistics

from program import folder_name, run, scored, spread

HERE = pathlib.Path(__file__).resolve().parent.parent
DENSE = "--loadings dense --observation gaussian --negative-values --noise 0.1"
COUNTS = "--observation counts --library-size 5000"
SHIFT = "--intervention knockout --shift {level} --negative-weights 0.2 --weight-low 0.5 --cells-per-double 100"
SCREENS = {  # name: knobs of simulate
    "chain of 2": "--graph chain --latents 2 --genes 20 --control-cells 2000 --cells-per-single 500 --doubles 1 " + DENSE,
    "chain of 5": "--graph chain --latents 5 --genes 30 --control-cells 2000 --cells-per-single 500 --doubles 10 " + DENSE,
    "10 latents": "--latents 10 --genes 50 --control-cells 4000 --cells-per-single 1000 --doubles 45 " + DENSE,
    "10 latents, 200 cells": "--latents 10 --genes 50 --control-cells 800 --cells-per-single 200 --doubles 45 " + DENSE,
    "10 latents, 50 cells": "--latents 10 --genes 50 --control-cells 200 --cells-per-single 50 --doubles 45 " + DENSE,
    "10 latents, scale-free": "--graph scale-free --latents 10 --genes 50 --control-cells 4000 --cells-per-single 1000 --doubles 45 " + DENSE,
    "10 latents, counts": "--latents 10 --genes 400 --control-cells 4000 --cells-per-single 1000 --doubles 45 " + COUNTS,
    "10 latents, counts, 100 cells": "--latents 10 --genes 400 --control-cells 400 --cells-per-single 100 --doubles 45 " + COUNTS,
}
LEVELS = {"level -3": -3, "level 3": 3}
MODELS = {"knock-out": "--intervention knockout", "shift": "", "no graph": "--start mean-shifts"}
ROWS = ("additive", "additive-clipped", "noise-free")


def ancestors(graph):
    """Pairs (a, b) of latents of which one acts on the other, however far."""
    d = len(graph)
    reach = [[graph[i][j] != 0 for j in range(d)] for i in range(d)]
    for k in range(d):
        for i in range(d):
            for j in range(d):
                reach[i][j] = reach[i][j] or (reach[i][k] and reach[k][j])
    return {frozenset((i, j)) for i in range(d) for j in range(d) if reach[i][j]}


def connected(truth):
    """Doubles whose latents act on each other."""
    graph = [[0] * truth["n_latents"] for _ in range(truth["n_latents"])]
    for edge in truth["edges"]:
        graph[edge["from"]][edge["to"]] = edge["weight"]
    latent = {label["label"]: label["latents"][0] for label in truth["labels"]}
    pairs = ancestors(graph)
    return lambda double: frozenset(latent[t] for t in double.split("+")) in pairs


def one(arguments, name, level, seed):
    out = pathlib.Path(arguments.out)
    screen = out / folder_name("screen", name, level, seed)
    if not (screen / "truth.json").exists():
        run(arguments.program, "simulate", screen, *SCREENS[name].split(), *SHIFT.format(level=LEVELS[level]).split(), "--seed", seed)
    acts = connected(json.loads((screen / "truth.json").read_text()))
    result = {}
    for model, options in MODELS.items():
        metrics = scored(arguments.program, out / folder_name("run", name, level, model, seed), screen / "screen.h5ad", seed,
                         ["--model", "cmvae", "--epochs", 5, *options.split()], screen / "truth.json")
        for row in metrics["conditions"]:
            if row["kind"] == "double" and row["gene_set"] == "all" and row["method"] in ("model", *ROWS) and row["metrics"].get("l2") is not None:
                method = model if row["method"] == "model" else row["method"]
                result.setdefault((method, acts(row["condition"])), {})[row["condition"]] = row["metrics"]["l2"]
        structure = metrics.get("structure", {})
        result[(model, "f1")] = structure.get("at_threshold", {}).get("f1")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--program", default=str(HERE / "build/release/gracevae"))
    arguments = parser.parse_args()
    pathlib.Path(arguments.out).mkdir(parents=True, exist_ok=True)
    print("| screen | knocked out to | row | F1 of the graph | L2, one acts on the other | L2, neither does |\n" + "| --- " * 6 + "|")
    for name in SCREENS:
        if arguments.only not in name:
            continue
        for level in LEVELS:
            runs = [one(arguments, name, level, seed) for seed in range(arguments.seeds)]
            for row in (*MODELS, *ROWS):
                means = [[statistics.mean(r[(row, acts)].values()) if r.get((row, acts)) else None for r in runs] for acts in (True, False)]
                print(f"| {name} | {LEVELS[level]} | {row} | {spread([r.get((row, 'f1')) for r in runs], 2)} | {spread(means[0], 2)} | {spread(means[1], 2)} |", flush=True)


if __name__ == "__main__":
    main()
