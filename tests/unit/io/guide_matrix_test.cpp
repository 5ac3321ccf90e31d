#include "io/guide_matrix.hpp"

#include "base/error.hpp"
#include "gzip_text.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

const std::string kBanner = "%%MatrixMarket matrix coordinate integer general\n";

Names numbered(std::int64_t n) {
  Names names;
  for (std::int64_t i = 0; i < n; ++i) names.push_back("g" + std::to_string(i));
  return names;
}

TEST(GuideMatrix, GuidesInRows) {
  const TemporaryFolder folder;
  const auto file = folder.write("grna.mtx.gz", gzipped(kBanner + "2 3 3\n1 1 5\n2 1 6\n2 3 7\n"));
  const GuideMatrix matrix = read_guide_matrix(file, 3, numbered);
  EXPECT_TRUE(matrix.guides_in_rows);
  EXPECT_EQ(matrix.guides, (Names{"g0", "g1"}));
  EXPECT_EQ(matrix.counts.n_rows, 3);
  EXPECT_EQ(matrix.counts.n_cols, 2);
  EXPECT_EQ(matrix.counts.indptr, (std::vector<std::int64_t>{0, 2, 2, 3}));
  EXPECT_EQ(matrix.counts.indices, (std::vector<std::int32_t>{0, 1, 1}));
  EXPECT_EQ(matrix.counts.values, (std::vector<float>{5, 6, 7}));
}

TEST(GuideMatrix, CellsInRows) {
  const TemporaryFolder folder;
  const auto file = folder.write("grna.mtx", kBanner + "3 2 3\n1 1 5\n1 2 6\n3 2 7\n");
  const GuideMatrix matrix = read_guide_matrix(file, 3, numbered);
  EXPECT_FALSE(matrix.guides_in_rows);
  EXPECT_EQ(matrix.counts.indptr, (std::vector<std::int64_t>{0, 2, 2, 3}));
  EXPECT_EQ(matrix.counts.values, (std::vector<float>{5, 6, 7}));
}

TEST(GuideMatrix, SizesThatDoNotTell) {
  const TemporaryFolder folder;
  const auto square = folder.write("square.mtx", kBanner + "3 3 0\n");
  const Thrown both = message_of<InputError>([&] { read_guide_matrix(square, 3, numbered); });
  EXPECT_THAT(both, At("square.mtx line 2", "3 x 3"));
  const auto other = folder.write("other.mtx", kBanner + "4 5 0\n");
  const Thrown neither = message_of<InputError>([&] { read_guide_matrix(other, 3, numbered); });
  EXPECT_THAT(neither, At("other.mtx line 2", "4 x 5", "3"));
}

TEST(GuideMatrix, NamesAreAskedForBeforeAnythingIsMade) {
  const TemporaryFolder folder;
  const auto file = folder.write("claims.mtx", kBanner + "2000000000 3 1\n1 1 1\n");
  std::int64_t asked = 0;
  EXPECT_THROW(read_guide_matrix(file, 3,
                                 [&](std::int64_t n) -> Names {
                                   asked = n;
                                   throw InputError("too many");
                                 }),
               InputError);
  EXPECT_EQ(asked, 2000000000);
}

TEST(GuideMatrix, ListsBeside) {
  const TemporaryFolder folder;
  folder.write("grna.mtx.gz", "");
  EXPECT_EQ(guide_list_beside(folder.file("grna.mtx.gz")), fs::path());
  folder.write("genes.txt", "");  // of another matrix
  EXPECT_EQ(guide_list_beside(folder.file("grna.mtx.gz")), fs::path());
  folder.write("grna_features.tsv.gz", "");
  EXPECT_EQ(guide_list_beside(folder.file("grna.mtx.gz")), folder.file("grna_features.tsv.gz"));
  folder.write("grna_guides.txt", "");
  EXPECT_EQ(guide_list_beside(folder.file("grna.mtx.gz")), folder.file("grna_guides.txt"));

  EXPECT_FALSE(has_lists_beside(folder.file("GSE1_matrix.mtx.gz")));
  folder.write("GSE1_barcodes.tsv.gz", "");
  EXPECT_FALSE(has_lists_beside(folder.file("GSE1_matrix.mtx.gz")));
  folder.write("GSE1_features.tsv", "");
  EXPECT_TRUE(has_lists_beside(folder.file("GSE1_matrix.mtx.gz")));
  EXPECT_FALSE(has_lists_beside(folder.file("GSE2_matrix.mtx.gz")));
  EXPECT_FALSE(has_lists_beside(folder.file("grna.mtx.gz")));
}

}  // namespace
}  // namespace gracevae::impl
