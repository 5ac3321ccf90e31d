#include "screen/guide_names.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;

/// The target of a guide by shape; "-" where the name is no guide's.
std::string by_shape(const std::string& name,
                     const std::set<std::string>& known = {"KLF1", "NKX2-1", "AC010980.1", "SGK1"}) {
  return GuideNames::of("auto")
      .target_of(name, [&](const std::string& target) { return known.contains(target); })
      .value_or("-");
}

TEST(GuideNames, ShapesOfPublishedGuides) {
  for (const char* name : {"KLF1_1", "KLF1-2", "KLF1.3", "KLF1g2", "KLF1_g1", "KLF1-g12", "KLF1_sg3", "KLF1_sgRNA1",
                           "KLF1_guide4", "sgKLF1", "sgKLF1_3", "sg_KLF1", "sgRNA_KLF1_2", "KLF1_pDS260",
                           "KLF1_+_23278712.23-P1P2", "KLF1_-_23278712.23-P1", "0_KLF1_P1P2_ENSG00000105610"})
    EXPECT_EQ(by_shape(name), "KLF1") << name;
  EXPECT_EQ(by_shape("chr8.123-E1"), "chr8.123");
  EXPECT_EQ(by_shape("NKX2-1_2"), "NKX2-1");
  EXPECT_EQ(by_shape("FOO_+_99.5-P1P2"), "FOO") << "a certain shape needs no known target";
  EXPECT_EQ(by_shape("NTC_g1"), "NTC") << "control's word is known";
}

TEST(GuideNames, GenesAndOtherTextAreNoGuides) {
  for (const char* name : {"KLF1", "NKX2-1", "AC010980.1", "SGK1", "NKX2-5", "HLA-A", "FOO_1", "FOOg1", "KLF1_0.5uM",
                           "KLF10", "chr8.123_top_two", "", "62(mod)_pBA581"})
    EXPECT_EQ(by_shape(name), "-") << name;
  EXPECT_EQ(by_shape(std::string(100'000, 'a') + "_1"), "-") << "no text is too long for it";
}

TEST(GuideNames, AnExpressionsFirstGroupIsTheTarget) {
  const GuideNames names = GuideNames::of("(.+)~[0-9]+");
  const auto none = [](const std::string&) { return false; };
  EXPECT_EQ(names.target_of("X~1", none), "X");
  EXPECT_EQ(names.target_of("X_1", none), std::nullopt);
  expect_error<ConfigError>([] { GuideNames::of("(.+"); },
                            {"screen.guides", "'(.+' is no file and no regular expression"});
  expect_error<ConfigError>([] { GuideNames::of(".+_1"); }, {"it has no group", "auto, none"});
  EXPECT_FALSE(GuideNames::of("none").any());
}

TEST(GuideNames, ATableNamesTheTargets) {
  const TemporaryFolder folder;
  const auto path = folder.write("guides.csv", "grna_id,grna_target\nx1,KLF1\nn1,non-targeting\n");
  const GuideNames names = GuideNames::of(path.string());
  const auto none = [](const std::string&) { return false; };
  EXPECT_EQ(names.target_of("x1", none), "KLF1");
  EXPECT_EQ(names.target_of("n1", none), "non-targeting");
  EXPECT_EQ(names.target_of("x2", none), std::nullopt);
  const auto reference =
      folder.write("reference.csv", "id,name,feature_type,target_gene_name\ng0001,KLF1_a,CRISPR,KLF1\n");
  for (const char* name : {"g0001", "KLF1_a"})
    EXPECT_EQ(GuideNames::of(reference.string()).target_of(name, none), "KLF1") << "by its id and by its name";
}

}  // namespace
}  // namespace gracevae::impl
