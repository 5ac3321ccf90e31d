#include "evaluate/evaluate.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "evaluate/metrics.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae {
namespace {

using testing::find_row;
using ::testing::HasSubstr;
using testing::prediction_of;
using testing::score;
using testing::small_screen;
using testing::small_split;

const std::vector<std::int64_t> kTestOfA = {6, 7}, kTestOfB = {10, 11}, kTestOfBoth = {12, 13, 14, 15};

std::vector<Prediction> good_predictions(const Screen& screen) {
  return {prediction_of(screen, "A", kTestOfA, {3, 2, 3, 4}), prediction_of(screen, "B", kTestOfB, {1, 2, 3, 6}),
          prediction_of(screen, "A+B", kTestOfBoth, {3, 2, 6, 6})};
}

EvaluateOptions top_two() {
  EvaluateOptions options;
  options.n_top_genes = 2;
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
  EXPECT_EQ(metrics.at("format"), "gracevae-metrics/1");
  EXPECT_EQ(metrics.at("n_top_genes"), 2);
  for (const std::string kind : {"single", "double"})
    for (const std::string gene_set : {"de", "all"}) {
      EXPECT_NEAR(score(metrics, kind, gene_set, "model", "paper.rmse"), 0, 1e-12);
      EXPECT_NEAR(score(metrics, kind, gene_set, "model", "paper.r2"), 1, 1e-12);
      EXPECT_NEAR(score(metrics, kind, gene_set, "model", "paper.mmd"), 0, 1e-12);
      EXPECT_NEAR(score(metrics, kind, gene_set, "model", "pearson_delta"), 1, 1e-12);
    }
  EXPECT_EQ(find_row(metrics, "single", "de", "model")->at("n_conditions"), 2);
  EXPECT_EQ(find_row(metrics, "double", "de", "model")->at("n_conditions"), 1);
  EXPECT_EQ(warnings_of(metrics), "");
}

TEST(Evaluate, RowsTellWhoTheyAre) {
  const Screen screen = small_screen();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), 3);
  EXPECT_EQ(metrics.at("conditions").size(), 3U * 6 * 2);
  const auto& row = *find_row(metrics, "A+B", "de", "model");
  EXPECT_EQ(row.at("kind"), "double");
  EXPECT_EQ(row.at("stratum"), "seen-2");
  EXPECT_EQ(row.at("n_cells"), 4);
  EXPECT_EQ(find_row(metrics, "A+B", "de", "ceiling")->at("n_cells"), 2);
  EXPECT_EQ(find_row(metrics, "A", "all", "additive")->at("stratum"), "single");
  for (const auto& info : metric_infos()) {
    EXPECT_EQ(metrics.at("metrics").at(info.id).at("version"), info.version);
    EXPECT_EQ(metrics.at("metrics").at(info.id).at("higher_is_better"), info.higher_is_better);
    EXPECT_TRUE(find_row(metrics, "A+B", "all", "model")->at("metrics").contains(info.id) || info.id == "vcc.des");
  }
}

TEST(Evaluate, TopGenesAreThoseOfAllCells) {
  const Screen screen = small_screen();
  auto options = top_two();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), options, 3);
  EXPECT_EQ(metrics.at("de_genes").at("A").dump(), R"(["G0","G1"])");    // G1 by position, its t is 0
  EXPECT_EQ(metrics.at("de_genes").at("A+B").dump(), R"(["G2","G0"])");  // of two equal shifts the first
}

TEST(Evaluate, BaselinesByHand) {
  const Screen screen = small_screen();
  const auto metrics = evaluate_predictions(screen, small_split(), good_predictions(screen), top_two(), 3);
  // Additive is exact for A; for A+B it misses gene 2 (3 instead of 6).
  EXPECT_NEAR(score(metrics, "A", "all", "additive", "paper.rmse"), 0, 1e-12);
  const double power = (3 * 3 + 2 * 2 + 6 * 6 + 6 * 6 + 4 * 0.25) / 4;
  EXPECT_NEAR(score(metrics, "A+B", "all", "additive", "paper.rmse"), std::sqrt((9.0 / 4) / power), 1e-6);
  // Control on A: gene 0 is 1 instead of 3, means (1,2,3,4) against (3,2,3,4); predicted variance 1.25·4.
  EXPECT_NEAR(score(metrics, "A", "all", "control", "paper.r2"), 1 - 4.0 / 5, 1e-6);
  EXPECT_TRUE(find_row(metrics, "A", "all", "control")->at("metrics").at("pearson_delta").is_null());
  // Mean shift (1,0,0,1) on A: (2,2,3,5) against (3,2,3,4).
  EXPECT_NEAR(score(metrics, "A", "all", "mean-shift", "paper.r2"), 1 - 2.0 / 6, 1e-6);
  EXPECT_NEAR(score(metrics, "A", "all", "ceiling", "paper.r2"), 1, 1e-12);
  // The mean over the two singles; undefined values do not count.
  EXPECT_NEAR(
      score(metrics, "single", "all", "mean-shift", "paper.r2"),
      (score(metrics, "A", "all", "mean-shift", "paper.r2") + score(metrics, "B", "all", "mean-shift", "paper.r2")) / 2,
      1e-12);
  EXPECT_TRUE(find_row(metrics, "single", "all", "control")->at("metrics").at("pearson_delta").is_null());
}

