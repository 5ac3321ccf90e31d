#!/usr/bin/env python3
"""What measured doubles teach about others (docs/combinations.md): simulated screens like Norman's with doubles whose effects add up or do not,
half of the doubles test; of the other half none, a half or all train.

usage: experiments/interactions.py OUT [--seeds 5] [--program build/release/gracevae]
  OUT   folder for screens and runs; what is finished in it is not made again
"""
import argparse
import csv
import pathlib
import random

from program import folder_name, run, scored, spread

HERE = pathlib.Path(__file__).resolve().parent.parent
SCREEN = "--preset norman-like --genes 1000 --single-cells 10500 --control-cells 1000 --doubles 131 --cells-per-double 60"
INTERACTIONS = {"as measured": "--double-scale 0.72 --double-spread 0.3", "effects add up": ""}
TRAINED = {"none": 0.0, "a quarter": 0.5, "half": 1.0}  # of the doubles that are not test
MODELS = {"model": "", "model, sum": "--combination sum", "model, effects": "--effects kernel --network {network}"}
METRICS = ("l2", "r2.corrected", "pearson_delta", "e_distance")
ROWS = ("additive", "additive-clipped", "scaled-additive", "regression", "effects", "replicate", "noise-free")


def thinned(path, source, share, seed):
    """The split with only this share of its training doubles in training."""
    rows = list(csv.DictReader(open(source), delimiter="\t"))
    condition = lambda row: row["condition"]
    doubles = sorted({condition(r) for r in rows if "+" in condition(r) and r["fold"] in ("train", "validation")})
    random.Random(seed).shuffle(doubles)
    kept = set(doubles[: round(share * len(doubles))])
    with open(path, "w") as file:
        file.write("cell\tfold\n")
        for r in rows:
            left_out = condition(r) in doubles and condition(r) not in kept
            file.write(f"{r['cell']}\t{'unused' if left_out else r['fold']}\n")


def conditions_of(screen):
    import anndata
    return anndata.read_h5ad(screen, backed="r").obs["condition"].astype(str).to_dict()


def one(arguments, kind, trained, seed):
    out = pathlib.Path(arguments.out)
    screen = out / folder_name("screen", kind, seed)
    if not (screen / "truth.json").exists():
        run(arguments.program, "simulate", screen, *SCREEN.split(), *INTERACTIONS[kind].split(), "--seed", seed)
    splits = out / folder_name("splits", kind, seed)
    if not splits.exists():
        run(arguments.program, "split", screen / "screen.h5ad", "-o", splits, "--split", "unseen-combination", "--test-fraction", 0.5, "--seeds", seed)
        names = conditions_of(screen / "screen.h5ad")
        rows = list(csv.DictReader(open(splits / f"split_seed{seed}.tsv"), delimiter="\t"))
        with open(splits / "named.tsv", "w") as file:
            file.write("cell\tfold\tcondition\n")
            for r in rows:
                file.write(f"{r['cell']}\t{r['fold']}\t{names[r['cell']]}\n")
    split = splits / f"{trained}.tsv".replace(" ", "_")
    if not split.exists():
        thinned(split, splits / "named.tsv", TRAINED[trained], seed)
    result = {}
    for model in arguments.models:
        options = MODELS[model]
        # from the mean shifts: at this depth no graph can be seen (docs/starts.md)
        metrics = scored(arguments.program, out / folder_name("run", kind, trained, model, seed), screen / "screen.h5ad", seed,
                         ["--model", "cmvae", "--start", "mean-shifts", "--split-file", split, "--split", "unseen-combination",
                          *options.format(network=screen / "network").split()])
        found = {row["method"]: row["metrics"] for row in metrics["summary"] if row["kind"] == "double" and row["gene_set"] == "all"}
        result[model] = found["model"]
        result.update({row: found[row] for row in ROWS if row in found})
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kinds", nargs="+", default=list(INTERACTIONS), choices=list(INTERACTIONS))
    parser.add_argument("--trained", nargs="+", default=list(TRAINED), choices=list(TRAINED))
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--program", default=str(HERE / "build/release/gracevae"))
    arguments = parser.parse_args()
    pathlib.Path(arguments.out).mkdir(parents=True, exist_ok=True)
    print("| interactions | doubles in training | row | " + " | ".join(METRICS) + " | gap closed |\n" + "| --- " * (len(METRICS) + 4) + "|")
    for kind in arguments.kinds:
        for trained in arguments.trained:
            runs = [one(arguments, kind, trained, seed) for seed in range(arguments.seeds)]
            for row in (*arguments.models, *ROWS):
                if not all(row in r for r in runs):
                    continue
                cells = [spread([r[row][m] for r in runs]) if all(r[row].get(m) is not None for r in runs) else "" for m in METRICS]
                gap = [(r["additive"]["l2"] - r[row]["l2"]) / (r["additive"]["l2"] - r["noise-free"]["l2"]) for r in runs]
                print(f"| {kind} | {trained} | {row} | " + " | ".join(cells) + f" | {spread(gap)} |", flush=True)


if __name__ == "__main__":
    main()
