#include "cli/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gracevae::cli {
namespace {

using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

// Standard error is no terminal here: lines, not bars.
TEST(Console, MessagesByVerbosity) {
  CaptureStderr();
  Console console;
  console.message({Message::Level::info, "one"});
  console.message({Message::Level::debug, "two"});
  console.message({Message::Level::warning, "raise train.epochs"});
  console.set_verbosity(Verbosity::quiet);
  console.message({Message::Level::info, "three"});
  console.message({Message::Level::warning, "four"});
  console.set_verbosity(Verbosity::verbose);
  console.message({Message::Level::debug, "five"});
  EXPECT_EQ(GetCapturedStderr(), "one\nwarning: raise --epochs\nwarning: four\nfive\n");
}

TEST(Console, ProgressIsALineAtFirstAndAtTheEnd) {
  CaptureStderr();
  Console console;
  for (std::int64_t done = 1; done <= 100; ++done)
    console.progress({"training", done, 100, 2.0, 1.0, "loss 3\nsecond line"});
  console.progress({"predicting", 4, 4, 12.0, 0, ""});
  EXPECT_EQ(GetCapturedStderr(),
            "training   1 %  1.0 s left  loss 3\ntraining 100 %  2.0 s  loss 3\npredicting 100 %  12 s  \n");
}

}  // namespace
}  // namespace gracevae::cli
