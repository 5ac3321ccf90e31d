#include "effects/cross_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <unordered_map>

#include "base/error.hpp"
#include "base/random.hpp"
#include "effects/guesses.hpp"
#include "effects/pair_model.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kTop = 50;
constexpr double kLevels[] = {0.8, 0.9, 0.95};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
double inner(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
std::vector<double> difference(std::span<const double> a, std::span<const double> b) {
  std::vector<double> result(a.begin(), a.end());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] -= b[i];
  return result;
}
/// 0 where one of them is 0.
double cosine(std::span<const double> a, std::span<const double> b) {
  const double lengths = std::sqrt(inner(a, a) * inner(b, b));
  return lengths > 0 ? inner(a, b) / lengths : 0;
}
std::vector<std::size_t> top_genes_of(std::span<const double> effect) {
  std::vector<std::size_t> order(effect.size());
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(kTop, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(-std::abs(effect[a]), a) < std::pair(-std::abs(effect[b]), b);
  });
  order.erase(end, order.end());
  std::ranges::sort(order);
  return order;
}

/// Sums over folds of what one way predicts.
class Scorer {
 public:
  explicit Scorer(std::string name) { scores_.name = std::move(name); }
  /// `predicted` and `truth` of a fold's conditions, with what changes are taken from.
  void add(const std::vector<std::vector<double>>& predicted, const std::vector<std::span<const double>>& truth,
           std::span<const double> mean) {
    std::vector<std::vector<double>> changes;
    for (const auto& effect : truth) changes.push_back(difference(effect, mean));
    for (std::size_t i = 0; i < truth.size(); ++i) {
      std::vector<double> change = difference(predicted[i], mean);
      // A guess that is the mean but for rounding says nothing.
      if (inner(change, change) <= 1e-20 * inner(changes[i], changes[i])) change.assign(change.size(), 0.0);
      cosines_.push_back(cosine(change, changes[i]));
      const auto error = difference(predicted[i], truth[i]);
      squared_error_ += inner(error, error);
      squared_change_ += inner(changes[i], changes[i]);
      const double length = inner(changes[i], changes[i]);
      if (length > 0) relative_.push_back(std::sqrt(inner(error, error) / length));
      const auto a = top_genes_of(predicted[i]), b = top_genes_of(truth[i]);
      std::vector<std::size_t> both;
      std::ranges::set_intersection(a, b, std::back_inserter(both));
      top_.push_back(static_cast<double>(both.size()) / static_cast<double>(b.size()));
      double less_like = 0;
      for (std::size_t j = 0; j < truth.size(); ++j) {
        const double other = cosine(change, changes[j]);
        if (j != i) less_like += other < cosines_.back() ? 1 : other == cosines_.back() ? 0.5 : 0;
      }
      if (truth.size() > 1) pds_.push_back(less_like / static_cast<double>(truth.size() - 1));
    }
  }
  GuessScores scores() const {
    GuessScores result = scores_;
    result.cosine = mean_of(cosines_);
    result.r2 = 1 - squared_error_ / squared_change_;
    result.relative_error = mean_of(relative_);
    result.top_50 = mean_of(top_);
    result.pds = mean_of(pds_);
    return result;
  }
  const std::vector<double>& cosines() const { return cosines_; }

 private:
  GuessScores scores_;
  std::vector<double> cosines_, relative_, top_, pds_;
  double squared_error_ = 0, squared_change_ = 0;
};

/// How many values lie in their intervals, by level, and how wide these are.
class CoverageCounter {
 public:
  /// `counts` [genes]: those that are looked at.
  void add(const EffectPrediction& said, std::span<const double> truth, const std::vector<bool>& counts) {
    for (std::size_t g = 0; g < truth.size(); ++g) {
      if (!counts[g]) continue;
      ++n_;
      for (std::size_t level = 0; level < std::size(kLevels); ++level) {
        covered_[level] += std::abs(said.effect[g] - truth[g]) <= said.half_width(g, level);
        width_[level] += said.half_width(g, level);
      }
    }
  }
  /// `reference` (may be nullptr): whose widths are 1.
  std::vector<Coverage> coverage(const CoverageCounter* reference) const {
    std::vector<Coverage> result;
    for (std::size_t level = 0; level < std::size(kLevels); ++level)
      result.push_back(
          {kLevels[level], covered_[level] / n_, reference ? width_[level] / reference->width_[level] : std::nan("")});
    return result;
  }

 private:
  std::array<double, std::size(kLevels)> covered_{}, width_{};
  double n_ = 0;
};

/// On all genes, and on those that move.
struct Covered {
  CoverageCounter all, moving;
  void add(const EffectPrediction& said, std::span<const double> truth, const std::vector<bool>& moves) {
    all.add(said, truth, std::vector<bool>(truth.size(), true));
    moving.add(said, truth, moves);
  }
};

