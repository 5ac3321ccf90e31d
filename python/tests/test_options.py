"""Options by keyword, and errors with their parts."""

import pickle

import pytest

import gracevae as gv
from gracevae import errors


def test_errors_are_built_in_ones_too():
    for kind, base in (
        (gv.InputError, ValueError),
        (gv.ConfigError, ValueError),
        (gv.IoError, OSError),
        (gv.NumericalError, ArithmeticError),
    ):
        assert issubclass(kind, base) and issubclass(kind, gv.Error)
    assert issubclass(gv.Interrupted, KeyboardInterrupt) and not issubclass(gv.Interrupted, Exception)


@pytest.mark.parametrize("kind", [gv.InputError, gv.ConfigError, gv.IoError, gv.NumericalError, gv.Interrupted])
def test_parts(kind):
    error = kind("file: found, expected that", place="file", found="found", expected="that", hint="do it")
    for one in (error, pickle.loads(pickle.dumps(error))):
        assert (one.place, one.found, one.expected, one.hint) == ("file", "found", "that", "do it")
        assert str(one) == "file: found, expected that\n  hint: do it"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("leave them out with screen.missing_labels drop", 'leave them out with missing_labels="drop"'),
        ("train.epochs is 40, but the run began with 20", "epochs is 40, but the run began with 20"),
        ("say it with screen.label_column, or else", "say it with labels_key, or else"),
        ("give train.seed 3.", "give seed=3."),
        ("see /home/train.epochs and a.train.epochs.b", "see /home/train.epochs and a.train.epochs.b"),
        ("file screen.h5ad", "file screen.h5ad"),
    ],
)
def test_spelling(text, expected):
    assert errors.spelled(text) == expected


def test_unknown_option(adata):
    with pytest.raises(gv.ConfigError, match="no option 'batchsize'") as error:
        gv.CMVAE(adata, batchsize=3)
    assert "batch_size" in error.value.hint


@pytest.mark.parametrize(
    "options", [dict(hidden=0), dict(objective="best"), dict(epochs="many"), dict(test_fraction=2.0)]
)
def test_values_are_checked_when_the_model_is_made(adata, options):
    with pytest.raises(gv.ConfigError) as error:
        gv.CMVAE(adata, **options)
    assert next(iter(options)) in str(error.value)


def test_describe_options():
    with pytest.raises(gv.ConfigError, match="no section 'trian'") as error:
        gv.describe_options("trian")
    assert "train" in error.value.hint
    with pytest.raises(gv.ConfigError, match="format is 'html'"):
        gv.table(1, "runs", format="html")
    table = gv.describe_options("train")
    assert table.loc["train.patience", "value"] == 2 and all(key.startswith("train.") for key in table.index)


def test_not_trained(adata):
    model = gv.CMVAE(adata)
    for call in (model.predict, model.evaluate, model.programs, model.graph, model.report, model.umap):
        with pytest.raises(gv.ConfigError, match="not trained"):
            call()
    assert model.history.empty and not model.is_trained and "not trained" in repr(model)


def test_model_has_no_kind(adata):
    with pytest.raises(gv.ConfigError, match="GraceVAE"):
        gv.Model(adata)


def test_bars(capsys):
    """A bar where it was asked for; none where standard error is no terminal."""
    pytest.importorskip("tqdm")
    from gracevae._progress import Bar

    for shown, expected in ((True, True), (None, False), (False, False)):
        with Bar(shown) as bar:
            bar("training", 1, 4, 2.0, "epoch 0  loss 0.5\nmore")
            bar("scoring", 1, 1, 0.0, "")
        said = capsys.readouterr().err
        assert ("training  25 %" in said and "loss 0.5" in said and "scoring" in said) is expected
