#pragma once
/// @file Whether the effects of pairs add up: what the model predicts beside what the screen's cells say, and the
/// field's names for what does not.
#include <optional>
#include <string>
#include <vector>

#include "explain/programs.hpp"

namespace gracevae::impl {

struct Interaction {
  std::vector<std::string> targets;
  PairNumbers predicted;
  std::optional<MeasuredPair> measured;
  /// False discovery rate at which the pair is called (Benjamini and Hochberg, over the pairs that are listed and have
  /// an estimate); NaN without one.
  double q = std::numeric_limits<double>::quiet_NaN();
  std::string type;  ///< interaction_type; "" without an estimate
  /// Whose predicted effect deviates most from the sum: δ_ab − δ_a − δ_b in `effect`, δ_ab in `total`.
  std::vector<ExplainedGene> genes;
};

/// The field's name for a pair (after Norman et al. 2019), by the first rule that holds (docs/explain.md):
/// q above max_q: additive; c_a, c_b or fit not known: unclassified; fit below 0.7: neomorphic; singles alike
/// (similarity at least 0.8) and the double 0.75 to 1.25 times the stronger one: redundancy; magnitude below 0.7:
/// suppression; singles that are two directions, and one coefficient below a third of the other: epistasis; magnitude
/// above √2: synergy; else buffering.
std::string interaction_type(const PairEstimate& estimate, double q, double max_q);

/// Of Responses::pairs, those with the smallest p first, then those without an estimate, the largest predicted
/// deviation first.
/// @param max_q ExplainOptions::interaction_rate
std::vector<Interaction> interactions_of(const Responses& responses, double max_q);

/// Columns of the numbers, each with a tab before it: names with a prefix, and values ("NA" for what is not known).
std::string number_columns(const std::string& prefix);
std::string number_columns(const PairNumbers& numbers);
/// Columns of what was measured.
std::string measured_columns();
std::string measured_columns(const Interaction& pair);

/// A row a pair.
std::string interactions_tsv(const std::vector<Interaction>& interactions);
/// How many pairs are of which type, for the screen; "" without pairs.
std::string interactions_text(const std::vector<Interaction>& interactions, double max_q);

}  // namespace gracevae::impl
