#!/usr/bin/python3
"""Commands where something is short: disk, memory, processes, standard streams, environment.

usage: resources.py --program GRACEVAE [--thorough] [--keep FOLDER]

Every command must succeed or end with a sentence and an exit code of its own (2 to 5), leave no temporary file, and every file must be as it was or as it is
after success. Full and read-only disks need root (a tmpfs in a mount namespace of its own), few processes too (as nobody); else these are skipped, which is
said. --thorough: every command at many sizes, not a few. Exit code 1 where something else happens.
"""
import argparse
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kills  # noqa: E402

counts = {}
failures = []


def failed(what):
    failures.append(what)
    print(f"FAILED  {what}", flush=True)


def run(program, line, at, environment=None, seconds=120, **how):
    """Exit code (negative: a signal, None: it hung) and what was said."""
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **how}
    if environment is None:
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run([program, "--quiet", *line.split()], timeout=seconds, env=environment, cwd=at, **how)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, (done.stderr or b"").decode("utf-8", "replace")


def judge(what, code, said, silent=False):
    kind = what.split(":")[0]
    counts[kind] = counts.get(kind, 0) + 1
    if code == 0:
        return
    if code not in (2, 3, 4, 5) or "internal error" in said or not (silent or "error: " in said):
        failed(f"{what}: exit code {code}: {said.strip()[-300:]}")


def filled(line, base, at):
    return line.replace("{base}", str(base)).replace("{at}", str(at))


def full_disks(program, base, known, names, sizes, folder):
    """On a disk with so many kilobytes left, and on one that became read-only."""
    at = folder / "small"
    at.mkdir()
    for name in names:
        before, line, _ = kills.COMMANDS[name]
        for kilobytes in sizes:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", at], check=True)
            try:
                work = at / "w"
                kills.prepare(base, before, work)
                old = kills.contents(work)
                used = sum(file.stat().st_blocks for file in at.rglob("*")) // 2 + 8
                options = "remount,ro" if kilobytes is None else f"remount,size={used + kilobytes}k"
                subprocess.run(["mount", "-o", options, at], check=True)
                code, said = run(program, filled(line, base, work), "/")
                where = "read-only" if kilobytes is None else f"{kilobytes} kB left"
                judge(f"disk: {name}, {where}", code, said)
                if code != 0 and str(at) not in said:
                    failed(f"disk: {name}, {where}: the place is not named: {said.strip()[-300:]}")
                expected = {name: content for name, content in known[name][1].items()}
                for file in sorted(work.rglob("*")):
                    if not file.is_file() or file.suffix in (".lock", ".txt") or file.name == "lock":
                        continue
                    relative = str(file.relative_to(work))
                    if relative not in old and relative not in expected:
                        failed(f"disk: {name}, {where}: {relative} is left")
                    elif file.suffix in (".jsonl", ".toml") or "sweep" in name or file.name == "checkpoint.safetensors":
                        continue  # a history is as long as it got
                    elif kills.content(file, work) not in (old.get(relative), expected.get(relative)):
                        failed(f"disk: {name}, {where}: {relative} is neither the old nor the new one")
            finally:
                subprocess.run(["umount", at], check=True)


def limits(program, base, names, folder, thorough):
    """Little address space, few processes."""
    for name in names:
        before, line, _ = kills.COMMANDS[name]
        for megabytes in (range(150, 1500, 75) if thorough else (200, 400, 700)):
            at = folder / "limited"
            kills.prepare(base, before, at)
            bound = lambda: (resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20)), resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
            code, said = run(program, filled(line, base, at), at, preexec_fn=bound)
            if not (code == 127 and "shared libraries" in said):  # the system's loader, before we begin
                judge(f"memory: {name}, {megabytes} MB", code, said)
            shutil.rmtree(at)
        if os.geteuid() != 0:
            continue
        for processes in (1, 2, 3, 5):
            at = folder / "limited"
            kills.prepare(base, before, at)
            for path in (at, *at.rglob("*")):
                os.chown(path, 65534, 65534)

            def as_nobody():
                resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)

            code, said = run(program, filled(line, base, at), at, {**os.environ, "OMP_NUM_THREADS": "3", "OMP_WAIT_POLICY": "passive"}, preexec_fn=as_nobody)
            if not (code == 1 and "libgomp" in said):  # OpenMP ends the program itself, with a sentence
                judge(f"processes: {name}, {processes}", code, said)
            shutil.rmtree(at)


