#include "evaluate/unseen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/nearest.hpp"
#include "effects/pair_model.hpp"
#include "evaluate/scorer.hpp"
#include "io/table.hpp"
#include "screen/differential.hpp"
#include "screen/shift_model.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> kStrata{"unseen-single", "seen-1", "seen-0", "seen-2"};
const std::vector<double> kLevels{0.8, 0.9, 0.95};
constexpr double kKept[] = {0.25, 0.5, 0.75, 1};
constexpr const char* kTrainingMean = "mean-shift";
constexpr const char* kCeiling = "noise-free";

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::vector<std::string> sorted(std::vector<std::string> targets) {
  std::ranges::sort(targets);
  return targets;
}

/// Test cells as training cells, the others unused.
Split tested_of(const Split& split) {
  Split tested = split;
  for (Fold& fold : tested.fold) fold = fold == Fold::test ? Fold::train : Fold::unused;
  return tested;
}

/// A method's scores on all genes, by label of the averaged conditions that have a number.
std::map<std::string, double> values_of(const Json& conditions, const std::string& method, const std::string& metric) {
  std::map<std::string, double> values;
  for (const Json& row : conditions) {
    if (row.at("gene_set") != "all" || row.at("method") != method || !row.at("averaged")) continue;
    if (const auto found = row.at("metrics").find(metric); found != row.at("metrics").end() && found->is_number())
      values[row.at("condition")] = found->get<double>();
  }
  return values;
}

}  // namespace

GapClosed gap_closed(const Json& conditions, const std::string& method, const std::set<std::string>& labels) {
  const auto of_method = values_of(conditions, method, "r2.corrected"),
             of_mean = values_of(conditions, kTrainingMean, "r2.corrected"),
             ceiling = values_of(conditions, kCeiling, "r2.corrected");
  std::vector<std::pair<double, double>> gaps;  // closed, whole
  double closed = 0, whole = 0;
  for (const auto& [label, value] : of_method) {
    if (!labels.contains(label) || !of_mean.contains(label) || !ceiling.contains(label)) continue;
    gaps.emplace_back(value - of_mean.at(label), ceiling.at(label) - of_mean.at(label));
    closed += gaps.back().first;
    whole += gaps.back().second;
  }
  GapClosed result{std::ssize(gaps), closed / whole, std::numeric_limits<double>::quiet_NaN()};
  if (gaps.size() < 2) return result;
  std::vector<double> without;
  for (const auto& [part, of_whole] : gaps) without.push_back((closed - part) / (whole - of_whole));
  const auto n = static_cast<double>(gaps.size());
  result.error = sample_sd(without) * (n - 1) / std::sqrt(n);
  return result;
}

UnseenScores::UnseenScores(const Screen& screen, const Split& split, const std::vector<Prediction>& predictions,
                           const EffectSources& sources)
    : screen_(screen), predictions_(predictions), tested_(tested_of(split)) {
  std::optional<EffectOptions> known;
  const auto options = [&]() -> const EffectOptions& {
    if (!known) known = sources();
    return *known;
  };
  std::int64_t n_pairs = 0;
  for (const Regime& regime : screen.regimes)
    n_pairs += regime.targets.size() == 2 && count_cells(split, regime, Fold::train) > 0;
  std::vector<std::vector<std::string>> asked;
  for (const Prediction& prediction : predictions) {
    const std::int32_t index = regime_named(screen, prediction.condition);
    const std::string stratum = stratum_of(screen, split, index);
    const auto& targets = screen.regimes[static_cast<std::size_t>(index)].targets;
    if (std::ranges::find(kStrata, stratum) == kStrata.end()) continue;
    const bool seen = stratum == "seen-2";
    if (seen && (!sources || n_pairs < PairModel::kFewestForProcess)) continue;
    conditions_of_[stratum].push_back(prediction.condition);
    if (targets.size() <= 2 && sources && (seen || names_sources(options()))) asked.push_back(targets);
  }
  if (asked.empty()) return;
  effects_ = effects_of_conditions(screen, split, options(), asked, kLevels);
  for (const auto& [targets, effect] : effects_.of) {
    shifts_["effects"][targets] = effect.said.effect;
    if (std::ranges::all_of(targets,
                            [&](const std::string& target) { return !training_cells(screen, split, target).empty(); }))
      continue;
    shifts_["nearest-10"][targets] = effect.nearest;
    if (!effect.transferred.empty()) shifts_["transfer"][targets] = effect.transferred;
  }
}

