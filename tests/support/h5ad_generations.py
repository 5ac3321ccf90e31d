"""The same screen in .h5ad files of every generation, for tests/unit/io/anndata_generations_test.cpp, which computes the content by
the same rules on its side.

make FOLDER   writes <generation>_<form>_<type>.h5ad and checks that python3-anndata reads the same from each
few FOLDER    writes five of them, unchecked, to be damaged

generation: now (anndata writes it), v07 (categories stand apart, found by object reference), v06 (obs and var are tables of records);
form: csr, csc, dense. The layouts of v07 and v06 are written by hand, after anndata's published reader of them.
"""
import sys
import warnings

warnings.filterwarnings("ignore")
import anndata  # noqa: E402
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sp  # noqa: E402

N, P = 30, 8
TYPES = ["float16", "float32", "float64", "int8", "int32", "int64", "uint8", "uint16", "uint32", "uint64", ">f4", ">i8"]
FORMS = {"csr": sp.csr_matrix, "csc": sp.csc_matrix, "dense": np.asarray}
CATEGORIES = ["control", "A", "A+B"]
TEXT = h5py.string_dtype()


def x_rule(p=P):
    """x[i, j] = (7 i + 3 j) mod 5, zero where that is below 3; raw has one gene more and a layer three times as much."""
    i, j = np.indices((N, p))
    rest = (7 * i + 3 * j) % 5
    return np.where(rest < 3, 0, rest)


def names(p=P):
    return [f"g{j}" for j in range(p)]


def obs_rule():
    rows = np.arange(N)
    frame = pd.DataFrame(index=[f"cell{i}" for i in rows])
    frame["condition"] = pd.Categorical.from_codes([-1 if i == 4 else i % 3 for i in rows], CATEGORIES)
    frame["only"] = pd.Categorical(["one"] * N)
    frame["count"] = rows.astype(np.int64)
    frame["share"] = (rows / 4).astype(np.float32)
    frame["kept"] = rows % 2 == 0
    frame["name"] = [f"n{i % 4}" for i in rows]
    return frame


def records():
    """uns/rank_genes_groups/names and scores as scanpy writes them."""
    return (np.array([("g1", "g2"), ("g3", "g0")], dtype=[("A", "O"), ("A+B", "O")]),
            np.array([(2.5, 1.5), (0.5, -1.0)], dtype=[("A", "f4"), ("A+B", "f4")]))


def make_now(path, form, dtype):
    x = FORMS[form](x_rule().astype(dtype))
    var = pd.DataFrame({"symbol": [f"S{j}" for j in range(P)]}, index=names())
    raw_x = FORMS[form](2 * x_rule(P + 1).astype(dtype))
    data = anndata.AnnData(X=raw_x, obs=obs_rule(), var=pd.DataFrame(index=names(P + 1)), dtype=dtype)
    data.raw = data
    data = data[:, names()].copy()
    data.X = x
    data.var = var
    data.layers["counts"] = FORMS[form](3 * x_rule().astype(dtype))
    data.obsm["X_pca"] = np.arange(N * 2, dtype=np.float32).reshape(N, 2)
    data.varm["PCs"] = np.arange(P * 2, dtype=np.float32).reshape(P, 2)
    group_names, scores = records()
    data.uns["title"] = "a screen"
    data.uns["rank_genes_groups"] = {"params": {"method": "t-test", "use_raw": True, "n": 3},
                                     "names": group_names.view(np.recarray), "scores": scores.view(np.recarray)}
    data.uns["pca"] = {"variance": np.array([2.0, 1.0]), "table": pd.DataFrame({"a": [1, 2]}, index=["x", "y"])}
    data.write_h5ad(path, compression="gzip" if form == "csr" else None)


def write_matrix(parent, name, x, form, old):
    """Sparse: a group with its form and shape in attributes, whose names changed with 0.7."""
    if form == "dense":
        parent[name] = x
        return
    group = parent.create_group(name)
    group.attrs["h5sparse_format" if old else "encoding-type"] = form if old else f"{form}_matrix"
    group.attrs["h5sparse_shape" if old else "shape"] = x.shape
    if not old:
        group.attrs["encoding-version"] = "0.1.0"
    for part in ("data", "indices", "indptr"):
        group.create_dataset(part, data=getattr(x, part).astype(x.dtype if part == "data" else np.int32), chunks=(7,), compression="gzip")


def write_uns(uns):
    group_names, scores = records()
    uns["title"] = "a screen"
    uns["rank_genes_groups/params/method"] = "t-test"
    uns["rank_genes_groups/params/use_raw"] = True
    uns["rank_genes_groups/params/n"] = 3
    uns["rank_genes_groups/names"] = np.array([tuple(row) for row in group_names], dtype=[("A", TEXT), ("A+B", TEXT)])
    uns["rank_genes_groups/scores"] = scores
    uns["pca/variance"] = np.array([2.0, 1.0])


def v07_frame(file, node, frame):
    """Columns of codes, each with a reference to /<node>/__categories/<column>."""
    group = file.create_group(node)
    group.attrs["encoding-type"], group.attrs["encoding-version"] = "dataframe", "0.1.0"
    group.attrs["_index"] = "index"
    group.attrs["column-order"] = np.array(list(frame.columns), dtype=TEXT) if len(frame.columns) else np.array([], dtype="f8")
    group.create_dataset("index", data=np.array(frame.index, dtype=object), dtype=TEXT)
    for name, column in frame.items():
        if column.dtype.name == "category":
            categories = group.create_dataset(f"__categories/{name}", data=np.array(column.cat.categories, dtype=object), dtype=TEXT)
            categories.attrs["ordered"] = column.cat.ordered
            group[name] = column.cat.codes.to_numpy()
            group[name].attrs["categories"] = categories.ref
        elif column.dtype == object:
            group.create_dataset(name, data=column.to_numpy(), dtype=TEXT)
        else:
            group[name] = column.to_numpy()


