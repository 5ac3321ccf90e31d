#!/usr/bin/python3
"""A simulated campaign of perturbations: which targets to measure next, on Replogle's ranks.

    experiments/campaign.py TABLE OUTPUT_FOLDER SOURCE_OPTION... [--seeds 5] [--rounds 5] [--per-round 25]

TABLE is one of experiments/effect_tables.py; source options are those of `gracevae effects` (--edges FILES --gene-sets FILES). A fifth
of the targets is never measured: they are predicted after every round. All strategies of a seed start from the same 25 targets, drawn at
random. Writes campaign.tsv: strategy, seed, measured targets, mean cosine and R2 of the effects that were never measured (changes are
from the mean of the measured), expected cosine.

Needs python3-anndata and python3-pandas of Debian, and the program (GRACEVAE).
"""
import os
import subprocess
import sys

import anndata
import numpy
import pandas


def program(*arguments):
    subprocess.run([os.environ["GRACEVAE"], "--quiet", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def write_names(file, names):
    with open(file, "w", encoding="utf-8") as out:
        out.write("".join(f"{name}\n" for name in names))


def score(table, measured, tested, folder, table_file, sources):
    write_names(f"{folder}/measured.txt", measured)
    write_names(f"{folder}/tested.txt", tested)
    program("effects", table_file, *sources, "--measured", f"{folder}/measured.txt", "--all-targets", f"{folder}/tested.txt",
            "--format", "h5ad", "-o", f"{folder}/predicted")
    said = anndata.read_h5ad(f"{folder}/predicted/effects.h5ad")
    expected = pandas.read_csv(f"{folder}/predicted/conditions.tsv", sep="\t").rho.mean()
    x = said.X.toarray() if hasattr(said.X, "toarray") else said.X
    mean = table.loc[measured].to_numpy().mean(axis=0)
    truth, change = table.loc[said.obs_names].to_numpy() - mean, x - mean
    lengths = numpy.linalg.norm(change, axis=1) * numpy.linalg.norm(truth, axis=1)
    cosines = numpy.where(numpy.linalg.norm(change, axis=1) > 1e-5, (change * truth).sum(axis=1) / lengths, 0)
    return cosines.mean(), 1 - ((truth - change) ** 2).sum() / (truth ** 2).sum(), expected


def main():
    words = sys.argv[1:]
    numbers = {"--seeds": 5, "--rounds": 5, "--per-round": 25}
    for word in numbers:
        if word in words:
            at = words.index(word)
            numbers[word] = int(words[at + 1])
            del words[at:at + 2]
    table_file, folder, *sources = words
    os.makedirs(folder, exist_ok=True)
    table = pandas.read_csv(table_file, sep="\t", index_col=0)
    rows = []
    for seed in range(numbers["--seeds"]):
        names = numpy.random.default_rng(seed).permutation(table.index)
        tested, pool = list(names[:len(names) // 5]), list(names[len(names) // 5:])
        start = pool[:25]
        for strategy in ("reduction", "variance", "random"):
            measured = list(start)
            for number in range(numbers["--rounds"] + 1):
                cosine, r2, expected = score(table, measured, tested, folder, table_file, sources)
                rows.append((strategy, seed, len(measured), cosine, r2, expected))
                print(*rows[-1], flush=True)
                if number == numbers["--rounds"]:
                    break
                write_names(f"{folder}/candidates.txt", [name for name in pool if name not in measured])
                program("design", table_file, *sources, "--measured", f"{folder}/measured.txt", "--candidates", f"{folder}/candidates.txt",
                        "--budget", numbers["--per-round"], "--criterion", strategy, "--seed", 100 * seed + number, "-o",
                        f"{folder}/plan.tsv")
                measured += list(pandas.read_csv(f"{folder}/plan.tsv", sep="\t").condition)
    result = pandas.DataFrame(rows, columns=["strategy", "seed", "measured", "cosine", "r2", "expected"])
    result.to_csv(f"{folder}/campaign.tsv", sep="\t", index=False, float_format="%.4f")
    print(result.groupby(["measured", "strategy"])[["cosine", "r2"]].agg(["mean", "std"]).round(3).to_string())


if __name__ == "__main__":
    main()
