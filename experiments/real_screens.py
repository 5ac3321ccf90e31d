#!/usr/bin/python3
"""Two real screens as .h5ad of raw counts, from their published tables.

    experiments/real_screens.py OUTPUT_FOLDER [DATA_FOLDER]

DATA_FOLDER (default: $GRACEVAE_DATA, else ../shared/data) holds papalexi21_eccite and datlinger21_cropseq. Writes

papalexi.h5ad   Papalexi et al. 2021 (ECCITE-seq, knock-out): obs gene (the label), guide, replicate, n_counts. A cell has
                the guide with the most counts where that is 5 or more and 4 of 5 of all its guide counts; other cells
                are left out.
datlinger.h5ad  Datlinger et al. 2021 (CROP-seq, knock-out, Jurkat): obs gene, guide, stimulation, n_counts (total of the
                whole transcriptome, as published).

Needs python3-anndata and python3-scipy of Debian.
"""
import gzip
import os
import sys

import anndata
import numpy
import pandas
import scipy.io
import scipy.sparse


def read_matrix(path):
    with gzip.open(path) as file:
        return scipy.sparse.csr_matrix(scipy.io.mmread(file).T, dtype=numpy.float32)


def rows_of_guides(targets):
    """Rows of targets in the order of the guides' rows of counts, which are not in the table's: first CUL3, CMTM6 and
    the non-targeting ones, last those of PDL1. Found from the effects: so ordered, all four guides of JAK2 lower JAK2
    to .15-.27 of control, three of STAT1 lower STAT1 to .10-.20, the four of STAT2 lower STAT2 to .39-.61, the four of
    IFNGR1, IFNGR2, IRF1, JAK2 and SMAD4 each agree; in the table's order those groups of four stand six rows down or
    three rows up, across genes."""
    first = ["CUL3", "CMTM6", "non-targeting"]
    place = {name: k for k, name in enumerate(first)}
    return sorted(range(len(targets)), key=lambda i: (len(first) + 1 if targets.grna_id[i].startswith("PDL1")
                                                      else place.get(targets.grna_target[i], len(first)), i))


def papalexi(folder):
    counts = read_matrix(f"{folder}/response_299x20729.mtx.gz")
    guides = read_matrix(f"{folder}/grna_110x20729.mtx.gz").toarray()
    targets = pandas.read_csv(f"{folder}/grna_targets.csv")
    targets = targets.iloc[rows_of_guides(targets)]
    genes = [line.strip() for line in open(f"{folder}/genes.txt")]
    replicate = [line.strip() for line in gzip.open(f"{folder}/bio_rep.txt.gz", "rt")]
    best = guides.argmax(1)
    most = guides.max(1)
    called = (most >= 5) & (most >= 0.8 * guides.sum(1))
    obs = pandas.DataFrame({"gene": targets.grna_target.values[best], "guide": targets.grna_id.values[best],
                            "replicate": replicate, "n_counts": numpy.asarray(counts.sum(1)).ravel()},
                           index=[f"cell{i}" for i in range(len(best))])
    kept = numpy.flatnonzero(called)
    return anndata.AnnData(counts[kept], obs.iloc[kept], pandas.DataFrame(index=genes), dtype=numpy.float32)


def datlinger(folder):
    counts = read_matrix(f"{folder}/matrix.mtx.gz")
    genes = pandas.read_csv(f"{folder}/genes.csv.gz", index_col=0).x.values
    cells = pandas.read_csv(f"{folder}/barcodes.csv.gz", index_col=0).x.values
    table = pandas.read_csv(f"{folder}/seurat_metadata.csv.gz", index_col=0)
    if counts.shape[0] != len(cells):
        counts = scipy.sparse.csr_matrix(counts.T)
    table = table.loc[cells]
    guide = table.perturbation.astype(str)
    obs = pandas.DataFrame({"gene": [name.rsplit("_", 1)[0] for name in guide], "guide": guide.values,
                            "stimulation": table.perturbation_2.values, "n_counts": table.ncounts.values}, index=cells)
    return anndata.AnnData(counts, obs, pandas.DataFrame(index=genes), dtype=numpy.float32)


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    output = sys.argv[1]
    data = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("GRACEVAE_DATA", "../shared/data")
    os.makedirs(output, exist_ok=True)
    for name, make, folder in [("papalexi", papalexi, "papalexi21_eccite"),
                               ("datlinger", datlinger, "datlinger21_cropseq")]:
        screen = make(f"{data}/{folder}")
        for column in ("gene", "guide", "replicate", "stimulation"):
            if column in screen.obs:
                screen.obs[column] = screen.obs[column].astype("category")
        screen.write_h5ad(f"{output}/{name}.h5ad")
        print(f"{output}/{name}.h5ad: {screen.n_obs} cells x {screen.n_vars} genes")
        print(screen.obs.gene.value_counts().to_string())


if __name__ == "__main__":
    main()
