#pragma once
/// @file The mean of a condition's counterfactual cells.
#include <cstdint>
#include <string>
#include <vector>

#include "predict/loaded_run.hpp"

namespace gracevae::impl {

struct ExpectedMean {
  std::vector<double> mean;  ///< [genes]
  std::int64_t n_cells = 0;  ///< control cells that it is over
};

/// Mean over control cells, drawn in a seeded order and generated as predict() does, until the squared error of the
/// mean, summed over genes, is at most a hundredth of `observed_error` (that of the cells it will be compared with), or
/// all control cells are in. Where ŷ − x varies less over cells than ŷ (models that keep a cell's residual), the mean
/// is that of all control cells plus the mean of ŷ − x.
/// @test tests/unit/predict/expected_mean_test.cpp
ExpectedMean expected_mean(const LoadedRun& run, const std::vector<std::string>& targets, double observed_error,
                           std::uint64_t stream);

}  // namespace gracevae::impl
