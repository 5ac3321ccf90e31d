#!/usr/bin/python3
"""Tables of measured effects for `gracevae effects`, from what is published without cells.

    experiments/effect_tables.py OUTPUT_FOLDER [DATA_FOLDER]

DATA_FOLDER (default: $GRACEVAE_DATA, else ../shared/data) holds replogle22_up_ranks and norman19_interactions. Writes

k562.tsv, rpe1.tsv  Replogle et al. 2022: 585 targets x every gene in either list of raised genes, 1 - log(rank)/log(1001), 0 where
                    a gene is not listed. Lowered genes and sizes of effects are not there.
norman.tsv          Norman et al. 2019: 105 singles and the doubles of two of them x coordinates in which the squared distances of
                    means are the published E-distances (classical scaling around control; axes of negative variance are left out).

Needs python3-numpy and python3-pandas of Debian.
"""
import os
import sys

import numpy
import pandas


def replogle(folder, names):
    ranks = {name: pandas.read_csv(f"{folder}/{name}_up_ranked.tsv.gz", sep="\t") for name in names}
    genes = sorted(set().union(*(set(table.gene) for table in ranks.values())))
    for name, table in ranks.items():
        table = table.assign(effect=1 - numpy.log(table["rank"]) / numpy.log(1001))
        yield name, table.pivot(index="pert", columns="gene", values="effect").reindex(columns=genes).fillna(0)


def norman(folder):
    distances = pandas.read_csv(f"{folder}/edistance_237.csv.gz", index_col=0)
    names = [name for name in distances.index if name != "control"]
    from_control = distances.loc[names, "control"].to_numpy()
    between = distances.loc[names, names].to_numpy()
    products = (from_control[:, None] + from_control[None, :] - (between + between.T) / 2) / 2
    variances, axes = numpy.linalg.eigh(products)
    kept = variances > 1e-9 * variances.max()
    coordinates = axes[:, kept] * numpy.sqrt(variances[kept])
    singles = {name for name in names if "_" not in name}
    rows = [i for i, name in enumerate(names) if set(name.split("_")) <= singles]
    return pandas.DataFrame(coordinates[rows], index=[names[i].replace("_", "+") for i in rows],
                            columns=[f"axis{k}" for k in range(kept.sum())])


def main():
    output, data = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else os.environ.get("GRACEVAE_DATA", "../shared/data")
    os.makedirs(output, exist_ok=True)
    for name, table in replogle(f"{data}/replogle22_up_ranks", ("k562", "rpe1")):
        table.to_csv(f"{output}/{name}.tsv", sep="\t", float_format="%.6g", index_label="target")
    norman(f"{data}/norman19_interactions").to_csv(f"{output}/norman.tsv", sep="\t", float_format="%.8g", index_label="condition")


if __name__ == "__main__":
    main()
