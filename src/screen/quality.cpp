#include "screen/quality.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/error.hpp"
#include "screen/describe.hpp"
#include "screen/normalise.hpp"
#include "screen/stratum_screen.hpp"
#include "stats/count_variance.hpp"
#include "stats/distributions.hpp"
#include "stats/fold_sums.hpp"
#include "stats/group_moments.hpp"
#include "stats/normal_mixture.hpp"
#include "stats/summary.hpp"
#include "stats/welch.hpp"
#include "stats/wilcoxon.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kDirectionGenes = 50;
constexpr double kLeastT = 2;   // of a gene of the direction
constexpr double kHoldsUp = 4;  // t of held-out projections from which a direction is believed
constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

// ---- values ----

/// Values on a log1p scale: the screen's own, or a copy.
class LogValues {
 public:
  explicit LogValues(const Screen& screen) : rows_(screen.rows()) {
    const ValueScale scale = summarise_values(screen.values(), screen.n_cells(), screen.n_genes()).scale;
    linear_known_ = scale != ValueScale::negative;
    text_ = "as they are, taken for log1p";
    if (scale == ValueScale::counts) normalise(screen);
    if (scale == ValueScale::linear) {
      copy(screen);
      for (float& value : copy_.values) value = std::log1p(value);
      text_ = "not logarithmised: log1p was taken for this";
    }
  }
  LogValues(const LogValues&) = delete;
  LogValues& operator=(const LogValues&) = delete;

  const CsrView<float>& rows() const { return rows_; }
  const std::string& text() const { return text_; }
  bool linear_known() const { return linear_known_; }  ///< expm1 of the values is on a linear scale

 private:
  void copy(const Screen& screen) {
    const CsrView<float> from = screen.rows();
    copy_.n_cols = from.n_cols;
    copy_.indices.reserve(static_cast<std::size_t>(screen.n_stored()));
    copy_.values.reserve(static_cast<std::size_t>(screen.n_stored()));
    for (std::int64_t i = 0; i < from.n_rows; ++i) append_row(from, i, copy_);
    rows_ = copy_;
  }

  void normalise(const Screen& screen) {
    copy(screen);
    std::vector<double> totals;
    for (std::int64_t i = 0; i < copy_.n_rows; ++i) {
      const auto values = copy_.row_values(i);
      totals.push_back(std::accumulate(values.begin(), values.end(), 0.0));
    }
    const double target = median_of_positive(totals);
    for (std::int64_t i = 0; i < copy_.n_rows; ++i)
      normalise_log1p({copy_.values.data() + copy_.indptr[static_cast<std::size_t>(i)], copy_.row_size(i)},
                      totals[static_cast<std::size_t>(i)], target);
    text_ = fmt::format("counts: normalised to the median total of {:g} a cell and log1p for this", target);
  }

  CsrMatrix<float> copy_;
  CsrView<float> rows_;
  std::string text_;
  bool linear_known_ = true;
};

// ---- own genes ----

/// Expression of the measured targets in every group, against group 0.
class TargetExpression {
 public:
  TargetExpression(const Screen& screen, const LogValues& values) : values_(values) {
    std::unordered_map<std::string_view, std::int32_t> column;
    for (std::size_t j = 0; j < screen.genes.size(); ++j) column.emplace(screen.genes[j], static_cast<std::int32_t>(j));
    std::map<std::int32_t, std::string> measured;
    for (const std::string& target : targets_of(screen))
      if (const auto found = column.find(target); found != column.end()) measured.emplace(found->second, target);
    std::vector<std::int32_t> place(screen.genes.size(), -1);
    for (const auto& [gene, target] : measured) {
      place[static_cast<std::size_t>(gene)] = static_cast<std::int32_t>(place_of_.size());
      place_of_.emplace(target, place_of_.size());
    }
    take_columns(values.rows(), place);
    one_count_ = values.linear_known() ? std::expm1(one_count_log1p(values.rows())) : 0;
  }

  /// `groups`: of every cell, 0 control, −1 none.
  void test(const std::vector<std::int32_t>& groups, std::int64_t n_groups) {
    const GroupMoments logs = moments_of(groups, n_groups, [](double value) { return value; });
    linear_.emplace(moments_of(groups, n_groups, [](double value) { return std::expm1(value); }));
    z_ = wilcoxon_scores(pass_over(x_), groups, logs, 0);
  }