/// Genes that a quarter of the conditions or more move.
std::vector<bool> moving_genes(const EffectTable& table) {
  std::vector<std::int64_t> n_moved(table.genes.size(), 0);
  for (std::int64_t i = 0; i < table.effects.n_rows; ++i)
    for (std::size_t g = 0; g < n_moved.size(); ++g) n_moved[g] += table.effects.row(i)[g] != 0;
  std::vector<bool> moves;
  for (const std::int64_t n : n_moved) moves.push_back(4 * n >= table.effects.n_rows);
  return moves;
}

std::vector<std::int64_t> folds_of(std::int64_t n, std::int64_t folds, std::uint64_t seed) {
  if (folds > n)
    throw ConfigError({.place = "effects.cross_validate", .found = fmt::format("{} folds of {} conditions", folds, n)},
                      "ask for fewer folds");
  std::vector<std::int64_t> order(at(n)), fold(at(n));
  std::iota(order.begin(), order.end(), 0);
  Random(seed, "effects.folds").shuffle(order);
  for (std::int64_t i = 0; i < n; ++i) fold[at(order[at(i)])] = i % folds;
  return fold;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const auto ranks = [](const std::vector<double>& x) {
    std::vector<double> rank(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      for (const double other : x) rank[i] += other < x[i] ? 1 : other == x[i] ? 0.5 : 0;
    const double mean = mean_of(rank);
    for (double& value : rank) value -= mean;
    return rank;
  };
  return cosine(ranks(a), ranks(b));
}

/// What the process expects of itself, against what it reaches.
struct Expectations {
  std::vector<double> rho, cosine;
  std::vector<bool> kept;

  void fill(CrossValidation& result) const {
    double n_kept = 0, of_kept = 0, of_left = 0;
    for (std::size_t i = 0; i < rho.size(); ++i) {
      n_kept += kept[i];
      (kept[i] ? of_kept : of_left) += cosine[i];
    }
    const auto n = static_cast<double>(rho.size());
    result.expected = mean_of(rho);
    result.rank_correlation = spearman(rho, cosine);
    result.kept = n_kept / n;
    result.kept_cosine = of_kept / n_kept;
    result.left_cosine = of_left / (n - n_kept);
  }
};

/// Rows of a fold, and of all others.
struct Fold {
  std::vector<std::int64_t> trained, tested;
};
std::vector<Fold> divide(std::int64_t n, std::int64_t folds, std::uint64_t seed) {
  const auto fold_of = folds_of(n, folds, seed);
  std::vector<Fold> result(at(folds));
  for (std::int64_t fold = 0; fold < folds; ++fold)
    for (std::int64_t i = 0; i < n; ++i)
      (fold_of[at(i)] == fold ? result[at(fold)].tested : result[at(fold)].trained).push_back(i);
  return result;
}

std::vector<std::span<const double>> rows_of(const EffectTable& table, const std::vector<std::int64_t>& rows) {
  std::vector<std::span<const double>> result;
  for (const std::int64_t row : rows) result.push_back(table.effects.row(row));
  return result;
}

/// Guesses by another screen for a fold.
std::vector<std::vector<double>> transferred(const OtherScreen& other, const EffectTable& singles, const Fold& fold) {
  const Transfer transfer(other, singles.only(fold.trained));
  std::vector<std::vector<double>> guesses;
  for (const std::int64_t row : fold.tested) guesses.push_back(transfer.guess(singles.conditions[at(row)].front()));
  return guesses;
}

std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : "NA"; }

}  // namespace

