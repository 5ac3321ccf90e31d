"""What is right for the inputs after public bug reports (../shared/cases, README.md there): one list of checks a case."""
import collections
import csv
import gzip
import itertools
import os
import sys

import anndata
import numpy as np
import scipy.io

from case_checks import Check, same, unlike
from case_program import Unlike

SINGLES = {"KLF1": 64, "MAP2K6": 64, "CEBPA": 64, "SET": 64, "FOXO4": 64}
DOUBLES = {"CEBPA+SET": 40, "KLF1+MAP2K6": 40}
ONLY_SINGLES = {"control": 100, **SINGLES}
ALL = {**ONLY_SINGLES, **DOUBLES}
SCREEN = {"cells": 500, "genes": 60, "regimes": ALL, "measured": 5}
SINGLE_SCREEN = {"cells": 420, "genes": 60, "regimes": ONLY_SINGLES, "measured": 5}
LOG = "prepare log"


def log1p_of(counts, total=100):
    """What `prepare --total 100` makes of counts [cells, genes]."""
    return np.log1p(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) * total)


def by_gene(values, genes):
    return dict(zip(genes, values.T))


class Cases:
    """The folder of cases: its own simulation, and the files of a case once they are asked for."""

    def __init__(self, folder, work):
        sys.path.insert(0, folder)
        import common

        self.common, self.work = common, work

    def path(self, name):
        return os.path.join(self.work, name)

    def counts(self):
        """Values that `prepare --total 100` gives of the counts in the cases, by gene."""
        common = self.common
        return by_gene(log1p_of(common.counts(common.shuffled(common.conditions()))), common.GENES)

    def logged(self):
        common = self.common
        return by_gene(common.log1p(common.counts(common.shuffled(common.conditions())), 1e4), common.GENES)


def levels(gene_gene=116, pathways=6, memberships=72, relations=3):
    """Coverage of the cases' network, of which each part can be left out."""
    found = {}
    if gene_gene:
        found["gg"] = {"genes_with_edges": 60, "edges_gene_gene": gene_gene}
    if memberships:
        found["gg+pg"] = {"pathways": pathways, "edges_gene_gene": gene_gene, "edges_pathway_gene": memberships}
    if relations:
        found["full"] = {**found["gg+pg"], "edges_pathway_pathway": relations}
    return found


def case_01(cases):
    labels = {"column": "gene", "control": "NT", "separator": "_"}
    yield Check("01 SeuratDisk: levels beside the codes", ["01/seurat.h5ad"], {**SCREEN, **labels, "scale": "log1p"})
    yield Check("01 SeuratDisk: counts in raw", ["01/seurat.h5ad", "--matrix", "raw"],
                {**SCREEN, "values": cases.counts()}, how="prepare")


REPEATED_02 = ("TBCE", "MATR3", "HSPA14")


def values_02(cases, merge):
    """Prepared values of case 02, worked out from its own files. `merge`: sum, first or keep-ids."""
    folder = cases.path("02/filtered_feature_bc_matrix/")
    with gzip.open(folder + "features.tsv.gz", "rt") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    counts = np.asarray(scipy.io.mmread(folder + "matrix.mtx.gz").todense(), dtype=float)
    taken = collections.OrderedDict()
    for (gene_id, symbol, kind), row in zip(rows, counts):
        if kind != "Gene Expression" or (merge == "first" and symbol in taken):
            continue
        name = gene_id if merge == "keep-ids" else symbol
        taken[name] = taken.get(name, 0) + row
    return by_gene(log1p_of(np.stack(list(taken.values()), axis=1)), list(taken))


def called_02(cases):
    """Regimes of the cells that have a call, read from the table itself."""
    regimes = collections.Counter()
    with open(cases.path("02/protospacer_calls_per_cell.csv"), newline="") as file:
        for row in csv.DictReader(file):
            targets = sorted({guide.split("_")[0] for guide in row["feature_call"].split("|")} - {"NTC"})
            regimes["+".join(targets) or "control"] += 1
    return dict(regimes)


