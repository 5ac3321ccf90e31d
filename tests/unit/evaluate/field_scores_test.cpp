#include <gmock/gmock.h>

#include <cmath>

#include "evaluate/metrics.hpp"
#include "evaluate/profile_scores.hpp"
#include "evaluate/rank_scores.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

using ::testing::DoubleEq;
using ::testing::Key;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using Columns = std::vector<std::int32_t>;

template <class T>
MatrixView<const T> seen(const Matrix<T>& matrix) {
  return matrix.view();
}

TEST(FieldMetrics, ByHand) {
  const std::vector<double> control = {1, 1, 1}, predicted = {2, 1, 3}, observed = {1, 1, 4};
  EXPECT_NEAR(cosine_delta(predicted, observed, control), 6 / (std::sqrt(5.0) * 3), 1e-15);
  EXPECT_TRUE(std::isnan(cosine_delta(control, observed, control)));
  EXPECT_NEAR(mean_absolute_error(predicted, observed), 2.0 / 3, 1e-15);
}

TEST(FieldMetrics, EnergyDistanceLeavesOutTheDiagonals) {
  Matrix<double> x(2, 2), y(3, 2);
  x.values = {0, 0, 3, 4};
  y.values = {0, 0, 0, 1, 0, 2};
  // Between: 0 1 2 and 5 √18 √13; within x: 5; within y: 1 2 1.
  const double between = (0 + 1 + 2 + 5 + std::sqrt(18.0) + std::sqrt(13.0)) / 6;
  EXPECT_NEAR(energy_distance(seen(x), seen(y)), 2 * between - 5 - 4.0 / 3, 1e-12);
  EXPECT_NEAR(energy_distance(seen(y), seen(x)), 2 * between - 5 - 4.0 / 3, 1e-12);
  Matrix<double> one(1, 2);
  EXPECT_TRUE(std::isnan(energy_distance(seen(one), seen(y))));
}

TEST(FieldMetrics, OverlapCutsThePredictedGenesBySize) {
  const std::vector<double> effect = {0.1, -3, 2, 0.5, 2};
  EXPECT_EQ(overlap_of_genes(Columns{0, 1, 2, 3}, Columns{1, 3}, effect), 0.5);  // kept: 1 and 2
  EXPECT_EQ(overlap_of_genes(Columns{0, 1, 2, 3}, Columns{1, 2}, effect), 1);
  EXPECT_EQ(overlap_of_genes(Columns{3}, Columns{1, 3}, effect), 0.5);  // fewer than asked: all count
  EXPECT_EQ(overlap_of_genes(Columns{2, 4}, Columns{2}, effect), 1);    // equal sizes: the first column
  EXPECT_EQ(overlap_of_genes(Columns{}, Columns{1}, effect), 0);
}

/// Three conditions in two genes; the target of the first is gene 1.
std::vector<RankedCondition> three() { return {{{0, 0}, 0, {1}, true}, {{1, 0}, 0, {}, true}, {{0, 4}, 0, {}, true}}; }

TEST(RankScores, ByHand) {
  const std::vector<PredictedMean> predictions = {{0, {0.9F, 0}, {}}, {1, {0.8F, 0}, {}}, {2, {0, 3}, {}}};
  const auto all = rank_scores(three(), predictions);
  ASSERT_EQ(all.size(), 3U);
  // The first is nearer to the second's mean; of the predictions the second's is nearer to the first's mean.
  // Without gene 1 the second's mean is nearer and the third's as near as its own.
  EXPECT_THAT(all[0], UnorderedElementsAre(Pair("systema.centroid_accuracy", 0.5), Pair("perturbench.rank", 0.5),
                                           Pair("vcc.pds", DoubleEq(1 - 1.5 / 3))));
  EXPECT_EQ(all[1].at("perturbench.rank"), 0.5);
  EXPECT_EQ(all[1].at("systema.centroid_accuracy"), 1);
  EXPECT_EQ(all[2].at("vcc.pds"), 1);
  EXPECT_EQ(all[2].at("perturbench.rank"), 0);
}

TEST(RankScores, TheTargetsOwnGenesDoNotCountInPds) {
  // Without gene 1 the first's prediction is at its own mean and at the third's: a tie.
  const std::vector<PredictedMean> predictions = {{0, {0, 4}, {}}};
  const auto scores = rank_scores(three(), predictions);
  EXPECT_DOUBLE_EQ(scores[0].at("vcc.pds"), 1 - 0.5 / 3);
  EXPECT_EQ(scores[0].at("systema.centroid_accuracy"), 0.5);
  EXPECT_FALSE(scores[0].contains("perturbench.rank"));
}

