#!/usr/bin/env python3
"""Compares X_umap of a predictions.h5ad with umap-learn's drawing of the same X_pca with the same parameters.

usage: umap_reference.py FILE [TOLERANCE]    exit code 1 where our trustworthiness (k = 15) is lower by more than TOLERANCE (0.02), 77 without umap-learn
"""
import sys
import warnings

import anndata
import numpy as np

warnings.filterwarnings("ignore")
try:
    import umap
    from sklearn.manifold import trustworthiness
except ImportError as error:
    print(f"skipped: {error} (Debian's package umap-learn)")
    sys.exit(77)

data = anndata.read_h5ad(sys.argv[1])
tolerance = float(sys.argv[2]) if len(sys.argv) > 2 else 0.02
drawn = np.isfinite(data.obsm["X_umap"][:, 0])
points, ours = data.obsm["X_pca"][drawn], data.obsm["X_umap"][drawn]
params = data.uns["umap"]["params"]
theirs = umap.UMAP(n_neighbors=int(params["n_neighbors"]), min_dist=float(params["min_dist"]), spread=float(params["spread"]),
                   random_state=int(params["random_state"])).fit(points)
curve = umap.umap_.find_ab_params(float(params["spread"]), float(params["min_dist"]))
scores = {name: trustworthiness(points, drawing, n_neighbors=15) for name, drawing in (("ours", ours), ("umap-learn", theirs.embedding_))}
print(f"{drawn.sum()} cells, min_dist {params['min_dist']}: trustworthiness ours {scores['ours']:.4f}, umap-learn {scores['umap-learn']:.4f}")
assert np.allclose(curve, (params["a"], params["b"]), atol=1e-4), (curve, params)
sys.exit(1 if scores["ours"] < scores["umap-learn"] - tolerance else 0)
