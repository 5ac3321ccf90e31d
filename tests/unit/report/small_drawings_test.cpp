#include "report/small_drawings.hpp"

#include <gmock/gmock.h>

#include "unit/report/run_folder.hpp"

namespace gracevae::impl {
namespace {

using test::malformed;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

TEST(SmallDrawings, GenesLandWhereTheirMeansSay) {
  const Json condition = {{"gene", {0, 1, 2, 3}},
                          {"control", {0, 0, 0, 0}},
                          {"observed", {0.0, 2.0, nullptr, 0.0}},
                          {"predicted", {1.0, 2.0, 1.0, 1.0}},
                          {"de", {0, 1, 1, 0}}};
  const std::string svg = scatter_drawing(condition);
  EXPECT_EQ(malformed(svg), "");
  // 0 to 2 over 8 to 192 to the right and 192 to 8 upwards; a gene without an observed mean has no
  // dot, two at one place have one.
  EXPECT_THAT(svg,
              AllOf(HasSubstr("class=\"dots other\" d=\"M8 100h0\"/>"), HasSubstr("class=\"dots de\" d=\"M192 8h0\"")));
}

TEST(SmallDrawings, DensitiesShareTheirHeight) {
  const Json flat = {{"density", {1.0, 1.0}}}, steep = {{"density", {0.0, 2.0}}};
  const std::string svg =
      density_drawing({{"gene", 0}, {"control", flat}, {"observed", steep}, {"predicted", nullptr}}, "<G>");
  EXPECT_EQ(malformed(svg), "");
  // Two bins, centres at a quarter and three quarters of 2 to 118. Smoothed (weights 6 and 4 of 10), 0 and 2 are 0.8
  // and 1.2, the most, over 58 to 4: 22 and 4; 1 is at 58 - 54 / 1.2 = 13.
  EXPECT_THAT(svg, AllOf(HasSubstr("class=\"density control\" d=\"M31 58l0-45 58 0V58\""),
                         HasSubstr("class=\"density observed\" d=\"M31 58l0-36 58-18V58\""),
                         Not(HasSubstr("density predicted")), HasSubstr("&lt;G&gt;: distribution")));
}

TEST(SmallDrawings, LevelStretchesAreOneStep) {
  const Json d = {{"density", {1, 0, 0, 0, 0, 0, 0, 0}}};
  const std::string svg =
      density_drawing({{"gene", 0}, {"control", d}, {"observed", nullptr}, {"predicted", nullptr}}, "G");
  // Smoothed: 6/11, 4/15, 1/16, 0 …; eight bins, centres 9.25 + 14.5 i from the left: 9, 24, 38, 53 … 111.
  EXPECT_THAT(svg, HasSubstr("d=\"M9 58l0-54 15 28 14 20 15 6 58 0V58\""));
}

Json some_embedding() {
  return {{"x", {0.0, 10.0, 10.0}},
          {"y", {0.0, 0.0, 5.0}},
          {"source", {0, 1, 2}},
          {"condition", {0, 1, 1}},
          {"names", {"control", "A"}}};
}

TEST(SmallDrawings, CellsKeepTheirDistances) {
  const std::string svg = map_drawing(some_embedding(), "cells");
  EXPECT_EQ(malformed(svg), "");
  // 10 units over 6 to 494 along both axes, the middle of y, 2.5, in the middle.
  EXPECT_THAT(svg, AllOf(HasSubstr("class=\"dots control\" id=\"cells-0\" d=\"M6 372h0\""),
                         HasSubstr("id=\"cells-1\" d=\"M494 372h0\""), HasSubstr("id=\"cells-2\" d=\"M494 128h0\"")));
}

TEST(SmallDrawings, AConditionStandsOut) {
  const std::string svg = condition_map_drawing(some_embedding(), "cells", "A");
  EXPECT_EQ(malformed(svg), "");
  EXPECT_THAT(svg, AllOf(HasSubstr("<use href=\"#cells-0\"/>"), HasSubstr("class=\"dots actual\" d=\"M494 372h0\""),
                         HasSubstr("class=\"dots generated\" d=\"M494 128h0\"")));
  EXPECT_THAT(condition_map_drawing(some_embedding(), "cells", "B"), Not(HasSubstr("class=\"dots")));
}

}  // namespace
}  // namespace gracevae::impl
