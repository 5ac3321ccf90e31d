#!/usr/bin/env python3
"""Writes one seed of the reference splits (norman19_subset_splits.json) as a split.tsv of ours.

usage: golden_split_to_tsv.py SPLITS_JSON SEED OUT.tsv

Columns cell, fold, control: the train and test pairs of the singles are train and test, the seed's unseen doubles are test, all other
cells are left out (a split file leaves control cells in train and makes the others unused).
"""
import json
import sys


def rows_of(seed):
    for fold, regimes in (("train", seed["train"]), ("test", seed["test"]), ("test", seed["double"])):
        for pairs in regimes.values():
            for cell, control in pairs:
                yield cell, fold, control


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    path, seed, out = sys.argv[1:]
    with open(path, encoding="utf-8") as stream:
        seeds = json.load(stream)["seeds"]
    if seed not in seeds:
        sys.exit(f"{path}: no seed {seed}; there are: {', '.join(seeds)}")
    with open(out, "w", encoding="utf-8") as stream:
        stream.write("cell\tfold\tcontrol\n")
        for row in rows_of(seeds[seed]):
            stream.write("\t".join(row) + "\n")


if __name__ == "__main__":
    main()
