#!/usr/bin/python3
"""Which shrunken mean shift of a label is nearer to what other cells of it show (docs/starts.md): gene by gene, as training starts
with, or by the process over targets of `gracevae effects`.

usage: experiments/start_shrinkage.py SCREEN.h5ad OUT [--label-column COLUMN] [--control LABEL] [--network FOLDER] [--cells 20 50 0]
       [--seeds 5] [--program build/release/gracevae]
  --cells   training cells of a label; 0 = four of five. The others are what a shift is compared with.
Prints the squared error of the shifts, less that of the held-out mean, over the squared held-out shift; mean ± sd over seeds.
"""
import argparse
import pathlib
import subprocess

import anndata
import numpy
import pandas

HERE = pathlib.Path(__file__).resolve().parent.parent


def moments(x):
    n = len(x)
    return x.mean(0), x.var(0, ddof=1) / n if n > 1 else numpy.zeros(x.shape[1])


def one(arguments, data, x, labels, n_cells, seed):
    random = numpy.random.default_rng(seed)
    control = numpy.flatnonzero(labels == arguments.control)
    trained, tested = {}, {}
    for name in sorted(set(labels) - {arguments.control}):
        if "+" in name or "_" in name:
            continue
        cells = random.permutation(numpy.flatnonzero(labels == name))
        n = n_cells or 4 * len(cells) // 5
        if n < 2 or len(cells) - n < 5:
            continue
        trained[name], tested[name] = cells[:n], cells[n:]
    folder = pathlib.Path(arguments.out) / f"{n_cells}_{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    kept = numpy.concatenate([control, *trained.values()])
    part = anndata.AnnData(data.X[kept], obs=pandas.DataFrame({"label": labels[kept]}, index=data.obs_names[kept]), var=data.var)
    part.write_h5ad(folder / "train.h5ad")
    network = ["--network", arguments.network] if arguments.network else []
    subprocess.run([arguments.program, "-q", "effects", folder / "train.h5ad", "--label-column", "label", "--control", arguments.control, *network,
                    "--targets", ",".join(trained), "-o", folder / "effects"], check=True)
    said = pandas.read_csv(folder / "effects" / "effects.tsv", sep="\t", dtype={"condition": str, "gene": str})
    said = {name: rows["effect"].to_numpy() for name, rows in said.groupby("condition")}
    base, base_error = moments(x[control])
    # as the start has it: the variance within regimes, of all cells
    within = sum(x[cells].var(0) * len(cells) for cells in [control, *trained.values()]) / len(kept)
    sums = dict.fromkeys(("raw", "start", "process"), 0.0)
    size = 0.0
    for name in trained:
        mean, _ = moments(x[trained[name]])
        truth, error = moments(x[tested[name]])
        shift, truth = mean - base, truth - base
        noise = within * (1 / len(trained[name]) + 1 / len(control))
        start = shift * numpy.clip(1 - noise / numpy.maximum(shift**2, 1e-300), 0, None)
        for row, guess in (("raw", shift), ("start", start), ("process", said[name])):
            sums[row] += ((guess - truth) ** 2 - error).sum()
        size += (truth**2 - error).sum()
    return {row: value / size for row, value in sums.items()}, len(trained)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screen")
    parser.add_argument("out")
    parser.add_argument("--label-column", default="condition")
    parser.add_argument("--control", default="control")
    parser.add_argument("--network")
    parser.add_argument("--cells", type=int, nargs="+", default=[20, 50, 0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--program", default=HERE / "build/release/gracevae")
    arguments = parser.parse_args()
    data = anndata.read_h5ad(arguments.screen)
    x = data.X.toarray().astype(float) if hasattr(data.X, "toarray") else numpy.asarray(data.X, float)
    labels = data.obs[arguments.label_column].astype(str).to_numpy()
    print("| training cells | labels | raw | start | process |\n| --- | --- | --- | --- | --- |")
    for n_cells in arguments.cells:
        found = [one(arguments, data, x, labels, n_cells, seed) for seed in range(arguments.seeds)]
        row = [f"{numpy.mean([f[0][k] for f in found]):.3f} ± {numpy.std([f[0][k] for f in found], ddof=1):.3f}" for k in ("raw", "start", "process")]
        print(f"| {n_cells or 'four of five'} | {found[0][1]} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
