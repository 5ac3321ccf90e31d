#include "screen/wilcoxon.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

struct Entry {
  std::int32_t group;
  float value;
};

/// Values of some genes that are not zero, gene by gene, with the group of their cell.
struct ColumnBlock {
  std::int64_t first_gene = 0;
  std::vector<std::int64_t> begin{0};  ///< [genes + 1]
  std::vector<Entry> entries;

  std::int64_t n_genes() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::span<Entry> column(std::int64_t i) {
    const auto from = static_cast<std::size_t>(begin[static_cast<std::size_t>(i)]);
    return {entries.data() + from, static_cast<std::size_t>(begin[static_cast<std::size_t>(i) + 1]) - from};
  }
};

double cubic(double ties) { return ties * ties * ties - ties; }

/// As many genes from `first_gene` on as fit; one at least.
ColumnBlock plan_block(const GroupMoments& moments, std::int64_t first_gene, std::int64_t most_bytes) {
  ColumnBlock block;
  block.first_gene = first_gene;
  for (std::int64_t gene = first_gene; gene < moments.n_genes(); ++gene) {
    std::int64_t size = 0;
    for (std::int64_t group = 0; group < moments.n_groups(); ++group) size += moments.n_nonzero(group, gene);
    const std::int64_t end = block.begin.back() + size;
    if (gene > first_gene && end * static_cast<std::int64_t>(sizeof(Entry)) > most_bytes) break;
    block.begin.push_back(end);
  }
  return block;
}

void fill_block(ColumnBlock& block, const RowPass& pass, std::span<const std::int32_t> groups) {
  block.entries.resize(static_cast<std::size_t>(block.begin.back()));
  std::vector<std::int64_t> next(block.begin.begin(), block.begin.end() - 1);
  const auto from = static_cast<std::int32_t>(block.first_gene);
  const auto to = static_cast<std::int32_t>(block.first_gene + block.n_genes());
  pass([&](std::int64_t first, const CsrMatrix<float>& rows) {
    for (std::int64_t i = 0; i < rows.n_rows; ++i) {
      const std::int32_t group = groups[static_cast<std::size_t>(first + i)];
      if (group < 0) continue;
      const auto genes = rows.row_indices(i);
      const auto values = rows.row_values(i);
      const auto start = std::lower_bound(genes.begin(), genes.end(), from);
      for (auto gene = start; gene != genes.end() && *gene < to; ++gene) {
        const float value = values[static_cast<std::size_t>(gene - genes.begin())];
        if (value == 0) continue;
        const std::int64_t at = next[static_cast<std::size_t>(*gene - from)]++;
        GRACEVAE_CHECK(at < block.begin[static_cast<std::size_t>(*gene - from) + 1], "moments of other rows");
        block.entries[static_cast<std::size_t>(at)] = {group, value};
      }
    }
  });
}

float value_of(float value) { return value; }
float value_of(const Entry& entry) { return entry.value; }

/// Counts of sorted values that are not zero.
template <class T>
SortedCounts counts_of(std::span<const T> sorted) {
  SortedCounts counts;
  for (std::size_t i = 0, end = 0; i < sorted.size(); i = end) {
    for (end = i; end < sorted.size() && value_of(sorted[end]) == value_of(sorted[i]);) ++end;
    counts.ties += cubic(static_cast<double>(end - i));
    if (value_of(sorted[i]) < 0) counts.n_negative += static_cast<double>(end - i);
  }
  return counts;
}

/// What Wilcoxon's test needs of a group and the reference together; a group's values are added in any order. All are
/// whole numbers or halves, exact in double for up to 200,000 cells.
class RankSum {
 public:
  /// The reference's own ties, those of its zeros included, and `n_group` cells that are ranked among themselves.
  RankSum(const SortedCounts& reference, double n_reference_zeros, double n_group)
      : ranks_(n_group * (n_group + 1) / 2), ties_(reference.ties + cubic(n_reference_zeros)) {}

  /// `n` cells of one value, with as many of the reference below it and equal to it.
  void add(double n, double n_below, double n_equal) {
    ranks_ += n * (n_below + n_equal / 2);
    ties_ += cubic(n + n_equal) - cubic(n_equal);
  }
  double ranks() const { return ranks_; }  ///< Σ ranks of the group's cells
  double ties() const { return ties_; }    ///< Σ t³−t over both groups

 private:
  double ranks_, ties_;
};

