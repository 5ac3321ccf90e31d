#pragma once
/// @file A known and a fitted graph of three latents that can be compared by eye.
#include <string>
#include <vector>

#include "evaluate/latent_graph.hpp"

namespace gracevae::impl::test {

inline Matrix<double> matrix(const std::vector<std::vector<double>>& rows) {
  Matrix<double> m(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      m(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) = rows[i][j];
  return m;
}

/// Truth 2 → 0 (1), 0 → 1 (−0.5); label Lk hits latent k with shift 3.
inline KnownGraph truth_of_three() {
  KnownGraph truth;
  truth.source = "truth";
  truth.weights = matrix({{0, -0.5, 0}, {0, 0, 0}, {1, 0, 0}});
  for (std::int64_t k = 0; k < 3; ++k) truth.labels.push_back({"L" + std::to_string(k), {k}, {3}});
  return truth;
}

/// The fit has latent 2 first, 0 second (counted the other way round), 1 last.
inline LearnedGraph fit_of_three(const std::string& source = "fit") {
  LearnedGraph fit;
  fit.source = source;
  fit.mechanism = "relu";
  fit.identified = true;
  fit.weights = matrix({{0, -0.8, 0.1}, {0, 0, 0.4}, {0, 0, 0}});
  fit.graph = fit.weights;
  fit.labels = {{"L0", 1, 0.9, -2}, {"L1", 2, 0.9, 2}, {"L2", 0, 0.9, 2}};
  fit.threshold = 0.2;
  return fit;
}

}  // namespace gracevae::impl::test
