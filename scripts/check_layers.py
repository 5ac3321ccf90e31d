#!/usr/bin/env python3
"""Checks who may include whom (docs/development.md, "Rooms"). Exit code 1 with file:line where a rule is broken.

1. A file of src/<room>/ includes only files of its own room or of rooms above it in ROOMS, by their path from src/.
2. Only src/io/hdf5.cpp and src/io/hdf5_*.{hpp,cpp} include HDF5's headers, and only they (hdf5.hpp not) include io/hdf5_*.hpp.
3. Only TORCH_ROOMS see LibTorch; in all other rooms no header may bring it in either, however many headers lie between.
4. cli is a client: it includes its own files and the public headers <gracevae/…>, nothing else of ours.
5. stats includes from base and itself only: it knows neither files nor screens.
6. Nothing forks: posix_spawn (base/start_process.hpp) is safe in a host with threads, a fork is not.
7. One file defines a class of a namespace: two of one name in one library break C++'s one-definition rule, silently.

usage: check_layers.py [--self-test] [FOLDER]     FOLDER: the repository (default: where this script is)
"""
import pathlib
import re
import sys
import tempfile

ROOMS = ["base", "io", "kernels", "stats", "screen", "network", "simulate", "run", "effects", "causal", "model", "train", "predict",
         "evaluate", "explain", "report", "experiment", "library", "session", "look", "cli"]
TORCH_ROOMS = {"kernels", "causal", "model", "train", "predict", "session"}
HDF5_FILES = re.compile(r"io/(hdf5\.cpp|hdf5_\w+\.[hc]pp)")
HDF5_PRIVATE = re.compile(r"io/hdf5_\w+\.hpp")
SUFFIXES = {".hpp", ".cpp", ".cu", ".cuh", ".h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")')
FORK = re.compile(r"\bv?fork\s*\(\s*\)")
TORCH = re.compile(r"<(torch|ATen|c10|caffe2)/")
HDF5 = re.compile(r"<(hdf5|hdf5_hl|H5[A-Za-z]*)\.h>")
# As clang-format writes them: nothing inside a namespace is indented.
OPEN = re.compile(r"^namespace\s*([\w:]*)\s*\{(.*\})?")
CLOSE = re.compile(r"^\}\s*// namespace")
CLASS = re.compile(r"^(?:class|struct|union|enum(?: class)?)\s+([\w:]+)(?: final)?(?: :[^;()]*)? \{")


def includes_of(file):
    """[(line number, '<header>' or '"header"')] of one file."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            # LibTorch is LibTorch in quotes too.
            name = match[1]
            found.append((number, f"<{name[1:-1]}>" if TORCH.match(f"<{name[1:-1]}") else name))
    return found


def classes_of(file):
    """[(line number, "namespace::Class")] that one file defines for all to see: none of an unnamed namespace."""
    found, inside = [], []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if (match := OPEN.match(line)) and not match[2]:
            inside.append(match[1])
        elif CLOSE.match(line) and inside:
            inside.pop()
        elif (match := CLASS.match(line)) and "" not in inside:
            found.append((number, "::".join(inside + [match[1]])))
    return found


class Sources:
    def __init__(self, src):
        self.src = src
        self.files = {str(file.relative_to(src)): includes_of(file)
                      for file in sorted(src.rglob("*")) if file.is_file() and file.suffix in SUFFIXES}
        self.forks = [(name, number) for name in self.files
                      for number, line in enumerate((src / name).read_text(encoding="utf-8").splitlines(), start=1)
                      if FORK.search(line.split("//")[0])]
        self.routes = {}  # file -> route to LibTorch, found once

    def torch_route(self, name):
        """Files from `name` down to LibTorch's header, for example ["train/trainer.hpp", "<ATen/ATen.h>"]; None if it stays plain."""
        if name not in self.routes:
            self.routes[name] = None  # while looking: a circle of includes ends here
            for _, header in self.files.get(name, []):
                below = [header] if TORCH.match(header) else self.torch_route(header[1:-1]) if header[0] == '"' else None
                if below:
                    self.routes[name] = [name] + below
                    break
        return self.routes[name]

    def violations(self):
        for name, includes in self.files.items():
            room = name.split("/")[0]
            if room not in ROOMS:
                yield f"src/{name}:1: '{room}' is no room; the rooms are: {' '.join(ROOMS)}"
                continue
            for line, header in includes:
                reason = self.why_not(name, room, header)
                if reason:
                    yield f"src/{name}:{line}: {reason}"
        for name, line in self.forks:
            yield f"src/{name}:{line}: forks; start_process() of base/start_process.hpp is safe in a host with threads"
        first = {}  # class -> where it is defined first
        for name in self.files:
            for line, defined in classes_of(self.src / name):
                where = first.setdefault(defined, (name, line))
                if where[0] != name:
                    yield f"src/{name}:{line}: {defined} is defined in src/{where[0]}:{where[1]} too; give one of them another name"

    def why_not(self, name, room, header):
        """Why `name` may not include `header`, None where it may."""
        inside, quoted = header[1:-1], header[0] == '"'
        if not HDF5_FILES.fullmatch(name):
            if HDF5.match(f"<{inside}>"):
                return f"only src/io/hdf5.cpp and src/io/hdf5_*.{{hpp,cpp}} include HDF5 ({header})"
            if HDF5_PRIVATE.fullmatch(inside):
                return f"{header} is for src/io/hdf5.cpp and src/io/hdf5_*.{{hpp,cpp}} only: use \"io/hdf5.hpp\""
        if TORCH.match(header):
            return None if room in TORCH_ROOMS else f"room {room} may not see LibTorch ({header})"
        if not quoted:
            return None
        target = inside.split("/")[0]
        if target not in ROOMS or "/" not in inside:
            return f'{header}: ours are included by their path from src/, as in "base/error.hpp"'
        if room == "cli" and target != "cli":
            return f"the command line includes public headers <gracevae/…> only ({header})"
        if ROOMS.index(target) > ROOMS.index(room):
            return f"room {room} may not include from {target}, which lies below it ({header})"
        if room == "stats" and target not in ("base", "stats"):
            return f"room stats includes from base only ({header})"
        route = self.torch_route(inside)
        if route and room not in TORCH_ROOMS:
            return f"room {room} may not see LibTorch: {' -> '.join(route)}"
        return None