TEST(Evaluate, RanksAmongAllScoredConditions) {
  const Screen screen = small_screen();
  // A's and B's predictions are each other's; A+B's own is right.
  const std::vector<Prediction> predictions = {prediction_of(screen, "A", kTestOfA, {1, 2, 3, 6}),
                                               prediction_of(screen, "B", kTestOfB, {3, 2, 3, 4}),
                                               prediction_of(screen, "A+B", kTestOfBoth, {3, 2, 6, 6})};
  const auto metrics = evaluate_predictions(screen, small_split(), predictions, top_two(), 3);
  EXPECT_EQ(score(metrics, "A", "all", "model", "systema.centroid_accuracy"), 0.5);  // nearer to A than to A+B
  EXPECT_EQ(score(metrics, "A", "all", "model", "perturbench.rank"), 0.5);
  EXPECT_NEAR(score(metrics, "A", "all", "model", "vcc.pds"), 1 - 1.0 / 3, 1e-12);
  EXPECT_EQ(score(metrics, "A+B", "all", "model", "systema.centroid_accuracy"), 1);
  EXPECT_EQ(score(metrics, "A+B", "all", "model", "perturbench.rank"), 0);
  EXPECT_EQ(score(metrics, "double", "all", "model", "vcc.pds"), 1);
  // Control predicts one answer for all: a tie among the predictions.
  EXPECT_EQ(score(metrics, "B", "all", "control", "perturbench.rank"), 0.5);
  for (const char* kind : {"single", "double"}) {
    EXPECT_EQ(score(metrics, kind, "all", "chance", "systema.centroid_accuracy"), 0.5);
    EXPECT_NEAR(score(metrics, kind, "de", "chance", "vcc.pds"), 2.0 / 3, 1e-12);
    EXPECT_EQ(score(metrics, kind, "all", "chance", "perturbench.rank"), 0.5);
    EXPECT_EQ(score(metrics, kind, "all", "ceiling", "systema.centroid_accuracy"), 1);
  }
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
}

TEST(Evaluate, ScoresThatAConditionDoesNotDefineAreLeftOut) {
  const Screen screen = small_screen();
  const auto alone = evaluate_predictions(screen, small_split(), {good_predictions(screen)[0]}, top_two(), 3);
  const auto& top = find_row(alone, "A", "de", "model")->at("metrics");
  const auto& all = find_row(alone, "A", "all", "model")->at("metrics");
  for (const char* id : {"systema.centroid_accuracy", "vcc.pds", "perturbench.rank"}) EXPECT_FALSE(all.contains(id));
  for (const char* id : {"l2", "vcc.des", "e_distance"}) EXPECT_FALSE(top.contains(id));
  EXPECT_FALSE(all.contains("vcc.des"));  // two cells show no gene to differ
  EXPECT_TRUE(all.contains("e_distance"));
  EXPECT_EQ(warnings_of(alone), "");
}

TEST(Evaluate, SigmaIsTheDoublesOwnOnTopGenesOnly) {
  const Screen screen = small_screen();
  auto wide = top_two(), narrow = top_two();
  narrow.mmd_sigma_double = 1;
  const std::vector<Prediction> predictions = {prediction_of(screen, "A", kTestOfA, {1, 2, 3, 4}),
                                               prediction_of(screen, "A+B", kTestOfBoth, {1, 2, 3, 4})};
  const auto a = evaluate_predictions(screen, small_split(), predictions, wide, 3);
  const auto b = evaluate_predictions(screen, small_split(), predictions, narrow, 3);
  EXPECT_EQ(score(a, "A", "de", "model", "paper.mmd"), score(b, "A", "de", "model", "paper.mmd"));
  EXPECT_EQ(score(a, "A+B", "all", "model", "paper.mmd"), score(b, "A+B", "all", "model", "paper.mmd"));
  EXPECT_GT(score(b, "A+B", "de", "model", "paper.mmd"), 2 * score(a, "A+B", "de", "model", "paper.mmd"));
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

TEST(Evaluate, SaysThatTheAdditiveBaselineIsBetter) {
  const Screen screen = small_screen();
  const std::vector<Prediction> predictions = {prediction_of(screen, "A", kTestOfA, {2, 2, 3, 4}),
                                               prediction_of(screen, "B", kTestOfB, {1, 2, 3, 6}),
                                               prediction_of(screen, "A+B", kTestOfBoth, {3, 2, 6, 6})};
  const std::string text = warnings_of(evaluate_predictions(screen, small_split(), predictions, top_two(), 3));
  EXPECT_THAT(text, HasSubstr("Single targets: the additive baseline is better than the model on R2 ("));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("Several targets")));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("control baseline")));
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
  EXPECT_THAT(warnings_of(metrics), HasSubstr("of the model's scores are not numbers"));
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
  table.find("evaluate.top_genes")->set_text("50", "--top-genes");
  EXPECT_EQ(options.n_top_genes, 50);
  EXPECT_NE(table.find("evaluate.mmd_sigma_single"), nullptr);
  EXPECT_NE(table.find("evaluate.mmd_sigma_double"), nullptr);
  options.n_top_genes = 0;
  EXPECT_THROW(table.validate(), ConfigError);
}

}  // namespace
}  // namespace gracevae
