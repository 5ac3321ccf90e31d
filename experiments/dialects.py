#!/usr/bin/python3
"""The same screen with its labels written in every dialect: the same regimes and, with the same seed, the same weights.

usage: dialects.py SCREEN.h5ad NETWORK OUT [--gracevae PROGRAM]

SCREEN has an obs column "condition" with labels control, A and A+B. Each dialect's file holds the same cells with the
labels rewritten into its own column, and no other label column; nothing but the file is given to gracevae, which inspects,
prepares and trains for one epoch. Dialects
that know single targets only are compared with the screen without its doubles. Needs python3-anndata.
"""
import argparse
import json
import pathlib
import shutil
import sys
import warnings

warnings.filterwarnings("ignore")
import anndata  # noqa: E402
from program import hash_of, run  # noqa: E402


def joined(separator, control):
    return lambda targets: separator.join(targets) if targets else control


def gears(targets):
    return {0: "ctrl", 1: f"{''.join(targets)}+ctrl"}.get(len(targets), "+".join(targets))


def geo(targets):
    guides = (list(targets) + ["NegCtrl0", "NegCtrl0"])[:max(2, len(targets))]
    return "__".join(["_".join(guides)] * 2)


# name: (obs column, targets -> label, knows several targets)
DIALECTS = {
    "PerturBench": ("condition", joined("+", "control"), True),
    "Norman 2019, CPA": ("guide_ids", joined(",", ""), True),
    "Norman 2019, GEARS": ("condition", gears, True),
    "Norman 2019, GEO": ("guide_identity", geo, True),
    "scPerturb": ("perturbation", joined("_", "control"), True),
    "Wessels 2023": ("TargetGenes", joined("_", "NT"), True),
    "Replogle 2022": ("gene", joined("_", "non-targeting"), False),
    "Virtual Cell Challenge": ("target_gene", joined("_", "non-targeting"), False),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screen")
    parser.add_argument("network")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--gracevae", default="build/release/gracevae")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    screen = anndata.read_h5ad(options.screen)
    targets = [() if label == "control" else tuple(label.split("+")) for label in screen.obs["condition"]]
    screen.obs = screen.obs[[]].copy()
    seen = {}  # knows several targets -> (regimes, hash of the weights)
    different = 0
    print(f"{'dialect':<24} {'column':<15} {'control':>8} {'single':>7} {'double':>7} {'more':>5}  regimes    weights")
    for name, (column, label_of, several) in DIALECTS.items():
        rows = [i for i, cell in enumerate(targets) if several or len(cell) < 2]
        data = screen[rows].copy()
        data.obs[column] = [label_of(targets[i]) for i in rows]
        stem = name.replace(" ", "_").replace(",", "")
        file, folder = options.out / f"{stem}.h5ad", options.out / stem
        data.write_h5ad(file)
        found = json.loads(run(options.gracevae, "inspect", file, "--json"))["screen"]
        prepared = options.out / f"{stem}.prepared.h5ad"
        run(options.gracevae, "-q", "prepare", file, "-o", prepared, "--no-normalise", "--min-genes", 0, "--min-cells", 0,
            "--highly-variable", "none")
        shutil.rmtree(folder, ignore_errors=True)
        run(options.gracevae, "-q", "train", prepared, "--network", options.network, "--objective", "published", "--epochs", 1, "--seed", 0, "-o", folder)
        weights = hash_of(folder / "model.safetensors")
        reference = seen.setdefault(several, (found["regimes"], weights))
        same = [found["regimes"] == reference[0], weights == reference[1]]
        different += same.count(False)
        kinds = [found["kinds"][kind]["cells"] for kind in ("control", "single", "double", "more")]
        print(f"{name:<24} {found['labels']['column']:<15} {kinds[0]:>8} {kinds[1]:>7} {kinds[2]:>7} {kinds[3]:>5}  "
              f"{'same' if same[0] else 'OTHER':<9}  {'same' if same[1] else 'OTHER'} {weights}", flush=True)
    sys.exit(f"{different} differences" if different else 0)


if __name__ == "__main__":
    main()
