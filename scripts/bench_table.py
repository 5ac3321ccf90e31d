#!/usr/bin/env python3
"""One table of what `./run bench` measured: median and spread of every benchmark, and its ratio to the floor of its group in the same run.

usage: bench_table.py FILE.json...     as Google Benchmark writes them (--benchmark_out); a benchmark is named GROUP/VARIANT, and GROUP/floor is
                                       what the group is compared with
       bench_table.py --self-test
"""
import json
import statistics
import sys

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def seconds_of(files):
    """{group: {variant: [seconds of every repetition]}}, in order of appearance."""
    groups = {}
    for content in files:
        for row in content["benchmarks"]:
            if row.get("run_type") == "aggregate":
                continue
            name = row["run_name"].removesuffix("/real_time")
            group, _, variant = name.partition("/")
            groups.setdefault(group, {}).setdefault(variant, []).append(row["real_time"] * UNITS[row["time_unit"]])
    return groups


def time_text(seconds):
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def table(groups):
    lines = ["| what | median | slowest to fastest of the repetitions | ratio to the floor |", "| --- | ---: | ---: | ---: |"]
    for group, variants in groups.items():
        floor = statistics.median(variants["floor"]) if "floor" in variants else None
        for variant, seconds in variants.items():
            median = statistics.median(seconds)
            ratio = f"{median / floor:.2f}" if floor else ""
            lines.append(f"| {group}: {variant} | {time_text(median)} | {time_text(max(seconds))} to {time_text(min(seconds))} | {ratio} |")
    return "\n".join(lines)


def trips_text(contexts):
    """How far the cores are from one another, as each program found when it started."""
    trips = sorted(int(context["round_trip_ns"]) for context in contexts if "round_trip_ns" in context)
    return f", a number goes from one thread to another and back in {trips[0]} to {trips[-1]} ns" if trips else ""


def self_test():
    assert trips_text([{}]) == ""
    assert trips_text([{"round_trip_ns": "600"}, {}, {"round_trip_ns": "150"}]).endswith("in 150 to 600 ns")
    rows = [{"run_name": "a/floor/real_time", "real_time": t, "time_unit": "us"} for t in (900, 1000, 1100)]
    rows += [{"run_name": "a/ours/real_time", "real_time": t, "time_unit": "ms"} for t in (2.5, 2, 9)]
    rows += [{"run_name": "a/ours/real_time", "run_type": "aggregate", "real_time": 99, "time_unit": "ms"},
             {"run_name": "b/one", "real_time": 5, "time_unit": "ns"}]
    text = table(seconds_of([{"benchmarks": rows}]))
    assert "| a: floor | 1 ms | 1.1 ms to 900 µs | 1.00 |" in text, text
    assert "| a: ours | 2.5 ms | 9 ms to 2 ms | 2.50 |" in text, text
    assert "| b: one | 5 ns | 5 ns to 5 ns |  |" in text, text


def main():
    if "--self-test" in sys.argv:
        self_test()
        return
    files = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            files.append(json.load(file))
    context = files[0]["context"]
    print(f"{context.get('num_cpus', '?')} processors, {context.get('blas', 'BLAS unknown')}, LibTorch {context.get('libtorch', 'unknown')}, "
          f"threads {context.get('threads', '?')}{trips_text([file['context'] for file in files])}\n")
    print(table(seconds_of(files)))


main()
