#include "screen/prepare_totals.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "base/nearest.hpp"
#include "io/delimited.hpp"
#include "screen/prepare_values.hpp"
#include "stats/distributions.hpp"
#include "stats/multiple_testing.hpp"
#include "stats/summary.hpp"
#include "stats/wilcoxon.hpp"

namespace gracevae::impl::prepare {

namespace {

constexpr double kDominant = 0.2;         // share of all counts
constexpr std::size_t kFewestGenes = 20;  // of fewer, one may well hold a fifth
constexpr double kMoved = 0.2;            // change of the median total
constexpr double kSignificant = 0.05;

/// Names of such totals in scanpy, Seurat and published files, in lower case.
const std::vector<std::string> kTotalNames{"n_counts", "total_counts", "ncounts",   "ncount_rna", "n_umis",
                                           "n_umi",    "numi",         "umi_count", "umi_counts", "total_umis"};

/// Values of all rows; NaN where missing or not a number.
std::vector<double> numbers_of(const Column& column) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&column)) return *numbers;
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&column)) return {whole->begin(), whole->end()};
  std::vector<double> numbers;
  for (const std::string& text : column_as_strings(column)) {
    double number = 0;
    numbers.push_back(parse_number(text, number) ? number : std::nan(""));
  }
  return numbers;
}

bool is_total(double value) { return std::isfinite(value) && value > 0; }

std::string text_of(const Column& column, std::size_t row) {
  const std::string text = column_as_strings(column)[row];
  return text.empty() || text == "nan" ? "missing" : fmt::format("'{}'", text);
}

}  // namespace

std::vector<double> totals_of_column(const CellSource& source, const std::string& column,
                                     std::span<const std::int64_t> cells) {
  const Column* found = source.obs.find(column);
  if (!found)
    throw InputError({.place = source.path,
                      .found = fmt::format("obs has no column '{}' (prepare.size_factors)", column)},
                     nearest_hint(column, source.obs.names()));
  const std::vector<double> numbers = numbers_of(*found);
  std::vector<double> totals;
  std::int64_t n_wrong = 0, first_wrong = 0;
  for (const std::int64_t cell : cells) {
    totals.push_back(numbers[static_cast<std::size_t>(cell)]);
    if (!is_total(totals.back()) && n_wrong++ == 0) first_wrong = cell;
  }
  if (n_wrong == 0) return totals;
  const auto row = static_cast<std::size_t>(first_wrong);
  throw InputError(
      {.place = source.path,
       .found = fmt::format("obs column '{}' (prepare.size_factors): cell '{}' is {}", column, source.obs.index[row],
                            text_of(*found, row)),
       .expected = fmt::format("a number above 0 ({} such cells of {})", n_wrong, cells.size())},
      "take the column with the total counts of each cell, or leave prepare.size_factors out: cells are then scaled by their "
      "own total");
}

std::string other_totals(const CellSource& source, std::span<const std::int64_t> cells,
                         std::span<const double> totals) {
  for (const auto& [name, column] : source.obs.columns) {
    if (std::ranges::count(kTotalNames, lower_case(name)) == 0) continue;
    const std::vector<double> numbers = numbers_of(column);
    std::size_t n_equal = 0, n_usable = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const double number = numbers[static_cast<std::size_t>(cells[i])];
      n_usable += is_total(number) ? 1U : 0U;
      n_equal += std::abs(number - totals[i]) <= 0.01 * totals[i] ? 1U : 0U;
    }
    if (n_usable == cells.size() && 10 * n_equal < 9 * cells.size()) return name;
  }
  return "";
}

std::vector<MovedTotal> moved_totals(std::span<const double> totals, std::span<const std::int32_t> groups,
                                     const std::vector<std::string>& regimes, std::int64_t min_cells) {
  GRACEVAE_CHECK(totals.size() == groups.size(), "a group for every total");
  CsrMatrix<float> column;
  column.n_cols = 1;
  std::vector<std::vector<double>> of_regime(regimes.size());
  for (std::size_t i = 0; i < totals.size(); ++i) {
    column.indices.push_back(0);
    column.values.push_back(static_cast<float>(totals[i]));
    column.indptr.push_back(++column.n_rows);
    of_regime[static_cast<std::size_t>(groups[i])].push_back(totals[i]);
  }
  const double control = median_of_positive(of_regime[0]);
  if (of_regime[0].size() < 2 || !(control > 0)) return {};
  GroupMoments moments(std::ssize(regimes), 1);
  moments.add_rows(column, groups);
  const Matrix<double> z = wilcoxon_scores(pass_over(column), groups, moments, 0);
  std::vector<MovedTotal> tested;
  std::vector<double> p_values;
  for (std::size_t k = 1; k < regimes.size(); ++k) {
    if (std::ssize(of_regime[k]) < min_cells) continue;
    tested.push_back({regimes[k], median_of_positive(of_regime[k]) / control});
    p_values.push_back(normal_two_sided(z(static_cast<std::int64_t>(k), 0)));
  }
  const std::vector<double> adjusted = benjamini_hochberg(p_values);
  std::vector<MovedTotal> moved;
  for (std::size_t k = 0; k < tested.size(); ++k)
    if (adjusted[k] < kSignificant && std::abs(tested[k].ratio - 1) >= kMoved) moved.push_back(tested[k]);
  std::stable_sort(moved.begin(), moved.end(), [](const MovedTotal& a, const MovedTotal& b) {
    return std::abs(std::log(a.ratio)) > std::abs(std::log(b.ratio));
  });
  return moved;
}

