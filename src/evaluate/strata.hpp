#pragma once
/// @file Scores within strata of covariates, put together.
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluate/evaluate.hpp"
#include "screen/stratum_screen.hpp"

namespace gracevae::impl {

/// The folds of the stratum's cells.
Split split_within(const Split& split, const StratumScreen& within);

/// The part of a prediction whose test cells are in the stratum, in rows of its screen. @throws InputError a cell whose
/// control cell is of another stratum.
Prediction prediction_within(const Screen& screen, const Prediction& prediction, std::int32_t stratum,
                             const StratumScreen& within);

/// Rows of "conditions" from those of every stratum: of a condition, gene set and method, the mean of each metric over
/// the strata that have it, weighted by their test cells. `averaged` where all test cells together are enough.
/// @test tests/unit/evaluate/strata_test.cpp
nlohmann::ordered_json merged_conditions(const nlohmann::ordered_json& within, std::int64_t min_test_cells);

}  // namespace gracevae::impl
