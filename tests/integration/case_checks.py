"""What is right for one input, and the verdict on what the program made of it."""
import dataclasses
import re
from typing import Callable

import numpy as np

from case_program import Unlike, hinted_options, with_options

RIGHT, ASKS, STOPS, WRONG = "right", "asks one clear question", "stops", "WRONG"


@dataclasses.dataclass
class Check:
    """One input and what is right for it. `args`: the screen and options, or a function of a folder that writes them.
    `want`: see WANTED; `refused`: the input is to be refused, with a message that matches all of these. `answer`: what a
    reader would give when asked. `question`: to ask is as good. `follow`: what hints say is tried. `act`: instead of all
    that, a function of the bench that raises Unlike."""

    name: str
    args: "list | Callable" = ()
    want: dict = dataclasses.field(default_factory=dict)
    how: str = "inspect"
    refused: tuple = ()
    answer: tuple = ()
    question: bool = False
    follow: bool = True
    group: str = ""
    act: "Callable | None" = None

    @property
    def good(self):
        return (RIGHT, ASKS) if self.question else (RIGHT,)


def short(text, n=150):
    text = " ".join(str(text).split())
    return text if len(text) <= n else text[: n - 1] + "…"


def same(what, found, wanted):
    if found != wanted:
        if isinstance(found, dict) and isinstance(wanted, dict):
            differ = [k for k in {**wanted, **found} if found.get(k) != wanted.get(k)]
            found, wanted = ({k: d[k] for k in differ if k in d} for d in (found, wanted))
        raise Unlike(f"{what}: {short(found)}, expected {short(wanted)}")


def matches(pattern, text):
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL)


def wants_labels(key):
    return lambda result, wanted: same(key, result.screen["labels"][key], wanted)


def wants_values(result, wanted):
    """Prepared values, by gene: {gene: values of all cells}, within single precision."""
    genes = next((names for names in result.names if sorted(names) == sorted(wanted)), None)
    if genes is None:
        raise Unlike(f"genes: {short(sorted(result.names[0]))}, expected {short(sorted(wanted))}")
    expected = np.stack([wanted[gene] for gene in genes], axis=1)
    same("shape of the values", result.values.shape, expected.shape)
    furthest = float(np.abs(result.values - expected).max())
    if furthest > 1e-4:
        gene = genes[int(np.abs(result.values - expected).max(axis=0).argmax())]
        raise Unlike(f"values differ by up to {furthest:.3g}, most in {gene}")


def wants_levels(result, wanted):
    for name, numbers in wanted.items():
        level = result.levels.get(name)
        if level is None:
            raise Unlike(f"no level {name}")
        if level.get("refused"):
            raise Unlike(f"level {name} refused: {level['refused']}")
        same(f"level {name}", {key: level[key] for key in numbers}, numbers)


def wants_said(result, patterns):
    for pattern in patterns:
        if not matches(pattern, result.said):
            raise Unlike(f"nothing said matches '{pattern}'")


def wants_unsaid(result, patterns):
    for pattern in patterns:
        found = matches(pattern, result.everything)
        if found:
            raise Unlike(f"it says '{short(found.group())}'")


def wants_kept(result, wanted):
    """A text that some column of the prepared obs still holds."""
    if not any(wanted in set(result.data.obs[column].astype(str)) for column in result.data.obs):
        raise Unlike(f"no column of obs holds '{wanted}' any more: {list(result.data.obs)}")


def wants_kinds(result, wanted):
    same("regimes of each kind", {key: result.screen["kinds"][key]["regimes"] for key in wanted}, wanted)


WANTED = {
    "cells": lambda result, wanted: same("cells", result.cells, wanted),
    "genes": lambda result, wanted: same("genes", result.genes, wanted),
    "regimes": lambda result, wanted: same("regimes", result.regimes, wanted),
    "kinds": wants_kinds,
    "unmeasured": lambda result, wanted: same("targets that are not measured", result.unmeasured, sorted(wanted)),
    "measured": lambda result, wanted: same("targets that are measured", result.measured, wanted),
    "scale": lambda result, wanted: same("scale", result.scale, wanted),
    "matrix": lambda result, wanted: same("matrix", result.screen["matrix"], wanted),
    "gene_column": lambda result, wanted: same("gene column", result.screen["gene_column"], wanted),
    "largest": lambda result, wanted: same("largest value", round(result.screen["values"]["largest"], 3), round(wanted, 3)),
    "column": wants_labels("column"),
    "control": wants_labels("control"),
    "separator": wants_labels("separator"),
    "values": wants_values,
    "levels": wants_levels,
    "said": wants_said,
    "unsaid": wants_unsaid,
    "kept": wants_kept,
    "also": lambda result, wanted: wanted(result),
}


def unlike(result, want):
    """What is not as wanted, "" where all is."""
    try:
        for key, wanted in want.items():
            WANTED[key](result, wanted)
    except Unlike as error:
        return str(error)
    return ""


def error_of(result):
    if "gracevae: error" not in result.err:
        return short(result.err)
    return short(re.sub(r"^.*?error: ", "", result.err[result.err.find("gracevae: error"):], count=1), 220)


def bad_hints(bench, check, args, result):
    """Hints that lead into another error, each alone and all together, where the rest of the question is answered."""
    hints = hinted_options(result.err) if check.follow else []
    args = with_options(args, check.answer)
    bad = [words for words in hints if bench.look(check.how, with_options(args, words)).code != 0]
    if bad and len(hints) > 1 and bench.look(check.how, with_options(args, sum(hints, []))).code == 0:
        return ""
    return ", ".join(map(" ".join, bad))


def answered(bench, check, args, result):
    """The result of answering the question that an error asks, with what is not as wanted; None where it asks none."""
    if check.answer:
        asked = [word for word in check.answer if word.startswith("--") and word.split("=")[0] in result.err]
        answers = [list(check.answer)] if asked else []
    else:
        answers = hinted_options(result.err)
    faults = []
    for words in answers:
        again = bench.look(check.how, with_options(args, words))
        faults.append(error_of(again) if again.code else unlike(again, check.want))
        if not faults[-1]:
            return ""
    return f"answered by {' '.join(answers[-1])}: {faults[-1]}" if faults else None


def judge_refusal(bench, check, args, result):
    if result.code == 0:
        return WRONG, "not refused"
    if "gracevae: error" not in result.err:
        return STOPS, error_of(result)
    for pattern in check.refused:
        if not matches(pattern, result.err):
            return STOPS, f"does not say '{pattern}': {error_of(result)}"
    bad = bad_hints(bench, check, args, result)
    return (STOPS, f"a hint leads into another error: {bad}") if bad else (RIGHT, error_of(result))


def judge(bench, check, place):
    """The verdict on a check and why."""
    if check.act:
        try:
            check.act(bench)
        except Unlike as error:
            return WRONG, str(error)
        return RIGHT, ""
    args = list(check.args(place)) if callable(check.args) else list(check.args)
    result = bench.look(check.how, args)
    if result.crashed:
        return WRONG, f"{result.crashed}: {short(result.err)}"
    if check.refused:
        return judge_refusal(bench, check, args, result)
    bad = bad_hints(bench, check, args, result)
    if result.code == 0:
        fault = unlike(result, check.want) or (f"a hint leads into another error: {bad}" if bad else "")
        return (WRONG, fault) if fault else (RIGHT, "")
    if bad:
        return STOPS, f"{error_of(result)} — a hint leads into another error: {bad}"
    fault = answered(bench, check, args, result)
    if fault == "":
        return ASKS, error_of(result)
    return STOPS, error_of(result) + (f" — {fault}" if fault else "")
