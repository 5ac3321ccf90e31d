"""What `import gracevae` costs and loads."""

import pytest
from conftest import run_python


def test_import_is_light():
    code = """
import sys
import gracevae
heavy = {"anndata", "numpy", "pandas", "scipy", "tqdm", "matplotlib", "networkx", "torch", "gracevae._core"}
print(sorted(heavy & set(sys.modules)))
"""
    assert run_python(code).stdout == "[]\n"


@pytest.mark.slow
def test_no_libtorch_in_this_process():
    code = """
import gracevae as gv
sim = gv.simulate()
gv.CMVAE(sim.adata)
gv.tl.rank_genes(sim.adata)
gv.inspect(sim.adata, sim.network)
print("torch" in open("/proc/self/maps").read())
"""
    done = run_python(code)
    assert done.stdout == "False\n", done.stderr


def test_public_names():
    import gracevae as gv

    for name in gv.__all__:
        assert getattr(gv, name) is not None
    assert gv.__version__ == "0.1.0"
    try:
        gv.nonsense
    except AttributeError as error:
        assert "nonsense" in str(error)
    else:
        raise AssertionError


def test_docstrings():
    """Everything public says what it takes, gives and raises."""
    import inspect

    import gracevae as gv

    modules = [gv.pp, gv.tl, gv.pl, gv.metrics]
    public = [getattr(gv, name) for name in gv.__all__ if callable(getattr(gv, name))]
    public += [
        f
        for module in modules
        for f in vars(module).values()
        if inspect.isfunction(f) and f.__module__ == module.__name__
    ]
    public += [f for name, f in vars(gv.Model).items() if not name.startswith("_") and callable(f)]
    for item in public:
        if getattr(item, "__name__", "_").startswith("_"):
            continue
        assert item.__doc__ and len(item.__doc__) > 20, item
        if inspect.isfunction(item) and len(inspect.signature(item).parameters) > 1:
            assert (
                "Parameters" in item.__doc__
                and "Returns" in item.__doc__
                or item is gv.setup_anndata
                or item is gv.Model.explain
            ), item


@pytest.mark.slow
def test_hdf5_is_shared_with_h5py():
    """h5py and the library use one libhdf5: strings that one reads must not be converted by the other."""
    code = """
import anndata, gracevae as gv
sim = gv.simulate()
gv.inspect(str(sim.folder / "screen.h5ad"))
print(anndata.read_h5ad(sim.folder / "screen.h5ad").obs["condition"].iloc[0])
"""
    done = run_python(code)
    assert done.stdout == "control\n", done.stderr