def case_02(cases):
    folder, labels = "02/filtered_feature_bc_matrix", ["--labels-file", "02/labels.csv"]
    named = {"also": lambda result: unlike_names(result.said, REPEATED_02)}
    yield Check("02 folder: repeated symbols added up", [folder, *labels], {**SCREEN, "control": "non-targeting", **named})
    for rule in ("sum", "first", "keep-ids"):
        options = [] if rule == "sum" else ["--repeated-genes", rule]
        yield Check(f"02 folder: values with --repeated-genes {rule}", [folder, *labels, *options],
                    {"cells": 500, "regimes": ALL, "values": values_02(cases, rule)}, how="prepare")
    yield Check("02 folder: --repeated-genes error", [folder, *labels, "--repeated-genes", "error"], refused=("TBCE", "hint"))
    calls = called_02(cases)
    yield Check("02 folder: calls of guides", [folder, "--guide-calls", "02/protospacer_calls_per_cell.csv"],
                {"cells": 480, "genes": 60, "regimes": calls, "measured": 5, "said": [r"\b20\b"], "kept": "KLF1_g1"},
                how="prepare")
    # no cell has counts of the guide against nothing: control stands in the table of calls alone
    yield Check("02 folder: no labels at all", [folder], refused=("--labels-file", "--guide-c"), follow=False)


def unlike_names(text, names):
    missing = [name for name in names if name not in text]
    if missing:
        raise Unlike(f"not named: {', '.join(missing)}")


def regimes_03(cases):
    labels = anndata.read_h5ad(cases.path("03/adamson.h5ad")).obs["perturbation"]
    regimes = collections.Counter()
    for label in labels:
        if isinstance(label, str) and label != "*":
            regimes["control" if label.startswith("62") else label.split("_")[0]] += 1
    return dict(regimes)


def case_03(cases):
    regimes = regimes_03(cases)
    truth = {"regimes": regimes, "cells": sum(regimes.values()), "measured": 5}
    answer = ["--control", "62(mod)_pBA581", "--missing-labels", "drop"]
    yield Check("03 plasmids: control is asked for, never '*' or empty", ["03/adamson.h5ad"], truth, how="prepare", answer=answer,
                question=True)
    yield Check("03 plasmids: the hint does not offer '*'", act=lambda bench: never_offered(bench, ["03/adamson.h5ad"], "*", ""))
    yield Check("03 plasmids: control given", ["03/adamson.h5ad", *answer], truth, how="prepare")
    both = collections.Counter(regimes)
    both["control"] += 420 - sum(regimes.values())
    yield Check("03 plasmids: suffixes are no second target", ["03/plasmids.h5ad"],
                {"cells": 420, "regimes": dict(both), "measured": 5}, how="prepare")
    yield Check("03 plasmids: the guide is kept", ["03/plasmids.h5ad"], {"kept": "KLF1_pDS260"}, how="prepare")


def never_offered(bench, args, *words):
    """The answer to `inspect` is not to take one of these words for control, neither silently nor as a hint."""
    result = bench.look("inspect", args)
    if result.code == 0 and result.json["screen"]["labels"]["control"] in words:
        raise Unlike(f"control is '{result.json['screen']['labels']['control']}'")
    for word in words:
        if f"--control '{word}'" in result.err or (word and f"--control {word}" in result.err):
            raise Unlike(f"'{word}' is offered as control")


def case_05(cases):
    yield Check("05 feature_types: guides and antibodies are no genes", ["05/all_features.h5ad"],
                {**SCREEN, "scale": "counts", "said": ["CRISPR Guide Capture", "Antibody Capture"]})
    for name in ("all_features", "genes_only"):
        yield Check(f"05 feature_types: values of {name}", [f"05/{name}.h5ad"], {**SCREEN, "values": cases.counts()},
                    how="prepare")


def network_06(name, *more):
    return ["06/screen.h5ad", "--network", f"06/{name}", *more]


