#!/usr/bin/python3
"""Damages the files that the program writes, one at a time, and runs the commands that read them.

usage: own_files.py --program GRACEVAE [--count 200] [--first 0] [--seed 1] [--only TEXT] [--jobs 1] [--seconds 60] [--keep FOLDER] [--known]

A tiny screen is simulated, trained on (in memory and backed), predicted, scored and explained. Mutation i is drawn from (seed, i): bytes that
are flipped, cut, added, copied; fields, numbers and types of JSON, TOML, tables, safetensors headers, HDF5 objects and packed cells, whose
checksums are made right again, as a stranger's would be. A command may succeed or end with an error of its own (exit codes 2 to 5). A signal, an
internal error (70), too little memory (its address space is limited), a time-out and an error without a place are findings: exit code 1, and the
damaged files are in KEEP. --known: first what once fell. "--first I --count 1" runs mutation I again.
"""
import argparse
import collections
import concurrent.futures
import ctypes
import ctypes.util
import json
import os
import pathlib
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

PAGE = 4096
NUMBERS = [
    0,
    -1,
    1,
    2,
    3,
    2**31 - 1,
    2**31,
    2**53 + 1,
    2**62,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    2**64,
    10**30,
    0.5,
    -0.0,
    1e-320,
    1e38,
    3.5e38,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
]
WORDS = ["", "x", "TF01", "\0", "\t", "\n", "\ufffe", "\udcff", "'\"<&>", "../../x", "none", "x" * 5000, "%s%n{}", "1e999", "nan"]


class Xxh128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def text_hash(data):
    """XXH3-128 as the program writes it."""
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_128bits.restype = Xxh128
    library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    found = library.XXH3_128bits(data, len(data))
    return f"{found.high:016x}{found.low:016x}".encode()


# ---- mutations of content: (random, bytes) -> bytes -------------------------------------------------------------------


def of_bytes(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5, 30])):
        n = len(data)
        at, length = rng.randrange(n + 1), rng.choice([1, 2, 4, 8, 64, 1000])
        kind = rng.randrange(8)
        if kind <= 1 and n:
            data[at % n] ^= 1 << rng.randrange(8)
        elif kind == 2 and n:
            data[at % n] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, 0x0A, 0x22, rng.randrange(256)])
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data += rng.choice([bytes(length), bytes(rng.randrange(256) for _ in range(length)), bytes(data[:length])])
        elif kind == 5:
            del data[at : at + length]
        elif kind == 6:
            data[at : at + length] = bytes(min(length, n - at))
        elif n:
            other = rng.randrange(n)
            data[at : at + length] = data[other : other + length]
    return bytes(data)


def value_like(rng, old):
    """Another value in the place of this one, mostly of its kind."""
    if rng.random() < 0.6:
        if isinstance(old, bool):
            return not old
        if isinstance(old, (int, float)):
            return rng.choice(NUMBERS + [-old, old + 1, old * 1000])
        if isinstance(old, str):
            return rng.choice(WORDS + [old + "x", old[:-1], old * 2])
        if isinstance(old, list) and old:
            return rng.choice([old[:-1], old + old[-1:], old * 3, old[::-1], []])
    return rng.choice([None, True, rng.choice(NUMBERS), rng.choice(WORDS), [], {}, [[]], {"x": 1}, [rng.choice(NUMBERS)], [None, "x"]])


