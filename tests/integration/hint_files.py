"""Hints about files, their cells and genes, labels and guides: what they tell a reader to give is given."""
import os
import re
import shlex
import tarfile
import zipfile

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse

import hint_networks
import lab_screens as lab
import sibling_inputs
from hint_commands import (SILENT, again, giving, h5ad, hint_of, labels_file, leaving, logged, meant, obey, on, prepare, saying,
                           table_of_labels, train, words_of)
from hint_support import Scenario
from sibling_files import CALLS, CELLS, GUIDES, NAMES, bare, counts, h5seurat, labels, plain, r_file

CMVAE = ["--model", "cmvae"]  # without a network


# ---- files of other programs ----

def archive(path):
    """An archive with a screen in it."""
    folder = os.path.dirname(path)
    inside = h5ad(folder, name="inside")
    if path.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as file:
            file.write(inside, "inside.h5ad")
    else:
        with tarfile.open(path, "w:gz" if path.endswith("gz") else "w") as file:
            file.add(inside, "inside.h5ad")
    os.remove(inside)
    return path


def unpacked(result, place):
    """The command that the hint says, and what it leaves."""
    command = re.search(r"unpack it with (tar xf|unzip) (\S+) and", hint_of(result))
    if not command:
        return SILENT
    opened = zipfile.ZipFile if command.group(1) == "unzip" else tarfile.open
    with opened(f"{place}/{command.group(2)}") as file:
        file.extractall(place)
    return [on(result, [f"{place}/inside.h5ad"])]


def as_r_writes(result, place):
    """The folder that the lines of R leave."""
    given = re.search(r"then give (\S+) and --labels-file (\S+)", hint_of(result))
    if not given:
        return SILENT
    folder, table = (os.path.join(place, word) for word in given.groups())
    os.makedirs(folder)
    lab.write_matrix_market(f"{folder}/matrix.mtx", counts().T)
    lab.write_lines(f"{folder}/genes.tsv", lab.GENES)
    lab.write_lines(f"{folder}/barcodes.tsv", NAMES)
    rows = (f'"{name}","{label}"' for name, label in zip(NAMES, labels()))
    lab.write_lines(f"{folder}/labels.csv", ['"","perturbation"', *rows])
    return [on(result, [folder, "--labels-file", table])]


def as_python_writes(result, place):
    """The file that the line of Python or R leaves, with the cells' names in its first column where it is a table."""
    name = re.search(r'"([^"]+)\.(h5ad|csv)"\)', hint_of(result)) or re.search(r'Convert\("([^"]+)\.h5seurat", dest = "(h5ad)"', hint_of(result))
    if not name:
        return SILENT
    stem, kind = name.groups()
    return [on(result, [h5ad(place, name=stem)] if kind == "h5ad" else sibling_inputs.table(place, f"{stem}.csv"))]


def zarr_3(path):
    os.makedirs(path)
    lab.write_lines(f"{path}/zarr.json", ['{"zarr_format": 3, "node_type": "group"}'])
    return path


FOREIGN = [("pbmc.rds", r_file, as_r_writes), ("pbmc.RData", r_file, as_r_writes), ("pbmc.h5seurat", h5seurat, as_python_writes),
           ("pbmc.zarr", zarr_3, as_python_writes), ("pbmc.zarr.zip", archive, as_python_writes), ("pbmc.xlsx", archive, as_python_writes),
           ("pbmc.parquet", archive, as_python_writes), ("GSE1_RAW.tar", archive, unpacked), ("pbmc.tar.gz", archive, unpacked),
           ("pbmc.zip", archive, unpacked)]


def foreign():
    for name, write, follow in FOREIGN:
        yield Scenario(f"foreign {name}", lambda place, name=name, write=write: prepare([write(f"{place}/{name}")]), follow)


# ---- containers ----

def two_genomes(place):
    """A 10x .h5 of version 2 that holds two genomes."""
    matrix = scipy.sparse.csc_matrix(counts().T.astype("i4"))
    with h5py.File(f"{place}/v2.h5", "w") as file:
        for genome in ("GRCh38", "mm10"):
            group = file.create_group(genome)
            for key, values in (("barcodes", np.array(NAMES, "S")), ("genes", np.array([f[0] for f in lab.genes_as_features()], "S")),
                                ("gene_names", np.array(lab.GENES, "S")), ("data", matrix.data), ("indices", matrix.indices.astype("i8")),
                                ("indptr", matrix.indptr.astype("i8")), ("shape", np.array(matrix.shape, "i4"))):
                group[key] = values
    return [f"{place}/v2.h5", *labels_file(place)]


