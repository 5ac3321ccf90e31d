// The trivial baselines on real cells against what was measured with the published code's protocol (mean ± sd over
// three seeds of the reference splits): the metrics, the choice of top genes and the baselines are then the published
// ones.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "evaluate/evaluate.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

namespace fs = std::filesystem;

fs::path shared_path(const char* variable, const char* inside) {
  if (const char* named = std::getenv(variable)) return fs::path(named);
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  return fs::path(source ? source : ".") / "../shared" / inside;
}

/// The reference split of one seed, and "predictions" that are the paired control cells themselves.
struct Reference {
  Split split;
  std::vector<Prediction> predictions;
};

Reference reference_of(const Screen& screen, const nlohmann::json& seed) {
  std::unordered_map<std::string, std::int64_t> row_of;
  for (std::size_t i = 0; i < screen.cells.size(); ++i) row_of.emplace(screen.cells[i], static_cast<std::int64_t>(i));
  Reference reference;
  reference.split.fold.assign(screen.cells.size(), Fold::unused);
  for (const std::int64_t cell : screen.regimes[0].cells)
    reference.split.fold[static_cast<std::size_t>(cell)] = Fold::train;
  for (const auto& [condition, pairs] : seed.at("train").items())
    for (const auto& pair : pairs) reference.split.fold[static_cast<std::size_t>(row_of.at(pair[0]))] = Fold::train;
  for (const char* block : {"test", "double"})
    for (const auto& [condition, pairs] : seed.at(block).items()) {
      Prediction prediction{condition, {}, {}, {}};
      for (const auto& pair : pairs) {
        prediction.cells.push_back(row_of.at(pair[0]));
        prediction.controls.push_back(row_of.at(pair[1]));
        reference.split.fold[static_cast<std::size_t>(prediction.cells.back())] = Fold::test;
      }
      prediction.values = dense_rows(screen, prediction.controls);
      prediction.expected = mean_of_cells(screen, screen.regimes.front().cells);
      reference.predictions.push_back(std::move(prediction));
    }
  return reference;
}

class RealSubset : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path splits =
        shared_path("GRACEVAE_GOLDEN", "golden/golden.json").parent_path() / "norman19_subset_splits.json";
    ScreenOptions options;
    options.file = (shared_path("GRACEVAE_DATA", "data") / "norman19_subset/norman19_k562_subset.h5ad").string();
    std::ifstream file(splits);
    if (!file || !fs::exists(options.file))
      GTEST_SKIP() << "the real subset is not here (set GRACEVAE_DATA and GRACEVAE_GOLDEN)";
    reference_ = nlohmann::json::parse(file);
    screen_ = load_screen(options);
    options_.min_test_cells = 1;  // as was measured: one condition has 19 test cells
    for (const std::string seed : {"0", "1", "2"}) {
      const Reference reference = reference_of(screen_, reference_.at("seeds").at(seed));
      scores_.push_back(
          evaluate_predictions(screen_, reference.split, reference.predictions, options_, std::stoull(seed)));
    }
  }

  double mean_over_seeds(const std::string& kind, const std::string& gene_set, const std::string& method,
                         const std::string& metric) const {
    double sum = 0;
    for (const auto& metrics : scores_) sum += test::score(metrics, kind, gene_set, method, metric);
    return sum / static_cast<double>(scores_.size());
  }

  Screen screen_;
  EvaluateOptions options_;
  nlohmann::json reference_;
  std::vector<nlohmann::ordered_json> scores_;
};

struct Measured {
  const char* kind;
  const char* gene_set;
  const char* method;
  const char* metric;
  double mean, sd;
};

