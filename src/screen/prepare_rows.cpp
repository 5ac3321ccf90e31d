#include "screen/prepare_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/progress.hpp"
#include "screen/describe.hpp"
#include "screen/normalise.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl::prepare {

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

/// What takes another matrix of the file.
std::vector<std::string> other_matrices(const CellSource& source) {
  std::vector<std::string> others;
  for (const std::string& matrix : source.matrices)
    if (!is_read(source.matrix, matrix)) others.push_back("--matrix " + matrix);
  return others;
}

}  // namespace

Passes::Passes(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options)
    : source_(source), labels_(labels), options_(options),
      keeps_cell_(static_cast<std::size_t>(source.rows->n_rows()), 0),
      is_seen_(static_cast<std::size_t>(source.rows->n_cols()), 0), genes_of_cell_(keeps_cell_.size(), -1),
      cells_of_gene_(is_seen_.size(), 0), gene_totals_(is_seen_.size()), total_(options.total),
      moments_(wants("none") ? 0 : 1, source.rows->n_cols()) {
  measures_at_once_ =
      options.min_cells == 0 && !wants("seurat_v3") && options.size_factors.empty() && options.dominant_share == 1;
  keeps_gene_.assign(is_seen_.size(), 1);
  counts_for_total_ = keeps_gene_;
  GRACEVAE_CHECK(labels.regime_of_cell.size() == keeps_cell_.size(), "a regime for every cell");
}

void Passes::each_block(const std::string& what, const BlockVisitor& visit) {
  RowReader& reader = *source_.rows;
  const std::int64_t at_once = rows_a_block(reader);
  std::unique_ptr<Progress> progress;
  if (values_of(reader) > kLongRead) progress = std::make_unique<Progress>(what, reader.n_rows());
  for (std::int64_t first = 0; first < reader.n_rows(); first += at_once) {
    stop_if_requested(what);
    const CsrMatrix<float> rows = reader.rows(first, std::min(at_once, reader.n_rows() - first));
    visit(first, rows);
    if (progress) progress->update(first + rows.n_rows, "");
  }
}

// ---- pass 1 ----

void Passes::filter() {
  const bool chooses_genes = options_.min_genes == kAutomatic, chooses_cells = options_.min_cells == kAutomatic;
  thresholds_ = {chooses_genes ? kTranscriptomeMinGenes : options_.min_genes, options_.min_cells, ""};
  filter_rows();
  check_scale();
  const std::int64_t tried = thresholds_.min_genes;
  if (chooses_genes || chooses_cells) {
    thresholds_ = automatic_thresholds(std::ranges::count(is_seen_, 1), median_genes(genes_of_cell_));
    if (!chooses_genes) thresholds_.min_genes = options_.min_genes;
    if (!chooses_cells) thresholds_.min_cells = options_.min_cells;
  }
  for (std::string& warning : check_losses(labels_, genes_of_cell_, thresholds_.min_genes, chooses_genes,
                                           fmt::format("{} {}", source_.path, source_.matrix)))
    warnings_.push_back(std::move(warning));
  if (thresholds_.min_genes != tried) {
    forget();
    filter_rows();
  }
  if (cells_.empty())
    throw InputError(fmt::format("{} {}: no cell is left: the most genes above zero in a cell are {}, expected {}",
                                 source_.path, source_.matrix, most_genes_, thresholds_.min_genes),
                     "a smaller --min-genes keeps more");
  keep_genes();
  take_given_totals();
}

void Passes::filter_rows() {
  each_block("filtering", [&](std::int64_t first, const CsrMatrix<float>& rows) {
    check_counts(first, rows);
    for (std::int64_t i = 0; i < rows.n_rows; ++i) filter_row(first + i, rows, i);
  });
}

/// What filter_rows() found of the cells that it kept.
void Passes::forget() {
  std::ranges::fill(keeps_cell_, 0);
  std::ranges::fill(cells_of_gene_, 0);
  cells_.clear();
  totals_.clear();
  values_ = {};
  gene_totals_ = GeneTotals(cells_of_gene_.size());
  moments_ = GroupMoments(moments_.n_groups(), moments_.n_columns());
}

void Passes::check_counts(std::int64_t first, const CsrMatrix<float>& rows) {
  if (!scales()) values_.add(rows.values);
  if (!are_counts_ && !options_.log_only) return;
  const auto odd = std::find_if(rows.values.begin(), rows.values.end(), [&](float value) {
    return value < 0 || (value != std::floor(value) && !options_.log_only);
  });
  if (odd == rows.values.end()) return;
  are_counts_ = false;
  if (options_.no_normalise) return;
  const std::int64_t at = odd - rows.values.begin();
  const auto row = std::upper_bound(rows.indptr.begin(), rows.indptr.end(), at) - rows.indptr.begin() - 1;
  refuse(first + row, rows.indices[static_cast<std::size_t>(at)], *odd);
}

