#include "io/matrix_market.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/random.hpp"
#include "gzip_text.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kBanner = "%%MatrixMarket matrix coordinate integer general\n";
// 3 genes x 4 cells; the third cell is empty, genes descend in the last as old versions of Cell Ranger write them.
const std::string kMatrix = kBanner + "%metadata_json: {}\n3 4 5\n1 1 7\n3 1 1\n2 2 300\n3 4 2\n1 4 4\n";
const std::string kBarcodes = "AAA-1\nAAC-1\nAAG-1\nAAT-1\n";
const std::string kGenes = "ENSG1\tKLF1\nENSG2\tCBL\nENSG3\tTP53\n";
const std::string kFeatures =
    "ENSG1\tKLF1\tGene Expression\nENSG2\tCBL\tGene Expression\nENSG3\tTP53\tGene Expression\n";

using Rows = std::vector<std::vector<float>>;

Rows dense(CellSource& source) {
  const CsrMatrix<float> x = read_all_rows(source);
  Rows rows;
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    const auto columns = x.row_indices(i);
    EXPECT_TRUE(std::adjacent_find(columns.begin(), columns.end(), std::greater_equal<>()) == columns.end());
    for (const float value : x.row_values(i)) EXPECT_NE(value, 0);
    rows.emplace_back(static_cast<std::size_t>(x.n_cols));
    x.copy_row(i, std::span<float>(rows.back()));
  }
  return rows;
}

const Rows kExpected{{7, 0, 1}, {0, 300, 0}, {0, 0, 0}, {4, 0, 2}};

class MatrixMarket : public ::testing::Test {
 protected:
  void write(const std::string& matrix = kMatrix, const std::string& barcodes = kBarcodes,
             const std::string& genes = kGenes) const {
    folder_.write("matrix.mtx", matrix);
    folder_.write("barcodes.tsv", barcodes);
    folder_.write("genes.tsv", genes);
  }
  Rows rows_of(const std::string& matrix, const CellSourceOptions& options = {}) const {
    write(matrix);
    CellSource source = open_matrix_market(folder_.path(), options);
    return dense(source);
  }
  Thrown error_of(const std::string& matrix, const std::string& barcodes = kBarcodes,
                  const std::string& genes = kGenes) const {
    write(matrix, barcodes, genes);
    return message_of<InputError>([&] { open_matrix_market(folder_.path(), {}); });
  }
  TemporaryFolder folder_;
};

void expect_small_screen(CellSource source) {
  EXPECT_THAT(source.obs.index, ElementsAre("AAA-1", "AAC-1", "AAG-1", "AAT-1"));
  EXPECT_THAT(source.var.index, ElementsAre("ENSG1", "ENSG2", "ENSG3"));
  ASSERT_NE(source.var.find("gene_symbols"), nullptr);
  EXPECT_THAT(column_as_strings(*source.var.find("gene_symbols")), ElementsAre("KLF1", "CBL", "TP53"));
  EXPECT_EQ(source.rows->n_stored(), 5);
  EXPECT_EQ(dense(source), kExpected);
}

TEST_F(MatrixMarket, Version2) {
  write();
  CellSource source = open_matrix_market(folder_.path(), {});
  EXPECT_EQ(source.format, "10x Matrix Market (v2)");
  EXPECT_EQ(source.matrix, "matrix.mtx");
  EXPECT_EQ(source.encoding, "matrix market");
  EXPECT_EQ(source.path, folder_.path().string());
  EXPECT_THAT(source.matrices, IsEmpty()) << "there is no other to choose";
  expect_small_screen(std::move(source));
  expect_small_screen(open_matrix_market(folder_.file("matrix.mtx"), {}));
}

TEST_F(MatrixMarket, Version3Packed) {
  folder_.write("matrix.mtx.gz", gzipped(kMatrix));
  folder_.write("barcodes.tsv.gz", gzipped(kBarcodes));
  folder_.write("features.tsv.gz", gzipped(kFeatures));
  folder_.write("._matrix.mtx.gz", "left by macOS");
  CellSource source = open_matrix_market(folder_.path(), {});
  EXPECT_EQ(source.format, "10x Matrix Market (v3)");
  EXPECT_EQ(source.matrix, "matrix.mtx.gz");
  expect_small_screen(std::move(source));
}

