#include "screen/wilcoxon.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace gracevae {

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

/// The reference's values of one gene: sorted those that are not zero, and what they contribute to the ties.
template <class T>
struct Reference {
  std::span<const T> values;
  SortedCounts counts;
  double n_zeros = 0;

  Reference(std::span<const T> sorted, const SortedCounts& of_sorted, std::int64_t n_cells)
      : values(sorted), counts(of_sorted), n_zeros(static_cast<double>(n_cells) - static_cast<double>(sorted.size())) {}
};

struct RankSum {
  double ranks = 0;  ///< Σ ranks of the group's cells
  double ties = 0;   ///< Σ t³−t over both groups
};

/// Goes through the group's values that are not zero, which are sorted; its zeros tie with the reference's. `range_of`
/// gives the reference's values that equal one of the group's.
template <class T, class RangeOf>
RankSum rank_sum(std::span<const T> group, std::int64_t n_cells, const Reference<T>& reference,
                 const RangeOf& range_of) {
  const double n_zeros = static_cast<double>(n_cells) - static_cast<double>(group.size());
  const double all_zeros = n_zeros + reference.n_zeros;
  RankSum sum;
  sum.ties = reference.counts.ties + cubic(all_zeros);
  double n_negative = reference.counts.n_negative;
  for (std::size_t i = 0, end = 0; i < group.size(); i = end) {
    for (end = i; end < group.size() && value_of(group[end]) == value_of(group[i]);) ++end;
    const auto [low, high] = range_of(group[i]);
    const auto same = static_cast<double>(end - i), same_in_reference = static_cast<double>(high - low);
    const double below = static_cast<double>(low - reference.values.data()) + static_cast<double>(i) +
                         (value_of(group[i]) > 0 ? all_zeros : 0);
    sum.ranks += same * (below + (same + same_in_reference + 1) / 2);
    sum.ties += cubic(same + same_in_reference) - cubic(same_in_reference);
    if (value_of(group[i]) < 0) n_negative += same;
  }
  sum.ranks += n_zeros * (n_negative + (all_zeros + 1) / 2);
  return sum;
}

double z_score(const RankSum& sum, double n1, double n0, bool tie_correct) {
  const double n = n1 + n0;
  const double correction = tie_correct ? 1 - sum.ties / cubic(n) : 1;
  const double deviation = std::sqrt(correction * n1 * n0 * (n + 1) / 12);
  return deviation > 0 ? (sum.ranks - n1 * (n + 1) / 2) / deviation : 0;
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
  const auto n0 = moments.n_cells(reference);
  const Reference<Entry> sorted(values_of(reference), counts_of<Entry>(values_of(reference)), n0);
  for (std::int64_t group = 0; group < moments.n_groups(); ++group) {
    const auto n1 = moments.n_cells(group);
    if (group == reference || n1 == 0 || n0 == 0) continue;
    const Entry *from = sorted.values.data(), *const end = from + sorted.values.size();  // the group's values ascend
    const auto range_of = [&](const Entry& entry) {
      const auto range =
          std::equal_range(from, end, entry, [](const Entry& a, const Entry& b) { return a.value < b.value; });
      from = range.second;
      return range;
    };
    scores(group, gene) = z_score(rank_sum(values_of(group), n1, sorted, range_of), static_cast<double>(n1),
                                  static_cast<double>(n0), tie_correct);
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
constexpr std::ptrdiff_t kFewValues = 32;

/// A bin of values of equal width; larger values have no smaller bin.
std::int64_t bin_of(float value, float lowest, float scale, std::int64_t n_bins) {
  const float bin = (value - lowest) * scale;
  if (!(bin > 0)) return 0;
  return bin < static_cast<float>(n_bins) ? static_cast<std::int64_t>(bin) : n_bins - 1;
}

/// One gene's ascending values, with a table of where each bin ends.
class BinnedValues {
 public:
  using Range = std::pair<const float*, const float*>;

  BinnedValues(std::span<const float> values, std::span<const std::int32_t> ends, float lowest, float scale)
      : values_(values.data()), ends_(ends.data()), n_bins_(std::ssize(ends)), lowest_(lowest), scale_(scale) {}

  /// Those that equal `value`; an empty range where it would stand.
  Range equal_to(float value) const {
    const std::int64_t bin = bin_of(value, lowest_, scale_, n_bins_);
    const float *first = values_ + (bin > 0 ? ends_[bin - 1] : 0), *last = values_ + ends_[bin];
    if (last - first > kFewValues) return std::equal_range(first, last, value);
    std::ptrdiff_t below = 0, up_to = 0;  // counted without a branch
    for (const float* other = first; other < last; ++other) {
      below += *other < value ? 1 : 0;
      up_to += *other <= value ? 1 : 0;
    }
    return {first + below, first + up_to};
  }

 private:
  const float* values_;
  const std::int32_t* ends_;
  std::int64_t n_bins_;
  float lowest_, scale_;
};

}  // namespace

WilcoxonReference::WilcoxonReference(const Screen& screen, std::span<const std::int64_t> cells)
    : n_cells_(std::ssize(cells)) {
  CsrMatrix<float> rows;
  rows.n_cols = screen.n_genes();
  const CsrView<float> stored = screen.rows();
  for (const std::int64_t cell : cells) {
    const auto genes = stored.row_indices(cell);
    const auto values = stored.row_values(cell);
    for (std::size_t k = 0; k < genes.size(); ++k) {
      if (values[k] == 0) continue;
      rows.indices.push_back(genes[k]);
      rows.values.push_back(values[k]);
    }
    rows.indptr.push_back(rows.n_nonzero());
  }
  rows.n_rows = n_cells_;
  values_ = transposed(rows);
  counts_.resize(static_cast<std::size_t>(values_.n_rows));
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t gene = 0; gene < values_.n_rows; ++gene) {
    const auto begin = values_.values.begin() + values_.indptr[static_cast<std::size_t>(gene)];
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(values_.row_size(gene)));
    counts_[static_cast<std::size_t>(gene)] = counts_of(values_.row_values(gene));
  }
  make_bins();
}

