"""Every kind of AnnData: the right cells, or a clear error; never a change of it."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import gracevae as gv
from gracevae import _anndata, _core


def holding(x, adata, **more):
    """An AnnData of x as it is: old versions of anndata convert it unless they are told its type."""
    try:
        return anndata.AnnData(x, obs=adata.obs, var=adata.var, dtype=x.dtype, **more)
    except TypeError:
        return anndata.AnnData(x, obs=adata.obs, var=adata.var, **more)


def read_back(adata, tmp_path, layer=None):
    """What the library maps of it, as a dense array, and the screen."""
    folder = tmp_path / "screen.cells"
    _anndata.write(adata, layer, folder)
    screen = _core.Screen.read(folder, [], None, None)
    means = {label: screen.mean(label) for label, _, _ in screen.conditions}
    return screen, means


def same_screen(adata, other, tmp_path, layer=None):
    first, means = read_back(adata, tmp_path)
    (tmp_path / "other").mkdir()
    second, others = read_back(other, tmp_path / "other", layer)
    assert first.conditions == second.conditions
    assert first.genes == second.genes and first.cells == second.cells
    assert (first.condition_of_cell == second.condition_of_cell).all()
    for label, mean in means.items():
        np.testing.assert_array_equal(mean, others[label])


KINDS = {
    "dense32": lambda x: x.toarray(),
    "dense64": lambda x: x.toarray().astype(np.float64),
    "fortran": lambda x: np.asfortranarray(x.toarray()),
    "csr64": lambda x: x.astype(np.float64),
    "csc": sp.csc_matrix,
    "csc64": lambda x: sp.csc_matrix(x, dtype=np.float64),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_x(adata, tmp_path, kind):
    other = holding(KINDS[kind](adata.X), adata)
    before = other.X.copy()
    same_screen(adata, other, tmp_path)
    assert type(other.X) is type(before) and (other.X != before).sum() == 0


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint16, np.uint8])
@pytest.mark.parametrize("sparse", [True, False])
def test_counts(adata, tmp_path, dtype, sparse):
    counts = np.round(np.expm1(adata.X.toarray())).clip(0, 200)
    first = holding(sp.csr_matrix(counts.astype(np.float32)), adata)
    x = counts.astype(dtype)
    other = holding(adata.X, adata, layers={"counts": sp.csr_matrix(x) if sparse else x})
    same_screen(first, other, tmp_path, layer="counts")


def test_counts_are_warned_of(adata):
    adata.X.data[:] = np.round(adata.X.data * 10)
    with pytest.warns(UserWarning, match="adata: X holds whole numbers only"):
        gv.CMVAE(adata)


def test_unsorted_csr(adata, tmp_path):
    x = adata.X.copy()
    for i in range(x.shape[0]):
        part = slice(x.indptr[i], x.indptr[i + 1])
        x.indices[part] = x.indices[part][::-1].copy()
        x.data[part] = x.data[part][::-1].copy()
    x.has_sorted_indices = False
    x.has_canonical_format = False
    other = holding(x, adata)
    indices = other.X.indices.copy()
    same_screen(adata, other, tmp_path)
    np.testing.assert_array_equal(other.X.indices, indices)  # not sorted in place


def test_view_and_columns(adata, tmp_path):
    rows = np.random.default_rng(0).permutation(adata.n_obs)[:1200]
    view = adata[rows, np.arange(adata.n_vars)[::-1]]
    assert view.is_view
    same_screen(view.copy(), view, tmp_path)
    assert view.is_view


@pytest.mark.parametrize("sparse", ["csr", "csc", None])
def test_backed(adata, tmp_path, sparse):
    x = adata.X.toarray() if sparse is None else adata.X.asformat(sparse)
    holding(x, adata).write_h5ad(tmp_path / "backed.h5ad")
    backed = anndata.read_h5ad(tmp_path / "backed.h5ad", backed="r")
    same_screen(adata, backed, tmp_path)
    assert backed.isbacked
    backed.file.close()


@pytest.mark.slow
def test_many_blocks(adata, tmp_path, monkeypatch):
    monkeypatch.setattr(_anndata, "_BLOCK_ROWS", 7)
    monkeypatch.setattr(_anndata, "_BLOCK_VALUES", 700)
    for i, kind in enumerate([sp.csr_matrix, sp.csc_matrix, lambda x: x.toarray()]):
        (tmp_path / str(i)).mkdir()
        same_screen(adata, holding(kind(adata.X), adata), tmp_path / str(i))


def test_unused_categories_and_numbers(adata, tmp_path):
    adata.obs["condition"] = adata.obs["condition"].astype("category").cat.add_categories(["NEVER", "ZZZ"])
    adata.obs["batch"] = 3
    adata.obs["flag"] = True
    adata.obs["score"] = 0.5
    adata.obs["with/slash"] = 1
    adata.obs["missing"] = pd.array([None] * adata.n_obs, dtype="Int64")
    adata.obs[7] = 1
    screen, _ = read_back(adata, tmp_path)
    assert "NEVER" not in [label for label, _, _ in screen.conditions]


def test_missing_labels(adata):
    adata.obs["condition"] = adata.obs["condition"].astype(object)
    adata.obs.iloc[3, adata.obs.columns.get_loc("condition")] = np.nan
    with pytest.raises(gv.InputError, match="cell 'cell00004' has no label") as error:
        gv.CMVAE(adata)
    assert 'missing_labels="drop"' in error.value.hint and str(error.value).startswith("adata: obs column 'condition'")
    gv.setup_anndata(adata, missing_labels="drop")
    assert gv.CMVAE(adata).conditions[0] == "control"


def test_repeated_names(adata):
    adata.obs_names = ["same"] * adata.n_obs
    with pytest.raises(gv.InputError, match="cell names are repeated"):
        gv.CMVAE(adata)


def test_repeated_genes_are_added_up(adata):
    names = list(adata.var_names)
    names[1] = names[0]
    adata.var_names = names
    gv.CMVAE(adata)  # as the command line


def test_not_finite(adata):
    adata.X[5, 3] = np.nan
    with pytest.raises(gv.InputError, match=f"cell '{adata.obs_names[5]}' and gene '{adata.var_names[3]}' is nan"):
        gv.CMVAE(adata)


def test_duplicate_entries(adata):
    x = sp.csr_matrix((np.ones(3, np.float32), [1, 1, 2], [0, 3] + [3] * (adata.n_obs - 1)), shape=adata.shape)
    with pytest.raises(gv.InputError, match="row 0 holds column 1 twice") as error:
        gv.CMVAE(holding(x, adata))
    assert "sum_duplicates" in error.value.hint


@pytest.mark.parametrize("given", [None, "screen.h5ad", pd.DataFrame(), np.zeros((3, 3)), 5])
def test_wrong_types(given):
    with pytest.raises(gv.InputError, match="expected an anndata.AnnData") as error:
        gv.GraceVAE(given)
    assert type(given).__name__ in str(error.value)


def test_wrong_matrices(adata):
    with pytest.raises(gv.InputError, match="coo_matrix"):
        _anndata.Rows(sp.coo_matrix(adata.X))
    with pytest.raises(gv.InputError, match="complex"):
        _anndata.Rows(np.zeros((3, 3), dtype=complex))
    with pytest.raises(gv.InputError, match="object"):
        _anndata.Rows(np.zeros((3, 3), dtype=object))
    with pytest.raises(gv.InputError, match="0 cells"):
        gv.CMVAE(adata[:0])


def test_setup(adata):
    before = adata.copy()
    gv.setup_anndata(adata, labels_key="condition", control=["control", "NT*"], missing_labels="drop")
    assert set(adata.uns) - set(before.uns) == {"gracevae"}
    assert adata.obs.equals(before.obs) and adata.var.equals(before.var) and (adata.X != before.X).nnz == 0
    assert gv.CMVAE(adata).conditions[0] == "control"
    copy = adata.copy()
    assert gv.CMVAE(copy).conditions == gv.CMVAE(adata).conditions


def test_setup_errors(adata):
    with pytest.raises(gv.InputError, match="obs has no column 'conditions'") as error:
        gv.setup_anndata(adata, labels_key="conditions")
    assert "condition" in error.value.hint
    with pytest.raises(gv.InputError, match="var has no column"):
        gv.setup_anndata(adata, gene_key="symbols")
    with pytest.raises(gv.InputError, match="no layer 'count'"):
        gv.setup_anndata(adata, layer="count")
    with pytest.raises(gv.ConfigError, match="no option 'labels'"):
        gv.setup_anndata(adata, labels="condition")
    with pytest.raises(gv.ConfigError, match="missing_labels"):
        gv.setup_anndata(adata, missing_labels="never")
    assert "gracevae" not in adata.uns


def test_covariates(adata):
    rng = np.random.default_rng(0)
    adata.obs["batch"] = rng.choice(["one", "two"], adata.n_obs)
    adata.obs["donor"] = rng.integers(1, 3, adata.n_obs)
    adata.obs["dose"] = rng.random(adata.n_obs)
    keys = dict(categorical_covariate_keys=["donor"], continuous_covariate_keys="dose")
    gv.setup_anndata(adata, batch_key="batch", **keys)
    assert adata.uns["gracevae"]["screen.covariates"] == "batch,donor"
    assert adata.uns["gracevae"]["screen.continuous_covariates"] == "dose"
    gv.CMVAE(adata)
    with pytest.raises(gv.InputError, match="obs has no column 'batches'"):
        gv.setup_anndata(adata, batch_key="batches")


def test_layer(adata):
    adata.layers["log"] = adata.X.copy()
    adata.X = sp.csr_matrix(adata.shape, dtype=np.float32)
    gv.setup_anndata(adata, layer="log")
    table = gv.tl.rank_genes(adata)
    assert table["score"].abs().max() > 5


@pytest.mark.slow
def test_nothing_is_changed(adata):
    before = adata.copy()
    gv.CMVAE(adata)
    gv.inspect(adata)
    gv.tl.rank_genes(adata)
    gv.tl.umap(adata, use_rep="u", epochs=5)
    gv.pp.prepare(adata, no_normalise=True, n_top_genes=50)
    assert adata.obs.equals(before.obs) and adata.var.equals(before.var) and (adata.X != before.X).nnz == 0
    assert set(adata.uns) == set(before.uns) and set(adata.obsm) == set(before.obsm)
