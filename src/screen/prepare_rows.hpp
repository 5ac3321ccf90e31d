#pragma once
/// @file The passes of prepare over the rows of its input. For prepare*.cpp only.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "screen/gene_variation.hpp"
#include "screen/prepare_filters.hpp"
#include "screen/prepare_totals.hpp"
#include "screen/prepare_values.hpp"
#include "screen/row_pass.hpp"

namespace gracevae::impl::prepare {

/// Filters, totals and moments. Passes: filter() (two where its thresholds follow from what it finds), then measure()
/// (two with a dominant share) unless everything is known, then any number of rows().
class Passes {
 public:
  Passes(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options);
  Passes(const Passes&) = delete;
  Passes& operator=(const Passes&) = delete;

  /// Pass 1: which cells and genes stay. @throws InputError as prepare_screen
  void filter();
  /// Pass 2 where needed: totals over the genes that stay, and what the choice of genes needs.
  void measure();
  /// The choice among the genes that stay; empty lists for flavour none.
  HighlyVariable choose() const { return parts_->variation.choose(parts_->filter, parts_->totals.scaled_to()); }
  /// Rows that stay as they are written, the input's genes `columns` (ascending) only. `what` names the pass.
  RowPass rows(const std::vector<std::int32_t>& columns, const std::string& what);

  const std::vector<std::int64_t>& cells() const { return parts_->filter.cells(); }  ///< rows of the input that stay
  const std::vector<std::int32_t>& genes() const { return parts_->filter.genes(); }  ///< columns of the input that stay
  /// What cells are divided by: see PrepareOptions; before measure() the totals over all genes.
  const CellTotals& totals() const { return parts_->totals; }
  const ValueCheck& values() const { return parts_->values; }
  const FilterThresholds& thresholds() const { return thresholds_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  using BlockVisitor = std::function<void(std::int64_t first, const CsrMatrix<float>& rows)>;
  using CellVisitor = std::function<void(const CellRow& row)>;
  void each_block(const std::string& what, const BlockVisitor& visit);
  void each_cell_that_stays(const std::string& what, const CellVisitor& visit);
  void first_pass();
  void measure_cell(const CellRow& row);
  CsrMatrix<float> select(std::int64_t first, const CsrMatrix<float>& rows, const std::vector<std::int32_t>& column_of);

  /// What the cells of a pass are told to, anew in each first pass.
  struct Parts {
    ValueCheck values;
    RowFilter filter;
    CellTotals totals;
    GeneVariation variation;

    explicit Parts(const PrepareInput& input) : values(input), filter(input), totals(input), variation(input) {}
  };

  PrepareInput input_;
  bool measures_at_once_;  ///< all genes stay, so that pass 1 can do what pass 2 would
  FilterThresholds thresholds_;
  std::optional<Parts> parts_;
  std::vector<std::string> warnings_;
};

}  // namespace gracevae::impl::prepare
