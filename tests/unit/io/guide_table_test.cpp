#include "io/guide_table.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

/// "guide>target guide>target" of a table.
std::string rows_of(const std::string& text) {
  const TemporaryFolder folder;
  std::string result;
  for (const GuideRow& row : read_guide_table(folder.write("guides.csv", text)))
    result += (result.empty() ? "" : " ") + row.guide + ">" + row.target;
  return result;
}

Thrown error_of(const std::string& text) {
  return message_of<InputError>([&] { rows_of(text); });
}

TEST(GuideTable, ColumnsAreFoundByName) {
  EXPECT_EQ(rows_of("\"grna_id\",\"grna_target\"\n\"a1\",\"A\"\n\"n1\",\"non-targeting\"\n"), "a1>A n1>non-targeting");
  EXPECT_EQ(rows_of("id,name,read,pattern,sequence,feature_type,target_gene_id,target_gene_name\n"
                    "x,a1,R2,(BC),ACGT,CRISPR Guide Capture,ENSG1,A\n"),
            "a1>A");
  EXPECT_EQ(rows_of("gene\tsgRNA\nA\ta1\n"), "a1>A");
}

TEST(GuideTable, TwoColumnsNeedNoHeader) {
  EXPECT_EQ(rows_of("a1\tA\na2\tA\na1\tA\n"), "a1>A a2>A");
  EXPECT_EQ(rows_of("one,guide\na1,A\n"), "a1>A") << "half a header is one";
}

TEST(GuideTable, SaysWhatIsWrong) {
  EXPECT_THAT(error_of("x,y,z\n1,2,3\n"), At("guides.csv", "x, y, z"));
  EXPECT_THAT(error_of("guide,target\na,A\na,B\n"), At("line 3", "a", "B", "A"));
  EXPECT_THAT(error_of("guide,target\na,\n"), At("line 2", "a"));
  EXPECT_THAT(error_of("guide,target\n,A\n"), At("line 2"));
  EXPECT_THAT(error_of("guide,target\na\n"), At("line 2", "1", "2"));
  EXPECT_THAT(error_of("guide,target\n"), At("guides.csv"));
}

}  // namespace
}  // namespace gracevae::impl