  /// The measured ones of these targets.
  std::vector<OwnGene> of(const std::vector<std::string>& targets, std::int64_t group) const {
    std::vector<OwnGene> genes;
    for (const std::string& target : targets) {
      const auto place = place_of_.find(target);
      if (place == place_of_.end() || linear_->n_rows(group) == 0) continue;
      const auto gene = static_cast<std::int64_t>(place->second);
      genes.push_back({target, ratio(group, gene), normal_two_sided(z_(group, gene)), z_(group, gene)});
    }
    return genes;
  }

 private:
  void take_columns(const CsrView<float>& rows, const std::vector<std::int32_t>& place) {
    x_.n_cols = static_cast<std::int64_t>(place_of_.size());
    for (std::int64_t i = 0; i < rows.n_rows; ++i) {
      const auto genes = rows.row_indices(i);
      const auto row = rows.row_values(i);
      for (std::size_t k = 0; k < genes.size(); ++k) {
        const std::int32_t column = place[static_cast<std::size_t>(genes[k])];
        if (column < 0 || row[k] == 0) continue;
        x_.indices.push_back(column);
        x_.values.push_back(row[k]);
      }
      x_.indptr.push_back(x_.n_nonzero());
      ++x_.n_rows;
    }
  }

  template <class Transform>
  GroupMoments moments_of(const std::vector<std::int32_t>& groups, std::int64_t n_groups, const Transform& transform) {
    GroupMoments moments(n_groups, x_.n_cols);
    for (std::int64_t i = 0; i < x_.n_rows; ++i)
      if (groups[static_cast<std::size_t>(i)] >= 0)
        moments.add(groups[static_cast<std::size_t>(i)], x_.row_indices(i), x_.row_values(i), transform);
    return moments;
  }

  /// Squared error of a mean: no less than that of Poisson counts, of which one at least is taken to be there.
  double mean_error2(std::int64_t group, std::int64_t gene) const {
    const auto n = static_cast<double>(linear_->n_rows(group));
    const double counted = one_count_ * std::max(linear_->mean(group, gene), one_count_ / n);
    return std::max(n > 1 ? linear_->variance(group, gene) : 0, counted) / n;
  }

  Measured ratio(std::int64_t group, std::int64_t gene) const {
    const double mean = linear_->mean(group, gene), control = linear_->mean(0, gene);
    if (!values_.linear_known() || !(control > 0)) return {};
    const double ratio = mean / control;
    return {ratio, std::sqrt(mean_error2(group, gene) + ratio * ratio * mean_error2(0, gene)) / control};
  }

  const LogValues& values_;
  std::map<std::string, std::size_t> place_of_;
  CsrMatrix<float> x_;  ///< [cells, measured targets]
  double one_count_ = 0;
  std::optional<GroupMoments> linear_;
  Matrix<double> z_;
};

// ---- effects ----

/// Cells of one guide (−1: of none) and their folds.
struct Part {
  std::int32_t guide = -1;
  std::vector<std::int64_t> cells;
  std::vector<std::int8_t> folds;
};

/// A mean without each fold, and, last, without none.
using FoldMeans = std::vector<FoldMean>;

FoldMeans fold_means(const FoldSums& sums) {
  FoldMeans means;
  for (int fold = 0; fold <= kFolds; ++fold) means.push_back(sums.without(fold));
  return means;
}

/// Unbiased squared effect with its error → the effect: the root, 0 of what is below 0, with half the width of the
/// interval that the error gives.
Measured root_of(const Measured& square) {
  const auto root = [](double value) { return std::sqrt(std::max(value, 0.0)); };
  const double value = std::max(square.value, 0.0);
  return {root(value), (root(value + square.error) - root(value - square.error)) / 2};
}

void set_effect(GroupQuality& group, const Measured& square) {
  group.effect = root_of(square);
  group.z = square.error > 0 ? square.value / square.error : kNotKnown;
}

Measured squared_effect(const FoldMeans& means, const FoldMeans& reference) {
  return jackknife([&](int fold) {
    return squared_distance(means[static_cast<std::size_t>(fold)], reference[static_cast<std::size_t>(fold)]);
  });
}

