#pragma once
/// @file A small predictions.h5ad.
#include <filesystem>
#include <string>
#include <vector>

#include "io/anndata.hpp"

namespace gracevae::impl::test {

/// Cells row by row: condition, source and values.
struct PredictedCell {
  std::string condition, source;
  std::vector<float> values;
};

/// Genes are g0, g1 …; with an entry "mu" in obsm.
inline AnnData predictions_of(const std::vector<PredictedCell>& cells) {
  AnnData data;
  std::vector<std::string> condition, source;
  data.x.n_cols = std::ssize(cells.front().values);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t g = 0; g < cells[i].values.size(); ++g)
      if (cells[i].values[g] != 0) {
        data.x.indices.push_back(static_cast<std::int32_t>(g));
        data.x.values.push_back(cells[i].values[g]);
      }
    data.x.indptr.push_back(std::ssize(data.x.values));
    data.x.n_rows += 1;
    data.obs.index.push_back("cell" + std::to_string(i));
    condition.push_back(cells[i].condition);
    source.push_back(cells[i].source);
  }
  data.obs.add("condition", condition);
  data.obs.add("source", source);
  for (std::int64_t g = 0; g < data.x.n_cols; ++g) data.var.index.push_back("g" + std::to_string(g));
  data.obsm["mu"] = Matrix<float>(data.x.n_rows, 2, 0.5F);
  return data;
}

}  // namespace gracevae::impl::test