def guides_alone(place):
    return lab.write_10x(f"{place}/guides", lab.guide_counts(CALLS, GUIDES), NAMES, lab.guides_as_features(GUIDES))


def tenx(place):
    return [lab.write_10x_h5(f"{place}/v3.h5", counts(), NAMES, lab.genes_as_features()), *labels_file(place)]


def two_modalities(place):
    """Two that could hold the genes."""
    both = {name: (counts(), lab.GENES) for name in ("all cells", "nuclei")}
    return lab.write_h5mu(f"{place}/two.h5mu", both, pd.DataFrame({"perturbation": labels()}, index=NAMES))


def other_matrices(place):
    path = h5ad(place)
    data = anndata.read_h5ad(path)
    data.layers["counts"] = data.X
    data.raw = data.copy()
    data.write_h5ad(path)
    return path


def containers():
    yield Scenario("containers: guides without genes", lambda place: prepare([guides_alone(place)]),
                   saying("--guide-counts", lambda result, place: [on(result, [plain(place), "--guide-counts", words_of(result)[1]])]))
    yield Scenario("containers: .h5mu without rna", lambda place: prepare([two_modalities(place)]), obey)  # after the correction in src/io/h5mu.cpp
    yield Scenario("containers: two genomes", lambda place: prepare(two_genomes(place)), obey)
    yield Scenario("containers: --matrix of a 10x .h5", lambda place: prepare([*tenx(place), "--matrix", "raw"]), leaving("--matrix"))
    for option in ("--modality", "--gene-list", "--cell-list"):
        yield Scenario(f"containers: {option} of an .h5ad", lambda place, option=option: prepare([h5ad(place), option, "rna"]), leaving(option))
    yield Scenario("containers: other matrices are there", lambda place: ["inspect", other_matrices(place)], each_matrix, warns=True)


def each_matrix(result, place):
    """Of "also there: layers/counts, raw (--matrix)"."""
    found = re.search(r"also there: (.*) \(--matrix\)", result.out)
    return [again(result, "--matrix", name) for name in found.group(1).split(", ")] if found else SILENT


# ---- Matrix Market ----

SQUARE = [()] * 16 + [("KLF1",)] * 12 + [("CEBPA",)] * 12
SQUARE_NAMES = lab.barcodes(len(SQUARE))


def square(place, cells_in_rows=False, folder="square", usual=True):
    """As many cells as genes, in a folder with its lists; without usual names both lists could name either."""
    path = f"{place}/{folder}"
    os.makedirs(path)
    values = lab.counts_of(SQUARE)
    matrix, genes, cells = ("matrix.mtx", "features.tsv", "barcodes.tsv") if usual else ("expression.mtx", "one.txt", "two.txt")
    lab.write_matrix_market(f"{path}/{matrix}", values if cells_in_rows else values.T)
    lab.write_lines(f"{path}/{genes}", lab.GENES)
    if usual:
        lab.write_lines(f"{path}/{cells}", SQUARE_NAMES)
    rows = zip(SQUARE_NAMES if usual else map(str, range(1, len(SQUARE) + 1)), lab.rotated(SQUARE, ["control"]))
    table = lab.write_lines(f"{place}/of_{folder}.csv", ["cell,perturbation", *map(",".join, rows)])
    return [path if usual else f"{path}/{matrix}", "--labels-file", table]


def transposed(usual):
    return saying("--genes-in-rows transpose", lambda result, place: [on(result, [*square(place, folder="turned", usual=usual), "--genes-in-rows"])])


def two_lists(place, matrix="matrix.mtx.gz"):
    """A folder in which two lists could name the genes of the matrix."""
    folder = lab.write_10x(f"{place}/two", counts(), NAMES, lab.genes_as_features())
    os.rename(f"{folder}/matrix.mtx.gz", f"{folder}/{matrix}")
    lab.write_lines(f"{folder}/old_features.tsv.gz", ["ENSG1\tA\tGene Expression"])
    os.rename(f"{folder}/features.tsv.gz", f"{folder}/s1_features.tsv.gz")
    return [folder, *labels_file(place)]


