// Batches made ahead are the batches that are asked for, whoever makes them and wherever one begins.
#include "train/step_feeder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace gracevae::impl {
namespace {

/// A batch that is known by its step.
StepBatch batch_of(std::int64_t step) { return {{.x = {}, .epsilon = {}, .tau = static_cast<double>(step)}, {}}; }

class StepFeederTest : public testing::TestWithParam<bool> {
 protected:
  StepFeeder feeder_{GetParam()};
};

std::vector<double> taken(StepFeeder& feeder, std::int64_t first, std::int64_t end) {
  std::vector<double> steps;
  for (std::int64_t step = first; step < end; ++step) steps.push_back(feeder.take(step).input.tau);
  return steps;
}

TEST_P(StepFeederTest, GivesEveryStepFromAnyOneOn) {
  std::atomic<int> n_made = 0, at_once = 0, most = 0;
  std::atomic<std::int64_t> last = 0;
  feeder_.begin(6, [&](std::int64_t step) {
    most = std::max<int>(most, ++at_once);
    last = std::max<std::int64_t>(last, step);
    ++n_made;
    --at_once;
    return batch_of(step);
  });
  EXPECT_THAT(taken(feeder_, 2, 6), testing::ElementsAre(2, 3, 4, 5)) << "as a resumed run begins";
  EXPECT_EQ(n_made, 4) << "none twice";
  EXPECT_EQ(most, 1) << "one at a time";
  EXPECT_EQ(last, 5) << "none beyond the end";
  EXPECT_THAT(taken(feeder_, 4, 6), testing::ElementsAre(4, 5)) << "back";
  EXPECT_THAT(taken(feeder_, 0, 2), testing::ElementsAre(0, 1));
  EXPECT_THAT(taken(feeder_, 4, 6), testing::ElementsAre(4, 5)) << "on, while another was being made";
}

TEST_P(StepFeederTest, WhatWasMadeForAnotherEpochIsDropped) {
  feeder_.begin(3, batch_of);
  taken(feeder_, 0, 2);  // step 2 is made or on its way
  feeder_.begin(5, [](std::int64_t step) { return batch_of(10 * step); });
  EXPECT_THAT(taken(feeder_, 2, 5), testing::ElementsAre(20, 30, 40));
}

TEST_P(StepFeederTest, AnErrorComesOutOfItsOwnStep) {
  const auto make = [](std::int64_t step) {
    if (step == 2) throw std::runtime_error("no step 2");
    return batch_of(step);
  };
  feeder_.begin(4, make);
  EXPECT_THAT(taken(feeder_, 0, 2), testing::ElementsAre(0, 1));
  EXPECT_THROW(feeder_.take(2), std::runtime_error);
  EXPECT_EQ(feeder_.take(3).input.tau, 3) << "and not out of the next";
  feeder_.begin(4, make);
  taken(feeder_, 0, 2);
  feeder_.begin(1, batch_of);
  EXPECT_EQ(feeder_.take(0).input.tau, 0) << "nor out of the next epoch";
}

INSTANTIATE_TEST_SUITE_P(InTimeAndAhead, StepFeederTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "ahead" : "in_time"; });

}  // namespace
}  // namespace gracevae::impl
