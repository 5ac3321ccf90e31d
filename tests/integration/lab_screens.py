"""Small simulated screens in the forms in which laboratories and pipelines leave them: own counts, real symbols."""
import collections
import gzip
import json
import os
import zlib

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse

TARGETS = ["KLF1", "MAP2K6", "CEBPA", "HLA-A"]
GENES = TARGETS + """KLF10 NKX2-1 MT-ND1 H2AC6 AC010980.1 NT5E NTRK1 WT1 GFPT1 CTRB1 TP53 CMTM6 MYC JUN FOS GATA1 GATA2 SPI1
RUNX1 TAL1 LMO2 HBG1 HBZ GYPA ALAS2 TFRC CD44 CD33 MPO ELANE LYZ B2M STAT1 IRF1 ISG15 MDM2""".split()
CONTROL, SINGLE, DOUBLE = 60, 40, 34
TEXT = h5py.string_dtype()


def plan(targets=TARGETS, doubles=(("KLF1", "MAP2K6"),), seed=11):
    """Targets of every cell: () for control, in the order of a laboratory, which is none."""
    cells = [()] * CONTROL + [(target,) for target in targets for _ in range(SINGLE)]
    cells += [tuple(pair) for pair in doubles for _ in range(DOUBLE)]
    return [cells[i] for i in np.random.default_rng(seed).permutation(len(cells))]


def regimes_of(cells):
    """Cells of every regime, as gracevae names them."""
    return dict(collections.Counter("+".join(sorted(set(cell))) or "control" for cell in cells))


def counts_of(cells, genes=GENES, seed=21):
    """Counts [cells, genes]: every target has its own program."""
    random = np.random.default_rng(seed)
    mean = random.gamma(2.0, 3.0, len(genes)) + 0.5
    program = {target: np.exp(random.normal(0, 0.7, len(genes)) * (random.random(len(genes)) < 0.3))
               for target in sorted({target for cell in cells for target in cell})}
    rows = [mean * np.prod([program[target] for target in cell], axis=0) if cell else mean for cell in cells]
    return random.poisson(np.stack(rows) * random.gamma(20, 0.05, len(cells))[:, None]).astype(np.float32)


def log1p_of(counts, total=100):
    return np.log1p(counts / counts.sum(axis=1, keepdims=True) * total)


def by_gene(counts, genes=GENES):
    """What `prepare --total 100` writes of counts, by gene."""
    return dict(zip(genes, log1p_of(counts).T))


def barcodes(n, suffix="-1", seed=31):
    random = np.random.default_rng(seed)
    names = {}
    while len(names) < n:
        names["".join(random.choice(list("TGCA"), 16)) + suffix] = None
    return list(names)


def rotated(cells, words, join="+"):
    """Labels of cells; those of control take turns in the words."""
    turn = iter(range(10**9))
    return [join.join(cell) if cell else words[next(turn) % len(words)] for cell in cells]


def write_h5ad(path, labels, counts, column="perturbation", genes=GENES, obs=None, var=None, names=None, obsm=None):
    frame = pd.DataFrame(obs or {}, index=names or barcodes(len(counts)))
    if labels is not None:
        frame[column] = pd.Categorical(labels)
    var = pd.DataFrame(index=list(genes)) if var is None else var
    anndata.AnnData(scipy.sparse.csr_matrix(counts), obs=frame, var=var, obsm=obsm, dtype=np.float32).write_h5ad(path)
    return path


def guide_counts(calls, guides, seed=41, signal=40, background=0.05):
    """Counts [cells, guides] in which the guides called of every cell stand far above the background."""
    random = np.random.default_rng(seed)
    counts = random.poisson(background, (len(calls), len(guides)))
    for i, called in enumerate(calls):
        for guide in called:
            counts[i, guides.index(guide)] = 15 + random.poisson(signal)
    return counts.astype(np.float32)


def write_lines(path, lines):
    opened = gzip.open(path, "wt") if path.endswith(".gz") else open(path, "w", encoding="utf-8")
    with opened as file:
        file.write("".join(f"{line}\n" for line in lines))
    return path


