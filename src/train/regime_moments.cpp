#include "train/regime_moments.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <functional>

#include "stats/design_regression.hpp"

namespace gracevae::impl {

namespace {

/// One gene's values over n cells, the largest first; those that are 0 need not be stored.
class FallingValues {
 public:
  /// Sorts `stored`.
  FallingValues(std::vector<float>& stored, std::int64_t n) : values_(stored), n_(n), sums_{0} {
    std::sort(stored.begin(), stored.end(), std::greater<>());
    n_positive_ =
        std::partition_point(stored.begin(), stored.end(), [](float value) { return value > 0; }) - stored.begin();
    for (const float value : stored) sums_.push_back(sums_.back() + static_cast<double>(value));
  }
  /// δ with mean(max(0, x + δ)) = mean: piecewise linear in δ, one piece for each number of values above 0.
  double shift_before_cut(double mean) const {
    const double total = mean * static_cast<double>(n_);
    const auto shift_if_above = [&](std::int64_t above) {
      return (total - sum_of(above)) / static_cast<double>(above);
    };
    std::int64_t least = 1, most = n_;  // the fewest values above 0 such that the next is cut
    while (least < most) {
      const std::int64_t above = (least + most) / 2;
      if (value(above) + shift_if_above(above) <= 0)
        most = above;
      else
        least = above + 1;
    }
    return shift_if_above(least);
  }

 private:
  std::int64_t n_zero() const { return n_ - std::ssize(values_); }
  double value(std::int64_t i) const {
    if (i >= n_positive_ && i < n_positive_ + n_zero()) return 0;
    return static_cast<double>(values_[static_cast<std::size_t>(i < n_positive_ ? i : i - n_zero())]);
  }
  /// Of the first n.
  double sum_of(std::int64_t n) const {
    return sums_[static_cast<std::size_t>(n <= n_positive_ ? n : std::max(n_positive_, n - n_zero()))];
  }

  const std::vector<float>& values_;
  std::int64_t n_, n_positive_ = 0;
  std::vector<double> sums_;
};

/// Stored values of the genes from `first` on, one list a gene.
void gather_genes(const CsrView<float>& rows, const std::vector<std::int64_t>& cells, std::int64_t first,
                  std::vector<std::vector<float>>& genes) {
  for (auto& values : genes) values.clear();
  const std::int64_t last = first + std::ssize(genes);
  for (const std::int64_t cell : cells) {
    const auto columns = rows.row_indices(cell);
    const auto values = rows.row_values(cell);
    auto i = static_cast<std::size_t>(std::lower_bound(columns.begin(), columns.end(), first) - columns.begin());
    for (; i < columns.size() && columns[i] < last; ++i)
      genes[static_cast<std::size_t>(columns[i] - first)].push_back(values[i]);
  }
}

}  // namespace

namespace {

/// From Σ x and Σ x² of cells to those of x − w·C.
void take_covariates_out(const Screen& screen, const Tensor& effects, std::span<const std::int64_t> cells, double* sums,
                         double* squares) {
  const Tensor w = covariates_tensor(screen, cells, doubles()), products = at::zeros_like(effects);  // Σ wᵀx
  const std::int64_t k = effects.size(0), p = effects.size(1);
  const CsrView<float> rows = screen.rows();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double* const of_cell = w.data_ptr<double>() + static_cast<std::int64_t>(i) * k;
    const auto columns = rows.row_indices(cells[i]);
    const auto values = rows.row_values(cells[i]);
    for (std::int64_t j = 0; j < k; ++j) {
      double* const row = products.data_ptr<double>() + j * p;
      for (std::size_t v = 0; v < columns.size(); ++v) row[columns[v]] += of_cell[j] * static_cast<double>(values[v]);
    }
  }
  const Tensor sum = at::mm(w.sum(0, true), effects).squeeze(0),
               square = (at::mm(at::mm(w.t(), w), effects) * effects).sum(0) - 2 * (products * effects).sum(0);
  for (std::int64_t g = 0; g < p; ++g) {
    sums[g] -= sum.data_ptr<double>()[g];
    squares[g] += square.data_ptr<double>()[g];
  }
}

/// C of control cells.
Tensor effects_of_covariates(const Screen& screen, const std::vector<std::int64_t>& cells) {
  if (screen.covariates.empty()) return {};
  const Tensor all = covariates_tensor(screen, cells, doubles()), w = all - all.mean(0, true);
  const Tensor products = at::zeros({w.size(1), screen.n_genes()}, doubles());
  std::int64_t first = 0;
  for_each_block(screen, Tensor(), cells, [&](const Tensor& x) {
    products.add_(at::mm(w.narrow(0, first, x.size(0)).t(), x));
    first += x.size(0);
  });
  const auto [values, vectors] = at::linalg_eigh(at::mm(w.t(), w));
  const Tensor kept = values.gt(1e-9 * values.max()).to(values.options());
  const Tensor inverse = kept / at::clamp_min(values, 1e-300);
  return at::mm(at::mm(vectors * inverse, vectors.t()), products);
}

}  // namespace