def one_list_left(result, place):
    """Each way of "keep the one, with the same prefix as the matrix has, or name the lists"."""
    folder, table = words_of(result)[1], labels_file(place)
    alone, prefixed = f"{place}/alone", f"{place}/prefixed"
    for path in (alone, prefixed):
        lab.write_10x(path, counts(), NAMES, lab.genes_as_features())
    for name in ("matrix.mtx.gz", "features.tsv.gz"):
        os.rename(f"{prefixed}/{name}", f"{prefixed}/s1_{name}")
    lists = ["--gene-list", f"{folder}/s1_features.tsv.gz", "--cell-list", f"{folder}/barcodes.tsv.gz"]
    return [on(result, [alone, *table]), on(result, [prefixed, *table]), again(result, *lists)]


def lists_beside(place):
    """Two lists of as many names as there are genes; the folder's name is one that a shell would part."""
    args = bare(f"{place}/my lab")
    folder = os.path.dirname(args[0])
    lab.write_lines(f"{folder}/genes_b.txt", lab.GENES)
    lab.write_lines(f"{folder}/genes_a.txt", lab.GENES)
    os.remove(f"{folder}/what.txt")
    return [args[0], *args[-2:]]


def cell_lists_beside(place):
    args = bare(place)
    folder = os.path.dirname(args[0])
    lab.write_lines(f"{folder}/whom.txt", NAMES)
    return [args[0], *args[-2:]]


def pasted(result, place):
    """What the hint says behind "say which:", as a shell takes it."""
    said = re.search(r"say which: (.*)", hint_of(result))
    return [again(result, *shlex.split(said.group(1)))] if said else SILENT


def both_lists(result, place):
    return [on(result, bare(f"{place}/whole"))]


def matrix_market():
    for usual in (True, False):
        what = "usual lists" if usual else "a bare matrix"
        yield Scenario(f"mtx: as many cells as genes, {what}", lambda place, usual=usual: prepare(square(place, usual=usual)),
                       lambda result, place: [again(result, "--genes-in-rows")] if "--genes-in-rows" in hint_of(result) else SILENT)
        yield Scenario(f"mtx: as many cells as genes, cells in rows, {what}", lambda place, usual=usual: prepare(
            square(place, cells_in_rows=True, usual=usual)), transposed(usual))
    yield Scenario("mtx: two lists of genes in a folder", lambda place: prepare(two_lists(place)),
                   saying("prefix --gene-list --cell-list", one_list_left))
    yield Scenario("mtx: no lists", lambda place: prepare(bare(place, lists=False)), saying("--gene-list --cell-list", both_lists))
    yield Scenario("mtx: several lists could name the genes", lambda place: prepare(lists_beside(place)),
                   pasted)  # after the correction in src/io/matrix_market_names.cpp
    yield Scenario("mtx: several lists could name the cells", lambda place: prepare(cell_lists_beside(place)), pasted)


# ---- names of cells ----

def renamed(place, change, *options, **more):
    """A screen without labels, and a table in which its cells have other names."""
    return prepare([plain(place), "--labels-file", table_of_labels(place, change, **more), *options])


def numbered(name):
    return f"cell{NAMES.index(name)}"


def in_another_order(place):
    rows = list(zip(NAMES, labels()))[::-1]
    return prepare([plain(place), "--labels-file", lab.write_lines(f"{place}/turned.csv", ["cell,perturbation", *map(",".join, rows)]),
                    "--cell-names", "order"])


def labels_alone(place):
    return prepare([plain(place), "--labels-file", lab.write_lines(f"{place}/alone.csv", ["perturbation", *labels()])])


def with_tag(place):
    """Cells and rows that agree in a word behind '#' alone."""
    path = lab.write_h5ad(f"{place}/tag.h5ad", None, counts(), names=[f"c{i}x" for i in range(len(NAMES))])
    return prepare([path, "--labels-file", table_of_labels(place, lambda name: f"lab#c{NAMES.index(name)}x")])


def only_numbered(place, n=None):
    path = lab.write_h5ad(f"{place}/numbers.h5ad", None, counts(), names=[str(i) for i in range(len(NAMES))])
    rows = list(map(",".join, zip(NAMES, labels())))[:n]
    return [path, "--labels-file", lab.write_lines(f"{place}/rows{n}.csv", ["cell,perturbation", *rows])]


def two_samples(place):
    """The same barcodes in two lanes, which the table does not tell."""
    half = len(NAMES) // 2
    cells = [f"{name[:-2]}-{lane}" for lane in (1, 2) for name in NAMES[:half]]
    return lab.write_h5ad(f"{place}/lanes.h5ad", None, counts(), names=cells), cells


