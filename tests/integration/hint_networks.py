"""Hints about networks: files that are missing, edges and scores, names that are no genes of the screen."""
import os
import re

import pandas as pd

import lab_screens as lab
from hint_commands import SILENT, again, giving, hint_of, leaving, logged, meant, obey, on, saying, train
from hint_support import Scenario
from sibling_files import NAMES, counts, labels
from sibling_inputs import numbered

IDS = {gene: feature for feature, gene, _ in lab.genes_as_features()}
GENES = lab.GENES


def of_network(place, *options, screen=logged):
    return train([screen(place), *options])


def file(place, name, lines):
    return lab.write_lines(f"{place}/{name}", lines)


def sets_and_edges(place):
    return lab.write_network(f"{place}/net")


def edge_file(place, change=str, name="edges.tsv", more=lambda i: ""):
    """The network's edges with other names and further columns."""
    _, edges = sets_and_edges(place)
    return file(place, name, [f"{change(a)}\t{change(b)}{more(i)}" for i, (a, b) in enumerate(edges)])


def set_file(place, change=str, name="other.gmt"):
    sets, _ = sets_and_edges(place)
    return file(place, name, ["\t".join([key, f"P-{i}", *map(change, sets[key])]) for i, key in enumerate(sets)])


def right_edges(place):
    return ["--edges", edge_file(place, name="right.tsv")]


def right_sets(place):
    return ["--gmt", set_file(place, name="right.gmt")]


def right_folder(place):
    sets_and_edges(place)
    return ["--network", f"{place}/net"]


def right_relations(place, name="right_relations.txt"):
    return ["--relations", file(place, name, ["P-0\tP-1", "P-1\tP-2", "P-2\tP-3", "P-0\tP-4"])]


def named(result):
    """The option that "name the right one with" names, and the first of the files that could be it."""
    option = re.search(r"name the right one with (--[a-z-]+)", hint_of(result))
    files = re.search(r"files could be [^:]*: ([^,\n]+)", result.err)
    return [option.group(1), files.group(1)] if option and files else ["--hint-not-found"]


# ---- files ----

def folder_of(place, *names, lines=None):
    _, edges = sets_and_edges(place)
    for name in names:
        lab.write_lines(f"{place}/net/{name}", lines or map("\t".join, edges))
    return ["--network", f"{place}/net"]


def empty_folder(place):
    os.makedirs(f"{place}/none")
    return f"{place}/none"


def string_links(place, infos=()):
    """STRING's links, and tables of names beside them."""
    edges = edge_file(place, protein, name="9606.protein.links.txt")
    for name in infos:
        file(place, name, table_lines(protein))
    return ["--edges", edges, "--level", "gg"]


def files():
    yield Scenario("network: a level without its edges", lambda place: of_network(place, *right_sets(place), "--level", "gg"),
                   giving(right_edges, right_folder))
    yield Scenario("network: a level without its gene sets", lambda place: of_network(place, *right_edges(place)),
                   giving(right_sets, right_folder, ["--level", "gg"]))
    yield Scenario("network: a level without both", lambda place: of_network(place, *right_relations(place)), giving(right_sets, right_folder))
    yield Scenario("network: no interactions", lambda place: of_network(place, *right_sets(place), "--level", "gg+pg"),
                   lambda result, place: [again(result, *right_edges(place))] if "(--edges)" in hint_of(result) else SILENT, warns=True)
    yield Scenario("network: no relations", lambda place: of_network(place, *right_sets(place), *right_edges(place)),
                   lambda result, place: [again(result, *right_relations(place))] if "(--relations)" in hint_of(result) else SILENT, warns=True)
    yield Scenario("network: a file for a folder", lambda place: of_network(place, "--network", edge_file(place)),
                   saying("--gmt --relations --edges", singly))
    yield Scenario("network: a folder without files", lambda place: of_network(place, "--network", empty_folder(place)),
                   saying("--gmt --relations --edges", singly))
    yield Scenario("network: two files of interactions", lambda place: of_network(place, *folder_of(place, "old_edgelist.txt")),
                   lambda result, place: [again(result, *named(result))])
    yield Scenario("network: two files of relations", lambda place: of_network(
        place, *folder_of(place, "a_relations.txt", "b_relations.txt", lines=["P-0\tP-1", "P-1\tP-2"])),
        lambda result, place: [again(result, *named(result))])
    yield Scenario("network: two tables of names", lambda place: of_network(place, *string_links(
        place, ["9606.protein.info.v11.txt", "9606.protein.info.v12.txt"])), lambda result, place: [again(result, *named(result))])
    yield Scenario("network: an encoder of targets without interactions", lambda place: of_network(
        place, *right_sets(place), "--level", "gg+pg", "--intervention-encoder", "tri-value-1hop"),
        giving(right_edges, right_folder, ["--intervention-encoder", "mlp"]))


def singly(result, place):
    """Each kind of file by its own option in place of the folder."""
    leave = ("--network",)
    return [again(result, *right_edges(place), "--level", "gg", leave=leave), again(result, *right_sets(place), *right_relations(place), leave=leave)]


