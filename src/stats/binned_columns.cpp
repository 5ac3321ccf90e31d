#include "stats/binned_columns.hpp"

#include <bit>
#include <limits>
#include <numeric>
#include <utility>

namespace gracevae::impl {

namespace {

constexpr std::int64_t kValuesInBin = 2;

/// Values that are not zero, column by column.
struct Columns {
  std::vector<std::int64_t> begin;  ///< [columns + 1]
  std::vector<float> values;

  std::int64_t n_columns() const { return std::ssize(begin) - 1; }
  std::span<float> column(std::int64_t j) {
    const std::int64_t first = begin[static_cast<std::size_t>(j)], end = begin[static_cast<std::size_t>(j) + 1];
    return {values.data() + first, static_cast<std::size_t>(end - first)};
  }
};

Columns columns_of(const CsrView<float>& x, std::span<const std::int64_t> rows) {
  Columns columns{std::vector<std::int64_t>(static_cast<std::size_t>(x.n_cols) + 1, 0), {}};
  const auto for_all = [&](const auto& visit) {
    for (const std::int64_t row : rows) {
      const auto indices = x.row_indices(row);
      const auto values = x.row_values(row);
      for (std::size_t k = 0; k < indices.size(); ++k)
        if (values[k] != 0) visit(static_cast<std::size_t>(indices[k]), values[k]);
    }
  };
  for_all([&](std::size_t column, float) { ++columns.begin[column + 1]; });
  std::partial_sum(columns.begin.begin(), columns.begin.end(), columns.begin.begin());
  columns.values.resize(static_cast<std::size_t>(columns.begin.back()));
  std::vector<std::int64_t> next(columns.begin.begin(), columns.begin.end() - 1);
  for_all([&](std::size_t column, float value) { columns.values[static_cast<std::size_t>(next[column]++)] = value; });
  return columns;
}

}  // namespace

BinnedColumns::BinnedColumns(const CsrView<float>& x, std::span<const std::int64_t> rows) : n_rows_(std::ssize(rows)) {
  Columns columns = columns_of(x, rows);
  columns_.resize(static_cast<std::size_t>(columns.n_columns()));
  std::int64_t n_values = 0, n_bins = 0;
  for (std::int64_t j = 0; j < columns.n_columns(); ++j) {
    Column& column = columns_[static_cast<std::size_t>(j)];
    column.n_values = std::ssize(columns.column(j));
    column.n_bins = std::max<std::int64_t>(1, column.n_values / kValuesInBin);
    column.first_bin = std::exchange(n_bins, n_bins + column.n_bins);
  }
  bin_begins_.resize(static_cast<std::size_t>(n_bins));
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t j = 0; j < columns.n_columns(); ++j)
    sort_into_bins(columns.column(j), columns_[static_cast<std::size_t>(j)]);
  for (Column& column : columns_)
    column.first_value = std::exchange(n_values, n_values + column.n_values + 2 * column.half + 1);
  values_.assign(static_cast<std::size_t>(n_values), std::numeric_limits<float>::infinity());
  for (std::int64_t j = 0; j < columns.n_columns(); ++j)
    std::ranges::copy(columns.column(j), values_.begin() + at(j).first_value);
}

void BinnedColumns::sort_into_bins(std::span<float> values, Column& column) {
  std::sort(values.begin(), values.end());
  column.counts = counts_of(std::span<const float>(values), [](float value) { return value; });
  if (!values.empty() && values.back() > values.front()) {
    column.lowest = values.front();
    column.scale = static_cast<float>(column.n_bins) / (values.back() - values.front());
  }
  std::size_t end = 0, largest = 0;
  for (std::int64_t bin = 0; bin < column.n_bins; ++bin) {
    const std::size_t begin = end;
    bin_begins_[static_cast<std::size_t>(column.first_bin + bin)] = static_cast<std::int32_t>(begin);
    while (end < values.size() && column.bin_of(values[end]) <= bin) ++end;
    largest = std::max(largest, end - begin);
  }
  column.half = static_cast<std::int64_t>(std::bit_floor(largest));
}

void BinnedColumns::prefetch(std::int64_t column) const {
  constexpr std::int64_t kLine = 16;  // values of four bytes
  const Column& sorted = at(column);
  for (std::int64_t k = 0; k < sorted.n_values; k += kLine)
    __builtin_prefetch(&values_[static_cast<std::size_t>(sorted.first_value + k)]);
  for (std::int64_t k = 0; k < sorted.n_bins; k += kLine)
    __builtin_prefetch(&bin_begins_[static_cast<std::size_t>(sorted.first_bin + k)]);
}

}  // namespace gracevae::impl