void GeneTotals::add(std::span<const std::int32_t> genes, std::span<const float> counts, double total) {
  for (std::size_t k = 0; k < genes.size(); ++k) {
    const auto gene = static_cast<std::size_t>(genes[k]);
    sums[gene] += static_cast<double>(counts[k]);
    largest_share[gene] = std::max(largest_share[gene], static_cast<float>(static_cast<double>(counts[k]) / total));
  }
}

std::optional<DominantGene> dominant_gene(const GeneTotals& totals) {
  const double all = std::accumulate(totals.sums.begin(), totals.sums.end(), 0.0);
  const auto largest = std::ranges::max_element(totals.sums);
  if (totals.sums.size() < kFewestGenes || !(*largest > kDominant * all)) return std::nullopt;
  const auto gene = static_cast<std::size_t>(largest - totals.sums.begin());
  float others = 0;
  for (std::size_t k = 0; k < totals.sums.size(); ++k)
    if (!(totals.sums[k] > kDominant * all)) others = std::max(others, totals.largest_share[k]);
  const double share = std::ceil(20 * std::max(static_cast<double>(others) + 0.01, kDominant)) / 20;
  DominantGene found{gene, *largest / all, std::nullopt};
  if (share < static_cast<double>(totals.largest_share[gene])) found.leaves_out = share;
  return found;
}

CellTotals::CellTotals(const PrepareInput& input)
    : input_(input), scaled_to_(input.options.total), of_genes_(input.n_genes()), counts_(input.n_genes(), 1),
      is_dominant_(input.n_genes(), 0) {}

void CellTotals::add_all_genes(const CellRow& row) {
  of_cells_.push_back(std::accumulate(row.values.begin(), row.values.end(), 0.0));
  if (of_cells_.back() > 0) of_genes_.add(row.genes, row.values, of_cells_.back());
}

void CellTotals::settle(const RowFilter& filter) {
  std::ranges::fill(counts_, 0);
  for (const std::int32_t gene : filter.genes()) counts_[static_cast<std::size_t>(gene)] = 1;
  if (input_.options.size_factors.empty()) return;
  of_cells_ = totals_of_column(input_.source, input_.options.size_factors, filter.cells());
  given_.assign(input_.n_cells(), 0);
  for (std::size_t i = 0; i < of_cells_.size(); ++i) given_[static_cast<std::size_t>(filter.cells()[i])] = of_cells_[i];
  if (input_.options.total == 0) scaled_to_ = median_of_positive(of_cells_);
}

double CellTotals::counted(const CellRow& row) const {
  double total = 0;
  for (std::size_t k = 0; k < row.genes.size(); ++k)
    if (counts_[static_cast<std::size_t>(row.genes[k])]) total += static_cast<double>(row.values[k]);
  return total;
}

double CellTotals::divisor(const CellRow& row) const {
  return given_.empty() ? counted(row) : given_[static_cast<std::size_t>(row.cell)];
}

void CellTotals::mark_dominant(const CellRow& row) {
  const double most = input_.options.dominant_share * counted(row);
  for (std::size_t k = 0; k < row.genes.size(); ++k)
    if (static_cast<double>(row.values[k]) > most) is_dominant_[static_cast<std::size_t>(row.genes[k])] = 1;
}

void CellTotals::leave_out_dominant(const RowFilter& filter) {
  for (const std::int32_t gene : filter.genes()) {
    if (!is_dominant_[static_cast<std::size_t>(gene)]) continue;
    counts_[static_cast<std::size_t>(gene)] = 0;
    dominant_.push_back(gene);
  }
}

bool CellTotals::are_needed() const {
  const PrepareOptions& options = input_.options;
  return options.scales() && options.size_factors.empty() && (options.total == 0 || options.dominant_share < 1);
}

void CellTotals::take_median() {
  scaled_to_ = median_of_positive(of_cells_);
  if (scaled_to_ > 0) return;
  const std::vector<std::string> others = other_matrices(input_.source);
  throw InputError({.place = input_.place(),
                    .found = "no kept cell has a count above 0, so there is nothing to scale to"},
                   others.empty() ? "are the counts in another file?"
                                  : fmt::format("choose another matrix ({})", fmt::join(others, ", ")));
}

void CellTotals::check_rest(const CellRow& row, const RowFilter& filter) const {
  if (dominant_.empty()) return;
  for (std::size_t k = 0; k < row.genes.size(); ++k) {
    if (row.values[k] == 0 || !std::ranges::binary_search(filter.genes(), row.genes[k])) continue;
    throw InputError(
        {.place = input_.place(),
         .found = fmt::format(
             "cell '{}' has counts of dominant genes only ({} of {} genes hold more than {:g} of a cell's counts), so that nothing is left to scale it by",
             input_.source.obs.index[static_cast<std::size_t>(row.cell)], dominant_.size(), filter.genes().size(),
             input_.options.dominant_share)},
        "a larger prepare.dominant_share leaves fewer genes out, a larger prepare.min_genes such cells; prepare.size_factors needs neither");
  }
}

}  // namespace gracevae::impl::prepare
