"""From an AnnData to the packed screen that the library maps: blocks of rows of whatever X is, obs and var."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from . import _core, _options, _temporary
from .errors import InputError, IoError, wrong_type

SETUP_KEY = "gracevae"  # in uns
_BLOCK_VALUES = 1 << 21  # of a block
_CSC_BLOCKS = 16  # cutting rows out of columns looks at all of them each time
_BLOCK_ROWS = 4096

Block = Tuple[np.ndarray, np.ndarray, np.ndarray]  # indptr, indices, data


def require(adata: Any) -> None:
    """InputError unless it is an AnnData."""
    import anndata

    if not isinstance(adata, anndata.AnnData):
        raise wrong_type("adata", adata, "an anndata.AnnData", "read a file with anndata.read_h5ad(file)")
    if adata.n_obs == 0 or adata.n_vars == 0:
        raise InputError(f"adata: {adata.n_obs} cells x {adata.n_vars} genes", hint="it is empty")


def matrix_of(adata: Any, layer: Optional[str]) -> Any:
    """X or a layer. InputError with the layers that there are."""
    if layer is None or layer == "X":
        if adata.X is None:
            raise InputError("adata.X is None", hint=f"choose one of the layers with layer=: {_listed(adata.layers)}")
        return adata.X
    if layer not in adata.layers:
        raise InputError(f"adata has no layer '{layer}'", place="layer", hint=_near(layer, list(adata.layers.keys())))
    return adata.layers[layer]


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in names) or "there is none"


def _near(name: str, names: List[str]) -> str:
    return _core.near_names(name, [str(other) for other in names])


class Rows:
    """The rows of a matrix in blocks, without a copy of the whole.

    Dense, CSR and CSC matrices, h5py data sets and backed sparse ones; booleans, integers and reals. Of CSC a sixteenth
    is copied at a time. Values become float32, as in every screen.
    """

    def __init__(self, x: Any) -> None:
        import scipy.sparse as sp

        self.x = x
        self.n_rows, self.n_cols = (int(n) for n in x.shape)
        kind = getattr(x, "format", None) or getattr(x, "format_str", None)
        self.sparse = kind in ("csr", "csc")
        if sp.issparse(x) and not self.sparse:
            raise wrong_type(
                "X", x, "a dense array, scipy.sparse.csr_matrix or csc_matrix", "convert it: adata.X = adata.X.tocsr()"
            )
        dtype = getattr(x, "dtype", None)
        if dtype is None or getattr(x, "ndim", 2) != 2 or not hasattr(x, "__getitem__"):
            raise wrong_type("X", x, "a dense array or a sparse matrix of cells x genes")
        if np.dtype(dtype).kind not in "fiub":
            raise InputError(
                f"X holds values of type {dtype}, expected numbers",
                place="X",
                found=str(dtype),
                expected="numbers",
                hint="convert it: adata.X = adata.X.astype('float32')",
            )
        if kind == "csc":
            self.step = max(_BLOCK_ROWS, -(-self.n_rows // _CSC_BLOCKS))
        else:
            stored = int(x.nnz) // max(1, self.n_rows) if sp.issparse(x) else self.n_cols
            self.step = max(1, min(_BLOCK_ROWS, _BLOCK_VALUES // max(1, stored)))
        self.in_memory_csr = kind == "csr" and sp.issparse(x)

    def sizes(self) -> np.ndarray:
        """Stored values of every row."""
        if self.in_memory_csr and self.x.has_canonical_format:
            return np.diff(self.x.indptr).astype(np.int64)
        found = [np.diff(self.block(first)[0]) for first in range(0, self.n_rows, self.step)]
        return np.concatenate(found).astype(np.int64)

    def block(self, first: int) -> Block:
        """The rows from `first` on, as many as one block has: indptr, indices, data."""
        import scipy.sparse as sp

        part = self.x[first : min(first + self.step, self.n_rows)]
        if not sp.issparse(part):
            # Zeros are left out, as they are of a dense file.
            part = sp.csr_matrix(np.asarray(part, dtype=np.float32))
            part.eliminate_zeros()
        part = part.tocsr()
        if not part.has_sorted_indices:
            part = part.sorted_indices()
        if part.shape[0] and not part.has_canonical_format:
            part.has_canonical_format = False
            rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
            same = (np.diff(part.indices) == 0) & (np.diff(rows) == 0)
            if same.any():
                where = int(np.argmax(same))
                raise InputError(
                    f"X: row {first + int(rows[where])} holds column {int(part.indices[where])} twice",
                    place="X",
                    hint="add them up: adata.X.sum_duplicates()",
                )
        return part.indptr.astype(np.int64), part.indices.astype(np.int32), part.data.astype(np.float32, copy=False)


def frame_of(frame: Any, what: str) -> Dict[str, Any]:
    """obs or var as the binding takes it. Columns of other kinds, and names that HDF5 cannot have, are left out."""
    import pandas as pd

    columns: List[Tuple[Any, ...]] = []
    for position, name in enumerate(frame.columns):
        if not isinstance(name, str) or "/" in name or name in ("", "_index"):
            continue
        column = frame.iloc[:, position]
        if isinstance(column.dtype, pd.CategoricalDtype):
            categories = [str(value) for value in column.cat.categories]
            columns.append((name, "category", column.cat.codes.to_numpy(np.int32), categories))
        elif pd.api.types.is_bool_dtype(column.dtype) and not column.isna().any():
            columns.append((name, "boolean", column.to_numpy(bool).tolist()))
        elif pd.api.types.is_integer_dtype(column.dtype) and not column.isna().any():
            columns.append((name, "integer", column.to_numpy(np.int64)))
        elif pd.api.types.is_numeric_dtype(column.dtype):
            columns.append((name, "number", column.to_numpy(np.float64, na_value=np.nan)))
        elif column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
            texts = ["" if missing else str(value) for value, missing in zip(column, column.isna())]
            columns.append((name, "text", texts))
    return {"index": [str(name) for name in frame.index], "columns": columns}


def write(adata: Any, layer: Optional[str], target: Path, progress: Optional[Callable[..., None]] = None) -> None:
    """Packs cells and names into a folder. X is read in blocks and never copied as a whole (but see :class:`Rows`).

    Raises
    ------
    InputError
        Values that are not finite or no numbers, a layer that is not there.
    IoError
        No room: TMPDIR names another disk.
    """
    rows = Rows(matrix_of(adata, layer))
    obs, var = frame_of(adata.obs, "obs"), frame_of(adata.var, "var")
    try:
        _core.write_screen(
            target, rows.n_rows, rows.n_cols, rows.sizes, rows.block, obs, var, _log1p_base(adata), None, progress
        )
    except IoError as error:
        raise IoError(
            error.message, place=error.place, found=error.found, expected=error.expected, hint=_temporary.MORE_ROOM
        ) from None
    except InputError as error:
        raise InputError(
            _named(error.message, adata), place=error.place, found=error.found, expected=error.expected, hint=error.hint
        ) from None


def _log1p_base(adata: Any) -> Optional[float]:
    """The base of the logarithm that scanpy's pp.log1p noted, e where it names none; None without a note."""
    note = adata.uns.get("log1p")
    if not hasattr(note, "get"):
        return None
    base = note.get("base")
    return float(base) if isinstance(base, (int, float, np.number)) else math.e