/// Products of the changes of a label's guides without each fold, and, last, of all; unbiased.
class GuideProducts {
 public:
  GuideProducts(const std::vector<FoldMeans>& guides, const FoldMeans& control) {
    const auto n = static_cast<std::int64_t>(guides.size());
    for (std::size_t fold = 0; fold <= kFolds; ++fold) {
      Matrix<double> products(n, n);
      std::vector<double> cells;
      for (std::int64_t a = 0; a < n; ++a) {
        const FoldMean& mean = guides[static_cast<std::size_t>(a)][fold];
        cells.push_back(mean.n);
        products(a, a) = squared_distance(mean, control[fold]);
        for (std::int64_t b = 0; b < a; ++b)
          products(a, b) = products(b, a) =
              cross_product(mean, guides[static_cast<std::size_t>(b)][fold], control[fold]);
      }
      products_.push_back(std::move(products));
      cells_.push_back(std::move(cells));
    }
  }

  Measured square(std::int64_t guide) const {
    return jackknife([&](int fold) { return products_[static_cast<std::size_t>(fold)](guide, guide); });
  }
  Measured others_square(std::int64_t guide) const {
    return jackknife([&](int fold) { return with_others(guide, fold).square; });
  }
  Measured cosine_with_others(std::int64_t guide) const {
    return jackknife([&](int fold) {
      const Others others = with_others(guide, fold);
      return others.cross / std::sqrt(products_[static_cast<std::size_t>(fold)](guide, guide) * others.square);
    });
  }
  /// Over all pairs of these guides: sum of products over the sum of geometric means of squares.
  Measured cosine_between(const std::vector<std::int64_t>& guides) const {
    return jackknife([&](int fold) {
      const Matrix<double>& products = products_[static_cast<std::size_t>(fold)];
      double cross = 0, squares = 0;
      for (const std::int64_t a : guides)
        for (const std::int64_t b : guides)
          if (a < b) {
            cross += products(a, b);
            squares += std::sqrt(products(a, a) * products(b, b));
          }
      return cross / squares;
    });
  }

 private:
  /// The others' cells taken together.
  struct Others {
    double cross = 0, square = 0;
  };
  Others with_others(std::int64_t guide, int fold) const {
    const Matrix<double>& products = products_[static_cast<std::size_t>(fold)];
    const std::vector<double>& cells = cells_[static_cast<std::size_t>(fold)];
    Others others;
    double n = 0;
    for (std::int64_t a = 0; a < products.n_rows; ++a) {
      if (a == guide) continue;
      const double n_a = cells[static_cast<std::size_t>(a)];
      n += n_a;
      others.cross += n_a * products(guide, a);
      for (std::int64_t b = 0; b < products.n_rows; ++b)
        if (b != guide) others.square += n_a * cells[static_cast<std::size_t>(b)] * products(a, b);
    }
    return {others.cross / n, others.square / (n * n)};
  }

  std::vector<Matrix<double>> products_;  ///< [kFolds + 1] of [guides, guides]
  std::vector<std::vector<double>> cells_;
};

/// Of a label and its guides, in their order; empty guides are those of too few cells.
void fill_agreement(LabelQuality& label, const std::vector<GuideQuality*>& guides, const GuideProducts& products) {
  std::vector<std::int64_t> clear;
  for (std::size_t k = 0; k < guides.size(); ++k) {
    GuideQuality& guide = *guides[k];
    const auto at = static_cast<std::int64_t>(k);
    set_effect(guide, products.square(at));
    if (guide.z >= kClearEffect) clear.push_back(at);
    if (guides.size() < 2) continue;
    const Measured others = products.others_square(at);
    guide.others_z = others.error > 0 ? others.value / others.error : kNotKnown;
    if (guide.z >= kClearEffect && guide.others_z >= kClearEffect) guide.agreement = products.cosine_with_others(at);
  }
  if (clear.size() >= 2) label.agreement = products.cosine_between(clear);
}

// ---- cells that look like control ----

/// The direction from control to a label: weights of a few genes.
struct Direction {
  std::vector<std::int32_t> genes;
  std::vector<double> weights;
};

