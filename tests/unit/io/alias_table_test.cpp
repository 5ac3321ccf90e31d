#include "io/alias_table.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using Names = std::vector<std::string>;

class AliasTable : public testing::Test {
 protected:
  std::vector<GeneNameRow> read(const std::string& text) const {
    return read_alias_table(folder_.write("a.txt", text));
  }
  Thrown error_of(const std::string& text) const {
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
  EXPECT_EQ(rows[0].previous, Names({"HGNC:7133", "TNRC21", "MLL2", "ENSG00000167548"}));
  EXPECT_EQ(rows[0].aliases, Names({"ALR", "MLL4", "CAGL114"}));
  EXPECT_EQ(rows[1].previous, Names({"HGNC:5", "ENSG00000121410"}));
}

TEST_F(AliasTable, ReadsHgncsCustomDownload) {
  const auto rows = read(
      "HGNC ID\tApproved symbol\tPrevious symbols\tAlias symbols\n"
      "HGNC:7133\tKMT2D\tTNRC21, MLL2\tALR, MLL4\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].previous, Names({"HGNC:7133", "TNRC21", "MLL2"}));
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

TEST_F(AliasTable, ReadsIds) {
  const auto previous_of = [&](const char* text) {
    const auto rows = read(text);
    return rows.size() == 1 && rows[0].symbol == "TP53" ? rows[0].previous : Names{"other rows"};
  };
  EXPECT_EQ(previous_of("hgnc_id\tsymbol\tentrez_id\nHGNC:11998\tTP53\t7157\n"), Names({"HGNC:11998", "7157"}));
  EXPECT_EQ(previous_of("symbol\tentrez_id\nTP53\t7157\n"), Names({"7157"}));
  EXPECT_EQ(previous_of("7157\tTP53\n"), Names({"7157"})) << "two columns";
  EXPECT_EQ(previous_of("Gene stable ID,Gene name,NCBI gene ID\nENSG00000141510,TP53,7157\nENSG00000999999,,\n"),
            Names({"ENSG00000141510", "7157"}))
      << "BioMart, with a gene that has no name";
  EXPECT_EQ(previous_of("#string_protein_id\tpreferred_name\tprotein_size\tannotation\n"
                        "9606.ENSP00000269305\tTP53\t393\tCellular tumor antigen p53, acts\n"),
            Names({"9606.ENSP00000269305", "ENSP00000269305"}));
  const auto rows =
      read("#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\n9606\t7157\tTP53\t-\tP53|LFS1\n9606\t1\tA1BG\t-\t-\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].previous, Names({"7157"}));
  EXPECT_EQ(rows[0].aliases, Names({"P53", "LFS1"}));
  EXPECT_TRUE(rows[1].aliases.empty());
}

TEST_F(AliasTable, NamesTheLineThatIsWrong) {
  EXPECT_THAT(error_of("a\tb\na\tb\tc\n"), At("a.txt line 2", "2 names, found 3"));
  EXPECT_THAT(error_of("a\tb\na\n"), At("a.txt line 2", "2 names, found 1"));
  EXPECT_THAT(error_of("a\tb\n\tb\n"), At("a.txt line 2"));
  EXPECT_THAT(error_of("a\tb\na\t \n"), At("a.txt line 2"));
  EXPECT_THAT(error_of("symbol\tprev_symbol\nA\tB\nC\n"), At("a.txt line 3", "2", "1"));
  EXPECT_THAT(error_of("symbol\tprev_symbol\n\tB\n"), At("a.txt line 2"));
  EXPECT_THAT(error_of("symbol\tprev_symbol\n"), At("a.txt"));
  EXPECT_THAT(error_of(""), At("a.txt"));
  EXPECT_THAT(error_of("symbol\tlocus\tname\nA\tB\tC\n"), At("", "HGNC")) << "neither form";
}

}  // namespace
}  // namespace gracevae::impl
