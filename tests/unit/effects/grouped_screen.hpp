#pragma once
/// @file A screen whose targets come in groups of like effects, and gene sets that say so.
#include <cmath>
#include <fstream>
#include <string>

#include "base/random.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"

namespace gracevae::impl::test {

/// Targets T0 … T11 in three groups of four (T0, T3, T6, T9 are one); 20 genes; 40 cells a condition, T0+T1 and T3+T4
/// besides. T0 and T1 do not train.
struct GroupedScreen {
  static constexpr std::int64_t kTargets = 12, kGenes = 20, kCells = 40;
  Screen screen;
  Split split;

  GroupedScreen() {
    Random random(3, "grouped");
    add({}, random);
    for (std::int64_t k = 0; k < kTargets; ++k) add({name(k)}, random);
    add({name(0), name(1)}, random);
    add({name(3), name(4)}, random);
    for (std::int64_t g = 0; g < kGenes; ++g) {
      screen.genes.push_back("G" + std::to_string(g));
      screen.var.index.push_back(screen.genes.back());
    }
    screen.x.n_cols = kGenes;
    screen.source = "grouped.h5ad";
    split.fold.assign(screen.cells.size(), Fold::train);
    split.paired_control.assign(screen.cells.size(), -1);
    for (const Regime& regime : screen.regimes)
      for (const std::int64_t cell : regime.cells)
        if (regime.targets.size() == 2 || regime.label == "T0" || regime.label == "T1")
          split.fold[static_cast<std::size_t>(cell)] = Fold::test;
  }

  static std::string name(std::int64_t k) { return "T" + std::to_string(k); }
  /// What the group does, and a fifth of that of the target's own.
  static double effect(std::int64_t k, std::int64_t gene) {
    return std::sin(static_cast<double>((k % 3 + 1) * (gene + 1))) + 0.2 * std::cos(static_cast<double>(k * 7 + gene));
  }
  static void write_groups(const std::filesystem::path& file) {
    std::ofstream out(file);
    for (std::int64_t group = 0; group < 3; ++group) {
      out << "group" << group << "\t";
      for (std::int64_t k = group; k < kTargets; k += 3) out << "\t" << name(k);
      out << "\n";
    }
  }

 private:
  void add(const std::vector<std::string>& targets, Random& random) {
    Regime regime{label_of(targets), targets, {}};
    for (std::int64_t i = 0; i < kCells; ++i) {
      const std::int64_t cell = std::ssize(screen.cells);
      for (std::int64_t g = 0; g < kGenes; ++g) {
        double value = 5 + 0.5 * random.normal();
        for (const std::string& target : targets) value += effect(std::stol(target.substr(1)), g);
        screen.x.indices.push_back(static_cast<std::int32_t>(g));
        screen.x.values.push_back(static_cast<float>(value));
      }
      screen.x.indptr.push_back(std::ssize(screen.x.values));
      ++screen.x.n_rows;
      regime.cells.push_back(cell);
      screen.cells.push_back("cell" + std::to_string(cell));
      screen.regime_of_cell.push_back(static_cast<std::int32_t>(screen.regimes.size()));
    }
    screen.regimes.push_back(std::move(regime));
  }
};

}  // namespace gracevae::impl::test
