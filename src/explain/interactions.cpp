#include "explain/interactions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "screen/differential.hpp"
#include "stats/multiple_testing.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kInteractionGenes = 20;
constexpr std::size_t kGenesNamed = 10;

/// The norms of the three effects stand in tables without their errors.
constexpr std::size_t kWithoutErrors = 3;

/// The genes that deviate most from the sum.
std::vector<ExplainedGene> deviating_genes(const Responses& responses, const std::vector<std::string>& targets) {
  const auto effect_of = [&](const std::vector<std::string>& wanted) {
    return std::find_if(responses.effects.begin(), responses.effects.end(),
                        [&](const GeneEffects& effect) { return effect.targets == wanted; });
  };
  const auto a = effect_of({targets[0]}), b = effect_of({targets[1]}), ab = effect_of(targets);
  std::vector<double> deviation(ab->mean.size());
  for (std::size_t g = 0; g < deviation.size(); ++g) deviation[g] = ab->mean[g] - a->mean[g] - b->mean[g];
  std::vector<ExplainedGene> genes;
  for (const std::int32_t column : top_genes(deviation, kInteractionGenes)) {
    const auto g = static_cast<std::size_t>(column);
    if (deviation[g] != 0)
      genes.push_back({.gene = responses.genes[g], .effect = deviation[g], .sd = ab->sd[g], .total = ab->mean[g]});
  }
  return genes;
}

bool has_estimate(const Interaction& pair) { return pair.measured && pair.measured->estimate; }

/// Sets q and type of those that have an estimate.
void call(double max_q, std::vector<Interaction>& pairs) {
  std::vector<Interaction*> tested;
  std::vector<double> p_values;
  for (Interaction& pair : pairs)
    if (has_estimate(pair)) {
      tested.push_back(&pair);
      p_values.push_back(pair.measured->estimate->p);
    }
  const std::vector<double> q = benjamini_hochberg(p_values);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    tested[i]->q = q[i];
    tested[i]->type = interaction_type(*tested[i]->measured->estimate, q[i], max_q);
  }
}

}  // namespace

std::string interaction_type(const PairEstimate& estimate, double q, double max_q) {
  constexpr double kLeastFit = 0.7, kAlike = 0.8, kAsOneLow = 0.75, kAsOneHigh = 1.25, kSuppressed = 0.7, kUnequal = 3;
  if (q > max_q) return "additive";
  const PairNumbers& numbers = estimate.numbers;
  const double c_a = std::abs(numbers.c_a.value), c_b = std::abs(numbers.c_b.value),
               magnitude = numbers.magnitude.value,
               as_one = numbers.norm_ab.value / std::max(numbers.norm_a.value, numbers.norm_b.value);
  if (std::isnan(magnitude) || std::isnan(numbers.fit.value)) return "unclassified";
  if (numbers.fit.value < kLeastFit) return "neomorphic";
  if (estimate.similarity >= kAlike && as_one >= kAsOneLow && as_one <= kAsOneHigh) return "redundancy";
  if (magnitude < kSuppressed) return "suppression";
  if (std::abs(estimate.similarity) < kSameDirection && kUnequal * std::min(c_a, c_b) < std::max(c_a, c_b))
    return "epistasis";
  return magnitude > std::numbers::sqrt2 ? "synergy" : "buffering";
}

std::vector<Interaction> interactions_of(const Responses& responses, double max_q) {
  std::vector<Interaction> result;
  for (const PairEffects& pair : responses.pairs)
    result.push_back({pair.targets, pair.predicted, pair.measured, std::numeric_limits<double>::quiet_NaN(), "",
                      deviating_genes(responses, pair.targets)});
  call(max_q, result);
  const auto key = [](const Interaction& pair) {
    return std::pair(has_estimate(pair) ? pair.measured->estimate->p : 2, -pair.predicted.norm_deviation.value);
  };
  std::stable_sort(result.begin(), result.end(), [&](const auto& x, const auto& y) { return key(x) < key(y); });
  return result;
}

std::string number_columns(const std::string& prefix) {
  std::string text;
  for (std::size_t i = 0; i < kPairNumberNames.size(); ++i) {
    text += fmt::format("\t{}{}", prefix, kPairNumberNames[i]);
    if (i >= kWithoutErrors) text += fmt::format("\t{}{}_se", prefix, kPairNumberNames[i]);
  }
  return text;
}

std::string number_columns(const PairNumbers& numbers) {
  std::string text;
  for (std::size_t i = 0; i < kPairNumbers.size(); ++i) {
    const Measured& number = numbers.*kPairNumbers[i];
    text += "\t" + number_or_na(number.value);
    if (i >= kWithoutErrors) text += "\t" + number_or_na(number.error);
  }
  return text;
}

std::string measured_columns() {
  return number_columns("measured_") + "\tsimilarity\tcells_a\tcells_b\tcells_ab\tfold\tp\tq\ttype\tnote";
}

std::string measured_columns(const Interaction& pair) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const PairEstimate nothing{{}, kUnknown, kUnknown, kUnknown, kUnknown};
  const PairEstimate& estimate = has_estimate(pair) ? *pair.measured->estimate : nothing;
  std::string text = number_columns(estimate.numbers) + "\t" + number_or_na(estimate.similarity);
  if (pair.measured)
    text += fmt::format("\t{}\t{}\t{}\t{}", pair.measured->n_a, pair.measured->n_b, pair.measured->n_ab,
                        pair.measured->trained ? "train" : "test");
  else
    text += "\tNA\tNA\tNA\tNA";
  return text + fmt::format("\t{}\t{}\t{}\t{}", number_or_na(estimate.p), number_or_na(pair.q),
                            pair.type.empty() ? "NA" : pair.type,
                            pair.measured ? pair.measured->why : "not in the screen");
}

std::string interactions_tsv(const std::vector<Interaction>& interactions) {
  std::string text = "pair" + number_columns("") + measured_columns() + "\tgenes\n";
  for (const Interaction& pair : interactions) {
    std::vector<std::string> genes;
    for (std::size_t i = 0; i < std::min(pair.genes.size(), kGenesNamed); ++i) genes.push_back(pair.genes[i].gene);
    text += fmt::format("{}{}{}\t{}\n", label_of(pair.targets), number_columns(pair.predicted), measured_columns(pair),
                        fmt::join(genes, ","));
  }
  return text;
}

std::string interactions_text(const std::vector<Interaction>& interactions, double max_q) {
  std::map<std::string, std::int64_t> n_of;
  std::int64_t n_tested = 0, n_called = 0;
  for (const Interaction& pair : interactions) {
    if (!has_estimate(pair)) continue;
    ++n_tested;
    if (pair.type == "additive") continue;
    ++n_called;
    ++n_of[pair.type];
  }
  if (interactions.empty()) return "";
  if (n_tested == 0) return "Interactions: no pair has enough cells to test.\n";
  std::vector<std::string> types;
  for (const auto& [type, n] : n_of) types.push_back(fmt::format("{} {}", n, type));
  return fmt::format("Interactions: {} of {} tested pairs do not add up, at a false discovery rate of {:g}{}{}.\n",
                     n_called, n_tested, max_q, types.empty() ? "" : ": ", fmt::join(types, ", "));
}

}  // namespace gracevae::impl
