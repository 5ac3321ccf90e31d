"""AnnData files for tests/unit/io/anndata_interop_test.cpp, which computes the same content by the same rules on its side.

make FOLDER   writes files of every encoding that gracevae reads
check FILE    opens a file that gracevae wrote and compares it with what it should hold; exit code 1 and a message when it differs
"""
import sys
import warnings

warnings.filterwarnings("ignore")
import anndata  # noqa: E402
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sp  # noqa: E402

N, P = 40, 12


def x_rule():
    """x[i, j] = (7 i + 3 j) mod 5, halved, with zeros where the remainder is below 3."""
    i, j = np.indices((N, P))
    rest = (7 * i + 3 * j) % 5
    return np.where(rest < 3, 0, rest / 2)


def obs_rule():
    rows = np.arange(N)
    frame = pd.DataFrame(index=[f"cell_{i}é" for i in rows])
    frame["condition"] = pd.Categorical([["control", "A", "A+B"][i % 3] for i in rows], categories=["control", "A", "A+B"])
    frame["grade"] = pd.Categorical([["low", "high", np.nan][i % 3] for i in rows], categories=["low", "high"], ordered=True)
    frame["batch"] = pd.Categorical(rows % 2 + 1)
    frame["name"] = [f"n{i % 4}" if i % 5 else "" for i in rows]
    frame["depth"] = (rows * 0.25).astype(np.float64)
    frame["share"] = (rows / 2).astype(np.float32)
    frame["count"] = rows.astype(np.int64)
    frame["small"] = rows.astype(np.uint8)
    frame["kept"] = rows % 2 == 0
    frame["maybe"] = pd.array([i if i % 4 else None for i in rows], dtype="Int64")
    frame["whole"] = pd.array(list(rows), dtype="Int32")
    frame["yes"] = pd.array([None if i % 4 == 0 else i % 2 == 1 for i in rows], dtype="boolean")
    return frame


def make(folder):
    var = pd.DataFrame({"symbol": [f"S{j}" for j in range(P)]}, index=pd.Index([f"g{j}" for j in range(P)], name="gene_id"))
    x = x_rule()
    matrices = {
        "csr_float32": sp.csr_matrix(x.astype(np.float32)),
        "csr_float64": sp.csr_matrix(x.astype(np.float64)),
        "csr_int64": sp.csr_matrix((2 * x).astype(np.int64)),
        "csc_float32": sp.csc_matrix(x.astype(np.float32)),
        "csc_uint16": sp.csc_matrix((2 * x).astype(np.uint16)),
        "dense_float32": x.astype(np.float32),
        "dense_float64": x.astype(np.float64),
        "dense_int32": (2 * x).astype(np.int32),
        "dense_fortran": np.asfortranarray(x),
    }
    for name, matrix in matrices.items():
        data = anndata.AnnData(X=matrix, obs=obs_rule(), var=var, dtype=matrix.dtype)
        data.obsm["X_pca"] = np.arange(N * 2, dtype=np.float64).reshape(N, 2) / 4
        data.obsm["frame"] = pd.DataFrame({"a": np.arange(N)}, index=data.obs_names)
        data.uns["title"] = "a screen"
        data.uns["rate"] = 0.125
        data.uns["number"] = 7
        data.uns["words"] = ["x", "yy", ""]
        data.uns["graph"] = np.arange(6, dtype=np.float64).reshape(2, 3)
        data.uns["nested"] = {"a": 1}
        data.layers["counts"] = matrix
        data.write_h5ad(f"{folder}/{name}.h5ad")
        data.write_h5ad(f"{folder}/{name}_gzip.h5ad", compression="gzip")
    bare = anndata.AnnData(X=sp.csr_matrix(x), dtype=x.dtype)  # no columns at all
    bare.write_h5ad(f"{folder}/bare.h5ad")
    anndata.AnnData(X=sp.csr_matrix((0, P), dtype=np.float32), dtype=np.float32).write_h5ad(f"{folder}/no_cells.h5ad")

    unsorted = sp.csr_matrix(x)
    for i in range(N):
        row = slice(unsorted.indptr[i], unsorted.indptr[i + 1])
        unsorted.indices[row] = unsorted.indices[row][::-1].copy()
        unsorted.data[row] = unsorted.data[row][::-1].copy()
    anndata.AnnData(X=unsorted, dtype=x.dtype).write_h5ad(f"{folder}/unsorted.h5ad")

    anndata.AnnData(X=sp.csr_matrix(x), dtype=x.dtype).write_h5ad(f"{folder}/lzf.h5ad", compression="lzf")
    no_x = anndata.AnnData(obs=obs_rule(), var=var)
    no_x.layers["counts"] = x
    no_x.write_h5ad(f"{folder}/no_x.h5ad")