double z_score(const RankSum& sum, double n1, double n0, bool tie_correct) {
  const double n = n1 + n0;
  const double correction = tie_correct ? 1 - sum.ties() / cubic(n) : 1;
  const double deviation = std::sqrt(correction * n1 * n0 * (n + 1) / 12);
  return deviation > 0 ? (sum.ranks() - n1 * (n + 1) / 2) / deviation : 0;
}

/// Sorts one gene's column by group and value and scores every group.
void score_gene(std::span<Entry> column, std::int64_t gene, const GroupMoments& moments, std::int64_t reference,
                bool tie_correct, Matrix<double>& scores) {
  std::sort(column.begin(), column.end(),
            [](const Entry& a, const Entry& b) { return a.group != b.group ? a.group < b.group : a.value < b.value; });
  std::vector<std::size_t> begin(static_cast<std::size_t>(moments.n_groups()) + 1, 0);
  for (std::int64_t group = 0; group < moments.n_groups(); ++group)
    begin[static_cast<std::size_t>(group) + 1] =
        begin[static_cast<std::size_t>(group)] + static_cast<std::size_t>(moments.n_nonzero(group, gene));
  const auto values_of = [&](std::int64_t group) -> std::span<const Entry> {
    const auto at = static_cast<std::size_t>(group);
    return column.subspan(begin[at], begin[at + 1] - begin[at]);
  };
  const std::span<const Entry> sorted = values_of(reference);
  const SortedCounts counts = counts_of(sorted);
  const auto n0 = static_cast<double>(moments.n_cells(reference)), n_zeros = n0 - static_cast<double>(sorted.size());
  for (std::int64_t group = 0; group < moments.n_groups(); ++group) {
    const auto n1 = static_cast<double>(moments.n_cells(group));
    if (group == reference || n1 == 0 || n0 == 0) continue;
    const std::span<const Entry> values = values_of(group);
    RankSum sum(counts, n_zeros, n1);
    sum.add(n1 - static_cast<double>(values.size()), counts.n_negative, n_zeros);
    auto from = sorted.begin();  // the group's values ascend
    for (std::size_t i = 0, end = 0; i < values.size(); i = end) {
      for (end = i; end < values.size() && values[end].value == values[i].value;) ++end;
      const auto [low, high] = std::equal_range(from, sorted.end(), values[i],
                                                [](const Entry& a, const Entry& b) { return a.value < b.value; });
      sum.add(static_cast<double>(end - i),
              static_cast<double>(low - sorted.begin()) + (values[i].value > 0 ? n_zeros : 0),
              static_cast<double>(high - low));
      from = high;
    }
    scores(group, gene) = z_score(sum, n1, n0, tie_correct);
  }
}

}  // namespace

Matrix<double> wilcoxon_scores(const RowPass& pass, std::span<const std::int32_t> groups, const GroupMoments& moments,
                               std::int64_t reference, const WilcoxonOptions& options) {
  Matrix<double> scores(moments.n_groups(), moments.n_genes());
  for (std::int64_t first = 0; first < moments.n_genes();) {
    ColumnBlock block = plan_block(moments, first, options.block_bytes);
    fill_block(block, pass, groups);
#pragma omp parallel for schedule(dynamic, 8)
    for (std::int64_t i = 0; i < block.n_genes(); ++i)
      score_gene(block.column(i), first + i, moments, reference, options.tie_correct, scores);
    first += block.n_genes();
  }
  return scores;
}

namespace {

constexpr std::int64_t kValuesInBin = 2;

/// A bin of values of equal width; larger values have no smaller bin.
std::int64_t bin_of(float value, float lowest, float scale, std::int64_t n_bins) {
  const float bin = (value - lowest) * scale;
  if (!(bin > 0)) return 0;
  return bin < static_cast<float>(n_bins) ? static_cast<std::int64_t>(bin) : n_bins - 1;
}

}  // namespace

/// The distinct values of a group, none of them 0, and how often each stands: an open table, not an order.
class WilcoxonReference::ValueCounts {
 public:
  explicit ValueCounts(std::int64_t n_most)
      : bits_(std::bit_width(static_cast<std::uint64_t>(n_most)) + 1), keys_(std::size_t{1} << bits_),
        counts_(keys_.size()), used_(static_cast<std::size_t>(n_most) + 1) {}

