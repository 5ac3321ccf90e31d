#include "screen/prepare_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/progress.hpp"
#include "screen/normalise.hpp"

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

CellRow cell_row(std::int64_t first, const CsrMatrix<float>& rows, std::int64_t i) {
  return {first + i, rows.row_indices(i), rows.row_values(i)};
}

}  // namespace

Passes::Passes(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options)
    : input_{source, labels, options}, measures_at_once_(options.min_cells == 0 && !input_.wants("seurat_v3") &&
                                                         options.size_factors.empty() && options.dominant_share == 1) {
  GRACEVAE_CHECK(labels.regime_of_cell.size() == input_.n_cells(), "a regime for every cell");
}

void Passes::each_block(const std::string& what, const BlockVisitor& visit) {
  RowReader& reader = *input_.source.rows;
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

void Passes::each_kept_cell(const std::string& what, const CellVisitor& visit) {
  each_block(what, [&](std::int64_t first, const CsrMatrix<float>& rows) {
    for (std::int64_t i = 0; i < rows.n_rows; ++i)
      if (parts_->filter.keeps_cell(first + i)) visit(cell_row(first, rows, i));
  });
}

// ---- pass 1 ----

void Passes::filter() {
  const PrepareOptions& options = input_.options;
  const bool chooses_genes = options.min_genes == kAutomatic, chooses_cells = options.min_cells == kAutomatic;
  thresholds_ = {chooses_genes ? kTranscriptomeMinGenes : options.min_genes, options.min_cells, ""};
  first_pass();
  warnings_ = parts_->values.check_scale();
  const std::int64_t tried = thresholds_.min_genes;
  const GenesOfCells& genes_of_cells = parts_->filter.genes_of_cells();
  if (chooses_genes || chooses_cells) {
    thresholds_ = automatic_thresholds(parts_->filter.n_genes_seen(), median_genes(genes_of_cells));
    if (!chooses_genes) thresholds_.min_genes = options.min_genes;
    if (!chooses_cells) thresholds_.min_cells = options.min_cells;
  }
  for (std::string& warning :
       check_losses(input_.labels, genes_of_cells, thresholds_.min_genes, chooses_genes, input_.place()))
    warnings_.push_back(std::move(warning));
  if (thresholds_.min_genes != tried) first_pass();
  parts_->filter.require_cells(thresholds_.min_genes);
  parts_->filter.keep_genes(thresholds_.min_cells);
  parts_->totals.settle(parts_->filter);
}

/// With the current thresholds.
void Passes::first_pass() {
  parts_.emplace(input_);
  each_block("filtering", [&](std::int64_t first, const CsrMatrix<float>& rows) {
    parts_->values.look_at(first, rows);
    for (std::int64_t i = 0; i < rows.n_rows; ++i) {
      const CellRow row = cell_row(first, rows, i);
      if (!parts_->filter.add(row, thresholds_.min_genes)) continue;
      if (input_.options.scales()) parts_->totals.add_all_genes(row);
      parts_->variation.add(row);
      if (measures_at_once_) measure_cell(row);
    }
  });
}

// ---- pass 2 ----

void Passes::measure() {
  const RowFilter& filter = parts_->filter;
  CellTotals& totals = parts_->totals;
  GeneVariation& variation = parts_->variation;
  if (input_.options.dominant_share < 1) {
    each_kept_cell("finding dominant genes", [&](const CellRow& row) { totals.mark_dominant(row); });
    totals.leave_out_dominant(filter);
  }
  if (variation.clips()) variation.start_clipping(filter);
  if (!measures_at_once_ && (totals.are_needed() || variation.needs_shares() || variation.clips())) {
    if (totals.are_needed()) totals.clear();
    each_kept_cell("measuring", [&](const CellRow& row) { measure_cell(row); });
  }
  if (totals.are_needed() && input_.options.total == 0) totals.take_median();
}

void Passes::measure_cell(const CellRow& row) {
  CellTotals& totals = parts_->totals;
  GeneVariation& variation = parts_->variation;
  if (variation.clips()) variation.add_clipped(row);
  if (!totals.are_needed() && !variation.needs_shares()) return;
  const double total = totals.divisor(row);
  if (total == 0) totals.check_rest(row, parts_->filter);
  if (totals.are_needed() && !measures_at_once_) totals.add(total);
  if (variation.needs_shares()) variation.add_shares(row, total);
}

// ---- later passes ----

RowPass Passes::rows(const std::vector<std::int32_t>& columns, const std::string& what) {
  std::vector<std::int32_t> column_of(input_.n_genes(), -1);
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
    if (!parts_->filter.keeps_cell(first + i)) continue;
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
  if (input_.options.no_normalise) return out;
  const CellTotals& totals = parts_->totals;
#pragma omp parallel for schedule(static)
  for (std::int64_t k = 0; k < out.n_rows; ++k) {
    const auto begin = static_cast<std::size_t>(out.indptr[static_cast<std::size_t>(k)]);
    const std::span<float> values(out.values.data() + begin, out.row_size(k));
    if (input_.options.log_only)
      normalise_log1p(values, 1, 1);
    else
      normalise_log1p(values, totals.divisor(cell_row(first, rows, from[static_cast<std::size_t>(k)])),
                      totals.scaled_to());
  }
  return out;
}

}  // namespace gracevae::impl::prepare
