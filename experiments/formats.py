#!/usr/bin/python3
"""One screen in every file format: read, labelled, prepared, trained for one epoch, with the same result from each.

usage: formats.py SCREEN.h5ad NETWORK OUT [--gracevae PROGRAM]

SCREEN has an obs column "condition" with labels control, A and A+B and values on a log1p scale; whole numbers made from
them stand for the counts that files of users hold. Needs python3-anndata, python3-h5py and python3-scipy.
"""
import argparse
import gzip
import hashlib
import json
import pathlib
import shutil
import sys
import warnings

warnings.filterwarnings("ignore")
import anndata  # noqa: E402
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.io  # noqa: E402
import scipy.sparse as sp  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/support"))
from h5ad_generations import v06_records, v07_frame, write_matrix  # noqa: E402
from program import hash_of, run  # noqa: E402


def counts_of(screen):
    """Whole numbers whose order is that of the values."""
    x = sp.csr_matrix(screen.X)
    x.data = np.rint(2 * np.expm1(x.data)).clip(1)
    return x.astype(np.float32)


def h5ad(matrix):
    def write(data, path):
        copy = data.copy()
        copy.X = matrix(data.X)
        copy.write_h5ad(path)
    return write


def layer_only(data, path):
    h5ad(sp.csr_matrix)(data, path)
    with h5py.File(path, "r+") as file:
        file.move("X", "layers/counts")


def raw(data, path):
    copy = data.copy()
    copy.raw = copy
    copy.X = copy.X.multiply(0.5).tocsr()
    copy.write_h5ad(path)


def v07(data, path):
    with h5py.File(path, "w") as file:
        write_matrix(file, "X", data.X, "csr", old=False)
        v07_frame(file, "obs", data.obs)
        v07_frame(file, "var", data.var)


def v06(data, path):
    with h5py.File(path, "w") as file:
        write_matrix(file, "X", data.X, "csr", old=True)
        file["obs"] = v06_records(data.obs, variable=True)
        file["var"] = v06_records(data.var, variable=True)
        text = h5py.string_dtype()
        file["uns/condition_categories"] = np.array(data.obs["condition"].cat.categories, dtype=text)


def text_of(path, lines):
    with (gzip.open(path, "wt") if path.suffix == ".gz" else open(path, "w")) as file:
        file.writelines(line + "\n" for line in lines)


def tenx(names, packed):
    matrix, barcodes, genes = names
    def write(data, folder):
        folder.mkdir(exist_ok=True)
        end = ".gz" if packed else ""
        symbols = [f"{name}\t{name}" + ("\tGene Expression" if "features" in genes else "") for name in data.var_names]
        text_of(folder / (barcodes + end), data.obs_names)
        text_of(folder / (genes + end), symbols)
        with (gzip.open(folder / (matrix + end), "wb", 1) if packed else open(folder / matrix, "wb")) as file:
            scipy.io.mmwrite(file, sp.coo_matrix(data.X.T.astype(np.int64)), field="integer")
        data.obs.to_csv(folder.with_suffix(".labels.tsv"), sep="\t", index_label="cell_barcode")
    return write


def table(data, path):
    frame = pd.DataFrame(data.X.toarray().astype(int), index=data.obs_names, columns=data.var_names)
    frame.insert(0, "condition", data.obs["condition"].astype(str))
    frame.to_csv(path, sep="," if ".csv" in path.name else "\t")


def table_of_genes(data, path):
    pd.DataFrame(data.X.T.toarray().astype(int), index=data.var_names, columns=data.obs_names).to_csv(path, sep="\t")
    data.obs.to_csv(str(path) + ".labels.csv", index_label="cell")


# name: (file, how it is written, flags)
FORMATS = {
    "AnnData, CSR": ("csr.h5ad", h5ad(sp.csr_matrix), []),
    "AnnData, CSC": ("csc.h5ad", h5ad(sp.csc_matrix), []),
    "AnnData, dense": ("dense.h5ad", h5ad(lambda x: x.toarray()), []),
    "AnnData, float64": ("float64.h5ad", h5ad(lambda x: x.astype(np.float64)), []),
    "AnnData, a layer and no X": ("layer.h5ad", layer_only, []),
    "AnnData, raw": ("raw.h5ad", raw, ["--matrix", "raw"]),
    "AnnData 0.7": ("v07.h5ad", v07, []),
    "AnnData before 0.7": ("v06.h5ad", v06, []),
    "10x v2": ("v2", tenx(("matrix.mtx", "barcodes.tsv", "genes.tsv"), False), ["--labels-file", "{}.labels.tsv"]),
    "10x v3, gzip": ("v3", tenx(("matrix.mtx", "barcodes.tsv", "features.tsv"), True), ["--labels-file", "{}.labels.tsv"]),
    "10x on GEO, gzip": ("geo", tenx(("GSE1_raw_matrix.mtx", "GSE1_raw_barcodes.tsv", "GSE1_raw_genes.tsv"), True),
                         ["--labels-file", "{}.labels.tsv"]),
    "CSV": ("table.csv", table, []),
    "TSV, gzip": ("table.tsv.gz", table, []),
    "TSV, genes in rows": ("genes.tsv", table_of_genes, ["--genes-in-rows", "--labels-file", "{}.labels.csv"]),
}


def matrix_hash(path):
    """Of names and values; the files themselves differ in what else they hold."""
    data = anndata.read_h5ad(path)
    return hashlib.sha256(b"".join([data.X.data.tobytes(), data.X.indices.tobytes(), " ".join(data.obs_names).encode(),
                                    " ".join(data.var_names).encode()])).hexdigest()[:12]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screen")
    parser.add_argument("network")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--gracevae", default="build/release/gracevae")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    screen = anndata.read_h5ad(options.screen)
    data = anndata.AnnData(X=counts_of(screen), obs=screen.obs[["condition"]].copy(),
                           var=pd.DataFrame({"gene_symbol": list(screen.var_names)}, index=list(screen.var_names)), dtype=np.float32)
    data.obs["condition"] = data.obs["condition"].astype("category")

    reference, different = None, 0
    print(f"{'format':<27} {'read as':<42} {'control single double':>22}  values  {'prepared':<12}  {'weights':<12}")
    for name, (file, write, flags) in FORMATS.items():
        path = options.out / file
        write(data, path)
        flags = [flag.format(path) for flag in flags]
        found = json.loads(run(options.gracevae, "inspect", path, *flags, "--json"))["screen"]
        prepared, folder = options.out / f"{file}.prepared.h5ad", options.out / f"{file}.run"
        run(options.gracevae, "-q", "prepare", path, *flags, "-o", prepared, "--min-genes", 0, "--highly-variable", "none")
        shutil.rmtree(folder, ignore_errors=True)
        run(options.gracevae, "-q", "train", prepared, "--network", options.network, "--objective", "published", "--epochs", 1, "--seed", 0, "-o", folder)
        kinds = [found["kinds"][kind]["cells"] for kind in ("control", "single", "double")]
        result = (kinds, found["regimes"], found["values"]["scale"], matrix_hash(prepared), hash_of(folder / "model.safetensors"))
        reference = reference or result
        same = result == reference
        different += not same
        read_as = f"{found['format']}: {found['matrix']} ({found['encoding']})"
        print(f"{name:<27} {read_as:<42} {kinds[0]:>8} {kinds[1]:>6} {kinds[2]:>6}  {result[2]:<6}  {result[3]}  {result[4]}  "
              f"{'same' if same else 'OTHER'}", flush=True)
    sys.exit(f"{different} formats differ" if different else 0)


if __name__ == "__main__":
    main()
