#!/usr/bin/env python3
"""Every hint leads somewhere: makes the mistake, reads the hint, does what it says.

hints.py --program gracevae --source DIR [--only TEXT] [--missing]
--missing lists the advice in src/ that no scenario has shown yet."""
import argparse
import os
import re
import sys
import tempfile

import hint_effects
import hint_files
import hint_training
from case_program import Bench
from hint_support import advice, pattern_of

SCENARIOS = [*hint_files.SCENARIOS, *hint_training.SCENARIOS, *hint_effects.SCENARIOS]
# Advice that no scenario shows, and why: a piece of the string -> the reason.
EXEMPT = {**hint_files.EXEMPT, **hint_training.EXEMPT, **hint_effects.EXEMPT}


def judge(bench, scenario, place):
    """What the program said, and what is wrong ("" for nothing)."""
    shown = bench.run(*scenario.make(place))
    said = shown.everything
    if shown.crashed:
        return said, f"{shown.command}: {shown.crashed}"
    if scenario.warns != (shown.code == 0):
        return said, f"{shown.command}: exit code {shown.code}: {said[-400:]}"
    for words in scenario.follow(shown, place):
        done = bench.run(*words)
        if done.code != 0:
            return said, f"the hint leads into an error: {done.command}: {done.err[-600:]}\n  after: {said[-600:]}"
    return said, ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--missing", action="store_true")
    given = parser.parse_args()
    said, n_bad, n = [], 0, 0
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(given.program, work)
        for i, scenario in enumerate(SCENARIOS):
            if given.only not in scenario.name:
                continue
            place = os.path.join(work, f"hint{i}")
            os.makedirs(place)
            text, wrong = judge(bench, scenario, place)
            said.append(re.sub(r"\s+", " ", text))
            n += 1
            if wrong:
                n_bad += 1
                print(f"FAILED  {scenario.name}: {wrong}", flush=True)
    missing = [(place, value) for place, value in advice(given.source)
               if not any(piece in value for piece in EXEMPT) and not any(map(pattern_of(value).search, said))]
    if given.missing or not given.only:
        for place, value in missing:
            print(f"{'NEVER SHOWN' if not given.missing else 'missing'}  {place}: {value}")
    print(f"{n - n_bad} of {n} hints lead on; {len(missing)} pieces of advice in src/ are shown by none")
    sys.exit(n_bad > 0 or (not given.only and not given.missing and bool(missing)))


if __name__ == "__main__":
    main()