# ---- edges and their scores ----

def scored(place, lines_of, name="scored.tsv", *options):
    _, edges = sets_and_edges(place)
    return of_network(place, "--edges", file(place, name, lines_of(edges)), "--level", "gg", *options)


def with_two_numbers(edges, first="0.9", header="a\tb\tdepth\treads"):
    return [header, *(f"{a}\t{b}\t{first}\t{100 + i}" for i, (a, b) in enumerate(edges))]


def as_sif(edges):
    return [f"{a}\tpp\t{b}" for a, b in edges]


def the_other_column(result, place):
    return [again(result, "--edge-score-column", "reads", "--edge-score", "1")]


def named_or_left_out(result, place):
    return [*obey(result), again(result, leave=("--edge-score",))]


def scores():
    yield Scenario("edges: no scores", lambda place: scored(place, lambda e: map("\t".join, e), "plain.tsv", "--edge-score", "4"),
                   leaving("--edge-score"))
    yield Scenario("edges: two columns could be the score", lambda place: scored(place, with_two_numbers, "two.tsv", "--edge-score", "0.5"),
                   saying("--edge-score-column leave", named_or_left_out))
    yield Scenario("edges: two columns with spaces in their names", lambda place: scored(
        place, lambda e: with_two_numbers(e, header="a\tb\tread depth\treads"), "two.tsv", "--edge-score", "0.5"),
        saying("--edge-score-column leave", named_or_left_out))  # after the correction in src/io/edge_list.cpp
    yield Scenario("edges: two columns without names", lambda place: scored(
        place, lambda e: with_two_numbers(e)[1:], "two.tsv", "--edge-score", "0.5"), saying("--edge-score-column leave", named_or_left_out))
    yield Scenario("edges: SIF has no column", lambda place: scored(place, as_sif, "x.sif", "--edge-score-column", "2"),
                   leaving("--edge-score-column"))
    yield Scenario("edges: SIF has no scores", lambda place: scored(place, as_sif, "x.sif", "--edge-score", "2"), leaving("--edge-score"))
    yield Scenario("edges: no such column", lambda place: scored(place, with_two_numbers, "two.tsv", "--edge-score-column", "raeds"),
                   meant("--edge-score-column"))
    yield Scenario("edges: no such number", lambda place: scored(place, lambda e: with_two_numbers(e)[1:], "two.tsv", "--edge-score-column", "7"),
                   lambda result, place: [again(result, "--edge-score-column", re.search(r"from 1 to (\d+)", hint_of(result)).group(1))])
    yield Scenario("edges: a score that is no number", lambda place: scored(
        place, lambda e: with_two_numbers(e)[:9] + [line.replace("0.9", "high") for line in with_two_numbers(e)[9:]], "two.tsv",
        "--edge-score-column", "depth"), saying("--edge-score-column", the_other_column))
    yield Scenario("edges: all scores are missing", lambda place: scored(
        place, lambda e: with_two_numbers(e, first="NA", header="a\tb\tscore\treads"), "two.tsv", "--edge-score", "3"),
        saying("--edge-score-column leave", lambda result, place: [*the_other_column(result, place), again(result, leave=("--edge-score",))]))
    yield Scenario("edges: all scores are less", lambda place: scored(
        place, with_two_numbers, "two.tsv", "--edge-score", "900", "--edge-score-column", "reads"),
        saying("smaller --edge-score leave", less_or_none))


def less_or_none(result, place):
    largest = re.search(r"from [\d.]+ to ([\d.]+)", result.err)
    return [again(result, "--edge-score", largest.group(1)), again(result, leave=("--edge-score",))] if largest else SILENT


# ---- names ----

def protein(gene):
    return f"9606.ENSP{GENES.index(gene):011d}"


def accession(gene):
    return f"P{10000 + GENES.index(gene)}"


def hgnc(gene):
    return f"HGNC:{GENES.index(gene)}"


def foreign(gene):
    return f"XQ{GENES.index(gene)}Z"


def table_lines(change, head="id\tname"):
    return [head, *(f"{change(gene)}\t{gene}" for gene in GENES)]


def info(change):
    """--edge-info from names of the network to those of the screen."""
    return lambda place: ["--edge-info", file(place, "info.txt", table_lines(change))]


def aliases(change, head="old\tnew"):
    return lambda place: ["--aliases", file(place, "aliases.tsv", table_lines(change, head))]


def hgnc_table(change, column):
    """HGNC's download with symbols and one column of ids."""
    return lambda place: ["--aliases", file(place, "hgnc.tsv", [f"symbol\t{column}", *(f"{gene}\t{change(gene)}" for gene in GENES)])]


def edges_of(change, *options, screen=logged):
    return lambda place: of_network(place, "--edges", edge_file(place, change), "--level", "gg", *options, screen=screen)


def beside_sets(change):
    """Edges that match nothing, beside gene sets that do."""
    return lambda place: of_network(place, "--edges", edge_file(place, change), *right_sets(place), "--level", "gg+pg")


