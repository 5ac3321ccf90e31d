#pragma once
/// @file Counterfactual cells in memory: which conditions, from which control cells, and what the model makes of them.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "predict/loaded_run.hpp"

namespace gracevae::impl {

/// One condition to generate: a control cell for every generated cell, and the test cell it stands for (−1: none was
/// observed).
struct AskedCondition {
  std::vector<std::string> targets;
  std::vector<std::int64_t> controls, cells;
};

/// Those with test cells that the model can place, in the screen's order. InputError for none.
std::vector<AskedCondition> test_conditions(const RunData& data);
/// Control cells in strata that have all of these levels of covariates; all of them for none. InputError: a level that
/// no stratum has, strata without control cells.
std::vector<std::int64_t> controls_in(const Screen& screen, const std::vector<std::string>& levels);
/// Conditions by their labels, each from all control cells in these levels, or `n_cells` of them in a seeded order.
/// InputError: a target without a place (nearest names); as controls_in.
std::vector<AskedCondition> asked_conditions(const RunData& data, const std::vector<std::string>& labels,
                                             std::int64_t n_cells, std::uint64_t seed,
                                             const std::vector<std::string>& levels = {});
/// A trained label as it stands, else targets between plus signs.
std::vector<std::string> targets_of_word(const std::string& label, const Screen& screen);

struct GeneratedCells {
  Matrix<float> values;    ///< [controls, genes]
  Matrix<float> mu, z, u;  ///< [controls, d]; empty for models without latents
};

/// Control cells passed through the model under an intervention, in batches of the run's batch size, the pathway noise
/// drawn for each batch, as in the published evaluation. Random streams: (seed, "predict", index, first of the batch).
/// @paper GraCE-VAE (counterfactual prediction), appendix D (generated cells)
GeneratedCells generate_cells(const LoadedRun& run, const std::vector<std::string>& targets,
                              std::span<const std::int64_t> controls, std::uint64_t index);

}  // namespace gracevae::impl