TEST_F(MatrixMarket, PrefixAsOnGeo) {
  folder_.write("GSE133344_raw_matrix.mtx.gz", gzipped(kMatrix));
  folder_.write("GSE133344_raw_barcodes.tsv.gz", gzipped(kBarcodes));
  folder_.write("GSE133344_raw_genes.tsv.gz", gzipped(kGenes));
  folder_.write("GSE133344_raw_cell_identities.csv.gz", gzipped("cell_barcode\nAAA-1\n"));
  expect_small_screen(open_matrix_market(folder_.path(), {}));
  // A second set beside it: the folder is ambiguous, the file is not.
  folder_.write("GSE133344_filtered_matrix.mtx.gz", gzipped(kBanner + "1 1 0\n"));
  folder_.write("GSE133344_filtered_barcodes.tsv.gz", gzipped("AAA-1\n"));
  folder_.write("GSE133344_filtered_genes.tsv.gz", gzipped("ENSG1\tKLF1\n"));
  EXPECT_THAT(message_of<InputError>([&] { open_matrix_market(folder_.path(), {}); }),
              AllOf(At("", "2", "GSE133344_filtered_matrix.mtx", "GSE133344_raw_matrix.mtx"), HasHint()));
  expect_small_screen(open_matrix_market(folder_.file("GSE133344_raw_matrix.mtx.gz"), {}));
}

TEST_F(MatrixMarket, FilesThatAreMissing) {
  const auto error = [&] { return message_of<InputError>([&] { open_matrix_market(folder_.path(), {}); }); };
  EXPECT_THAT(error(), At("", ".mtx", ".mtx.gz", "10x"));
  folder_.write("matrix.mtx", kMatrix);
  EXPECT_THAT(error(),
              AllOf(At("", "screen.gene_list"), HasSubstr("no list beside it names its genes; no list is there")));
  folder_.write("barcodes.tsv", kBarcodes);
  EXPECT_THAT(error(), At("", "barcodes.tsv", "4"));
  folder_.write("genes.tsv", kGenes);
  folder_.write("features.tsv", kFeatures);
  EXPECT_THAT(error(), At("", "2", "features.tsv", "genes.tsv"));
  EXPECT_THAT(message_of<IoError>([&] { open_matrix_market(folder_.file("matrix.mt"), {}); }), At("matrix.mt", ".mtx"));
  EXPECT_THAT(message_of<ConfigError>([&] { open_matrix_market(folder_.path(), {"raw", "", false}); }), At("", "raw"));
}

TEST_F(MatrixMarket, ThePlainFileOfTwo) {
  write();
  folder_.write("matrix.mtx.gz", "damaged");
  expect_small_screen(open_matrix_market(folder_.path(), {}));
}

TEST_F(MatrixMarket, OnlyGeneExpressionOfSeveralTypes) {
  write();
  std::filesystem::remove(folder_.file("genes.tsv"));
  folder_.write("features.tsv",
                "ENSG1\tKLF1\tGene Expression\ng1\tguide\tCRISPR Guide Capture\nENSG3\tTP53\tGene Expression\n");
  Messages messages;
  CellSource source = open_cells(folder_.path(), {});
  EXPECT_THAT(messages.take(),
              HasSubstr(": 2 Gene Expression, 1 CRISPR Guide Capture: only Gene Expression is read as genes"));
  EXPECT_THAT(source.var.index, ElementsAre("ENSG1", "ENSG3"));
  EXPECT_THAT(column_as_strings(*source.var.find("gene_symbols")), ElementsAre("KLF1", "TP53"));
  EXPECT_EQ(dense(source), (Rows{{7, 1}, {0, 0}, {0, 0}, {4, 2}}));
  ASSERT_EQ(source.others.size(), 1u);
  EXPECT_EQ(source.others[0].type, "CRISPR Guide Capture");
  EXPECT_THAT(source.others[0].ids, ElementsAre("g1"));
  EXPECT_THAT(source.others[0].names, ElementsAre("guide"));
  EXPECT_THAT(source.others[0].counts().values, ElementsAre(300));
  folder_.write("features.tsv", "a\tA\tPeaks\nb\tB\tCustom\nc\tC\tCustom\n");
  EXPECT_THAT(message_of<InputError>([&] { open_cells(folder_.path(), {}); }), At("", "1", "2"));
  folder_.write("features.tsv", "a\tA\tCustom\nb\tB\tCustom\nc\tC\tCustom\n");
  CellSource custom = open_cells(folder_.path(), {});
  EXPECT_EQ(dense(custom), kExpected);
}