float add_values(const Screen& screen, const Tensor& covariate_effects, std::span<const std::int64_t> cells,
                 double* sums, double* squares) {
  const CsrView<float> rows = screen.rows();
  float least = 0;
  for (const std::int64_t cell : cells) {
    const auto columns = rows.row_indices(cell);
    const auto values = rows.row_values(cell);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto value = static_cast<double>(values[i]);
      sums[columns[i]] += value;
      squares[columns[i]] += value * value;
      least = std::min(least, values[i]);
    }
  }
  if (covariate_effects.defined()) take_covariates_out(screen, covariate_effects, cells, sums, squares);
  return least;
}

Tensor shrunken_means(const RegimeMoments& moments) {
  Tensor result = moments.mean.clone();
  const Tensor control = moments.mean.select(0, 0);
  for (std::int64_t k = 1; k < moments.n_regimes(); ++k) {
    const Tensor shift = moments.mean.select(0, k) - control;
    const Tensor error = moments.variance * (1 / moments.n_cells(k) + 1 / moments.n_cells(0));
    // without variance a shift has no error: it stays, whatever 0/0 would be
    const Tensor share = at::clamp_min(1 - error / at::clamp_min(at::square(shift), 1e-300), 0);
    result.select(0, k).copy_(control + share * shift);
  }
  return result;
}

Tensor shifts_before_cut(const RunData& data, const RegimeMoments& moments) {
  constexpr std::int64_t kMostValues = 1 << 22;  // of control at a time
  const std::int64_t p = data.shape.n_genes, c = moments.n_regimes() - 1;
  const auto& control = moments.cells[0];
  const std::int64_t block = std::clamp<std::int64_t>(kMostValues / std::ssize(control), 1, p);
  Tensor result = at::empty({c, p}, doubles());
  const double* const means = moments.mean.data_ptr<double>();
  double* const shifts = result.data_ptr<double>();
  std::vector<std::vector<float>> genes;
  for (std::int64_t first = 0; first < p; first += block) {
    stop_if_requested("the start was computed");
    genes.resize(static_cast<std::size_t>(std::min(block, p - first)));
    gather_genes(data.screen.rows(), control, first, genes);
#pragma omp parallel for schedule(dynamic, 8)
    for (std::size_t i = 0; i < genes.size(); ++i) {
      const FallingValues falling(genes[i], std::ssize(control));
      const std::int64_t g = first + static_cast<std::int64_t>(i);
      for (std::int64_t k = 0; k < c; ++k) shifts[k * p + g] = falling.shift_before_cut(means[(k + 1) * p + g]);
    }
  }
  data.screen.release_rows();
  return result;
}

