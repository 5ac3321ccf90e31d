"""What the scripts of this folder share: running gracevae, runs that are made once, and telling files apart."""
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys


def run(program, *arguments):
    """Its standard output; ends the script with its message when it fails."""
    environment = dict(os.environ, OMP_WAIT_POLICY="passive")
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, arguments))}\n{result.stderr}")
    return result.stdout


def folder_name(*words):
    """A name of a folder for a case and its seed."""
    return "-".join(map(str, words)).replace(" ", "_").replace(",", "")


def scored(program, folder, screen, seed, options, truth=None):
    """metrics.json of a run that is trained with one thread and these words, and scored, where that is not done yet."""
    if not (folder / "model.safetensors").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run(program, "train", screen, "-o", folder, "--seed", seed, "--threads", 1, *options)
    if not (folder / "metrics.json").exists():
        run(program, "evaluate", folder, *(["--truth", truth] if truth else []))
    return json.loads((folder / "metrics.json").read_text())


def spread(values, digits=3):
    """Mean ± sd (n − 1) of what is known; "" for nothing."""
    values = [v for v in values if v is not None]
    return f"{statistics.mean(values):.{digits}f}±{statistics.stdev(values) if len(values) > 1 else 0:.{digits}f}" if values else ""


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