Direction direction_of(const FoldMean& label, const FoldMean& control, const CountVariance& counted) {
  struct Candidate {
    std::int32_t gene;
    double t, weight;
  };
  std::vector<Candidate> candidates;
  const double degrees = label.n + control.n - 2;
  for (std::size_t g = 0; g < label.mean.size(); ++g) {
    const double change = label.mean[g] - control.mean[g];
    if (change == 0) continue;
    const double mean = (label.n * label.mean[g] + control.n * control.mean[g]) / (label.n + control.n);
    const double pooled = ((label.n - 1) * label.variance[g] + (control.n - 1) * control.variance[g]) / degrees;
    const double variance = std::max(pooled, counted.at(mean));
    const double t = change / std::sqrt(variance * (1 / label.n + 1 / control.n));
    if (!(std::abs(t) > kLeastT) || !(variance > 0)) continue;
    candidates.push_back(
        {static_cast<std::int32_t>(g), std::abs(t), change / variance * (1 - kLeastT * kLeastT / (t * t))});
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.t != b.t ? a.t > b.t : a.gene < b.gene; });
  candidates.resize(std::min(candidates.size(), kDirectionGenes));
  Direction direction;
  for (const Candidate& candidate : candidates) {
    direction.genes.push_back(candidate.gene);
    direction.weights.push_back(candidate.weight);
  }
  return direction;
}

/// Squared standard error of a mean.
double squared_error(const NormalComponent& of, std::size_t n) { return of.sd * of.sd / static_cast<double>(n); }

// ---- all of it ----

class Study {
 public:
  Study(const Screen& screen, const Guides& guides, std::int64_t seed)
      : screen_(screen), guides_(guides), seed_(seed), values_(screen), own_labels_(screen, values_),
        own_guides_(own_labels_), counted_(one_count_log1p(values_.rows())), control_sums_(screen.n_genes()) {}

  Quality run() {
    Quality quality;
    quality.source = screen_.source;
    quality.values = values_.text();
    quality.guide_column = guides_.column;
    quality.seed = seed_;
    quality.labels.resize(screen_.regimes.size());
    quality.p_perturbed.assign(static_cast<std::size_t>(screen_.n_cells()), kNotKnown);
    test_own_genes();
    start_control(quality.labels.front());
#pragma omp parallel for schedule(dynamic)
    for (std::size_t k = 1; k < quality.labels.size(); ++k) quality.labels[k] = label(k, quality.p_perturbed);
    screen_.release_rows();
    take_notes(quality);
    return quality;
  }

 private:
  void test_own_genes() {
    own_labels_.test(screen_.regime_of_cell, std::ssize(screen_.regimes));
    if (!guides_.known()) return;
    std::vector<std::int32_t> groups;
    for (std::size_t i = 0; i < screen_.regime_of_cell.size(); ++i)
      groups.push_back(screen_.regime_of_cell[i] == 0     ? 0
                       : guides_.guide_of_cell[i] + 1 > 0 ? guides_.guide_of_cell[i] + 1
                                                          : -1);
    own_guides_.test(groups, std::ssize(guides_.names) + 1);
  }

  std::vector<Part> parts_of(std::size_t regime) const {
    std::map<std::int32_t, Part> by_guide;
    for (const std::int64_t cell : screen_.regimes[regime].cells) {
      const std::int32_t guide = guides_.known() ? guides_.guide_of_cell[static_cast<std::size_t>(cell)] : -1;
      by_guide[guide].cells.push_back(cell);
    }
    std::vector<Part> parts;
    std::int64_t n_before = 0;
    for (auto& [guide, part] : by_guide) {
      part.guide = guide;
      part.folds = drawn_folds(std::ssize(part.cells),
                               Random(static_cast<std::uint64_t>(seed_), "quality folds", regime, parts.size()),
                               static_cast<int>(n_before % kFolds));
      n_before += std::ssize(part.cells);
      parts.push_back(std::move(part));
    }
    return parts;
  }

  FoldSums sums_of(const Part& part) const {
    FoldSums sums(screen_.n_genes());
    for (std::size_t i = 0; i < part.cells.size(); ++i)
      sums.add(part.folds[i], values_.rows().row_indices(part.cells[i]), values_.rows().row_values(part.cells[i]));
    return sums;
  }

  /// Names, cells and own genes.
  LabelQuality described(std::size_t regime, const std::vector<Part>& parts) const {
    LabelQuality label;
    const Regime& own = screen_.regimes[regime];
    label.name = own.label;
    label.n_cells = std::ssize(own.cells);
    label.own_genes = own_labels_.of(own.targets, static_cast<std::int64_t>(regime));
    for (const Part& part : parts) {
      if (part.guide < 0) continue;
      GuideQuality guide;
      guide.name = guides_.names[static_cast<std::size_t>(part.guide)];
      guide.n_cells = std::ssize(part.cells);
      guide.own_genes = own_guides_.of(own.targets, part.guide + 1);
      label.guides.push_back(std::move(guide));
    }
    return label;
  }

