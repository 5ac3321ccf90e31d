#!/usr/bin/env python3
"""Recomputes what `gracevae explain` wrote from explained.h5ad and the gene sets, with SciPy: genes, enrichment among genes, edges.
usage: check_explanation.py FOLDER GMT PROGRAM_GENES LEAST MOST MAX_Q"""
import csv
import json
import sys
import xml.etree.ElementTree as xml

import anndata
import numpy as np
from scipy.stats import hypergeom, mannwhitneyu


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def adjusted(p_values):
    p = np.asarray(p_values)
    order = np.argsort(p)
    q = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    result = np.empty_like(q)
    result[order] = np.minimum(q, 1)
    return result


def main():
    folder, gmt, n_genes, least, most, max_q = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:])
    data = anndata.read_h5ad(f"{folder}/explained.h5ad")
    genes = list(data.var_names)
    with open(gmt, encoding="utf-8") as file:
        lines = [line.rstrip("\r\n").split("\t") for line in file if line.strip()]
    sets = {fields[1]: sorted(set(fields[2:]) & set(genes)) for fields in lines}
    sets = {name: members for name, members in sets.items() if least <= len(members) <= most}
    varm = {name: values.astype(float) for name, values in data.varm.items()}
    responses = [(f"p{k}", "program", varm["gracevae_direct"][:, k], varm["gracevae_direct_se"][:, k])
                 for k in range(varm["gracevae_direct"].shape[1])] if "gracevae_direct" in varm else []
    conditions = list(data.uns["gracevae"]["conditions"])
    responses += [(label, "label", varm["gracevae_effects"][:, k], varm["gracevae_effects_se"][:, k])
                  for k, label in enumerate(conditions) if "+" not in label]
    control = np.asarray(data.X.mean(0)).ravel().astype(float)
    smallest = 0 if data.X.min() >= 0 else -np.inf
    for values in [values for _, _, values, _ in responses] + list(varm["gracevae_effects"].T) + list(varm.get("gracevae_total", np.empty((0, 0))).T):
        assert (control + values >= smallest - 1e-5).all(), "an effect takes more than there is"

    written_genes, written_sets, written_strength = {}, {}, {}
    for row in rows_of(f"{folder}/genes.tsv"):
        written_genes.setdefault((row["kind"], row["of"]), {})[row["gene"]] = row
    for kind in "program", "label":
        listed = rows_of(f"{folder}/{kind}s.tsv")
        written_strength.update({(kind, row[kind]): row for row in listed})
        order = [float("-inf" if row["strength"] == "NA" else row["strength"]) for row in listed]
        assert order == sorted(order, reverse=True), (kind, order)
    for row in rows_of(f"{folder}/pathways.tsv"):
        if row["among"] == "genes":
            written_sets.setdefault((row["kind"], row["of"]), {})[row["id"]] = row
    compared = 0
    for name, kind, values, se in responses:
        known, size = ~np.isnan(se), np.abs(values)
        sure = np.where(known, np.maximum(0, size - 1.96 * se), -1)
        z = np.divide(size, se, out=np.zeros_like(size), where=known & (size > 0))
        order = np.lexsort((np.arange(len(genes)), -np.where(known, z, size), -sure))[:int(n_genes)]
        row = written_strength[kind, name]
        for key, number in ("norm", np.linalg.norm(values)), ("norm_se", np.linalg.norm(se[known])), ("strength", np.linalg.norm(sure[known])):
            assert (row[key] == "NA" and not known.any()) or abs(float(row[key]) - number) <= 1e-4 * number + 1e-6, (kind, name, key, row[key], number)
        top = {genes[g]: values[g] for g in order if values[g] != 0}
        found = written_genes.get((kind, name), {})
        assert set(found) == set(top), (kind, name, set(found) ^ set(top))
        for gene, value in top.items():
            g, row = genes.index(gene), found[gene]
            for key, number in ("effect", value), ("control", control[g]), ("se", se[g]), ("z", value / se[g]):
                assert (row[key] == "NA" and np.isnan(number)) or abs(float(row[key]) - number) <= 1e-4 * abs(number) + 1e-6, (kind, name, gene, key, row[key], number)
        if not top:
            continue
        p, rank_p = [], []
        for members in sets.values():
            inside = np.isin(genes, members)
            p.append(hypergeom.sf(len(set(members) & set(top)) - 1, len(genes), len(members), len(top)))
            rank_p.append(mannwhitneyu(values[inside], values[~inside], method="asymptotic", use_continuity=False).pvalue)
        q, rank_q = adjusted(p), adjusted(rank_p)
        expected = {name for name, a, b in zip(sets, q, rank_q) if a <= max_q or b <= max_q}
        written = written_sets.get((kind, name), {})
        assert set(written) == expected, (kind, name, set(written) ^ expected)
        for i, set_id in enumerate(sets):
            if set_id not in written:
                continue
            for key, value in (("p", p[i]), ("q", q[i]), ("rank_p", rank_p[i]), ("rank_q", rank_q[i])):
                assert abs(float(written[set_id][key]) - value) <= 1e-3 * value, (kind, name, set_id, key, written[set_id][key], value)
                compared += 1

    edges = rows_of(f"{folder}/edges.tsv")
    space = "{http://graphml.graphdrawing.org/xmlns}"
    drawn = [(e.get("source"), e.get("target")) for e in xml.parse(f"{folder}/graph.graphml").iter(space + "edge")]
    assert drawn == [(e["from"], e["to"]) for e in edges]
    with open(f"{folder}/graph.json", encoding="utf-8") as file:
        assert [(e["source"], e["target"]) for e in json.load(file)["edges"]] == drawn
    with open(f"{folder}/graph.sif", encoding="utf-8") as file:
        assert [tuple(line.split()[::2]) for line in file if len(line.split()) == 3] == drawn
    print(f"{len(responses)} responses, {compared} numbers of gene sets, {len(edges)} edges")


main()
