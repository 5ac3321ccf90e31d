#include "evaluate/strata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.hpp"

namespace gracevae::impl {

using Json = nlohmann::ordered_json;

Split split_within(const Split& split, const StratumScreen& within) {
  Split result;
  for (std::size_t cell = 0; cell < within.row.size(); ++cell)
    if (within.row[cell] >= 0) result.fold.push_back(split.fold[cell]);
  result.paired_control.assign(result.fold.size(), -1);  // predictions name their control cells
  return result;
}

Prediction prediction_within(const Screen& screen, const Prediction& prediction, std::int32_t stratum,
                             const StratumScreen& within) {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < prediction.cells.size(); ++i)
    if (screen.covariates.stratum(prediction.cells[i]) == stratum) places.push_back(static_cast<std::int64_t>(i));
  Prediction result{prediction.condition, {}, {}, Matrix<float>(std::ssize(places), prediction.values.n_cols)};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto place = static_cast<std::size_t>(places[i]);
    const std::int64_t control = prediction.controls[place];
    if (screen.covariates.stratum(control) != stratum)
      throw InputError({.place = fmt::format("predictions of '{}'", prediction.condition),
                        .found = fmt::format("cell '{}' is of {}, its control cell '{}' of {}",
                                             screen.cells[static_cast<std::size_t>(prediction.cells[place])],
                                             screen.covariates.stratum_name(stratum),
                                             screen.cells[static_cast<std::size_t>(control)],
                                             screen.covariates.stratum_name(screen.covariates.stratum(control)))},
                       "predict every cell from a control cell of its own stratum");
    result.cells.push_back(within.row[static_cast<std::size_t>(prediction.cells[place])]);
    result.controls.push_back(within.row[static_cast<std::size_t>(control)]);
    std::ranges::copy(prediction.values.row(places[i]), result.values.row(static_cast<std::int64_t>(i)).begin());
  }
  if (const auto found = prediction.expected_in.find(screen.covariates.stratum_name(stratum));
      found != prediction.expected_in.end())
    result.expected = found->second;
  return result;
}

namespace {

/// Sums of a metric over strata, weighted by cells.
struct Weighted {
  double sum = 0, weight = 0;
};

/// A row in the making.
struct MergedRow {
  Json first;  ///< the row of the first stratum
  double n_cells = 0;
  std::vector<std::string> order;
  std::map<std::string, Weighted> metrics;
};

}  // namespace

Json merged_conditions(const Json& within, std::int64_t min_test_cells) {
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<std::string, std::map<std::string, std::int64_t>> test_cells;  // by condition and stratum
  std::map<Key, std::size_t> place;
  std::vector<MergedRow> rows;
  for (const Json& row : within) {
    const std::string condition = row.at("condition");
    const std::int64_t n = row.at("n_test_cells");
    test_cells[condition][row.at("within")] = n;
    const auto [found, is_new] = place.emplace(Key{condition, row.at("gene_set"), row.at("method")}, rows.size());
    if (is_new) rows.emplace_back().first = row;
    MergedRow& merged = rows[found->second];
    merged.n_cells += row.at("n_cells").get<double>();
    for (const auto& [metric, value] : row.at("metrics").items()) {
      if (!merged.metrics.contains(metric)) merged.order.push_back(metric);
      Weighted& sum = merged.metrics[metric];
      if (!value.is_number()) continue;
      sum.sum += static_cast<double>(n) * value.get<double>();
      sum.weight += static_cast<double>(n);
    }
  }
  Json result = Json::array();
  for (MergedRow& row : rows) {
    std::int64_t n = 0;
    for (const auto& entry : test_cells.at(row.first.at("condition"))) n += entry.second;
    row.first.erase("within");
    row.first["n_test_cells"] = n;
    row.first["averaged"] = n >= min_test_cells;
    row.first["n_cells"] = static_cast<std::int64_t>(row.n_cells);
    Json metrics = Json::object();
    for (const std::string& metric : row.order) {
      const Weighted& sum = row.metrics.at(metric);
      metrics[metric] = sum.weight > 0 ? Json(sum.sum / sum.weight) : Json();
    }
    row.first["metrics"] = std::move(metrics);
    result.push_back(std::move(row.first));
  }
  return result;
}

}  // namespace gracevae::impl
