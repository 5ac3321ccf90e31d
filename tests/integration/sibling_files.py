"""Counts and calls of guides, and the files that pipelines write."""
import gzip
import itertools
import os
import shutil
import tempfile

import h5py
import numpy as np
import pandas as pd

import lab_screens as lab
from case_checks import Check, short, unlike
from case_program import Unlike

CELLS = lab.plan()
NAMES = lab.barcodes(len(CELLS))
GUIDES = [f"{gene}_{i}" for gene in lab.TARGETS for i in (1, 2)] + [f"NTC_{i}" for i in (1, 2, 3)]
WANTED = {"cells": len(CELLS), "genes": len(lab.GENES), "regimes": lab.regimes_of(CELLS)}


def calls_of(cells):
    """Guides of every cell: a guide against each target, and in turn one against nothing or the target's other guide
    besides; control cells have one or two against nothing."""
    calls = []
    for i, cell in enumerate(cells):
        called = [f"{gene}_{1 + i % 2}" for gene in cell] or [f"NTC_{1 + i % 3}"]
        if i % 7 == 0:
            called.append(f"NTC_{1 + (i + 1) % 3}")
        elif i % 7 == 1 and cell:
            called.append(f"{cell[0]}_{2 - i % 2}")
        calls.append(sorted(set(called)))
    return calls


CALLS = calls_of(CELLS)


def counts():
    return lab.counts_of(CELLS)


def with_uncalled():
    """Calls and regimes where some cells have no guide."""
    calls = [[] if i % 20 == 3 else called for i, called in enumerate(CALLS)]
    regimes = lab.regimes_of([cell for cell, called in zip(CELLS, calls) if called])
    return calls, {"cells": sum(regimes.values()), "genes": len(lab.GENES), "regimes": regimes,
                   "said": [rf"\b{sum(not called for called in calls)}\b"]}


def outs(place, calls):
    """Cell Ranger's outs with guides among the features and their calls."""
    features = lab.genes_as_features() + lab.guides_as_features(GUIDES)
    both = np.hstack([counts(), lab.guide_counts(calls, GUIDES)])
    folder = lab.write_10x(f"{place}/outs/filtered_feature_bc_matrix", both, NAMES, features)
    os.makedirs(f"{place}/outs/crispr_analysis", exist_ok=True)
    table = lab.write_calls(f"{place}/outs/crispr_analysis/protospacer_calls_per_cell.csv", NAMES, calls)
    return folder, table


def calls():
    called, wanted = with_uncalled()
    values = lab.by_gene(counts())
    kept_cells = [bool(c) for c in called]
    wanted_values = {gene: column[kept_cells] for gene, column in values.items()}
    yield Check("calls: protospacer_calls_per_cell.csv", lambda place: table_of(place, called),
                {**wanted, "values": wanted_values, "kept": "KLF1_2"}, how="prepare")
    yield Check("calls: guide counts among the features", lambda place: [outs(place, called)[0], "--guide-counts", "features"],
                {**wanted, "values": wanted_values}, how="prepare")
    for rule in ("threshold", "cellranger", "poisson-gauss"):
        yield Check(f"calls: counts by the rule {rule}", lambda place, rule=rule:
                    [outs(place, called)[0], "--guide-counts", "features", "--guide-rule", rule], wanted, how="prepare")
    yield Check("calls: least count above all counts", lambda place:
                [outs(place, called)[0], "--guide-counts", "features", "--guide-min-umis", "5000"], how="prepare",
                refused=("--guide-min-umis|5000",))
    yield Check("calls: a folder with guides and no labels", lambda place: [outs(place, called)[0]], wanted, how="prepare",
                question=True)
    yield Check("calls: the outs folder itself", act=lambda bench: outs_itself(bench, called, wanted))
    yield Check("calls: a table of other cells", lambda place: table_of(place, called, suffix="-7"), how="prepare",
                refused=("-7", "-1"))
    yield Check("calls: a 10x .h5 with guides among its features", lambda place: [lab.write_10x_h5(
        f"{place}/raw.h5", np.hstack([counts(), lab.guide_counts(called, GUIDES)]), NAMES,
        lab.genes_as_features() + lab.guides_as_features(GUIDES)), "--guide-counts", "features"], wanted, how="prepare")
    yield Check("calls: a .mtx of its own", lambda place: own_matrix(place, called), wanted, how="prepare")
    yield Check("calls: a 10x folder of its own", lambda place: [plain(place), "--guide-counts", lab.write_10x(
        f"{place}/guides", lab.guide_counts(called, GUIDES), NAMES, lab.guides_as_features(GUIDES))], wanted, how="prepare")
    yield Check("calls: obsm with named columns", lambda place: [lab.write_h5ad(
        f"{place}/obsm.h5ad", None, counts(), names=NAMES, obsm={"guide_counts": pd.DataFrame(
            lab.guide_counts(called, GUIDES), index=NAMES, columns=GUIDES)}), "--guide-counts", "obsm/guide_counts"], wanted,
        how="prepare")
    yield Check("calls: a modality of .h5mu", lambda place: [h5mu(place, called, labelled=False), "--guide-counts", "guide"],
                wanted, how="prepare")
    targets = [f"{guide}\t{'non-targeting' if guide.startswith('NTC') else guide.split('_')[0]}" for guide in GUIDES]
    yield Check("calls: with a table of guides and targets", lambda place: [*own_matrix(place, called), "--guides", lab.write_lines(
        f"{place}/targets.tsv", ["guide\ttarget", *targets])], wanted, how="prepare")


