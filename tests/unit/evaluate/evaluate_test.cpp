#include "evaluate/evaluate.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "evaluate/metrics.hpp"
#include "run/run_folder.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

using test::find_row;
using test::prediction_of;
using test::score;
using test::small_screen;
using test::small_split;
using ::testing::HasSubstr;

const std::vector<std::int64_t> kTestOfA = {6, 7}, kTestOfB = {10, 11}, kTestOfBoth = {12, 13, 14, 15};

std::vector<Prediction> good_predictions(const Screen& screen) {
  return {prediction_of(screen, "A", kTestOfA, {3, 2, 3, 4}), prediction_of(screen, "B", kTestOfB, {1, 2, 3, 6}),
          prediction_of(screen, "A+B", kTestOfBoth, {3, 2, 6, 6})};
}

EvaluateOptions top_two() {
  EvaluateOptions options;
  options.n_top_genes = 2;
  options.min_test_cells = 1;  // the screen is small
  options.de_min_cells = 1;
  return options;
}

std::string warnings_of(const nlohmann::ordered_json& metrics) {
  std::string text;
  for (const auto& warning : metrics.at("warnings")) text += warning.get<std::string>() + "\n";
  return text;
}

TEST(Evaluate, ExactPredictionsScorePerfectly) {
  const Screen screen = small_screen();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), 3);
  EXPECT_EQ(metrics.at("format"), kMetricsFormat);
  EXPECT_EQ(metrics.at("n_top_genes"), 2);
  for (const std::string kind : {"single", "double"}) {
    for (const std::string gene_set : {"paper", "all"}) {
      EXPECT_NEAR(score(metrics, kind, gene_set, "model", "paper.rmse"), 0, 1e-12);
      EXPECT_NEAR(score(metrics, kind, gene_set, "model", "paper.r2"), 1, 1e-12);
      EXPECT_NEAR(score(metrics, kind, gene_set, "model", "paper.mmd"), 0, 1e-12);
    }
    EXPECT_NEAR(score(metrics, kind, "all", "model", "r2.corrected"), 1, 1e-12);
    EXPECT_NEAR(score(metrics, kind, "all", "model", "pearson_delta"), 1, 1e-12);
  }
  EXPECT_EQ(find_row(metrics, "single", "de", "model")->at("n_conditions"), 2);
  EXPECT_EQ(find_row(metrics, "double", "de", "model")->at("n_conditions"), 1);
}

TEST(Evaluate, RowsTellWhoTheyAre) {
  const Screen screen = small_screen();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), 3);
  const auto& row = *find_row(metrics, "A+B", "paper", "model");
  EXPECT_EQ(row.at("kind"), "double");
  EXPECT_EQ(row.at("stratum"), "seen-2");
  EXPECT_EQ(row.at("n_cells"), 4);
  EXPECT_EQ(row.at("n_test_cells"), 4);
  EXPECT_EQ(row.at("averaged"), true);
  EXPECT_EQ(find_row(metrics, "A+B", "paper", "replicate")->at("n_cells"), 2);
  EXPECT_EQ(find_row(metrics, "A", "all", "additive")->at("stratum"), "single");
  for (const auto& info : metric_infos()) {
    EXPECT_EQ(metrics.at("metrics").at(info.id).at("version"), info.version);
    EXPECT_EQ(metrics.at("metrics").at(info.id).at("higher_is_better"), info.higher_is_better);
    EXPECT_TRUE(find_row(metrics, "A", "all", "model")->at("metrics").contains(info.id) || info.id == "vcc.des")
        << info.id;
  }
  EXPECT_EQ(find_row(metrics, "A+B", "all", "training-mean"), nullptr);  // it never trained
}

TEST(Evaluate, PublishedTopGenesAreThoseOfAllCells) {
  const Screen screen = small_screen();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), 3);
  EXPECT_EQ(metrics.at("paper_de_genes").at("A").dump(), R"(["G0","G1"])");    // G1 by position, its t is 0
  EXPECT_EQ(metrics.at("paper_de_genes").at("A+B").dump(), R"(["G2","G0"])");  // of two equal shifts the first
}

