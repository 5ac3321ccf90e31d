#include "screen/gene_variation.hpp"

#include <algorithm>
#include <cmath>

#include "screen/normalise.hpp"

namespace gracevae::impl::prepare {

GeneVariation::GeneVariation(const PrepareInput& input)
    : input_(input), moments_(input.wants("none") ? 0 : 1, static_cast<std::int64_t>(input.n_genes())) {}

void GeneVariation::add(const CellRow& row) {
  if (clips() || (input_.wants("seurat") && input_.options.log_only)) moments_.add(0, row.genes, row.values);
  if (input_.wants("seurat") && input_.options.no_normalise) {
    const double scale = std::log(input_.labels.log1p_base.value_or(kNaturalBase));
    moments_.add(0, row.genes, row.values, [scale](double value) { return std::expm1(value * scale); });
  }
}

void GeneVariation::add_shares(const CellRow& row, double total) {
  const double divisor = total > 0 ? total : 1;
  moments_.add(0, row.genes, row.values, [divisor](double value) { return value / divisor; });
}

void GeneVariation::start_clipping(const RowFilter& filter) {
  Clipping& c = clipping_;
  for (const std::int32_t gene : filter.genes()) {
    c.means.push_back(moments_.mean(0, gene));
    c.variances.push_back(moments_.variance(0, gene));
  }
  c.deviations = expected_deviations(c.means, c.variances);
  const auto n_cells = std::ssize(filter.cells());
  c.clips = clip_values(c.means, c.deviations, n_cells);
  c.index_of_gene.assign(input_.n_genes(), -1);
  for (std::size_t i = 0; i < filter.genes().size(); ++i) {
    const std::int32_t gene = filter.genes()[i];
    c.index_of_gene[static_cast<std::size_t>(gene)] = static_cast<std::int32_t>(i);
    const std::int64_t n_zeros = n_cells - moments_.n_nonzero(0, gene);
    c.squares.push_back(static_cast<double>(n_zeros) * c.means[i] * c.means[i]);
  }
}

void GeneVariation::add_clipped(const CellRow& row) {
  Clipping& c = clipping_;
  for (std::size_t k = 0; k < row.genes.size(); ++k) {
    const std::int32_t index = c.index_of_gene[static_cast<std::size_t>(row.genes[k])];
    if (index < 0 || row.values[k] == 0) continue;
    const auto i = static_cast<std::size_t>(index);
    const double deviation = std::min(static_cast<double>(row.values[k]), c.clips[i]) - c.means[i];
    c.squares[i] += deviation * deviation;
  }
}

HighlyVariable GeneVariation::choose(const RowFilter& filter, double scaled_to) const {
  if (input_.wants("none")) return {};
  const std::int64_t n_top = input_.options.n_top_genes;
  if (clips())
    return highly_variable_seurat_v3({clipping_.means, clipping_.variances, clipping_.deviations, clipping_.squares,
                                      std::ssize(filter.cells())},
                                     n_top);
  const double scale = input_.options.scales() ? scaled_to : 1;
  std::vector<double> means, variances;
  for (const std::int32_t gene : filter.genes()) {
    means.push_back(moments_.mean(0, gene) * scale);
    variances.push_back(moments_.variance(0, gene) * scale * scale);
  }
  return highly_variable_seurat(means, variances, n_top);
}

}  // namespace gracevae::impl::prepare
