#include "screen/differential.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "stats/distributions.hpp"
#include "stats/multiple_testing.hpp"
#include "stats/row_means.hpp"
#include "stats/welch.hpp"

namespace gracevae::impl {

namespace {

/// Keeps the ratio finite where a mean is zero; scanpy's.
constexpr double kSmallExpression = 1e-9;

std::vector<double> log2_fold_changes(const GroupMoments& moments, std::int64_t group, double log_base) {
  std::vector<double> changes(static_cast<std::size_t>(moments.n_columns()));
  const auto expression = [&](std::int64_t g, std::int64_t gene) {
    return std::expm1(moments.mean(g, gene) * std::log(log_base)) + kSmallExpression;
  };
  for (std::int64_t gene = 0; gene < moments.n_columns(); ++gene)
    changes[static_cast<std::size_t>(gene)] = std::log2(expression(group, gene) / expression(0, gene));
  return changes;
}

}  // namespace

MeanOfCells::MeanOfCells(const Screen& screen, std::span<const std::int64_t> cells)
    : mean(mean_of_cells(screen, cells)), squared_error(squared_errors_of_mean(screen.rows(), cells, mean)) {}

std::vector<double> welch_t(const MeanOfCells& group, const MeanOfCells& reference) {
  std::vector<double> t(group.mean.size());
  for (std::size_t gene = 0; gene < t.size(); ++gene)
    t[gene] =
        welch_t(group.mean[gene] - reference.mean[gene], group.squared_error[gene] + reference.squared_error[gene]);
  return t;
}

std::vector<double> welch_t(const Screen& screen, std::span<const std::int64_t> cells,
                            std::span<const std::int64_t> reference) {
  return welch_t(MeanOfCells(screen, cells), MeanOfCells(screen, reference));
}

std::vector<std::int32_t> top_genes(std::span<const double> scores, std::int64_t n) {
  std::vector<std::int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  const auto kept = std::clamp<std::int64_t>(n, 0, static_cast<std::int64_t>(order.size()));
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](std::int32_t a, std::int32_t b) {
    const double x = std::abs(scores[static_cast<std::size_t>(a)]);
    const double y = std::abs(scores[static_cast<std::size_t>(b)]);
    return x != y ? x > y : a < b;
  });
  order.resize(static_cast<std::size_t>(kept));
  return order;
}

std::vector<std::int32_t> genes_by_score(std::span<const double> scores) {
  std::vector<std::int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
  });
  return order;
}

std::string scanpy_method(const std::string& method) {
  if (method == "welch") return "t-test";
  return method == "welch-overestimated" ? "t-test_overestim_var" : method;
}

DifferentialTests::DifferentialTests(GroupMoments moments, const DifferentialOptions& options, const RowPass& pass,
                                     std::span<const std::int32_t> groups)
    : moments_(std::move(moments)), options_(options),
      floor_(options.variance_floor == "counts" ? options.one_count.value_or(0) * std::log(options.log_base) : 0) {
  GRACEVAE_CHECK(std::ranges::count(kDifferentialMethods, options_.method) == 1, "unknown method: " + options_.method);
  GRACEVAE_CHECK(options_.min_cells >= 2, "a test needs two cells");
  if (options_.method == "wilcoxon")
    z_ = wilcoxon_scores(pass, groups, moments_, 0, options_.wilcoxon);
  else
    GRACEVAE_CHECK(options_.variance_floor == "none" || options_.one_count, "a floor needs what one count is");
}

bool DifferentialTests::can_test(std::int64_t group) const {
  return group > 0 && moments_.n_rows(group) >= options_.min_cells && moments_.n_rows(0) >= 2;
}

ConditionTest DifferentialTests::test(std::int64_t group) const {
  GRACEVAE_CHECK(can_test(group), "too few cells to test");
  ConditionTest result;
  if (options_.method == "wilcoxon") {
    const auto row = z_.row(group);
    result.scores.assign(row.begin(), row.end());
    for (const double z : row) result.p_values.push_back(normal_two_sided(z));
  } else {
    ColumnTests welch = welch_test(moments_, group, 0,
                                   {.overestimates_variance = options_.method == "welch-overestimated",
                                    .floor = options_.variance_floor == "counts" ? &floor_ : nullptr,
                                    .log_base = options_.log_base});
    result.scores = std::move(welch.scores);
    result.p_values = std::move(welch.p_values);
  }
  result.adjusted = benjamini_hochberg(result.p_values);
  result.log2_fold_changes = log2_fold_changes(moments_, group, options_.log_base);
  return result;
}

DifferentialTests test_groups(const Screen& screen, std::span<const std::int32_t> group_of_cell, std::int64_t n_groups,
                              const DifferentialOptions& options) {
  GroupMoments moments(n_groups, screen.n_genes());
  moments.add_rows(screen.rows(), group_of_cell);
  DifferentialOptions complete = options;
  if (!complete.one_count) complete.one_count = one_count_log1p(screen.rows());
  return {std::move(moments), complete, screen.packed ? pass_over_copies(screen.rows()) : pass_over(screen.x),
          group_of_cell};
}

DifferentialTests test_regimes(const Screen& screen, const DifferentialOptions& options) {
  return test_groups(screen, screen.regime_of_cell, static_cast<std::int64_t>(screen.regimes.size()), options);
}

}  // namespace gracevae::impl
