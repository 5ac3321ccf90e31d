#!/usr/bin/env python3
"""Every kind of split made a second time from its written rules, the random streams included (nothing but the standard library).

usage: split_oracle.py SEED...

A line for each seed and kind of CASES: kind, seed, a letter a cell (u, t, v, T: unused, train, validation, test). The screen, the kinds and
their numbers are those of tests/unit/screen/split_oracle_test.cpp.
"""
import math
import sys

MASK = (1 << 64) - 1
COUNTS = [("control", 2), ("A", 8), ("B", 6), ("C", 7), ("D", 5), ("A+B", 2), ("A+C", 2), ("B+D", 2), ("C+D", 2), ("C+X", 2)]
LABELS = [label for label, n in COUNTS for _ in range(n)]
CELLS = {label: [i for i, other in enumerate(LABELS) if other == label] for label, _ in COUNTS}
SINGLES = sorted(label for label in CELLS if "+" not in label and label != "control")
COMBINATIONS = sorted(label for label in CELLS if "+" in label)


def split_mix(state):
    """SplitMix64: the next state and number."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def rotated(value, n):
    return ((value << n) | (value >> (64 - n))) & MASK


class Stream:
    """xoshiro256++ whose start is FNV-1a of the name, stirred with the seed and two zeros."""

    def __init__(self, seed, name):
        key = 0xCBF29CE484222325
        for byte in name.encode():
            key = ((key ^ byte) * 0x100000001B3) & MASK
        for part in (seed, 0, 0):
            key = split_mix(key ^ part)[1]
        self.state = []
        for _ in range(4):
            key, number = split_mix(key)
            self.state.append(number)

    def next(self):
        a, b, c, d = self.state
        number = (rotated((a + d) & MASK, 23) + a) & MASK
        c, d = c ^ a, d ^ b
        self.state = [a ^ d, b ^ c, c ^ ((b << 17) & MASK), rotated(d, 45)]
        return number

    def below(self, n):
        while True:
            number = self.next()
            if number >= (1 << 64) % n:  # the incomplete last cycle is left out
                return number % n

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def share(n, fraction):
    return math.floor(n * fraction + 0.5)


def drawn(items, fraction, name, seed):
    n = max(share(len(items), fraction), 1 if fraction else 0)
    return Stream(seed, name).shuffled(items)[:n]


def fill(folds, label, letter):
    for i in CELLS[label]:
        folds[i] = letter


def divide(folds, label, n_test, n_validation, seed):
    cells = sorted(CELLS[label], key=lambda i: f"c{i}")  # by name: c10 before c2
    n_test = min(n_test, len(cells) - 1)
    n_validation = min(n_validation, len(cells) - 1 - n_test)
    for k, i in enumerate(Stream(seed, "split/" + label).shuffled(cells)):
        folds[i] = "T" if k < n_test else "v" if k < n_test + n_validation else "t"


def norman(folds, seed):
    for label in SINGLES:
        if len(CELLS[label]) > 6:
            divide(folds, label, 2, 1, seed)
        else:
            fill(folds, label, "t")
    for label in COMBINATIONS:
        fill(folds, label, "T")


def random(folds, seed):
    for label in SINGLES + COMBINATIONS:
        divide(folds, label, share(len(CELLS[label]), 0.2), share(len(CELLS[label]), 0.1), seed)


def unseen_single(folds, seed):
    held_out = drawn(SINGLES, 0.4, "split-targets", seed)
    for label in SINGLES:
        if label in held_out:
            fill(folds, label, "T")
        else:
            divide(folds, label, 0, share(len(CELLS[label]), 0.1), seed)
    for label in COMBINATIONS:
        fill(folds, label, "T" if set(label.split("+")) & set(held_out) else "t")


def unseen_double(folds, seed):
    held_out = drawn(SINGLES, 0.3, "split-targets", seed)
    for label in SINGLES:
        if label in held_out:
            fill(folds, label, "T")
        else:
            divide(folds, label, share(len(CELLS[label]), 0.2), share(len(CELLS[label]), 0.1), seed)
    trained = set(SINGLES) - set(held_out)
    for label in COMBINATIONS:
        fill(folds, label, "t" if set(label.split("+")) <= trained else "u")
    for label in drawn(COMBINATIONS, 0.5, "split-doubles", seed):
        fill(folds, label, "T")


CASES = {"norman": norman, "random": random, "unseen-single": unseen_single, "unseen-double": unseen_double}


def main():
    for seed in map(int, sys.argv[1:]):
        for kind, make in CASES.items():
            folds = ["u"] * len(LABELS)
            fill(folds, "control", "t")
            make(folds, seed)
            print(kind, seed, "".join(folds))


if __name__ == "__main__":
    main()
