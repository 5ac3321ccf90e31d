#include "stats/wilcoxon.hpp"

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "stats/rank_sum.hpp"

namespace gracevae::impl {

namespace {

struct Entry {
  std::int32_t group;
  float value;
};

bool is_smaller(const Entry& a, const Entry& b) { return a.value < b.value; }

/// Values of some columns that are not zero, column by column, with the group of their row.
struct ColumnEntries {
  std::int64_t first_column = 0;
  std::vector<std::int64_t> begin{0};  ///< [columns + 1]
  std::vector<Entry> entries;

  std::int64_t n_columns() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::span<Entry> column(std::int64_t i) {
    const auto from = static_cast<std::size_t>(begin[static_cast<std::size_t>(i)]);
    return {entries.data() + from, static_cast<std::size_t>(begin[static_cast<std::size_t>(i) + 1]) - from};
  }
};

/// As many columns from `first_column` on as fit; one at least.
ColumnEntries plan_block(const GroupMoments& moments, std::int64_t first_column, std::int64_t most_bytes) {
  ColumnEntries block;
  block.first_column = first_column;
  for (std::int64_t column = first_column; column < moments.n_columns(); ++column) {
    std::int64_t size = 0;
    for (std::int64_t group = 0; group < moments.n_groups(); ++group) size += moments.n_nonzero(group, column);
    const std::int64_t end = block.begin.back() + size;
    if (column > first_column && end * static_cast<std::int64_t>(sizeof(Entry)) > most_bytes) break;
    block.begin.push_back(end);
  }
  return block;
}

void fill_block(ColumnEntries& block, const RowPass& pass, std::span<const std::int32_t> groups) {
  block.entries.resize(static_cast<std::size_t>(block.begin.back()));
  std::vector<std::int64_t> next(block.begin.begin(), block.begin.end() - 1);
  const auto from = static_cast<std::int32_t>(block.first_column);
  const auto to = static_cast<std::int32_t>(block.first_column + block.n_columns());
  pass([&](std::int64_t first, const CsrMatrix<float>& rows) {
    for (std::int64_t i = 0; i < rows.n_rows; ++i) {
      const std::int32_t group = groups[static_cast<std::size_t>(first + i)];
      if (group < 0) continue;
      const auto columns = rows.row_indices(i);
      const auto values = rows.row_values(i);
      const auto start = std::lower_bound(columns.begin(), columns.end(), from);
      for (auto column = start; column != columns.end() && *column < to; ++column) {
        const float value = values[static_cast<std::size_t>(column - columns.begin())];
        if (value == 0) continue;
        const std::int64_t at = next[static_cast<std::size_t>(*column - from)]++;
        GRACEVAE_CHECK(at < block.begin[static_cast<std::size_t>(*column - from) + 1], "moments of other rows");
        block.entries[static_cast<std::size_t>(at)] = {group, value};
      }
    }
  });
}

/// The values of every group in one column, ascending, zeros left out. Sorts the column.
std::vector<std::span<const Entry>> sorted_groups(std::span<Entry> column, std::int64_t n_groups) {
  std::sort(column.begin(), column.end(),
            [](const Entry& a, const Entry& b) { return a.group != b.group ? a.group < b.group : a.value < b.value; });
  std::vector<std::span<const Entry>> groups(static_cast<std::size_t>(n_groups));
  for (std::size_t first = 0, end = 0; first < column.size(); first = end) {
    while (end < column.size() && column[end].group == column[first].group) ++end;
    groups[static_cast<std::size_t>(column[first].group)] = column.subspan(first, end - first);
  }
  return groups;
}

/// The rank sum of n_group values, those that are not zero being `values`, against a sorted reference with zeros.
RankSum rank_sum(std::span<const Entry> values, double n_group, std::span<const Entry> reference, double n_zeros,
                 const SortedCounts& counts) {
  RankSum sum(counts, n_zeros, n_group);
  sum.add(n_group - static_cast<double>(values.size()), counts.n_negative, n_zeros);
  auto from = reference.begin();  // the group's values ascend
  for (std::size_t i = 0, end = 0; i < values.size(); i = end) {
    for (end = i; end < values.size() && values[end].value == values[i].value;) ++end;
    const auto [low, high] = std::equal_range(from, reference.end(), values[i], is_smaller);
    sum.add(static_cast<double>(end - i),
            static_cast<double>(low - reference.begin()) + (values[i].value > 0 ? n_zeros : 0),
            static_cast<double>(high - low));
    from = high;
  }
  return sum;
}

/// Scores every group in one column.
void score_column(std::span<Entry> entries, std::int64_t column, const GroupMoments& moments, std::int64_t reference,
                  bool tie_correct, Matrix<double>& scores) {
  const auto groups = sorted_groups(entries, moments.n_groups());
  const std::span<const Entry> sorted = groups[static_cast<std::size_t>(reference)];
  const SortedCounts counts = counts_of(sorted, [](const Entry& entry) { return entry.value; });
  const auto n_reference = static_cast<double>(moments.n_rows(reference));
  for (std::int64_t group = 0; group < moments.n_groups(); ++group) {
    const auto n_group = static_cast<double>(moments.n_rows(group));
    if (group == reference || n_group == 0 || n_reference == 0) continue;
    const RankSum sum = rank_sum(groups[static_cast<std::size_t>(group)], n_group, sorted,
                                 n_reference - static_cast<double>(sorted.size()), counts);
    scores(group, column) = rank_sum_z(sum.ranks(), tie_correct ? sum.ties() : 0, n_group, n_reference);
  }
}

}  // namespace

Matrix<double> wilcoxon_scores(const RowPass& pass, std::span<const std::int32_t> groups, const GroupMoments& moments,
                               std::int64_t reference, const WilcoxonOptions& options) {
  Matrix<double> scores(moments.n_groups(), moments.n_columns());
  for (std::int64_t first = 0; first < moments.n_columns();) {
    ColumnEntries block = plan_block(moments, first, options.block_bytes);
    fill_block(block, pass, groups);
#pragma omp parallel for schedule(dynamic, 8)
    for (std::int64_t i = 0; i < block.n_columns(); ++i)
      score_column(block.column(i), first + i, moments, reference, options.tie_correct, scores);
    first += block.n_columns();
  }
  return scores;
}

}  // namespace gracevae::impl
