"""Inconsistent .h5ad files of every generation for tests/unit/io/anndata_faults_test.cpp, which knows the error of each by its name.

make FOLDER   writes <name>.h5ad, each a good file but for one fault; and odd but good ones, whose names begin with "fine"
"""
import os
import shutil
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(__file__))
import h5ad_generations as good  # noqa: E402

FAULTS = {}


def fault(base):
    """Registers a change of a good file under the function's name."""
    def register(change):
        FAULTS[change.__name__] = (base, change)
        return change
    return register


def replace(parent, name, data, **how):
    attributes = dict(parent[name].attrs) if name in parent else {}
    del parent[name]
    made = parent.create_dataset(name, data=data, **how)
    for key, value in attributes.items():
        made.attrs[key] = value


@fault("now_csr_float32")
def indptr_decreases(file):
    file["X/indptr"][3:5] = file["X/indptr"][3:5][::-1]


@fault("v06_csr_float32")
def indptr_ends_early(file):
    file["X/indptr"][-1] -= 1


@fault("v07_csc_float32")
def indptr_begins_late(file):
    file["X/indptr"][0] = 1


@fault("v07_csr_float32")
def indptr_short(file):
    replace(file["X"], "indptr", file["X/indptr"][:-1])


@fault("v06_csc_float32")
def indices_beyond(file):
    file["X/indices"][5] = 30


@fault("now_csr_float32")
def indices_negative(file):
    file["X/indices"][5] = -1


@fault("v07_csr_float32")
def indices_wide(file):
    indices = file["X/indices"][:].astype(np.uint64)
    indices[2] = 2**63
    replace(file["X"], "indices", indices)


@fault("now_csr_float32")
def values_claimed(file):
    for name, kind in (("data", np.float32), ("indices", np.int32)):
        del file["X"][name]
        file["X"].create_dataset(name, shape=(10**10,), dtype=kind, chunks=(1000,), compression="gzip")
    replace(file["X"], "indptr", np.linspace(0, 10**10, 31).astype(np.int64))


@fault("now_dense_float32")
def chunk_larger_than_all(file):
    values = file["X"][:]
    replace(file, "X", values, chunks=(5000, 5000), maxshape=(None, None), compression="gzip")


@fault("now_csr_float32")
def indices_fewer(file):
    replace(file["X"], "indices", file["X/indices"][:-1])


@fault("now_csr_float32")
def indices_are_text(file):
    replace(file["X"], "indices", ["a"] * len(file["X/data"]))


@fault("now_csr_float32")
def indices_absent(file):
    del file["X/indices"]


@fault("now_csc_float32")
def data_two_dimensional(file):
    replace(file["X"], "data", file["X/data"][:].reshape(2, -1))


@fault("v07_csc_float32")
def value_nan(file):
    file["X/data"][0] = np.nan  # the first value of gene 0 is cell 2's


@fault("v06_csr_float32")
def value_infinite(file):
    file["X/data"][0] = np.inf


@fault("v06_dense_float16")
def value_nan_half(file):
    file["X"][7, 2] = np.nan


@fault("v07_csr_float64")
def value_huge(file):
    file["X/data"][1] = 1e300


@fault("v06_csr_float32")
def gene_twice(file):
    file["X/indices"][1] = file["X/indices"][0]


@fault("now_dense_float32")
def dense_transposed(file):
    replace(file, "X", file["X"][:].T)


@fault("now_dense_float32")
def dense_text(file):
    replace(file, "X", np.full((good.N, good.P), "a", dtype=object), dtype=good.TEXT)


@fault("v07_csr_float32")
def raw_other_shape(file):
    file["raw/X"].attrs["shape"] = (good.N, good.P)


@fault("v07_csr_float32")
def raw_without_var(file):
    del file["raw/var"]


@fault("v06_csr_float32")
def format_unknown(file):
    file["X"].attrs["h5sparse_format"] = "coo"


@fault("now_csr_float32")
def shape_absent(file):
    del file["X"].attrs["shape"]


@fault("now_csr_float32")
def codes_beyond(file):
    file["obs/condition/codes"][9] = 3


@fault("v07_csr_float32")
def codes_beyond_07(file):
    file["obs/condition"][9] = 3


@fault("v06_csr_float32")
def codes_beyond_06(file):
    obs = file["obs"][:]
    obs["condition"][9] = -2
    file["obs"][...] = obs


@fault("now_csr_float32")
def categories_empty(file):
    replace(file["obs/condition"], "categories", np.array([], dtype=object), dtype=good.TEXT)


@fault("now_csr_float32")
def fine_categories_unused(file):
    replace(file["obs/condition"], "categories", np.array([], dtype=object), dtype=good.TEXT)
    file["obs/condition/codes"][:] = -1


@fault("now_csr_float32")
def codes_fewer(file):
    replace(file["obs/condition"], "codes", file["obs/condition/codes"][:-1])


@fault("v07_csr_float32")
def fine_categories_07(file):
    pass


@fault("v07_csr_float32")
def fine_categories_deleted(file):
    del file["obs/__categories"]


@fault("v07_csr_float32")
def fine_reference_null(file):
    file["obs/condition"].attrs["categories"] = h5py.Reference()


