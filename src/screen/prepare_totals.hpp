#pragma once
/// @file Total counts of cells as size factors, and when they mislead. For prepare*.cpp only.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "screen/prepare_filters.hpp"

namespace gracevae::impl::prepare {

/// The column's values for these rows.
/// @throws InputError no such column (with near ones); a value that is missing, not a number or not above 0: with the
/// cell
std::vector<double> totals_of_column(const CellSource& source, const std::string& column,
                                     std::span<const std::int64_t> cells);

/// A column of obs with a usual name for such totals, positive numbers, that differ from `totals` in these rows; "" if
/// there is none.
std::string other_totals(const CellSource& source, std::span<const std::int64_t> cells, std::span<const double> totals);

/// A condition whose totals differ from control's.
struct MovedTotal {
  std::string label;
  double ratio;  ///< of median totals, to control's
};
/// Conditions of at least `min_cells` cells whose median total differs by a fifth or more from control's, with an
/// adjusted p below 0.05: rank sums of totals, Benjamini-Hochberg over these conditions; the largest difference first.
/// groups[i] is the regime of totals[i].
/// @test tests/unit/screen/prepare_totals_test.cpp
std::vector<MovedTotal> moved_totals(std::span<const double> totals, std::span<const std::int32_t> groups,
                                     const std::vector<std::string>& regimes, std::int64_t min_cells);

/// Counts of every gene over the kept cells.
struct GeneTotals {
  std::vector<double> sums;          ///< [n_genes]
  std::vector<float> largest_share;  ///< of the counts of any one cell

  explicit GeneTotals(std::size_t n_genes) : sums(n_genes, 0.0), largest_share(n_genes, 0.0F) {}
  void add(std::span<const std::int32_t> genes, std::span<const float> counts, double total);
};

/// The gene that holds more than a fifth of all counts, when there is one; of at least 20 genes.
struct DominantGene {
  std::size_t gene;
  double share;                      ///< of all counts
  std::optional<double> leaves_out;  ///< a --dominant-share that leaves out genes of more than a fifth only
};
std::optional<DominantGene> dominant_gene(const GeneTotals& totals);

/// Divisors of the kept cells, and the common total that they are scaled to.
class CellTotals {
 public:
  explicit CellTotals(const PrepareInput& input);

  /// Adds the next kept cell, with its total over all genes.
  void add_all_genes(const CellRow& row);
  /// Counts only the kept genes from here on; takes the cells' totals from --size-factors if that is given.
  void settle(const RowFilter& filter);
  /// Marks genes with more than dominant_share of the cell's counts.
  void mark_dominant(const CellRow& row);
  /// Stops counting marked genes, as scanpy's normalize_total with exclude_highly_expressed.
  void leave_out_dominant(const RowFilter& filter);
  /// Whether the totals must be added up once more, over the genes that count.
  bool are_needed() const;
  void clear() { of_cells_.clear(); }
  void add(double divisor) { of_cells_.push_back(divisor); }
  /// Scales to the median of the cells. @throws InputError no cell has a count
  void take_median();

  double divisor(const CellRow& row) const;
  /// For a cell whose divisor is 0. @throws InputError it has counts, but of dominant genes only
  void check_rest(const CellRow& row, const RowFilter& filter) const;

  double scaled_to() const { return scaled_to_; }
  const std::vector<double>& of_cells() const { return of_cells_; }
  const GeneTotals& of_genes() const { return of_genes_; }  ///< counts only
  const std::vector<std::int32_t>& dominant() const { return dominant_; }

 private:
  double counted(const CellRow& row) const;

  const PrepareInput& input_;
  double scaled_to_;
  std::vector<double> of_cells_;
  std::vector<double> given_;  ///< --size-factors, for every row of the file
  GeneTotals of_genes_;
  std::vector<char> counts_, is_dominant_;  ///< of every gene
  std::vector<std::int32_t> dominant_;      ///< of the kept genes
};

}  // namespace gracevae::impl::prepare
