#include "evaluate/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>

#include "io/anndata.hpp"
#include "io/table.hpp"

namespace gracevae {

namespace {

using Json = nlohmann::ordered_json;
constexpr int kDraws = 1000;

/// Labels of both, as (true latent, its shift, fitted label).
template <class Work>
void for_each_shared_label(const KnownGraph& truth, const LearnedGraph& fit, const Work& work) {
  std::map<std::string, const KnownGraph::Label*> known;
  for (const auto& label : truth.labels)
    if (label.latents.size() == 1) known[label.label] = &label;
  for (const auto& label : fit.labels)
    if (const auto found = known.find(label.label); found != known.end())
      work(found->second->latents.front(), found->second->shifts.front(), label);
}

bool is_edge(double weight, double threshold) { return weight != 0 && std::abs(weight) >= threshold; }

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

}  // namespace

std::vector<std::int64_t> best_assignment(const Matrix<double>& score) {
  // Shortest augmenting paths with potentials, rows and columns padded to a square; costs are the negative scores.
  const auto n = static_cast<std::size_t>(std::max(score.n_rows, score.n_cols));
  const auto cost = [&](std::size_t i, std::size_t j) {
    const auto row = static_cast<std::int64_t>(i), column = static_cast<std::int64_t>(j);
    return row < score.n_rows && column < score.n_cols ? -score(row, column) : 0.0;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> of_row(n + 1, 0), of_column(n + 1, 0);
  std::vector<std::size_t> row_of(n + 1, n);  // of every column; column n stands for none
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> least(n + 1, infinity);
    std::vector<std::size_t> before(n + 1, n);
    std::vector<bool> done(n + 1, false);
    std::size_t column = n;
    row_of[n] = i;
    do {
      done[column] = true;
      const std::size_t row = row_of[column];
      std::size_t next = n;
      double step = infinity;
      for (std::size_t j = 0; j < n; ++j) {
        if (done[j]) continue;
        const double reduced = cost(row, j) - of_row[row] - of_column[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          before[j] = column;
        }
        if (least[j] < step) {
          step = least[j];
          next = j;
        }
      }
      for (std::size_t j = 0; j <= n; ++j) {
        if (done[j]) {
          of_row[row_of[j]] += step;
          of_column[j] -= step;
        } else {
          least[j] -= step;
        }
      }
      column = next;
    } while (row_of[column] != n);
    while (column != n) {
      row_of[column] = row_of[before[column]];
      column = before[column];
    }
  }
  std::vector<std::int64_t> result(static_cast<std::size_t>(score.n_rows), -1);
  for (std::size_t j = 0; j < static_cast<std::size_t>(score.n_cols); ++j)
    if (row_of[j] < result.size()) result[row_of[j]] = static_cast<std::int64_t>(j);
  return result;
}

LatentMatch match_latents(const KnownGraph& truth, const LearnedGraph& fit) {
  constexpr double kTie = 1e-3;  // what sharpness may decide
  std::int64_t n_fitted = fit.n_latents();
  for (const auto& label : fit.labels) n_fitted = std::max(n_fitted, label.latent + 1);
  Matrix<double> votes(truth.n_latents(), n_fitted), agreement(truth.n_latents(), n_fitted);
  LatentMatch match;
  for_each_shared_label(truth, fit, [&](std::int64_t latent, double shift, const LearnedGraph::Label& label) {
    votes(latent, label.latent) += 1 + kTie * label.sharpness;
    agreement(latent, label.latent) += shift * label.shift;
    ++match.n_labels;
  });
  match.fitted = best_assignment(votes);
  match.sign.assign(match.fitted.size(), 1);
  for (std::size_t i = 0; i < match.fitted.size(); ++i) {
    std::int64_t& fitted = match.fitted[i];
    const auto latent = static_cast<std::int64_t>(i);
    if (fitted >= 0 && votes(latent, fitted) == 0) fitted = -1;
    if (fitted >= 0 && agreement(latent, fitted) < 0) match.sign[i] = -1;
  }
  for_each_shared_label(truth, fit, [&](std::int64_t latent, double, const LearnedGraph::Label& label) {
    match.n_agreeing += match.fitted[static_cast<std::size_t>(latent)] == label.latent ? 1 : 0;
  });
  return match;
}

Matrix<double> matched_weights(const LearnedGraph& fit, const LatentMatch& match) {
  const auto d = static_cast<std::int64_t>(match.fitted.size());
  Matrix<double> result(d, d);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j) {
      const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
      if (match.fitted[a] < 0 || match.fitted[b] < 0) continue;
      result(i, j) = match.sign[a] * match.sign[b] * fit.weights(match.fitted[a], match.fitted[b]);
    }
  return result;
}

