#include "evaluate/strata.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using Json = nlohmann::ordered_json;
using test::expect_error;
using ::testing::ElementsAre;

Json row(const char* condition, const char* within, int n, double value) {
  return {{"condition", condition}, {"kind", "single"},    {"stratum", "single"},
          {"n_test_cells", n},      {"averaged", n >= 20}, {"n_cells", n},
          {"gene_set", "all"},      {"method", "model"},   {"metrics", {{"l2", value}, {"none", nullptr}}},
          {"within", within}};
}

TEST(Strata, RowsAreWeightedByTestCells) {
  const Json merged = merged_conditions({row("A", "one", 30, 1), row("A", "two", 10, 5), row("B", "one", 12, 3)}, 20);
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0]["metrics"]["l2"], (30 * 1.0 + 10 * 5.0) / 40);
  EXPECT_TRUE(merged[0]["metrics"]["none"].is_null());
  EXPECT_EQ(merged[0]["n_test_cells"], 40);
  EXPECT_EQ(merged[0]["averaged"], true);
  EXPECT_EQ(merged[1]["averaged"], false);
  EXPECT_FALSE(merged[0].contains("within"));
}

/// Values of a gene that the batch sets, and of one that A does.
Screen two_batches() {
  std::vector<std::vector<float>> rows;
  const std::vector<std::string> labels = test::repeated({{"control", 60}, {"A", 60}, {"B", 60}});
  std::vector<std::string> batch;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool second = labels[i] == "A" ? i % 3 != 0 : i % 3 == 0;
    batch.push_back(second ? "two" : "one");
    const auto noise = static_cast<float>(i % 7) / 20;
    rows.push_back({(second ? 3.0F : 1.0F) + noise, (labels[i] == "A" ? 2.0F : 1.0F) + noise, 1 + noise});
  }
  AnnData data = test::data_of(labels, rows);
  data.obs.add("batch", batch);
  ScreenOptions options = test::named_options();
  options.label_column = "condition";
  options.covariates = {"batch"};
  return screen_from_anndata(std::move(data), options);
}

Split one_test_of_three(const Screen& screen) {
  Split split{std::vector<Fold>(180, Fold::train), std::vector<std::int64_t>(180, -1)};
  for (std::size_t cell = 60; cell < 180; ++cell)
    if (cell % 2 == 0) split.fold[cell] = Fold::test;
  (void)screen;
  return split;
}

TEST(Strata, AStratumIsAScreenOfItsOwn) {
  const Screen screen = two_batches();
  const Split split = one_test_of_three(screen);
  const StratumScreen two = stratum_screen(screen, 1);
  const Split split_of_two = split_within(split, two);
  EXPECT_EQ(two.screen.n_cells(), 20 + 40 + 20);
  ASSERT_EQ(two.screen.regimes.size(), 3U);
  EXPECT_EQ(two.screen.regimes[1].cells.size(), 40U);
  for (std::size_t cell = 0; cell < 180; ++cell) {
    const std::int64_t at = two.row[cell];
    EXPECT_EQ(at >= 0, screen.covariates.stratum(static_cast<std::int64_t>(cell)) == 1);
    if (at < 0) continue;
    EXPECT_EQ(two.screen.cells[static_cast<std::size_t>(at)], screen.cells[cell]);
    EXPECT_EQ(two.screen.regime_of_cell[static_cast<std::size_t>(at)], screen.regime_of_cell[cell]);
    EXPECT_EQ(split_of_two.fold[static_cast<std::size_t>(at)], split.fold[cell]);
  }
}

/// The truth for every test cell, from a control cell of its stratum.
Prediction truth_of(const Screen& screen, const Split& split, const std::string& label) {
  Prediction prediction{label, {}, {}, Matrix<float>()};
  const auto controls = by_stratum(screen.covariates, screen.regimes.front().cells);
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    const auto& regime =
        screen.regimes[static_cast<std::size_t>(screen.regime_of_cell[static_cast<std::size_t>(cell)])];
    if (regime.label != label || split.fold[static_cast<std::size_t>(cell)] != Fold::test) continue;
    prediction.cells.push_back(cell);
    prediction.controls.push_back(controls[static_cast<std::size_t>(screen.covariates.stratum(cell))].front());
  }
  prediction.values = dense_rows(screen, prediction.cells);
  return prediction;
}

double score(const Json& metrics, const char* condition, const char* method, const char* metric) {
  for (const Json& entry : metrics["conditions"])
    if (entry["condition"] == condition && entry["gene_set"] == "all" && entry["method"] == method)
      return entry["metrics"][metric].get<double>();
  ADD_FAILURE() << condition << " " << method;
  return 0;
}

TEST(Strata, ADifferenceOfBatchesIsNoEffect) {
  const Screen screen = two_batches();
  const Split split = one_test_of_three(screen);
  const std::vector<Prediction> predictions{truth_of(screen, split, "A"), truth_of(screen, split, "B")};
  const Json within = evaluate_predictions(screen, split, predictions, {}, 1);
  Screen pooled = screen;
  pooled.covariates = {};
  const Json together = evaluate_predictions(pooled, split, predictions, {}, 1);
  // B does nothing: control cells are as far off as its batches are from those of control, pooled
  EXPECT_LT(score(within, "B", "control", "l2"), 0.05);
  EXPECT_LT(score(within, "A", "additive", "l2"), 0.05);
  EXPECT_GT(score(together, "A", "control", "l2"), score(within, "A", "control", "l2") + 0.1);
  EXPECT_EQ(within["strata"].size(), 2U);
  EXPECT_EQ(within["strata"][0]["stratum"], "batch=one");
  EXPECT_FALSE(together.contains("strata"));
  EXPECT_FALSE(within["conditions_within"].empty());
}

TEST(Strata, WhatTrainsElsewhereIsBorrowed) {
  const Screen screen = two_batches();
  Split split{std::vector<Fold>(180, Fold::train), std::vector<std::int64_t>(180, -1)};
  for (const std::int64_t cell : screen.regimes[1].cells)
    if (screen.covariates.stratum(cell) == 1) split.fold[static_cast<std::size_t>(cell)] = Fold::test;
  const Json metrics = evaluate_predictions(screen, split, {truth_of(screen, split, "A")}, {}, 1);
  EXPECT_LT(score(metrics, "A", "additive", "l2"), 0.1) << "the effect of A in batch one";
  EXPECT_GT(score(metrics, "A", "control", "l2"), 0.8);
}

TEST(Strata, AControlCellOfAnotherStratumIsRefused) {
  const Screen screen = two_batches();
  const Split split = one_test_of_three(screen);
  Prediction wrong = truth_of(screen, split, "A");
  std::swap(wrong.controls.front(), wrong.controls.back());
  wrong.controls[0] = wrong.controls[1] = screen.covariates.stratum(wrong.cells[0]) == 0 ? 0 : 1;
  for (std::int64_t control = 0; control < 60; ++control)
    if (screen.covariates.stratum(control) != screen.covariates.stratum(wrong.cells[0])) wrong.controls[0] = control;
  expect_error<InputError>([&] { evaluate_predictions(screen, split, {wrong}, {}, 1); },
                           {"predictions of 'A'", "of its own stratum"});
}

}  // namespace
}  // namespace gracevae::impl