  /// Sums of control and, of each of its guides, the effect against the others.
  void start_control(LabelQuality& label) {
    const std::vector<Part> parts = parts_of(0);
    label = described(0, parts);
    label.no_share = "control itself";
    CsrMatrix<float> cells;
    cells.n_cols = screen_.n_genes();
    for (const Part& part : parts) {
      control_sums_ += sums_of(part);
      for (const std::int64_t cell : part.cells) append_row(values_.rows(), cell, cells);
      control_folds_.insert(control_folds_.end(), part.folds.begin(), part.folds.end());
    }
    if (!control_known()) return;
    control_columns_ = transposed(cells);
    control_ = fold_means(control_sums_);
    std::size_t guide = 0;
    for (const Part& part : parts) {
      if (part.guide < 0) continue;
      GuideQuality& own = label.guides[guide++];
      if (own.n_cells < kFewestCells || label.n_cells - own.n_cells < kFewestCells) continue;
      const FoldSums sums = sums_of(part);  // again: those of a thousand control guides are too many to keep
      FoldSums others = control_sums_;
      others -= sums;
      set_effect(own, squared_effect(fold_means(sums), fold_means(others)));
    }
  }

  bool control_known() const { return std::ssize(control_folds_) >= kFewestCells; }

  LabelQuality label(std::size_t regime, std::vector<double>& p_perturbed) const {
    const std::vector<Part> parts = parts_of(regime);
    LabelQuality label = described(regime, parts);
    if (label.n_cells < kFewestCells || !control_known()) {
      label.no_share = fmt::format("fewer than {} {}cells", kFewestCells, control_known() ? "" : "control ");
      return label;
    }
    FoldSums all(screen_.n_genes());
    std::vector<FoldMeans> guide_means;
    std::vector<GuideQuality*> measured;
    std::size_t guide = 0;
    for (const Part& part : parts) {
      const FoldSums sums = sums_of(part);
      all += sums;
      GuideQuality* const own = part.guide < 0 ? nullptr : &label.guides[guide++];
      if (!own || own->n_cells < kFewestCells) continue;
      measured.push_back(own);
      guide_means.push_back(fold_means(sums));
    }
    const FoldMeans means = fold_means(all);
    set_effect(label, squared_effect(means, control_));
    if (!measured.empty()) fill_agreement(label, measured, GuideProducts(guide_means, control_));
    fill_shares(label, regime, parts, means, p_perturbed);
    return label;
  }

  /// A label's projections, part by part, and control's; empty where a fold has no direction.
  struct Scores {
    std::vector<std::vector<double>> label;
    std::vector<double> control;
  };

  /// Cells of a fold are projected on the direction of the others, in units of the other folds' control cells.
  Scores scores_of(const std::vector<Part>& parts, const FoldMeans& means) const {
    Scores scores;
    for (const Part& part : parts) scores.label.emplace_back(part.cells.size());
    scores.control.resize(control_folds_.size());
    std::vector<double> dense(static_cast<std::size_t>(screen_.n_genes()), 0.0), projected(control_folds_.size());
    for (int fold = 0; fold < kFolds; ++fold) {
      const auto at = static_cast<std::size_t>(fold);
      const Direction direction = direction_of(means[at], control_[at], counted_);
      if (direction.genes.empty()) return {};
      std::ranges::fill(projected, 0.0);
      for (std::size_t k = 0; k < direction.genes.size(); ++k) {
        const auto cells = control_columns_.row_indices(direction.genes[k]);
        const auto values = control_columns_.row_values(direction.genes[k]);
        for (std::size_t i = 0; i < cells.size(); ++i)
          projected[static_cast<std::size_t>(cells[i])] += direction.weights[k] * static_cast<double>(values[i]);
      }
      std::vector<double> training;
      for (std::size_t i = 0; i < projected.size(); ++i)
        if (control_folds_[i] != fold) training.push_back(projected[i]);
      const NormalComponent unit = component_of(training);
      if (!(unit.sd > 0)) return {};
      for (std::size_t i = 0; i < projected.size(); ++i)
        if (control_folds_[i] == fold) scores.control[i] = (projected[i] - unit.mean) / unit.sd;
      for (std::size_t k = 0; k < direction.genes.size(); ++k)
        dense[static_cast<std::size_t>(direction.genes[k])] = direction.weights[k];
      for (std::size_t p = 0; p < parts.size(); ++p)
        for (std::size_t i = 0; i < parts[p].cells.size(); ++i)
          if (parts[p].folds[i] == fold) scores.label[p][i] = (product(parts[p].cells[i], dense) - unit.mean) / unit.sd;
      for (const std::int32_t gene : direction.genes) dense[static_cast<std::size_t>(gene)] = 0;
    }
    return scores;
  }

