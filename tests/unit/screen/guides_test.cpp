#include "screen/guides.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "io/anndata.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kLabels = {"control", "control", "A", "A", "A", "B", "B"};

Screen screen_with(const std::vector<std::pair<std::string, std::vector<std::string>>>& columns) {
  AnnData data = test::data_of(kLabels);
  std::vector<std::string> names;
  for (const auto& [name, words] : columns) {
    data.obs.add(name, words);
    names.push_back(name);
  }
  return screen_from_anndata(std::move(data), test::named_options(), names);
}

DataFrame obs_with(const std::vector<std::string>& names) {
  DataFrame obs;
  obs.index = {"c0"};
  for (const auto& name : names) obs.add(name, std::vector<std::string>{"x"});
  return obs;
}

TEST(Guides, ColumnsOfTheUsualNamesInAnyCase) {
  EXPECT_THAT(guide_columns(obs_with({"batch", "gRNA", "sgRNA_ID", "Guide Identity"}), "auto", "f"),
              ElementsAre("Guide Identity", "sgRNA_ID", "gRNA"));
  EXPECT_THAT(guide_columns(obs_with({"guide", "batch"}), "none", "f"), IsEmpty());
  EXPECT_THAT(guide_columns(obs_with({"guide", "batch"}), "batch", "f"), ElementsAre("batch"));
  DataFrame counts = obs_with({});
  counts.add("guides", std::vector<std::int64_t>{3});
  EXPECT_THAT(guide_columns(counts, "auto", "f"), IsEmpty()) << "how many there are is no guide";
}

TEST(Guides, AColumnThatIsAbsentNamesTheNearest) {
  expect_error<InputError>(
      [] {
        guide_columns(obs_with({"guide", "batch"}), "giude", "x.h5ad");
      },
      {"x.h5ad", "'giude'", "quality.guide_column", "did you mean guide"});
}

TEST(Guides, OfEveryCellByLabelThenName) {
  const Screen screen = screen_with({{"guide", {"NT1", "NT1", "A2", "A1", "A2", "", "B1"}}});
  const Guides guides = guides_of(screen, "guide");
  EXPECT_THAT(guides.names, ElementsAre("NT1", "A1", "A2", "B1"));
  EXPECT_THAT(guides.regime, ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(guides.guide_of_cell, ElementsAre(0, 0, 2, 1, 2, -1, 3));
}

TEST(Guides, AGuideOfTwoLabelsIsRefusedOrPassedOver) {
  const Screen screen =
      screen_with({{"guide", {"x", "x", "x", "y", "y", "y", "z"}}, {"sgRNA", {"n", "n", "a", "a", "b", "c", "c"}}});
  expect_error<InputError>([&] { guides_of(screen, "guide"); },
                           {"obs column 'guide'", "guide 'x'", "'control' and of 'A'", "quality.guide_column none"});
  EXPECT_EQ(chosen_guides(screen, {"guide", "sgRNA"}, "auto").column, "sgRNA");
}

TEST(Guides, AutoWantsALabelOfTwoGuides) {
  const Screen screen = screen_with({{"guide", {"n", "n", "a", "a", "a", "b", "b"}}});
  EXPECT_FALSE(chosen_guides(screen, {"guide"}, "auto").known());
  EXPECT_TRUE(chosen_guides(screen, {"guide"}, "guide").known()) << "asked for";
}

}  // namespace
}  // namespace gracevae::impl
