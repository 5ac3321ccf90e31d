"""Tools that need no model: simulate, inspect, prepare, tests, UMAP, scores of anybody's predictions."""

import numpy as np
import pytest
import scipy.stats

import gracevae as gv


def test_simulate(tmp_path):
    sim = gv.simulate(tmp_path / "sim", seed=3, genes=50)
    assert sim.adata.n_vars == 50 and sim.truth["seed"] == 3 and (sim.network / "pathways.gmt").exists()
    with pytest.raises(gv.ConfigError, match="latents"):
        gv.simulate(latents=0)


@pytest.mark.slow
def test_inspect(sim):
    found = gv.inspect(sim.adata, sim.network)
    assert found.data["screen"]["labels"]["column"] == "condition" and "control" in repr(found)
    assert (
        "gv.GraceVAE(adata, network=" in found.text
        and "gracevae train" not in found.text
        and "/inspect-" not in found.text
    )
    file = gv.inspect(sim.folder / "screen.h5ad", sim.network)
    assert found.data["screen"]["regimes"] == file.data["screen"]["regimes"]
    with pytest.raises(OSError, match="no such screen"):
        gv.inspect("/nowhere.h5ad")


def test_rank_genes(sim):
    table = gv.tl.rank_genes(sim.adata, method="wilcoxon")
    assert list(table.columns) == ["condition", "gene", "score", "log2_fold_change", "p_value", "p_adjusted"]
    first = table.groupby("condition", sort=False).head(1)
    assert (first["score"] > 3).all()
    x = sim.adata.X.toarray()
    condition = sim.adata.obs["condition"].to_numpy()
    row = table.iloc[0]
    gene = list(sim.adata.var_names).index(row["gene"])
    groups = [x[condition == name, gene] for name in (row["condition"], "control")]
    p_value = scipy.stats.mannwhitneyu(*groups, use_continuity=False, method="asymptotic").pvalue
    assert np.isclose(row["p_value"], p_value, rtol=1e-6)
    with pytest.raises(gv.ConfigError, match="de_method"):
        gv.tl.rank_genes(sim.adata, method="t")


def test_pca_and_umap(sim):
    scores, directions, variances = gv.tl.pca(sim.adata, 5)
    x = sim.adata.X.toarray().astype(float)
    values = np.linalg.svd(x - x.mean(0), compute_uv=False)[:5] ** 2 / (len(x) - 1)
    np.testing.assert_allclose(variances, values, rtol=1e-8)
    np.testing.assert_allclose(scores, (x - x.mean(0)) @ directions, atol=1e-8)
    first = gv.tl.umap(sim.adata, use_rep="u", epochs=20, seed=1)
    np.testing.assert_array_equal(first, gv.tl.umap(sim.adata, use_rep="u", epochs=20, seed=1))
    assert first.shape == (sim.adata.n_obs, 2) and first.dtype == np.float32
    with pytest.raises(gv.InputError, match="no 'v'"):
        gv.tl.umap(sim.adata, use_rep="v")
    with pytest.raises(gv.ConfigError, match="n_neighbors"):
        gv.tl.umap(sim.adata, use_rep="u", n_neighbors=1)


def test_prepare(sim):
    counts = gv.simulate(observation="counts", raw_counts=True, seed=2).adata
    before = counts.copy()
    prepared = gv.pp.prepare(counts, n_top_genes=60, min_genes=0, keep_targets=True)
    assert 60 <= prepared.n_vars <= 70 and prepared.X.max() < 20 and "cells" in prepared.uns["gracevae_prepare"]
    assert (counts.X != before.X).nnz == 0
    gv.CMVAE(prepared)


@pytest.mark.slow
def test_prepare_as_the_command_line(sim, program, tmp_path):
    import subprocess

    import anndata

    raw = gv.simulate(tmp_path / "raw", observation="counts", raw_counts=True, seed=2)
    command = [program, "prepare", raw.folder / "screen.h5ad", "-o", tmp_path / "prepared.h5ad", "--min-genes=0"]
    subprocess.run(command, check=True, capture_output=True)
    expected = anndata.read_h5ad(tmp_path / "prepared.h5ad")
    prepared = gv.pp.prepare(raw.adata, min_genes=0)
    assert list(prepared.var_names) == list(expected.var_names) and list(prepared.obs_names) == list(expected.obs_names)
    np.testing.assert_array_equal(prepared.X.toarray(), expected.X.toarray())


def means_of(adata, conditions, noise=0.0):
    rng = np.random.default_rng(0)
    x, condition = adata.X.toarray(), adata.obs["condition"].to_numpy()
    return {c: x[condition == c].mean(0) + noise * rng.normal(size=x.shape[1]) for c in conditions}


def value_of(table, method, metric="pearson_delta", kind="double"):
    rows = table[(table.method == method) & (table.metric == metric) & (table.kind == kind) & (table.gene_set == "all")]
    return float(rows["value"].iloc[0])


def test_anybodys_predictions(sim):
    doubles = [c for c in sim.adata.obs["condition"].unique() if "+" in c]
    right = gv.metrics.evaluate(means_of(sim.adata, doubles), sim.adata)
    wrong = gv.metrics.evaluate(means_of(sim.adata, doubles, noise=1.0), sim.adata)
    assert value_of(right, "model") > 0.999 > value_of(wrong, "model")
    assert value_of(right, "additive") == value_of(wrong, "additive")
    assert "additive" in right.attrs["text"] and len(right.attrs["by_condition"]) > len(right)


@pytest.mark.slow
def test_predicted_anndata(sim):
    """Other orders of genes, and of targets in a label."""
    doubles = [c for c in sim.adata.obs["condition"].unique() if "+" in c]
    cells = sim.adata[sim.adata.obs["condition"].isin(doubles).to_numpy(), np.arange(200)[::-1]].copy()
    cells.obs["label"] = ["+".join(reversed(str(c).split("+"))) for c in cells.obs["condition"]]
    table = gv.metrics.evaluate(cells, sim.adata, condition_key="label")
    assert value_of(table, "model") > 0.999
    with pytest.raises(gv.InputError, match="no column 'labels'"):
        gv.metrics.evaluate(cells, sim.adata, condition_key="labels")
    with pytest.raises(gv.InputError, match="lacks 150 of the 200 genes"):
        gv.metrics.evaluate(cells[:, :50], sim.adata, condition_key="label")
    with pytest.raises(gv.InputError, match="list"):
        gv.metrics.evaluate([1], sim.adata)
    with pytest.raises(gv.InputError, match="'TF01\\+TF99' is no condition") as error:
        gv.metrics.evaluate({"TF01+TF99": np.zeros(200)}, sim.adata)
    assert "TF01+TF" in error.value.hint
    with pytest.raises(gv.InputError, match="7 genes, expected 200"):
        gv.metrics.evaluate({doubles[0]: np.zeros(7)}, sim.adata)
