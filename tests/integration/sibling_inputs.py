"""Names of genes, networks and tables as people have them."""
import itertools
import re
import tempfile

import h5py
import numpy as np
import pandas as pd

import lab_screens as lab
from case_checks import Check, short
from case_program import Unlike
from sibling_files import CELLS, NAMES, WANTED, counts, labels

REGIMES = lab.regimes_of(CELLS)


def repeated(logged):
    """Genes of one symbol: the 2nd and 4th columns are called MYC besides MYC's own."""
    names = list(lab.GENES)
    extra = np.full((len(CELLS), 2), 9.0)
    values = np.hstack([counts(), extra])
    return (lab.log1p_of(values, 1e4) if logged else values), [*names, "MYC", "JUN"]


def added_up(values, names):
    """Columns of one symbol added up."""
    found = {}
    for name, column in zip(names, values.T):
        found[name] = found.get(name, 0) + column
    return found


def repeated_file(place, logged):
    values, names = repeated(logged)
    var = pd.DataFrame({"gene_symbols": names}, index=[f"ENSG{i:011d}" for i in range(len(names))])
    return lab.write_h5ad(f"{place}/repeated.h5ad", labels(), values, var=var)


def genes():
    values, names = repeated(False)
    sums = added_up(values, names)
    yield Check("genes: repeated symbols, counts added up", lambda place: [repeated_file(place, False)], {
        **WANTED, "values": dict(zip(sums, lab.log1p_of(np.stack(list(sums.values()), 1)).T)), "said": ["MYC"]}, how="prepare")
    logs, names = repeated(True)
    linear = {gene: np.log1p(column) for gene, column in added_up(np.expm1(logs), names).items()}
    yield Check("genes: repeated symbols, log values added on the linear scale",
                lambda place: [repeated_file(place, True)], {**WANTED, "values": linear, "said": ["MYC"]},
                how="prepare log")
    yield Check("genes: --repeated-genes error names them", lambda place: [repeated_file(place, False), "--repeated-genes", "error"],
                how="prepare", refused=("MYC", "JUN", "--repeated-genes"))
    ids = [feature[0] for feature in lab.genes_as_features()]
    for column in ("SYMBOL", "hgnc", "Gene Symbol", "feature_name", "name of the gene"):
        def write(place, column=column):
            var = pd.DataFrame({"features": [i.lower() for i in ids], column: lab.GENES, "mean": np.ones(len(ids))},
                               index=[f"{i}.9" for i in ids])
            return [lab.write_h5ad(f"{place}/symbols.h5ad", labels(), counts(), var=var)]
        yield Check(f"genes: symbols in column '{column}'", write, {**WANTED, "measured": 4}, how="prepare")
    id_of = dict(zip(lab.GENES, ids))
    for cut, what in (("", "none"), (".3", "another")):
        def write(place, cut=cut):
            by_id = ["+".join(id_of[gene] + cut for gene in cell) or "control" for cell in CELLS]
            var = pd.DataFrame({"symbol": lab.GENES}, index=[f"{i}.9" for i in ids])
            return [lab.write_h5ad(f"{place}/ids.h5ad", by_id, counts(), var=var)]
        yield Check(f"genes: labels are Ensembl ids, {what} version", write, {**WANTED, "measured": 4}, how="prepare")
    yield Check("genes: spaces around them", lambda place: [lab.write_h5ad(f"{place}/s.h5ad", labels(), counts(), genes=[
        f" {gene} " if i % 3 else gene for i, gene in enumerate(lab.GENES)])], {**WANTED, "measured": 4}, how="prepare")
    mouse = {gene: gene.capitalize() for gene in lab.GENES}
    yield Check("genes: only letter case differs, said", lambda place: [lab.write_h5ad(
        f"{place}/m.h5ad", labels(), counts(), genes=[mouse[gene] for gene in lab.GENES])], {"cells": len(CELLS), "said": ["case|mouse", "Klf1", "KLF1"]},
        how="prepare")


def numbered(gene):
    return str(5000 + lab.GENES.index(gene))