namespace {

/// Position of a target among the labels, which are sorted.
std::int64_t label_of(const RunData& data, const std::string& target) {
  return std::lower_bound(data.targets.begin(), data.targets.end(), target) - data.targets.begin();
}

/// Of the combinations whose targets all train alone, by the singles' means.
double scale_by_singles(const RegimeMoments& moments) {
  const std::int64_t p = moments.mean.size(1);
  const Tensor control = moments.mean.select(0, 0);
  std::vector<Tensor> observed;
  std::vector<ShiftPair> pairs;
  for (const CombinationMoments& combination : moments.combinations) {
    const auto alone = [&](std::int64_t k) { return !moments.cells[static_cast<std::size_t>(k + 1)].empty(); };
    if (!std::ranges::all_of(combination.labels, alone)) continue;
    Tensor sum = at::zeros({p}, doubles());
    for (const std::int64_t k : combination.labels) sum.add_(moments.mean.select(0, k + 1) - control);
    observed.push_back((combination.mean - control).contiguous());
    const double* const values = sum.data_ptr<double>();
    pairs.push_back({{values, values + p}, {observed.back().data_ptr<double>(), static_cast<std::size_t>(p)}});
  }
  return combination_scale(pairs);
}

/// Replaces the labels' means by control's plus their effects in all regimes that train.
void borrow_from_combinations(RegimeMoments& moments, bool scaled) {
  const std::int64_t p = moments.mean.size(1), n_labels = moments.n_regimes() - 1;
  const auto width = static_cast<std::size_t>(p);
  const Tensor control = moments.mean.select(0, 0).clone();
  std::vector<Tensor> shifts;
  std::vector<DesignGroup> groups;
  const auto add = [&](std::vector<std::int64_t> labels, double n, const Tensor& mean) {
    shifts.push_back((mean - control).contiguous());
    groups.push_back({std::move(labels), n, {shifts.back().data_ptr<double>(), width}});
  };
  for (std::int64_t k = 0; k < n_labels; ++k)
    if (moments.n_cells(k + 1) > 0) add({k}, moments.n_cells(k + 1), moments.mean.select(0, k + 1));
  for (const CombinationMoments& combination : moments.combinations)
    add(combination.labels, combination.n_cells, combination.mean);
  const Tensor variance = moments.variance.contiguous();
  const DesignEffects found =
      design_effects(groups, n_labels, {variance.data_ptr<double>(), width}, scaled ? scale_by_singles(moments) : 1);
  for (std::int64_t k = 0; k < n_labels; ++k) {
    const std::vector<double>& effect = found.effects[static_cast<std::size_t>(k)];
    moments.mean.select(0, k + 1).copy_(control + at::from_blob(const_cast<double*>(effect.data()), {p}, doubles()));
    moments.n[static_cast<std::size_t>(k + 1)] = found.n[static_cast<std::size_t>(k)];
  }
}

}  // namespace

RegimeMoments regime_moments(const RunData& data, bool scaled) {
  RegimeMoments result;
  result.cells.push_back(cells_in_fold(data.screen.regimes.front(), data.split, Fold::train));
  for (const auto& target : data.targets) result.cells.push_back(training_cells(data.screen, data.split, target));
  std::vector<std::vector<std::int64_t>> all = result.cells;
  for (std::size_t k = 1; k < data.screen.regimes.size(); ++k) {
    const Regime& regime = data.screen.regimes[k];
    if (regime.targets.size() < 2) continue;
    std::vector<std::int64_t> cells = cells_in_fold(regime, data.split, Fold::train);
    if (cells.empty()) continue;
    CombinationMoments& combination = result.combinations.emplace_back();
    for (const std::string& target : regime.targets) combination.labels.push_back(label_of(data, target));
    combination.n_cells = static_cast<double>(cells.size());
    all.push_back(std::move(cells));
  }
  const std::int64_t p = data.shape.n_genes;
  result.covariate_effects = effects_of_covariates(data.screen, result.cells.front());
  const Tensor mean_of_all = at::zeros({std::ssize(all), p}, doubles());
  result.variance = at::zeros({p}, doubles());
  double* const means = mean_of_all.data_ptr<double>();
  double* const pooled = result.variance.data_ptr<double>();
  double degrees = 0;
  float least = 0;
  std::atomic<bool> stopped = false;
#pragma omp parallel for ordered schedule(dynamic) reduction(min : least)
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (omp_get_thread_num() == 0 && interrupt_requested()) stopped = true;
    if (stopped || all[k].empty()) continue;
    const auto n = static_cast<double>(all[k].size());
    double* const mean = means + static_cast<std::int64_t>(k) * p;
    std::vector<double> squares(static_cast<std::size_t>(p), 0.0);
    least = std::min(least, add_values(data.screen, result.covariate_effects, all[k], mean, squares.data()));
    for (std::int64_t g = 0; g < p; ++g) mean[g] /= n;
    data.screen.release_rows();
#pragma omp ordered
    {
      for (std::int64_t g = 0; g < p; ++g) pooled[g] += squares[static_cast<std::size_t>(g)] - n * mean[g] * mean[g];
      degrees += n - 1;
    }
  }
  stop_if_requested("the regimes' means were computed");
  result.nonnegative = least >= 0;
  result.variance = at::clamp_min(result.variance, 0) / std::max(degrees, 1.0);
  result.mean = mean_of_all.narrow(0, 0, std::ssize(result.cells));
  for (const auto& cells : result.cells) result.n.push_back(static_cast<double>(cells.size()));
  for (std::size_t i = 0; i < result.combinations.size(); ++i)
    result.combinations[i].mean = mean_of_all.select(0, std::ssize(result.cells) + static_cast<std::int64_t>(i));
  if (!result.combinations.empty()) borrow_from_combinations(result, scaled);
  return result;
}

}  // namespace gracevae::impl
