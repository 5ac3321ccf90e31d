#include "experiment/clear_shifts.hpp"

#include <gtest/gtest.h>

#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

/// 200 control cells, 100 cells each of A that differs by a deviation in half of 20 genes, B by nothing, C by a little
/// in the other half, D as A.
Screen screen() {
  Random random(2, "shifts");
  const auto labels = test::repeated({{"control", 200}, {"A", 100}, {"B", 100}, {"C", 100}, {"D", 100}});
  std::vector<std::vector<float>> rows;
  for (const std::string& label : labels) {
    rows.emplace_back();
    for (int g = 0; g < 20; ++g) {
      const bool odd = g % 2 == 1;
      const double shift = odd && (label == "A" || label == "D") ? 1 : !odd && label == "C" ? 0.3 : 0;
      rows.back().push_back(static_cast<float>(5 + shift + random.normal()));
    }
  }
  return test::screen_of(labels, rows, 20);
}

TEST(ClearShifts, CountsLabelsBeyondTheirErrorsThatNoOtherIs) {
  EXPECT_EQ(n_clear_shifts(screen(), 1), 2) << "A or D, and C";
  EXPECT_EQ(n_clear_shifts(screen(), 0.2), 1) << "C is lost with few cells";
}

}  // namespace
}  // namespace gracevae::impl