def write_matrix_market(path, matrix):
    opened = gzip.open(path, "wb") if path.endswith(".gz") else open(path, "wb")
    with opened as file:
        scipy.io.mmwrite(file, scipy.sparse.coo_matrix(matrix.astype(int)), field="integer")


def write_10x(folder, counts, names, features):
    """A folder of Cell Ranger; `features`: (id, name, type) of every column of the counts."""
    os.makedirs(folder, exist_ok=True)
    write_lines(f"{folder}/features.tsv.gz", ["\t".join(feature) for feature in features])
    write_lines(f"{folder}/barcodes.tsv.gz", names)
    write_matrix_market(f"{folder}/matrix.mtx.gz", counts.T)
    return folder


def genes_as_features(genes=GENES):
    return [(f"ENSG{700000 + i:011d}", gene, "Gene Expression") for i, gene in enumerate(genes)]


def guides_as_features(guides):
    return [(guide, guide, "CRISPR Guide Capture") for guide in guides]


def write_calls(path, names, calls):
    """Cell Ranger's protospacer_calls_per_cell.csv: cells without a call do not stand in it."""
    rows = [(name, len(called), "|".join(called), "|".join(["21"] * len(called))) for name, called in zip(names, calls) if called]
    pd.DataFrame(rows, columns=["cell_barcode", "num_features", "feature_call", "num_umis"]).to_csv(path, index=False)
    return path


def write_10x_h5(path, counts, names, features):
    by_cell = scipy.sparse.csc_matrix(counts.T.astype("i4"))
    ids, symbols, types = zip(*features)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = np.array(names, "S")
        for key, values in (("data", by_cell.data), ("indices", by_cell.indices.astype("i8")), ("indptr", by_cell.indptr.astype("i8"))):
            group.create_dataset(key, data=values, compression="gzip")
        group["shape"] = np.array(by_cell.shape, "i4")
        for key, values in (("id", ids), ("name", symbols), ("feature_type", types), ("genome", ["GRCh38"] * len(ids))):
            group[f"features/{key}"] = np.array(values, "S")
        group["features/_all_tag_keys"] = np.array(["genome"], "S")
    return path


def write_frame(group, frame):
    """A data frame of text columns as AnnData writes it."""
    group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    group.attrs["column-order"] = np.array(list(frame), dtype=TEXT)
    for name, values in [("_index", frame.index), *frame.items()]:
        data = group.create_dataset(name, data=np.array(values, object), dtype=TEXT)
        data.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})


def write_modality(group, counts, obs, var):
    group.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
    write_frame(group.create_group("obs"), obs)
    write_frame(group.create_group("var"), var)
    matrix, x = scipy.sparse.csr_matrix(counts), group.create_group("X")
    x.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array(matrix.shape)})
    for key in ("data", "indices", "indptr"):
        x[key] = getattr(matrix, key)