void WilcoxonReference::make_bins() {
  bins_.resize(counts_.size());
  bin_ends_.clear();
  for (std::int64_t gene = 0; gene < values_.n_rows; ++gene) {
    const auto values = values_.row_values(gene);
    Bins& bins = bins_[static_cast<std::size_t>(gene)];
    bins.begin = std::ssize(bin_ends_);
    bins.n = std::max<std::int64_t>(1, std::ssize(values) / kValuesInBin);
    if (!values.empty() && values.back() > values.front()) {
      bins.lowest = values.front();
      bins.scale = static_cast<float>(bins.n) / (values.back() - values.front());
    }
    std::size_t at = 0;
    for (std::int64_t bin = 0; bin < bins.n; ++bin) {
      while (at < values.size() && bin_of(values[at], bins.lowest, bins.scale, bins.n) <= bin) ++at;
      bin_ends_.push_back(static_cast<std::int32_t>(at));
    }
  }
}

double WilcoxonReference::score(std::int64_t gene, std::span<const float> sorted, std::int64_t n_rows) const {
  const auto at = static_cast<std::size_t>(gene);
  const Bins& bins = bins_[at];
  const Reference<float> reference(values_.row_values(gene), counts_[at], n_cells_);
  const BinnedValues binned(reference.values,
                            std::span(bin_ends_).subspan(static_cast<std::size_t>(bins.begin),
                                                         static_cast<std::size_t>(bins.n)),
                            bins.lowest, bins.scale);
  const RankSum sum = rank_sum(sorted, n_rows, reference, [&](float value) { return binned.equal_to(value); });
  return z_score(sum, static_cast<double>(n_rows), static_cast<double>(n_cells_), true);
}

std::vector<double> WilcoxonReference::scores(MatrixView<const float> rows) const {
  GRACEVAE_CHECK(rows.n_cols == values_.n_rows, "one column a gene");
  std::vector<double> z(static_cast<std::size_t>(rows.n_cols));
  constexpr std::int64_t kGenes = 256;  // that are read from the rows together
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t first = 0; first < rows.n_cols; first += kGenes) {
    const std::int64_t n_genes = std::min(kGenes, rows.n_cols - first);
    Matrix<float> groups(n_genes, rows.n_rows);  // values that are not zero, gene by gene
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
      const std::span<float> group = groups.row(g).first(sizes[static_cast<std::size_t>(g)]);
      std::sort(group.begin(), group.end());
      z[static_cast<std::size_t>(first + g)] = score(first + g, group, rows.n_rows);
    }
  }
  return z;
}

}  // namespace gracevae
