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

std::string error_of(const std::string& text) {
  try {
    return "read: " + rows_of(text);
  } catch (const InputError& error) {
    return error.what();
  }
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
  EXPECT_NE(error_of("x,y,z\n1,2,3\n").find("no columns for guides and targets among: x, y, z"), std::string::npos);
  EXPECT_NE(error_of("guide,target\na,A\na,B\n").find("line 3: the guide 'a' is against 'B', but against 'A' above"),
            std::string::npos);
  EXPECT_NE(error_of("guide,target\na,\n").find("the guide 'a' has no target"), std::string::npos);
  EXPECT_NE(error_of("guide,target\n,A\n").find("the guide has no name"), std::string::npos);
  EXPECT_NE(error_of("guide,target\na\n").find("1 fields, expected 2"), std::string::npos);
  EXPECT_NE(error_of("guide,target\n").find("holds no guides"), std::string::npos);
}

}  // namespace
}  // namespace gracevae::impl