def with_ids(place, column="gene ids", index=False):
    """A screen whose var has both symbols and ids."""
    ids = [IDS[gene] for gene in GENES]
    var = pd.DataFrame({"symbols": GENES} if index else {column: ids}, index=ids if index else GENES)
    return logged(place, var=var)


def entrez_screen(place):
    """Genes that are Entrez ids, with symbols in a column."""
    return logged(place, var=pd.DataFrame({"symbols": GENES}, index=[numbered(gene) for gene in GENES]))


def with_points(place):
    genes = [gene.replace("-", ".") for gene in GENES]
    return lab.write_h5ad(f"{place}/points.h5ad", labels(), lab.log1p_of(counts(), 1e4), names=NAMES, genes=genes)


def half_renamed(place):
    """Genes of which the second half go by old names in the index, and by today's in a column."""
    half = len(GENES) // 2
    names = GENES[:half] + [f"OLD{i}" for i in range(half, len(GENES))]
    return logged(place, var=pd.DataFrame({"today": GENES}, index=names))


def between_halves(place):
    half = len(GENES) // 2
    return of_network(place, "--edges", file(place, "between.tsv", [f"{a}\t{b}" for a, b in zip(GENES[:half], GENES[half:])]), "--level", "gg",
                      screen=half_renamed)


def old_names(place):
    return ["--aliases", file(place, "old.tsv", ["old\tnew", *(f"OLD{i}\t{GENES[i]}" for i in range(len(GENES) // 2, len(GENES)))])]


def written_alike(result, place):
    return [again(result, *right_edges(place))]


def names():
    yield Scenario("names: of mouse", edges_of(str.capitalize), giving(info(str.capitalize)))
    yield Scenario("names: of mouse, networks of the species", edges_of(str.capitalize), saying("networks of the screen's species", written_alike))
    yield Scenario("names: in small letters", edges_of(str.lower), giving(info(str.lower)))
    yield Scenario("names: in small letters, written alike", edges_of(str.lower), saying("write the names as the screen's genes", written_alike))
    yield Scenario("names: joined", edges_of(lambda gene: f"{gene}|{numbered(gene)}"), saying("separate own column", written_alike))
    yield Scenario("names: in quotes", lambda place: of_network(place, "--level", "gg+pg", "--gmt", set_file(place, lambda gene: f"`{gene}`")),
                   saying("take the quotes out", lambda result, place: [again(result, *right_sets(place))]))
    yield Scenario("names: STRING's proteins", lambda place: of_network(place, *string_links(place)), giving(info(protein)))
    yield Scenario("names: Entrez ids", edges_of(numbered), giving(hgnc_table(numbered, "entrez_id")))
    yield Scenario("names: HGNC ids", edges_of(hgnc), giving(hgnc_table(hgnc, "hgnc_id")))
    yield Scenario("names: HGNC ids, a table without them", lambda place: edges_of(hgnc, *aliases(foreign)(place))(place),
                   saying("--aliases column hgnc_id", lambda result, place: [again(result, *hgnc_table(hgnc, "hgnc_id")(place))]))
    yield Scenario("names: UniProt accessions", edges_of(accession), giving(info(accession)))
    yield Scenario("names: Ensembl ids alone", edges_of(IDS.get), giving(aliases(IDS.get)))
    yield Scenario("names: Ensembl ids, which a column of var has", edges_of(IDS.get, screen=with_ids), obey)
    yield Scenario("names: Ensembl ids, which var's index has", edges_of(IDS.get, screen=lambda place: with_ids(place, index=True)), obey)
    yield Scenario("names: the screen's are Entrez ids", edges_of(str, "--gene-column", "index", screen=entrez_screen), giving(
        ["--gene-column", "symbols"], aliases(numbered)))
    yield Scenario("names: of nothing known", edges_of(foreign), giving(info(foreign)))
    yield Scenario("names: edges of nothing known beside gene sets", beside_sets(foreign), giving(["--allow-empty"], info(foreign)))
    yield Scenario("names: gene sets of nothing known beside edges", lambda place: of_network(
        place, *right_edges(place), "--gmt", set_file(place, foreign), "--level", "gg+pg"),
        giving(["--level", "gg"], ["--allow-empty"], info(foreign)))
    yield Scenario("names: relations of other gene sets", lambda place: of_network(
        place, *right_edges(place), *right_sets(place), "--relations", file(place, "relations.txt", ["R-1\tR-2", "R-2\tR-3"])), giving(
        ["--level", "gg+pg"], ["--allow-empty"]))
    yield Scenario("names: points for hyphens", edges_of(str, screen=with_points), points, warns=True)
    yield Scenario("names: no edge between genes", between_halves, giving(["--gene-column", "today"], old_names))


def points(result, place):
    """Written with hyphens, or a table of the two names."""
    if "--aliases" not in hint_of(result):
        return SILENT
    pairs = file(place, "pairs.tsv", ["old\tnew", *(f"{gene.replace('-', '.')}\t{gene}" for gene in GENES if "-" in gene)])
    return [on(result, [logged(place)]), again(result, "--aliases", pairs)]


SCENARIOS = [*files(), *scores(), *names()]
EXEMPT = {}
