#!/usr/bin/env python3
"""Screens as they leave the lab: what gracevae makes of inputs after public bug reports and of their siblings.

cases.py --program gracevae [--cases DIR] [--only 02] [--verdicts]
Without --cases the siblings alone are checked. --verdicts prints a table and does not fail."""
import argparse
import collections
import os
import resource
import runpy
import sys
import tempfile
import time
import warnings

sys.dont_write_bytecode = True  # the folder of cases is not ours
warnings.filterwarnings("ignore")

import shared_cases  # noqa: E402
import sibling_cases  # noqa: E402
from case_checks import RIGHT, judge, short  # noqa: E402
from case_program import Bench  # noqa: E402


def make_case(folder, work, case):
    """Runs NN/make.py of the cases into work/NN, once."""
    target = os.path.join(work, case)
    if os.path.exists(target):
        return
    os.makedirs(target)
    os.environ["CASES_OUT"] = target
    before = os.getcwd()
    runpy.run_path(os.path.join(folder, case, "make.py"), run_name="__main__")
    os.chdir(before)


def all_checks(folder, work, only):
    if folder:
        cases = shared_cases.Cases(folder, work)
        yield from shared_cases.checks_of(cases, only, lambda case: make_case(folder, work, case))
    yield from sibling_cases.checks(only)


def verdicts(bench, folder, only):
    """(check, verdict, why, seconds) of every check."""
    for i, check in enumerate(all_checks(folder, bench.work, only)):
        place = os.path.join(bench.work, f"sibling{i}")
        os.makedirs(place, exist_ok=True)
        start = time.monotonic()
        verdict, why = judge(bench, check, place)
        yield check, verdict, why.replace(bench.work + "/", ""), time.monotonic() - start


def print_table(found):
    """Markdown; checks of one group are one row."""
    print("| case | trait | verdict | what it does |\n| --- | --- | --- | --- |")
    rows = collections.OrderedDict()
    for check, verdict, why, _ in found:
        rows.setdefault(check.group or check.name, []).append((check, verdict, why))
    total = collections.Counter()
    for name, members in rows.items():
        counts = collections.Counter(verdict for _, verdict, _ in members)
        total.update(counts)
        case, trait = name.split(" ", 1)
        verdict, why = members[0][1:]
        if len(members) > 1:
            verdict = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
            names = {v: ", ".join(check.name.split(" ", 2)[-1] for check, given, _ in members if given == v) for v in counts if v != RIGHT}
            why = "; ".join(f"{v}: {those}" for v, those in names.items())
        why = "" if verdict == RIGHT and len(members) == 1 else short(why, 1000 if len(members) > 1 else 240)
        print(f"| {case} | {trait.replace('|', chr(92) + '|')} | {verdict} | {why.replace('|', chr(92) + '|')} |")
    print("\n" + ", ".join(f"{n} {verdict}" for verdict, n in total.most_common()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--cases", default="")
    parser.add_argument("--only", default="", help="checks whose name begins so: 02, calls, 'labels symbols'")
    parser.add_argument("--verdicts", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        found = verdicts(Bench(given.program, work), os.path.abspath(given.cases) if given.cases else "", given.only)
        if given.verdicts:
            print_table(found)
            return
        bad = n = 0
        slowest = []
        for check, verdict, why, seconds in found:
            n += 1
            slowest.append((seconds, check.name))
            if verdict not in check.good:
                bad += 1
                print(f"FAILED  {check.name}: {verdict}: {why}", flush=True)
        used = sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        slow = ", ".join(f"{t:.1f} s {name}" for t, name in sorted(slowest)[-3:])
        print(f"{n - bad} of {n} checks are right; {used:.0f} s of processor time; the slowest: {slow}")
        sys.exit(bad > 0)


if __name__ == "__main__":
    main()