def streams(program, base, known, folder):
    """Closed and full standard streams, and a reader that goes away."""
    for name in ("evaluate", "explain", "report", "train"):
        before, line, _ = kills.COMMANDS[name]
        for closed in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
            at = folder / "closed"
            kills.prepare(base, before, at)
            close = lambda: [os.close(stream) for stream in closed]
            code, said = run(program, filled(line, base, at), at, preexec_fn=close, stderr=subprocess.PIPE)
            judge(f"streams: {name} without {closed}", code, said, silent=2 in closed)
            if code == 0 and {k: v for k, v in kills.contents(at).items()} != known[name][1]:
                different = [k for k, v in kills.contents(at).items() if known[name][1].get(k) != v]
                failed(f"streams: {name} without {closed}: {different} differ")
            shutil.rmtree(at)
    at = folder / "streams"
    kills.prepare(base, "predicted", at)
    with open("/dev/full", "wb") as full:
        code, said = run(program, f"evaluate {at}/predicted", at, stdout=full)
    counts["streams"] += 1
    if code != 4 or "standard output cannot be written" not in said:
        failed(f"streams: evaluate to /dev/full: exit code {code}: {said}")
    for stream in ("stdout", "stderr"):
        reading, writing = os.pipe()
        os.close(reading)
        code, said = run(program, f"evaluate {at}/predicted", at, **{stream: writing})
        os.close(writing)
        counts["streams"] += 1
        if code != (141 if stream == "stdout" else 0):
            failed(f"streams: evaluate into a {stream} that nobody reads: exit code {code}: {said}")
    if not (at / "predicted/metrics.json").exists():
        failed("streams: metrics.json is written whoever reads")
    shutil.rmtree(at)


def environments(program, base, folder):
    """Nothing in the environment, and nonsense."""
    for environment in ({}, {"HOME": "/nowhere", "TMPDIR": "/nowhere"}, {"HOME": "", "TMPDIR": ""}, {"OMP_NUM_THREADS": "many"}, {"OMP_NUM_THREADS": "-3"}, {"OMP_NUM_THREADS": "0"},
                        {"OMP_NUM_THREADS": "99999999999999999999"}, {"OMP_NUM_THREADS": "4,3,2"}, {"OMP_THREAD_LIMIT": "0"}, {"OMP_DYNAMIC": "x"}, {"OMP_SCHEDULE": "?"}, {"OMP_WAIT_POLICY": "x"},
                        {"OMP_PROC_BIND": "x"}, {"OMP_PLACES": "{0}:999"}, {"OMP_STACKSIZE": "x"}, {"GOMP_SPINCOUNT": "-1"}, {"GLIBC_TUNABLES": "x=y"}, {"LC_ALL": "xx_XX.none"}, {"GRACEVAE_EVENTS": "99"},
                        {"GRACEVAE_EVENTS": "x"}, {"GRACEVAE_LOOK_SECONDS": "x"}, {"GRACEVAE_PARENT": "x"}, {"COLUMNS": "-1"}, {"TZ": "x"}):
        at = folder / "environment"
        kills.prepare(base, "predicted", at)
        code, said = run(program, f"evaluate {at}/predicted", at, environment)
        if environment.get("GRACEVAE_PARENT") and code == 1:
            code = 0  # it ends with its parent, which is none
        judge(f"environment: {environment}", code, said)
        shutil.rmtree(at)