def places_of(value):
    """(container, key) of every value inside."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, inner in list(entries):
        yield value, key
        yield from places_of(inner)


def change_value(rng, value):
    """One place of a JSON value changed; rare keys are as likely as those of long lists."""
    by_name = collections.defaultdict(list)

    def walk(inner, name):
        entries = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else []
        for key, below in list(entries):
            path = name + (("#",) if isinstance(inner, list) or len(inner) > 40 else (key,))
            by_name[path].append((inner, key))
            walk(below, path)

    walk(value, ())
    if not by_name:
        return rng.choice([None, [], 1, "x"])
    container, key = rng.choice(by_name[rng.choice(sorted(by_name, key=str))])
    kind = rng.randrange(10)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, dict):
        container[rng.choice(WORDS)] = container.pop(key)
    elif kind == 2 and isinstance(container, list):
        container.insert(key, container[key])
    else:
        container[key] = value_like(rng, container[key])
    return value


def dumped(value):
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "surrogateescape") if "\ud800" not in text else text.encode("utf-8", "replace")


def of_json(rng, data):
    if rng.random() < 0.02:
        return rng.choice([b"[" * 100000, b'{"a":' * 50000, b"[1" * 3000, b"null", b"\xef\xbb\xbf{}", b""])
    value = json.loads(data)
    for _ in range(rng.choice([1, 1, 1, 3])):
        value = change_value(rng, value)
    return dumped(value)


def of_json_lines(rng, data):
    lines = data.splitlines()
    i = rng.randrange(len(lines))
    kind = rng.randrange(8)
    if kind == 0:
        lines.insert(i, lines[i])
    elif kind == 1:
        del lines[i]
    elif kind == 2:
        lines = lines[::-1]
    else:
        lines[i] = of_json(rng, lines[i])
    return b"\n".join(lines) + b"\n"


def toml_value(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value)
    return json.dumps(value) if value is not None else '""'


def of_toml(rng, data):
    lines = data.split(b"\n")
    at = rng.choice([i for i, line in enumerate(lines) if b"=" in line])
    key, old = lines[at].split(b"=", 1)
    kind = rng.randrange(8)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        sections = [i for i, line in enumerate(lines) if line.startswith(b"[")]
        lines[rng.choice(sections)] = rng.choice([b"[x]", b"[train]", b"[[train]]", b"", b"[derived]"])
    else:
        try:
            before = json.loads(old)
        except ValueError:
            before = 0.5
        lines[at] = key + b"= " + toml_value(value_like(rng, before)).encode("utf-8", "surrogateescape")
    return b"\n".join(lines)


def of_table(rng, data):
    rows = [line.split(b"\t") for line in data.split(b"\n")]
    i = rng.randrange(len(rows) - 1)
    j = rng.randrange(len(rows[i]))
    kind = rng.randrange(9)
    if kind == 0:
        del rows[i]
    elif kind == 1:
        rows.insert(i, rows[i])
    elif kind == 2:
        for row in rows:
            del row[j : j + 1]
    elif kind == 3:
        del rows[i][j]
    elif kind == 4:
        rows[i].insert(j, rows[i][j])
    elif kind == 5:
        rows[i][j] = rng.choice(rng.choice(rows))
    elif kind == 6:
        rows = rows[:1] + rows[:0:-1]
    else:
        rows[i][j] = str(rng.choice(WORDS + NUMBERS)).encode("utf-8", "surrogateescape")
    return b"\n".join(b"\t".join(row) for row in rows)


def of_safetensors(rng, data):
    length = struct.unpack_from("<Q", data)[0]
    header, body = json.loads(data[8 : 8 + length]), bytearray(data[8 + length :])
    kind = rng.randrange(6)
    if kind <= 1:
        header = change_value(rng, header)
    elif kind == 2 and "state" in header.get("__metadata__", {}):
        header["__metadata__"]["state"] = of_json(rng, header["__metadata__"]["state"].encode()).decode("utf-8", "replace")
    elif kind == 3 and rng.random() < 0.2:
        return struct.pack("<Q", rng.choice([0, 1, length + 1, 2**31, 2**62, 2**64 - 1])) + data[8:]
    elif kind == 4:  # tensors change places, with offsets that fit
        names = [name for name in header if name != "__metadata__"]
        a, b = rng.choice(names), rng.choice(names)
        header[a], header[b] = header[b], header[a]
    else:
        for _ in range(rng.choice([1, 1, 10, 1000])):
            at = rng.randrange(len(body) // 4) * 4
            body[at : at + 4] = rng.choice(
                [
                    struct.pack("<f", rng.choice([0.0, -1.0, 1e30, 3e38, float("nan"), float("inf"), -float("inf"), 1e-40])),
                    bytes(rng.randrange(256) for _ in range(4)),
                ]
            )
    text = dumped(header)
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(body)


def of_packed(rng, data):
    """Packed cells: a field of the header, the table of rows, indices or values, with right checksums."""
    data = bytearray(data)
    n_rows, n_cols, n_stored = struct.unpack_from("<qqq", data, 8)
    pages = lambda n: -(-n // PAGE) * PAGE
    table = PAGE
    indices = table + pages(16 * n_rows)
    values = indices + pages(4 * n_stored)
    whole = [-1, 0, 1, 2**31, 2**40, 2**60, 2**61, 2**62, 2**63 - 1, -(2**63), n_rows, n_stored, n_stored + 1]
    for _ in range(rng.choice([1, 1, 1, 2, 20])):
        kind = rng.randrange(6)
        if kind == 0:  # n_rows, n_cols, n_stored, n_nonzero, n_negative
            struct.pack_into("<q", data, 8 + 8 * rng.randrange(5), rng.choice(whole + [n_cols, n_cols - 1, n_cols + 1, n_rows - 1]))
        elif kind == 1:  # smallest, largest, whole
            struct.pack_into("<f", data, 48 + 4 * rng.randrange(3), rng.choice([float("nan"), float("inf"), 1e38, -1.0, 0.0]))
        elif kind == 2:
            struct.pack_into("<q", data, table + 8 * rng.randrange(2 * n_rows), rng.choice(whole + [rng.randrange(n_stored + 1)]))
        elif kind == 3:  # two rows change places, or one is another's
            a, b = (table + 8 * rng.randrange(2 * n_rows) for _ in range(2))
            data[a : a + 8] = data[b : b + 8]
        elif kind == 4:
            struct.pack_into(
                "<i", data, indices + 4 * rng.randrange(n_stored), rng.choice([-1, n_cols, n_cols + 1, 2**31 - 1, -(2**31), 0, n_cols - 1, 10**6])
            )
        else:
            struct.pack_into("<f", data, values + 4 * rng.randrange(n_stored), rng.choice([float("nan"), float("inf"), -1e38, -1.0, 1e-40, 0.0, 0.5]))
    if rng.random() < 0.2:
        return of_bytes(rng, bytes(data))
    with_table = struct.unpack_from("<q", data, 8)[0]
    if 0 <= with_table and PAGE + 16 * with_table <= len(data):
        data[96:128] = text_hash(bytes(data[PAGE : PAGE + 16 * with_table]))
    data[128:160] = text_hash(bytes(data[:128]))
    return bytes(data)


def of_hdf5(rng, data):
    """An object of an HDF5 file deleted, of another shape or type, or with other numbers."""
    import h5py
    import numpy as np

    with tempfile.NamedTemporaryFile(suffix=".h5ad") as file:
        file.write(data)
        file.flush()
        with h5py.File(file.name, "r+") as opened:
            names = []
            opened.visit(names.append)
            name = rng.choice(names)
            node = opened[name]
            kind = rng.randrange(8)
            if kind == 0:
                del opened[name]
            elif kind == 1 and node.attrs:
                del node.attrs[rng.choice(sorted(node.attrs))]
            elif kind == 2 and node.attrs:
                node.attrs[rng.choice(sorted(node.attrs))] = rng.choice(["x", 3, b"\xff", "dataframe", "csr_matrix", [1, 2], -1])
            elif isinstance(node, h5py.Dataset):
                attributes = dict(node.attrs)
                values = node[()]
                if kind in (3, 4) and values.size and values.dtype.kind in "iuf":
                    flat = np.array(values).reshape(-1)
                    with np.errstate(all="ignore"):
                        flat[rng.randrange(flat.size)] = np.array(
                            [rng.choice([0, -1, 2**31 - 1, 10**6] + ([float("nan"), float("inf"), 1e38] if values.dtype.kind == "f" else []))]
                        ).astype(values.dtype)[0]
                    values = flat.reshape(np.shape(values))
                elif kind == 3 and np.ndim(values) and values.dtype.kind == "O":
                    values = np.array(values)
                    values[rng.randrange(len(values))] = rng.choice(["", "x", values[0], "Generated Cells", b"\xff\xfe"])
                elif kind == 5 and np.ndim(values):
                    values = np.concatenate([values, values]) if rng.random() < 0.5 else values[:-1]
                elif kind == 6:
                    values = rng.choice([np.float64(3), np.zeros((0,)), np.zeros((2, 3, 4)), np.array([1, 2]), "text", np.array([1e300])])
                del opened[name]
                try:
                    made = opened.create_dataset(name, data=values)
                except TypeError:
                    made = opened.create_dataset(name, data=[str(v) for v in values])
                for key, value in attributes.items():
                    made.attrs[key] = value
        return pathlib.Path(file.name).read_bytes()


# ---- what is damaged, and who reads it --------------------------------------------------------------------------------

TRAIN = "--network {base}/sim/network --hidden 16 --threads 1 --batch-size 16".split()
CASES = [  # name, mutation, file, commands
    (
        "packed",
        of_packed,
        "backed/packed/*.cells",
        [
            "predict {run}/backed -o {run}/p.h5ad",
            "explain {run}/backed",
            "train {base}/sim/screen.h5ad --epochs 1 --backed --packed {run}/backed/packed -o {run}/new " + " ".join(TRAIN),
        ],
    ),
    (
        "packed in memory",
        of_packed,
        "backed/packed/*.cells",
        ["train {base}/sim/screen.h5ad --epochs 1 --packed {run}/backed/packed -o {run}/new " + " ".join(TRAIN)],
    ),
    ("model", of_safetensors, "run/model.safetensors", ["predict {run}/run", "explain {run}/run"]),
    ("checkpoint", of_safetensors, "stopped/checkpoint.safetensors", ["train --resume -o {run}/stopped"]),
    ("options", of_toml, "run/options.toml", ["predict {run}/run", "report {run}/run"]),
    ("options of a stopped run", of_toml, "stopped/options.toml", ["train --resume -o {run}/stopped", "report {run}/stopped"]),
    ("metrics", of_json, "run/metrics.json", ["report {run}/run", "evaluate {run}/run"]),
    ("history", of_json_lines, "run/history.jsonl", ["report {run}/run"]),
    ("history of a stopped run", of_json_lines, "stopped/history.jsonl", ["train --resume -o {run}/stopped"]),
    ("split", of_table, "run/split.tsv", ["evaluate {run}/run", "explain {run}/run"]),
    ("latents", of_json, "run/latents.json", ["report {run}/run", "evaluate {run}/run --truth {base}/sim/truth.json", "consensus {run}/run {base}/run"]),
    ("truth", of_json, "truth.json", ["evaluate {base}/run --truth {run}/truth.json -o {run}/m.json"]),
    ("explanation", of_json, "run/explain/explain.json", ["report {run}/run"]),
    ("quality", of_json, "run/quality.json", ["report {run}/run"]),
    ("predictions", of_hdf5, "run/predictions.h5ad", ["evaluate {run}/run", "umap {run}/run", "report {run}/run"]),
    ("sweep's manifest", of_json, "sweep/sweep.json", ["table 1 --runs {run}/sweep"]),
    ("sweep's metrics", of_json, "sweep/runs/*/metrics.json", ["table 1 --runs {run}/sweep"]),
    ("sweep's finished", of_json, "sweep/runs/*/finished.json", ["table 1 --runs {run}/sweep"]),
    ("sweep's options", of_toml, "sweep/runs/*/options.toml", ["table 1 --runs {run}/sweep"]),
]


def in_json(change):
    """A mutation that changes the value of a JSON file in place."""

    def changed(data):
        value = json.loads(data)
        change(value)
        return dumped(value)

    return changed


def in_state(change):
    """The same of a checkpoint's state."""

    def changed(data):
        length = struct.unpack_from("<Q", data)[0]
        header = json.loads(data[8 : 8 + length])
        header["__metadata__"]["state"] = in_json(change)(header["__metadata__"]["state"]).decode()
        text = dumped(header)
        return struct.pack("<Q", len(text)) + text + data[8 + length :]

    return changed


