#pragma once
/// @file A screen of 16 cells and 4 genes whose means can be told by eye, and its split.
#include <map>

#include "evaluate/evaluate.hpp"

namespace gracevae::impl::test {

inline CsrMatrix<float> sparse(const Matrix<float>& dense) {
  CsrMatrix<float> x;
  x.n_rows = dense.n_rows;
  x.n_cols = dense.n_cols;
  for (std::int64_t i = 0; i < dense.n_rows; ++i) {
    for (std::int64_t j = 0; j < dense.n_cols; ++j)
      if (dense(i, j) != 0) {
        x.indices.push_back(static_cast<std::int32_t>(j));
        x.values.push_back(dense(i, j));
      }
    x.indptr.push_back(x.n_nonzero());
  }
  return x;
}

/// Cells 0-3 control, 4-7 A, 8-11 B, 12-15 A+B. Cell i of a regime is its centre ± 0.5 (two up, two down, all genes
/// alike), so that the first two and the last two of a regime have its centre as their mean. Centres: control
/// (1,2,3,4), A (3,2,3,4), B (1,2,3,6), A+B (3,2,6,6).
inline Screen small_screen() {
  const std::vector<std::pair<std::vector<std::string>, std::vector<float>>> regimes = {{{}, {1, 2, 3, 4}},
                                                                                        {{"A"}, {3, 2, 3, 4}},
                                                                                        {{"B"}, {1, 2, 3, 6}},
                                                                                        {{"A", "B"}, {3, 2, 6, 6}}};
  Screen screen;
  Matrix<float> values(16, 4);
  for (std::size_t k = 0; k < regimes.size(); ++k) {
    Regime regime{label_of(regimes[k].first), regimes[k].first, {}};
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t cell = static_cast<std::int64_t>(k) * 4 + i;
      for (std::int64_t g = 0; g < 4; ++g)
        values(cell, g) = regimes[k].second[static_cast<std::size_t>(g)] + (i % 2 == 0 ? 0.5F : -0.5F);
      regime.cells.push_back(cell);
      screen.cells.push_back("cell" + std::to_string(cell));
      screen.regime_of_cell.push_back(static_cast<std::int32_t>(k));
    }
    screen.regimes.push_back(regime);
  }
  screen.x = sparse(values);
  screen.genes = {"G0", "G1", "G2", "G3"};
  screen.var.index = {"ENSG0", "ENSG1", "ENSG2", "ENSG3"};
  screen.source = "small.h5ad";
  return screen;
}

/// Of A and B the first two cells train and the last two test; A+B is test.
inline Split small_split() {
  Split split;
  split.fold.assign(16, Fold::test);
  for (const std::size_t cell : {0, 1, 2, 3, 4, 5, 8, 9}) split.fold[cell] = Fold::train;
  split.paired_control.assign(16, -1);
  return split;
}

/// Test cells of one regime, paired with control cells 0, 1, 2, … and predicted by `centre` ± 0.5 as the control cell
/// has it.
inline Prediction prediction_of(const Screen& screen, const std::string& condition,
                                const std::vector<std::int64_t>& cells, const std::vector<float>& centre) {
  Prediction prediction{condition, cells, {}, Matrix<float>(static_cast<std::int64_t>(cells.size()), screen.n_genes())};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    prediction.controls.push_back(static_cast<std::int64_t>(i));
    for (std::int64_t g = 0; g < screen.n_genes(); ++g)
      prediction.values(static_cast<std::int64_t>(i), g) =
          centre[static_cast<std::size_t>(g)] + (i % 2 == 0 ? 0.5F : -0.5F);
  }
  return prediction;
}

/// A row of metrics["conditions"], or of metrics["summary"] when `condition` is a kind.
inline const nlohmann::ordered_json* find_row(const nlohmann::ordered_json& metrics, const std::string& condition,
                                              const std::string& gene_set, const std::string& method) {
  const bool summary = condition == "single" || condition == "double";
  for (const auto& row : metrics.at(summary ? "summary" : "conditions"))
    if (row.at(summary ? "kind" : "condition") == condition && row.at("gene_set") == gene_set &&
        row.at("method") == method)
      return &row;
  return nullptr;
}

inline double score(const nlohmann::ordered_json& metrics, const std::string& condition, const std::string& gene_set,
                    const std::string& method, const std::string& metric) {
  const auto* row = find_row(metrics, condition, gene_set, method);
  if (!row) throw std::runtime_error("no row " + condition + " " + gene_set + " " + method);
  return row->at("metrics").at(metric).get<double>();
}

}  // namespace gracevae::impl::test