EDGE_FILES = {
    "header, tabs": ("tsv", lambda e: ["protein1\tprotein2", *map("\t".join, e)]),
    "quotes and commas": ("csv", lambda e: ['"source","target"', *(f'"{a}","{b}"' for a, b in e)]),
    "semicolons": ("csv", lambda e: ["a;b", *map(";".join, e)]),
    "SIF": ("sif", lambda e: [f"{a}\tpp\t{b}" for a, b in e]),
    "GEARS' csv": ("csv", lambda e: [",source,target,importance", *(f"{i},{a},{b},0.{3 + i % 6}" for i, (a, b) in enumerate(e))]),
    "columns after ids": ("tsv", lambda e: ["id\tscore\tgeneA\tgeneB", *(f"E{i}\t0.9\t{a}\t{b}" for i, (a, b) in enumerate(e))]),
    "STRING's exported table": ("tsv", lambda e: ["#node1\tnode2\tnode1_string_id\tnode2_string_id\tcombined_score", *(
        f"{a}\t{b}\t9606.ENSP{lab.GENES.index(a):011d}\t9606.ENSP{lab.GENES.index(b):011d}\t0.9" for a, b in e)]),
    "BioGRID tab3": ("txt", lambda e: ["#BioGRID Interaction ID\tEntrez Gene Interactor A\tEntrez Gene Interactor B\t"
                                       "BioGRID ID Interactor A\tBioGRID ID Interactor B\tSystematic Name Interactor A\t"
                                       "Systematic Name Interactor B\tOfficial Symbol Interactor A\tOfficial Symbol Interactor B\t"
                                       "Score", *(f"{100 + i}\t{numbered(a)}\t{numbered(b)}\t1{i}\t2{i}\t-\t-\t{a}\t{b}\t-"
                                                  for i, (a, b) in enumerate(e))]),
    "signed and directed": ("tsv", lambda e: ["from\tto\tsign", *(f"{a}\t{b}\t{'+' if i % 2 else '-'}1" for i, (a, b) in enumerate(e))]),
    "CRLF and blank lines": ("tsv", lambda e: [f"{a}\t{b}\r\n\r" for a, b in e]),
    "spaces between": ("txt", lambda e: [f"{a} {b}" for a, b in e]),
}
GMT_FILES = {
    "empty second column": lambda s: [f"{name}\t\t" + "\t".join(genes) for name, genes in s.items()],
    "'na' second column": lambda s: [f"{name}\tna\t" + "\t".join(genes) for name, genes in s.items()],
    "genes joined by commas": lambda s: [f"{name}\t{name}\t" + ",".join(genes) for name, genes in s.items()],
    "genes in quotes": lambda s: [f"{name}\t{name}\t" + "\t".join(f'"{gene}"' for gene in genes) for name, genes in s.items()],
    "weights behind the genes": lambda s: [f"{name}\t\t" + "\t".join(f"{gene},1.0" for gene in genes) for name, genes in s.items()],
    "trailing tabs": lambda s: [f"{name}\thttps://x.org/{name}\t" + "\t".join(genes) + "\t\t" for name, genes in s.items()],
}


def screen(place):
    return lab.write_h5ad(f"{place}/s.h5ad", labels(), lab.log1p_of(counts(), 1e4))


def edges_want(edges):
    return {"levels": {"gg": {"edges_gene_gene": len(edges), "genes_with_edges": len({gene for edge in edges for gene in edge})}}}


def sets_want(sets):
    return {"levels": {"gg+pg": {"pathways": len(sets), "edges_pathway_gene": sum(map(len, sets.values()))}}}


def edge_file(place, ending, write, options=()):
    _, edges = lab.write_network(f"{place}/plain")
    return [screen(place), "--edges", lab.write_lines(f"{place}/edges.{ending}", write(edges)), "--level", "gg", *options]


