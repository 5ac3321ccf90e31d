"""gracevae: causal representation learning from Perturb-seq screens with network context.

>>> import gracevae as gv
>>> gv.setup_anndata(adata, labels_key="perturbation", control="non-targeting")
>>> model = gv.GraceVAE(adata, network="networks/")
>>> model.train()
>>> model.evaluate()
>>> cells = model.predict(["KLF1+MAP2K6"])

Training and prediction run in a process of their own, the program ``gracevae``; LibTorch is never loaded here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, List

from .errors import ConfigError, Error, InputError, Interrupted, IoError, NumericalError

if TYPE_CHECKING:
    from . import metrics, pl, pp, tl
    from ._anndata import setup_anndata
    from ._effects import Effects, cross_validate_effects, design, effects, power
    from ._graph import ContextGraph, context_graph
    from ._inspect import inspect
    from ._options import describe as describe_options
    from ._simulate import Simulation, simulate
    from ._sweep import sweep, table
    from .models import (
        CMVAE,
        SENA,
        VGAE,
        Additive,
        CMVAEMultihot,
        Control,
        GraceVAE,
        Linear,
        MeanShift,
        Model,
        load,
    )

# Loaded when first used, so that `import gracevae` takes milliseconds.
_LAZY = {
    "metrics": "metrics",
    "pl": "pl",
    "pp": "pp",
    "tl": "tl",
    "errors": "errors",
    "setup_anndata": "_anndata",
    "ContextGraph": "_graph",
    "context_graph": "_graph",
    "Effects": "_effects",
    "effects": "_effects",
    "cross_validate_effects": "_effects",
    "design": "_effects",
    "power": "_effects",
    "inspect": "_inspect",
    "describe_options": "_options:describe",
    "Simulation": "_simulate",
    "simulate": "_simulate",
    "sweep": "_sweep",
    "table": "_sweep",
    "Model": "models",
    "GraceVAE": "models",
    "CMVAE": "models",
    "CMVAEMultihot": "models",
    "VGAE": "models",
    "SENA": "models",
    "Control": "models",
    "MeanShift": "models",
    "Additive": "models",
    "Linear": "models",
    "load": "models",
}
__all__ = ["ConfigError", "Error", "InputError", "Interrupted", "IoError", "NumericalError", "__version__", *_LAZY]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from . import _core

        return _core.version
    where = _LAZY.get(name)
    if where is None:
        raise AttributeError(f"module 'gracevae' has no attribute '{name}'")
    module, _, attribute = where.partition(":")
    found: Any = importlib.import_module(f".{module}", __name__)
    if module != name:
        found = getattr(found, attribute or name)
    globals()[name] = found
    return found


def __dir__() -> List[str]:
    return sorted(__all__)
