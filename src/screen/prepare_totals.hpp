#pragma once
/// @file Total counts of cells: where they come from, and when they mislead as size factors. For prepare*.cpp only.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "screen/prepare_filters.hpp"

namespace gracevae::impl::prepare {

/// The column's number for each of these rows.
/// @throws InputError no such column (with near ones); a value that is missing, no number or not above 0: with the cell
std::vector<double> totals_of_column(const CellSource& source, const std::string& column,
                                     std::span<const std::int64_t> cells);

/// A column of obs of numbers above 0 by one of the names that such totals usually have, which says something else than
/// `totals` of these rows; "" when there is none.
std::string other_totals(const CellSource& source, std::span<const std::int64_t> cells, std::span<const double> totals);

/// A condition whose cells have other totals than control's.
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

/// Counts of every gene over the cells that stay.
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

/// What every cell that stays is divided by, and the total that all are scaled to.
class CellTotals {
 public:
  explicit CellTotals(const PrepareInput& input);

  /// The next cell that stays, before it is known which genes do.
  void add_all_genes(const CellRow& row);
  /// From here on only these genes count; totals of the cells are known already where a column of obs has them.
  void settle(const RowFilter& filter);
  /// Notes genes that hold more than dominant_share of the cell.
  void mark_dominant(const CellRow& row);
  /// Genes so marked do not count from here on: scanpy's normalize_total with exclude_highly_expressed.
  void leave_out_dominant(const RowFilter& filter);
  /// Whether the genes that count must be added up once more, for the total to scale to.
  bool are_needed() const;
  void clear() { of_cells_.clear(); }
  void add(double divisor) { of_cells_.push_back(divisor); }
  /// The median of the cells as the total to scale to. @throws InputError no cell has a count
  void take_median();

  double divisor(const CellRow& row) const;
  /// @throws InputError a cell whose divisor is 0 has counts of dominant genes only, so that it has no size
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
  std::vector<std::int32_t> dominant_;      ///< of the genes that stay
};

}  // namespace gracevae::impl::prepare