  void add(float value) {
    const auto key = std::bit_cast<std::uint32_t>(value);
    std::size_t at = (key * kMultiplier) >> (32 - bits_);
    while (keys_[at] != key && keys_[at] != 0) at = (at + 1) & (keys_.size() - 1);
    used_[n_used_] = static_cast<std::uint32_t>(at);
    n_used_ += keys_[at] == 0 ? 1 : 0;
    keys_[at] = key;
    ++counts_[at];
  }
  /// Calls visit(value, count) for every value, and forgets all.
  template <class Visit>
  void drain(const Visit& visit) {
    for (std::size_t k = 0; k < n_used_; ++k) {
      const std::uint32_t at = used_[k];
      visit(std::bit_cast<float>(keys_[at]), counts_[at]);
      keys_[at] = counts_[at] = 0;
    }
    n_used_ = 0;
  }

 private:
  static constexpr std::uint32_t kMultiplier = 2654435769;  // 2^32 / golden ratio
  int bits_;
  std::vector<std::uint32_t> keys_, counts_;  ///< by place; no key is 0, the bits of 0.0
  std::vector<std::uint32_t> used_;           ///< places
  std::size_t n_used_ = 0;
};

namespace {

/// Values that are not zero of some cells, gene by gene.
struct Columns {
  std::vector<std::int64_t> begin;  ///< [genes + 1]
  std::vector<float> values;

  std::int64_t n_genes() const { return std::ssize(begin) - 1; }
  std::span<float> column(std::int64_t gene) {
    const std::int64_t first = begin[static_cast<std::size_t>(gene)], end = begin[static_cast<std::size_t>(gene) + 1];
    return {values.data() + first, static_cast<std::size_t>(end - first)};
  }
};

Columns columns_of(const Screen& screen, std::span<const std::int64_t> cells) {
  const CsrView<float> rows = screen.rows();
  Columns columns{std::vector<std::int64_t>(static_cast<std::size_t>(screen.n_genes()) + 1, 0), {}};
  const auto for_all = [&](const auto& visit) {
    for (const std::int64_t cell : cells) {
      const auto genes = rows.row_indices(cell);
      const auto values = rows.row_values(cell);
      for (std::size_t k = 0; k < genes.size(); ++k)
        if (values[k] != 0) visit(static_cast<std::size_t>(genes[k]), values[k]);
    }
  };
  for_all([&](std::size_t gene, float) { ++columns.begin[gene + 1]; });
  std::partial_sum(columns.begin.begin(), columns.begin.end(), columns.begin.begin());
  columns.values.resize(static_cast<std::size_t>(columns.begin.back()));
  std::vector<std::int64_t> next(columns.begin.begin(), columns.begin.end() - 1);
  for_all([&](std::size_t gene, float value) { columns.values[static_cast<std::size_t>(next[gene]++)] = value; });
  return columns;
}

}  // namespace

WilcoxonReference::WilcoxonReference(const Screen& screen, std::span<const std::int64_t> cells)
    : n_cells_(std::ssize(cells)) {
  Columns columns = columns_of(screen, cells);
  genes_.resize(static_cast<std::size_t>(columns.n_genes()));
  std::int64_t n_values = 0, n_bins = 0;
  for (std::int64_t i = 0; i < columns.n_genes(); ++i) {
    Gene& gene = genes_[static_cast<std::size_t>(i)];
    gene.n_values = std::ssize(columns.column(i));
    gene.n_bins = std::max<std::int64_t>(1, gene.n_values / kValuesInBin);
    gene.first_bin = std::exchange(n_bins, n_bins + gene.n_bins);
  }
  bin_begins_.resize(static_cast<std::size_t>(n_bins));
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t i = 0; i < columns.n_genes(); ++i)
    sort_into_bins(columns.column(i), genes_[static_cast<std::size_t>(i)]);
  for (Gene& gene : genes_) gene.first_value = std::exchange(n_values, n_values + gene.n_values + 2 * gene.half + 1);
  values_.assign(static_cast<std::size_t>(n_values), std::numeric_limits<float>::infinity());
  for (std::int64_t i = 0; i < columns.n_genes(); ++i)
    std::ranges::copy(columns.column(i), values_.begin() + genes_[static_cast<std::size_t>(i)].first_value);
}

