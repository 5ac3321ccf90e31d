#include "screen/prepare_filters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl::prepare {

namespace {

constexpr std::int64_t kPanelGenes = 2000;  // fewer are a panel
constexpr double kPanelMedian = 100;        // genes of the median cell
constexpr double kMostLost = 0.2, kSuggestedLoss = 0.05;
constexpr std::size_t kNamesShown = 5;

/// The cells of one regime, or all cells.
struct CellGroup {
  std::string name;
  std::vector<std::int32_t> genes;  ///< ascending

  std::int64_t n_cells() const { return std::ssize(genes); }
  std::int64_t n_below(std::int64_t min_genes) const {
    return std::lower_bound(genes.begin(), genes.end(), min_genes) - genes.begin();
  }
  bool loses_too_many(std::int64_t min_genes) const {
    return static_cast<double>(n_below(min_genes)) > kMostLost * static_cast<double>(n_cells());
  }
  /// The largest threshold that loses at most this share.
  std::int64_t threshold(double share) const {
    return genes.empty() ? 0 : genes[static_cast<std::size_t>(share * static_cast<double>(n_cells()))];
  }
  /// The fewest genes of which this share of the cells has no more.
  std::int32_t quantile(double share) const {
    const auto n = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(n_cells())));
    return genes[static_cast<std::size_t>(std::max<std::int64_t>(n - 1, 0))];
  }
  std::string loss(std::int64_t min_genes) const {
    return fmt::format("{}: {} of {}", name, n_below(min_genes), n_cells());
  }
};

/// All cells first, then every regime.
std::vector<CellGroup> groups_of(const PrepareLabels& labels, const GenesOfCells& genes) {
  std::vector<CellGroup> groups(labels.regimes.size() + 1);
  for (std::size_t k = 0; k < labels.regimes.size(); ++k) groups[k + 1].name = labels.regimes[k];
  for (std::size_t cell = 0; cell < genes.size(); ++cell) {
    if (genes[cell] < 0) continue;
    groups[0].genes.push_back(genes[cell]);
    groups[static_cast<std::size_t>(labels.regime_of_cell[cell]) + 1].genes.push_back(genes[cell]);
  }
  for (CellGroup& group : groups) std::sort(group.genes.begin(), group.genes.end());
  return groups;
}

/// "2 of 31 conditions (A: 30 of 90, B: 4 of 12)".
std::string conditions_text(const std::vector<std::string>& losses, std::size_t n_conditions) {
  return fmt::format("of {} of {} conditions ({})", losses.size(), n_conditions, first_few(losses, kNamesShown));
}

std::string quantiles_text(const CellGroup& all) {
  return fmt::format("genes above zero: 5 % of the cells have at most {}, 25 % {}, 50 % {}, 75 % {}, 95 % {}",
                     all.quantile(0.05), all.quantile(0.25), all.quantile(0.5), all.quantile(0.75), all.quantile(0.95));
}

/// The largest --min-genes that keeps enough of every group.
std::int64_t suggested_threshold(const std::vector<CellGroup>& groups, std::int64_t min_genes) {
  for (std::size_t k = 0; k < groups.size(); ++k) {
    if (k >= 2 && groups[k].n_cells() < kSmallCondition) continue;
    min_genes = std::min(min_genes, groups[k].threshold(k < 2 ? kSuggestedLoss : kMostLost));
  }
  return min_genes;
}

}  // namespace

FilterThresholds automatic_thresholds(std::int64_t n_genes, double median_genes) {
  if (n_genes >= kPanelGenes && median_genes >= kPanelMedian)
    return {kTranscriptomeMinGenes, kTranscriptomeMinCells,
            fmt::format("a transcriptome: {} genes, {:g} in the median cell", n_genes, median_genes)};
  return {std::clamp<std::int64_t>(static_cast<std::int64_t>(median_genes / 10), 1, kTranscriptomeMinGenes), 1,
          n_genes < kPanelGenes
              ? fmt::format("a targeted panel: {} genes, {:g} in the median cell", n_genes, median_genes)
              : fmt::format("as a targeted panel: {:g} genes in the median cell", median_genes)};
}

double median_genes(const GenesOfCells& genes) {
  std::vector<double> known;
  std::ranges::copy_if(genes, std::back_inserter(known), [](std::int32_t n) { return n >= 0; });
  return known.empty() ? 0 : median_of(std::move(known));
}

