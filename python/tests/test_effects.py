"""Effects of what was not measured: from tables, AnnDatas and models; plans and numbers of cells."""

import numpy as np
import pandas as pd
import pytest

import gracevae as gv

GROUPS, OF_GROUP, GENES = 8, 5, 30


@pytest.fixture(scope="module")
def table():
    """Targets in groups of like effects."""
    rng = np.random.default_rng(0)
    effects = np.repeat(rng.normal(size=(GROUPS, GENES)), OF_GROUP, axis=0) + 0.4 * rng.normal(
        size=(GROUPS * OF_GROUP, GENES)
    )
    names = [f"T{i}" for i in range(GROUPS * OF_GROUP)]
    return pd.DataFrame(effects, index=names, columns=[f"G{g}" for g in range(GENES)])


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    file = tmp_path_factory.mktemp("sets") / "groups.gmt"
    rows = [[f"g{k}", ""] + [f"T{OF_GROUP * k + i}" for i in range(OF_GROUP)] for k in range(GROUPS)]
    file.write_text("".join("\t".join(row) + "\n" for row in rows))
    return file


def test_effects_of_a_table(table, groups):
    said = gv.effects(table.drop(index=["T0", "T5"]), ["T0", "T5", "T1+T2"], gene_sets=groups, level=0.8)
    assert list(said.conditions.index) == ["T0", "T5", "T1+T2"] and "3 conditions" in repr(said)
    assert not said.conditions.loc["T0", "abstained"] and said.conditions.loc["T0", "rho"] > 0.5
    matrix = said.matrix()
    assert matrix.shape == (3, GENES) and list(matrix.columns) == list(table.columns)
    assert np.corrcoef(matrix.loc["T0"], table.loc["T0"])[0, 1] > 0.7
    one = said.effects[said.effects["condition"] == "T0"]
    inside = (one["low"].to_numpy() <= table.loc["T0"]) & (table.loc["T0"] <= one["high"].to_numpy())
    assert 0.5 < inside.mean() <= 1
    assert said.effects[said.effects["condition"] == "T1+T2"]["low"].isna().all()  # no pair is measured
    with pytest.raises(gv.ConfigError, match="no condition"):
        gv.effects(table, gene_sets=groups)
    with pytest.raises(gv.InputError, match="source"):
        gv.effects(3, "T0")


def test_cross_validation(table, groups):
    scores = gv.cross_validate_effects(table, 5, gene_sets=groups)
    assert scores.loc[("targets", "process"), "cosine"] > 0.7 > scores.loc[("targets", "training-mean"), "cosine"]
    assert "90" in scores.attrs["text"] or "0.9" in scores.attrs["text"]


def test_design(table, groups, tmp_path):
    names = tmp_path / "candidates.txt"
    names.write_text("T0\nT1\nT5\nT10\n")
    known = table.drop(index=["T0", "T1", "T5", "T10"])
    plan = gv.design(known, gene_sets=[groups], candidates=names, budget=2, batch=1)
    assert len(plan) == 2 and list(plan["batch"]) == [1, 2] and set(plan["condition"]) <= {"T0", "T1", "T5", "T10"}
    with pytest.raises(gv.ConfigError, match="budget"):
        gv.design(known, gene_sets=groups, budget=0)


def test_of_cells(sim, adata):
    before = adata.uns.copy()
    said = gv.effects(adata, ["L1+L2", "NOBODY"], network=sim.network)
    assert said.conditions.loc["NOBODY", "abstained"]
    assert adata.uns.keys() == before.keys()
    cells, profiles = gv.power(adata, sizes=[0.5, 1])
    assert {"cells_for_0.5", "cells_for_1"} <= set(cells.columns) and "cells_needed" in profiles.columns
    assert "cells" in cells.attrs["text"]


@pytest.mark.slow
def test_of_a_model(sim, trained):
    said = trained.effects_of(["NOBODY"])
    assert said.conditions.loc["NOBODY", "abstained"] and len(said.effects) == sim.adata.n_vars
