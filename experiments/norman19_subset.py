#!/usr/bin/env python3
"""The table of docs/results.md: GraCE-VAE and CMVAE on the published part of Norman 2019, on exactly the cells, control pairs and unseen doubles
that the published code was measured on, three seeds, and GraCE-VAE with the calibrated objective.

usage: experiments/norman19_subset.py DATA SPLITS.json OUT [--program build/release/gracevae]
  DATA        folder with norman19_subset/, reactome/ and ppi/
  SPLITS.json norman19_subset_splits.json
  OUT         folder for the runs; finished runs in it are not made again
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
VARIANTS = {
    "GraCE-VAE": ["--model", "grace-vae", "--objective", "published"],
    "CMVAE, its own published settings": ["--model", "cmvae", "--objective", "published", "--alpha-max", "10", "--beta-max", "2", "--lambda", "1e-3", "--tau-max", "5", "--clamp", "0"],
    "CMVAE, best settings of the paper's search": ["--model", "cmvae", "--objective", "published"],
    "GraCE-VAE, calibrated": ["--model", "grace-vae", "--objective", "calibrated", "--epochs", "100"],
}
BLOCKS = [
    ("paper", "published protocol, top 20 DE genes of all cells", [("paper.r2", "R2"), ("paper.rmse", "RMSE"), ("paper.mmd", "MMD")]),
    ("de", "top 20 DE genes, chosen without the scored cells", [("r2.corrected", "R2"), ("mmd.unbiased", "MMD"), ("pearson_delta", "Pearson Δ")]),
    ("all", "all genes", [("r2.corrected", "R2"), ("mmd.unbiased", "MMD"), ("pearson_delta", "Pearson Δ")]),
]
BASELINES = ("chance", "control", "mean-shift", "training-mean", "additive", "additive-clipped", "replicate", "noise-free")


def make_run(arguments, name, options, seed):
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    split, run = out / f"split{seed}.tsv", out / f"{name}-{seed}".replace(" ", "_").replace(",", "").replace("'", "")
    data = pathlib.Path(arguments.data)
    if not split.exists():
        subprocess.run([sys.executable, HERE / "tests/support/golden_split_to_tsv.py", arguments.splits, str(seed), split], check=True)
    if not (run / "model.safetensors").exists():
        subprocess.run([arguments.program, "train", data / "norman19_subset/norman19_k562_subset.h5ad", "--network", data, "--split-file", split,
                        "-o", run, "--seed", str(seed), *options, *(["--resume"] if (run / "checkpoint.safetensors").exists() else [])], check=True)
    if not (run / "metrics.json").exists():
        # The published code averaged all 18 singles, of which one has 19 test cells.
        subprocess.run([arguments.program, "evaluate", run, "--min-test-cells", "19"], check=True, stdout=subprocess.DEVNULL)
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    return json.loads((run / "metrics.json").read_text()), sum(line["seconds"] for line in history), history[-1]["diagnostics"]


def number(values):
    values = [v for v in values if v is not None]
    if not values:
        return ""
    sd = statistics.stdev(values) if len(values) > 1 else 0
    return f"{statistics.mean(values):.3f}±{sd:.3f}"


def row(name, per_seed, gene_set, columns):
    cells = [number([m.get((kind, gene_set), {}).get(metric) for m in per_seed]) for kind in ("single", "double") for metric, _ in columns]
    return f"| {name} | " + " | ".join(cells) + " |" if any(cells) else ""


def summaries(metrics, method):
    return {(s["kind"], s["gene_set"]): s["metrics"] for s in metrics["summary"] if s["method"] == method}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("splits")
    parser.add_argument("out")
    parser.add_argument("--program", default=str(HERE / "build/release/gracevae"))
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    notes, variants, last = [], {}, []
    for name, options in VARIANTS.items():
        runs = [make_run(arguments, name, options, seed) for seed in range(arguments.seeds)]
        last = [metrics for metrics, _, _ in runs]
        variants[name] = [summaries(m, "model") for m in last]
        seconds = [s for _, s, _ in runs]
        notes.append(f"{name}: {statistics.median(seconds):.1f} s of training (median; {min(seconds):.1f} to {max(seconds):.1f}); "
                     f"active units {[d['active_units'] for _, _, d in runs]}, latents used {[d['latents_used'] for _, _, d in runs]}, "
                     f"KL {[round(sum(d['kl_per_latent']), 4) for _, _, d in runs]}, max |G| {[round(d['max_abs_g'], 3) for _, _, d in runs]}")
    for gene_set, title, columns in BLOCKS:
        print(f"\n{title} (mean ± sd over {arguments.seeds} seeds)\n")
        heads = [f"{kind} {label}" for kind in ("single", "double") for _, label in columns]
        print("| variant | " + " | ".join(heads) + " |\n|" + " --- |" * (len(heads) + 1))
        for name, per_seed in variants.items():
            print(row(name, per_seed, gene_set, columns))
        for method in BASELINES:
            if line := row(method, [summaries(m, method) for m in last], gene_set, columns):
                print(line)
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