TEST_F(MatrixMarket, IdsWithoutSymbols) {
  write(kMatrix, kBarcodes, "\"ENSG1\"\nENSG2\r\nENSG3\n\n");
  CellSource source = open_matrix_market(folder_.path(), {});
  EXPECT_THAT(source.var.index, ElementsAre("ENSG1", "ENSG2", "ENSG3"));
  EXPECT_THAT(source.var.columns, IsEmpty());
}

TEST_F(MatrixMarket, NumbersAndSpaces) {
  const std::string real = "%%matrixmarket MATRIX coordinate real General\n\n% x\n 3\t4  6 \r\n";
  EXPECT_EQ(rows_of(real + "1 1 0.5\r\n\n 2 1 -1e2 \n3\t1\t1e-60\n1 2 0\n2 2 .25\n 3 4 1E1"),
            (Rows{{0.5, -100, 0}, {0, 0.25, 0}, {0, 0, 0}, {0, 0, 10}}));
  EXPECT_EQ(rows_of("%%MatrixMarket matrix coordinate pattern general\n3 4 2\n2 3\n1 4\n"),
            (Rows{{0, 0, 0}, {0, 0, 0}, {0, 1, 0}, {1, 0, 0}}));
  EXPECT_EQ(rows_of(kBanner + "3 4 0\n"), Rows(4, {0, 0, 0}));
}

TEST_F(MatrixMarket, CellsInRows) {
  EXPECT_EQ(rows_of(kBanner + "4 3 5\n1 1 7\n1 3 1\n2 2 300\n4 1 4\n4 3 2\n"), kExpected);
  EXPECT_EQ(rows_of(kBanner + "4 3 5\n1 1 7\n4 1 4\n2 2 300\n1 3 1\n4 3 2\n"), kExpected);
}

TEST_F(MatrixMarket, AsManyGenesAsCells) {
  const std::string square = kBanner + "3 3 2\n1 3 5\n2 1 6\n";
  EXPECT_THAT(error_of(square, "a\nb\nc\n"), At("matrix.mtx line 2", "3 x 3", "genes.tsv", "3", "barcodes.tsv"));
  CellSource source = open_matrix_market(folder_.path(), {"", "", true});
  EXPECT_EQ(dense(source), (Rows{{0, 6, 0}, {0, 0, 0}, {5, 0, 0}}));
}

