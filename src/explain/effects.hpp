#pragma once
/// @file Counterfactual queries as tables: effects of conditions on genes, over cells and over runs.
#include <string>
#include <vector>

#include "explain/interactions.hpp"

namespace gracevae::impl {

/// Half the width of the two-sided 95 % interval of a mean over n values with standard deviation sd (Student's t); NaN
/// for one value.
double mean_interval(double sd, std::int64_t n);

/// A row a condition and gene, the surest first (surest_first): condition, gene, control (mean of the control cells),
/// effect (mean over cells and runs), se (standard error by the screen's cells, NA where not known), sd, low and high
/// (over cells), these of one run or their means over runs; n_runs, and sd_runs, low_runs, high_runs (over the means of
/// the runs, within the values that cells can have; NA for one run). Conditions that a run was not asked for are left
/// out.
/// @throws InputError the runs have different genes.
/// @test tests/unit/explain/effects_test.cpp
std::string effects_tsv(const std::vector<Responses>& runs, const std::vector<std::vector<std::string>>& conditions);

/// A row a pair of the conditions, both of whose effects are there: the predicted numbers of Interaction and their
/// errors, means over runs, with the standard deviation over runs of two of them (NA for one run), and what was
/// measured, as the first run that has the pair split it; called at ExplainOptions::interaction_rate's default, over
/// these pairs.
std::string interactions_tsv(const std::vector<Responses>& runs,
                             const std::vector<std::vector<std::string>>& conditions);

}  // namespace gracevae::impl
