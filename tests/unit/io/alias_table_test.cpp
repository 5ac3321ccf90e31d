#include "io/alias_table.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae {
namespace {

using testing::HasSubstr;
using Names = std::vector<std::string>;

class AliasTable : public testing::Test {
 protected:
  std::vector<GeneNameRow> read(const std::string& text) const {
    return read_alias_table(folder_.write("a.txt", text));
  }
  std::string error_of(const std::string& text) const {
    return message_of<InputError>([&] { read(text); });
  }
  TemporaryFolder folder_;
};

TEST_F(AliasTable, ReadsHgncsCompleteSet) {
  const auto rows = read(
      "hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tensembl_gene_id\r\n"
      "HGNC:7133\tKMT2D\tlysine methyltransferase 2D\tApproved\t\"ALR|MLL4|CAGL114\"\t\"TNRC21|MLL2\"\tENSG00000167548\r\n"
      "HGNC:5\tA1BG\talpha-1-B glycoprotein\tApproved\t\t\tENSG00000121410\r\n"
      "HGNC:6\tA1S9T~withdrawn\tx\tSymbol Withdrawn\t\tUBA1\t\r\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].symbol, "KMT2D");
  EXPECT_EQ(rows[0].previous, Names({"TNRC21", "MLL2", "ENSG00000167548"}));
  EXPECT_EQ(rows[0].aliases, Names({"ALR", "MLL4", "CAGL114"}));
  EXPECT_EQ(rows[1].previous, Names({"ENSG00000121410"}));
}

TEST_F(AliasTable, ReadsHgncsCustomDownload) {
  const auto rows = read(
      "HGNC ID\tApproved symbol\tPrevious symbols\tAlias symbols\n"
      "HGNC:7133\tKMT2D\tTNRC21, MLL2\tALR, MLL4\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].previous, Names({"TNRC21", "MLL2"}));
  EXPECT_EQ(rows[0].aliases, Names({"ALR", "MLL4"}));
}

TEST_F(AliasTable, ReadsTwoColumns) {
  for (const char* text :
       {"# old and new\nMLL2\tKMT2D\n\nTNRC21\tKMT2D\n", "MLL2,KMT2D\nTNRC21,KMT2D\n", "MLL2 KMT2D\nTNRC21   KMT2D"}) {
    const auto rows = read(text);
    ASSERT_EQ(rows.size(), 2U) << text;
    EXPECT_EQ(rows[0].symbol, "KMT2D");
    EXPECT_EQ(rows[0].previous, Names({"MLL2"}));
    EXPECT_EQ(rows[1].previous, Names({"TNRC21"}));
  }
}

TEST_F(AliasTable, NamesTheLineThatIsWrong) {
  EXPECT_THAT(error_of("a\tb\na\tb\tc\n"), HasSubstr("a.txt line 2: expected 2 names, found 3"));
  EXPECT_THAT(error_of("a\tb\na\n"), HasSubstr("a.txt line 2: expected 2 names, found 1"));
  EXPECT_THAT(error_of("a\tb\n\tb\n"), HasSubstr("a.txt line 2: the old name is empty"));
  EXPECT_THAT(error_of("a\tb\na\t \n"), HasSubstr("a.txt line 2: the new name is empty"));
  EXPECT_THAT(error_of("symbol\tprev_symbol\nA\tB\nC\n"),
              HasSubstr("a.txt line 3: expected 2 fields as in the header, found 1"));
  EXPECT_THAT(error_of("symbol\tprev_symbol\n\tB\n"), HasSubstr("a.txt line 2: the symbol is empty"));
  EXPECT_THAT(error_of("symbol\tprev_symbol\n"), HasSubstr("a.txt: no gene names"));
  EXPECT_THAT(error_of(""), HasSubstr("a.txt: no gene names"));
  EXPECT_THAT(error_of("symbol\tlocus\tname\nA\tB\tC\n"), HasSubstr("HGNC's download")) << "neither form";
}

}  // namespace
}  // namespace gracevae
