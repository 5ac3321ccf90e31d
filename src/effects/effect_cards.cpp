#include "effects/effect_cards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "run/json_file.hpp"

namespace gracevae::impl {

using Json = nlohmann::ordered_json;

namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json shares_of(const std::vector<std::pair<std::string, double>>& list) {
  Json result = Json::array();
  for (const auto& [name, value] : list) result.push_back({{"name", name}, {"value", value}});
  return result;
}

/// The genes of largest effect.
Json strongest(const EffectPrediction& said, const std::vector<std::string>& genes) {
  std::vector<std::size_t> order(genes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto end =
      order.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(EffectCards::kGenes, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(-std::abs(said.effect[a]), a) < std::pair(-std::abs(said.effect[b]), b);
  });
  Json result = Json::array();
  for (auto g = order.begin(); g != end; ++g) {
    const double effect = said.effect[*g], half = said.half_width(*g);
    result.push_back(
        {{"gene", genes[*g]}, {"effect", effect}, {"low", number(effect - half)}, {"high", number(effect + half)}});
  }
  return result;
}

}  // namespace

EffectCards::EffectCards(std::string source, double level, const std::vector<std::string>& genes)
    : source_(std::move(source)), level_(level), genes_(genes) {}

void EffectCards::keep_best() {
  std::ranges::stable_sort(pairs_, [](const Json& a, const Json& b) {
    const auto key = [](const Json& card) {
      const auto& rate = card.at("false_rate");
      return std::pair(rate.is_number() ? rate.get<double>() : 1.0, -card.at("rho").get<double>());
    };
    return key(a) < key(b);
  });
  if (pairs_.size() > kMostCards) pairs_.resize(kMostCards);
}

void EffectCards::add(const std::string& condition, const EffectPrediction& said, const Further& further) {
  const bool is_pair = condition.find('+') != std::string::npos;
  ++(is_pair ? n_pairs_ : n_singles_);
  if (!is_pair && singles_.size() >= kMostCards) return;
  Json card = {{"condition", condition},
               {"measured", said.measured},
               {"abstained", said.abstained},
               {"rho", said.rho},
               {"bound", said.bound},
               {"false_rate", number(further.false_rate)},
               {"interaction", number(further.interaction)},
               {"sources", shares_of(further.sources)},
               {"nearest", shares_of(further.nearest)},
               {"genes", strongest(said, genes_)}};
  (is_pair ? pairs_ : singles_).push_back(std::move(card));
  if (pairs_.size() >= 2 * kMostCards) keep_best();
}

Json EffectCards::json() {
  keep_best();
  return {{"format", kEffectsFormat}, {"source", source_},   {"level", level_}, {"n_singles", n_singles_},
          {"n_pairs", n_pairs_},      {"singles", singles_}, {"pairs", pairs_}};
}

Json read_effect_cards(const std::filesystem::path& folder) {
  const auto file = effects_record(folder);
  if (!std::filesystem::exists(file)) return {};
  return read_result(file, kEffectsFormat, "gracevae effects RUN --all-pairs");
}

std::string shares_text(const Json& list) {
  std::string text;
  for (const Json& entry : list)
    text += fmt::format("{}{} {:.2f}", text.empty() ? "" : ", ", entry.at("name").get<std::string>(),
                        entry.at("value").get<double>());
  return text;
}

std::string gene_effect_text(const Json& gene) {
  std::string text = fmt::format("{} {:+.2g}", gene.at("gene").get<std::string>(), gene.at("effect").get<double>());
  if (gene.at("low").is_number())
    text += fmt::format(" [{:.2g}, {:.2g}]", gene.at("low").get<double>(), gene.at("high").get<double>());
  return text;
}

std::string cards_text(const Json& record, std::size_t most) {
  std::string text;
  std::size_t n = 0;
  for (const char* kind : {"singles", "pairs"})
    for (const Json& card : record.at(kind)) {
      if (n++ >= most) return text;
      text += card.at("condition").get<std::string>();
      if (card.at("measured").get<bool>())
        text += ": measured";
      else if (card.at("abstained").get<bool>())
        text += std::string(": abstained, ") +
                (card.at("interaction").is_number() ? "c times the sum of its targets" : "the mean of the measured");
      else
        text += fmt::format(": expected cosine {:.2f}, nine of ten reach {:.2f}", card.at("rho").get<double>(),
                            card.at("bound").get<double>());
      if (card.at("interaction").is_number())
        text += fmt::format("; deviates by {:.2f} of the sum", card.at("interaction").get<double>());
      if (card.at("false_rate").is_number())
        text += fmt::format(", false discovery rate {:.2f}", card.at("false_rate").get<double>());
      if (!card.at("sources").empty()) text += "\n  sources  " + shares_text(card.at("sources"));
      if (!card.at("nearest").empty()) text += "\n  nearest  " + shares_text(card.at("nearest"));
      std::string genes;
      for (const Json& gene : card.at("genes")) genes += (genes.empty() ? "" : ", ") + gene_effect_text(gene);
      text += "\n  genes    " + genes + "\n";
    }
  return text;
}

}  // namespace gracevae::impl
