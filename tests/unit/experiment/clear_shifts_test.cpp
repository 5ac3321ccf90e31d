#include "experiment/clear_shifts.hpp"

#include <gtest/gtest.h>

#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

/// 200 control cells, 100 cells of A that differ by a deviation in half of 20 genes, 100 of B by nothing, 100 of C by a
/// little.
Screen screen() {
  Random random(2, "shifts");
  const auto labels = test::repeated({{"control", 200}, {"A", 100}, {"B", 100}, {"C", 100}});
  std::vector<std::vector<float>> rows;
  for (const std::string& label : labels) {
    rows.emplace_back();
    for (int g = 0; g < 20; ++g) {
      const double shift = g % 2 == 0 ? 0 : label == "A" ? 1 : label == "C" ? 0.28 : 0;
      rows.back().push_back(static_cast<float>(5 + shift + random.normal()));
    }
  }
  return test::screen_of(labels, rows, 20);
}

TEST(ClearShifts, CountsLabelsBeyondTheirErrors) {
  EXPECT_EQ(n_clear_shifts(screen(), 1), 2) << "A and C";
  EXPECT_EQ(n_clear_shifts(screen(), 0.2), 1) << "C is lost with few cells";
}

}  // namespace
}  // namespace gracevae::impl