def named_as_lost(result, file, *patterns):
    """A part of the network that matches nothing: its file is named, in a warning or with the level that it stops."""
    text = result.said
    for pattern in (file, *patterns):
        if pattern not in text:
            raise Unlike(f"'{pattern}' is not said of the part that matches nothing")


def case_06(cases):
    del cases
    memberships = levels(relations=0)
    for name, what in (("na", "'na' and CRLF"), ("msigdb", "MSigDB's addresses")):
        yield Check(f"06 gene sets: {what}", network_06(name), {**SCREEN, "levels": memberships})
        yield Check(f"06 gene sets: {what}: relations that match nothing are named", network_06(name),
                    {"also": lambda result: named_as_lost(result, "ReactomePathwaysRelation.txt")})
    # ids at the end of the names: relations find them there
    for name, what in (("enrichr", "an empty second column"), ("weights", "weights behind the genes"), ("txt", ".gmt.txt"), ("names2", "one name for all"), ("twice", "genes twice in a set"),
                       ("commas", "genes joined by commas")):
        yield Check(f"06 gene sets: {what}", network_06(name), {**SCREEN, "levels": levels()})
    yield Check("06 gene sets: Entrez ids are named by file", network_06("entrezgmt"),
                {"levels": levels(relations=0, memberships=0),
                 "also": lambda result: named_as_lost(result, "ReactomePathways.gmt", "Entrez")})
    yield Check("06 gene sets: Entrez ids everywhere", network_06("entrez"),
                {"also": lambda result: named_as_lost(result, "ReactomePathways.gmt", "protein_edgelist.txt", "Entrez")})
    yield Check("06 gene sets: a part that matches nothing stops training",
                act=lambda bench: training_stops(bench, network_06("entrezgmt"), "ReactomePathways.gmt", "--allow-empty"))
    yield Check("06 gene sets: --allow-empty", network_06("entrezgmt", "--allow-empty"),
                {"levels": {"full": {"edges_gene_gene": 116, "edges_pathway_gene": 0}}})


def training_stops(bench, args, *patterns):
    result = bench.run("train", *args, "--epochs", "1", "--hidden", "8", "-o", f"stopped{bench.n_outputs}")
    if result.code == 0:
        raise Unlike("training goes on")
    unlike_names(result.err, patterns)
    if "--allow-empty" in patterns:
        again = bench.run("train", *args, "--allow-empty", "--epochs", "1", "--hidden", "8", "-o", "allowed")
        if again.code != 0:
            raise Unlike(f"--allow-empty: {again.err}")


def case_08(cases):
    del cases
    capital = {"+".join(target.capitalize() for target in label.split("+")): n for label, n in SINGLES.items()}
    doubles = {"Cebpa+Set": 40, "Klf1+Map2k6": 40}
    mouse = {"cells": 500, "regimes": {"control": 100, **capital, **doubles}, "measured": 5}
    yield Check("08 mouse: networks of mouse", ["08/mouse.h5ad", "--network", "08/mouse"], {**mouse, "levels": levels()})
    yield Check("08 mouse: networks of man, said", ["08/mouse.h5ad", "--network", "08/human"],
                {**mouse, "said": ["mouse", "species|mouse symbols", "'?(Tfrc|Cd44|Klf1|[A-Z][a-z]+[0-9]*)'?"]})
    yield Check("08 mouse: networks of man stop training",
                act=lambda bench: training_stops(bench, ["08/mouse.h5ad", "--network", "08/human"], "mouse", "hint"))
    yield Check("08 mouse: labels in capitals, genes not", ["08/mouse_upper_labels.h5ad"],
                {"cells": 500, "genes": 60, "also": lambda result: same("regimes", {
                    label.upper().replace("CONTROL", "control"): n for label, n in result.regimes.items()}, ALL),
                 "said": ["case|mouse", "KLF1", "Klf1"]}, how=LOG)