EdgeScores edge_scores(const Matrix<double>& truth, const Matrix<double>& weights, double threshold) {
  EdgeScores scores;
  for (std::int64_t i = 0; i < truth.n_rows; ++i)
    for (std::int64_t j = 0; j < truth.n_cols; ++j) {
      if (i == j) continue;
      const bool is_true = truth(i, j) != 0, is_found = is_edge(weights(i, j), threshold);
      scores.n_true += is_true;
      scores.n_found += is_found;
      scores.n_right += is_true && is_found;
      scores.right_sign += is_true && is_found && (truth(i, j) > 0) == (weights(i, j) > 0);
      if (i < j) {
        const bool back_true = truth(j, i) != 0, back_found = is_edge(weights(j, i), threshold);
        scores.hamming += is_true != is_found || back_true != back_found;
      }
    }
  return scores;
}

double average_precision(const Matrix<double>& truth, const Matrix<double>& weights) {
  std::vector<std::pair<double, bool>> pairs;
  double n_true = 0;
  for (std::int64_t i = 0; i < truth.n_rows; ++i)
    for (std::int64_t j = 0; j < truth.n_cols; ++j)
      if (i != j) {
        pairs.emplace_back(std::abs(weights(i, j)), truth(i, j) != 0);
        n_true += truth(i, j) != 0;
      }
  if (n_true == 0) return std::numeric_limits<double>::quiet_NaN();
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  double area = 0, right = 0;
  for (std::size_t i = 0; i < pairs.size();) {
    std::size_t next = i;
    double more = 0;
    for (; next < pairs.size() && pairs[next].first == pairs[i].first; ++next) more += pairs[next].second;
    right += more;
    area += more / n_true * right / static_cast<double>(next);
    i = next;
  }
  return area;
}

ChanceScores chance_scores(const Matrix<double>& truth, std::int64_t n_edges, std::span<const std::int64_t> order,
                           Random random) {
  const std::int64_t d = truth.n_rows;
  std::vector<std::int64_t> places(order.begin(), order.end());
  if (order.empty()) {
    places.resize(static_cast<std::size_t>(d));
    std::iota(places.begin(), places.end(), 0);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t a = 0; a < d; ++a)
    for (std::int64_t b = a + 1; b < d; ++b) pairs.emplace_back(a, b);
  const auto n = std::min(static_cast<std::size_t>(n_edges), pairs.size());
  std::vector<double> f1, hamming;
  ChanceScores result;
  for (int draw = 0; draw < kDraws; ++draw) {
    if (order.empty()) random.shuffle(places);
    random.shuffle(pairs);
    Matrix<double> graph(d, d);
    for (std::size_t k = 0; k < n; ++k)
      graph(places[static_cast<std::size_t>(pairs[k].first)], places[static_cast<std::size_t>(pairs[k].second)]) = 1;
    const EdgeScores scores = edge_scores(truth, graph, 0);
    f1.push_back(scores.f1());
    hamming.push_back(static_cast<double>(scores.hamming));
    result.precision += scores.precision() / kDraws;
    result.recall += scores.recall() / kDraws;
  }
  result.f1 = mean_of(f1);
  result.f1_sd = deviation_of(f1);
  result.hamming = mean_of(hamming);
  result.hamming_sd = deviation_of(hamming);
  return result;
}

namespace {

/// True latents in the order in which the fit has them; those without a match last.
std::vector<std::int64_t> fitted_order(const LatentMatch& match) {
  std::vector<std::int64_t> order(match.fitted.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    const auto place = [&](std::int64_t latent) {
      const std::int64_t fitted = match.fitted[static_cast<std::size_t>(latent)];
      return fitted < 0 ? std::numeric_limits<std::int64_t>::max() : fitted;
    };
    return place(a) < place(b);
  });
  return order;
}

/// True edges whose ends stand in the fit the other way round, or have no match: the fit could not have held them.
std::int64_t order_violations(const Matrix<double>& truth, const LatentMatch& match) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < truth.n_rows; ++i)
    for (std::int64_t j = 0; j < truth.n_cols; ++j) {
      const std::int64_t a = match.fitted[static_cast<std::size_t>(i)], b = match.fitted[static_cast<std::size_t>(j)];
      if (truth(i, j) != 0 && (a < 0 || b < 0 || a >= b)) ++count;
    }
  return count;
}