void Passes::refuse(std::int64_t cell, std::int32_t gene, float value) const {
  const std::vector<std::string> others = other_matrices(source_);
  if (options_.log_only)
    throw InputError(
        fmt::format("{} {}: cell '{}', gene '{}' is {}, expected values of at least 0, which have a logarithm",
                    source_.path, source_.matrix, source_.obs.index[static_cast<std::size_t>(cell)],
                    source_.var.index[static_cast<std::size_t>(gene)], value),
        others.empty()
            ? "values below zero are scaled or corrected: take the file from before that"
            : fmt::format("name the normalised values, or without --log-only the counts, if they are there too ({})",
                          fmt::join(others, ", ")));
  throw InputError(
      fmt::format("{} {}: cell '{}', gene '{}' is {}, no count: expected whole numbers of at least 0{}", source_.path,
                  source_.matrix, source_.obs.index[static_cast<std::size_t>(cell)],
                  source_.var.index[static_cast<std::size_t>(gene)], value,
                  labels_.log1p_base
                      ? ". The file's uns/log1p says that it was log-transformed, and twice would be wrong"
                      : ""),
      fmt::format(
          "{}if the values are log1p already, --no-normalise only filters, chooses genes and tests them; if they "
          "are normalised but not logged, --log-only logs them",
          others.empty() ? "" : fmt::format("name the counts if they are there too ({}); ", fmt::join(others, ", "))));
}

/// Of values that are only to be logged: what they look like decides, not what a file says of itself.
void Passes::check_scale() {
  if (!options_.log_only) return;
  const ValueSummary found = summarise_values(values_, source_.rows->n_rows(), source_.rows->n_cols());
  const bool says_log1p = labels_.log1p_base && source_.matrix == "X";
  if (found.scale == ValueScale::linear) {
    if (says_log1p)
      warnings_.push_back(fmt::format(
          "uns/log1p says that the values were log-transformed, but the largest is {:g}: they were taken as linear",
          found.largest));
    return;
  }
  if (found.whole)
    throw InputError(fmt::format("{} {}: all values are whole numbers (up to {:g}), like counts: --log-only expects "
                                 "values that are normalised already",
                                 source_.path, source_.matrix, found.largest),
                     "without --log-only, counts are scaled to one total and then logged");
  throw InputError(
      fmt::format("{} {}: no value is above {:g}{}: they look log-transformed already, and twice would be wrong",
                  source_.path, source_.matrix, found.largest,
                  says_log1p ? ", and uns/log1p says that they were log-transformed" : ""),
      "values on a log1p scale need no preparing; --no-normalise filters, chooses genes and tests them");
}

void Passes::filter_row(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i) {
  if (labels_.regime_of_cell[static_cast<std::size_t>(cell)] < 0) return;
  const auto genes = rows.row_indices(i);
  const auto values = rows.row_values(i);
  const std::int64_t n_genes = std::count_if(values.begin(), values.end(), [](float value) { return value > 0; });
  most_genes_ = std::max(most_genes_, n_genes);
  genes_of_cell_[static_cast<std::size_t>(cell)] = static_cast<std::int32_t>(n_genes);
  for (std::size_t k = 0; k < genes.size(); ++k)
    if (values[k] > 0) is_seen_[static_cast<std::size_t>(genes[k])] = 1;
  if (n_genes < thresholds_.min_genes) return;
  keeps_cell_[static_cast<std::size_t>(cell)] = 1;
  cells_.push_back(cell);
  for (std::size_t k = 0; k < genes.size(); ++k)
    if (values[k] > 0) ++cells_of_gene_[static_cast<std::size_t>(genes[k])];
  if (scales()) {
    totals_.push_back(std::accumulate(values.begin(), values.end(), 0.0));
    if (totals_.back() > 0) gene_totals_.add(genes, values, totals_.back());
  }
  if (wants("seurat_v3") || (wants("seurat") && options_.log_only)) moments_.add(0, genes, values);
  if (wants("seurat") && options_.no_normalise) {
    const double scale = std::log(labels_.log1p_base.value_or(kNaturalBase));
    moments_.add(0, genes, values, [scale](double value) { return std::expm1(value * scale); });
  }
  if (measures_at_once_) measure_row(cell, rows, i);
}

void Passes::keep_genes() {
  place_of_gene_.assign(cells_of_gene_.size(), -1);
  for (std::size_t gene = 0; gene < cells_of_gene_.size(); ++gene) {
    keeps_gene_[gene] = cells_of_gene_[gene] >= thresholds_.min_cells;
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
                                 thresholds_.min_cells),
                     "a smaller --min-cells keeps more");
  counts_for_total_ = keeps_gene_;
}

