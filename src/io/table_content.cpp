#include "io/table_content.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "io/table_names.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kFewestNumbered = 5, kFewestCells = 10, kFewestOthers = 3, kFewestValues = 5;
constexpr std::size_t kFewestTotals = 3;  // distinct ones: a constant proves nothing

struct ColumnValues {
  std::int64_t n_stored = 0, n_fractions = 0, n_negative = 0, n_numbered_from_0 = 0, n_numbered_from_1 = 0;
};

bool is_whole(float value) { return value == std::floor(value); }

class Search {
 public:
  Search(const CsrMatrix<float>& x, const std::vector<std::string>& names)
      : x_(x), names_(names), values_(names.size()), taken_(names.size(), false), why_(names.size()) {
    for (std::int64_t i = 0; i < x.n_rows; ++i) {
      const auto columns = x.row_indices(i);
      const auto row = x.row_values(i);
      for (std::size_t k = 0; k < columns.size(); ++k) {
        ColumnValues& column = values_[static_cast<std::size_t>(columns[k])];
        ++column.n_stored;
        column.n_fractions += is_whole(row[k]) ? 0 : 1;
        column.n_negative += row[k] < 0 ? 1 : 0;
        column.n_numbered_from_0 += row[k] == static_cast<float>(i) ? 1 : 0;
        column.n_numbered_from_1 += row[k] == static_cast<float>(i + 1) ? 1 : 0;
      }
    }
  }

  void by_name() {
    for (std::size_t j = 0; j < names_.size(); ++j)
      if (is_cell_fact(names_[j])) take(j, "");
  }

  void by_numbers_of_cells() {
    if (x_.n_rows < kFewestNumbered || names_.size() < 2 || taken_[0]) return;
    const ColumnValues& first = values_[0];
    if (first.n_numbered_from_1 == x_.n_rows ||
        (first.n_numbered_from_0 == x_.n_rows - 1 && first.n_stored == x_.n_rows - 1))
      take(0, "the number of the cell");
  }

  /// Names unlike genes' are removed first, so that they do not count as genes when the others are judged.
  void by_signs_and_fractions() {
    for (const bool gene_like : {false, true}) {
      const Shares shares = clean_shares();
      for (std::size_t j = 0; j < names_.size(); ++j) {
        if (taken_[j] || is_gene_like(names_[j]) != gene_like) continue;
        if (const char* why = odd_values(values_[j], gene_like, shares)) take(j, why);
      }
    }
  }

  /// The number of genes comes first: it may or may not be among the columns that were summed.
  void by_sums() {
    if (std::count(taken_.begin(), taken_.end(), false) <= kFewestOthers) return;
    if (!take_equal(Of::number, 1, "the number of others that are not zero"))
      take_equal(Of::number, 2, "the number of genes that are not zero");
    take_equal(Of::sum, 0, "the sum of the others");
  }

  std::vector<OtherColumn> found() const {
    std::vector<OtherColumn> columns;
    for (std::size_t j = 0; j < names_.size(); ++j)
      if (taken_[j]) columns.push_back({static_cast<std::int32_t>(j), why_[j]});
    return columns;
  }

 private:
  /// Number of columns with values.
  struct Shares {
    double without_fractions = 0, without_negative = 0, counts = 0;
  };

  void take(std::size_t column, const char* why) {
    taken_[column] = true;
    why_[column] = why;
  }

  Shares clean_shares() const {
    double n = 0;
    Shares shares;
    for (std::size_t j = 0; j < names_.size(); ++j) {
      const ColumnValues& column = values_[j];
      if (taken_[j] || column.n_stored == 0) continue;
      ++n;
      shares.without_fractions += column.n_fractions == 0 ? 1 : 0;
      shares.without_negative += column.n_negative == 0 ? 1 : 0;
      shares.counts += column.n_fractions == 0 && column.n_negative == 0 ? 1 : 0;
    }
    if (n == 0) return {};
    return {shares.without_fractions / n, shares.without_negative / n, shares.counts / n};
  }