Json record_of(const EdgeScores& scores, double threshold) {
  return {{"threshold", threshold},
          {"edges", scores.n_found},
          {"right", scores.n_right},
          {"right_sign", scores.right_sign},
          {"precision", scores.precision()},
          {"recall", scores.recall()},
          {"f1", scores.f1()},
          {"shd", scores.hamming}};
}

Json record_of(const ChanceScores& chance) {
  return {{"precision", chance.precision}, {"recall", chance.recall}, {"f1", chance.f1},
          {"f1_sd", chance.f1_sd},         {"shd", chance.hamming},   {"shd_sd", chance.hamming_sd}};
}

Json matching_record(const KnownGraph& truth, const LearnedGraph& fit, const LatentMatch& match) {
  Json rows = Json::array();
  for (std::int64_t i = 0; i < truth.n_latents(); ++i) {
    Json row = {{"true", i}, {"fitted", nullptr}, {"sign", match.sign[static_cast<std::size_t>(i)]}};
    const std::int64_t fitted = match.fitted[static_cast<std::size_t>(i)];
    if (fitted >= 0) row["fitted"] = fitted;
    row["labels"] = Json::array();
    for (const auto& label : truth.labels)
      if (std::find(label.latents.begin(), label.latents.end(), i) != label.latents.end())
        row["labels"].push_back(label.label);
    row["fitted_labels"] = Json::array();
    for (const auto& label : fit.labels)
      if (fitted >= 0 && label.latent == fitted) row["fitted_labels"].push_back(label.label);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::vector<std::string> structure_warnings(const LearnedGraph& fit, const LatentMatch& match, const EdgeScores& scores,
                                            const ChanceScores& chance) {
  std::vector<std::string> warnings;
  if (!fit.identified)
    warnings.push_back(fmt::format(
        "The graph of the {} mechanism with these interventions is not identified: whatever these scores are, no data "
        "could have told this graph from others.",
        fit.mechanism));
  if (const auto n = std::count(match.fitted.begin(), match.fitted.end(), -1); n > 0)
    warnings.push_back(fmt::format(
        "{} true latents have no match in the fit, since no label of the fit stands for them alone: their edges count as "
        "missing.",
        n));
  if (scores.n_found == 0)
    warnings.emplace_back("The fit has no edge at its threshold.");
  else if (scores.f1() <= chance.f1 + 2 * chance.f1_sd)
    warnings.push_back(fmt::format(
        "The learned graph is no better than chance: F1 {:.2f}, and {:.2f} ± {:.2f} for as many edges placed "
        "at random in a random order.",
        scores.f1(), chance.f1, chance.f1_sd));
  return warnings;
}

}  // namespace

nlohmann::ordered_json structure_record(const KnownGraph& truth, const LearnedGraph& fit, double correlation,
                                        std::uint64_t seed) {
  const LatentMatch match = match_latents(truth, fit);
  const Matrix<double> weights = matched_weights(fit, match);
  const EdgeScores scores = edge_scores(truth.weights, weights, fit.threshold);
  const ChanceScores chance = chance_scores(truth.weights, scores.n_found, {}, Random(seed, "structure/order"));
  const auto d = static_cast<double>(truth.n_latents());
  Json record = {{"truth", truth.source},
                 {"n_latents", truth.n_latents()},
                 {"true_edges", truth.n_edges()},
                 {"identified", fit.identified},
                 {"threshold_rule", fit.threshold_rule}};
  record["at_threshold"] = record_of(scores, fit.threshold);
  record["chance"] = {{"random_order", record_of(chance)},
                      {"fitted_order", record_of(chance_scores(truth.weights, scores.n_found, fitted_order(match),
                                                               Random(seed, "structure/edges")))},
                      {"empty_graph",
                       record_of(edge_scores(truth.weights, Matrix<double>(weights.n_rows, weights.n_cols), 0), 0)},
                      {"auprc", d > 1 ? static_cast<double>(truth.n_edges()) / (d * (d - 1)) : 0}};
  record["auprc"] = number_or_null(average_precision(truth.weights, weights));
  record["target_accuracy"] =
      match.n_labels > 0 ? Json(static_cast<double>(match.n_agreeing) / static_cast<double>(match.n_labels)) : Json();
  record["order_violations"] = order_violations(truth.weights, match);
  record["latent_correlation"] = number_or_null(correlation);
  record["matching"] = matching_record(truth, fit, match);
  record["thresholds"] = Json::array();
  for (const double threshold : {0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0})
    record["thresholds"].push_back(record_of(edge_scores(truth.weights, weights, threshold), threshold));
  record["warnings"] = structure_warnings(fit, match, scores, chance);
  return record;
}

std::string structure_text(const nlohmann::ordered_json& structure) {
  Table table{{"graph", "threshold", "edges", "right", "precision", "recall", "F1", "SHD"}, {}};
  const auto add = [&](const std::string& name, const Json& row) {
    const auto text = [&](const char* key, const char* format) {
      return row.contains(key) ? fmt::format(fmt::runtime(format), row.at(key).get<double>()) : std::string("-");
    };
    table.rows.push_back({name, text("threshold", "{:g}"), text("edges", "{:.0f}"), text("right", "{:.0f}"),
                          text("precision", "{:.2f}"), text("recall", "{:.2f}"), text("f1", "{:.2f}"),
                          text("shd", "{:.1f}")});
  };
  add("fit, its own threshold", structure.at("at_threshold"));
  add("chance: random order", structure.at("chance").at("random_order"));
  add("chance: fitted order", structure.at("chance").at("fitted_order"));
  add("no edge", structure.at("chance").at("empty_graph"));
  for (const auto& row : structure.at("thresholds")) add("fit", row);
  const auto number = [&](const char* key) {
    return structure.at(key).is_number() ? fmt::format("{:.2f}", structure.at(key).get<double>())
                                         : std::string("unknown");
  };
  return fmt::format(
      "Structure recovery: {} true edges of {} latents\n{}AUPRC {} (chance {:.2f}), target accuracy {}, order "
      "violations {}, mean correlation of latents {}\n",
      structure.at("true_edges").get<std::int64_t>(), structure.at("n_latents").get<std::int64_t>(), to_text(table),
      number("auprc"), structure.at("chance").at("auprc").get<double>(), number("target_accuracy"),
      structure.at("order_violations").get<std::int64_t>(), number("latent_correlation"));
}

namespace {

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// u of posterior-mean noise through the fitted graph.
std::vector<double> solve(const LearnedGraph& fit, std::span<const float> noise) {
  std::vector<double> u(noise.begin(), noise.end());
  for (std::size_t j = 0; j < u.size(); ++j)
    for (std::size_t i = 0; i < j; ++i)
      u[j] += fit.graph(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) *
              (fit.mechanism == "relu" ? std::max(u[i], 0.0) : u[i]);
  return u;
}

}  // namespace

double latent_correlation(const KnownGraph& truth, const LearnedGraph& fit, const LatentMatch& match,
                          const std::filesystem::path& predictions) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  if (truth.cells.empty() || (fit.mechanism != "linear" && fit.mechanism != "relu")) return unknown;
  const AnnData data = read_anndata(predictions, {.read_x = false, .read_uns = false});
  const auto mu = data.obsm.find("mu");
  const Column* controls = data.obs.find("paired_control");
  if (mu == data.obsm.end() || !controls || mu->second.n_cols != fit.n_latents()) return unknown;
  std::unordered_map<std::string, std::int64_t> row_of;
  for (std::size_t i = 0; i < truth.cells.size(); ++i) row_of.emplace(truth.cells[i], static_cast<std::int64_t>(i));
  const std::vector<std::string> names = column_as_strings(*controls);
  std::vector<std::vector<double>> known(match.fitted.size()), fitted(match.fitted.size());
  std::map<std::int64_t, bool> seen;
  for (std::size_t row = 0; row < names.size(); ++row) {
    const auto cell = row_of.find(names[row]);
    if (names[row].empty() || cell == row_of.end() || seen[cell->second]) continue;
    seen[cell->second] = true;
    const std::vector<double> u = solve(fit, mu->second.row(static_cast<std::int64_t>(row)));
    for (std::size_t i = 0; i < match.fitted.size(); ++i)
      if (match.fitted[i] >= 0) {
        known[i].push_back(static_cast<double>(truth.u(cell->second, static_cast<std::int64_t>(i))));
        fitted[i].push_back(u[static_cast<std::size_t>(match.fitted[i])]);
      }
  }
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i].size() > 2) {
      sum += std::abs(pearson(known[i], fitted[i]));
      count += 1;
    }
  return count > 0 ? sum / count : unknown;
}

}  // namespace gracevae