def case_09(cases):
    del cases
    yield Check("09 spaces: in labels", ["09/spaces.h5ad"], SCREEN, how=LOG)
    yield Check("09 spaces: in genes", ["09/gene_spaces.h5ad"], SCREEN, how=LOG)
    yield Check("09 control: Control and control", ["09/two_controls.h5ad"], SCREEN, how=LOG)
    yield Check("09 control: Control, CTRL and non-targeting", ["09/three_controls.h5ad"], SCREEN)
    empty = ["09/empty_control_lower_targets.h5ad"]
    yield Check("09 control: empty is asked for", empty, {"cells": 500, "also": lambda r: same("control", r.regimes["control"], 100)},
                how=LOG, answer=["--control", ""], question=True)
    yield Check("09 control: empty is not offered", act=lambda bench: never_offered(bench, empty, ""))
    yield Check("09 control: lower case of targets is said", [*empty, "--control", ""],
                {"also": lambda result: unlike_names(result.said, ["klf1", "KLF1"])}, how=LOG)


def case_10(cases):
    drugs = {"2i (LIF+MEKi+GSK3i)", "(+)-JQ1", "TP53 R175H>G", "IL-1β & <TNF>", "Dox/\"5-FU\""}
    regimes = {"control": 100, **{drug: 64 for drug in drugs}}
    yield Check("10 drugs: signs within one target", ["10/drugs.h5ad"],
                {"cells": 420, "regimes": regimes, "unmeasured": drugs, "kinds": {"single": 5, "double": 0}})
    yield Check("10 drugs: predict takes a label as a whole", act=predict_10)
    yield Check("10 drugs: predict names what there is", act=predict_10_misspelt)
    del cases


def trained_10(bench):
    run = os.path.join(bench.work, "run10")
    if not os.path.exists(run):
        result = bench.run("-q", "train", "10/drugs.h5ad", "--model", "cmvae", "--epochs", "1", "--hidden", "8", "--threads",
                           "1", "-o", "run10")
        if result.code != 0:
            raise Unlike(f"training: {result.err}")


def predict_10(bench):
    trained_10(bench)
    for target in ("(+)-JQ1", "2i (LIF+MEKi+GSK3i)", "(+)-JQ1+2i (LIF+MEKi+GSK3i)"):
        result = bench.run("-q", "predict", "run10", "--targets", target, "--cells", "5")
        if result.code != 0:
            raise Unlike(f"--targets '{target}': {result.err}")


def predict_10_misspelt(bench):
    trained_10(bench)
    result = bench.run("-q", "predict", "run10", "--targets", "(+)-JQ2")
    if result.code == 0:
        raise Unlike("(+)-JQ2 is taken")
    unlike_names(result.err, ["(+)-JQ2", "(+)-JQ1"])


def case_11(cases):
    yield Check("11 nullable strings", ["11/pandas3.h5ad"], {**SCREEN, "values": cases.logged()}, how=LOG)
    yield Check("11 nullable strings: counts", ["11/pandas3.h5ad", "--matrix", "layers/counts"],
                {**SCREEN, "values": cases.counts()}, how="prepare")


def case_13(cases):
    labels = ["--labels-file", "13/labels.csv"]
    yield Check("13 containers: .h5ad.gz", ["13/GSM1_screen.h5ad.gz"], {**SCREEN, "values": cases.logged()}, how=LOG)
    for what, path in (("10x .h5 v3", "filtered_feature_bc_matrix.h5"), ("10x .h5 v2", "filtered_gene_bc_matrices_h5.h5"),
                       ("loom", "screen.loom"), ("kb folder", "kb/counts_unfiltered"), ("STARsolo folder", "star/Gene/raw")):
        yield Check(f"13 containers: {what}", [f"13/{path}", *labels], {**SCREEN, "values": cases.counts()}, how="prepare")
    yield Check("13 containers: 10x .h5 without labels", ["13/filtered_feature_bc_matrix.h5"], refused=("--labels-file",))
    yield Check("13 containers: loom without labels", ["13/screen.loom"], refused=("--labels-file",))
    for what, path in (("kb", "kb"), ("STARsolo", "star")):
        yield Check(f"13 containers: the folder above of {what}", act=lambda bench, path=path: read_or_named(bench, f"13/{path}", labels))
    yield Check("13 containers: broken zarr store", ["13/screen.zarr"], refused=("zarr",))
    yield Check("13 containers: zarr v3", ["13/screen3.zarr"], refused=("zarr", "(v|version |format )3", "hint"))
    yield Check("13 containers: .h5seurat", ["13/seurat.h5seurat"], refused=("Seurat", "hint", r"\bR\b"))
    yield Check("13 containers: .rds", ["13/screen.rds"], refused=("rds|saveRDS|of R", "hint", "readRDS"))
    yield Check("13 containers: empty outs of Cell Ranger", ["13/sample/outs"], refused=("filtered_feature_bc_matrix",))


