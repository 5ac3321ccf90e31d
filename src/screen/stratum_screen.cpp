#include "screen/stratum_screen.hpp"

#include <utility>

namespace gracevae::impl {

StratumScreen stratum_screen(const Screen& screen, std::int32_t stratum) {
  StratumScreen result;
  Screen& part = result.screen;
  part.genes = screen.genes;
  part.var = screen.var;
  part.dialect = screen.dialect;
  part.source = screen.source;
  part.x.n_cols = screen.n_genes();
  result.row.assign(static_cast<std::size_t>(screen.n_cells()), -1);
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    if (screen.covariates.stratum(cell) != stratum) continue;
    const auto at = static_cast<std::size_t>(cell);
    result.row[at] = part.x.n_rows;
    append_row(screen.rows(), cell, part.x);
    part.cells.push_back(screen.cells[at]);
  }
  screen.release_rows();
  part.regime_of_cell.resize(part.cells.size());
  for (const Regime& regime : screen.regimes) {
    Regime here{regime.label, regime.targets, {}};
    for (const std::int64_t cell : regime.cells)
      if (const std::int64_t row = result.row[static_cast<std::size_t>(cell)]; row >= 0) here.cells.push_back(row);
    if (here.cells.empty() && !regime.targets.empty()) continue;
    for (const std::int64_t row : here.cells)
      part.regime_of_cell[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(part.regimes.size());
    part.regimes.push_back(std::move(here));
  }
  return result;
}

}  // namespace gracevae::impl
