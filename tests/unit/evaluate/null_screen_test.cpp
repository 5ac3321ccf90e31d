// A screen without any effect: labels are drawn at random among cells of one population. Scores of changes must then be
// noise around 0 for every method; on genes that were chosen with the scored cells they are far above.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "evaluate/baselines.hpp"
#include "evaluate/de_genes.hpp"
#include "evaluate/metrics.hpp"
#include "stats/summary.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kControl = 400, kLabels = 12, kCells = 60, kPairs = 6, kGenes = 300;

/// Counts of mean 0.05 to 3 a gene, log1p; singles L0 …, and pairs of them.
Screen null_screen(std::uint64_t seed) {
  Random random(seed, "null");
  std::vector<double> rate;
  for (std::int64_t g = 0; g < kGenes; ++g) rate.push_back(0.05 * std::exp(4 * random.uniform()));
  Screen screen;
  screen.source = "null.h5ad";
  std::vector<std::vector<std::string>> regimes{{}};
  for (std::int64_t k = 0; k < kLabels; ++k) regimes.push_back({"L" + std::to_string(100 + k)});
  for (std::int64_t k = 0; k < kPairs; ++k)
    regimes.push_back(
        {regimes[static_cast<std::size_t>(2 * k + 1)][0], regimes[static_cast<std::size_t>(2 * k + 2)][0]});
  std::int64_t n_cells = 0;
  for (const auto& targets : regimes) n_cells += targets.empty() ? kControl : kCells;
  Matrix<float> values(n_cells, kGenes);
  std::int64_t cell = 0;
  for (std::size_t k = 0; k < regimes.size(); ++k) {
    Regime regime{label_of(regimes[k]), regimes[k], {}};
    for (std::int64_t i = 0; i < (regimes[k].empty() ? kControl : kCells); ++i, ++cell) {
      for (std::int64_t g = 0; g < kGenes; ++g) {
        double left = std::exp(-rate[static_cast<std::size_t>(g)]), p = random.uniform();
        int count = 0;
        for (double term = left; p > term && count < 60; p -= term, term *= rate[static_cast<std::size_t>(g)] / count)
          ++count;
        values(cell, g) = std::log1p(static_cast<float>(count));
      }
      regime.cells.push_back(cell);
      screen.cells.push_back("c" + std::to_string(cell));
      screen.regime_of_cell.push_back(static_cast<std::int32_t>(k));
    }
    screen.regimes.push_back(std::move(regime));
  }
  screen.x = test::sparse(values);
  for (std::int64_t g = 0; g < kGenes; ++g) screen.genes.push_back("G" + std::to_string(g));
  screen.var.index = screen.genes;
  return screen;
}

/// Two thirds of a single's cells train; pairs are test.
Split split_of(const Screen& screen) {
  Split split;
  split.fold.assign(screen.cells.size(), Fold::test);
  split.paired_control.assign(screen.cells.size(), -1);
  for (const Regime& regime : screen.regimes)
    for (std::size_t i = 0; i < regime.cells.size(); ++i)
      if (regime.targets.empty() || (regime.targets.size() == 1 && i % 3 != 0))
        split.fold[static_cast<std::size_t>(regime.cells[i])] = Fold::train;
  return split;
}

/// The "model" predicts another label's training cells: a confident answer that knows nothing.
std::vector<Prediction> predictions_of(const Screen& screen, const Split& split) {
  std::vector<Prediction> predictions;
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    Prediction prediction{screen.regimes[k].label, cells_in_fold(screen.regimes[k], split, Fold::test), {}, {}};
    const auto other = cells_in_fold(screen.regimes[1 + k % kLabels], split, Fold::train);
    std::vector<std::int64_t> stand_in;
    for (std::size_t i = 0; i < prediction.cells.size(); ++i) {
      prediction.controls.push_back(static_cast<std::int64_t>(i));
      stand_in.push_back(other[i % other.size()]);
    }
    prediction.values = dense_rows(screen, stand_in);
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

TEST(NullScreen, ChangesAreNoiseAroundZeroForEveryMethod) {
  std::map<std::string, std::vector<double>> found;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Screen screen = null_screen(seed);
    const Split split = split_of(screen);
    const auto metrics = evaluate_predictions(screen, split, predictions_of(screen, split), {}, seed);
    for (const auto& row : metrics.at("conditions")) {
      if (row.at("gene_set") != "de") continue;
      const auto value = row.at("metrics").find("pearson_delta");
      if (value != row.at("metrics").end() && value->is_number())
        found[row.at("kind").get<std::string>() + " " + row.at("method").get<std::string>()].push_back(*value);
    }
  }
  for (const std::string method : {"chance", "mean-shift", "additive", "additive-clipped", "model", "replicate"})
    for (const std::string kind : {"single", "double"}) {
      const std::vector<double>& values = found[kind + " " + method];
      ASSERT_EQ(values.size(), static_cast<std::size_t>(3 * (kind == "single" ? kLabels : kPairs))) << kind << method;
      const double error = sample_sd(values) / std::sqrt(static_cast<double>(values.size()));
      EXPECT_LT(std::abs(mean_of(values)), 3 * error) << kind << " " << method;
    }
}

TEST(NullScreen, GenesChosenWithTheScoredCellsWouldShowEffects) {
  // The fault that the choice avoids: the same additive prediction on the genes of the published protocol.
  std::vector<double> values;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Screen screen = null_screen(seed);
    const Split split = split_of(screen);
    const DeGenes genes(screen, split, 20, 10, seed);
    const Baselines baselines(screen, split);
    for (std::size_t k = 1; k <= kLabels; ++k) {
      const auto columns = genes.published(screen.regimes[k]);
      const auto predicted = *baselines.mean("additive", screen.regimes[k]);
      const auto observed = mean_of_cells(screen, cells_in_fold(screen.regimes[k], split, Fold::test));
      std::vector<double> change[2], none(columns.size(), 0.0);
      for (const std::int32_t gene : columns) {
        const auto g = static_cast<std::size_t>(gene);
        change[0].push_back(predicted[g] - baselines.control_mean()[g]);
        change[1].push_back(observed[g] - baselines.control_mean()[g]);
      }
      values.push_back(pearson_delta(change[0], change[1], none));
    }
  }
  EXPECT_GT(mean_of(values), 0.3);
}

}  // namespace
}  // namespace gracevae::impl