def make_v07(path, form, dtype):
    with h5py.File(path, "w") as file:
        write_matrix(file, "X", FORMS[form](x_rule().astype(dtype)), form, old=False)
        v07_frame(file, "obs", obs_rule())
        v07_frame(file, "var", pd.DataFrame({"symbol": [f"S{j}" for j in range(P)]}, index=names()))
        write_matrix(file, "raw/X", FORMS[form](2 * x_rule(P + 1).astype(dtype)), form, old=False)
        v07_frame(file, "raw/var", pd.DataFrame(index=names(P + 1)))
        write_matrix(file, "layers/counts", FORMS[form](3 * x_rule().astype(dtype)), form, old=False)
        file["obsm/X_pca"] = np.arange(N * 2, dtype=np.float32).reshape(N, 2)
        file["varm/PCs"] = np.arange(P * 2, dtype=np.float32).reshape(P, 2)
        write_uns(file.create_group("uns"))


def v06_records(frame, variable):
    """A table of records with the names in its first field; strings of variable or of fixed length."""
    def text(values):
        length = max(len(value.encode()) for value in values)
        return ([value if variable else value.encode() for value in values], TEXT if variable else f"S{length}")
    columns = {"index": text(list(frame.index))}
    for name, column in frame.items():
        if column.dtype.name == "category":
            columns[name] = (column.cat.codes.to_numpy(), "i1")
        elif column.dtype == object:
            columns[name] = text(list(column))
        else:
            columns[name] = (column.to_numpy(), column.dtype)
    table = np.empty(len(frame), dtype=[(name, dtype) for name, (_, dtype) in columns.items()])
    for name, (values, _) in columns.items():
        table[name] = values
    return table


def make_v06(path, form, dtype):
    obs = obs_rule()
    with h5py.File(path, "w") as file:
        write_matrix(file, "X", FORMS[form](x_rule().astype(dtype)), form, old=True)
        file["obs"] = v06_records(obs, variable=form != "dense")
        file["var"] = v06_records(pd.DataFrame({"symbol": [f"S{j}" for j in range(P)]}, index=names()), variable=form == "csc")
        write_matrix(file, "raw.X", FORMS[form](2 * x_rule(P + 1).astype(dtype)), form, old=True)
        file["raw.var"] = v06_records(pd.DataFrame(index=names(P + 1)), variable=False)
        write_matrix(file, "layers/counts", FORMS[form](3 * x_rule().astype(dtype)), form, old=True)
        pca = np.empty(N, dtype=[("X_pca", "f4", (2,))])
        pca["X_pca"] = np.arange(N * 2).reshape(N, 2)
        file["obsm"] = pca
        loadings = np.empty(P, dtype=[("PCs", "f8", (2,))])
        loadings["PCs"] = np.arange(P * 2).reshape(P, 2)
        file["varm"] = loadings
        write_uns(file.create_group("uns"))
        file["uns"].create_dataset("condition_categories", data=np.array(CATEGORIES, dtype="S"))
        file["uns"]["only_categories"] = "one"  # a single category was no list


def dense(x):
    return np.asarray(x.toarray() if sp.issparse(x) else x, dtype=np.float64)


def same(what, found, expected):
    if not np.array_equal(np.asarray(found), np.asarray(expected)):
        sys.exit(f"{what}: python3-anndata reads {found!r}, expected {expected!r}")


def check(path):
    """python3-anndata must read the same from the file: else the layout by hand is not that of the generation."""
    data = anndata.read_h5ad(path)
    obs = obs_rule()
    same(f"{path} X", dense(data.X), x_rule())
    same(f"{path} raw", dense(data.raw.X), 2 * x_rule(P + 1))
    same(f"{path} raw genes", list(data.raw.var_names), names(P + 1))
    same(f"{path} layer", dense(data.layers["counts"]), 3 * x_rule())
    same(f"{path} cells", list(data.obs_names), list(obs.index))
    same(f"{path} genes", list(data.var["symbol"]), [f"S{j}" for j in range(P)])
    for name in ("condition", "only"):
        same(f"{path} {name}", data.obs[name].cat.codes, obs[name].cat.codes)
        same(f"{path} {name}", list(data.obs[name].cat.categories), list(obs[name].cat.categories))
    for name in ("count", "share", "kept", "name"):
        same(f"{path} {name}", list(data.obs[name]), list(obs[name]))
    same(f"{path} obsm", data.obsm["X_pca"], np.arange(N * 2).reshape(N, 2))


def make(folder):
    for generation, write in (("now", make_now), ("v07", make_v07), ("v06", make_v06)):
        for form in FORMS:
            for dtype in TYPES:
                if dtype == "float16" and form != "dense":
                    continue  # scipy has no sparse matrices of 16-bit floats
                if dtype.startswith(">") and generation == "now":
                    continue  # AnnData turns the byte order round
                path = f"{folder}/{generation}_{form}_{dtype.replace('>', 'big_')}.h5ad"
                write(path, form, np.dtype(dtype))
                if dtype in ("float32", "int64"):
                    check(path)


def few(folder):
    for generation, form, dtype in (("now", "csr", "int32"), ("v07", "csc", "float64"), ("v07", "dense", "float32"),
                                    ("v06", "csr", "float32"), ("v06", "dense", "float16")):
        globals()[f"make_{generation}"](f"{folder}/{generation}_{form}_{dtype}.h5ad", form, np.dtype(dtype))


if __name__ == "__main__":
    {"make": make, "few": few}[sys.argv[1]](sys.argv[2])
