#!/usr/bin/python3
"""Writes a large .h5ad of random counts in little memory: CSR X, labels of singles and control.

usage: large_screen.py OUT.h5ad [--cells 100000] [--genes 20000] [--density 0.1] [--targets 200] [--gzip]

The values are drawn, not simulated: the file shows what reading and preparing cost, nothing about models. Needs
python3-h5py.
"""
import argparse

import h5py
import numpy as np

BLOCK = 4096  # cells


def strings(values):
    return np.array(values, dtype=h5py.string_dtype())


def write_frame(file, group, index, columns):
    frame = file.create_group(group)
    frame.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    frame.attrs["column-order"] = strings(list(columns))
    frame["_index"] = strings(index)
    frame["_index"].attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
    for name, (codes, categories) in columns.items():
        column = frame.create_group(name)
        column.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": False})
        column["codes"] = codes
        column["categories"] = strings(categories)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--cells", type=int, default=100000)
    parser.add_argument("--genes", type=int, default=20000)
    parser.add_argument("--density", type=float, default=0.1)
    parser.add_argument("--targets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gzip", action="store_true")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    means = random.gamma(0.7, 1.5, options.genes)  # genes differ, so that some are highly variable
    compression = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if options.gzip else {}

    with h5py.File(options.out, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        genes = [f"G{j}" for j in range(options.genes)]
        write_frame(file, "var", genes, {})
        labels = random.integers(0, options.targets + 1, options.cells).astype(np.int16)
        labels[random.random(options.cells) < 0.05] = 0
        write_frame(file, "obs", [f"cell{i}" for i in range(options.cells)],
                    {"condition": (labels, ["control"] + genes[:options.targets])})
        x = file.create_group("X")
        x.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0"})
        x.attrs["shape"] = np.array([options.cells, options.genes])
        chunk = 1 << 18
        data = x.create_dataset("data", (0,), "f4", maxshape=(None,), chunks=(chunk,), **compression)
        indices = x.create_dataset("indices", (0,), "i4", maxshape=(None,), chunks=(chunk,), **compression)
        indptr = np.zeros(options.cells + 1, np.int64)
        for first in range(0, options.cells, BLOCK):
            n_rows = min(BLOCK, options.cells - first)
            # Gaps between stored values, laid end to end through the block, are geometric.
            n = int(n_rows * options.genes * options.density * 1.05) + 1000
            at = np.cumsum(random.geometric(options.density, n)) - 1
            at = at[at < n_rows * options.genes]
            rows, columns = at // options.genes, (at % options.genes).astype(np.int32)
            values = 1 + random.poisson(means[columns]).astype(np.float32)
            indptr[first + 1:first + n_rows + 1] = indptr[first] + np.searchsorted(rows, np.arange(1, n_rows + 1))
            for dataset, block in ((data, values), (indices, columns)):
                dataset.resize((indptr[first + n_rows],))
                dataset[indptr[first]:] = block
        x["indptr"] = indptr
        print(f"{options.out}: {options.cells} cells x {options.genes} genes, {indptr[-1]} stored values")


if __name__ == "__main__":
    main()