TEST(Evaluate, BaselinesByHand) {
  const Screen screen = small_screen();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), 3);
  // Additive is exact for A; for A+B it misses gene 2 (3 instead of 6).
  EXPECT_NEAR(score(metrics, "A", "all", "additive", "paper.rmse"), 0, 1e-12);
  const double power = (3 * 3 + 2 * 2 + 6 * 6 + 6 * 6 + 4 * 0.25) / 4;
  EXPECT_NEAR(score(metrics, "A+B", "all", "additive", "paper.rmse"), std::sqrt((9.0 / 4) / power), 1e-6);
  // Control on A: gene 0 is 1 instead of 3, means (1,2,3,4) against (3,2,3,4); variance of the prediction 1.25·4, of
  // the truth .5·4.
  EXPECT_NEAR(score(metrics, "A", "all", "control", "paper.r2"), 1 - 4.0 / 5, 1e-6);
  EXPECT_NEAR(score(metrics, "A", "all", "control", "r2.corrected"), 1 - 4.0 / 2, 1e-6);
  EXPECT_TRUE(find_row(metrics, "A", "all", "control")->at("metrics").at("pearson_delta").is_null());
  // Mean shift (1,0,0,1) on A: (2,2,3,5) against (3,2,3,4).
  EXPECT_NEAR(score(metrics, "A", "all", "mean-shift", "paper.r2"), 1 - 2.0 / 6, 1e-6);
  EXPECT_NEAR(score(metrics, "A", "all", "replicate", "paper.r2"), 1, 1e-12);
  EXPECT_NEAR(score(metrics, "A", "all", "training-mean", "r2.corrected"), 1, 1e-12);
  EXPECT_FALSE(find_row(metrics, "A", "all", "training-mean")->at("metrics").contains("mmd.unbiased"));
  // The mean over the two singles, and its error; undefined values do not count.
  const double a = score(metrics, "A", "all", "mean-shift", "paper.r2"),
               b = score(metrics, "B", "all", "mean-shift", "paper.r2");
  EXPECT_NEAR(score(metrics, "single", "all", "mean-shift", "paper.r2"), (a + b) / 2, 1e-12);
  EXPECT_NEAR(find_row(metrics, "single", "all", "mean-shift")->at("standard_errors").at("paper.r2").get<double>(),
              std::abs(a - b) / 2, 1e-12);
  EXPECT_TRUE(find_row(metrics, "single", "all", "control")->at("metrics").at("pearson_delta").is_null());
  EXPECT_EQ(find_row(metrics, "single", "all", "control")->at("n").at("pearson_delta"), 0);
}

TEST(Evaluate, ScoresOfMeansAreThoseOfTheExpectedPrediction) {
  const Screen screen = small_screen();
  auto predictions = good_predictions(screen);
  const auto of_cells = evaluate_predictions(screen, small_split(), predictions, top_two(), 3);
  predictions[0].expected = {2, 2, 3, 4};  // what its cells are a sample of, say
  const auto of_expected = evaluate_predictions(screen, small_split(), predictions, top_two(), 3);
  EXPECT_NEAR(score(of_expected, "A", "all", "model", "vcc.mae"), 0.25, 1e-6);
  EXPECT_NEAR(score(of_expected, "A", "all", "model", "l2"), 1, 1e-6);
  EXPECT_NEAR(score(of_expected, "A", "all", "model", "r2.corrected"), 1 - 1.0 / 2, 1e-6);
  for (const char* id : {"paper.r2", "paper.rmse", "paper.mmd", "mmd.unbiased", "e_distance"})
    EXPECT_EQ(score(of_expected, "A", "all", "model", id), score(of_cells, "A", "all", "model", id)) << id;
}

TEST(Evaluate, ClippedAdditiveHasNoValueBelowZero) {
  Screen screen = small_screen();
  for (float& value : screen.x.values) value = std::max(0.0F, value - 1);  // control's first gene: 0.5, 0, 0.5, 0
  Split split = small_split();
  std::vector<Prediction> predictions = good_predictions(screen);
  const auto metrics = evaluate_predictions(screen, split, predictions, top_two(), 3);
  ASSERT_NE(find_row(metrics, "A+B", "all", "additive-clipped"), nullptr);
  screen.x.values[0] = -1;  // values below 0 exist: nothing is clipped
  EXPECT_EQ(find_row(evaluate_predictions(screen, split, predictions, top_two(), 3), "A+B", "all", "additive-clipped"),
            nullptr);
}