  static const char* odd_values(const ColumnValues& column, bool gene_like, const Shares& shares) {
    constexpr double kMost = 2.0 / 3, kNearlyAll = 0.95;
    if (gene_like) {
      const bool sure = shares.counts >= kNearlyAll && column.n_stored >= kFewestValues;
      if (sure && 2 * column.n_negative >= column.n_stored) return "negative values among counts";
      return sure && 2 * column.n_fractions >= column.n_stored ? "fractions among counts" : nullptr;
    }
    if (column.n_negative > 0 && shares.without_negative >= kMost) return "negative values where others have none";
    return column.n_fractions > 0 && shares.without_fractions >= kMost ? "fractions among counts" : nullptr;
  }

  enum class Of { sum, number };

  /// Takes the first column that equals, in every cell, `of` all remaining columns, minus `less` for counts.
  bool take_equal(Of of, int less, const char* why) {
    std::vector<std::int64_t> n_equal(names_.size(), 0);
    std::int64_t n_cells = 0;
    std::set<double> totals;
    for (std::int64_t i = 0; i < x_.n_rows; ++i) {
      const auto columns = x_.row_indices(i);
      const auto row = x_.row_values(i);
      double all = 0;
      std::int64_t n = 0;
      for (std::size_t k = 0; k < columns.size(); ++k) {
        if (taken_[static_cast<std::size_t>(columns[k])]) continue;
        all += static_cast<double>(row[k]);
        ++n;
      }
      if (n == 0) continue;
      ++n_cells;
      if (totals.size() < kFewestTotals) totals.insert(of == Of::sum ? all : static_cast<double>(n));
      for (std::size_t k = 0; k < columns.size(); ++k) {
        const auto value = static_cast<double>(row[k]);
        const bool equal = of == Of::sum ? std::abs(all - 2 * value) <= 1e-5 * std::abs(value)
                                         : value == static_cast<double>(n - less);
        n_equal[static_cast<std::size_t>(columns[k])] += equal ? 1 : 0;
      }
    }
    if (n_cells < kFewestCells || totals.size() < kFewestTotals) return false;
    for (std::size_t j = 0; j < names_.size(); ++j) {
      if (taken_[j] || n_equal[j] != n_cells) continue;
      take(j, why);
      return true;
    }
    return false;
  }

  const CsrMatrix<float>& x_;
  const std::vector<std::string>& names_;
  std::vector<ColumnValues> values_;
  std::vector<bool> taken_;
  std::vector<std::string> why_;
};

}  // namespace

std::vector<OtherColumn> other_columns(const CsrMatrix<float>& x, const std::vector<std::string>& names, bool by_name) {
  Search search(x, names);
  if (by_name) search.by_name();
  search.by_numbers_of_cells();
  search.by_signs_and_fractions();
  search.by_sums();
  return search.found();
}

std::vector<float> column_values(const CsrMatrix<float>& x, std::int32_t column) {
  std::vector<float> values(static_cast<std::size_t>(x.n_rows), 0);
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    const auto columns = x.row_indices(i);
    if (const auto found = std::lower_bound(columns.begin(), columns.end(), column);
        found != columns.end() && *found == column)
      values[static_cast<std::size_t>(i)] = x.row_values(i)[static_cast<std::size_t>(found - columns.begin())];
  }
  return values;
}

CsrMatrix<float> without_columns(const CsrMatrix<float>& x, const std::vector<OtherColumn>& columns) {
  std::vector<std::int32_t> new_column(static_cast<std::size_t>(x.n_cols));
  std::int32_t n_columns = 0;
  auto next = columns.begin();
  for (std::int32_t j = 0; j < x.n_cols; ++j) {
    const bool gone = next != columns.end() && next->column == j;
    new_column[static_cast<std::size_t>(j)] = gone ? -1 : n_columns++;
    if (gone) ++next;
  }
  CsrMatrix<float> kept;
  kept.n_rows = x.n_rows;
  kept.n_cols = n_columns;
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    const auto old = x.row_indices(i);
    const auto row = x.row_values(i);
    for (std::size_t k = 0; k < old.size(); ++k) {
      const std::int32_t column = new_column[static_cast<std::size_t>(old[k])];
      if (column < 0) continue;
      kept.indices.push_back(column);
      kept.values.push_back(row[k]);
    }
    kept.indptr.push_back(kept.n_nonzero());
  }
  return kept;
}

}  // namespace gracevae::impl
