#include "evaluate/scorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <numeric>

#include "base/error.hpp"
#include "base/nearest.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kMostOthers = 20;  // conditions that the chance row is averaged over

using Means = std::vector<std::vector<double>>;  // expected predictions, of which scores are averaged

std::vector<float> rounded(const std::vector<double>& means) { return {means.begin(), means.end()}; }

std::vector<double> mean_over_perturbed(const Screen& screen) {
  std::vector<double> sum(static_cast<std::size_t>(screen.n_genes()), 0.0);
  double n = 0;
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.empty()) continue;
    const std::vector<double> mean = mean_of_cells(screen, regime.cells);
    for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += mean[g];
    ++n;
  }
  for (double& value : sum) value /= n;
  return sum;
}

std::vector<double> chosen(const std::vector<double>& values, std::span<const std::int32_t> columns) {
  std::vector<double> result;
  for (const std::int32_t column : columns) result.push_back(values[static_cast<std::size_t>(column)]);
  return result;
}

/// Averages of what is a number; NaN where nothing is.
class MeanValues {
 public:
  void add(const std::map<std::string, double>& values) {
    for (const auto& [id, value] : values) {
      auto& [sum, n] = sums_[id];
      if (!std::isfinite(value)) continue;
      sum += value;
      ++n;
    }
  }
  std::map<std::string, double> values() const {
    std::map<std::string, double> means;
    for (const auto& [id, sum] : sums_) means[id] = sum.first / sum.second;
    return means;
  }

 private:
  std::map<std::string, std::pair<double, double>> sums_;
};

}  // namespace

std::int32_t regime_named(const Screen& screen, const std::string& label) {
  std::vector<std::string> labels;
  for (std::size_t k = 0; k < screen.regimes.size(); ++k) {
    if (screen.regimes[k].label == label) return static_cast<std::int32_t>(k);
    labels.push_back(screen.regimes[k].label);
  }
  throw InputError({.place = "predictions",
                    .found = fmt::format("condition '{}' has no observed cells in {}, nothing to score it on", label,
                                         screen.source)},
                   nearest_gene_hint(label, labels));
}

/// Cells that a condition is scored on.
struct Scorer::Observed {
  CommonRows cells;
  MeanOfCells mean;
};

/// Cells that a method gives, and the test cells that they stand for, by place in the list.
struct Scorer::Sample {
  CommonRows cells;
  std::vector<std::size_t> rows;

  /// Those that stand for some of these rows (ascending).
  Sample within(const std::vector<std::size_t>& wanted) const {
    std::vector<std::size_t> kept;
    Sample result;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!std::binary_search(wanted.begin(), wanted.end(), rows[i])) continue;
      kept.push_back(i);
      result.rows.push_back(rows[i]);
    }
    result.cells = rows_of(cells, kept);
    return result;
  }
};

/// A choice of genes, with the means that scores on it take.
struct Scorer::Fold {
  const DeFold* choice;
  MeanPair means;  ///< on the chosen genes; the prediction and its control are put in method by method
  std::vector<double> choosing_control;  ///< mean of the control cells that chose the genes
};

/// Fills the rows of one condition, method by method.
class Scorer::Rows {
 public:
  Rows(const Scorer& scorer, const Prediction& prediction, std::size_t at, ConditionScores& scores)
      : scorer_(scorer), prediction_(prediction), at_(at), scores_(scores),
        observed_(scorer.observed_cells(prediction.cells)) {
    scores_.ranked.observed = rounded(observed_.mean.mean);
    scores_.ranked.observed_error =
        std::accumulate(observed_.mean.squared_error.begin(), observed_.mean.squared_error.end(), 0.0);
    scores_.compared.observed = observed_.mean.mean;
    for (const DeFold& fold : scores_.condition.de.folds) folds_.push_back(fold_of(fold));
  }