def weights_of(value):
    """A mutation that sets all weights."""

    def changed(data):
        length = struct.unpack_from("<Q", data)[0]
        return data[: 8 + length] + struct.pack("<f", value) * ((len(data) - 8 - length) // 4)

    return changed


def option(name, value):
    return lambda data: re.sub(rf"^{name} = .*$", f"{name} = {value}", data.decode(), flags=re.M).encode()


def deep(data):
    return b'{"format":' + b"[" * 200000 + b"]" * 200000 + b"}"


# What once fell, and what is said now: (file, mutation, command, pattern of the error).
RESUME, REPORT, PREDICT, EXPLAIN, TABLE = (
    "train --resume -o {run}/stopped",
    "report {run}/run",
    "predict {run}/run",
    "explain {run}/run",
    "table 1 --runs {run}/sweep",
)
CHECKPOINT, MODEL, OPTIONS = "stopped/checkpoint.safetensors", "run/model.safetensors", "run/options.toml"
KNOWN = [
    (CHECKPOINT, in_state(lambda s: s.update(epoch={})), RESUME, "checkpoint.safetensors: epoch is {}, expected 0 to"),
    (CHECKPOINT, in_state(lambda s: s.update(epoch=-1)), RESUME, "epoch is -1"),
    (CHECKPOINT, in_state(lambda s: s.update(epoch=2**40)), RESUME, "checkpoint.safetensors: is of epoch 1099511627776, with a history of 2"),
    (CHECKPOINT, in_state(lambda s: s.update(step=10**9)), RESUME, "checkpoint.safetensors: is at step 1000000000 of an epoch"),
    (CHECKPOINT, in_state(lambda s: s.update(best_epoch=2)), RESUME, "best_epoch is 2, expected -1 to 1"),
    (CHECKPOINT, in_state(lambda s: s.update(seconds=None)), RESUME, "seconds is null, expected a number"),
    (CHECKPOINT, in_state(lambda s: s.update(sums="x")), RESUME, "checkpoint.safetensors: .*must be array"),
    (CHECKPOINT, in_state(lambda s: s.update(history=["{}", "{}"])), RESUME, "line 1 of its history is no epoch"),
    (CHECKPOINT, in_state(lambda s: s["history"].pop()), RESUME, "of epoch 2, with a history of 1"),
    (CHECKPOINT, in_state(lambda s: s.update(start='{"threshold": []}')), RESUME, "checkpoint.safetensors: .*must be number"),
    (CHECKPOINT, in_state(lambda s: s.pop("adam_steps")), RESUME, "checkpoint.safetensors: .*adam_steps"),
    (CHECKPOINT, weights_of(float("nan")), RESUME, "checkpoint.safetensors: tensor '.*' has values that are not finite"),
    (MODEL, weights_of(float("inf")), PREDICT, "model.safetensors: tensor '.*' has values that are not finite"),
    (MODEL, weights_of(float("nan")), EXPLAIN, "model.safetensors: tensor '.*' has values that are not finite"),
    (MODEL, weights_of(3e38), EXPLAIN, "model.safetensors: with these weights the model makes numbers that are not finite"),
    (MODEL, weights_of(3e38), PREDICT, "model.safetensors: with these weights the model makes numbers that are not finite"),
    (OPTIONS, option("batch_size", 0), PREDICT, "options.toml: --batch-size is 0, expected 1 to"),
    (OPTIONS, option("batch_size", 10**12), PREDICT, "options.toml: --batch-size is"),
    (OPTIONS, option("hidden", 2**62), PREDICT, "options.toml: --hidden is"),
    (OPTIONS, option("threads", 10**9), PREDICT, "options.toml: --threads is"),
    (OPTIONS, option("screen_hash", "[1]"), PREDICT, r"options.toml: \[inputs\] is not a table of paths and hashes"),
    ("stopped/options.toml", option("threads", '"two"'), RESUME, "options.toml line .*: --threads is"),
    ("run/explain/explain.json", deep, REPORT, "explain.json: not a JSON object"),
    ("run/metrics.json", deep, REPORT, "metrics.json: not a JSON object"),
    (
        "run/latents.json",
        in_json(lambda j: j.update(graph=[[0, 1e308, 0], [0, 0, 1e308], [0, 0, 0]], noise_sd=[1e300, 1, 1e-300])),
        "consensus {run}/run {base}/run",
        "latents.json: a weight of the graph .* not finite",
    ),
    (
        "truth.json",
        in_json(lambda j: j.update(n_latents=2**40)),
        "evaluate {base}/run --truth {run}/truth.json -o {run}/m.json",
        "n_latents is 1099511627776, expected 0 to 5000",
    ),
    ("truth.json", in_json(lambda j: j.update(n_latents=-1)), "evaluate {base}/run --truth {run}/truth.json -o {run}/m.json", "n_latents is -1"),
    ("sweep/runs/*/metrics.json", in_json(lambda j: j["conditions"][0].pop("condition")), TABLE, "metrics.json: .*condition"),
    ("sweep/runs/*/metrics.json", in_json(lambda j: j["conditions"][0].update(method=[])), TABLE, "metrics.json: .*must be string"),
]


def call(program, words, seconds, bytes_of_memory=8 << 30):
    limits = lambda: (resource.setrlimit(resource.RLIMIT_AS, (bytes_of_memory, bytes_of_memory)), resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
    try:
        done = subprocess.run(
            [str(program), "--quiet", *words],
            capture_output=True,
            timeout=seconds,
            preexec_fn=limits,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1"},
        )
        return done.returncode, done.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return None, ""


def make_base(program, base):
    def run(line):
        code, said = call(program, line.replace("{base}", str(base)).split(), 600)
        if code:
            sys.exit(f"gracevae {line}: {said}")

    train = " ".join(TRAIN)
    base.mkdir(parents=True, exist_ok=True)
    run("simulate {base}/sim --latents 3 --genes 30 --control-cells 60 --cells-per-single 40 --cells-per-double 30 --doubles 2 --genes-per-program 8")
    run("train {base}/sim/screen.h5ad --epochs 2 -o {base}/run " + train)
    for command in ("predict", "evaluate --truth {base}/sim/truth.json", "explain", "umap"):
        run(f"{command} {{base}}/run")
    run("train {base}/sim/screen.h5ad --epochs 1 --backed -o {base}/backed " + train)
    run("train {base}/sim/screen.h5ad --epochs 2 --early-stopping=false -o {base}/stopped " + train)
    # A run that stopped: the same but for its results, one epoch from its end.
    for name in ("model.safetensors", "model_best.safetensors", "latents.json"):
        (base / "stopped" / name).unlink()
    step_back(base / "stopped")
    (base / "sweep.toml").write_text('[sweep]\nseeds = "0-1"\n[train]\nepochs = 1\n[[run]]\nname = "cmvae"\nmodel.model = "cmvae"\n')
    run("sweep {base}/sweep.toml --screen {base}/sim/screen.h5ad -o {base}/sweep --jobs 1 " + train)


def step_back(folder):
    """More epochs are asked for than the checkpoint has."""
    options = folder / "options.toml"
    options.write_text(options.read_text().replace("epochs = 2", "epochs = 3"))


def attempt(given, base, index):
    """Mutation `index`: (case, file's name, its bytes, command, exit code, what was said)."""
    rng = random.Random(f"{given.seed}/{index}")
    cases = [case for case in CASES if given.only in case[0]]
    name, mutate, pattern, commands = cases[index % len(cases)]
    change = of_bytes if rng.random() < 0.3 else mutate
    return name, *read_changed(given, base, pattern, lambda old: change(rng, old), rng.choice(commands))


def read_changed(given, base, pattern, change, command):
    """A command on a copy of what BASE has, in which one file is changed."""
    with tempfile.TemporaryDirectory(prefix="own_files.") as folder:
        folder = pathlib.Path(folder) / "copy"
        top = pattern.split("/")[0]
        if top == "truth.json":
            folder.mkdir()
            shutil.copy(base / "sim/truth.json", folder / "truth.json")
        else:
            shutil.copytree(base / top, folder / top)
        for options in folder.rglob("options.toml"):
            options.write_text(options.read_text().replace(f"{base}/{top}", f"{folder}/{top}"))
        file = sorted(folder.glob(pattern))[0]
        new = change(file.read_bytes())
        file.write_bytes(new)
        words = [w.replace("{run}", str(folder)).replace("{base}", str(base)) for w in command.split()]
        code, said = call(given.program, words, given.seconds)
        return (
            file.name,
            new,
            [w.replace(str(folder), "COPY").replace(str(base), "BASE") for w in words],
            code,
            said.replace(str(folder), "COPY").replace(str(base), "BASE"),
        )


def verdict(code, said, file):
    if code is None:
        return "hang"
    if code < 0 or code > 128:
        return f"signal {-code if code < 0 else code - 128}"
    if code == 0:
        return "success"
    if code == 70 or "internal" in said:
        return "internal error"
    if "not enough memory" in said or "bad_alloc" in said:
        return "memory"
    if code not in (2, 3, 4, 5):
        return f"exit code {code}"
    return "error" if re.search(r"COPY|BASE|--[a-z]", said) else "error without a place"


def wrong_of_known(given, base):
    """How many of KNOWN are not refused as they should be."""
    wrong = 0
    for pattern, change, command, expected in KNOWN:
        file, _, _, code, said = read_changed(given, base, pattern, change, command)
        what = verdict(code, said, file)
        if what != "error" or not re.search(expected, re.sub(r"\s+", " ", said)):
            wrong += 1
            print(f"known fault, {what}: {pattern}, {command}: expected '{expected}', said: {said.strip()[-300:]}", flush=True)
    print(f"{len(KNOWN)} known faults, {wrong} not refused as they should be")
    return wrong


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--program", required=True)
    for name, kind, default in (
        ("count", int, 200),
        ("first", int, 0),
        ("seed", int, 1),
        ("jobs", int, 1),
        ("only", str, ""),
        ("seconds", float, 60),
        ("keep", str, ""),
    ):
        parser.add_argument("--" + name, type=kind, default=default)
    parser.add_argument("--known", action="store_true", help="what once fell, first")
    given = parser.parse_args()
    keep = pathlib.Path(given.keep or tempfile.mkdtemp(prefix="own_files.")).absolute()
    base = keep / "base"
    if not (base / "sweep").exists():
        shutil.rmtree(base, ignore_errors=True)
        make_base(given.program, base)
    counts, findings = collections.Counter(), wrong_of_known(given, base) if given.known else 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        runs = {pool.submit(attempt, given, base, i): i for i in range(given.first, given.first + given.count)}
        for done in concurrent.futures.as_completed(runs):
            name, file, content, words, code, said = done.result()
            what = verdict(code, said, file)
            counts[what] += 1
            if what in ("success", "error"):
                continue
            findings += 1
            place = keep / "findings" / f"{given.only or 'all'}-{given.seed}-{runs[done]}-{file}"
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
            last = re.sub(r"\s+", " ", said.strip())[-300:]
            print(f"{what}: {name}, mutation {runs[done]}: {' '.join(words)[:160]}\n    {last}", flush=True)
    print(f"{given.count} mutations: " + ", ".join(f"{n} {what}" for what, n in counts.most_common()) + f"; {findings} findings")
    if not given.keep and not findings:
        shutil.rmtree(keep)
    sys.exit(findings > 0)


if __name__ == "__main__":
    main()