TEST_F(RealSubset, BaselinesScoreAsMeasured) {
  // Of the same cells and pairs: equal to the digits given, though only 2 sd are promised. The doubles' MMD on all
  // genes was measured in batches of 32: not here.
  static constexpr Measured kMeasured[] = {{"single", "paper", "control", "paper.r2", 0.8371, 0.0151},
                                           {"single", "paper", "control", "paper.rmse", 0.6496, 0.0067},
                                           {"single", "paper", "control", "paper.mmd", 0.1485, 0.0130},
                                           {"single", "paper", "additive", "paper.r2", 0.9495, 0.0144},
                                           {"single", "paper", "additive", "paper.rmse", 0.6062, 0.0040},
                                           {"single", "paper", "additive", "paper.mmd", 0.0365, 0.0047},
                                           {"double", "paper", "control", "paper.r2", 0.6159, 0.0142},
                                           {"double", "paper", "control", "paper.rmse", 0.5877, 0.0039},
                                           {"double", "paper", "control", "paper.mmd", 0.9232, 0.0191},
                                           {"double", "paper", "additive", "paper.r2", 0.9924, 0.0009},
                                           {"double", "paper", "additive", "paper.rmse", 0.4952, 0.0034},
                                           {"double", "paper", "additive", "paper.mmd", 0.0853, 0.0089},
                                           {"single", "all", "control", "paper.r2", 0.9281, 0.0025},
                                           {"single", "all", "control", "paper.rmse", 0.6547, 0.0027},
                                           {"single", "all", "control", "paper.mmd", 0.1803, 0.0043},
                                           {"single", "all", "additive", "paper.r2", 0.9682, 0.0017},
                                           {"single", "all", "additive", "paper.rmse", 0.6349, 0.0019},
                                           {"single", "all", "additive", "paper.mmd", 0.0899, 0.0046},
                                           {"double", "all", "control", "paper.r2", 0.9014, 0.0033},
                                           {"double", "all", "control", "paper.rmse", 0.6450, 0.0014},
                                           {"double", "all", "additive", "paper.r2", 0.9902, 0.0010},
                                           {"double", "all", "additive", "paper.rmse", 0.6030, 0.0030}};
  for (const Measured& m : kMeasured) {
    const double ours = mean_over_seeds(m.kind, m.gene_set, m.method, m.metric);
    EXPECT_NEAR(ours, m.mean, std::min(1e-4, 2 * m.sd))
        << m.kind << " " << m.gene_set << " " << m.method << " " << m.metric;
  }
}

TEST_F(RealSubset, ReplicateIsNearTheMeasuredOne) {
  // Another draw of cells: bands of four sd.
  static constexpr Measured kMeasured[] = {{"single", "paper", "replicate", "paper.r2", 0.9613, 0.0078},
                                           {"single", "paper", "replicate", "paper.rmse", 0.6197, 0.0044},
                                           {"single", "paper", "replicate", "paper.mmd", 0.0265, 0.0041},
                                           {"double", "paper", "replicate", "paper.r2", 0.9946, 0.0011},
                                           {"double", "paper", "replicate", "paper.rmse", 0.4962, 0.0060},
                                           {"double", "paper", "replicate", "paper.mmd", 0.0622, 0.0075}};
  for (const Measured& m : kMeasured) {
    const double ours = mean_over_seeds(m.kind, m.gene_set, m.method, m.metric);
    EXPECT_NEAR(ours, m.mean, 4 * m.sd) << m.kind << " " << m.method << " " << m.metric;
  }
}

TEST_F(RealSubset, ControlCellsAsModelScoreAsTheControlRow) {
  for (const auto& metrics : scores_)
    for (const std::string kind : {"single", "double"})
      for (const std::string gene_set : {"paper", "de", "all"})
        EXPECT_EQ(test::find_row(metrics, kind, gene_set, "model")->at("metrics"),
                  test::find_row(metrics, kind, gene_set, "control")->at("metrics"));
}

TEST_F(RealSubset, PublishedTopGenesAreTheReferenceOnes) {
  for (const auto& [condition, symbols] : scores_[0].at("paper_de_genes").items()) {
    std::vector<std::string> expected;
    for (const auto& column : reference_.at("de20").at(condition))
      expected.push_back(screen_.genes[column.get<std::size_t>()]);
    EXPECT_EQ(symbols.get<std::vector<std::string>>(), expected) << condition;
  }
}

}  // namespace
}  // namespace gracevae::impl
