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
#include "stats/row_pass.hpp"

namespace gracevae::impl::prepare {

/// Call filter() (two passes if its thresholds depend on the data), then measure() (at most two), then rows() any
/// number of times.
class Passes {
 public:
  Passes(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options);
  Passes(const Passes&) = delete;
  Passes& operator=(const Passes&) = delete;

  /// Pass 1: which cells and genes are kept. @throws InputError as prepare_screen
  void filter();
  /// Pass 2 if needed: totals over the kept genes, and what the choice of genes needs.
  void measure();
  /// The choice among the kept genes; empty lists for flavour none.
  HighlyVariable choose() const { return parts_->variation.choose(parts_->filter, parts_->totals.scaled_to()); }
  /// Kept rows as they are written, with the input's genes `columns` (ascending) only. `what` names the pass.
  RowPass rows(const std::vector<std::int32_t>& columns, const std::string& what);

  const std::vector<std::int64_t>& cells() const { return parts_->filter.cells(); }  ///< kept rows of the input
  const std::vector<std::int32_t>& genes() const { return parts_->filter.genes(); }  ///< kept columns of the input
  /// Before measure() those over all genes.
  const CellTotals& totals() const { return parts_->totals; }
  const ValueCheck& values() const { return parts_->values; }
  const FilterThresholds& thresholds() const { return thresholds_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  using BlockVisitor = std::function<void(std::int64_t first, const CsrMatrix<float>& rows)>;
  using CellVisitor = std::function<void(const CellRow& row)>;
  void each_block(const std::string& what, const BlockVisitor& visit);
  void each_kept_cell(const std::string& what, const CellVisitor& visit);
  void first_pass();
  void measure_cell(const CellRow& row);
  CsrMatrix<float> select(std::int64_t first, const CsrMatrix<float>& rows, const std::vector<std::int32_t>& column_of);

  /// What the passes collect; made anew for each first pass.
  struct Parts {
    ValueCheck values;
    RowFilter filter;
    CellTotals totals;
    GeneVariation variation;

    explicit Parts(const PrepareInput& input) : values(input), filter(input), totals(input), variation(input) {}
  };

  PrepareInput input_;
  bool measures_at_once_;  ///< all genes are kept, so that pass 1 can do the work of pass 2
  FilterThresholds thresholds_;
  std::optional<Parts> parts_;
  std::vector<std::string> warnings_;
};

}  // namespace gracevae::impl::prepare