def outs_itself(bench, called, wanted):
    """outs is read as the folder with the counts in it, or that one is named."""
    folder, table = outs(tempfile.mkdtemp(dir=bench.work), called)
    result = bench.look("prepare", [os.path.dirname(folder), "--guide-calls", table])
    fault = unlike(result, wanted) if result.code == 0 else ""
    if fault or (result.code != 0 and "filtered_feature_bc_matrix" not in result.err):
        raise Unlike(fault or short(result.err))


def plain(place):
    return lab.write_h5ad(f"{place}/plain.h5ad", None, counts(), names=NAMES)


def table_of(place, called, suffix=""):
    folder, table = outs(place, called)
    if suffix:
        table = lab.write_calls(f"{place}/other.csv", [name.replace("-1", suffix) for name in lab.barcodes(len(NAMES), seed=77)], called)
    return [folder, "--guide-calls", table]


def own_matrix(place, called):
    lab.write_matrix_market(f"{place}/gdo.mtx", lab.guide_counts(called, GUIDES).T)
    return [plain(place), "--guide-counts", f"{place}/gdo.mtx", "--guide-list", lab.write_lines(f"{place}/gdo_names.txt", GUIDES)]


def labels():
    return lab.rotated(CELLS, ["control"])


def h5mu(place, called=None, labelled=True, first="rna"):
    obs = pd.DataFrame({"perturbation": labels()} if labelled else {"lane": ["1"] * len(CELLS)}, index=NAMES)
    guide = lab.guide_counts(called or CALLS, GUIDES)
    return lab.write_h5mu(f"{place}/screen.h5mu", {"guide": (guide, GUIDES), first: (counts(), lab.GENES)}, obs)


def labels_file(place):
    return ["--labels-file", lab.write_lines(f"{place}/labels.csv", ["cell,perturbation", *map(",".join, zip(NAMES, labels()))])]


def typed_features(place):
    antibodies = [("CD3", "CD3", "Antibody Capture"), ("CD19", "CD19", "Antibody Capture")]
    features = lab.guides_as_features(GUIDES[:4]) + lab.genes_as_features() + antibodies  # genes are not the first
    both = np.hstack([lab.guide_counts(CALLS, GUIDES)[:, :4], counts(), np.full((len(CELLS), 2), 300.0)])
    return features, both