CrossValidation cross_validate_targets(const EffectTable& singles, const std::vector<std::int64_t>& items,
                                       const Kernels& kernels, const std::vector<OtherScreen>& others,
                                       std::int64_t folds, const EffectModelOptions& options) {
  EffectModelOptions of_model = options;
  of_model.n_nearest = kNearestGuess;
  of_model.abstain = false;
  of_model.levels.assign(std::begin(kLevels), std::end(kLevels));
  Scorer of_mean("training-mean"), of_nearest("nearest-10"), of_process("process");
  std::vector<Scorer> of_others;
  for (const OtherScreen& other : others) of_others.emplace_back("same target in " + other.name);
  Covered covered, covered_by_mean;
  Expectations expectations;
  for (const Fold& fold : divide(std::ssize(items), folds, options.process.seed)) {
    const EffectTable table = singles.only(fold.trained);
    const std::vector<double> mean = mean_effect(table);
    const std::vector<bool> moves = moving_genes(table);
    const auto truth = rows_of(singles, fold.tested);
    std::vector<std::int64_t> trained, tested;
    std::unordered_map<std::int64_t, std::size_t> place;
    for (const std::int64_t row : fold.trained) trained.push_back(items[at(row)]);
    for (const std::int64_t row : fold.tested) {
      place[items[at(row)]] = tested.size();
      tested.push_back(items[at(row)]);
    }
    std::vector<std::vector<double>> predicted(truth.size()), nearest(truth.size());
    std::vector<double> rho(truth.size());
    std::vector<bool> kept(truth.size());
    EffectModel(table, trained, kernels, of_model).predict(tested, [&](EffectPrediction&& said) {
      const std::size_t i = place.at(said.item);
      covered.add(said, truth[i], moves);
      rho[i] = said.rho;
      kept[i] = !said.abstained;
      nearest[i] = nearest_mean(said, table, mean);
      predicted[i] = std::move(said.effect);
    });
    EffectModel(table, trained, SourceKernels({}), of_model).predict(tested, [&](EffectPrediction&& said) {
      covered_by_mean.add(said, truth[place.at(said.item)], moves);
    });
    of_mean.add(std::vector(truth.size(), mean), truth, mean);
    for (std::size_t k = 0; k < others.size(); ++k)
      of_others[k].add(transferred(others[k], singles, fold), truth, mean);
    of_nearest.add(nearest, truth, mean);
    of_process.add(predicted, truth, mean);
    expectations.rho.insert(expectations.rho.end(), rho.begin(), rho.end());
    expectations.kept.insert(expectations.kept.end(), kept.begin(), kept.end());
  }
  expectations.cosine = of_process.cosines();
  CrossValidation result;
  result.n_conditions = std::ssize(items);
  result.guesses.push_back(of_mean.scores());
  for (const Scorer& scorer : of_others) result.guesses.push_back(scorer.scores());
  result.guesses.push_back(of_nearest.scores());
  result.guesses.push_back(of_process.scores());
  result.coverage = covered.all.coverage(&covered_by_mean.all);
  result.coverage_moving = covered.moving.coverage(&covered_by_mean.moving);
  expectations.fill(result);
  return result;
}

CrossValidation cross_validate_pairs(const EffectTable& singles, const EffectTable& pairs, std::int64_t folds,
                                     const EffectModelOptions& options) {
  EffectModelOptions of_model = options;
  of_model.abstain = false;
  of_model.levels.assign(std::begin(kLevels), std::end(kLevels));
  const std::vector<double> nothing(singles.genes.size(), 0.0);
  Scorer of_sum("additive"), of_scaled("scaled"), of_process("process");
  Covered covered;
  Expectations expectations;
  for (const Fold& fold : divide(pairs.effects.n_rows, folds, options.process.seed)) {
    std::vector<TargetPair> asked;
    for (const std::int64_t row : fold.tested) {
      const auto rows = rows_of_targets(singles, pairs.conditions[at(row)]);
      asked.emplace_back(rows[0], rows[1]);
    }
    const EffectTable trained = pairs.only(fold.trained);
    const std::vector<bool> moves = moving_genes(trained);
    const PairModel model(singles, trained, asked, of_model);
    const auto truth = rows_of(pairs, fold.tested);
    std::vector<std::vector<double>> predicted(truth.size()), sums, scaled;
    for (std::int64_t i = 0; i < std::ssize(asked); ++i) {
      sums.push_back(model.sum(i));
      scaled.push_back(sums.back());
      for (double& value : scaled.back()) value *= model.scale();
    }
    std::vector<double> rho(truth.size());
    std::vector<bool> kept(truth.size());
    model.predict([&](EffectPrediction&& said) {
      const std::size_t i = at(said.item);
      covered.add(said, truth[i], moves);
      rho[i] = said.rho;
      kept[i] = !said.abstained;
      predicted[i] = std::move(said.effect);
    });
    of_sum.add(sums, truth, nothing);
    of_scaled.add(scaled, truth, nothing);
    of_process.add(predicted, truth, nothing);
    expectations.rho.insert(expectations.rho.end(), rho.begin(), rho.end());
    expectations.kept.insert(expectations.kept.end(), kept.begin(), kept.end());
  }
  expectations.cosine = of_process.cosines();
  CrossValidation result;
  result.n_conditions = pairs.effects.n_rows;
  for (const Scorer* scorer : {&of_sum, &of_scaled, &of_process}) result.guesses.push_back(scorer->scores());
  result.coverage = covered.all.coverage(nullptr);
  result.coverage_moving = covered.moving.coverage(nullptr);
  expectations.fill(result);
  return result;
}

Table scores_table(const CrossValidation& result) {
  Table table{{"row", "cosine", "r2", "relative_error", "top_50", "pds"}, {}};
  for (const GuessScores& scores : result.guesses)
    table.rows.push_back({scores.name, number(scores.cosine), number(scores.r2), number(scores.relative_error),
                          number(scores.top_50), number(scores.pds)});
  return table;
}

Table coverage_table(const CrossValidation& result) {
  Table table{{"level", "genes", "covered", "width"}, {}};
  const auto add = [&](const std::vector<Coverage>& rows, const char* genes) {
    for (const Coverage& coverage : rows)
      table.rows.push_back(
          {fmt::format("{}", coverage.level), genes, number(coverage.covered), number(coverage.width)});
  };
  add(result.coverage, "all");
  add(result.coverage_moving, "moving");
  return table;
}

}  // namespace gracevae::impl