def _named(message: str, adata: Any) -> str:
    """A message about cell 3 and gene 5 with their names."""
    import re

    found = re.search(r"the value of cell (\d+) and gene (\d+)", message)
    if not found:
        return message
    cell, gene = adata.obs_names[int(found[1])], adata.var_names[int(found[2])]
    return message.replace(found[0], f"the value of cell '{cell}' and gene '{gene}'")


def write_embedding(adata: Any, key: str, target: Path) -> None:
    """An entry of obsm as a file that the library matches by the names of cells."""
    import anndata
    import pandas as pd
    import scipy.sparse as sp

    if key not in adata.obsm:
        raise InputError(f"adata.obsm has no '{key}'", place="cell_embedding", hint=_near(key, list(adata.obsm.keys())))
    values = np.asarray(adata.obsm[key], dtype=np.float32)
    empty = sp.csr_matrix((adata.n_obs, 1), dtype=np.float32)
    held = anndata.AnnData(empty, obs=pd.DataFrame(index=adata.obs_names.astype(str)), obsm={key: values})
    held.write_h5ad(target)


# ---- what setup_anndata keeps ----


def setup_anndata(
    adata: Any,
    *,
    labels_key: Optional[str] = None,
    control: Any = None,
    layer: Optional[str] = None,
    batch_key: Optional[str] = None,
    categorical_covariate_keys: Sequence[str] = (),
    continuous_covariate_keys: Sequence[str] = (),
    separator: Optional[str] = None,
    gene_key: Optional[str] = None,
    missing_labels: Optional[str] = None,
    **options: Any,
) -> None:
    """Says how an AnnData is to be read, as scvi-tools' function of this name does.

    Writes ``adata.uns["gracevae"]`` and nothing else. Without it everything is found in the data, as the command line
    does; what is given here is not guessed.

    Parameters
    ----------
    adata : anndata.AnnData
        Cells x genes on a log1p scale; :func:`gracevae.pp.prepare` makes that of counts.
    labels_key : str, optional
        Column of obs with the perturbation of each cell, in any published form ("KLF1+MAP2K6", "sgKLF1_2", …).
    control : str or list of str, optional
        Labels of unperturbed cells; a star stands for any characters.
    layer : str, optional
        Layer to use instead of X.
    batch_key : str, optional
        Column of obs with the batch of each cell: the first of the categorical covariates.
    categorical_covariate_keys : list of str, optional
        Columns of obs with what else differs between cells, as words: donor, treatment (docs/covariates.md).
    continuous_covariate_keys : list of str, optional
        Columns of obs with numbers that differ between cells: dose, time.
    separator : str, optional
        What stands between the targets of one label; "" if every label is one target.
    gene_key : str, optional
        Column of var with gene symbols, or "index".
    missing_labels : {"error", "drop"}, optional
        What is done with cells without a label.
    **options
        Any other option of section screen (:func:`gracevae.describe_options`).

    Raises
    ------
    InputError
        No such column or layer (with the nearest names).
    ConfigError
        No such option, or a value that it cannot have.
    """
    require(adata)
    categories = [key for key in (batch_key, *_keys(categorical_covariate_keys)) if key is not None]
    numbers = _keys(continuous_covariate_keys)
    for key in (labels_key, *categories, *numbers):
        _require_column(adata.obs, "obs", key)
    if gene_key != "index":
        _require_column(adata.var, "var", gene_key)
    matrix_of(adata, layer)
    named = dict(labels_key=labels_key, control=control, separator=separator, gene_key=gene_key)
    named.update(covariates=categories or None, continuous_covariates=numbers or None, missing_labels=missing_labels)
    words = _options.words_of({**named, **options}, ("screen",))
    _options.check(words)
    setup: Dict[str, str] = dict(words)
    if layer is not None:
        setup["layer"] = layer
    adata.uns[SETUP_KEY] = setup


def _keys(given: Any) -> List[str]:
    return [given] if isinstance(given, str) else list(given)


def _require_column(frame: Any, what: str, key: Optional[str]) -> None:
    if key is not None and key not in frame.columns:
        hint = _near(key, list(frame.columns))
        raise InputError(f"adata.{what} has no column '{key}'", place=what, found=f"no column '{key}'", hint=hint)


def setup_of(adata: Any) -> Tuple[_options.Words, Optional[str]]:
    """What :func:`setup_anndata` said: words, and the layer."""
    setup = dict(adata.uns.get(SETUP_KEY, {}))
    layer = setup.pop("layer", None)
    words = [(str(key), str(text)) for key, text in setup.items() if key in _options.known()]
    return words, None if layer is None else str(layer)