def networks():
    with tempfile.TemporaryDirectory() as folder:
        sets, edges = lab.write_network(folder)
    for name, (ending, write) in EDGE_FILES.items():
        yield Check(f"networks edges: {name}", lambda place, ending=ending, write=write: edge_file(place, ending, write),
                    edges_want(edges))
    strong = [edge for i, edge in enumerate(edges) if i % 3 == 0]

    def scored(e):
        return ["gene1 gene2 combined_score", *(f"{a} {b} {900 if i % 3 == 0 else 200}" for i, (a, b) in enumerate(e))]
    yield Check("networks edges: --edge-score leaves out weak ones", lambda place: edge_file(
        place, "txt", scored, ["--edge-score", "400"]), edges_want(strong))

    def string_links(place):
        protein = {gene: f"9606.ENSP{i:011d}" for i, gene in enumerate(lab.GENES)}
        info = ["#string_protein_id\tpreferred_name\tprotein_size\tannotation", *(f"{p}\t{gene}\t100\tof it" for gene, p in protein.items())]
        return edge_file(place, "txt", lambda e: ["protein1 protein2 combined_score", *(
            f"{protein[a]} {protein[b]} 700" for a, b in e)], ["--edge-info", lab.write_lines(f"{place}/info.txt", info)])
    yield Check("networks edges: STRING's links with ENSP ids and their info", string_links, edges_want(edges))
    for name, write in GMT_FILES.items():
        yield Check(f"networks sets: {name}", lambda place, write=write: [screen(place), "--gmt", lab.write_lines(
            f"{place}/sets.gmt", write(sets)), "--edges", plain_edges(place), "--level", "gg+pg"], sets_want(sets))

    def two_files(place):
        lines = GMT_FILES["empty second column"](sets)
        files = [lab.write_lines(f"{place}/{name}.gmt", part) for name, part in (("one", lines[:2]), ("two", lines[2:]))]
        return [screen(place), "--gmt", ",".join(files), "--edges", plain_edges(place), "--level", "gg+pg"]
    yield Check("networks sets: two .gmt files", two_files, sets_want(sets))

    def entrez(place, *options):
        lines = [f"{name}\t{name}\t" + "\t".join(map(numbered, members)) for name, members in sets.items()]
        return [screen(place), "--gmt", lab.write_lines(f"{place}/entrez.gmt", lines), "--edges", plain_edges(place), "--level",
                "gg+pg", *options]
    yield Check("networks sets: Entrez ids with a table of names", lambda place: entrez(place, "--aliases", lab.write_lines(
        f"{place}/names.tsv", ["old\tnew", *(f"{numbered(gene)}\t{gene}" for gene in lab.GENES)])), sets_want(sets))
    yield Check("networks: a part of which few names are found is named", lambda place: strangers(place, edges),
                {"also": lambda result: named(result, "strangers.tsv")})
    for what, change in (("Ensembl ids", lambda gene: f"ENSG{lab.GENES.index(gene):011d}"), ("Entrez ids", numbered),
                         ("mouse symbols", str.capitalize)):
        yield Check(f"networks: edges of {what} are named as such", lambda place, change=change: edge_file(
            place, "tsv", lambda e: [f"{change(a)}\t{change(b)}" for a, b in e if "-" not in a + b and "." not in a + b]),
            {"also": lambda result, what=what: named(result, "edges.tsv", what.split()[0])})


def plain_edges(place):
    lab.write_network(f"{place}/plain")
    return f"{place}/plain/my_edgelist.txt"


def strangers(place, edges):
    lines = ["\t".join(edge) for edge in edges[:3]] + [f"XYZ{i}\tQRS{i}" for i in range(100)]
    return [screen(place), "--edges", lab.write_lines(f"{place}/strangers.tsv", lines), "--level", "gg"]


def named(result, *words):
    for word in words:
        if word not in result.said:
            raise Unlike(f"'{word}' is not said: {short(result.said)}")


def table(place, name="table.csv", separator=",", decimal=".", more=None, names=True, values=None):
    data = pd.DataFrame(counts() if values is None else values, index=NAMES, columns=lab.GENES)
    data = data if values is not None else data.astype(int)
    for column, content in (more or {}).items():
        data.insert(0, column, content)
    data["perturbation"] = labels()
    data.to_csv(f"{place}/{name}", sep=separator, decimal=decimal, index=names, index_label="cell")
    return [f"{place}/{name}"]


def metadata(place, change, name="meta.csv"):
    return ["--labels-file", lab.write_lines(f"{place}/{name}", ["barcode,perturbation", *map(",".join, zip(map(change, NAMES), labels()))])]


def in_rows(place, change=str):
    pd.DataFrame(counts().T.astype(int), index=lab.GENES, columns=[change(name) for name in NAMES]).to_csv(f"{place}/rows.tsv", sep="\t")
    return [f"{place}/rows.tsv"]


def example_of(name):
    """A pattern of any cell's name that is made as this one is."""
    return r"(?<![\w.-])" + re.sub("[ACGT]{16}", "[ACGT]{16}", re.escape(name)) + r"(?!\w|[.-]\w)"