def read_or_named(bench, folder, labels):
    """A folder that holds the one with the counts below it: it is read, or the error names that one."""
    result = bench.look("prepare", [folder, *labels])
    fault = unlike(result, SCREEN) if result.code == 0 else ""
    if fault:
        raise Unlike(fault)
    if result.code != 0:
        unlike_names(result.err, ["counts_unfiltered" if "kb" in folder else "Gene/raw"])


def case_14(cases):
    meta = ["--labels-file", "14/meta.csv"]
    said = [r"[ACGT]{16}\.1", r"[ACGT]{16}-1"]
    for name, what in (("counts.tsv", "dots in cells"), ("counts_r.tsv", "dots in cells, R's header")):
        yield Check(f"14 R: {what}", [f"14/{name}", *meta], {**SCREEN, "values": cases.counts(), "said": said}, how="prepare")
    yield Check("14 R: cells in rows, labels beside", ["14/cells_in_rows.csv"], {**SCREEN, "column": "gene", "scale": "counts"})
    yield Check("14 R: dots in genes, with a network", ["14/cells_in_rows.csv", "--network", "06/names2"],
                {"also": joined_or_said})
    yield Check("14 R: cell names compared exactly", ["14/counts.tsv", *meta, "--cell-names", "exact"],
                refused=(*said, "--cell-names|hint"))


def joined_or_said(result):
    if unlike(result, {"levels": levels()}):
        unlike_names(result.said, ["HLA.A", "HLA-A"])


def case_15(cases):
    yield Check("15 scaled: the other matrices are proposed", ["15/scaled.h5ad"], {"cells": 500, "said": ["--matrix (raw|layers/counts)"]})
    yield Check("15 scaled: raw", ["15/scaled.h5ad", "--matrix", "raw"], {**SCREEN, "values": cases.logged()}, how=LOG)
    yield Check("15 scaled: counts", ["15/scaled.h5ad", "--matrix", "layers/counts"],
                {"cells": 500, "genes": 40, "regimes": ALL}, how="prepare")
    for name in ("cpm_not_logged", "cp10k_not_logged"):
        yield Check(f"15 linear values: {name}", [f"15/{name}.h5ad"],
                    {**SCREEN, "said": ["--log-only"], "scale": "linear"})