std::vector<std::string> check_losses(const PrepareLabels& labels, const GenesOfCells& genes, std::int64_t min_genes,
                                      bool automatic, const std::string& place) {
  const std::vector<CellGroup> groups = groups_of(labels, genes);
  const CellGroup &all = groups[0], &control = groups[1];
  std::vector<std::string> conditions, small, losses;
  for (std::size_t k = 2; k < groups.size(); ++k)
    if (groups[k].loses_too_many(min_genes))
      (groups[k].n_cells() < kSmallCondition ? small : conditions).push_back(groups[k].loss(min_genes));
  if (all.loses_too_many(min_genes))
    losses.push_back(fmt::format("of all cells ({} of {})", all.n_below(min_genes), all.n_cells()));
  if (control.loses_too_many(min_genes))
    losses.push_back(fmt::format("of the control cells ({} of {})", control.n_below(min_genes), control.n_cells()));
  if (!conditions.empty()) losses.push_back(conditions_text(conditions, groups.size() - 2));
  std::vector<std::string> warnings;
  if (!losses.empty()) {
    const std::string what = fmt::format("a minimum of {} genes a cell leaves out more than a fifth {}", min_genes,
                                         first_few(losses, losses.size()));
    const std::int64_t suggested = suggested_threshold(groups, min_genes);
    if (automatic)
      throw InputError(
          {.place = place,
           .found = what,
           .expected = fmt::format("no more without prepare.min_genes. {}", quantiles_text(all))},
          fmt::format(
              "prepare.min_genes {} keeps {:.3g} % of the cells; prepare.min_genes {} leaves out as many as this",
              suggested, 100 - 100.0 * static_cast<double>(all.n_below(suggested)) / static_cast<double>(all.n_cells()),
              min_genes));
    warnings.push_back(fmt::format("{}; {}", what, quantiles_text(all)));
  }
  if (!small.empty())
    warnings.push_back(
        fmt::format("a minimum of {} genes a cell leaves out more than a fifth {}, each of fewer than {} cells",
                    min_genes, conditions_text(small, groups.size() - 2), kSmallCondition));
  return warnings;
}

RowFilter::RowFilter(const PrepareInput& input)
    : input_(input), keeps_cell_(input.n_cells(), 0), is_seen_(input.n_genes(), 0), genes_of_cell_(input.n_cells(), -1),
      cells_of_gene_(input.n_genes(), 0) {}

bool RowFilter::add(const CellRow& row, std::int64_t min_genes) {
  const auto cell = static_cast<std::size_t>(row.cell);
  if (input_.labels.regime_of_cell[cell] < 0) return false;
  const std::int64_t n_genes = std::ranges::count_if(row.values, [](float value) { return value > 0; });
  most_genes_ = std::max(most_genes_, n_genes);
  genes_of_cell_[cell] = static_cast<std::int32_t>(n_genes);
  const bool stays = n_genes >= min_genes;
  for (std::size_t k = 0; k < row.genes.size(); ++k) {
    if (!(row.values[k] > 0)) continue;
    const auto gene = static_cast<std::size_t>(row.genes[k]);
    is_seen_[gene] = 1;
    cells_of_gene_[gene] += stays ? 1 : 0;
  }
  if (!stays) return false;
  keeps_cell_[cell] = 1;
  cells_.push_back(row.cell);
  return true;
}

void RowFilter::require_cells(std::int64_t min_genes) const {
  if (!cells_.empty()) return;
  throw InputError({.place = input_.place(),
                    .found = fmt::format("no cell is left: the most genes above zero in a cell are {}", most_genes_),
                    .expected = std::to_string(min_genes)},
                   "a smaller prepare.min_genes keeps more");
}

void RowFilter::keep_genes(std::int64_t min_cells) {
  for (std::size_t gene = 0; gene < cells_of_gene_.size(); ++gene)
    if (cells_of_gene_[gene] >= min_cells) genes_.push_back(static_cast<std::int32_t>(gene));
  if (!genes_.empty()) return;
  const std::int64_t most = cells_of_gene_.empty() ? 0 : std::ranges::max(cells_of_gene_);
  throw InputError({.place = input_.place(),
                    .found = fmt::format("no gene is left: the most cells that have one gene are {}", most),
                    .expected = std::to_string(min_cells)},
                   "a smaller prepare.min_cells keeps more");
}

std::int64_t RowFilter::n_genes_seen() const { return std::ranges::count(is_seen_, 1); }

}  // namespace gracevae::impl::prepare
