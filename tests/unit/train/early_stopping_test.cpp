// When training stops, by hand.
#include "train/early_stopping.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "run/train_options.hpp"

namespace gracevae::impl {
namespace {

/// Number of epochs until it stops, −1 if it does not.
int epochs_of(EarlyStopping stopping, const std::vector<double>& scores) {
  for (int epoch = 1; const double score : scores) {
    stopping.add(score);
    if (stopping.stops()) return epoch;
    ++epoch;
  }
  return -1;
}

TEST(EarlyStopping, WaitsForAnImprovementThatIsLargeEnough) {
  EXPECT_EQ(epochs_of({2, 0.1}, {10, 8, 7.5, 7.3, 1}), 4) << "7.2 would have been a tenth";
  EXPECT_EQ(epochs_of({2, 0.1}, {10, 8, 7.5, 7.1, 7, 7}), 6) << "small steps add up to a large one";
  EXPECT_EQ(epochs_of({1, 0}, {3, 2, 2}), 3) << "no improvement is none";
  EXPECT_EQ(epochs_of({3, 0}, {3, 2, 1, 0, -1, -2}), -1);
}

TEST(DefaultEpochs, AreFewerWhereOneHasManySteps) {
  TrainOptions options;
  options.start = "moments";
  EXPECT_EQ(default_epochs(options, 54), 30) << "at most";
  EXPECT_EQ(default_epochs(options, 500), 10);
  EXPECT_EQ(default_epochs(options, 1575), 3);
  EXPECT_EQ(default_epochs(options, 100'000), 3) << "at least";
  EXPECT_EQ(default_epochs(options, 0), 30) << "nothing trains";
  options.start = "random";
  EXPECT_EQ(default_epochs(options, 1575), 30) << "a random start is far from the end";
}

TEST(EarlyStopping, ScoresBelowZeroImproveDownwards) {
  EXPECT_EQ(epochs_of({1, 0.1}, {-1, -1.05}), 2);
  EXPECT_EQ(epochs_of({1, 0.1}, {-1, -1.2}), -1);
}

TEST(EarlyStopping, AScoreThatIsNoNumberIsNoImprovement) {
  const double nan = std::nan("");
  EXPECT_EQ(epochs_of({2, 0.1}, {1, nan, nan}), 3);
}

}  // namespace
}  // namespace gracevae::impl
