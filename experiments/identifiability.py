#!/usr/bin/env python3
"""The tables of docs/study-identifiability.md: what the model learns on screens whose latent graph is known, and which changes
make a fit of the published subset of Norman 2019 mean something.

usage: experiments/identifiability.py PART DATA OUT [--seeds 5] [--jobs 2] [--only TEXT] [--program build/release/gracevae]
  PART  toy       the published toy chain: exact recovery, published settings against calibrated
        recovery  simulated screens: size, mixing, mechanism, intervention, number of cells
        subset    the real subset: published and calibrated, each change alone and left out
        graphs    the real subset with its context graph, without one, and with all or half of its genes exchanged
        context   simulated screens whose context graph is right, half right, random or absent
        plots     docs/images/study-*.svg from the runs of recovery and subset that are in OUT (needs matplotlib)
  DATA  folder with norman19_subset/, chain5_simulation/, reactome/ and ppi/
  OUT   folder for screens and runs; what is finished in it is not made again
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
CALIBRATED = "--objective calibrated"
SKIP = "--linear-skip --decoder-output linear"
START = f"--intervention-encoder table {SKIP}"

# name: options of train
SUBSET = {
    "published": "",
    "+ final temperature": "--evaluation-tau final",
    "+ distinct start of the labels": "--intervention-encoder table --evaluation-tau final",
    "+ Gaussian likelihood, KL on its scale": "--likelihood gaussian --beta-max 1 --evaluation-tau final",
    "+ linear skip and output": f"{SKIP} --evaluation-tau final",
    "+ controls anew, short batches filled": "--pairing resample --fill-short --evaluation-tau final",
    "+ abduction": "--abduction --evaluation-tau final",
    "+ bandwidth of the data, unbiased": "--mmd-bandwidth data --mmd-estimate unbiased --evaluation-tau final",
    "+ start at the mean shifts": f"{START} --start mean-shifts --evaluation-tau final",
    "calibrated": CALIBRATED,
    "calibrated, encoder reads the graph": f"{CALIBRATED} --model grace-vae",
    "- Gaussian likelihood": f"{CALIBRATED} --likelihood mse --beta-max 2",
    "- abduction": f"{CALIBRATED} --abduction=false",
    "- start from the data": f"{CALIBRATED} --start random --learning-rate 1e-4",
    "- start from the data, published steps": f"{CALIBRATED} --start random --learning-rate 1e-3 --learning-rate-decay none",
    "- abduction, start from the data, published steps": f"{CALIBRATED} --abduction=false --start random --learning-rate 1e-3 --learning-rate-decay none",
    "- moments (mean shifts only)": f"{CALIBRATED} --start mean-shifts",
    "- small steps": f"{CALIBRATED} --learning-rate 1e-3 --learning-rate-decay none",
    "- bandwidth of the data, unbiased": f"{CALIBRATED} --mmd-bandwidth fixed --mmd-estimate biased",
    "- controls anew, short batches filled": f"{CALIBRATED} --pairing fixed --fill-short=false",
    "- relu mechanism": f"{CALIBRATED} --mechanism linear",
    "- values cut at 0": f"{CALIBRATED} --value-range any",
    "- shifts shrunken by their errors": f"{CALIBRATED} --shrink-shifts=false",
    "- final temperature": f"{CALIBRATED} --evaluation-tau one",
    "free bits 0.5": f"{CALIBRATED} --free-bits 0.5",
    "variance of the data, kept": f"{CALIBRATED} --likelihood gaussian-empirical",
    "cells from the prior": f"{CALIBRATED} --generate-from prior",
}

# What the encoder can do for predictions, from nothing to all: names in SUBSET.
WAYS = ["+ final temperature", "+ Gaussian likelihood, KL on its scale", "+ start at the mean shifts", "calibrated", "- abduction",
        "- start from the data, published steps", "- abduction, start from the data, published steps"]

DENSE = "--preset chain5 --loadings dense --latent-order shuffled --doubles 0"


def recovery_case(d, simulate="", train="", cells=1000, genes=None, shift=4, noise=0.1, graph="--graph erdos-renyi --negative-weights 0.2 --weight-low 0.5"):
    sizes = f"--latents {d} --genes {genes or 3 * d} --control-cells {4 * cells} --cells-per-single {cells} --shift {shift} --noise {noise}"
    return f"{DENSE} {graph} {sizes} {simulate}", f"{CALIBRATED} {train}" + ("" if "--epochs" in train else " --epochs 5")


def counts_case(size, cells=1000, depth=3000):
    return (f"{size} --control-cells {4 * cells} --cells-per-single {cells} --doubles 0 --observation counts --library-size {depth} --shift 3",
            f"{CALIBRATED} --epochs 5")


RECOVERY = {
    "5 latents": recovery_case(5),
    "10 latents": recovery_case(10),
    "20 latents": recovery_case(20),
    "50 latents": recovery_case(50),
    "105 latents, 674 cells": recovery_case(105, cells=674),
    "10 latents, scale-free": recovery_case(10, graph="--graph scale-free --negative-weights 0.2 --weight-low 0.5"),
    "5 latents, 300 cells": recovery_case(5, cells=300),
    "5 latents, 100 cells": recovery_case(5, cells=100),
    "5 latents, 100 cells, shift 2": recovery_case(5, cells=100, shift=2),
    "10 latents, 300 cells": recovery_case(10, cells=300),
    "5 latents, polynomial mixing": recovery_case(5, "--mixing polynomial", genes=25),
    "5 latents, polynomial mixing, 50 genes": recovery_case(5, "--mixing polynomial", genes=50),
    "5 latents, polynomial mixing, 50 genes, 300 cells": recovery_case(5, "--mixing polynomial", genes=50, cells=300),
    "10 latents, polynomial mixing, 80 genes": recovery_case(10, "--mixing polynomial", genes=80),
    "5 latents, MLP mixing": recovery_case(5, "--mixing mlp"),
    "5 latents, mlp mechanism, fitted as relu": recovery_case(5, "--mechanism mlp"),
    "5 latents, mlp mechanism": recovery_case(5, "--mechanism mlp", "--mechanism mlp"),
    "5 latents, relu, scale": recovery_case(5, "--intervention scale", "--intervention scale"),
    "5 latents, relu, cut": recovery_case(5, "--intervention cut", "--intervention cut"),
    "5 latents, linear, shift": recovery_case(5, "--mechanism linear", "--mechanism linear"),
    "5 latents, linear, shift, fitted as relu": recovery_case(5, "--mechanism linear"),
    "5 latents, linear, scale": recovery_case(5, "--mechanism linear --intervention scale", "--mechanism linear --intervention scale"),
    "5 latents, linear, cut": recovery_case(5, "--mechanism linear --intervention cut", "--mechanism linear --intervention cut"),
    "5 latents, Laplace noise": recovery_case(5, "--latent-noise laplace"),
    "5 latents, off-target labels": recovery_case(5, "--off-targets 0.4"),
    "5 latents, 2 labels without effect": recovery_case(5, "--null-labels 2"),
    "5 latents, 2 labels each": recovery_case(5, "--labels-per-latent 2"),
    "5 latents, observation noise 1": recovery_case(5, noise=1),
    "5 latents, gene programs, values cut at 0": (
        "--latents 5 --genes 200 --control-cells 4000 --cells-per-single 1000 --doubles 0", f"{CALIBRATED} --epochs 5"),
    "5 latents, counts": counts_case("--latents 5 --genes 300"),
    "5 latents, counts, 100 cells": counts_case("--latents 5 --genes 300", cells=100),
    "5 latents, counts, 2,000 genes": counts_case("--latents 5 --genes 2000 --genes-per-program 40"),
    "5 latents, counts, 2,000 genes, 4 times deeper": counts_case("--latents 5 --genes 2000 --genes-per-program 40", depth=12000),
    "10 latents, counts": counts_case("--latents 10 --genes 1000 --genes-per-program 40"),
    "10 latents, counts, 100 cells": counts_case("--latents 10 --genes 1000 --genes-per-program 40", cells=100),
    "5 latents, random start": recovery_case(5, train="--start random --learning-rate 1e-3 --learning-rate-decay none --epochs 100"),
    "5 latents, mean shifts, wider steps": recovery_case(5, train="--start mean-shifts --learning-rate 3e-3 --epochs 100"),
    "5 latents, published": (recovery_case(5)[0], "--epochs 100"),
}

PROGRAMS = "--latents 10 --genes 1000 --genes-per-program 40 --observation counts --library-size 3000 --shift 3 --doubles 10 --control-cells 400"
CONTEXT_SCREENS = {"100 cells a single": f"{PROGRAMS} --cells-per-single 100", "20 cells a single": f"{PROGRAMS} --cells-per-single 20"}
CONTEXTS = {"right": "--pathway-overlap 1 --edge-purity 1", "half right": "--pathway-overlap 0.5 --edge-purity 0.5",
            "random": "--pathway-overlap 0 --edge-purity 0"}


class Work:
    def __init__(self, arguments):
        self.arguments = arguments
        self.out = pathlib.Path(arguments.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.environment = dict(os.environ, OMP_WAIT_POLICY="passive")

    def call(self, *words):
        result = subprocess.run([self.arguments.program, "-q", *map(str, words)], capture_output=True, text=True, env=self.environment)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, words))}\n{result.stderr}")

    def run_folder(self, name, seed):
        return self.out / "runs" / f"{name}-{seed}".replace(" ", "_").replace(",", "").replace("+", "plus")

    def finished(self, name):
        """metrics.json and latents.json of every seed that is there."""
        folders = [self.run_folder(name, seed) for seed in range(self.arguments.seeds)]
        return [(json.loads((f / "metrics.json").read_text()), json.loads((f / "latents.json").read_text())) for f in folders if (f / "metrics.json").exists()]

    def run(self, name, screen, seed, options, network=None, truth=None, split=("--validation-fraction", "0")):
        """Trains and evaluates what is not there yet; returns metrics.json and latents.json."""
        words = options.split()
        if "--model" not in words:
            words += ["--model", "cmvae" if network is None else "grace-vae"]
        if "--objective" not in words:
            words += ["--objective", "published"]
        if "--epochs" not in words:
            words += ["--epochs", "100"]
        run = self.run_folder(name, seed)
        if not (run / "latents.json").exists():
            subprocess.run(["rm", "-rf", str(run)], check=True)
            self.call("train", screen, "-o", run, "--seed", seed, "--threads", 1, *split, *words, *(["--network", network] if network else []))
        if not (run / "metrics.json").exists():
            self.call("evaluate", run, *(["--truth", truth] if truth else []))
        return json.loads((run / "metrics.json").read_text()), json.loads((run / "latents.json").read_text())

    def simulate(self, name, knobs, seed):
        folder = self.out / "screens" / f"{name}-{seed}".replace(" ", "_").replace(",", "")
        if not (folder / "truth.json").exists():
            self.call("simulate", folder, *knobs.split(), "--seed", seed)
        return folder

    def all_of(self, cases, work):
        """{name: [result of every seed]} in order, `jobs` processes side by side; failures are said and left out."""
        names = [n for n in cases if not self.arguments.only or self.arguments.only in n]
        results = {name: [] for name in names}
        with concurrent.futures.ThreadPoolExecutor(self.arguments.jobs) as pool:
            futures = {name: [pool.submit(work, name, seed) for seed in range(self.arguments.seeds)] for name in names}
            for name in names:
                for future in futures[name]:
                    try:
                        results[name].append(future.result())
                    except RuntimeError as error:
                        print(error, file=sys.stderr)
        return results


def spread(values, digits=3):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    return f"{statistics.mean(values):.{digits}f}±{statistics.stdev(values) if len(values) > 1 else 0:.{digits}f}"


def lost_edges(structures):
    """Edges at latents that no label of the fit stands for: they have no order in it."""
    lost = statistics.mean(x["lost_edges"] for x in structures)
    return f" + {lost:.1f} lost" if lost else ""


def graph_row(results):
    s = [m["structure"] for m, _ in results]
    at = [x["at_threshold"] for x in s]
    exact = sum(a["shd"] == 0 for a in at)
    fit = [l["start"]["chi_square"] / l["start"]["degrees"] for _, l in results if "chi_square" in (l["start"] or {})]
    return [f"{exact} of {len(s)}", spread([a["f1"] for a in at], 2), spread([x["chance"]["random_order"]["f1"] for x in s], 2), spread([x["auprc"] for x in s], 2),
            spread([x["target_accuracy"] for x in s], 2), spread([x["order_violations"] for x in s], 1) + lost_edges(s), spread([x["latent_correlation"] for x in s], 2), spread(fit, 2)]


GRAPH_HEAD = ["exact", "F1", "F1 by chance", "AUPRC", "target accuracy", "order violations", "correlation of latents", "χ²/dof of the start"]


def table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(flush=True)


def scores_of(metrics, method, kind):
    for row in metrics["summary"]:
        if (row["kind"], row["gene_set"], row["method"]) == (kind, "de", method):
            return row["metrics"]
    return None


def prediction_cells(all_metrics, method):
    cells = []
    for kind in ("single", "double"):
        rows = [scores_of(m, method, kind) for m in all_metrics]
        rows = [r for r in rows if r]
        cells += [spread([r[k] for r in rows], d) if rows else "-" for k, d in (("r2.corrected", 4), ("mmd.unbiased", 4), ("pearson_delta", 3))]
    return cells


PREDICTION_HEAD = ["single: R2", "MMD", "Pearson Δ", "unseen double: R2", "MMD", "Pearson Δ"]


def prediction_table(results, first="variant"):
    rows = []
    for name, seeds in results.items():
        if not seeds:
            continue
        d = [l["diagnostics"] for _, l in seeds]
        rows.append([name, spread([x["active_units"] for x in d], 1), spread([x["latents_used"] for x in d], 1),
                     spread([x["change_with_cell"] / x["spread"] for x in d], 2)] + prediction_cells([m for m, _ in seeds], "model"))
    last = next((seeds for seeds in results.values() if seeds), [])
    for method in ("control", "mean-shift", "additive", "additive-clipped", "replicate", "noise-free"):
        rows.append([method, "", "", ""] + prediction_cells([m for m, _ in last], method))
    table([first, "active units", "latents of the labels", "change with the cell / spread"] + PREDICTION_HEAD, rows)


def toy(work, data):
    screen = data / "chain5_simulation/chain5.h5ad"
    cases = {"published": "--epochs 100", "calibrated": f"{CALIBRATED} --epochs 20 --batch-size 256",
             "calibrated, labels in no causal order": f"{CALIBRATED} --epochs 20 --batch-size 256"}
    shuffled = "--preset chain5 --latent-order shuffled --doubles 0"

    def one(name, seed):
        if "no causal" in name:
            folder = work.simulate("toy shuffled", shuffled, seed)
            return work.run(f"toy {name}", folder / "screen.h5ad", seed, cases[name], truth=folder / "truth.json")
        return work.run(f"toy {name}", screen, seed, cases[name], truth=screen)

    results = work.all_of(cases, one)
    table(["settings"] + GRAPH_HEAD, [[name] + graph_row(r) for name, r in results.items() if r])


def recovery(work, _):
    def one(name, seed):
        knobs, options = RECOVERY[name]
        folder = work.simulate(name, knobs, seed)
        return work.run(f"recovery {name}", folder / "screen.h5ad", seed, options, truth=folder / "truth.json")

    results = work.all_of(RECOVERY, one)
    table(["screen"] + GRAPH_HEAD, [[name] + graph_row(r) for name, r in results.items() if r])


def shuffled_network(work, data, fraction=1.0):
    """The real files with the names of a fraction of the genes exchanged at random; wholly: a graph of the same shape that says nothing."""
    folder = work.out / ("shuffled_network" if fraction == 1 else f"shuffled_network_{fraction}")
    if not (folder / "ppi_edgelist.txt").exists():
        folder.mkdir(exist_ok=True)
        sets = [line.rstrip("\n").split("\t") for line in open(data / "reactome/ReactomePathways.gmt")]
        pairs = [line.split() for line in open(data / "ppi/global_ppi_edgelist.txt")]
        genes = sorted({g for s in sets for g in s[2:]} | {g for p in pairs for g in p[:2]})
        genes = [g for g in genes if " " not in g]  # a protein edge list cannot hold the others: they stay themselves
        chosen = genes if fraction == 1 else random.Random(1).sample(genes, round(fraction * len(genes)))
        other = chosen[:]
        random.Random(0).shuffle(other)
        new = dict(zip(chosen, other))
        (folder / "sets.gmt").write_text("".join("\t".join(s[:2] + [new.get(g, g) for g in s[2:]]) + "\n" for s in sets))
        (folder / "relations.txt").write_text((data / "reactome/ReactomePathwaysRelation.txt").read_text())
        (folder / "ppi_edgelist.txt").write_text("".join(f"{new.get(p[0], p[0])} {new.get(p[1], p[1])}\n" for p in pairs))
    return folder


def subset(work, data):
    screen = data / "norman19_subset/norman19_k562_subset.h5ad"
    results = work.all_of(SUBSET, lambda name, seed: work.run(f"subset {name}", screen, seed, SUBSET[name], network=data if "reads the graph" in name or name == "published" or name[0] == "+" else None))
    prediction_table(results)


def real_graphs(work, data):
    return {"no graph": None, "real graph": data, "half exchanged": shuffled_network(work, data, 0.5), "genes exchanged": shuffled_network(work, data)}


def real_run(work, data, networks, which, variant, seed):
    screen = data / "norman19_subset/norman19_k562_subset.h5ad"
    return work.run(f"subset context {variant}, {which}", screen, seed, SUBSET[variant], network=networks[which])


def graphs(work, data):
    networks = real_graphs(work, data)
    graph_effects(work, list(networks), lambda which, variant, seed: real_run(work, data, networks, which, variant, seed))


def context_run(work, size, which, variant, seed):
    """A run of a simulated screen with one of the context graphs; its cells are the same with every graph, whose knobs have random streams of their own."""
    folder = work.simulate(f"context {size} {which}", f"{CONTEXT_SCREENS[size]} {CONTEXTS.get(which, CONTEXTS['right'])}", seed)
    options = SUBSET[variant]
    if "--fill-short=false" in options:
        options += " --keep-short"  # 16 training cells are less than a batch: without it nothing would train
    elif "--fill-short" not in options:
        options += " --fill-short"
    return work.run(f"context {size} {variant}, {which}", folder / "screen.h5ad", seed, options, network=None if which == "no graph" else folder / "network", truth=folder / "truth.json")


def context(work, _):
    for size in CONTEXT_SCREENS:
        print(size, "\n")
        graph_effects(work, ["no graph", *CONTEXTS], lambda which, variant, seed: context_run(work, size, which, variant, seed))


def graph_effects(work, graphs, run):
    """Every way through the encoder x every graph: MMD of doubles with each, the difference between the right one (the second) and one that says nothing (the last), and with the
    right one singles and whatever the truth can tell; then the baselines."""
    cases = {f"{variant}, {which}": (which, variant) for variant in WAYS for which in graphs}
    results = work.all_of(cases, lambda name, seed: run(*cases[name], seed))
    rows, any_run = [], None
    mmd = lambda runs, kind, method="model": [(scores_of(m, method, kind) or {}).get("mmd.unbiased") for m, _ in runs]  # none where no condition has enough test cells
    for variant in WAYS:
        seeds = {which: results.get(f"{variant}, {which}") or [] for which in graphs}
        if any(len(s) != work.arguments.seeds for s in seeds.values()):
            continue
        right = any_run = seeds[graphs[1]]
        doubles = [mmd(s, "double") for s in seeds.values()]
        gain = [b - a for a, b in zip(doubles[1], doubles[-1])]
        structure = [m["structure"] for m, _ in right if "structure" in m]
        rows.append([variant, spread([l["diagnostics"]["active_units"] for _, l in right], 1)] + ([
            f'{spread([x["at_threshold"]["f1"] for x in structure], 2)} ({spread([x["chance"]["random_order"]["f1"] for x in structure], 2)})'] if structure else []) + [
            spread(mmd(right, "single")), *map(spread, doubles), spread(gain), sum(g > 0 for g in gain)])
    if any_run is None:
        return
    truth = ["F1 (by chance)"] if "structure" in any_run[0][0] else []
    for method in ("control", "mean-shift", "additive", "additive-clipped", "replicate"):
        rows.append([method, "", *("" for _ in truth), spread(mmd(any_run, "single", method)), *([spread(mmd(any_run, "double", method))] * len(graphs)), "", ""])
    table(["variant", "active units", *truth, f"MMD of singles, {graphs[1]}", *(f"doubles, {which}" for which in graphs), f"{graphs[-1]} − {graphs[1]}", "better, seeds"], rows)


BLUE, GREY, ORANGE = "#0072b2", "#8a8f98", "#d55e00"


def save(figure, name):
    folder = HERE / "docs/images"
    figure.savefig(folder / f"study-{name}.svg", bbox_inches="tight", metadata={"Date": None})
    print(folder / f"study-{name}.svg")


def dots(axes, y, values, colour, marker="o"):
    axes.errorbar(statistics.mean(values), y, xerr=statistics.stdev(values) if len(values) > 1 else 0, fmt=marker, color=colour, capsize=2, markersize=5)


def plots(work, _):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "gracevae", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    import matplotlib.pyplot as plt

    recovered = {name: runs for name in RECOVERY if (runs := work.finished(f"recovery {name}"))}
    figure, axes = plt.subplots(figsize=(7, 0.24 * len(recovered) + 0.8))
    for y, (name, runs) in enumerate(recovered.items()):
        structures = [m["structure"] for m, _ in runs]
        dots(axes, y, [s["chance"]["random_order"]["f1"] for s in structures], GREY, "|")
        dots(axes, y, [s["at_threshold"]["f1"] for s in structures], BLUE)
    axes.set(yticks=range(len(recovered)), yticklabels=recovered, xlim=(-0.02, 1.03), ylim=(len(recovered) - 0.5, -0.5), xlabel="F1 of the edges: fit (dots) and chance (bars), mean ± sd over screens")
    axes.grid(axis="x", alpha=0.3)
    save(figure, "recovery")

    figure, axes = plt.subplots(figsize=(7, 3.4))
    for few, colour, marker, label in ((False, BLUE, "o", "300 or 1,000 cells a label"), (True, ORANGE, "^", "100 cells a label")):
        points = [(l["start"]["chi_square"] / l["start"]["degrees"], m["structure"]["at_threshold"]["f1"]) for name, runs in recovered.items()
                  if ("100 cells" in name) == few for m, l in runs if "chi_square" in (l["start"] or {})]
        axes.scatter([max(x, 0.5) for x, _ in points], [y for _, y in points], s=18, color=colour, marker=marker, alpha=0.7, label=label)
    axes.axvline(4, color=GREY, linewidth=1)
    axes.text(4.1, 0.5, "above: no graph is given", color=GREY)
    axes.set(xscale="log", xlabel="χ² of the moment fit / degrees of freedom", ylabel="F1 of the edges")
    axes.legend(frameon=False, loc="center right")
    save(figure, "trust")

    variants = {name: runs for name in SUBSET if (runs := work.finished(f"subset {name}"))}
    figure, both = plt.subplots(1, 2, figsize=(8, 0.24 * len(variants) + 0.8), sharey=True)
    for axes, kind in zip(both, ("single", "double")):
        for y, runs in enumerate(variants.values()):
            dots(axes, y, [scores_of(m, "model", kind)["mmd.unbiased"] for m, _ in runs], BLUE)
        last = next(reversed(variants.values()))
        for method, colour in (("additive", ORANGE), ("replicate", GREY)):
            axes.axvline(statistics.mean(scores_of(m, method, kind)["mmd.unbiased"] for m, _ in last), color=colour, linewidth=1, label=method)
        axes.set(xlabel="MMD of " + ("held-out singles" if kind == "single" else "unseen doubles"), yticks=range(len(variants)), yticklabels=variants, ylim=(len(variants) - 0.5, -0.5))
        axes.grid(axis="x", alpha=0.3)
    both[1].legend(frameon=False)
    save(figure, "subset")


def main():
    parts = {"toy": toy, "recovery": recovery, "subset": subset, "graphs": graphs, "context": context, "plots": plots}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=parts)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--program", default=str(HERE / "build/release/gracevae"))
    arguments = parser.parse_args()
    parts[arguments.part](Work(arguments), pathlib.Path(arguments.data))


if __name__ == "__main__":
    main()