def write_h5mu(path, modalities, obs):
    """modalities: name -> (counts, names of the features); labels stand in the obs that all share."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"encoding-type": "MuData", "encoding-version": "0.1.0", "axis": 0})
        write_frame(file.create_group("obs"), obs)
        write_frame(file.create_group("var"), pd.DataFrame(index=[name for _, names in modalities.values() for name in names]))
        for name, (counts, features) in modalities.items():
            write_modality(file.create_group(f"mod/{name}"), counts, obs[[]], pd.DataFrame(index=list(features)))
        file["mod"].attrs["mod-order"] = np.array(list(modalities), dtype=TEXT)
    return path


def write_loom(path, counts, names, labels, genes=GENES):
    with h5py.File(path, "w") as file:
        file.create_dataset("matrix", data=counts.T, chunks=(len(genes), 16), compression="gzip")
        file["row_attrs/Gene"] = np.array(genes, "S")
        file["row_attrs/Accession"] = np.array([feature[0] for feature in genes_as_features(genes)], "S")
        file["col_attrs/CellID"] = np.array(names, "S")
        file["col_attrs/perturbation"] = np.array(labels, "S")
        file.create_group("layers")
        file["attrs/LOOM_SPEC_VERSION"] = "3.0.0"
    return path


class ZarrStore:
    """A zarr store of version 2 in a folder, as anndata.write_zarr leaves it."""

    def __init__(self, path, compressed):
        self.path, self.compressed = path, compressed

    def attributes(self, name, **attributes):
        with open(os.path.join(self.path, name, ".zattrs"), "w", encoding="utf-8") as file:
            json.dump({key.replace("_", "-") if key.startswith("encoding") else key: value for key, value in attributes.items()}, file)

    def group(self, name, **attributes):
        os.makedirs(os.path.join(self.path, name), exist_ok=True)
        write_lines(os.path.join(self.path, name, ".zgroup"), ['{"zarr_format": 2}'])
        self.attributes(name, **attributes)

    def array(self, name, values, chunk=100, **attributes):
        """A vector in several chunks: numbers, or text as its filter for variable length writes it."""
        folder = os.path.join(self.path, name)
        os.makedirs(folder)
        text = values.dtype.kind in "OU"
        described = {"zarr_format": 2, "shape": [len(values)], "chunks": [chunk], "order": "C",
                     "compressor": {"id": "zlib", "level": 5} if self.compressed else None,
                     "dtype": "|O" if text else values.dtype.str, "fill_value": "" if text else 0,
                     "filters": [{"id": "vlen-utf8"}] if text else None}
        write_lines(os.path.join(folder, ".zarray"), [json.dumps(described)])
        self.attributes(name, **attributes)
        for k in range(0, len(values), chunk):
            part = values[k:k + chunk]
            part = np.concatenate([part, np.full(chunk - len(part), "" if text else 0, dtype=part.dtype)])
            data = packed_text(part) if text else part.tobytes()
            with open(os.path.join(folder, str(k // chunk)), "wb") as file:
                file.write(zlib.compress(data) if self.compressed else data)

    def frame(self, name, frame):
        self.group(name, encoding_type="dataframe", encoding_version="0.2.0", _index="_index", **{"column-order": list(frame)})
        string = {"encoding_type": "string-array", "encoding_version": "0.2.0"}
        self.array(f"{name}/_index", np.array(frame.index, object), **string)
        for column in frame:
            levels, codes = np.unique(frame[column], return_inverse=True)
            self.group(f"{name}/{column}", encoding_type="categorical", encoding_version="0.2.0", ordered=False)
            self.array(f"{name}/{column}/categories", levels.astype(object), **string)
            self.array(f"{name}/{column}/codes", codes.astype("i1"), encoding_type="array", encoding_version="0.2.0")


def packed_text(values):
    """The variable-length text of numcodecs: how many, then each with its length before it."""
    texts = [text.encode() for text in values]
    return np.uint32(len(texts)).tobytes() + b"".join(np.uint32(len(text)).tobytes() + text for text in texts)


def write_zarr(path, labels, counts, names, compressed, genes=GENES):
    store = ZarrStore(path, compressed)
    store.group("", encoding_type="anndata", encoding_version="0.1.0")
    store.frame("obs", pd.DataFrame({"perturbation": labels}, index=names))
    store.frame("var", pd.DataFrame(index=list(genes)))
    matrix = scipy.sparse.csr_matrix(counts)
    store.group("X", encoding_type="csr_matrix", encoding_version="0.1.0", shape=list(matrix.shape))
    for key in ("data", "indices", "indptr"):
        store.array(f"X/{key}", getattr(matrix, key), chunk=1000, encoding_type="array", encoding_version="0.2.0")
    return path


def write_network(folder, genes=GENES, seed=51):
    """Gene sets and edges in the plain form; returns the sets and the edges, each once."""
    random = np.random.default_rng(seed)
    os.makedirs(folder, exist_ok=True)
    sets = {f"Program {i}": sorted(random.choice(genes, 8, replace=False)) for i in range(5)}
    edges = sorted({tuple(sorted(random.choice(genes, 2, replace=False))) for _ in range(70)})
    write_lines(f"{folder}/sets.gmt", ["\t".join([name, f"P-{i}", *sets[name]]) for i, name in enumerate(sets)])
    write_lines(f"{folder}/my_edgelist.txt", ["\t".join(edge) for edge in edges])
    return sets, edges
