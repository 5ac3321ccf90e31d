"""Text files for tests/unit/io/text_interop_test.cpp, which computes the same content by the same rules on its side.

make FOLDER   writes 10x folders with scipy.io.mmwrite, and tables and labels with pandas
"""
import gzip
import os
import sys

import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse as sp

N, P = 40, 12  # cells, genes


def x_rule():
    """x[i, j] = (7 i + 3 j) mod 5, halved, with zeros where the remainder is below 3."""
    i, j = np.indices((N, P))
    rest = (7 * i + 3 * j) % 5
    return np.where(rest < 3, 0, rest / 2)


def write_folder(folder, matrix, field, packed):
    """`matrix` as scipy writes it; the lists beside it."""
    os.makedirs(folder)
    end = ".gz" if packed else ""
    opened = gzip.open if packed else open
    with opened(f"{folder}/matrix.mtx{end}", "wb") as stream:
        scipy.io.mmwrite(stream, matrix, field=field, symmetry="general")
    with opened(f"{folder}/barcodes.tsv{end}", "wt") as stream:
        stream.write("".join(f"cell_{i}é-1\n" for i in range(N)))
    with opened(f"{folder}/features.tsv{end}", "wt") as stream:
        stream.write("".join(f"g{j}\tS{j}\tGene Expression\n" for j in range(P)))


def make(folder):
    x = x_rule()
    genes_by_cells = x.T
    shuffled = sp.coo_matrix(genes_by_cells)
    order = np.random.default_rng(1).permutation(shuffled.nnz)
    shuffled = sp.coo_matrix((shuffled.data[order], (shuffled.row[order], shuffled.col[order])), shape=shuffled.shape)
    cases = {
        "real": (sp.csc_matrix(genes_by_cells), "real"),
        "integer": (sp.csc_matrix(2 * genes_by_cells).astype(np.int64), "integer"),
        "pattern": (sp.csc_matrix(genes_by_cells), "pattern"),
        "by_gene": (sp.csr_matrix(genes_by_cells).tocoo(), "real"),
        "cells_first": (sp.csc_matrix(x), "real"),
        "shuffled": (shuffled, "real"),
    }
    for name, (matrix, field) in cases.items():
        write_folder(f"{folder}/{name}", matrix, field, packed=False)
        write_folder(f"{folder}/{name}_gz", matrix, field, packed=True)

    cells = [f"cell_{i}é-1" for i in range(N)]
    frame = pd.DataFrame(x, index=cells, columns=[f"g{j}" for j in range(P)])
    frame.T.to_csv(f"{folder}/genes_in_rows.tsv", sep="\t")
    frame.insert(3, "condition", [["", "A", 'A,"B"'][i % 3] for i in range(N)])
    frame.to_csv(f"{folder}/comma.csv")
    frame.to_csv(f"{folder}/tab.txt.gz", sep="\t", index_label="cell")
    frame.to_csv(f"{folder}/semicolon.csv", sep=";", quoting=1, index_label="cell")

    labels = pd.DataFrame({
        "cell_barcode": cells,
        "guide_identity": [["control", "A", "A,B"][i % 3] for i in range(N)],
        "read_count": np.arange(N) * 3,
        "share": [i / 4 if i % 5 else None for i in range(N)],
    })
    labels.sample(frac=1, random_state=1).to_csv(f"{folder}/cell_identities.csv.gz", index=False)


if __name__ == "__main__":
    make(sys.argv[2])
