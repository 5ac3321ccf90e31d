#include "evaluate/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "support/golden_files.hpp"
#include "support/sparse_of.hpp"

namespace gracevae::impl {
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

TEST(Metrics, ScoresOfMeansByHand) {
  const MeanPair means{{2, 1}, {3, 2}, {0, 0}, {1.5, 0}, {1, 0}, {0, 0}, {3, 1}};
  const auto scores = mean_scores(means);
  EXPECT_NEAR(scores.at("r2.corrected"), 1 - 2 / 0.5, 1e-12);
  // Changes: predicted (0.5, 1) from its own control, observed (2, 2) from the other half.
  EXPECT_TRUE(std::isnan(scores.at("pearson_delta")));  // the observed one is constant
  EXPECT_NEAR(scores.at("perturbench.cosine"), (0.5 * 2 + 1 * 2) / std::sqrt(1.25 * 8), 1e-12);
  EXPECT_NEAR(scores.at("vcc.mae"), 1, 1e-12);
  EXPECT_NEAR(scores.at("systema.pearson"), 1, 1e-12);  // less p̄: predicted (-1, 0), observed (0, 1)
  for (const auto& [id, value] : scores) EXPECT_EQ(metric_info(id).id, id);
}

TEST(Metrics, ScoresOfCells) {
  const auto predicted = rows(2, 2, {1, 0, 3, 2}), observed = rows(2, 2, {1, 1, 5, 3});
  const auto paper = paper_scores({seen(predicted), seen(observed)});
  EXPECT_NEAR(paper.at("paper.rmse"), std::sqrt((0 + 1 + 4 + 1) / (1.0 + 1 + 25 + 9)), 1e-12);
  EXPECT_EQ(paper.at("paper.r2"), 0);  // means (2, 1) against (3, 2)
  const auto mmd = mmd_scores({seen(predicted), seen(observed)}, 1000);
  EXPECT_TRUE(mmd.contains("mmd.unbiased"));
  EXPECT_GT(mmd.at("paper.mmd"), mmd.at("mmd.unbiased"));
}

/// Rows with a common row that is not 0: gene j has .25·j in common, but for what is drawn, zeros among it.
struct DrawnRows {
  Matrix<float> dense;
  CommonRows common;
};
DrawnRows drawn_rows(std::int64_t n_rows, const char* name) {
  Random random(3, name);
  const auto shift = [](std::int64_t j) { return 0.25F * static_cast<float>(j % 3); };
  std::vector<std::vector<float>> values(static_cast<std::size_t>(n_rows), std::vector<float>(40, 0.0F));
  DrawnRows drawn{Matrix<float>(n_rows, 40), {}};
  for (std::int64_t i = 0; i < n_rows; ++i)
    for (std::int64_t j = 0; j < 40; ++j) {
      float& value = values[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
      if (random.uniform() < 0.3) value = random.uniform() < 0.2 ? -shift(j) : static_cast<float>(random.normal());
      drawn.dense(i, j) = value + shift(j);
    }
  const CsrMatrix<float> x = test::sparse_of(values);
  std::vector<std::int64_t> all(static_cast<std::size_t>(n_rows));
  std::iota(all.begin(), all.end(), 0);
  drawn.common = common_rows(x, all, [&](std::int64_t j, float value) { return value + shift(j); });
  return drawn;
}

/// The dense route is the yardstick.
TEST(Metrics, OfRowsWithMuchInCommon) {
  const DrawnRows predicted = drawn_rows(30, "predicted"), observed = drawn_rows(30, "observed");
  const CommonRows plain = common_rows(seen(observed.dense));
  const auto means = column_means(predicted.common), expected = column_means(seen(predicted.dense));
  for (std::size_t g = 0; g < means.size(); ++g) EXPECT_NEAR(means[g], expected[g], 1e-14);
  const CellPair dense{seen(predicted.dense), seen(observed.dense)};
  for (const CommonRows* const side : {&observed.common, &plain}) {
    for (const auto& [id, value] : paper_scores(dense))
      EXPECT_NEAR(paper_scores(predicted.common, *side).at(id), value, 1e-13) << id;
    for (const auto& [id, value] : mmd_scores(dense, 10))
      EXPECT_NEAR(mmd_scores(predicted.common, *side, 10).at(id), value, 1e-12) << id;
  }
  EXPECT_EQ(paper_rmse(plain, plain), 0);
}

TEST(Metrics, RmseNeedsPairs) {
  const auto predicted = rows(1, 2, {1, 2}), observed = rows(2, 2, {1, 2, 3, 4});
  EXPECT_FALSE(paper_scores({seen(predicted), seen(observed)}).contains("paper.rmse"));
  const auto scores = mmd_scores({seen(predicted), seen(observed)}, 1000);
  EXPECT_TRUE(std::isnan(scores.at("mmd.unbiased")));
  EXPECT_TRUE(std::isfinite(scores.at("paper.mmd")));
}

// ---- the published values
// -------------------------------------------------------------------------------------------------------

Matrix<float> float_rows(const nlohmann::json& values) {
  Matrix<float> matrix(static_cast<std::int64_t>(values.size()), static_cast<std::int64_t>(values[0].size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = 0; j < values[i].size(); ++j)
      matrix(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) = values[i][j].get<float>();
  return matrix;
}

void expect_published_values(const nlohmann::json& extras) {
  const auto predicted = float_rows(extras.at("pred")), observed = float_rows(extras.at("gt")),
             close = float_rows(extras.at("pred_close"));
  const auto de_columns = extras.at("de_columns").get<std::vector<std::int32_t>>();
  constexpr double kSingle = 2e-6;  // inputs are rounded to single precision
  const auto corrected = [&](const Matrix<float>& cells) {
    return r2_corrected(column_means(cells.view()), column_means(observed.view()));
  };
  const auto all = paper_scores({predicted.view(), observed.view()});
  EXPECT_NEAR(all.at("paper.rmse"), extras.at("rmse_all"), kSingle);
  EXPECT_EQ(all.at("paper.r2"), 0);
  EXPECT_LT(extras.at("r2_unclipped_all").get<double>(), 0);
  EXPECT_NEAR(corrected(predicted), extras.at("r2_unclipped_swapped_all"), kSingle);
  EXPECT_NEAR(mmd_scores({predicted.view(), observed.view()}, 1000).at("paper.mmd"),
              extras.at("mmd").at("sigma1000_k10"), kSingle);

  const Matrix<float> predicted_de = columns_of(common_rows(predicted.view()), de_columns),
                      observed_de = columns_of(common_rows(observed.view()), de_columns);
  const CellPair de{predicted_de.view(), observed_de.view()};
  EXPECT_NEAR(paper_scores(de).at("paper.rmse"), extras.at("rmse_de"), kSingle);
  EXPECT_NEAR(mmd_scores(de, 100).at("paper.mmd"), extras.at("mmd").at("sigma100_k10_de"), kSingle);
  EXPECT_LT(extras.at("r2_unclipped_de").get<double>(), 0);
  EXPECT_EQ(paper_scores(de).at("paper.r2"), 0);

  EXPECT_NEAR(paper_scores({close.view(), observed.view()}).at("paper.r2"), extras.at("r2_close_all"), kSingle);
  EXPECT_NEAR(corrected(close), extras.at("r2_close_all_swapped"), kSingle);
}

TEST(MetricsGolden, PublishedValues) {
  for (const auto& [name, golden] : golden_files()) {
    SCOPED_TRACE(name);
    expect_published_values(golden.at("extras"));
  }
}

}  // namespace
}  // namespace gracevae::impl
