#include "evaluate/latent_match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "stats/assignment.hpp"

namespace gracevae::impl {

namespace {

/// A label that both know, and that hits something.
struct SharedLabel {
  const KnownGraph::Label* truth;
  const LearnedGraph::Label* fit;

  /// Share of the label's effect that goes to its k-th true latent.
  double share(std::size_t k) const {
    double sum = 0;
    for (const double shift : truth->shifts) sum += std::abs(shift);
    return sum > 0 ? std::abs(truth->shifts[k]) / sum : 1;
  }
};

std::vector<SharedLabel> shared_labels(const KnownGraph& truth, const LearnedGraph& fit) {
  std::map<std::string, const KnownGraph::Label*> known;
  std::vector<std::string> names;
  for (const auto& label : truth.labels) {
    known[label.label] = &label;
    names.push_back(label.label);
  }
  std::vector<SharedLabel> shared;
  bool any = known.empty() || fit.labels.empty();
  for (const auto& label : fit.labels)
    if (const auto found = known.find(label.label); found != known.end()) {
      any = true;
      if (!found->second->latents.empty()) shared.push_back({found->second, &label});
    }
  if (!any)
    throw InputError({.place = truth.source,
                      .found = fmt::format("none of its labels is one of {}, for example '{}'", fit.source,
                                           fit.labels.front().label)},
                     "give the truth of the screen that the run was trained on; " +
                         nearest_hint(fit.labels.front().label, names));
  return shared;
}

std::int64_t fitted_latents(const LearnedGraph& fit) {
  std::int64_t n = fit.n_latents();
  for (const auto& label : fit.labels) n = std::max(n, label.latent + 1);
  return n;
}

/// Whether a fitted latent has an edge: of several that labels of one true latent hit, that one stands for it.
bool has_edge(const LearnedGraph& fit, std::int64_t latent) {
  const double least = fit.threshold.value_or(0);
  const auto edge = [&](double weight) { return weight != 0 && std::abs(weight) >= least; };
  for (std::int64_t i = 0; latent < fit.n_latents() && i < fit.n_latents(); ++i)
    if (edge(fit.weights(i, latent)) || edge(fit.weights(latent, i))) return true;
  return false;
}

/// Assigns what the labels left over, by the cells' latents.
void match_rest(const Matrix<double>& correlation, LatentMatch& match) {
  std::vector<std::int64_t> rows, columns;
  for (std::size_t i = 0; i < match.fitted.size(); ++i)
    if (match.fitted[i] < 0) rows.push_back(static_cast<std::int64_t>(i));
  for (std::int64_t j = 0; j < correlation.n_cols; ++j)
    if (std::find(match.fitted.begin(), match.fitted.end(), j) == match.fitted.end()) columns.push_back(j);
  Matrix<double> score(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns.size()));
  for (std::int64_t i = 0; i < score.n_rows; ++i)
    for (std::int64_t j = 0; j < score.n_cols; ++j)
      score(i, j) = std::abs(correlation(rows[static_cast<std::size_t>(i)], columns[static_cast<std::size_t>(j)]));
  const auto assigned = best_assignment(score);
  for (std::int64_t i = 0; i < score.n_rows; ++i) {
    const std::int64_t j = assigned[static_cast<std::size_t>(i)];
    if (j < 0 || score(i, j) == 0) continue;
    const auto latent = static_cast<std::size_t>(rows[static_cast<std::size_t>(i)]);
    match.fitted[latent] = columns[static_cast<std::size_t>(j)];
    match.by_correlation[latent] = true;
    match.sign[latent] = correlation(rows[static_cast<std::size_t>(i)], match.fitted[latent]) < 0 ? -1 : 1;
  }
}

}  // namespace

LatentMatch match_latents(const KnownGraph& truth, const LearnedGraph& fit, const Matrix<double>& correlation) {
  const std::vector<SharedLabel> labels = shared_labels(truth, fit);
  const double tie = 0.5 / static_cast<double>(labels.size() + 1);  // all ties together weigh less than one label
  Matrix<double> votes(truth.n_latents(), fitted_latents(fit)), agreement(truth.n_latents(), fitted_latents(fit));
  for (const SharedLabel& label : labels)
    for (std::size_t k = 0; k < label.truth->latents.size(); ++k) {
      const std::int64_t latent = label.truth->latents[k];
      votes(latent, label.fit->latent) +=
          1 + tie * (label.fit->sharpness * label.share(k) + (has_edge(fit, label.fit->latent) ? 0.5 : 0));
      agreement(latent, label.fit->latent) += label.truth->shifts[k] * label.fit->shift;
    }
  LatentMatch match;
  match.n_labels = static_cast<std::int64_t>(labels.size());
  match.fitted = best_assignment(votes);
  match.sign.assign(match.fitted.size(), 1);
  match.by_correlation.assign(match.fitted.size(), false);
  for (std::size_t i = 0; i < match.fitted.size(); ++i) {
    std::int64_t& fitted = match.fitted[i];
    const auto latent = static_cast<std::int64_t>(i);
    if (fitted >= 0 && votes(latent, fitted) == 0) fitted = -1;
    if (fitted >= 0 && agreement(latent, fitted) < 0) match.sign[i] = -1;
  }
  if (correlation.n_rows == truth.n_latents()) match_rest(correlation, match);
  for (const SharedLabel& label : labels)
    if (std::none_of(label.truth->latents.begin(), label.truth->latents.end(), [&](std::int64_t latent) {
          return match.fitted[static_cast<std::size_t>(latent)] == label.fit->latent;
        }))
      match.off_match.push_back(label.fit->label);
  return match;
}

PlacedTruth place_truth(const KnownGraph& truth, const LearnedGraph& fit, const LatentMatch& match) {
  PlacedTruth placed{Matrix<double>(fit.n_latents(), fit.n_latents()), 0, 0};
  for (std::int64_t i = 0; i < truth.n_latents(); ++i)
    for (std::int64_t j = 0; j < truth.n_latents(); ++j) {
      if (truth.weights(i, j) == 0) continue;
      const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
      if (match.fitted[a] < 0 || match.fitted[b] < 0) {
        ++placed.n_lost;
        continue;
      }
      placed.weights(match.fitted[a], match.fitted[b]) = match.sign[a] * match.sign[b] * truth.weights(i, j);
      ++placed.n_placed;
    }
  return placed;
}

double agreeing_by_chance(const KnownGraph& truth, const LearnedGraph& fit, Random random) {
  constexpr int kDraws = 200;
  const std::vector<SharedLabel> labels = shared_labels(truth, fit);
  double agreeing = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    Matrix<double> votes(truth.n_latents(), fitted_latents(fit));
    for (const SharedLabel& label : labels) {
      const auto fitted = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(votes.n_cols)));
      for (const std::int64_t latent : label.truth->latents) votes(latent, fitted) += 1;
    }
    const auto assigned = best_assignment(votes);
    for (std::int64_t i = 0; i < votes.n_rows; ++i)
      if (const std::int64_t j = assigned[static_cast<std::size_t>(i)]; j >= 0) agreeing += votes(i, j);
  }
  return agreeing / kDraws;
}

}  // namespace gracevae::impl