def two_at_once(program, base, folder):
    """The second process on a run folder is refused, and told who the first is."""
    at = folder / "two"
    kills.prepare(base, "predicted", at)
    line = filled(kills.COMMANDS["train"][1], base, at).replace("--epochs 6", "--epochs 20000 --early-stopping=false")
    first = kills.start(program, line, at)
    history = at / "run/history.jsonl"
    while not history.exists() and first.poll() is None:
        time.sleep(0.02)
    for second in ("train --resume -o {at}/run", line, "predict {at}/run", "evaluate {at}/run", "explain {at}/run", "umap {at}/run"):
        code, said = run(program, filled(second, base, at), at)
        counts["two at once"] = counts.get("two at once", 0) + 1
        if code != 4 or f"process {first.pid} (" not in said or "is at work" not in said:
            failed(f"two at once: {second}: exit code {code}: {said}")
    code, said = run(program, f"report {at}/run", at)
    judge("two at once: report of a run that trains", code, said)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    code, said = run(program, f"evaluate {at}/predicted", at)
    judge("two at once: afterwards", code, said)


def large_requests(program, base, folder):
    """Options that ask for more than there is."""
    for words in ("--batch-size 1000000000", "--batch-size 1000000", "--hidden 100000 --n-latents 100000", "--hidden 1000000000", "--n-latents 99999", "--threads 1000000", "--backed --backed-memory 1000000000",
                  "--epochs 1000000000", "--test-fraction nan", "--learning-rate inf", "--learning-rate 1e300", "--seed 9223372036854775807", "--seed 9223372036854775808"):
        at = folder / "large"
        kills.prepare(base, "", at)
        options = {"--epochs": "1", "--network": f"{base}/sim/network", "--threads": "1", "--hidden": "16", "--batch-size": "16"}
        for word in words.replace(" --", "\n--").split("\n"):
            options[word.split()[0]] = " ".join(word.split()[1:])
        line = filled(f"train {kills.SCREEN} -o {{at}}/run", base, at) + " " + " ".join(f"{key} {value}" for key, value in options.items())
        code, said = run(program, line, at, seconds=300)
        judge(f"large: {words}", code, said)
        shutil.rmtree(at)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--program", required=True)
    parser.add_argument("--thorough", action="store_true")
    parser.add_argument("--keep", default="")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    if os.geteuid() == 0 and "RESOURCES_UNSHARED" not in os.environ:
        done = subprocess.run(["unshare", "-m", sys.executable, "-W", "ignore", *sys.argv], env={**os.environ, "RESOURCES_UNSHARED": "1"})
        if done.returncode in (0, 1):
            sys.exit(done.returncode)
    keep = pathlib.Path(given.keep or tempfile.mkdtemp(prefix="resources.")).absolute()
    shutil.rmtree(keep, ignore_errors=True)
    keep.mkdir(parents=True)
    keep.chmod(0o755)
    program, base = str(pathlib.Path(given.program).absolute()), keep / "base"
    kills.make_base(program, base)
    names = list(kills.COMMANDS) if given.thorough else ["train", "evaluate", "explain", "umap"]
    known = kills.references(program, base)
    parts = {"streams": lambda: streams(program, base, known, keep), "environment": lambda: environments(program, base, keep), "two": lambda: two_at_once(program, base, keep),
             "large": lambda: large_requests(program, base, keep), "limits": lambda: limits(program, base, names, keep, given.thorough),
             "disk": lambda: full_disks(program, base, known, names, [0, 4, 12, 24, 48, 96, 160, 300, 600, None] if given.thorough else [0, 12, 60, None], keep)}
    for part, begin in parts.items():
        if given.only in part:
            if part == "disk" and "RESOURCES_UNSHARED" not in os.environ:
                print("skipped: full disks need root")
            else:
                begin()
    print(", ".join(f"{n} {kind}" for kind, n in counts.items()) + f": {len(failures)} failed")
    if not given.keep:
        shutil.rmtree(keep)
    sys.exit(bool(failures))


main()