  double product(std::int64_t cell, const std::vector<double>& weights) const {
    const auto genes = values_.rows().row_indices(cell);
    const auto values = values_.rows().row_values(cell);
    double sum = 0;
    for (std::size_t k = 0; k < genes.size(); ++k)
      sum += weights[static_cast<std::size_t>(genes[k])] * static_cast<double>(values[k]);
    return sum;
  }

  void fill_shares(LabelQuality& label, std::size_t regime, const std::vector<Part>& parts, const FoldMeans& means,
                   std::vector<double>& p_perturbed) const {
    label.no_share = "no direction: the effect is not clear";
    if (!(label.z >= kClearEffect)) return;
    const Scores scores = scores_of(parts, means);
    label.no_share = "no direction: no gene changes";
    if (scores.label.empty()) return;
    std::vector<double> all;
    for (const auto& part : scores.label) all.insert(all.end(), part.begin(), part.end());
    const NormalComponent perturbed = component_of(all), control = component_of(scores.control);
    label.no_share = "no direction: it does not hold in cells left out";
    if (!(welch_t(perturbed.mean - control.mean,
                  squared_error(perturbed, all.size()) + squared_error(control, scores.control.size())) >= kHoldsUp))
      return;
    const Mixture mixture = fit_mixture(all, control);
    label.separation = mixture.separation();
    label.no_share = "no direction: control and perturbed cells overlap";
    if (!(label.separation >= kLeastSeparation)) return;
    const double error = bootstrap_share_error(all, scores.control, mixture,
                                               Random(static_cast<std::uint64_t>(seed_), "quality bootstrap", regime));
    label.no_share = "share too uncertain";
    if (!(error <= kMostShareError)) return;
    label.no_share = "";
    label.control_like = {mixture.known_share, error};
    std::size_t guide = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (std::size_t i = 0; i < parts[p].cells.size(); ++i)
        p_perturbed[static_cast<std::size_t>(parts[p].cells[i])] = mixture.probability_other(scores.label[p][i]);
      if (parts[p].guide < 0) continue;
      GuideQuality& own = label.guides[guide++];
      if (own.n_cells >= kFewestCells) own.control_like = known_share_of(scores.label[p], mixture);
    }
  }

  void take_notes(Quality& quality) const {
    if (!control_known())
      quality.notes.push_back(fmt::format("{} control cells: effects need {}", control_folds_.size(), kFewestCells));
    if (!values_.linear_known()) quality.notes.emplace_back("values below 0: ratios of expression are not known");
    if (!guides_.known()) return;
    const auto n_none = std::count(guides_.guide_of_cell.begin(), guides_.guide_of_cell.end(), -1);
    if (n_none > 0) quality.notes.push_back(fmt::format("{} cells have no guide in '{}'", n_none, guides_.column));
  }

  const Screen& screen_;
  const Guides& guides_;
  std::int64_t seed_;
  LogValues values_;
  TargetExpression own_labels_, own_guides_;
  CountVariance counted_;
  FoldSums control_sums_;
  FoldMeans control_;
  std::vector<std::int8_t> control_folds_;  ///< of the columns of control_columns_
  CsrMatrix<float> control_columns_;        ///< [genes, control cells]
};

// ---- strata ----

/// Σ n·value / Σ n over what is known.
class WeightedMean {
 public:
  void add(const Measured& part, double n) {
    if (!std::isfinite(part.value)) return;
    value_ += n * part.value;
    squares_ += n * n * part.error * part.error;
    n_ += n;
  }
  Measured value() const { return n_ > 0 ? Measured{value_ / n_, std::sqrt(squares_) / n_} : Measured{}; }

 private:
  double value_ = 0, squares_ = 0, n_ = 0;
};

/// Σ n·z / √Σ n² over what is known (Stouffer, Liptak).
class WeightedScore {
 public:
  void add(double z, double n) {
    if (!std::isfinite(z)) return;
    sum_ += n * z;
    squares_ += n * n;
  }
  double value() const { return squares_ > 0 ? sum_ / std::sqrt(squares_) : kNotKnown; }