  const Regime& regime() const { return *scores_.condition.regime; }
  std::vector<std::size_t> all_rows() const {
    std::vector<std::size_t> rows(prediction_.cells.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
  }

  /// A method with an expected prediction and, maybe, cells that stand for all test cells.
  void add(const std::string& method, std::vector<double> mean, std::optional<CommonRows> cells) {
    if (is_control(mean)) mean = scorer_.baselines_.control_mean();
    const Sample* const sample = cells ? &kept({std::move(*cells), all_rows()}) : nullptr;
    add_all(method, {mean}, sample, observed_.mean);
    add_published(method, sample);
    add_de(
        method, [&](const Fold&) { return Means{mean}; },
        [&](const Fold& fold) { return sample ? std::optional(sample->within(fold.choice->rows)) : std::nullopt; });
    scores_.means[method] = {at_, rounded(mean), {}};
  }

  /// Other real cells of the condition; on top genes of cross-fitting those that chose them.
  void add_replicate(const RealCells& drawn) {
    const Sample& sample = kept(sample_of(drawn));
    const std::vector<double> mean = column_means(sample.cells);
    const MeanOfCells others(scorer_.screen_, drawn.observed);
    add_all("replicate", {mean}, &sample, others);
    add_published("replicate", &sample);
    const bool cross_fitted = !scores_.condition.de.folds.empty() &&
                              scores_.condition.de.folds.front().rows.size() < prediction_.cells.size();
    const auto of_fold = [&](const Fold& fold) { return cross_fitted ? other_half(fold) : sample; };
    add_de(
        "replicate", [&](const Fold& fold) { return Means{column_means(of_fold(fold).cells)}; },
        [&](const Fold& fold) { return std::optional(of_fold(fold)); });
    scores_.means["replicate"] = {at_, rounded(mean), rounded(others.mean)};
  }

  /// Cells and means of other conditions.
  void add_chance(const RealCells& drawn, const Means& means) {
    const Sample& sample = kept(sample_of(drawn));
    add_all("chance", means, &sample, observed_.mean);
    add_published("chance", &sample);
    add_de(
        "chance", [&](const Fold&) { return means; },
        [&](const Fold& fold) { return std::optional(sample.within(fold.choice->rows)); });
  }

  /// To be called once, after all methods: vcc.des and e_distance of those that have cells.
  void add_profile_scores() {
    const auto whole = [&](const Sample& sample) { return std::ssize(sample.rows) == n_cells(); };
    std::deque<CommonRows> parts;  // of the observed cells
    std::vector<const CommonRows*> sets{&observed_.cells};
    for (const auto& [row, sample] : unprofiled_) {
      sets.push_back(&sample->cells);
      if (!whole(*sample)) sets.push_back(&parts.emplace_back(rows_of(observed_.cells, sample->rows)));
    }
    const std::vector<Profile> profiles = scorer_.profiles_.profiles(sets);
    auto next = profiles.begin() + 1;
    for (const auto& [row, sample] : unprofiled_) {
      const Profile& predicted = *next++;
      const Profile& observed = whole(*sample) ? profiles.front() : *next++;
      scores_.rows[row].values.merge(scorer_.profiles_.score(predicted, observed));
    }
  }

  /// What the true mean and distribution would get.
  void add_noise_free() {
    std::map<std::string, double> values = noise_free_scores(pair_of({}, observed_.mean));
    values["l2"] = scorer_.profiles_.noise_free_l2(observed_.mean.squared_error);
    values["mmd.unbiased"] = values["e_distance"] = 0;
    push("noise-free", "all", n_cells(), std::move(values));
    if (folds_.empty()) return;
    MeanValues average;
    for (const Fold& fold : folds_) average.add(noise_free_scores(fold.means));
    values = average.values();
    values["mmd.unbiased"] = 0;
    push("noise-free", "de", n_cells(), std::move(values));
  }

 private:
  std::int64_t n_cells() const { return std::ssize(prediction_.cells); }

  const Sample& kept(Sample sample) { return samples_.emplace_back(std::move(sample)); }

  void push(const std::string& method, const char* gene_set, std::int64_t n, std::map<std::string, double> values) {
    scores_.rows.push_back({at_, method, gene_set, n, std::move(values)});
  }

  /// Nothing changes: what differs is the rounding of single precision.
  bool is_control(const std::vector<double>& mean) const {
    constexpr double kRounding = 1e-6;
    const std::vector<double>& control = scorer_.baselines_.control_mean();
    for (std::size_t g = 0; g < mean.size(); ++g)
      if (!(std::abs(mean[g] - control[g]) <= kRounding * std::max(1.0, std::abs(control[g])))) return false;
    return true;
  }

  /// All genes.
  MeanPair pair_of(std::vector<double> predicted, const MeanOfCells& observed) const {
    const std::vector<double>& control = scorer_.baselines_.control_mean();
    return {std::move(predicted), observed.mean, observed.squared_error, control, control, {}, scorer_.perturbed_mean_};
  }

  Fold fold_of(const DeFold& choice) const {
    std::vector<std::int64_t> cells;
    for (const std::size_t row : choice.rows) cells.push_back(prediction_.cells[row]);
    const MeanOfCells observed(scorer_.screen_, cells);
    const MeanOfCells& control = scorer_.de_.control_half(choice.control_half);
    const auto of = [&](const std::vector<double>& values) { return chosen(values, choice.genes); };
    return {&choice,
            {{},
             of(observed.mean),
             of(observed.squared_error),
             {},
             of(control.mean),
             of(control.squared_error),
             of(scorer_.perturbed_mean_)},
            of(scorer_.de_.control_half(1 - choice.control_half).mean)};
  }

  Sample sample_of(const RealCells& drawn) const {
    Sample sample{common_rows(scorer_.screen_.rows(), drawn.stand_in), {}};
    for (const std::int64_t cell : drawn.observed)
      sample.rows.push_back(static_cast<std::size_t>(
          std::find(prediction_.cells.begin(), prediction_.cells.end(), cell) - prediction_.cells.begin()));
    return sample;
  }

  /// The half of the test cells that chose a fold's genes, for the half that is scored on them.
  Sample other_half(const Fold& fold) const {
    const std::vector<std::size_t>& scored = fold.choice->rows;
    std::vector<std::size_t> others;
    for (const std::size_t row : all_rows())
      if (!std::binary_search(scored.begin(), scored.end(), row)) others.push_back(row);
    const std::size_t n = std::min(others.size(), scored.size());
    others.resize(n);
    return {rows_of(observed_.cells, others), {scored.begin(), scored.begin() + static_cast<std::ptrdiff_t>(n)}};
  }

  /// Scores on all genes, averaged over the means; `against` are the cells that the means are compared with.
  void add_all(const std::string& method, const Means& means, const Sample* sample, const MeanOfCells& against) {
    MeanValues average;
    for (const auto& mean : means) {
      auto values = mean_scores(pair_of(mean, against));
      values["l2"] = scorer_.profiles_.l2(mean, against.mean);
      average.add(values);
    }
    auto values = average.values();
    std::int64_t n = n_cells();
    if (sample) {
      const CommonRows observed = rows_of(observed_.cells, sample->rows);
      values.merge(mmd_scores(sample->cells, observed, scorer_.sigma(scores_.condition, true)));
      values.merge(paper_scores(sample->cells, observed));
      n = sample->cells.n_rows();
      unprofiled_.emplace_back(scores_.rows.size(), sample);
    }
    push(method, "all", n, std::move(values));
  }

  void add_published(const std::string& method, const Sample* sample) {
    if (!sample) return;
    const std::vector<std::int32_t>& columns = scores_.condition.published;
    const Matrix<float> predicted = columns_of(sample->cells, columns),
                        observed = columns_of(rows_of(observed_.cells, sample->rows), columns);
    const CellPair pair{predicted.view(), observed.view()};
    auto values = paper_scores(pair);
    values["paper.mmd"] = mmd_scores(pair, scorer_.sigma(scores_.condition, false)).at("paper.mmd");
    push(method, "paper", predicted.n_rows, std::move(values));
  }

  /// Scores on top genes, averaged over the folds and, in each, over the means.
  void add_de(const std::string& method, const std::function<Means(const Fold&)>& means_of,
              const std::function<std::optional<Sample>(const Fold&)>& sample_of) {
    if (folds_.empty()) return;
    MeanValues average;
    std::int64_t n = 0;
    for (Fold& fold : folds_) {
      MeanValues of_fold;
      for (const auto& mean : means_of(fold)) {
        const bool unchanged = mean == scorer_.baselines_.control_mean();
        fold.means.predicted = chosen(mean, fold.choice->genes);
        fold.means.control = unchanged ? fold.means.predicted : fold.choosing_control;
        of_fold.add(mean_scores(fold.means));
      }
      auto values = of_fold.values();
      if (const auto sample = sample_of(fold); sample && sample->cells.n_rows() > 0) {
        const Matrix<float> predicted = columns_of(sample->cells, fold.choice->genes),
                            observed = columns_of(rows_of(observed_.cells, sample->rows), fold.choice->genes);
        const CellPair pair{predicted.view(), observed.view()};
        values["mmd.unbiased"] = mmd_scores(pair, scorer_.sigma(scores_.condition, false)).at("mmd.unbiased");
        n = predicted.n_rows;
      }
      average.add(values);
    }
    push(method, "de", n > 0 ? n : std::ssize(folds_.front().choice->rows), average.values());
  }

  const Scorer& scorer_;
  const Prediction& prediction_;
  std::size_t at_;
  ConditionScores& scores_;
  Observed observed_;
  std::vector<Fold> folds_;
  std::deque<Sample> samples_;
  std::vector<std::pair<std::size_t, const Sample*>> unprofiled_;  ///< rows of scores that lack them, and their cells
};

Scorer::Scorer(const Screen& screen, const Split& split, const EvaluateOptions& options, std::uint64_t seed,
               const TrainedShifts* elsewhere, const PredictedShifts* predicted)
    : screen_(screen), split_(split), options_(options), seed_(seed), baselines_(screen, split, elsewhere, predicted),
      de_(screen, split, options.n_top_genes, options.de_min_cells, seed),
      profiles_(screen, baselines_.control_mean(), seed), perturbed_mean_(mean_over_perturbed(screen)) {}

Scorer::Observed Scorer::observed_cells(std::span<const std::int64_t> cells) const {
  return {common_rows(screen_.rows(), cells), MeanOfCells(screen_, cells)};
}

std::vector<std::int32_t> Scorer::genes_of(const std::vector<std::string>& targets) const {
  std::vector<std::int32_t> columns;
  for (std::size_t g = 0; g < screen_.genes.size(); ++g)
    if (std::find(targets.begin(), targets.end(), screen_.genes[g]) != targets.end())
      columns.push_back(static_cast<std::int32_t>(g));
  return columns;
}

std::vector<std::vector<double>> Scorer::other_training_means(const Regime& regime, Random random) const {
  std::vector<std::int32_t> others;
  for (const auto& [index, mean] : baselines_.training_means())
    if (&screen_.regimes[static_cast<std::size_t>(index)] != &regime) others.push_back(index);
  random.shuffle(others);
  others.resize(std::min(others.size(), kMostOthers));
  std::vector<std::vector<double>> means;
  for (const std::int32_t index : others) means.push_back(baselines_.training_means().at(index));
  return means;
}

double Scorer::sigma(const ScoredCondition& condition, bool all_genes) const {
  return all_genes || condition.is_single() ? options_.mmd_sigma_single : options_.mmd_sigma_double;
}

ConditionScores Scorer::score(const Prediction& prediction, std::size_t at) const {
  const std::int32_t index = regime_named(screen_, prediction.condition);
  const Regime& regime = screen_.regimes[static_cast<std::size_t>(index)];
  const std::int64_t n_cells = std::ssize(prediction.cells);
  ConditionScores scores;
  scores.condition.regime = &regime;
  scores.condition.stratum = stratum_of(screen_, split_, index);
  scores.condition.n_cells = n_cells;
  scores.condition.averaged = n_cells >= options_.min_test_cells;
  scores.condition.scored = n_cells >= std::min(kFewestScored, options_.min_test_cells);
  scores.ranked.in_pool = scores.condition.averaged;
  if (!scores.condition.scored) return scores;
  scores.condition.de = de_.choose(regime, prediction.cells);
  scores.condition.published = de_.published(regime);
  scores.ranked.of_target = genes_of(regime.targets);
  Rows rows(*this, prediction, at, scores);
  const auto stream = [&](const char* name) { return Random(seed_, name, static_cast<std::uint64_t>(index)); };
  if (const auto drawn = draw_chance(screen_, split_, prediction.cells, stream("chance")))
    rows.add_chance(*drawn, other_training_means(regime, stream("chance/means")));
  for (const std::string& name : kBaselines)
    if (const auto mean = baselines_.mean(name, regime))
      rows.add(name, *mean, baselines_.cells(name, prediction.controls, regime));
  scores.compared.predicted =
      prediction.expected.empty() ? column_means(prediction.values.view()) : prediction.expected;
  rows.add("model", scores.compared.predicted, common_rows(prediction.values.view()));
  if (const auto drawn = draw_replicate(screen_, split_, prediction.cells, stream("ceiling")))
    rows.add_replicate(*drawn);
  rows.add_profile_scores();
  rows.add_noise_free();
  return scores;
}

void Scorer::append(ConditionScores&& scores) {
  if (scores.condition.scored && scores.condition.averaged) compared_.push_back(std::move(scores.compared));
  ranked_.push_back(std::move(scores.ranked));
  conditions_.push_back(std::move(scores.condition));
  for (MethodScores& row : scores.rows) rows_.push_back(std::move(row));
  for (auto& [method, mean] : scores.means) means_[method].push_back(std::move(mean));
}

void Scorer::add_ranks() {
  std::map<std::pair<std::string, std::size_t>, MethodScores*> row_of;  // on all genes
  for (MethodScores& row : rows_)
    if (row.gene_set == "all") row_of.emplace(std::pair(row.method, row.condition), &row);
  const auto merge = [&](const std::string& method, std::size_t condition, std::map<std::string, double> values) {
    if (const auto found = row_of.find({method, condition}); found != row_of.end()) found->second->values.merge(values);
  };
  for (const bool single : {true, false}) {
    std::vector<RankedCondition> conditions;
    std::vector<std::size_t> place(conditions_.size()), of_place;
    for (std::size_t k = 0; k < conditions_.size(); ++k) {
      if (!conditions_[k].scored || conditions_[k].is_single() != single) continue;
      place[k] = conditions.size();
      of_place.push_back(k);
      conditions.push_back(std::move(ranked_[k]));
    }
    const auto n_pool = static_cast<std::size_t>(
        std::count_if(conditions.begin(), conditions.end(), [](const auto& c) { return c.in_pool; }));
    for (auto& [method, all] : means_) {
      std::vector<PredictedMean> means;
      std::vector<std::size_t> of_mean;
      for (PredictedMean& mean : all) {
        if (conditions_[mean.condition].is_single() != single) continue;
        of_mean.push_back(mean.condition);
        means.push_back({place[mean.condition], std::move(mean.predicted), std::move(mean.observed)});
      }
      const auto scores = rank_scores(conditions, means);
      for (std::size_t i = 0; i < scores.size(); ++i) merge(method, of_mean[i], scores[i]);
    }
    const auto noise_free = noise_free_ranks(conditions);
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      merge("noise-free", of_place[i], noise_free[i]);
      merge("chance", of_place[i], rank_scores_by_chance(n_pool - (conditions[i].in_pool ? 1 : 0)));
    }
  }
}

}  // namespace gracevae::impl
