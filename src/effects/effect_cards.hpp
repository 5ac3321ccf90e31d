#pragma once
/// @file What people read of predicted conditions: a card each, kept in effects.json (docs/formats-scores.md).
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "effects/effect_model.hpp"

namespace gracevae::impl {

inline constexpr const char* kEffectsFormat = "gracevae-effects/1";

/// Where `effects` and `design` put what they say of a run.
inline std::filesystem::path effects_folder(const std::filesystem::path& run) { return run / "effects"; }
inline std::filesystem::path effects_record(const std::filesystem::path& folder) { return folder / "effects.json"; }
inline std::filesystem::path plan_file(const std::filesystem::path& folder) { return folder / "plan.tsv"; }

/// Cards of singles in the order in which they come, at most kMostCards, and of as many pairs: those with the smallest
/// false rate, then the largest expected cosine.
class EffectCards {
 public:
  static constexpr std::size_t kMostCards = 200, kGenes = 10;

  EffectCards(std::string source, double level, const std::vector<std::string>& genes);
  /// Names with share or similarity; `interaction` and `false_rate` (FalseRates): NaN for singles.
  struct Further {
    std::vector<std::pair<std::string, double>> sources, nearest;
    double interaction, false_rate;
  };
  void add(const std::string& condition, const EffectPrediction& said, const Further& further);
  nlohmann::ordered_json json();

 private:
  void keep_best();

  std::string source_;
  double level_;
  const std::vector<std::string>& genes_;
  std::size_t n_singles_ = 0, n_pairs_ = 0;
  std::vector<nlohmann::ordered_json> singles_, pairs_;
};

/// effects.json of a folder; null without one. @throws InputError another format
nlohmann::ordered_json read_effect_cards(const std::filesystem::path& folder);

/// A few lines a condition, of at most `most`.
std::string cards_text(const nlohmann::ordered_json& record, std::size_t most = 10);
/// "STRING 0.61, Reactome 0.39", of a card's sources or nearest.
std::string shares_text(const nlohmann::ordered_json& list);
/// "HBG1 +0.52 [0.31, 0.73]"; without an interval the effect alone.
std::string gene_effect_text(const nlohmann::ordered_json& gene);

}  // namespace gracevae::impl