@fault("v07_csr_float32")
def fine_reference_to_group(file):
    file["obs/condition"].attrs["categories"] = file["layers"].ref


@fault("v07_csr_float32")
def fine_reference_is_text(file):
    file["obs/condition"].attrs["categories"] = "__categories/condition"


@fault("v06_csr_float32")
def record_of_records(file):
    table = np.zeros(good.N, dtype=[("index", "S6"), ("pair", [("a", "i4"), ("b", "i4")])])
    replace(file, "obs", table)


@fault("v06_csr_float32")
def record_of_lists(file):
    table = np.zeros(good.N, dtype=[("index", "S6"), ("list", h5py.vlen_dtype("i4"))])
    table["list"] = [np.zeros(2, dtype="i4") for _ in range(good.N)]
    replace(file, "obs", table)


@fault("v06_csr_float32")
def record_index_is_a_list(file):
    replace(file, "obs", np.zeros(good.N, dtype=[("index", "f4", (2,))]))


@fault("v06_csr_float32")
def record_fewer(file):
    replace(file, "obs", file["obs"][:-1])


@fault("v06_csr_float32")
def obs_is_a_list(file):
    replace(file, "obs", np.arange(good.N))


@fault("v06_csr_float32")
def obsm_fewer(file):
    replace(file, "obsm", file["obsm"][:-1])


@fault("v06_csr_float32")
def lzf_records(file):
    replace(file, "obs", file["obs"][:], compression="lzf")


@fault("v07_dense_float32")
def lzf_x(file):
    replace(file, "X", file["X"][:], compression="lzf")


def unknown_filter(number):
    """A file whose X says that it went through this filter. The chunk is written as it is: what is in it does not matter."""
    def change(file):
        del file["X"]
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((good.N, good.P))
        creation.set_filter(number, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple((good.N, good.P))
        data = h5py.h5d.create(file.id, b"X", h5py.h5t.IEEE_F32LE, space, creation)
        data.write_direct_chunk((0, 0), good.x_rule().astype("f4").tobytes(), 0)
    return change


FAULTS["zstd_x"] = ("v07_dense_float32", unknown_filter(32015))
FAULTS["blosc_x"] = ("v07_dense_float32", unknown_filter(32001))


@fault("v07_csr_float32")
def no_x_and_two_layers(file):
    del file["X"]


@fault("now_csr_float32")
def fine_x_null(file):
    del file["X"], file["raw"]
    file["X"] = h5py.Empty("f4")
    file["X"].attrs["encoding-type"], file["X"].attrs["encoding-version"] = "null", "0.1.0"


@fault("now_csr_float32")
def fine_negative(file):
    file["X/data"][0] = -3


@fault("v06_csr_float32")
def fine_names_twice(file):
    obs = file["obs"][:]
    obs["index"][:] = b"cell"
    file["obs"][...] = obs


@fault("v06_csc_float32")
def fine_long_names(file):
    obs = file["obs"][:]
    obs["index"][3] = "x" * 1_000_000
    del file["obs"]
    file.create_dataset("obs", data=obs)


@fault("now_csr_float32")
def fine_odd_attributes(file):
    """Attributes that say nothing which can be read, of a column that nobody needs and of the order of categories."""
    made = file["obs"].create_group("odd")
    made.attrs["encoding-type"] = np.array([1.5, 2.5])
    made["values"] = np.arange(good.N)
    file["obs"].attrs["column-order"] = np.array(["condition", "odd"], dtype=good.TEXT)
    file["obs/condition"].attrs["ordered"] = "yes"


@fault("now_csr_float32")
def fine_new_columns(file):
    """Encodings that came after anndata 0.8: nullable strings, as a column, as categories and as the index."""
    def nullable(group, name, values, missing):
        made = group.create_group(name)
        made.attrs["encoding-type"], made.attrs["encoding-version"] = "nullable-string-array", "0.1.0"
        made.create_dataset("values", data=np.array(values, dtype=object), dtype=good.TEXT)
        made["mask"] = np.array(missing)
    nullable(file["obs"], "text", [f"t{i}" for i in range(good.N)], [i == 2 for i in range(good.N)])
    file["obs"].attrs["column-order"] = np.array(["text", "condition"], dtype=good.TEXT)
    del file["obs/condition/categories"]
    nullable(file["obs/condition"], "categories", good.CATEGORIES, [False] * 3)
    del file["var/_index"]
    nullable(file["var"], "_index", good.names(), [False] * good.P)
    file["uns/nothing"] = h5py.Empty("f4")
    file["uns/nothing"].attrs["encoding-type"] = "null"


def make(folder):
    bases = {base for base, _ in FAULTS.values()}
    for base in bases:
        generation, form, dtype = base.split("_")
        getattr(good, f"make_{generation}")(f"{folder}/base_{base}", form, np.dtype(dtype))
    for name, (base, change) in FAULTS.items():
        shutil.copy(f"{folder}/base_{base}", f"{folder}/{name}.h5ad")
        with h5py.File(f"{folder}/{name}.h5ad", "r+") as file:
            change(file)
    for base in bases:
        os.remove(f"{folder}/base_{base}")


if __name__ == "__main__":
    {"make": make}[sys.argv[1]](sys.argv[2])