TEST(RankScores, OneAnswerForAllIsChance) {
  // With ties, few conditions and any distances: the average over the pool is exactly 1/2.
  for (const std::vector<float>& answer : {std::vector<float>{0, 0}, {0.4F, 1}, {7, -3}, {0.5F, 0}}) {
    const std::vector<PredictedMean> predictions = {{0, answer, {}}, {1, answer, {}}, {2, answer, {}}};
    double accuracy = 0, rank = 0;
    for (const auto& scores : rank_scores(three(), predictions)) {
      accuracy += scores.at("systema.centroid_accuracy") / 3;
      rank += scores.at("perturbench.rank") / 3;
    }
    EXPECT_NEAR(accuracy, 0.5, 1e-12);
    EXPECT_NEAR(rank, 0.5, 1e-12);
  }
}

TEST(RankScores, OutsideThePoolNobodyIsRankedAmong) {
  auto conditions = three();
  conditions[1].in_pool = false;
  const std::vector<PredictedMean> predictions = {{0, {0.9F, 0}, {}}, {1, {0.8F, 0}, {}}, {2, {0, 3}, {}}};
  const auto scores = rank_scores(conditions, predictions);
  EXPECT_EQ(scores[0].at("systema.centroid_accuracy"), 1);  // the second is not there to be nearer
  EXPECT_EQ(scores[0].at("perturbench.rank"), 0);
  EXPECT_EQ(scores[1].at("systema.centroid_accuracy"), 1);  // itself is ranked
}

TEST(RankScores, OwnObservedCellsReplaceTheConditions) {
  const std::vector<PredictedMean> predictions = {{0, {0.9F, 0}, {0.9F, 0.05F}}};
  EXPECT_EQ(rank_scores(three(), predictions)[0].at("systema.centroid_accuracy"), 1);
}

TEST(RankScores, NotNumbersStayNotNumbers) {
  const std::vector<PredictedMean> predictions = {{0, {std::nanf(""), 0}, {}}, {1, {1, 0}, {}}};
  const auto scores = rank_scores(three(), predictions);
  for (const auto& [id, value] : scores[0]) EXPECT_TRUE(std::isnan(value)) << id;
  EXPECT_EQ(scores[1].at("vcc.pds"), 1);
}

TEST(RankScores, ChanceIsTheExpectationOfAGuess) {
  EXPECT_THAT(rank_scores_by_chance(3),
              UnorderedElementsAre(Pair("systema.centroid_accuracy", 0.5), Pair("perturbench.rank", 0.5),
                                   Pair("vcc.pds", (1 + 0.75 + 0.5 + 0.25) / 4)));
  EXPECT_TRUE(rank_scores_by_chance(0).empty());
  EXPECT_TRUE(rank_scores(three(), {}).empty());
}

TEST(RankScores, NoiseFreeTakesTheErrorsOff) {
  auto conditions = three();
  // Squared distances: 1 (first, second), 16 (first, third), 17. An error of .6 is more than what is left of the 1.
  conditions[0].observed_error = 0.6;
  const auto scores = noise_free_ranks(conditions);
  EXPECT_EQ(scores[0].at("systema.centroid_accuracy"), 0.5);
  EXPECT_EQ(scores[0].at("perturbench.rank"), 0);  // the second's own error is 0
  EXPECT_EQ(scores[1].at("perturbench.rank"), 0);
  EXPECT_EQ(scores[2].at("systema.centroid_accuracy"), 1);
}

TEST(ProfileScores, OfCellsThatAreTheSame) {
  const Screen screen = test::small_screen();
  const ProfileScorer scorer(screen, {1, 2, 3, 4}, 1);
  const Matrix<float> cells = dense_rows(screen, screen.regimes[1].cells);
  const auto profile = [&](const Matrix<float>& of) {
    const CommonRows rows = common_rows(of.view()), one = common_rows(seen(of));
    const std::vector<const CommonRows*> sets{&rows, &one};
    return scorer.profiles(sets).back();
  };
  const Profile observed = profile(cells);
  auto scores = scorer.score(observed, observed);
  EXPECT_THAT(scores, UnorderedElementsAre(Key("e_distance")));  // four cells: no gene is significant
  EXPECT_EQ(scorer.l2(observed.mean, observed.mean), 0);
  EXPECT_DOUBLE_EQ(scorer.l2(std::vector<double>{1, 2, 3, 4}, std::vector<double>{3, 2, 3, 5}), std::sqrt(5.0));
  EXPECT_DOUBLE_EQ(scorer.noise_free_l2(std::vector<double>{1, 2, 3, 3}), 3);
  // Two pairs of equal cells: E‖X−Y‖ over all pairs is half the distance, within without the diagonal two thirds.
  EXPECT_NEAR(scores.at("e_distance"), (1 - 4.0 / 3) * 2, 1e-5);
  Matrix<float> broken = cells;
  broken(0, 0) = std::nanf("");
  scores = scorer.score(profile(broken), observed);
  EXPECT_TRUE(std::isnan(scores.at("e_distance")));
}

}  // namespace
}  // namespace gracevae::impl