/// Any order of the entries gives the same matrix: by cell, by gene, and none of both from early or late on.
TEST_F(MatrixMarket, EntriesInAnyOrder) {
  constexpr int kGenesInFile = 30, kCells = 20;
  struct Entry {
    int gene, cell, value;
  };
  std::vector<Entry> entries;
  Rows expected(kCells, std::vector<float>(kGenesInFile));
  for (int cell = 0; cell < kCells; ++cell)
    for (int gene = 0; gene < kGenesInFile; ++gene) {
      if ((cell * 7 + gene * 3) % 5 > 1 || cell == 4 || gene == 0) continue;
      const int value = gene % 11 == 5 ? 0 : 1 + cell * gene;
      entries.push_back({gene, cell, value});
      expected[static_cast<std::size_t>(cell)][static_cast<std::size_t>(gene)] = static_cast<float>(value);
    }
  std::string barcodes, genes;
  for (int cell = 0; cell < kCells; ++cell) barcodes += fmt::format("c{}\n", cell);
  for (int gene = 0; gene < kGenesInFile; ++gene) genes += fmt::format("g{}\n", gene);
  const auto check = [&](const std::string& what) {
    std::string text = kBanner + fmt::format("{} {} {}\n", kGenesInFile, kCells, entries.size());
    for (const auto& entry : entries) text += fmt::format("{} {} {}\n", entry.gene + 1, entry.cell + 1, entry.value);
    write(text, barcodes, genes);
    CellSource source = open_matrix_market(folder_.path(), {});
    EXPECT_EQ(dense(source), expected) << what;
  };
  check("by cell");
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.gene < b.gene; });
  check("by gene");
  std::swap(entries.back(), entries[entries.size() - 30]);
  check("by gene but for the end");
  for (int repeat = 0; repeat < 5; ++repeat) {
    Random random(1, "order", static_cast<std::uint64_t>(repeat));
    for (std::size_t k = entries.size() - 1; k > 0; --k) std::swap(entries[k], entries[random.below(k + 1)]);
    check("shuffled");
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.cell != b.cell ? a.cell < b.cell : (a.gene * 7) % 31 < (b.gene * 7) % 31;
  });
  check("by cell, genes mixed");
  std::swap(entries.back(), entries.front());
  check("by cell but for the ends");
}

TEST_F(MatrixMarket, BadHeaders) {
  EXPECT_THAT(error_of(""), At("matrix.mtx"));
  EXPECT_THAT(error_of("1 2 3\n"), At("matrix.mtx line 1", "1 2 3", "%%MatrixMarket"));
  EXPECT_THAT(error_of("%%MatrixMarket vector coordinate integer general\n"), At("line 1", "vector", "2", "matrix"));
  EXPECT_THAT(error_of("%%MatrixMarket matrix array integer general\n"), At("line 1", "array", "3", "coordinate"));
  EXPECT_THAT(error_of("%%MatrixMarket matrix coordinate complex general\n"),
              At("line 1", "complex", "4", "integer, real, pattern"));
  EXPECT_THAT(error_of("%%MatrixMarket matrix coordinate real symmetric\n"), At("line 1", "symmetric", "5", "general"));
  EXPECT_THAT(error_of("%%MatrixMarket matrix coordinate real\n"), At("line 1", "5"));
  EXPECT_THAT(error_of(kBanner + "%\n"), At("line 2"));
  EXPECT_THAT(error_of(kBanner + "3 4\n"), At("line 2", "2", "3"));
  EXPECT_THAT(error_of(kBanner + "3 4 x\n"), At("line 2", "x"));
  EXPECT_THAT(error_of(kBanner + "3 -4 1\n"), At("line 2", "-4"));
  EXPECT_THAT(error_of(kBanner + "3 99999999999 1\n"), At("line 2", "3 x 99999999999"));
  EXPECT_THAT(error_of(kBanner + "3 99999999999999999999 1\n"), At("", "99999999999999999999"));
  EXPECT_THAT(error_of(kBanner + "3 4 13\n"), At("line 2", "13", "3 x 4"));
}

