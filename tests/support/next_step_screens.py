#!/usr/bin/python3
"""Screens on which inspect's next steps differ, and their networks, for tests/integration/test_next_steps.sh.

    next_step_screens.py FOLDER

counts.h5ad    counts in layers/counts, X scaled; labels KLF1_CEBPA in a column that no data set is known for, control NT-1 …,
               some cells without a label
ensembl.h5ad   log1p; var by Ensembl ids with versions, symbols in 'Symbol' and where genes lie in 'where'
linear.h5ad    normalised, not logarithmised
doubles.h5ad   log1p; no regime of one target
table.csv      log1p, genes in rows; its labels in cells.csv
old.h5ad       log1p; genes and labels under old names, which aliases.tsv knows
network/       a .gmt, relations and an edge list of the genes' symbols; "edges only/" the last alone; strangers/, of other genes
"""
import os
import sys
import warnings

warnings.filterwarnings("ignore")
import anndata
import numpy
import pandas
import scipy.sparse

folder = sys.argv[1]
os.makedirs(f"{folder}/network", exist_ok=True)
random = numpy.random.default_rng(0)
targets = ["KLF1", "CEBPA", "TP53", "KMT2D"]
genes = targets + [f"GENE{i}A" for i in range(300)]
regimes = [()] * 120 + [(t,) for t in targets for _ in range(80)] + [("CEBPA", "KLF1")] * 40
base = numpy.exp(random.normal(1, 0.7, len(genes)))
effect = {t: numpy.where(random.random(len(genes)) < 0.2, random.normal(0, 0.8, len(genes)), 0) for t in targets}
means = numpy.stack([base * numpy.exp(sum((effect[t] for t in r), numpy.zeros(len(genes)))) for r in regimes])
counts = random.poisson(means).astype(numpy.float32)
linear = counts / counts.sum(1, keepdims=True) * 1e4
log1p = numpy.log1p(linear)
cells = [f"cell{i}" for i in range(len(regimes))]


def labels(separator, control):
    return [separator.join(r) if r else control(i) for i, r in enumerate(regimes)]


def write(name, x, names, words, column="condition", var=None, layers=None):
    obs = pandas.DataFrame({column: pandas.Categorical(words)}, index=cells)
    data = anndata.AnnData(scipy.sparse.csr_matrix(x), obs=obs, var=var if var is not None else pandas.DataFrame(index=names),
                           dtype=numpy.float32)
    for layer, values in (layers or {}).items():
        data.layers[layer] = scipy.sparse.csr_matrix(values)
    data.write_h5ad(f"{folder}/{name}.h5ad")


plain = labels("+", lambda i: "control")
unusual = labels("_", lambda i: f"NT-{i % 3 + 1}")
unusual[150] = unusual[300] = ""
scaled = (log1p - log1p.mean(0)) / (log1p.std(0) + 1e-6)
write("counts", scaled, genes, unusual, "the guide", layers={"counts": counts})
ids = [f"ENSG{100000 + i:011d}.{i % 9 + 1}" for i in range(len(genes))]
places = [f"chr{i % 22 + 1}:{i}" for i in range(len(genes))]
write("ensembl", log1p, ids, plain, var=pandas.DataFrame({"where": places, "Symbol": genes}, index=ids))
write("linear", linear, genes, plain)
write("doubles", log1p, genes, ["control" if not r else "KLF1+CEBPA" for r in regimes])
pandas.DataFrame(log1p.T, index=genes, columns=cells).to_csv(f"{folder}/table.csv")
pandas.DataFrame({"cell": cells, "perturbation": plain}).to_csv(f"{folder}/cells.csv", index=False)
write("old", log1p, ["P53" if g == "TP53" else g for g in genes], [word.replace("KMT2D", "MLL2") for word in plain])
with open(f"{folder}/aliases.tsv", "w") as file:
    file.write("symbol\talias_symbol\tprev_symbol\nKMT2D\tALR\tTNRC21|MLL2\nKMT2B\tMLL2\t\nTP53\tP53\t\n")
with open(f"{folder}/network/pathways.gmt", "w") as file:
    for k in range(6):
        members = targets + [genes[i] for i in range(4 + k, len(genes), 6)]
        file.write("\t".join([f"Pathway {k}", f"P{k}"] + members) + "\n")
with open(f"{folder}/network/relations.txt", "w") as file:
    file.write("P0\tP1\nP0\tP2\n")
for place in ("network", "edges only"):
    os.makedirs(f"{folder}/{place}", exist_ok=True)
    with open(f"{folder}/{place}/edgelist.txt", "w") as file:
        file.write("".join(f"{a} {b}\n" for a, b in zip(genes, genes[1:])))
os.makedirs(f"{folder}/strangers", exist_ok=True)
with open(f"{folder}/strangers/pathways.gmt", "w") as file:
    file.write("Others\tP0\tYFG1\tYFG2\n")
