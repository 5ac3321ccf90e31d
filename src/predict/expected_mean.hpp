#pragma once
/// @file The mean of a condition's counterfactual cells.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "predict/generated_cells.hpp"

namespace gracevae::impl {

struct ExpectedMean {
  std::vector<double> mean;  ///< [genes]
  std::int64_t n_cells = 0;  ///< control cells that it is over
};

/// Mean over these control cells, drawn in a seeded order and generated as predict() does, until the squared error of
/// the mean, summed over genes, is at most a hundredth of `observed_error` (that of the cells it will be compared
/// with), or all of them are in. Where ŷ − x varies less over cells than ŷ (models that keep a cell's residual), the
/// mean is that of all of them plus the mean of ŷ − x.
/// @test tests/unit/predict/expected_mean_test.cpp
ExpectedMean expected_mean(const LoadedRun& run, const std::vector<std::string>& targets,
                           std::vector<std::int64_t> controls, double observed_error, std::uint64_t stream);

/// By name of stratum: over the control cells of each stratum that has test cells of the condition, and as "" their
/// mean, weighted by the test cells. Without strata "" alone, over all control cells.
std::map<std::string, ExpectedMean> expected_means(const LoadedRun& run, const AskedCondition& condition,
                                                   std::uint64_t stream);

}  // namespace gracevae::impl