void WilcoxonReference::sort_into_bins(std::span<float> values, Gene& gene) {
  std::sort(values.begin(), values.end());
  gene.counts = counts_of(std::span<const float>(values));
  if (!values.empty() && values.back() > values.front()) {
    gene.lowest = values.front();
    gene.scale = static_cast<float>(gene.n_bins) / (values.back() - values.front());
  }
  std::size_t at = 0, most = 0;
  for (std::int64_t bin = 0; bin < gene.n_bins; ++bin) {
    const std::size_t begin = at;
    bin_begins_[static_cast<std::size_t>(gene.first_bin + bin)] = static_cast<std::int32_t>(begin);
    while (at < values.size() && bin_of(values[at], gene.lowest, gene.scale, gene.n_bins) <= bin) ++at;
    most = std::max(most, at - begin);
  }
  gene.half = static_cast<std::int64_t>(std::bit_floor(most));
}

inline WilcoxonReference::Range WilcoxonReference::equal_to(float value, const Gene& gene) const {
  const float* const values = values_.data() + gene.first_value;
  const std::int64_t bin = bin_of(value, gene.lowest, gene.scale, gene.n_bins);
  const float* low = values + bin_begins_[static_cast<std::size_t>(gene.first_bin + bin)];
  for (std::int64_t half = gene.half; half > 0; half >>= 1)
    low += half & -static_cast<std::int64_t>(low[half - 1] < value);  // no branch, which nobody could guess
  const float* const high = *low == value ? std::upper_bound(low, values + gene.n_values, value) : low;
  return {low - values, high - low};
}

void WilcoxonReference::prefetch(const Gene& gene) const {
  constexpr std::int64_t kLine = 16;  // values of four bytes
  for (std::int64_t k = 0; k < gene.n_values; k += kLine)
    __builtin_prefetch(&values_[static_cast<std::size_t>(gene.first_value + k)]);
  for (std::int64_t k = 0; k < gene.n_bins; k += kLine)
    __builtin_prefetch(&bin_begins_[static_cast<std::size_t>(gene.first_bin + k)]);
}

double WilcoxonReference::score(const Gene& gene, std::span<const float> values, std::int64_t n_rows,
                                ValueCounts& counts) const {
  const auto n0 = static_cast<double>(n_cells_), n1 = static_cast<double>(n_rows),
             n_zeros = n0 - static_cast<double>(gene.n_values);
  RankSum sum(gene.counts, n_zeros, n1);
  sum.add(n1 - static_cast<double>(values.size()), gene.counts.n_negative, n_zeros);
  for (const float value : values) counts.add(value);
  counts.drain([&](float value, std::uint32_t n) {
    const auto [n_below, n_equal] = equal_to(value, gene);
    sum.add(n, static_cast<double>(n_below) + (value > 0 ? n_zeros : 0), static_cast<double>(n_equal));
  });
  return z_score(sum, n1, n0, true);
}

std::vector<double> WilcoxonReference::scores(MatrixView<const float> rows) const {
  GRACEVAE_CHECK(rows.n_cols == std::ssize(genes_), "one column a gene");
  std::vector<double> z(genes_.size());
  constexpr std::int64_t kGenes = 256;  // that are read from the rows together
#pragma omp parallel
  {
    Matrix<float> groups(kGenes, rows.n_rows);  // values that are not zero, gene by gene
    ValueCounts counts(rows.n_rows);
#pragma omp for schedule(dynamic)
    for (std::int64_t first = 0; first < rows.n_cols; first += kGenes) {
      const std::int64_t n_genes = std::min(kGenes, rows.n_cols - first);
      std::array<std::size_t, kGenes> sizes{};
      for (std::int64_t i = 0; i < rows.n_rows; ++i)
        for (std::int64_t g = 0; g < n_genes; ++g) {
          const float value = rows(i, first + g);
          std::size_t& size = sizes[static_cast<std::size_t>(g)];
          groups(g, static_cast<std::int64_t>(size)) =
              value;  // a zero is written over: no branch, which nobody could guess
          size += value != 0 ? 1 : 0;
        }
      for (std::int64_t g = 0; g < n_genes; ++g) {
        const auto at = static_cast<std::size_t>(first + g);
        const std::span<const float> values = groups.row(g).first(sizes[static_cast<std::size_t>(g)]);
        if (g + 1 < n_genes) prefetch(genes_[at + 1]);
        z[at] = score(genes_[at], values, rows.n_rows, counts);
      }
    }
  }
  return z;
}

}  // namespace gracevae::impl
