#include "evaluate/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace gracevae {
namespace {

Matrix<float> rows(std::int64_t n_rows, std::int64_t n_cols, std::vector<float> values) {
  Matrix<float> matrix(n_rows, n_cols);
  matrix.values = std::move(values);
  return matrix;
}

MatrixView<const float> seen(const Matrix<float>& matrix) { return matrix.view(); }

TEST(Metrics, RmseByHand) {
  const auto predicted = rows(2, 2, {1, 2, 3, 4}), observed = rows(2, 2, {1, 0, 3, 2});
  EXPECT_NEAR(paper_rmse(seen(predicted), seen(observed)), std::sqrt((0 + 4 + 0 + 4) / (1.0 + 0 + 9 + 4)), 1e-15);
  EXPECT_EQ(paper_rmse(seen(observed), seen(observed)), 0);
  EXPECT_TRUE(std::isnan(paper_rmse(seen(predicted), seen(rows(2, 2, {0, 0, 0, 0})))));
}

TEST(Metrics, R2ByHand) {
  const std::vector<double> predicted = {0, 1, 5}, observed = {0, 2, 4};
  // residual 0+1+1 = 2; predicted about its mean 2: 4+1+9 = 14; observed about its mean 2: 4+0+4 = 8.
  EXPECT_NEAR(paper_r2(predicted, observed), 1 - 2.0 / 14, 1e-15);
  EXPECT_NEAR(r2_corrected(predicted, observed), 1 - 2.0 / 8, 1e-15);
}

TEST(Metrics, R2IsCutAtZeroOnlyAsPublished) {
  const std::vector<double> predicted = {1, 1.1, 0.9}, observed = {5, 0, 9};
  EXPECT_EQ(paper_r2(predicted, observed), 0);
  EXPECT_LT(r2_corrected(predicted, observed), 0);
}

TEST(Metrics, R2OfAConstantFollowsScikitLearn) {
  const std::vector<double> constant = {2, 2}, other = {1, 3};
  EXPECT_EQ(paper_r2(constant, constant), 1);
  EXPECT_EQ(paper_r2(constant, other), 0);
  EXPECT_EQ(r2_corrected(other, constant), 0);
  EXPECT_TRUE(std::isnan(paper_r2(std::vector<double>{std::nan(""), 1}, other)));
}

TEST(Metrics, PearsonDeltaByHand) {
  const std::vector<double> control = {1, 1, 1}, observed = {2, 3, 4}, twice = {3, 5, 7}, reversed = {4, 3, 2},
                            some = {1, 3, 2};
  EXPECT_NEAR(pearson_delta(twice, observed, control), 1, 1e-15);
  EXPECT_NEAR(pearson_delta(reversed, observed, control), -1, 1e-15);
  EXPECT_NEAR(pearson_delta(some, observed, control), 0.5, 1e-15);  // deltas (0,2,1) and (1,2,3)
  EXPECT_TRUE(std::isnan(pearson_delta(control, observed, control)));
}

TEST(Metrics, AllScoresOfACondition) {
  const auto predicted = rows(2, 3, {0, 9, 1, 2, 9, 3}), observed = rows(2, 3, {1, 0, 1, 3, 0, 5});
  const std::vector<double> control = {0, 100, 1.5}, perturbed = {1, -100, 3};
  const std::vector<std::int32_t> columns = {2, 0};  // column 1 would spoil everything
  const auto scores = score_condition({seen(predicted), seen(observed), control, perturbed, columns, 1000});
  for (const std::string& id : kHeadlineMetrics) EXPECT_TRUE(scores.contains(id)) << id;
  for (const auto& [id, value] : scores) EXPECT_EQ(metric_info(id).id, id);
  EXPECT_NEAR(scores.at("paper.rmse"), std::sqrt((0 + 1 + 4 + 1) / (1.0 + 1 + 25 + 9)), 1e-12);
  // means: predicted (2, 1), observed (3, 2)
  EXPECT_NEAR(scores.at("r2.corrected"), 1 - 2 / 0.5, 1e-12);
  EXPECT_EQ(scores.at("paper.r2"), 0);
  // deltas of the two columns: predicted (0.5, 1), observed (1.5, 2): two points on a rising line
  EXPECT_NEAR(scores.at("pearson_delta"), 1, 1e-12);
  EXPECT_NEAR(scores.at("perturbench.cosine"), (0.5 * 1.5 + 1 * 2) / std::sqrt(1.25 * 6.25), 1e-12);
  EXPECT_NEAR(scores.at("vcc.mae"), 1, 1e-12);
  // less p̄: predicted (-1, 0), observed (0, 1)
  EXPECT_NEAR(scores.at("systema.pearson"), 1, 1e-12);
}

TEST(Metrics, RmseNeedsPairs) {
  const auto predicted = rows(1, 2, {1, 2}), observed = rows(2, 2, {1, 2, 3, 4});
  const std::vector<double> control = {0, 0};
  const auto scores = score_condition({seen(predicted), seen(observed), control, control, {}, 1000});
  EXPECT_FALSE(scores.contains("paper.rmse"));
  EXPECT_TRUE(std::isnan(scores.at("mmd.unbiased")));
  EXPECT_TRUE(std::isfinite(scores.at("paper.mmd")));
}

// ---- the published values
// -------------------------------------------------------------------------------------------------------

nlohmann::json golden_extras() {
  const char* named = std::getenv("GRACEVAE_GOLDEN");
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  const std::filesystem::path path =
      named ? named : std::filesystem::path(source ? source : ".") / "../shared/golden/golden.json";
  std::ifstream file(path);
  return file ? nlohmann::json::parse(file).at("extras") : nlohmann::json();
}

Matrix<float> float_rows(const nlohmann::json& values) {
  Matrix<float> matrix(static_cast<std::int64_t>(values.size()), static_cast<std::int64_t>(values[0].size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = 0; j < values[i].size(); ++j)
      matrix(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) = values[i][j].get<float>();
  return matrix;
}

TEST(MetricsGolden, PublishedValues) {
  const nlohmann::json extras = golden_extras();
  if (extras.is_null()) GTEST_SKIP() << "golden.json is not here (set GRACEVAE_GOLDEN)";
  const auto predicted = float_rows(extras.at("pred")), observed = float_rows(extras.at("gt")),
             close = float_rows(extras.at("pred_close"));
  const auto de_columns = extras.at("de_columns").get<std::vector<std::int32_t>>();
  const std::vector<double> control(static_cast<std::size_t>(observed.n_cols), 0.1);
  constexpr double kSingle = 2e-6;  // inputs are rounded to single precision
  const auto all = score_condition({seen(predicted), seen(observed), control, control, {}, 1000});
  EXPECT_NEAR(all.at("paper.rmse"), extras.at("rmse_all"), kSingle);
  EXPECT_EQ(all.at("paper.r2"), 0);
  EXPECT_LT(extras.at("r2_unclipped_all").get<double>(), 0);
  EXPECT_NEAR(all.at("r2.corrected"), extras.at("r2_unclipped_swapped_all"), kSingle);
  EXPECT_NEAR(all.at("paper.mmd"), extras.at("mmd").at("sigma1000_k10"), kSingle);

  const auto de = score_condition({seen(predicted), seen(observed), control, control, de_columns, 100});
  EXPECT_NEAR(de.at("paper.rmse"), extras.at("rmse_de"), kSingle);
  EXPECT_NEAR(de.at("paper.mmd"), extras.at("mmd").at("sigma100_k10_de"), kSingle);
  EXPECT_LT(extras.at("r2_unclipped_de").get<double>(), 0);
  EXPECT_EQ(de.at("paper.r2"), 0);

  const auto near = score_condition({seen(close), seen(observed), control, control, {}, 1000});
  EXPECT_NEAR(near.at("paper.r2"), extras.at("r2_close_all"), kSingle);
  EXPECT_NEAR(near.at("r2.corrected"), extras.at("r2_close_all_swapped"), kSingle);
}

}  // namespace
}  // namespace gracevae