/// Which share of effects, as the test cells show them, lies in its interval: of a target widened by their own error,
/// which a pair's interval holds (PairModel leaves it to what is each pair's own).
Json UnseenScores::coverage(const std::vector<std::string>& conditions) const {
  const TrainedShifts observed = trained_shifts(screen_, tested_);
  struct Counts {
    double n = 0, covered = 0, width = 0, around_mean = 0;
  };
  std::map<std::pair<std::string, std::size_t>, Counts> counts;
  for (const TrainedCondition& condition : observed.conditions) {
    const std::string label = label_of(condition.targets);
    const auto found = effects_.of.find(sorted(condition.targets));
    if (found == effects_.of.end() || std::ranges::find(conditions, label) == conditions.end()) continue;
    const EffectPrediction& said = found->second.said;
    const auto& regime = screen_.regimes[static_cast<std::size_t>(regime_named(screen_, label))];
    const bool is_pair = condition.targets.size() > 1;
    const std::vector<double> own_error =
        MeanOfCells(screen_, cells_in_fold(regime, tested_, Fold::train)).squared_error;
    for (std::size_t g = 0; g < condition.shift.size(); ++g) {
      if (!std::isfinite(said.error[g])) continue;
      for (std::size_t level = 0; level < kLevels.size(); ++level) {
        const double half = said.half_width(g, level), factor = half / said.error[g];
        const double observed_half = std::sqrt(half * half + (is_pair ? 0 : factor * factor * own_error[g]));
        for (const char* genes : {"all", "varying"}) {
          if (genes != std::string_view("all") && !effects_.varying[g]) continue;
          Counts& of_genes = counts[{genes, level}];
          of_genes.n += 1;
          of_genes.covered += std::abs(said.effect[g] - condition.shift[g]) <= observed_half ? 1 : 0;
          of_genes.width += half;
          of_genes.around_mean += effects_.around_mean(static_cast<std::int64_t>(level), static_cast<std::int64_t>(g));
        }
      }
    }
  }
  Json rows = Json::array();
  for (const auto& [key, of_genes] : counts)
    rows.push_back({{"genes", key.first},
                    {"level", kLevels[key.second]},
                    {"covered", of_genes.covered / of_genes.n},
                    {"width", number(of_genes.width / of_genes.around_mean)}});
  return rows;
}

