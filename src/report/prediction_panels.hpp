#pragma once
/// @file The numbers behind a report's panels of predicted cells.
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "explain/cell_embedding.hpp"

namespace gracevae::impl {

/// How much is shown.
struct PanelOptions {
  std::int64_t n_genes = 200;        ///< of a condition: its DE genes, then the largest changes, observed and predicted
  std::int64_t n_distributions = 6;  ///< genes of a condition whose distributions are given
  std::int64_t n_points = 10'000;    ///< cells of the embedding
  EmbeddingOptions embedding{.cells = 10'000, .components = 50, .umap = {}};  ///< for files without obsm/X_umap
};

/// Panels of a run's predictions.h5ad, JSON null where it has none:
/// {"genes": [symbols that indices below point to],
///  "conditions": [{"name", "kind" ("single" or "double", as in metrics.json), "n_generated", "n_actual",
///    "r2_all", "r2_de" (r2.corrected of metrics.json; without it the former is that of the means of at least
///    kFewestScored cells, the latter null), "gene": [indices], "control", "predicted", "observed": [means on the
///    screen's scale, 4 significant digits; null without such cells], "de": [0 or 1], "distributions": [{"gene": index,
///    "control": D, "predicted": D, "observed": D}]}],
///  "n_genes_shown": the most genes of a condition, "n_genes": of the file,
///  "embedding": null or {"x": [], "y": [] (2 decimals), "source": [0 control, 1 actual, 2 generated], "condition":
///    [index into "names"], "names": [], "n_cells": shown, "of": in the file, "settings": {}}}
/// D = {"quantiles": [at 5, 25, 50, 75, 95 %, linear between values], "zero": share of zeros, "density": [share of the
/// cells in each of 24 equal bins from low to high], "low", "high" (over all three)}, null without such cells.
/// Distributions are of the DE genes (of the genes shown, without any) with the largest |observed − control|
/// (|predicted − control| where nothing was observed), largest first.
///
/// DE genes are metrics.json's; without it there are none. Predicted means are the file's expected means, where it has
/// them, else those of its generated cells. Control means are over the control cells of the file. The embedding is
/// obsm/X_umap where it is there, else it is made here (and not written), which takes longest. The file is read block
/// by block, twice, a third time for an embedding; in memory are 20 bytes a group of cells and gene, and the cells that
/// are drawn. With progress lines.
/// @throws InputError obs without condition or source, metrics.json that is none. Interrupted on request.
/// @test tests/unit/report/prediction_panels_test.cpp
nlohmann::json prediction_panels(const std::filesystem::path& run_folder, const PanelOptions& options = {});

}  // namespace gracevae::impl
