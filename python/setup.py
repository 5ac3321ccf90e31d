"""`pip install ./python --no-build-isolation`: CMake builds, this puts the results into a wheel.

The wheel holds the module, the program and both libraries (gracevae/_native); HDF5, OpenBLAS and LibTorch are the
system's. GRACEVAE_BUILD in the environment names a build folder to use, by default ../build/release, which is made if
it is not there.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.dist import Distribution

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = Path(os.environ.get("GRACEVAE_BUILD", ROOT / "build" / "release"))


def version():
    return re.search(r"project\(gracevae VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def is_ours(build):
    """Whether a build folder makes modules for this Python, or one of the same interface (a virtual environment's)."""
    cache = build / "CMakeCache.txt"
    found = re.search(r"^GRACEVAE_PYTHON_EXECUTABLE:\w+=(.+)$", cache.read_text(), re.M) if cache.exists() else None
    code = "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
    ask = (
        [subprocess.run([p, "-c", code], capture_output=True).stdout for p in (found[1], sys.executable)]
        if found
        else []
    )
    return bool(found) and ask[0] == ask[1] and any((build / "python" / "gracevae").glob("*.py"))


def cmake(*arguments):
    subprocess.run(["cmake", *map(str, arguments)], check=True)


class BuildByCMake(build_ext):
    """CMake's targets, installed into the package's folder of the wheel."""

    def run(self):
        if not is_ours(BUILD):
            configure = [
                "-S",
                ROOT,
                "-B",
                BUILD,
                "-DGRACEVAE_PYTHON=ON",
                f"-DGRACEVAE_PYTHON_EXECUTABLE={sys.executable}",
            ]
            if not (BUILD / "CMakeCache.txt").exists():
                configure += ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DGRACEVAE_BUILD_TESTS=OFF"]
            cmake(*configure)
        targets = ["gracevae_python", "gracevae_cli", "gracevae_model", "gracevae_look"]
        cmake(
            "--build", BUILD, "--target", *targets, "--parallel", os.environ.get("GRACEVAE_JOBS", str(os.cpu_count()))
        )
        package = (HERE if self.inplace else Path(self.build_lib)).resolve() / "gracevae"
        native = package / "_native"
        shutil.rmtree(native, ignore_errors=True)
        cmake("--install", BUILD, "--prefix", package, "--component", "python")
        for component in ("libraries", "program"):
            cmake("--install", BUILD, "--prefix", native, "--component", component)
        for link in [path for path in native.rglob("lib*.so.*") if path.is_symlink()]:
            target = link.resolve()  # wheels have no links: the file takes the name that the loader asks for
            link.unlink()
            target.rename(link)
        shutil.rmtree(native / "share", ignore_errors=True)  # man pages

    def get_outputs(self):
        return []


class HasPrograms(Distribution):
    """For one system and Python, although setuptools sees no extension."""

    def has_ext_modules(self):
        return True


setup(
    version=version(),
    packages=["gracevae"],
    package_data={"gracevae": ["py.typed", "*.pyi"]},
    cmdclass={"build_ext": BuildByCMake},
    distclass=HasPrograms,
    zip_safe=False,
)