def same(what, found, expected):
    if not np.array_equal(np.asarray(found), np.asarray(expected)):
        sys.exit(f"{what}: found {found!r}, expected {expected!r}")


def check(path):
    warnings.simplefilter("error")  # an old-format warning is a failure
    data = anndata.read_h5ad(path)
    x = data.X.toarray() if sp.issparse(data.X) else data.X
    same("type of X", type(data.X).__name__, "csr_matrix" if "sparse" in path else "ndarray")
    same("dtype of X", data.X.dtype, np.float32)
    same("X", x, x_rule())
    expected = obs_rule()
    same("cells", data.obs_names, expected.index)
    same("genes", data.var_names, [f"g{j}" for j in range(P)])
    same("columns", list(data.obs.columns), ["condition", "grade", "many", "name", "depth", "count", "kept"])
    same("condition", data.obs["condition"].cat.codes, expected["condition"].cat.codes)
    same("categories", data.obs["condition"].cat.categories, ["control", "A", "A+B"])
    same("ordered", [data.obs["condition"].cat.ordered, data.obs["grade"].cat.ordered], [False, True])
    same("grade", data.obs["grade"].cat.codes, expected["grade"].cat.codes)
    same("many", data.obs["many"].astype(str), [f"k{i * 5}" for i in range(N)])
    for name in ("name", "depth", "count", "kept"):
        same(name, data.obs[name], expected[name])
        same("type of " + name, data.obs[name].dtype.kind, expected[name].dtype.kind if name != "name" else "O")
    same("obsm", data.obsm["X_pca"], np.arange(N * 2).reshape(N, 2) / 4)
    same("uns", [data.uns["title"], data.uns["rate"], data.uns["number"]], ["a screen", 0.125, 7])
    same("words", data.uns["words"], ["x", "yy", ""])
    same("graph", data.uns["graph"], np.arange(6).reshape(2, 3))
    same("varm", data.varm["PCs"], np.arange(P * 3).reshape(P, 3) / 2)
    same("pca", data.uns["pca"]["variance"], [2, 1, 0.5])
    same("chosen", data.uns["pca"]["chosen"], [4, 5])
    same("base", data.uns["log1p"], {"base": 2.0})
    same("table", data.uns["de_table"].to_records(index=True).tolist(), [("a", "A", 1.5), ("b", "A+B", -2.0)])
    genes = data.uns["rank_genes_groups"]
    same("params", genes["params"], {"method": "t-test", "use_raw": False})
    same("fields", genes["names"].dtype.names, ["A", "A+B"])
    same("names", genes["names"]["A+B"], ["g2", "größer"])
    same("scores", genes["scores"]["A"], np.array([2.5, 0.5], "f4"))
    same("types", [genes["scores"].dtype["A"], genes["pvals"].dtype["A"]], ["f4", "f8"])
    same("pvals", genes["pvals"].tolist(), [(1e-300, 0.1), (0.5, 1.0)])
    with h5py.File(path) as file:
        file.visititems(has_encoding)
    data.write_h5ad(path + ".again")  # anndata can write what it read


def has_encoding(name, node):
    inside_sparse = name.startswith("X/")
    if not inside_sparse and not ("encoding-type" in node.attrs and "encoding-version" in node.attrs):
        sys.exit(f"{name}: no encoding attributes")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](sys.argv[2])