def tables():
    wanted = {**WANTED, "values": lab.by_gene(counts())}
    yield Check("tables: semicolons", lambda place: table(place, separator=";"), wanted, how="prepare")
    logged = lab.log1p_of(counts(), 1e4).round(4)
    yield Check("tables: decimal commas", lambda place: table(place, separator=";", decimal=",", values=logged),
                {**WANTED, "values": dict(zip(lab.GENES, logged.T))}, how="prepare log")
    columns = {"n_counts": counts().sum(1), "leiden": [str(i % 5) for i in range(len(CELLS))], "percent_mito": np.linspace(0, 9, len(CELLS)).round(3)}
    yield Check("tables: n_counts, leiden and percent_mito are no genes", lambda place: table(place, more=columns),
                {**wanted, "said": ["n_counts", "leiden", "percent_mito"]}, how="prepare")
    yield Check("tables: no column of cells", lambda place: table(place, names=False), wanted, how="prepare")
    yield Check("tables: genes in rows, found", lambda place: [*in_rows(place), *metadata(place, str)], wanted, how="prepare")
    joins = {"'.1' for '-1'": lambda name: name.replace("-", "."), "a prefix of the sample": lambda name: f"lane1_{name}",
             "a suffix of the sample": lambda name: f"{name}_1", "no '-1'": lambda name: name[:-2]}
    for what, change in joins.items():
        examples = [example_of(name) for name in (NAMES[0], change(NAMES[0]))]
        yield Check(f"tables names of cells: {what}", lambda place, change=change: [*in_rows(place), *metadata(place, change)],
                    {**wanted, "said": examples}, how="prepare")
        yield Check(f"tables names of cells: {what}, exactly", lambda place, change=change: [
            *in_rows(place), *metadata(place, change), "--cell-names", "exact"], how="prepare", refused=(*examples, "--cell-names"))
    yield Check("tables names of cells: by order", lambda place: [*in_rows(place), *metadata(place, lambda name: name[::-1]),
                                                                  "--cell-names", "order"], wanted, how="prepare")
    yield Check("tables names of cells: an expression", lambda place: [*in_rows(place), *metadata(
        place, lambda name: f"a/b/{name}/c"), "--cell-names", "([ACGT]{16})"], wanted, how="prepare")
    yield Check("tables names of cells: nothing in common", lambda place: [*in_rows(place), *metadata(
        place, lambda name: f"cell{NAMES.index(name)}")], how="prepare", refused=("cell0", NAMES[0], "hint"))


def unreadable(place):
    path = lab.write_h5ad(f"{place}/odd.h5ad", labels(), counts(), obs={"note": ["x"] * len(CELLS)})
    with h5py.File(path, "r+") as file:
        file["obs/note"].attrs["strange"] = np.zeros(1, dtype=[("a", "f4"), ("b", "i8")])
        kind = h5py.h5t.TypeID.copy(h5py.h5t.STD_B8LE)
        space = h5py.h5s.create_simple((3,))
        h5py.h5a.create(file["obs/note"].id, b"encoding-version-of-another", kind, space)
        h5py.h5a.create(file["uns"].id, b"odd", kind, space)
    return [path]


def only_raw(place):
    import anndata
    path = lab.write_h5ad(f"{place}/raw.h5ad", labels(), counts())
    data = anndata.read_h5ad(path)
    data.raw = data.copy()
    data.write_h5ad(path)
    with h5py.File(path, "r+") as file:
        del file["X"]
    return [path]


def rest():
    yield Check("rest: attributes that cannot be read where nobody needs them", unreadable, WANTED, how="prepare")
    for name, write in (("only raw", only_raw), ("a table", table), ("a 10x folder", folder_10x)):
        yield Check(f"rest: no other matrix 'also there' beside {name}", act=lambda bench, write=write: nothing_else_is_there(bench, write))


def folder_10x(place):
    return [lab.write_10x(f"{place}/folder", counts(), NAMES, lab.genes_as_features()), *metadata(place, str)]


def nothing_else_is_there(bench, write):
    """Each of these inputs holds one matrix: no other is said to be there."""
    place = tempfile.mkdtemp(dir=bench.work)
    args = write(place)
    result = bench.run("inspect", *args)
    if result.code != 0:
        raise Unlike(short(result.err))
    if "also there" in result.out:
        raise Unlike(short(re.search("matrix .*", result.out).group()))


def checks():
    return itertools.chain(genes(), networks(), tables(), rest())