Json UnseenScores::scores(const Json& conditions) const {
  if (conditions_of_.empty()) return {};
  Json strata = Json::array();
  for (const std::string& stratum : kStrata) {
    const auto found = conditions_of_.find(stratum);
    if (found == conditions_of_.end()) continue;
    const std::set<std::string> labels(found->second.begin(), found->second.end());
    Json methods = Json::array();
    for (const std::string& method : score_methods()) {
      if (method == kTrainingMean || method == kCeiling || method == "training-mean") continue;
      const GapClosed gap = gap_closed(conditions, method, labels);
      if (gap.n == 0) continue;
      std::vector<double> pds;
      for (const auto& [label, value] : values_of(conditions, method, "vcc.pds"))
        if (labels.contains(label)) pds.push_back(value);
      methods.push_back({{"method", method},
                         {"n", gap.n},
                         {"gap_closed", number(gap.value)},
                         {"error", number(gap.error)},
                         {"pds", number(mean_of(pds))}});
    }
    Json row = {{"stratum", stratum}, {"n_conditions", labels.size()}, {"methods", std::move(methods)}};
    std::vector<std::pair<double, std::string>> by_rho;
    std::int64_t n_abstained = 0;
    double sum = 0;
    for (const std::string& label : found->second) {
      const auto& targets = screen_.regimes[static_cast<std::size_t>(regime_named(screen_, label))].targets;
      const auto effect = effects_.of.find(sorted(targets));
      if (effect == effects_.of.end()) continue;
      by_rho.emplace_back(effect->second.said.rho, label);
      n_abstained += effect->second.said.abstained ? 1 : 0;
      sum += effect->second.said.rho;
    }
    if (!by_rho.empty()) {
      std::ranges::stable_sort(by_rho, [](const auto& a, const auto& b) { return a.first > b.first; });
      row["rho"] = sum / static_cast<double>(by_rho.size());
      row["abstained"] = n_abstained;
      row["coverage"] = coverage(found->second);
      Json risk = Json::array();
      for (const double share : kKept) {
        const auto n = static_cast<std::size_t>(std::ceil(share * static_cast<double>(by_rho.size())));
        std::set<std::string> kept;
        for (std::size_t i = 0; i < n; ++i) kept.insert(by_rho[i].second);
        Json entry = {{"kept", share}, {"n", n}, {"rho", by_rho[n - 1].first}, {"risk", Json::object()}};
        for (const char* method : {"effects", "model"})
          if (const GapClosed gap = gap_closed(conditions, method, kept); gap.n > 0)
            entry["risk"][method] = number(1 - gap.value);
        risk.push_back(std::move(entry));
      }
      row["risk"] = std::move(risk);
    }
    strata.push_back(std::move(row));
  }
  Json sources = Json::array();
  for (const SourceRecord& source : effects_.sources)
    sources.push_back({{"name", source.name}, {"kind", source.kind}, {"known", source.n_known}});
  return {{"n_singles", effects_.n_singles},
          {"n_pairs", effects_.n_pairs},
          {"pair_scale", effects_.scale},
          {"sources", std::move(sources)},
          {"strata", std::move(strata)}};
}

namespace {

std::string text_of(const Json& value) { return value.is_number() ? fmt::format("{:.3f}", value.get<double>()) : "-"; }

std::string intervals_text(const Json& stratum) {
  Table table{{"intervals", "genes", "covered", "width"}, {}};
  for (const Json& row : stratum.at("coverage"))
    table.rows.push_back({fmt::format("{:.0f} %", 100 * row.at("level").get<double>()), row.at("genes"),
                          text_of(row.at("covered")), text_of(row.at("width"))});
  return table.rows.empty() ? "" : to_text(table) + "\n";
}

std::string risk_text(const Json& stratum) {
  Table table{{"kept", "n", "least rho"}, {}};
  for (const auto& [method, value] : stratum.at("risk").front().at("risk").items())
    table.columns.push_back("gap left, " + method);
  for (const Json& row : stratum.at("risk")) {
    table.rows.push_back({fmt::format("{:.0f} %", 100 * row.at("kept").get<double>()),
                          std::to_string(row.at("n").get<std::int64_t>()), text_of(row.at("rho"))});
    for (const auto& [method, value] : row.at("risk").items()) table.rows.back().push_back(text_of(value));
  }
  return to_text(table) + "\n";
}

}  // namespace

std::string unseen_text(const Json& unseen) {
  if (unseen.is_null()) return "";
  std::string text;
  for (const Json& stratum : unseen.at("strata")) {
    Table table{{"method", "n", "gap closed", "±", "PDS"}, {}};
    for (const Json& row : stratum.at("methods"))
      table.rows.push_back({row.at("method"), std::to_string(row.at("n").get<std::int64_t>()),
                            text_of(row.at("gap_closed")), text_of(row.at("error")), text_of(row.at("pds"))});
    if (table.rows.empty()) continue;
    text += fmt::format(
        "Stratum {}: share of the gap from the training mean (mean-shift) to noise-free, R2, all genes\n{}\n",
        stratum.at("stratum").get<std::string>(), to_text(table));
    if (!stratum.contains("risk")) continue;
    text += fmt::format("Effects: expected cosine {:.3f}, {} of {} abstained\n{}{}", stratum.at("rho").get<double>(),
                        stratum.at("abstained").get<std::int64_t>(), stratum.at("n_conditions").get<std::int64_t>(),
                        intervals_text(stratum), risk_text(stratum));
  }
  return text;
}

}  // namespace gracevae::impl
