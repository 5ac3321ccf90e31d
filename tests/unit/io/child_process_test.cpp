#include "io/child_process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

namespace gracevae::impl {
namespace {

TEST(Survives, TellsHowTheWorkEnded) {
  EXPECT_TRUE(survives([] { return true; }));
  EXPECT_FALSE(survives([] { return false; }));
  EXPECT_TRUE(survives([]() -> bool { throw std::runtime_error("an error is no crash"); }));
  EXPECT_FALSE(survives([]() -> bool {
    std::raise(SIGKILL);
    return true;
  }));
}

TEST(Survives, ChangesNothingHere) {
  int value = 1;
  EXPECT_TRUE(survives([&] {
    value = 2;
    return true;
  }));
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace gracevae::impl
