#include "screen/prepare_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/progress.hpp"
#include "screen/normalise.hpp"

namespace gracevae::prepare {

namespace {

constexpr std::int64_t kBlockValues = std::int64_t{1} << 22;  // stored values of a block, some 32 MiB
constexpr std::int64_t kMostBlockRows = 65536;
constexpr std::int64_t kLongRead = 50'000'000;  // stored values from which progress is shown

std::int64_t values_of(const RowReader& reader) {
  return reader.n_stored() >= 0 ? reader.n_stored() : reader.n_rows() * reader.n_cols();
}

std::int64_t rows_a_block(const RowReader& reader) {
  const std::int64_t a_row = values_of(reader) / std::max<std::int64_t>(reader.n_rows(), 1) + 1;
  return std::clamp<std::int64_t>(kBlockValues / a_row, 1, kMostBlockRows);
}

}  // namespace

Passes::Passes(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options)
    : source_(source), labels_(labels), options_(options),
      keeps_cell_(static_cast<std::size_t>(source.rows->n_rows()), 0),
      cells_of_gene_(static_cast<std::size_t>(source.rows->n_cols()), 0), total_(options.total),
      moments_(wants("none") ? 0 : 1, source.rows->n_cols()) {
  measures_at_once_ = options.min_cells == 0 && !wants("seurat_v3");
  keeps_gene_.assign(cells_of_gene_.size(), 1);
  GRACEVAE_CHECK(labels.regime_of_cell.size() == keeps_cell_.size(), "a regime for every cell");
}

void Passes::each_block(const std::string& what, const BlockVisitor& visit) {
  RowReader& reader = *source_.rows;
  const std::int64_t at_once = rows_a_block(reader);
  std::unique_ptr<Progress> progress;
  if (values_of(reader) > kLongRead) progress = std::make_unique<Progress>(what, reader.n_rows());
  for (std::int64_t first = 0; first < reader.n_rows(); first += at_once) {
    if (interrupt_requested()) throw Interrupted(fmt::format("stopped while {}: nothing was written", what));
    const CsrMatrix<float> rows = reader.rows(first, std::min(at_once, reader.n_rows() - first));
    visit(first, rows);
    if (progress) progress->update(first + rows.n_rows, "");
  }
}

// ---- pass 1 ----

void Passes::filter() {
  each_block("filtering", [&](std::int64_t first, const CsrMatrix<float>& rows) {
    check_counts(first, rows);
    for (std::int64_t i = 0; i < rows.n_rows; ++i) filter_row(first + i, rows, i);
  });
  if (cells_.empty())
    throw InputError(fmt::format("{} {}: no cell is left: the most genes above zero in a cell are {}, expected {}",
                                 source_.path, source_.matrix, most_genes_, options_.min_genes),
                     "a smaller --min-genes keeps more");
  keep_genes();
}

void Passes::check_counts(std::int64_t first, const CsrMatrix<float>& rows) {
  if (!are_counts_) return;
  const auto odd = std::find_if(rows.values.begin(), rows.values.end(),
                                [](float value) { return value < 0 || value != std::floor(value); });
  if (odd == rows.values.end()) return;
  are_counts_ = false;
  if (options_.no_normalise) return;
  const std::int64_t at = odd - rows.values.begin();
  const auto row = std::upper_bound(rows.indptr.begin(), rows.indptr.end(), at) - rows.indptr.begin() - 1;
  refuse(first + row, rows.indices[static_cast<std::size_t>(at)], *odd);
}

void Passes::refuse(std::int64_t cell, std::int32_t gene, float value) const {
  std::vector<std::string> others;
  for (const std::string& matrix : source_.matrices)
    if (matrix != source_.matrix && matrix + "/X" != source_.matrix) others.push_back("--matrix " + matrix);
  throw InputError(
      fmt::format("{} {}: cell '{}', gene '{}' is {}, no count: expected whole numbers of at least 0{}", source_.path,
                  source_.matrix, source_.obs.index[static_cast<std::size_t>(cell)],
                  source_.var.index[static_cast<std::size_t>(gene)], value,
                  labels_.log1p_base
                      ? ". The file's uns/log1p says that it was log-transformed, and twice would be wrong"
                      : ""),
      fmt::format("{}if the values are log1p already, --no-normalise only filters, chooses genes and tests them",
                  others.empty()
                      ? ""
                      : fmt::format("name the counts if they are there too ({}); ", fmt::join(others, ", "))));
}

void Passes::filter_row(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i) {
  if (labels_.regime_of_cell[static_cast<std::size_t>(cell)] < 0) return;
  const auto genes = rows.row_indices(i);
  const auto values = rows.row_values(i);
  const std::int64_t n_genes = std::count_if(values.begin(), values.end(), [](float value) { return value > 0; });
  most_genes_ = std::max(most_genes_, n_genes);
  if (n_genes < options_.min_genes) return;
  keeps_cell_[static_cast<std::size_t>(cell)] = 1;
  cells_.push_back(cell);
  for (std::size_t k = 0; k < genes.size(); ++k)
    if (values[k] > 0) ++cells_of_gene_[static_cast<std::size_t>(genes[k])];
  if (wants("seurat_v3")) moments_.add(0, genes, values);
  if (wants("seurat") && options_.no_normalise) {
    const double scale = std::log(labels_.log1p_base.value_or(kNaturalBase));
    moments_.add(0, genes, values, [scale](double value) { return std::expm1(value * scale); });
  }
  if (measures_at_once_) measure_row(rows, i);
}

void Passes::keep_genes() {
  place_of_gene_.assign(cells_of_gene_.size(), -1);
  for (std::size_t gene = 0; gene < cells_of_gene_.size(); ++gene) {
    keeps_gene_[gene] = cells_of_gene_[gene] >= options_.min_cells;
    if (!keeps_gene_[gene]) continue;
    place_of_gene_[gene] = static_cast<std::int32_t>(genes_.size());
    genes_.push_back(static_cast<std::int32_t>(gene));
  }
  if (genes_.empty())
    throw InputError(fmt::format("{} {}: no gene is left: the most cells that have one gene are {}, expected {}",
                                 source_.path, source_.matrix,
                                 cells_of_gene_.empty()
                                     ? 0
                                     : *std::max_element(cells_of_gene_.begin(), cells_of_gene_.end()),
                                 options_.min_cells),
                     "a smaller --min-cells keeps more");
}

// ---- pass 2 ----

double Passes::kept_total(const CsrMatrix<float>& rows, std::int64_t i) const {
  const auto genes = rows.row_indices(i);
  const auto values = rows.row_values(i);
  double total = 0;
  for (std::size_t k = 0; k < genes.size(); ++k)
    if (keeps_gene_[static_cast<std::size_t>(genes[k])]) total += static_cast<double>(values[k]);
  return total;
}

void Passes::measure() {
  if (wants("seurat_v3")) start_clipping();
  if (!measures_at_once_ && (needs_totals() || needs_shares() || wants("seurat_v3")))
    each_block("measuring", [&](std::int64_t first, const CsrMatrix<float>& rows) {
      for (std::int64_t i = 0; i < rows.n_rows; ++i)
        if (keeps_cell_[static_cast<std::size_t>(first + i)]) measure_row(rows, i);
    });
  if (!needs_totals()) return;
  total_ = median_of_positive(std::move(totals_));
  totals_ = {};
  if (!(total_ > 0))
    throw InputError(fmt::format("{} {}: no kept cell has a count above 0, so there is nothing to scale to",
                                 source_.path, source_.matrix),
                     "choose another matrix with --matrix");
}

void Passes::measure_row(const CsrMatrix<float>& rows, std::int64_t i) {
  if (wants("seurat_v3")) add_clipped(rows, i);
  if (!needs_totals() && !needs_shares()) return;
  const double total = kept_total(rows, i);
  if (needs_totals()) totals_.push_back(total);
  if (needs_shares()) add_share_moments(rows, i, total);
}

/// Moments of counts/total: those of normalised counts are these times the common total, so that it need not be known.
void Passes::add_share_moments(const CsrMatrix<float>& rows, std::int64_t i, double total) {
  const double divisor = total > 0 ? total : 1;
  moments_.add(0, rows.row_indices(i), rows.row_values(i), [divisor](double value) { return value / divisor; });
}

void Passes::start_clipping() {
  for (const std::int32_t gene : genes_) {
    means_.push_back(moments_.mean(0, gene));
    variances_.push_back(moments_.variance(0, gene));
  }
  deviations_ = expected_deviations(means_, variances_);
  clips_ = clip_values(means_, deviations_, static_cast<std::int64_t>(cells_.size()));
  for (std::size_t place = 0; place < genes_.size(); ++place) {  // the zeros of each gene
    const std::int64_t n_zeros = static_cast<std::int64_t>(cells_.size()) - moments_.n_nonzero(0, genes_[place]);
    clipped_squares_.push_back(static_cast<double>(n_zeros) * means_[place] * means_[place]);
  }
}

void Passes::add_clipped(const CsrMatrix<float>& rows, std::int64_t i) {
  const auto genes = rows.row_indices(i);
  const auto values = rows.row_values(i);
  for (std::size_t k = 0; k < genes.size(); ++k) {
    const std::int32_t place = place_of_gene_[static_cast<std::size_t>(genes[k])];
    if (place < 0 || values[k] == 0) continue;
    const auto at = static_cast<std::size_t>(place);
    const double deviation = std::min(static_cast<double>(values[k]), clips_[at]) - means_[at];
    clipped_squares_[at] += deviation * deviation;
  }
}

HighlyVariable Passes::choose() const {
  if (wants("none")) return {};
  if (wants("seurat_v3"))
    return highly_variable_seurat_v3({means_, variances_, deviations_, clipped_squares_,
                                      static_cast<std::int64_t>(cells_.size())},
                                     options_.n_top_genes);
  const double scale = options_.no_normalise ? 1 : total_;
  std::vector<double> means, variances;
  for (const std::int32_t gene : genes_) {
    means.push_back(moments_.mean(0, gene) * scale);
    variances.push_back(moments_.variance(0, gene) * scale * scale);
  }
  return highly_variable_seurat(means, variances, options_.n_top_genes);
}

// ---- later passes ----

RowPass Passes::rows(const std::vector<std::int32_t>& columns, const std::string& what) {
  std::vector<std::int32_t> column_of(keeps_gene_.size(), -1);
  for (std::size_t k = 0; k < columns.size(); ++k)
    column_of[static_cast<std::size_t>(columns[k])] = static_cast<std::int32_t>(k);
  const auto n_cols = static_cast<std::int64_t>(columns.size());
  return [this, column_of = std::move(column_of), n_cols, what](const RowVisitor& visit) {
    std::int64_t n_before = 0;
    each_block(what, [&](std::int64_t first, const CsrMatrix<float>& rows) {
      CsrMatrix<float> selected = select(first, rows, column_of);
      selected.n_cols = n_cols;
      visit(n_before, selected);
      n_before += selected.n_rows;
    });
  };
}

CsrMatrix<float> Passes::select(std::int64_t first, const CsrMatrix<float>& rows,
                                const std::vector<std::int32_t>& column_of) {
  CsrMatrix<float> out;
  std::vector<std::int64_t> from;
  for (std::int64_t i = 0; i < rows.n_rows; ++i) {
    if (!keeps_cell_[static_cast<std::size_t>(first + i)]) continue;
    const auto genes = rows.row_indices(i);
    const auto values = rows.row_values(i);
    for (std::size_t k = 0; k < genes.size(); ++k) {
      const std::int32_t column = column_of[static_cast<std::size_t>(genes[k])];
      if (column < 0 || values[k] == 0) continue;
      out.indices.push_back(column);
      out.values.push_back(values[k]);
    }
    out.indptr.push_back(static_cast<std::int64_t>(out.values.size()));
    from.push_back(i);
  }
  out.n_rows = static_cast<std::int64_t>(from.size());
  if (options_.no_normalise) return out;
#pragma omp parallel for schedule(static)
  for (std::int64_t k = 0; k < out.n_rows; ++k) {
    const auto begin = static_cast<std::size_t>(out.indptr[static_cast<std::size_t>(k)]);
    normalise_log1p({out.values.data() + begin, out.row_size(k)}, kept_total(rows, from[static_cast<std::size_t>(k)]),
                    total_);
  }
  return out;
}

}  // namespace gracevae::prepare