def case_16_to_22(cases):
    del cases
    yield Check("16 keys with '/'", ["16/slash.h5ad"], SCREEN, how=LOG)
    gene = {"column": "gene", "control": "non-targeting"}
    yield Check("18 Replogle: junk in one column, the truth in another", ["18/pertpy.h5ad"], {**SINGLE_SCREEN, **gene})
    yield Check("18 Replogle: the authors' columns", ["18/replogle_own.h5ad"],
                {"cells": 420, "genes": 59, "regimes": ONLY_SINGLES, "measured": 5, "said": ["MATR3"]}, how="prepare")
    yield Check("19 lanes put together: names of cells repeat", ["19/repeated_cells.h5ad"],
                refused=("250 cell names", "CGTTAATTACTCCTCC-1", "hint"))
    yield Check("19 an index of integers", ["19/ints.h5ad"], SCREEN, how=LOG)
    numbers = {"control": 100, **{str(i): 64 for i in range(1, 6)}}
    yield Check("20 labels are integers", ["20/ints.h5ad"], {"cells": 420, "regimes": numbers}, how=LOG, answer=["--control", "0"],
                question=True)
    yield Check("20 labels are booleans", ["20/bool.h5ad"], {"cells": 420, "regimes": {"control": 100, "True": 320}},
                how=LOG, answer=["--label-column", "perturbed", "--control", "False"], question=True)
    yield Check("21 attributes as R writes them", ["21/r.h5ad"], SCREEN, how=LOG)
    yield Check("22 Norman as GEARS ships it", ["22/perturb_processed.h5ad"],
                {**SCREEN, "column": "condition", "control": "ctrl", "gene_column": "gene_name"})


def case_23(cases):
    del cases
    for name, what in (("unversioned_labels", "labels without versions"), ("other_version", "labels of another version")):
        yield Check(f"23 Ensembl ids: {what}", [f"23/{name}.h5ad"], SCREEN, how=LOG)
    for name, column in (("symbol_column", "SYMBOL"), ("Symbol_column", "Symbol")):
        yield Check(f"23 symbols in var column '{column}'", [f"23/{name}.h5ad"], SCREEN, how=LOG)


WORDS = """NonTarget NON_TARGET-1 non-target NTC_g1 sgNTC sgNTC-1 NTg4 non_targeting_1 scramble scrambled safe-harbor
safe_harbor_3 AAVS1 sgCtrl1 CTRL0 sgControl INTERGENIC1144056 EV GFP LacZ WT vehicle DMSO unstimulated PBS neg_ctrl
Neg_Ctrl_1 NegCtrl0 no-guide * BASELINE Non-Targeting|Human nt_ctrl NO-TARGET NO_SITE_1 ONE_NON-GENE_SITE_1 control_g1""".split()

RECOGNISED = {"NonTarget", "NTC_g1", "sgNTC", "NTg4", "non_targeting_1", "scramble", "scrambled", "safe-harbor", "AAVS1",
              "INTERGENIC1144056", "CTRL0", "sgControl", "neg_ctrl", "NegCtrl0", "Non-Targeting Human"}


def case_24(cases):
    del cases
    truth = {"cells": 420, "genes": 60, "regimes": ONLY_SINGLES}
    for i, word in enumerate(WORDS):
        word = word.replace("|", " ")
        if word == "*":  # stands for several guides elsewhere
            yield Check("24 control '*' is no label", ["24/w/29.h5ad"], how=LOG, refused=("control", "hint"), follow=False,
                        group="24 37 spellings of control")
            continue
        yield Check(f"24 control '{word}'", [f"24/w/{i:02d}.h5ad"], truth, how=LOG, question=word not in RECOGNISED,
                    answer=["--control", word], group="24 37 spellings of control")
    yield Check("24 control '*' is not offered", act=lambda bench: never_offered(bench, ["24/w/29.h5ad"], "*"))


ALL_CASES = {"01": case_01, "02": case_02, "03": case_03, "05": case_05, "06": case_06, "08": case_08, "09": case_09,
             "10": case_10, "11": case_11, "13": case_13, "14": case_14, "15": case_15, "16": case_16_to_22, "23": case_23,
             "24": case_24}
NEEDS = {"14": ["06"], "16": ["18", "19", "20", "21", "22"]}  # other cases whose files the checks use


def checks_of(cases, only, make):
    """The checks of the cases whose name begins with `only`; `make(case)` writes a case's files."""
    chosen = {name: f for name, f in ALL_CASES.items() if not only or name.startswith(only[:2]) or only[:2] in NEEDS.get(name, ())}
    for name, checks in chosen.items():
        for case in itertools.chain([name], NEEDS.get(name, ())):
            make(case)
        yield from (check for check in checks(cases) if not only or check.name.startswith(only))