def check(root):
    return list(Sources(root / "src").violations())


def self_test():
    """Plants every kind of fault in a small tree and expects each to be found, and nothing else."""
    good = {
        "base/error.hpp": "#include <string>",
        "io/hdf5.hpp": "#include <vector>",
        "io/hdf5.cpp": '#include "io/hdf5.hpp"\n#include "io/hdf5_internal.hpp"',
        "io/hdf5_internal.hpp": '#include "io/hdf5.hpp"\n#include <hdf5.h>',
        "io/hdf5_read.cpp": '#include "io/hdf5_internal.hpp"\n#include <hdf5.h>',
        "train/trainer.hpp": '#include "train/request.hpp"\n#include <ATen/core/Tensor.h>',
        "train/request.hpp": '#include "base/error.hpp"',
        "cli/train.cpp": '#include <gracevae/run.hpp>\n#include "cli/flags.hpp"\n// #include "train/trainer.hpp"',
        "cli/flags.hpp": "",
        "library/run.cpp": '#include "train/request.hpp"',
        "experiment/spawn.cpp": "// no fork()\nint pitchfork();",
        "screen/rows.hpp": "namespace gracevae {\nstruct Later;\nstruct Rows {\nstruct Part;\n};\n}  // namespace gracevae",
        "screen/a.cpp": "namespace gracevae {\nnamespace {\nstruct Local {\n};\n}  // namespace\n}  // namespace gracevae",
        "screen/b.cpp": "namespace gracevae {\nnamespace {\nstruct Local {\n};\n}  // namespace\n}  // namespace gracevae",
        "screen/rows.cpp": "namespace gracevae {\nstruct Rows::Part {\n};\n}  // namespace gracevae",
        "screen/other.hpp": "namespace gracevae::other {\nclass Rows final : public Base {\n};\n}  // namespace gracevae::other",
    }
    bad = {
        "base/up.cpp": ('#include "io/hdf5.hpp"', "src/base/up.cpp:1: room base may not include from io"),
        "io/second.cpp": ("\n#include <H5Fpublic.h>", "src/io/second.cpp:2: only src/io/hdf5.cpp and src/io/hdf5_*"),
        "io/hdf5plus.cpp": ("#include <hdf5.h>", "src/io/hdf5plus.cpp:1: only src/io/hdf5.cpp and src/io/hdf5_*"),
        "io/hdf5.hpp": ("#include <hdf5.h>", "src/io/hdf5.hpp:1: only src/io/hdf5.cpp and src/io/hdf5_*"),
        "io/anndata.cpp": ('#include "io/hdf5_internal.hpp"', 'src/io/anndata.cpp:1: "io/hdf5_internal.hpp" is for src/io/hdf5.cpp'),
        "stats/reads.cpp": ('#include "io/hdf5.hpp"', "src/stats/reads.cpp:1: room stats includes from base only"),
        "screen/tensor.hpp": ("#include <torch/torch.h>", "src/screen/tensor.hpp:1: room screen may not see LibTorch"),
        "screen/quoted.hpp": ('#include "c10/core/Device.h"', "src/screen/quoted.hpp:1: room screen may not see LibTorch"),
        "library/far.cpp": ('#include "train/trainer.hpp"',
                            "src/library/far.cpp:1: room library may not see LibTorch: train/trainer.hpp -> <ATen/core/Tensor.h>"),
        "cli/near.cpp": ('#include "base/error.hpp"', "src/cli/near.cpp:1: the command line includes public headers"),
        "base/beside.cpp": ('#include "error.hpp"', 'src/base/beside.cpp:1: "error.hpp": ours are included by their path'),
        "base/dots.cpp": ('#include "../io/hdf5.hpp"', 'src/base/dots.cpp:1: "../io/hdf5.hpp": ours are included by'),
        "screen/twice.hpp": ("namespace gracevae {\n\nstruct Rows {\n};\n}  // namespace gracevae",
                             "src/screen/twice.hpp:3: gracevae::Rows is defined in src/screen/rows.hpp:3 too"),
        "kernels/up.cpp": ('#include "screen/rows.hpp"', "src/kernels/up.cpp:1: room kernels may not include from screen"),
        "io/child.cpp": ("int child = ::fork();", "src/io/child.cpp:1: forks; start_process()"),
        "attic/old.cpp": ("", "src/attic/old.cpp:1: 'attic' is no room"),
    }
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)

        def plant(name, text):
            file = root / "src" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")
            return file

        for name, text in good.items():
            plant(name, text)
        assert check(root) == [], check(root)
        for name, (text, expected) in bad.items():
            file = plant(name, text)
            found = check(root)
            assert len(found) == 1 and found[0].startswith(expected), (name, found)
            plant(name, good[name]) if name in good else file.unlink()
    print(f"check_layers.py: each of {len(bad)} planted faults was found")


def main():
    arguments = sys.argv[1:]
    if "--self-test" in arguments:
        self_test()
        return 0
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    found = check(root)
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"check_layers.py: every include of {root.name}/src keeps to its rooms, every class has one definition")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