def without_lanes(place):
    path, cells = two_samples(place)
    rows = map(",".join, zip([cell[:-2] for cell in cells[: len(cells) // 2]], labels()))
    return prepare([path, "--labels-file", lab.write_lines(f"{place}/rows.csv", ["cell,perturbation", *rows])])


def with_lanes(result, place):
    path, cells = two_samples(place)
    example = re.search(r"as in '([^']*)'", hint_of(result))
    if not example or example.group(1) not in cells:
        return SILENT
    rows = map(",".join, zip(cells, labels()))
    return [on(result, [path, "--labels-file", lab.write_lines(f"{place}/lanes.csv", ["cell,perturbation", *rows])])]


def header_is_cell(place):
    rows = list(map(",".join, zip(NAMES, labels())))
    return prepare([plain(place), "--labels-file", lab.write_lines(f"{place}/bald.csv", rows)])


EXPRESSION = "([ACGT]{16})"


def cell_names():
    yield Scenario("cells: exact, and names differ", lambda place: renamed(place, lambda name: name[:-2], "--cell-names", "exact"), obey)
    yield Scenario("cells: an expression is proposed", with_tag, obey)
    for wrong, what in (("(zz+)", "in none"), ("^(....)", "the same in two"), ("^([^_]+)", "in others")):
        yield Scenario(f"cells: an expression is found {what}", lambda place, wrong=wrong: renamed(
            place, lambda name: f"lane1_{name}", "--cell-names", wrong),
            saying("group", lambda result, place: [again(result, "--cell-names", EXPRESSION)]))
    yield Scenario("cells: an expression finds other parts", lambda place: renamed(
        place, lambda name: f"{name[-3::-1]}_{name}", "--cell-names", EXPRESSION),
        saying("group", lambda result, place: [again(result, "--cell-names", EXPRESSION + "-1$")]))
    yield Scenario("cells: an expression is not found in some", lambda place: renamed(
        place, lambda name: name if NAMES.index(name) else "nobody", "--cell-names", EXPRESSION, "--missing-labels", "drop"),
        lambda result, place: [again(result, "--cell-names", "^([^-]+)")], warns=True)
    yield Scenario("cells: another order", in_another_order, obey)
    yield Scenario("cells: a table of labels alone", labels_alone, obey)
    yield Scenario("cells: numbers in place of names", lambda place: prepare(only_numbered(place, 200)),
                   saying("a row for each", lambda result, place: [on(result, only_numbered(place))]))
    yield Scenario("cells: two lanes", without_lanes, with_lanes)
    yield Scenario("cells: strangers", lambda place: renamed(place, numbered), saying("named barcode", lambda result, place: [
        again(result, "--labels-file", lab.write_lines(f"{place}/right.csv", [
            "perturbation,barcode", *(f"{label},{name}" for name, label in zip(NAMES, labels()))]))]))
    yield Scenario("cells: no header", header_is_cell, saying("put a first line", lambda result, place: [again(result, *labels_file(place))]))


# ---- genes ----

def table_of_ids(place, head="old\tnew"):
    rows = [f"{feature[0]}\t{feature[1]}" for feature in lab.genes_as_features()]
    return ["--aliases", lab.write_lines(f"{place}/ids.tsv", [head, *rows])]


def by_ids(place, symbols=True, change=str):
    """A screen whose genes go by ids, with or without their symbols."""
    ids = [change(feature[0]) for feature in lab.genes_as_features()]
    return lab.write_h5ad(f"{place}/ids.h5ad", labels(), lab.log1p_of(counts(), 1e4),
                          var=pd.DataFrame({"symbol": lab.GENES} if symbols else {}, index=ids))


def of_mouse(place):
    return lab.write_h5ad(f"{place}/mouse.h5ad", labels(), counts(), genes=[gene.capitalize() for gene in lab.GENES])


def aliases_of_mouse(place):
    return ["--aliases", lab.write_lines(f"{place}/mouse.tsv", ["old\tnew", *(f"{gene}\t{gene.capitalize()}" for gene in lab.GENES)])]


def linear(place):
    """Values that are not logged, with a name of its own for everything that the hint has to say again."""
    labelled = lab.rotated(CELLS, ["NTC"], "|")
    data = anndata.AnnData(counts() * 1.37, obs=pd.DataFrame({"guide": labelled}, index=NAMES), var=pd.DataFrame(index=lab.GENES),
                           layers={"cpm": counts() * 1.37})
    os.makedirs(f"{place}/my lab")
    data.write_h5ad(f"{place}/my lab/linear.h5ad")
    return ["inspect", f"{place}/my lab/linear.h5ad", "--matrix", "layers/cpm", "--label-column", "guide", "--control", "NTC", "--separator", "|"]


def pasted_prepare(result, place):
    said = re.search(r"This logs them: gracevae (prepare .* -o )OUTPUT.h5ad", result.err)
    return [shlex.split(said.group(1) + f"'{place}/logged.h5ad'")] if said else SILENT


def genes():
    yield Scenario("genes: ids, and a column has the symbols", lambda place: ["inspect", by_ids(place), "--gene-column", "index"], obey, warns=True)
    yield Scenario("genes: ids alone", lambda place: ["inspect", by_ids(place, symbols=False)], giving(table_of_ids), warns=True)
    yield Scenario("genes: no such column", lambda place: prepare([by_ids(place), "--gene-column", "symbols", "--no-normalise"]),
                   meant("--gene-column"))
    yield Scenario("genes: a column, and var has none", lambda place: prepare([h5ad(place), "--gene-column", "symbol"]), leaving("--gene-column"))
    yield Scenario("genes: repeated, refused", lambda place: prepare([sibling_inputs.repeated_file(place, False), "--repeated-genes", "error"]),
                   saying("--repeated-genes sum first keep-ids", lambda result, place: [
                       again(result, "--repeated-genes", way) for way in ("sum", "first", "keep-ids")]))
    for way in ("sum", "first", "keep-ids"):
        yield Scenario(f"genes: repeated, {way}", lambda place, way=way: prepare(
            [sibling_inputs.repeated_file(place, False), "--repeated-genes", way]), lambda result, place: [
                again(result, "--repeated-genes", other) for other in ("sum", "first", "keep-ids")], warns=True)
    yield Scenario("genes: another letter case", lambda place: prepare([of_mouse(place)]), giving(aliases_of_mouse), warns=True)
    yield Scenario("values: linear", linear, pasted_prepare, warns=True)  # after the correction in src/screen/load_screen.cpp


# ---- labels ----

def with_words(words):
    return lab.rotated(CELLS, words)


def other_column(place, *options, column="batch", **more):
    """Labels in a column that nobody would look in, beside one without targets."""
    return prepare([h5ad(place, with_words(["H2O"]), column=column, **more), *options])


def calls_file(place):
    return ["--guide-calls", lab.write_calls(f"{place}/calls.csv", NAMES, CALLS)]


def guides_without_labels(place):
    features = lab.genes_as_features() + lab.guides_as_features(GUIDES)
    return prepare([lab.write_10x(f"{place}/both", np.hstack([counts(), lab.guide_counts(CALLS, GUIDES)]), NAMES, features)])


def two_columns(place):
    """Two columns that look like labels and mean different regimes; one name needs quotes in a shell."""
    turned = labels()[1:] + labels()[:1]
    return prepare([h5ad(place, obs={"condition": pd.Categorical(turned)}, column="perturbation")])


def without_some(place, word):
    return prepare([h5ad(place, [word if i % 9 == 0 else label for i, label in enumerate(labels())]), "--control", "control"])


def halves_differ(place):
    pairs = [f"{a}_{b}__{a}_{b}" for a, b in ((cell + ("NegCtrl0", "NegCtrl1"))[:2] for cell in CELLS)]
    pairs[0] = "KLF1_NegCtrl0__CEBPA_NegCtrl0"
    return prepare([h5ad(place, pairs, column="guide_identity")])


def empty_target(place):
    """'CD4+' in labels that '|' parts."""
    return prepare([h5ad(place, [label.replace("+", "|").replace("CEBPA", "CD4+") for label in labels()]), "--separator", "+"])


def target_called_control(place):
    return prepare([h5ad(place, ["NTC" if i % 3 == 0 and label == "control" else label for i, label in enumerate(labels())]), "--control", "NTC"])


def labels_of_cells():
    yield Scenario("labels: guides are there", guides_without_labels, giving(["--guide-counts", "features"], calls_file, labels_file))
    yield Scenario("labels: in no column", other_column, giving(labels_file, calls_file))
    yield Scenario("labels: column and control", other_column, saying("--label-column --control", lambda result, place: [
        again(result, "--label-column", "batch", "--control", "H2O")]))
    yield Scenario("labels: no such control", lambda place: prepare([h5ad(place, with_words(["NTC"])), "--control", "DMSO"]), obey)
    yield Scenario("labels: no control", lambda place: other_column(
        place, "--label-column", "perturbation", column="perturbation", obs={"treatment": labels()}), giving(
        ["--control", "H2O"], ["--label-column", "treatment"]))
    yield Scenario("labels: no such column", lambda place: prepare([h5ad(place), "--label-column", "perturbatoin"]),
                   meant("--label-column"))
    yield Scenario("labels: control alone", lambda place: prepare(
        [h5ad(place, obs={"kind": ["control"] * len(CELLS)}), "--label-column", "kind"]), giving(["--label-column", "perturbation"]))
    yield Scenario("labels: two columns", two_columns, obey)
    yield Scenario("labels: cells without one", lambda place: without_some(place, "unassigned"), obey)
    yield Scenario("labels: halves differ", halves_differ, obey)
    yield Scenario("labels: an empty target", empty_target, giving(["--separator", "|"]))
    yield Scenario("labels: an empty target, renamed", empty_target, saying("rename", lambda result, place: [on(result, [h5ad(place)])]))
    yield Scenario("labels: a target called control", target_called_control, obey)
    yield Scenario("labels: a target called control, renamed", target_called_control, saying("rename", lambda result, place: [
        on(result, [h5ad(place, with_words(["NTC"]))])]))
    yield Scenario("labels: a target that looks like control", lambda place: prepare(
        [h5ad(place, with_words(["NTC", "non-targeting"])), "--control", "NTC"]),
        giving(["--control", "NTC,non-targeting"]), warns=True)
    yield Scenario("labels: no such column of a split", lambda place: train([logged(place, obs={"fold": folds()}), *CMVAE, "--split", "column:fald"]),
                   meant("--split", "column:"))


def folds():
    return ["test" if len(cell) > 1 or i % 5 == 0 else "train" for i, cell in enumerate(CELLS)]


# ---- guides ----

def low_calls(place, umis):
    rows = [(name, len(called), "|".join(called), "|".join([str(umis(i))] * len(called))) for i, (name, called) in enumerate(zip(NAMES, CALLS))]
    pd.DataFrame(rows, columns=["cell_barcode", "num_features", "feature_call", "num_umis"]).to_csv(f"{place}/low.csv", index=False)
    return prepare([plain(place), "--guide-calls", f"{place}/low.csv"])


def without_counts(place):
    rows = [f"{name},{'|'.join(called)}" for name, called in zip(NAMES, CALLS)]
    return prepare([plain(place), "--guide-calls", lab.write_lines(f"{place}/bare.csv", ["cell_barcode,feature_call", *rows])])


def counted(place, values, *options, names=GUIDES):
    """A screen, and counts of guides in a folder beside it."""
    return prepare([plain(place), "--guide-counts", lab.write_10x(f"{place}/gdo", values, NAMES, lab.guides_as_features(names)), *options])


def logged_guides(place):
    path = lab.write_h5ad(f"{place}/gdo.h5ad", None, np.log1p(lab.guide_counts(CALLS, GUIDES)), genes=GUIDES, names=NAMES)
    return prepare([plain(place), "--guide-counts", path])


def few_guides(place):
    """Counts of which most cells have one at the most."""
    values = lab.guide_counts([called if i % 3 == 0 else [] for i, called in enumerate(CALLS)], GUIDES, background=0.01)
    return counted(place, values)


def alike(place):
    """Counts that fall off like those of background, of which the fit takes none for signal, however great."""
    one = (np.random.default_rng(7).geometric(0.5, (len(CELLS), 60)) - 1)[:, 26].astype(np.float32)
    names = ["KLF1_1", "NTC_1", "NTC_2"]
    return counted(place, np.stack([np.roll(one, 9 * k) for k in range(len(names))], axis=1), names=names)


def two_sets(place):
    """obsm with two tables of counts that could be guides."""
    tables = {name: pd.DataFrame(lab.guide_counts(CALLS, GUIDES), index=NAMES, columns=GUIDES) for name in ("guide_counts", "grna_umis")}
    return prepare([h5ad(place, labels(), obsm=tables), "--guide-counts", "features"])


def antibodies(place):
    """Features beside the genes of which none is called a guide, though they are."""
    features = lab.genes_as_features() + [(guide, guide, "Custom") for guide in GUIDES]
    return prepare([lab.write_10x(f"{place}/custom", np.hstack([counts(), lab.guide_counts(CALLS, GUIDES)]), NAMES, features),
                    "--guide-counts", "features"])


def bare_guides(place):
    """A matrix of guides without any list."""
    lab.write_matrix_market(f"{place}/gdo.mtx", lab.guide_counts(CALLS, GUIDES).T)
    return [plain(place), "--guide-counts", f"{place}/gdo.mtx"]


def guide_table(place, guides=GUIDES):
    rows = [f"{guide}\t{'non-targeting' if guide.startswith('NTC') else guide.split('_')[0]}" for guide in guides]
    return ["--guides", lab.write_lines(f"{place}/targets.tsv", ["guide\ttarget", *rows])]


def guide_list(place):
    return ["--guide-list", lab.write_lines(f"{place}/list.txt", GUIDES)]


def right_counts(place):
    return ["--guide-counts", lab.write_10x(f"{place}/right", lab.guide_counts(CALLS, GUIDES), NAMES, lab.guides_as_features(GUIDES))]


def calls_instead(result, place):
    return [again(result, *calls_file(place), leave=("--guide-counts", "--guide-list"))]


def counts_or_calls(words):
    return saying(words, lambda result, place: [again(result, *right_counts(place)), *calls_instead(result, place)])


def or_calls(result, place):
    """The options in the hint, and a table of calls in their place."""
    return [again(result, *re.search(r"(--guide-counts) '([^']*)'", hint_of(result)).groups()), *counts_or_calls("--guide-calls")(result, place)]


def guides():
    yield Scenario("guides: calls of few UMIs", lambda place: low_calls(place, lambda i: 3), obey)
    yield Scenario("guides: some calls of few UMIs", lambda place: low_calls(place, lambda i: 3 + i % 4), lambda result, place: [
        again(result, "--guide-min-umis", "1")], warns=True)
    yield Scenario("guides: calls without counts", without_counts, lambda result, place: [again(result, "--guide-min-umis", "9")], warns=True)
    yield Scenario("guides: most cells have none", few_guides, lambda result, place: [again(result, "--guide-min-umis", "1")], warns=True)
    yield Scenario("guides: all counts are 0", lambda place: counted(place, lab.guide_counts(CALLS, GUIDES) * 0), counts_or_calls("--guide-calls"))
    yield Scenario("guides: all counts are small", lambda place: counted(place, lab.guide_counts(CALLS, GUIDES).clip(0, 3)), obey)
    yield Scenario("guides: no count is signal", alike, obey)
    yield Scenario("guides: calls and counts", lambda place: counted(place, lab.guide_counts(CALLS, GUIDES), *calls_file(place)),
                   saying("leave one of the two away", lambda result, place: [
                       again(result, leave=(option,)) for option in ("--guide-calls", "--guide-counts")]))
    yield Scenario("guides: two sets of counts", two_sets, obey)
    yield Scenario("guides: names that repeat", lambda place: counted(place, lab.guide_counts(CALLS, GUIDES), names=GUIDES[:-1] + GUIDES[:1]),
                   giving(guide_list))
    yield Scenario("guides: a matrix without names", lambda place: prepare(bare_guides(place)), giving(guide_list, guide_table))
    yield Scenario("guides: a table of others", lambda place: prepare([*bare_guides(place), *guide_table(place, GUIDES[:-3])]),
                   giving(guide_list))
    yield Scenario("guides: in the order of a table", lambda place: prepare([*bare_guides(place), *guide_table(place)]),
                   lambda result, place: [again(result, *guide_list(place))] if "give --guide-list" in result.err else SILENT, warns=True)
    yield Scenario("guides: counts that are none", logged_guides, counts_or_calls("--guide-calls"))
    yield Scenario("guides: the genes in place of guides", lambda place: prepare([h5ad(place), "--guide-counts", h5ad(place, name="again")]),
                   counts_or_calls("--guide-calls"))
    for asked in ("features", "gdo"):
        yield Scenario(f"guides: nothing but genes, '{asked}'", lambda place, asked=asked: prepare([plain(place), "--guide-counts", asked]),
                       counts_or_calls("--guide-calls"))
    yield Scenario("guides: none called so among the features", antibodies, or_calls)
    yield Scenario("guides: no such features", lambda place: prepare([antibodies(place)[1], "--guide-counts", "custm"]), meant("--guide-counts"))
    for wrong in ("(KLF1", "KLF1_.*"):
        yield Scenario(f"guides: --guides '{wrong}'", lambda place, wrong=wrong: prepare([
            h5ad(place, ["|".join(called) for called in CALLS]), "--guides", wrong]), each_of_guides)


def each_of_guides(result, place):
    """Of "give auto, none, a table of guides and targets, or an expression such as '(.+)_[0-9]+'"."""
    said = re.search(r"give (auto), (none), a table of guides and targets, or an expression such as '(.*)'", hint_of(result))
    ways = [*said.groups(), guide_table(place)[1]] if said else []
    return [again(result, "--guides", way, *(["--control", "NTC*"] if way == "none" else [])) for way in ways] or SILENT


# ---- quality ----

def of_guides(place, column="guide", **more):
    """A column of guides, and one in which each word has cells of several labels."""
    first = [called[0] if len(cell) < 2 else "_".join(called) for cell, called in zip(CELLS, CALLS)]
    return h5ad(place, obs={column: pd.Categorical(first), "lane": pd.Categorical([f"L{i % 3}" for i in range(len(CELLS))])}, **more)


def dropping(place, *options, **more):
    return prepare([of_guides(place, **more), *options])


def quality():
    yield Scenario("quality: no such column of guides", lambda place: dropping(place, "--guide-column", "gide", "--drop-guides", "auto"),
                   meant("--guide-column"))
    yield Scenario("quality: a guide of two labels", lambda place: ["inspect", of_guides(place), "--quality", "--guide-column", "lane"],
                   giving(["--guide-column", "guide"], ["--guide-column", "none"]))
    yield Scenario("quality: no guides known", lambda place: dropping(place, "--drop-guides", "KLF1_1", column="oligo"),
                   giving(["--guide-column", "oligo"]))
    yield Scenario("quality: no such guide", lambda place: dropping(place, "--drop-guides", "KLF1-1"), meant("--drop-guides"))
    yield Scenario("quality: all guides of control dropped", lambda place: dropping(place, "--drop-guides", "NTC_1,NTC_2,NTC_3"),
                   saying("keep one of control's guides", lambda result, place: [again(result, "--drop-guides", "NTC_1,NTC_2")]))
    yield Scenario("quality: no guides in the table", lambda place: ["inspect", of_guides(place, column="oligo"), "--quality"],
                   lambda result, place: [again(result, "--guide-column", "oligo")] if "(--guide-column)" in result.out else SILENT, warns=True)


# ---- features of cells ----

def embedded(place, key="X_model", name="logged", **more):
    return lab.write_h5ad(f"{place}/{name}.h5ad", labels(), lab.log1p_of(counts(), 1e4), names=NAMES,
                          obsm={key: np.random.default_rng(5).normal(size=(len(CELLS), 4)).astype(np.float32)}, **more)


def network(place):
    lab.write_network(f"{place}/net")
    return ["--network", f"{place}/net"]


def pathways(place, level):
    columns = [f"P-{i}" for i in range(5)]
    pd.DataFrame(np.ones((len(CELLS), 5)) * 1.5, index=NAMES, columns=columns).to_csv(f"{place}/pathways.csv", index_label="cell")
    return train([logged(place), *network(place), "--level", level, "--pathway-file", f"{place}/pathways.csv",
                  "--pathway-values", "measured"])


def features():
    yield Scenario("features: a file without a key", lambda place: train(
        [logged(place), *network(place), "--cell-embedding-file", embedded(place, name="other")]),
                   saying("name the key", lambda result, place: [again(result, "--cell-embedding", "X_model")]))
    yield Scenario("features: no such key", lambda place: train([embedded(place), *network(place), "--cell-embedding", "X_modl"]),
                   meant("--cell-embedding"))
    yield Scenario("features: nothing in obsm", lambda place: train([logged(place), *network(place), "--cell-embedding", "X_model"]),
                   giving(lambda place: ["--cell-embedding-file", embedded(place, name="other")]))
    yield Scenario("features: a graph without pathways", lambda place: pathways(place, "gg"), giving(["--level", "gg+pg"]))


PARTS = (foreign, containers, matrix_market, cell_names, genes, labels_of_cells, guides, quality, features)
SCENARIOS = [*(scenario for part in PARTS for scenario in part()), *hint_networks.SCENARIOS]
EXEMPT = {
    "; targets that are not measured are known by --aliases": "a fact, no advice (cases: 'labels A_B of targets that only --aliases has')",
    "--guide-rule '{}'": "the values of the option are checked first, and that message lists them",
    "say that this column names the genes": "genes of one name are added up, or refused, before",
    "choose a folder on a disk with more room": "a full disk (tests/unit/io/packed_rows_test.cpp)",
    **hint_networks.EXEMPT,
}