 private:
  double sum_ = 0, squares_ = 0;
};

/// What the strata say of a label or a guide.
void merge_groups(const std::vector<const GroupQuality*>& parts, GroupQuality& merged) {
  WeightedMean effect, agreement, control_like;
  WeightedScore z;
  std::map<std::string, std::pair<WeightedMean, WeightedScore>> genes;
  merged.name = parts.front()->name;
  for (const GroupQuality* part : parts) {
    const auto n = static_cast<double>(part->n_cells);
    merged.n_cells += part->n_cells;
    effect.add(part->effect, n);
    agreement.add(part->agreement, n);
    control_like.add(part->control_like, n);
    z.add(part->z, n);
    for (const OwnGene& gene : part->own_genes) {
      auto& [ratio, score] = genes[gene.gene];
      ratio.add(gene.ratio, n);
      score.add(gene.z, n);
    }
  }
  merged.effect = effect.value();
  merged.agreement = agreement.value();
  merged.control_like = control_like.value();
  merged.z = z.value();
  for (const OwnGene& gene : parts.front()->own_genes) {
    const auto& [ratio, score] = genes.at(gene.gene);
    merged.own_genes.push_back({gene.gene, ratio.value(), normal_two_sided(score.value()), score.value()});
  }
}

LabelQuality merge_labels(const std::vector<const LabelQuality*>& parts) {
  LabelQuality merged;
  merge_groups({parts.begin(), parts.end()}, merged);
  WeightedMean separation;
  std::map<std::string, std::vector<const GuideQuality*>> guides;
  merged.no_share = parts.front()->no_share;
  for (const LabelQuality* part : parts) {
    if (part->no_share.empty()) merged.no_share = "";
    separation.add({part->separation, 0}, static_cast<double>(part->n_cells));
    for (const GuideQuality& guide : part->guides) guides[guide.name].push_back(&guide);
  }
  merged.separation = separation.value().value;
  for (const auto& [name, of_strata] : guides) {
    GuideQuality& guide = merged.guides.emplace_back();
    merge_groups({of_strata.begin(), of_strata.end()}, guide);
    WeightedScore others;
    for (const GuideQuality* part : of_strata) others.add(part->others_z, static_cast<double>(part->n_cells));
    guide.others_z = others.value();
  }
  return merged;
}

Quality quality_within_strata(const Screen& screen, const Guides& guides, std::int64_t seed) {
  Quality quality;
  quality.p_perturbed.assign(static_cast<std::size_t>(screen.n_cells()), kNotKnown);
  for (std::int32_t stratum = 0; stratum < screen.covariates.n_strata(); ++stratum) {
    const StratumScreen part = stratum_screen(screen, stratum);
    Guides own = guides;
    own.guide_of_cell.clear();
    for (std::size_t cell = 0; guides.known() && cell < part.row.size(); ++cell)
      if (part.row[cell] >= 0) own.guide_of_cell.push_back(guides.guide_of_cell[cell]);
    Quality within = Study(part.screen, own, seed).run();
    within.stratum = screen.covariates.stratum_name(stratum);
    for (std::size_t cell = 0; cell < part.row.size(); ++cell)
      if (part.row[cell] >= 0) quality.p_perturbed[cell] = within.p_perturbed[static_cast<std::size_t>(part.row[cell])];
    for (const std::string& note : within.notes) quality.notes.push_back(within.stratum + ": " + note);
    quality.within.push_back(std::move(within));
  }
  const Quality& first = quality.within.front();
  quality.source = first.source;
  quality.values = first.values;
  quality.guide_column = first.guide_column;
  quality.seed = seed;
  for (const Regime& regime : screen.regimes) {
    std::vector<const LabelQuality*> parts;
    for (const Quality& within : quality.within)
      for (const LabelQuality& label : within.labels)
        if (label.name == regime.label) parts.push_back(&label);
    quality.labels.push_back(merge_labels(parts));
  }
  return quality;
}

}  // namespace

Quality quality_of(const Screen& screen, const Guides& guides, std::int64_t seed) {
  GRACEVAE_CHECK(!guides.known() || std::ssize(guides.guide_of_cell) == screen.n_cells(), "guides of this screen");
  return screen.covariates.n_strata() > 1 ? quality_within_strata(screen, guides, seed)
                                          : Study(screen, guides, seed).run();
}

}  // namespace gracevae::impl
