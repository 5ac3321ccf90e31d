#!/usr/bin/python3
"""What a step costs and how much memory training takes as the screen grows, with the cells on disk and in memory.

usage: backed.py FOLDER [--gracevae build/release/gracevae] [--cells 10000,100000,1000000] [--genes 2000] [--memory 256]

Makes screens of random counts (large_screen.py) in FOLDER, trains CMVAE on each for at least one epoch and 2,000 steps, and
prints a table: milliseconds a step and peak memory of both ways, and the time of packing. Screens and runs are removed again.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
LEAST_STEPS = 2000


def train(program, screen, run, epochs, extra):
    """ms a step over all epochs, and peak memory in MB."""
    words = [program, "train", str(screen), "--model", "cmvae", "--objective", "published", "--epochs", str(epochs), "--validate-every", str(epochs),
             "--fill-short", "-o", str(run), *extra]
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    lines = [json.loads(line) for line in open(run / "history.jsonl")]
    peak = re.search(r"peak memory (\d+) MB", result.stderr)
    return 1000 * sum(line["seconds"] for line in lines) / lines[-1]["step"], int(peak.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gracevae", default="build/release/gracevae")
    parser.add_argument("--cells", default="10000,31623,100000,316228,1000000")
    parser.add_argument("--genes", type=int, default=2000)
    parser.add_argument("--targets", type=int, default=100)
    parser.add_argument("--memory", type=int, default=256)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--disk-only", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    print("| cells | packing (s) | on disk: ms a step | peak MB | in memory: ms a step | peak MB |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for n_cells in map(int, options.cells.split(",")):
        screen, run = options.folder / "screen.h5ad", options.folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        subprocess.run([sys.executable, HERE / "large_screen.py", screen, "--cells", str(n_cells), "--genes",
                        str(options.genes), "--targets", str(options.targets), "--gzip"], check=True, capture_output=True)
        epochs = max(1, round(LEAST_STEPS / (0.7 * n_cells / 32)))
        shared = ["--threads", options.threads, "--packed", str(options.folder / "packed")]
        backed = ["--backed", "--backed-memory", str(options.memory)]
        start = time.monotonic()
        subprocess.run([options.gracevae, "train", screen, "--model", "control", "-o", options.folder / "probe"] + shared + backed,
                       check=True, capture_output=True)
        packing = time.monotonic() - start
        shutil.rmtree(options.folder / "probe")
        row = [f"{n_cells:,}", f"{packing:.1f}"]
        row += ["{:.2f}".format(v) if isinstance(v, float) else f"{v:,}"
                for v in train(options.gracevae, screen, run, epochs, shared + backed)]
        shutil.rmtree(run)
        shutil.rmtree(options.folder / "packed")
        if options.disk_only:
            row += ["", ""]
        else:
            row += ["{:.2f}".format(v) if isinstance(v, float) else f"{v:,}"
                    for v in train(options.gracevae, screen, run, epochs, ["--threads", options.threads])]
            shutil.rmtree(run)
        screen.unlink()
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