def containers():
    wanted = {**WANTED, "values": lab.by_gene(counts())}

    def file(name, write, **more):
        return Check(f"containers: {name}", write, wanted, how="prepare", **more)
    yield file("10x .h5 v3, guides first and antibodies", lambda place: [lab.write_10x_h5(
        f"{place}/x.h5", typed_features(place)[1], NAMES, typed_features(place)[0]), *labels_file(place)])
    yield file("10x folder, guides first and antibodies", lambda place: [lab.write_10x(
        f"{place}/x", typed_features(place)[1], NAMES, typed_features(place)[0]), *labels_file(place)])
    yield file(".h5mu, rna after guide", lambda place: [h5mu(place)])
    yield file(".h5mu, modality named", lambda place: [h5mu(place, first="gex"), "--modality", "gex"])
    yield file(".h5mu, two modalities of which neither is rna", lambda place: [h5mu(place, first="gex")], question=True,
               answer=["--modality", "gex"])
    yield Check("containers: .h5mu, no such modality", lambda place: [h5mu(place), "--modality", "prot"], how="prepare",
                refused=("prot", "rna"))
    for compressed in (False, True):
        yield file(f"zarr v2, {'zlib' if compressed else 'not compressed'}", lambda place, compressed=compressed: [
            lab.write_zarr(f"{place}/screen.zarr", labels(), counts(), NAMES, compressed)])
    yield file("loom with labels within", lambda place: [lab.write_loom(f"{place}/x.loom", counts(), NAMES, labels())])
    yield file(".h5ad.gz", gz)
    yield Check("containers: .h5ad.gz cut off", cut_gz, how="prepare", refused=("gz|gzip", "cut|truncated|end|break off|not whole"))
    for folder, transposed in (("Solo.out/Gene/filtered", True), ("counts_filtered", False)):
        yield file(f"folder {folder}", lambda place, folder=folder, transposed=transposed: pipeline(place, folder, transposed))
    yield file("bare .mtx with lists of any name", bare)
    yield file("bare .mtx with lists beside it, found by their length", lambda place: bare(place)[:1] + bare(place)[-2:])
    yield Check("containers: bare .mtx without lists", lambda place: bare(place, lists=False), how="prepare", refused=("--gene-list",))
    yield Check("containers: bare .mtx, a list that is too short", short_list, how="prepare",
                refused=("short.txt", str(len(lab.GENES) - 1)))
    for ending in (".rds", ".RDS", ".h5seurat", ".rda", ".RData"):
        write = h5seurat if "seurat" in ending else r_file
        yield Check(f"containers: R {ending}", lambda place, ending=ending, write=write: [write(f"{place}/a{ending}")],
                    how="prepare", refused=(r"Seurat|\bR\b", "hint"), group="containers: files of R are named")


def gz(place):
    path = lab.write_h5ad(f"{place}/GSM7_screen.h5ad", labels(), counts(), names=NAMES)
    with open(path, "rb") as source, gzip.open(f"{path}.gz", "wb") as target:
        shutil.copyfileobj(source, target)
    os.remove(path)
    return [f"{path}.gz"]


def cut_gz(place):
    path = gz(place)[0]
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(data[: len(data) // 2])
    return [path]


def r_file(path):
    with gzip.open(path, "wb") as file:
        file.write(b"X\n\0\0\0\3\0\4\2\0" + bytes(100))
    return path


def h5seurat(path):
    with h5py.File(path, "w") as file:
        file.attrs["active.assay"] = "RNA"
        file["assays/RNA/features"] = np.array(lab.GENES, "S")
        file["meta.data/perturbation"] = np.array(labels(), "S")
        file["cell.names"] = np.array(NAMES, "S")
    return path


def pipeline(place, folder, transposed):
    """STARsolo's folder (genes in rows), or kb's (cells in rows, ids and names apart)."""
    path = f"{place}/{folder}"
    os.makedirs(path)
    features = lab.genes_as_features()
    if transposed:
        lab.write_matrix_market(f"{path}/matrix.mtx", counts().T)
        lab.write_lines(f"{path}/features.tsv", map("\t".join, features))
        lab.write_lines(f"{path}/barcodes.tsv", NAMES)
    else:
        lab.write_matrix_market(f"{path}/cells_x_genes.mtx", counts())
        lab.write_lines(f"{path}/cells_x_genes.genes.txt", [f"{feature[0]}.4" for feature in features])
        lab.write_lines(f"{path}/cells_x_genes.genes.names.txt", lab.GENES)
        lab.write_lines(f"{path}/cells_x_genes.barcodes.txt", NAMES)
    return [path, *labels_file(place)]


def bare(place, lists=True):
    """A matrix with its lists beside it and the labels elsewhere: the matrix, and the options for lists and labels."""
    for folder in ("matrix", "labels"):
        os.makedirs(f"{place}/{folder}", exist_ok=True)
    matrix = f"{place}/matrix/expression.mtx.gz"
    lab.write_matrix_market(matrix, counts().T)
    labelled = labels_file(f"{place}/labels")
    if not lists:
        return [matrix, *labelled]
    genes, cells = (lab.write_lines(f"{place}/matrix/{name}.txt", lines) for name, lines in (("what", lab.GENES), ("who", NAMES)))
    return [matrix, "--gene-list", genes, "--cell-list", cells, *labelled]


def short_list(place):
    args = bare(place)
    args[2] = lab.write_lines(f"{place}/short.txt", lab.GENES[:-1])
    return args


def checks():
    return itertools.chain(calls(), containers())