TEST(Evaluate, RanksAmongConditionsOfTheSameKind) {
  const Screen screen = small_screen();
  // A's and B's predictions are each other's; A+B's own is right, and there is no other double.
  const std::vector<Prediction> predictions = {prediction_of(screen, "A", kTestOfA, {1, 2, 3, 6}),
                                               prediction_of(screen, "B", kTestOfB, {3, 2, 3, 4}),
                                               prediction_of(screen, "A+B", kTestOfBoth, {3, 2, 6, 6})};
  const auto metrics = evaluate_predictions(screen, small_split(), predictions, top_two(), 3);
  EXPECT_EQ(score(metrics, "A", "all", "model", "systema.centroid_accuracy"), 0);
  EXPECT_EQ(score(metrics, "A", "all", "model", "perturbench.rank"), 1);
  EXPECT_NEAR(score(metrics, "A", "all", "model", "vcc.pds"), 0.5, 1e-12);
  EXPECT_FALSE(find_row(metrics, "A+B", "all", "model")->at("metrics").contains("systema.centroid_accuracy"));
  // Control predicts one answer for all: a tie among the predictions, and chance over the conditions.
  EXPECT_EQ(score(metrics, "B", "all", "control", "perturbench.rank"), 0.5);
  EXPECT_EQ(score(metrics, "single", "all", "control", "systema.centroid_accuracy"), 0.5);
  EXPECT_EQ(score(metrics, "single", "all", "chance", "systema.centroid_accuracy"), 0.5);
  EXPECT_NEAR(score(metrics, "single", "all", "chance", "vcc.pds"), 3.0 / 4, 1e-12);
  EXPECT_EQ(score(metrics, "single", "all", "chance", "perturbench.rank"), 0.5);
  EXPECT_EQ(score(metrics, "single", "all", "replicate", "systema.centroid_accuracy"), 1);
  EXPECT_EQ(score(metrics, "single", "all", "noise-free", "systema.centroid_accuracy"), 1);
}

TEST(Evaluate, ChanceIsAnotherConditionsTrainingCells) {
  const Screen screen = small_screen();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), 3);
  // For A only B trained: (1,2,3,6) against (3,2,3,4).
  EXPECT_NEAR(score(metrics, "A", "all", "chance", "vcc.mae"), 1, 1e-6);
  EXPECT_NEAR(score(metrics, "A", "all", "chance", "l2"), std::sqrt(8.0), 1e-6);
  EXPECT_NEAR(score(metrics, "A", "all", "chance", "perturbench.cosine"), 0, 1e-6);
  // p̄ = (7, 6, 12, 16)/3: B less p̄ (-4, 0, -3, 2)/3, A less p̄ (2, 0, -3, -4)/3, both with mean -5/12.
  const double shift = 5.0 / 4;
  const double product = -8 + 9 - 8 - 4 * shift * shift, power = 16 + 9 + 4 - 4 * shift * shift;
  EXPECT_NEAR(score(metrics, "A", "all", "chance", "systema.pearson"), product / power, 1e-6);
  // For A+B both trained: the mean of their scores, (3,2,3,4) and (1,2,3,6) against (3,2,6,6).
  EXPECT_NEAR(score(metrics, "A+B", "all", "chance", "vcc.mae"), (5.0 / 4 + 5.0 / 4) / 2, 1e-6);
}

TEST(Evaluate, ScoresThatAConditionDoesNotDefineAreListed) {
  const Screen screen = small_screen();
  const auto alone = evaluate_predictions(screen, small_split(), {good_predictions(screen)[0]}, top_two(), 3);
  const auto& all = find_row(alone, "A", "all", "model")->at("metrics");
  for (const char* id : {"systema.centroid_accuracy", "vcc.pds", "perturbench.rank"}) EXPECT_FALSE(all.contains(id));
  EXPECT_FALSE(all.contains("vcc.des"));  // two cells show no gene to differ
  EXPECT_TRUE(all.contains("e_distance"));
  bool found = false;
  for (const auto& entry : alone.at("missing")) {
    if (entry.at("metric") != "vcc.des") continue;
    found = true;
    EXPECT_EQ(entry.at("conditions").dump(), R"(["A"])");
    EXPECT_EQ(entry.at("reason"), "no gene of the observed cells differs from control");
  }
  EXPECT_TRUE(found);
}

TEST(Evaluate, SmallConditionsAreListedNotAveraged) {
  const Screen screen = small_screen();
  auto options = top_two();
  options.min_test_cells = 3;
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), options, 3);
  EXPECT_EQ(find_row(metrics, "single", "all", "model"), nullptr);
  EXPECT_EQ(find_row(metrics, "double", "all", "model")->at("n_conditions"), 1);
  ASSERT_EQ(metrics.at("not_averaged").size(), 2U);
  EXPECT_EQ(metrics.at("not_averaged")[0].at("condition"), "A");
  EXPECT_EQ(metrics.at("not_averaged")[0].at("n_test_cells"), 2);
  EXPECT_EQ(metrics.at("not_averaged")[0].at("scored"), false);  // fewer than the fewest, which is 3 here
  EXPECT_EQ(find_row(metrics, "A", "all", "model"), nullptr);
  EXPECT_THAT(summary_text(metrics), HasSubstr("fewer than 3 test cells (evaluate.min_test_cells): A (2), B (2)"));
}

