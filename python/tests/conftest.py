"""What the tests share: a simulated screen, and a model that was trained on it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gracevae as gv

# Few epochs from a start that needs no fit; quick to train, and every part of a run is there.
QUICK = dict(start="mean-shifts", max_epochs=2)


def pytest_configure(config):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background of a shell ignores it
    config.addinivalue_line("markers", "slow: takes more than a second or two")


@pytest.fixture(scope="session")
def program():
    from gracevae import _program

    return _program.path()


@pytest.fixture(scope="session")
def sim():
    return gv.simulate()


@pytest.fixture
def adata(sim):
    return sim.adata.copy()


@pytest.fixture(scope="session")
def trained(sim):
    return gv.GraceVAE(sim.adata, network=sim.network).train(**QUICK)


def run_python(code, **options):
    """A Python of its own, with this package."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, **options)


def folders():
    """Private folders of all processes."""
    import tempfile

    return set(Path(tempfile.gettempdir(), f"gracevae-{os.getuid()}").glob("*-*"))