TEST_F(MatrixMarket, BadEntries) {
  const auto error = [&](const std::string& entries) { return error_of(kBanner + "3 4 2\n1 1 1\n" + entries); };
  EXPECT_THAT(error("0 1 1\n"), At("matrix.mtx line 4", "0", "1 to 3", "1"));
  EXPECT_THAT(error("4 1 1\n"), AllOf(At("line 4", "4"), Not(HasSubstr("counts from"))));
  EXPECT_THAT(error("1 5 1\n"), At("line 4", "5", "1 to 4"));
  EXPECT_THAT(error("-1 1 1\n"), At("line 4", "-1"));
  EXPECT_THAT(error("1.5 1 1\n"), At("line 4", "1.5", "1 to 3"));
  EXPECT_THAT(error("1 x 1\n"), At("line 4", "x"));
  EXPECT_THAT(error("1 2 1.5\n"), At("line 4", "1.5"));
  EXPECT_THAT(error("1 2 99999999999999999999\n"), At("line 4", "99999999999999999999"));
  EXPECT_THAT(error("1 2\n"), At("line 4", "2", "1 2"));
  EXPECT_THAT(error("1 2 3 4\n"), At("line 4", "4", "1 2 3 4"));
  EXPECT_THAT(error("\n1 2 " + std::string(1'000'000, '9')), AllOf(At("line 5"), HasSubstr("'999")));
  EXPECT_THAT(error("2 1 1\n3 1 1\n"), At("line 5", "3", "2"));
  EXPECT_THAT(error(""), At("line 3", "1", "2"));
  const auto real = [&](const std::string& value) {
    return error_of("%%MatrixMarket matrix coordinate real general\n3 4 1\n1 1 " + value + "\n");
  };
  for (const char* value : {"nan", "inf", "-inf", "1e99", "1e999", "x"})
    EXPECT_THAT(real(value), HasSubstr(fmt::format("line 3: '{}' is no finite number", value)));
  EXPECT_THAT(error_of("%%MatrixMarket matrix coordinate real general\n3 4 1\n1 1.5\n"), At("line 3", "2", "1 1.5"));
  EXPECT_THAT(error_of("%%MatrixMarket matrix coordinate pattern general\n3 4 1\n1 1 1\n"), At("line 3", "3", "1 1 1"));
}

TEST_F(MatrixMarket, RepeatedEntriesNameBothLines) {
  const std::string sizes = kBanner + "3 4 4\n\n";
  const auto message = [](int row, int column, int first, int second) {
    return HasSubstr(fmt::format("matrix.mtx line {}: the entry of row {} and column {} stands in line {} already",
                                 second, row, column, first));
  };
  EXPECT_THAT(error_of(sizes + "1 1 1\n2 1 1\n1 1 5\n3 2 1\n"), message(1, 1, 4, 6));  // by cell
  EXPECT_THAT(error_of(sizes + "1 1 1\n1 4 1\n2 1 5\n2 1 1\n"), message(2, 1, 6, 7));  // by gene
  EXPECT_THAT(error_of(sizes + "1 1 1\n1 1 1\n1 4 1\n2 1 5\n"), message(1, 1, 4, 5));  // by gene, before that was seen
  EXPECT_THAT(error_of(sizes + "1 1 1\n1 4 1\n1 1 1\n2 1 5\n"), message(1, 1, 4, 6));  // by gene, on both sides of it
  EXPECT_THAT(error_of(sizes + "3 4 1\n1 1 1\n2 2 5\n3 4 1\n"), message(3, 4, 4, 7));  // in no order
  EXPECT_THAT(error_of(sizes + "1 1 0\n2 1 0\n2 1 5\n3 1 1\n"), message(2, 1, 5, 6));  // zeros count
}

TEST_F(MatrixMarket, ListsThatDoNotFit) {
  EXPECT_THAT(error_of(kMatrix, "a\nb\n"),
              AllOf(At("matrix.mtx line 3", "3 x 4", "3 x 2", "genes.tsv", "3", "barcodes.tsv", "2"), HasHint()));
  EXPECT_THAT(error_of(kMatrix, "cell\n" + kBarcodes), HasSubstr("has the list a title line?"));
  EXPECT_THAT(error_of(kMatrix, ""), At("barcodes.tsv"));
  EXPECT_THAT(error_of(kMatrix, kBarcodes, "\n"), At("genes.tsv"));
  EXPECT_THAT(error_of(kMatrix, "a\n\tb\n"), At("barcodes.tsv line 2", "1"));
  EXPECT_THAT(error_of(kMatrix, kBarcodes, "a\tA\n\tB\n"), At("genes.tsv line 2", "1"));
  EXPECT_THAT(error_of(kMatrix, kBarcodes, "a\tA\nb\n"), At("genes.tsv line 2", "1", "2"));
}

}  // namespace
}  // namespace gracevae::impl