TEST(Evaluate, SigmaIsTheDoublesOwnOnTopGenesOnly) {
  const Screen screen = small_screen();
  auto wide = top_two(), narrow = top_two();
  narrow.mmd_sigma_double = 1;
  const std::vector<Prediction> predictions = {prediction_of(screen, "A", kTestOfA, {1, 2, 3, 4}),
                                               prediction_of(screen, "A+B", kTestOfBoth, {1, 2, 3, 4})};
  const auto a = evaluate_predictions(screen, small_split(), predictions, wide, 3);
  const auto b = evaluate_predictions(screen, small_split(), predictions, narrow, 3);
  EXPECT_EQ(score(a, "A", "paper", "model", "paper.mmd"), score(b, "A", "paper", "model", "paper.mmd"));
  EXPECT_EQ(score(a, "A+B", "all", "model", "paper.mmd"), score(b, "A+B", "all", "model", "paper.mmd"));
  EXPECT_GT(score(b, "A+B", "paper", "model", "paper.mmd"), 2 * score(a, "A+B", "paper", "model", "paper.mmd"));
}

TEST(Evaluate, NoAdditiveRowForAnUntrainedTarget) {
  const Screen screen = small_screen();
  Split split = small_split();
  split.fold[8] = split.fold[9] = Fold::test;
  const auto metrics = evaluate_predictions(screen, split, good_predictions(screen), top_two(), 3);
  EXPECT_EQ(find_row(metrics, "A+B", "de", "additive"), nullptr);
  EXPECT_EQ(find_row(metrics, "B", "de", "additive"), nullptr);
  EXPECT_EQ(find_row(metrics, "A+B", "de", "model")->at("stratum"), "seen-1");
  EXPECT_EQ(find_row(metrics, "single", "de", "additive")->at("n_conditions"), 1);
  EXPECT_THAT(warnings_of(metrics), HasSubstr("Single targets: additive could be scored on 1 of 2 conditions only"));
}

TEST(Evaluate, SaysThatPredictionsHaveCollapsed) {
  const Screen screen = small_screen();
  const std::vector<float> same = {2, 2, 4, 5};
  const std::vector<Prediction> predictions = {prediction_of(screen, "A", kTestOfA, same),
                                               prediction_of(screen, "B", kTestOfB, same),
                                               prediction_of(screen, "A+B", kTestOfBoth, same)};
  EXPECT_THAT(warnings_of(evaluate_predictions(screen, small_split(), predictions, top_two(), 3)),
              HasSubstr(
                  "predictions hardly differ between conditions: their means vary 0.0 % as much as the observed ones"));
}

TEST(Evaluate, ScoresThatAreNotNumbersAreNullAndSaidSo) {
  const Screen screen = small_screen();
  auto predictions = good_predictions(screen);
  predictions[0].values(0, 0) = std::nanf("");
  const auto metrics = evaluate_predictions(screen, small_split(), predictions, top_two(), 3);
  EXPECT_TRUE(find_row(metrics, "A", "all", "model")->at("metrics").at("paper.mmd").is_null());
  EXPECT_NEAR(score(metrics, "single", "all", "model", "paper.mmd"), 0, 1e-12);  // B's
  EXPECT_EQ(find_row(metrics, "single", "all", "model")->at("n").at("paper.mmd"), 1);
  EXPECT_THAT(warnings_of(metrics), HasSubstr("the model's predictions of A hold values that are not numbers"));
}

TEST(Evaluate, SameSeedSameScores) {
  const Screen screen = small_screen();
  const auto run = [&](std::uint64_t seed) {
    return evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), seed).dump();
  };
  EXPECT_EQ(run(1), run(1));
}

TEST(Evaluate, UnknownConditionNamesTheNearest) {
  const Screen screen = small_screen();
  auto predictions = good_predictions(screen);
  predictions[2].condition = "A+C";
  try {
    evaluate_predictions(screen, small_split(), predictions, top_two(), 1);
    FAIL() << "expected an InputError";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("condition 'A+C' has no observed cells in small.h5ad"));
    EXPECT_THAT(error.what(), HasSubstr("A+B"));
  }
}

TEST(Evaluate, OptionsAreBound) {
  EvaluateOptions options;
  OptionTable table;
  options.bind(table);
  table.find("evaluate.top_genes")->set_text("50", "evaluate.top_genes");
  EXPECT_EQ(options.n_top_genes, 50);
  for (const char* name : {"min_test_cells", "de_min_cells", "de_cells", "mmd_sigma_single"})
    EXPECT_NE(table.find(std::string("evaluate.") + name), nullptr) << name;
  EXPECT_NE(table.find("evaluate.mmd_sigma_double"), nullptr);
  options.n_top_genes = 0;
  EXPECT_THROW(table.validate(), ConfigError);
}

}  // namespace
}  // namespace gracevae::impl