void Passes::take_given_totals() {
  if (options_.size_factors.empty()) return;
  totals_ = totals_of_column(source_, options_.size_factors, cells_);
  given_totals_.assign(keeps_cell_.size(), 0);
  for (std::size_t i = 0; i < cells_.size(); ++i) given_totals_[static_cast<std::size_t>(cells_[i])] = totals_[i];
  if (options_.total == 0) total_ = median_of_positive(totals_);
}

// ---- pass 2 ----

/// Of the genes that count for totals.
double Passes::kept_total(const CsrMatrix<float>& rows, std::int64_t i) const {
  const auto genes = rows.row_indices(i);
  const auto values = rows.row_values(i);
  double total = 0;
  for (std::size_t k = 0; k < genes.size(); ++k)
    if (counts_for_total_[static_cast<std::size_t>(genes[k])]) total += static_cast<double>(values[k]);
  return total;
}

double Passes::divisor(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i) const {
  return given_totals_.empty() ? kept_total(rows, i) : given_totals_[static_cast<std::size_t>(cell)];
}

void Passes::measure() {
  if (options_.dominant_share < 1) find_dominant();
  if (wants("seurat_v3")) start_clipping();
  if (!measures_at_once_ && (needs_totals() || needs_shares() || wants("seurat_v3"))) {
    if (needs_totals()) totals_.clear();
    each_block("measuring", [&](std::int64_t first, const CsrMatrix<float>& rows) {
      for (std::int64_t i = 0; i < rows.n_rows; ++i)
        if (keeps_cell_[static_cast<std::size_t>(first + i)]) measure_row(first + i, rows, i);
    });
  }
  if (!needs_totals() || options_.total > 0) return;
  total_ = median_of_positive(totals_);
  const std::vector<std::string> others = other_matrices(source_);
  if (!(total_ > 0))
    throw InputError(fmt::format("{} {}: no kept cell has a count above 0, so there is nothing to scale to",
                                 source_.path, source_.matrix),
                     others.empty() ? "are the counts in another file?"
                                    : fmt::format("choose another matrix ({})", fmt::join(others, ", ")));
}

/// scanpy's normalize_total with exclude_highly_expressed: a gene that holds more than the share in one cell at least.
void Passes::find_dominant() {
  std::vector<char> is_dominant(keeps_gene_.size(), 0);
  each_block("finding dominant genes", [&](std::int64_t first, const CsrMatrix<float>& rows) {
    for (std::int64_t i = 0; i < rows.n_rows; ++i) {
      if (!keeps_cell_[static_cast<std::size_t>(first + i)]) continue;
      const auto genes = rows.row_indices(i);
      const auto values = rows.row_values(i);
      const double most = options_.dominant_share * kept_total(rows, i);
      for (std::size_t k = 0; k < genes.size(); ++k)
        if (static_cast<double>(values[k]) > most) is_dominant[static_cast<std::size_t>(genes[k])] = 1;
    }
  });
  for (const std::int32_t gene : genes_) {
    if (!is_dominant[static_cast<std::size_t>(gene)]) continue;
    counts_for_total_[static_cast<std::size_t>(gene)] = 0;
    dominant_.push_back(gene);
  }
}

void Passes::measure_row(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i) {
  if (wants("seurat_v3")) add_clipped(rows, i);
  if (!needs_totals() && !needs_shares()) return;
  const double total = divisor(cell, rows, i);
  if (total == 0 && !dominant_.empty()) check_rest(cell, rows, i);
  if (needs_totals() && !measures_at_once_) totals_.push_back(total);
  if (needs_shares()) add_share_moments(rows, i, total);
}

/// A cell without counts but of dominant genes has no size.
void Passes::check_rest(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i) const {
  const auto genes = rows.row_indices(i);
  const auto values = rows.row_values(i);
  for (std::size_t k = 0; k < genes.size(); ++k) {
    if (!keeps_gene_[static_cast<std::size_t>(genes[k])] || values[k] == 0) continue;
    throw InputError(
        fmt::format(
            "{} {}: cell '{}' has counts of dominant genes only ({} of {} genes hold more than {:g} of a cell's "
            "counts), so that nothing is left to scale it by",
            source_.path, source_.matrix, source_.obs.index[static_cast<std::size_t>(cell)], dominant_.size(),
            genes_.size(), options_.dominant_share),
        "a larger --dominant-share leaves fewer genes out, a larger --min-genes such cells; --size-factors needs neither");
  }
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
  const double scale = scales() ? total_ : 1;
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
    const std::span<float> values(out.values.data() + begin, out.row_size(k));
    const std::int64_t i = from[static_cast<std::size_t>(k)];
    if (options_.log_only)
      normalise_log1p(values, 1, 1);
    else
      normalise_log1p(values, divisor(first + i, rows, i), total_);
  }
  return out;
}

}  // namespace gracevae::impl::prepare
