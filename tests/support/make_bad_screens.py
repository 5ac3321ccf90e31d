#!/usr/bin/python3
"""Writes small screens, each good.h5ad with one fault, and network folders, for tests/integration/test_bad_input.sh.

usage: make_bad_screens.py FOLDER
Needs Debian's python3-anndata and python3-h5py. 30 genes G00 … G29; 60 cells of control, A, B and C each, 20 of A+B.
"""
import pathlib
import re
import sys
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse

warnings.filterwarnings("ignore")
GENES = [f"G{i:02d}" for i in range(30)]
LABELS = ["control"] * 60 + ["A"] * 60 + ["B"] * 60 + ["C"] * 60 + ["A+B"] * 20


def screen(labels=LABELS, genes=GENES):
    random = np.random.default_rng(0)
    values = np.log1p(random.poisson(0.7, size=(len(labels), len(genes)))).astype(np.float32)
    obs = pd.DataFrame({"condition": pd.Categorical(labels), "batch": "one"}, index=[f"cell{i}" for i in range(len(labels))])
    return anndata.AnnData(scipy.sparse.csr_matrix(values), obs=obs, var=pd.DataFrame(index=genes))


def write_network(folder, gmt=None, edges=None):
    folder.mkdir()
    good_gmt = "".join(f"Pathway {i}\tR-HSA-{i}\t" + "\t".join(GENES[6 * i:6 * i + 6]) + "\n" for i in range(5))
    good_edges = "".join(f"{GENES[i]}\t{GENES[i + 1]}\n" for i in range(29))
    (folder / "pathways.gmt").write_text(good_gmt if gmt is None else gmt(good_gmt))
    (folder / "protein_edgelist.txt").write_text(good_edges if edges is None else edges(good_edges))
    (folder / "pathway_relations.txt").write_text("R-HSA-0\tR-HSA-1\nR-HSA-0\tR-HSA-2\n")


def with_line(number, line):
    """A change of a text that puts `line` where line `number` (from 1) was."""
    def change(text):
        lines = text.splitlines()
        lines[number - 1] = line
        return "\n".join(lines) + "\n"
    return change


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    screen().write_h5ad(folder / "good.h5ad")

    whole = (folder / "good.h5ad").read_bytes()
    (folder / "truncated.h5ad").write_bytes(whole[:len(whole) // 2])
    (folder / "empty.h5ad").write_bytes(b"")
    (folder / "text.h5ad").write_text("this is no HDF5 file\n")

    screen(labels=["ctrl" if label == "control" else label for label in LABELS]).write_h5ad(folder / "no_control.h5ad")
    screen(labels=LABELS + ["D"] * 20).write_h5ad(folder / "small_regime.h5ad")
    screen(genes=GENES[:-2] + ["G03", "G03"]).write_h5ad(folder / "repeated_genes.h5ad")

    data = screen()
    data.X.data[17] = np.nan
    data.write_h5ad(folder / "nan.h5ad")
    data = screen()
    data.X.data[17] = np.inf
    data.write_h5ad(folder / "infinity.h5ad")
    data = screen()
    data.X.data[17] = -1.5
    data.write_h5ad(folder / "negative.h5ad")

    for name, change in {
            "index_out_of_range": lambda x: x["indices"].__setitem__(3, 30),
            "indptr_decreases": lambda x: x["indptr"].__setitem__(5, 0),
            "lengths_disagree": lambda x: x.attrs.__setitem__("shape", np.array([len(LABELS) + 1, 30]))}.items():
        (folder / f"{name}.h5ad").write_bytes(whole)
        with h5py.File(folder / f"{name}.h5ad", "r+") as file:
            change(file["X"])

    write_network(folder / "network")
    foreign = lambda text: re.sub(r"\bG(\d\d)\b", r"ENSG000000000\1", text)
    write_network(folder / "network_foreign", gmt=foreign, edges=foreign)
    write_network(folder / "network_bad_gmt", gmt=with_line(3, "Pathway 2 R-HSA-2 G12 G13"))
    write_network(folder / "network_repeated_gmt", gmt=with_line(4, "Pathway again\tR-HSA-1\tG01"))
    write_network(folder / "network_bad_edges", edges=with_line(7, "G06"))
    write_network(folder / "network_three_columns", edges=with_line(9, "G08\tG09\tbinds"))
    (folder / "network_empty").mkdir()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
