#!/usr/bin/env python3
"""Where the time of a build goes: the files that took longest, and sums by room and test program, from ninja's log.

usage: build_times.py [--files N] [--self-test] [FOLDER]
  FOLDER      the build folder (default: build/release)
  --files     how many of the most expensive files are listed (default: 25)

Prints Markdown. Seconds are those of the clock while one job ran, of the last time that each output was made; they mean something after a
cold build (an empty build folder, CCACHE_DISABLE=1) on a machine with nothing else to do.
"""
import argparse
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
OBJECT = re.compile(r"(?P<tests>tests/|bench/)?CMakeFiles/(?P<target>[\w.-]+)\.dir/(?P<file>.+)\.(?:o|gch)$")


def read_log(text):
    """{output: seconds}, each output's last entry. A line: start, end (ms), time of change, output, hash of the command."""
    seconds = {}
    for line in text.splitlines()[1:]:
        start, end, _, output, _ = line.split("\t")
        seconds[output] = (int(end) - int(start)) / 1000
    return seconds


def kind_of(output):
    """(part, target, file) of an output: part is program, tests, bench or other (links, generated files, configuring)."""
    match = OBJECT.search(output)
    if not match:
        return "other", pathlib.PurePath(output).name, output
    part = match["tests"][:-1] if match["tests"] else "program"
    target = match["target"].removeprefix("room_")
    return part, target, re.sub(r"^(\.\./)*", "", match["file"])


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def report(seconds, n_files):
    by_part, by_target, files = {}, {}, []
    for output, took in seconds.items():
        part, target, file = kind_of(output)
        for sums, key in ((by_part, part), (by_target, (part, target))):
            n, total = sums.get(key, (0, 0.0))
            sums[key] = (n + 1, total + took)
        if part != "other":
            files.append((took, part, target, file))
    all_seconds = sum(seconds.values())
    share = lambda total: f"{100 * total / all_seconds:.1f} %"
    cells = lambda n, total: [str(n), f"{total:.0f}", f"{total / n:.1f}", share(total)]
    texts = [f"{len(seconds)} outputs, {all_seconds:.0f} s of jobs\n",
             table(["part", "outputs", "s", "s each", "share"],
                   [[part, *cells(*by_part[part])] for part in sorted(by_part, key=lambda p: -by_part[p][1])]),
             table(["target", "outputs", "s", "s each", "share"],
                   [[f"{target}", *cells(*by_target[part, target])]
                    for part, target in sorted(by_target, key=lambda k: -by_target[k][1]) if part != "other"]),
             table(["file", "target", "s"],
                   [[file, target, f"{took:.1f}"] for took, _, target, file in sorted(files, reverse=True)[:n_files]])]
    return "\n".join(texts)


def self_test():
    log = ("# ninja log v5\n0\t1000\t0\tCMakeFiles/room_io.dir/src/io/lines.cpp.o\ta\n"
           "0\t4000\t0\ttests/CMakeFiles/test_io.dir/unit/io/lines_test.cpp.o\tb\n"
           "5\t2505\t0\tCMakeFiles/room_io.dir/src/io/lines.cpp.o\tc\n"
           "0\t3000\t0\tCMakeFiles/room_io.dir/cmake_pch.hxx.gch\td\n"
           "0\t500\t0\tlibgracevae_core.so\te\n")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / ".ninja_log"
        file.write_text(log, encoding="utf-8")
        text = report(read_log(file.read_text(encoding="utf-8")), 2)
    for row in ("| program | 2 | 6 |", "| tests | 1 | 4 | 4.0 | 40.0 % |", "| io | 2 | 6 | 2.8 | 55.0 % |", "| other | 1 |",
                "| unit/io/lines_test.cpp | test_io | 4.0 |", "| cmake_pch.hxx | io | 3.0 |"):
        assert row in text, f"{row!r} is not in:\n{text}"
    assert "src/io/lines.cpp" not in text, text
    print("build_times.py: self-test passed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--files", type=int, default=25)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        self_test()
        return
    log = arguments.folder / ".ninja_log"
    if not log.exists():
        sys.exit(f"{log}: no such file: build with ninja first (cmake --preset release && cmake --build --preset release)")
    print(report(read_log(log.read_text(encoding="utf-8")), arguments.files))


if __name__ == "__main__":
    main()
