#!/usr/bin/env python3
"""Real screens as they are designed: a treatment that hangs together with the labels (docs/covariates.md), and doubles whose targets have no
single (docs/combinations.md).

usage: experiments/real_designs.py PART DATA OUT [--seeds 5] [--program build/release/gracevae]
  PART  treatment  Datlinger et al. 2021, stimulated and resting cells: pooled against within strata
        doubles    the published part of Norman et al. 2019: its ten doubles with a target that has no single, left out or in training
  DATA  folder with datlinger21_cropseq/ and norman19_subset/
  OUT   folder for screens and runs; what is finished in it is not made again
"""
import argparse
import gzip
import pathlib

from program import folder_name, run, scored, spread

HERE = pathlib.Path(__file__).resolve().parent.parent
ROWS = ("chance", "control", "mean-shift", "training-mean", "additive", "additive-clipped", "scaled-additive", "regression", "model", "replicate", "noise-free")
METRICS = (("r2.corrected", 3), ("mmd.unbiased", 3), ("pearson_delta", 3))


def rows_of(arguments, name, screen, seed, options):
    """Summary rows of a run, by kind, gene set and method."""
    folder = pathlib.Path(arguments.out) / folder_name(name, seed)
    metrics = scored(arguments.program, folder, screen, seed, ["--model", "cmvae", *options])
    return {(row["kind"], row["gene_set"], row["method"]): row["metrics"] for row in metrics["summary"]}


def table(runs, first, kinds):
    """runs: {name: [rows of every seed]}."""
    heads = [f"{title}: {metric}" for _, _, title in kinds for metric in ("R2", "MMD", "Pearson Δ")]
    print(f"| {first} | row | " + " | ".join(heads) + " |\n" + "| --- " * (len(heads) + 2) + "|")
    for name, seeds in runs.items():
        for method in ROWS:
            cells = []
            for kind, genes, _ in kinds:
                rows = [s[(kind, genes, method)] for s in seeds if (kind, genes, method) in s]
                for metric, digits in METRICS:
                    values = [r[metric] for r in rows if r.get(metric) is not None]
                    cells.append(spread(values, digits) if len(values) == len(seeds) else "")
            if any(cells):
                print(f"| {name} | {method} | " + " | ".join(cells) + " |", flush=True)


def datlinger(arguments):
    """Log-normalised by the total counts of the whole cell, which the table has."""
    import anndata
    import numpy as np
    import pandas as pd
    import scipy.io
    file = pathlib.Path(arguments.out) / "datlinger.h5ad"
    if file.exists():
        return file
    folder = pathlib.Path(arguments.data) / "datlinger21_cropseq"
    x = scipy.io.mmread(gzip.open(folder / "matrix.mtx.gz")).T.tocsr().astype(np.float32)
    obs = pd.read_csv(folder / "seurat_metadata.csv.gz", index_col=0)
    x = x.multiply(1e4 / obs["ncounts"].to_numpy(float)[:, None]).tocsr()
    x.data = np.log1p(x.data).astype(np.float32)
    cells = pd.DataFrame({"perturbation": obs["perturbation"].astype(str), "treatment": obs["perturbation_2"].astype(str)}, index=obs.index)
    genes = pd.DataFrame(index=pd.read_csv(folder / "genes.csv.gz", index_col=0)["x"])
    anndata.AnnData(x, obs=cells, var=genes).write(file)
    return file


def treatment(arguments):
    screen = datlinger(arguments)
    designs = {"pooled": "--split random", "within strata": "--split random --covariates treatment",
               "within strata, unseen in stimulated": "--covariates treatment --split unseen-in:treatment=stimulated"}
    runs = {name: [rows_of(arguments, f"treatment {name}", screen, seed, options.split()) for seed in range(arguments.seeds)] for name, options in designs.items()}
    table(runs, "design", [("single", "de", "top 20 genes"), ("single", "all", "all genes")])


def doubles(arguments):
    import anndata
    screen = pathlib.Path(arguments.data) / "norman19_subset/norman19_k562_subset.h5ad"
    condition = anndata.read_h5ad(screen, backed="r").obs["condition"].astype(str).to_dict()
    singles = {c for c in condition.values() if "+" not in c}
    runs = {"none": [], "ten": []}
    for seed in range(arguments.seeds):
        splits = pathlib.Path(arguments.out) / f"splits-{seed}"
        if not splits.exists():
            run(arguments.program, "split", screen, "-o", splits, "--split", "unseen-double", "--seeds", seed)
        lines = [line.split("\t") for line in (splits / f"split_seed{seed}.tsv").read_text().splitlines()[1:]]
        for name, fold_of_others in (("none", "unused"), ("ten", "train")):
            file = splits / f"{name}.tsv"
            folds = (f"{cell}\t{fold if singles.issuperset(condition[cell].split('+')) else fold_of_others}" for cell, fold, *_ in lines)
            file.write_text("cell\tfold\n" + "\n".join(folds) + "\n")
            runs[name].append(rows_of(arguments, f"doubles {name}", screen, seed, ["--split-file", file, "--split", "random"]))
    table(runs, "other doubles in training", [("single", "de", "singles"), ("double", "de", "unseen doubles, top 20 genes"), ("double", "all", "unseen doubles, all genes")])


def main():
    parts = {"treatment": treatment, "doubles": doubles}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=parts)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--program", default=str(HERE / "build/release/gracevae"))
    arguments = parser.parse_args()
    pathlib.Path(arguments.out).mkdir(parents=True, exist_ok=True)
    parts[arguments.part](arguments)


if __name__ == "__main__":
    main()
