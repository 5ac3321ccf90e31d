"""Runs gracevae on one input as a biologist would, and reads what came of it: what it understood, said and asked."""
import collections
import functools
import glob
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import weakref

import anndata
import numpy as np
import scipy.sparse

# Everything that the values go through is said, so that they can be worked out elsewhere.
PREPARE = "--highly-variable none --de-method welch --de-genes 1 --min-genes 0 --min-cells 0 --total 100".split()
ERROR_CODES = (2, 3, 4, 5)  # an option, the data, a file, numbers


class Unlike(Exception):
    """Something is not as it should be; the text says what."""


class Result:
    """What one command gave: exit code, what it said, and what it understood of the screen."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    @functools.cached_property
    def json(self):
        return json.loads(self.out)

    @property
    def said(self):
        """Messages and warnings, but not the description of the screen."""
        text = self.err
        if self.code == 0 and self.out.startswith("{"):
            text += "\n".join(["", *self.json["screen"]["warnings"], *map(str, self.json["next"])])
            text += "\n".join(["", *(str(level) for level in self.json["levels"])])
        return text

    @property
    def everything(self):
        return self.err + self.out

    @property
    def crashed(self):
        if self.code == 0:
            return ""
        if self.code not in ERROR_CODES:
            return f"exit code {self.code}"
        return "" if "error:" in self.err or "not expected" in self.err else "no error message"


class Inspected(Result):
    """gracevae inspect --json."""

    screen = property(lambda self: self.json["screen"])
    regimes = property(lambda self: self.screen["regimes"])
    cells = property(lambda self: self.screen["cells"])
    genes = property(lambda self: self.screen["genes"])
    unmeasured = property(lambda self: sorted(map(str, self.screen["targets_not_measured"])))
    measured = property(lambda self: self.screen["targets"] - len(self.unmeasured))
    scale = property(lambda self: self.screen["values"]["scale"])

    @property
    def levels(self):
        return {level["level"]: level for level in self.json["levels"]}


class Prepared(Result):
    """gracevae prepare, and the file that it wrote."""

    file = ""

    @functools.cached_property
    def data(self):
        try:
            return anndata.read_h5ad(self.file)
        except Exception as error:  # whatever it is: the file is not what others can read
            raise Unlike(f"anndata cannot read the prepared file: {error}") from error

    @property
    def regimes(self):
        obs = self.data.obs
        column = "gracevae_regime"
        if column not in obs:  # the labels say it word by word
            column = re.search(r"labels: obs column '([^']*)'", self.err).group(1)
        return dict(collections.Counter(obs[column].astype(str)))

    @functools.cached_property
    def names(self):
        """Every name that the file has of its genes: the index of var, and each column of text."""
        var = self.data.var
        columns = [var[column].astype(str) for column in var if var[column].dtype.kind not in "biuf"]
        return [list(names) for names in (var.index.astype(str), *columns)]

    cells = property(lambda self: self.data.n_obs)
    genes = property(lambda self: self.data.n_vars)

    @property
    def measured(self):
        """How many targets are measured; all that are are written here."""
        said = re.search(r"(\d+) of (\d+) measured", self.out)
        return int(said.group(2)) if said else 0

    @property
    def values(self):
        x = self.data.X
        return np.asarray(x.todense() if scipy.sparse.issparse(x) else x)


def value_of(text):
    """The value of an option in a sentence: a quoted one, or a word that is no part of the sentence."""
    quoted = re.match(r"[ =](?:'([^']*)'|\"([^\"]*)\")", text)
    if quoted:
        return quoted.group(1) if quoted.group(1) is not None else quoted.group(2)
    word = re.match(r"[ =]([^\s'\",;)]+)", text)
    word = word.group(1).rstrip(".:") if word else ""
    sentence = "a an and are as can could each else for from gives goes has how if in instead is it keeps leave leaves makes "
    sentence += "means names no not of on one or otherwise out says set shows takes tells that the their them then these "
    sentence += "they this to was were what when where which whose with you your another"
    if not word or word in sentence.split() or re.fullmatch(r"[A-Z_]{3,}(\.[a-z]+)?|<.*|-.*|…|\.\.\..*", word):
        return None
    return word


SWITCHES = {"--allow-empty", "--genes-in-rows"}
# Options whose value in a hint stands for one that the reader has to know.
OF_THE_READER = {"--labels-file", "--aliases", "--network", "--gmt", "--edges", "--relations", "--edge-info", "--gene-list",
                 "--cell-list", "--guide-calls", "--guide-list", "--model", "--level", "--batch-size", "--total"}


def options_in(line):
    """(where it begins, where it ends, words) of every option in a sentence that has a value there or needs none."""
    for match in re.finditer(r"--[a-z][a-z-]+", line):
        option, value = match.group(), value_of(line[match.end() :])
        if option in SWITCHES:
            yield match.start(), match.end(), [option]
        elif value is not None and option not in OF_THE_READER:
            end = match.end() + 1 + len(value) + 2 * (line[match.end() + 1 : match.end() + 2] in "'\"")
            yield match.start(), end, [option, value]


def hinted_options(text):
    """Options with values that the hints and warnings in a text say to give, as lists of words, without repeats. Options
    that follow each other with nothing between belong together."""
    found = []
    for line in text.splitlines():
        if "hint:" not in line and "warning:" not in line:
            continue
        here, last = [], None
        for start, end, words in options_in(line):
            if start - 1 == last:
                here[-1] = here[-1] + words
            else:
                here.append(words)
            last = end
        found += [words for words in here if words not in found]
    return found


def with_options(args, added):
    """Arguments with options put in, in place of those of the same name."""
    names = {word.split("=")[0] for word in added if word.startswith("--")}
    kept, skip = [], False
    for word in args:
        if skip:
            skip = False
        elif word.split("=")[0] in names and word.startswith("--"):
            skip = "=" not in word and word not in SWITCHES
        else:
            kept.append(word)
    return kept + list(added)


class ForkServer:
    """Runs commands of the program in forks of one process that has loaded LibTorch (tests/support/fork_server.cpp)."""

    def __init__(self, program, environment):
        folder = os.path.dirname(program)
        preload = os.path.join(folder, "tests", "fork_server.so")
        library = next(iter(glob.glob(os.path.join(folder, "libgracevae_model.so.*"))), "")
        self.process = None
        if not os.path.exists(preload) or not library:
            return
        more = {"LD_PRELOAD": preload, "FORK_SERVER_LOADS": library, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # so that it does not restart itself
        self.process = subprocess.Popen([program], env={**environment, **more}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.program, self.work = program, tempfile.mkdtemp()
        weakref.finalize(self, self.end, self.process, self.work)

    @staticmethod
    def end(process, work):
        process.stdin.close()
        process.wait()
        process.stdout.close()
        shutil.rmtree(work)

    def run(self, folder, words, timeout):
        """(exit code, stdout, stderr); 124 for a command that took longer."""
        out, err = os.path.join(self.work, "out"), os.path.join(self.work, "err")
        strings = [folder, out, err, self.program, *words]
        self.process.stdin.write(b"".join(os.fsencode(text) + b"\0" for text in [str(len(strings)), *strings]))
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        clock = threading.Timer(timeout, os.kill, [child, signal.SIGKILL])
        clock.start()
        code = int(self.process.stdout.readline())
        clock.cancel()
        text = [pathlib.Path(file).read_bytes() for file in (out, err)]
        return 124 if code == -signal.SIGKILL else code, *text


class Bench:
    """The program, and a folder of its own to run it in. Every command is run once."""

    def __init__(self, program, work):
        self.program, self.work = os.path.abspath(program), work
        self.environment = dict(os.environ, OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive", NO_COLOR="1")
        self.server = ForkServer(self.program, self.environment)
        self.known, self.n_outputs = {}, 0

    def run(self, *words, kind=Result):
        code, out, err = self.run_here(words) if self.server.process is None else self.server.run(self.work, words, 60)
        return kind(shlex.join(["gracevae", *words]), code, out.decode(errors="replace"), err.decode(errors="replace"))

    def run_here(self, words):
        try:
            done = subprocess.run([self.program, *words], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=60)
            return done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            return 124, late.stdout or b"", late.stderr or b""

    def look(self, how, args):
        """The result of `inspect` or `prepare` with these arguments; "prepare log" takes values on a log1p scale."""
        key = (how, *args)
        if key not in self.known:
            more = {"inspect": [], "prepare": PREPARE, "prepare log": [*PREPARE, "--no-normalise"]}[how]
            self.known[key] = self.inspect(args) if how == "inspect" else self.prepare([*args, *more])
        return self.known[key]

    def inspect(self, args):
        return self.run("inspect", *args, "--json", kind=Inspected)

    def prepare(self, args):
        self.n_outputs += 1
        output = f"prepared{self.n_outputs}.h5ad"
        result = self.run("prepare", *args, "-o", output, kind=Prepared)
        result.file = os.path.join(self.work, output)
        return result
