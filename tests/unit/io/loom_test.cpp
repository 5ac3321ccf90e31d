#include "io/loom.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Names = std::vector<std::string>;
using Rows = std::vector<std::vector<float>>;

class Loom : public ::testing::Test {
 protected:
  /// 2 genes x 3 cells and what `more` adds.
  template <class More>
  std::filesystem::path made(const More& more, const std::vector<double>& values = {1, 0, 3, 0, 5, 6}) const {
    hdf5::File file = hdf5::File::create(folder_.file("s.loom"));
    file.write_doubles("/matrix", values, {2, 3});
    file.make_group("/row_attrs");
    file.make_group("/col_attrs");
    more(file);
    file.close();
    return folder_.file("s.loom");
  }
  TemporaryFolder folder_;
};

TEST_F(Loom, ListsBecomeColumns) {
  const auto path = made([](hdf5::File& file) {
    file.write_strings("/row_attrs/Gene", Names{"KLF1", "TP53"});
    file.write_strings("/row_attrs/Accession", Names{"ENSG1", "ENSG2"});
    file.write_strings("/col_attrs/CellID", Names{"a", "b", "c"});
    file.write_strings("/col_attrs/condition", Names{"NT", "KLF1", "NT"});
    file.write_integers("/col_attrs/n", std::vector<std::int64_t>{1, 2, 3});
    file.write_doubles("/col_attrs/embedding", std::vector<double>(6), {3, 2});
    file.write_doubles("/layers/spliced", std::vector<double>{9, 0, 0, 0, 0, 8}, {2, 3});
  });
  CellSource source = open_cells(path, {});
  EXPECT_EQ(source.format, "loom");
  EXPECT_THAT(source.matrices, ElementsAre("X", "layers/spliced"));
  EXPECT_THAT(source.var.index, ElementsAre("ENSG1", "ENSG2"));
  EXPECT_THAT(source.var.names(), ElementsAre("gene_symbols"));
  EXPECT_THAT(source.obs.index, ElementsAre("a", "b", "c"));
  EXPECT_THAT(source.obs.names(), ElementsAre("condition", "n"));
  EXPECT_EQ(dense_of(source), (Rows{{1, 0}, {0, 5}, {3, 6}}));
  CellSource layer = open_cells(path, matrix_option("layers/spliced"));
  EXPECT_EQ(dense_of(layer), (Rows{{9, 0}, {0, 0}, {0, 8}}));
  EXPECT_THAT(message_of<ConfigError>([&] { open_cells(path, matrix_option("raw")); }),
              At("", "raw", "layers/spliced"));
}

TEST_F(Loom, NamesAsScanpyWritesThemAndNone) {
  const auto path = made([](hdf5::File& file) { file.write_strings("/row_attrs/var_names", Names{"KLF1", "TP53"}); });
  Messages messages;
  const CellSource source = open_cells(path, {});
  EXPECT_THAT(messages.take(), HasSubstr("has no CellID: the cells are named 1 to 3"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "TP53"));
  EXPECT_THAT(source.obs.index, ElementsAre("1", "2", "3"));
}

TEST_F(Loom, Faults) {
  const auto error = [&](const std::filesystem::path& path) {
    return message_of<InputError>([&] {
      CellSource source = open_cells(path, {});
      read_all_rows(source);
    });
  };
  EXPECT_THAT(error(made([](hdf5::File& file) {
                file.write_strings("/row_attrs/name", Names{"A", "B"});
              })),
              AllOf(At("/row_attrs", "var_names"), HasHint()));
  EXPECT_THAT(error(made([](hdf5::File& file) { file.write_strings("/row_attrs/Gene", Names{"A"}); })),
              At("/row_attrs/Gene", "1", "2 as /matrix"));
  EXPECT_THAT(error(made(
                  [](hdf5::File& file) {
                    file.write_strings("/row_attrs/Gene", Names{"A", "B"});
                  },
                  {1, 2, 3, 4, std::numeric_limits<double>::quiet_NaN(), 6})),
              At("/matrix", "2"));
}

/// More cells than a block has, in chunks that do not divide them: any range is that of the whole.
TEST_F(Loom, BlocksOfAWideMatrix) {
  constexpr std::int64_t n_genes = 3000, n_cells = 6001;
  hdf5::File file = hdf5::File::create(folder_.file("wide.loom"));
  std::vector<float> row(n_cells);
  Names genes, cells;
  for (std::int64_t j = 0; j < n_genes; ++j) {
    for (std::int64_t i = 0; i < n_cells; ++i)
      row[static_cast<std::size_t>(i)] = (i + j) % 97 == 0 ? static_cast<float>(1 + (i * 7 + j) % 1000) : 0;
    file.append_float_rows("/matrix", row, n_cells);
    genes.push_back(std::to_string(j));
  }
  for (std::int64_t i = 0; i < n_cells; ++i) cells.push_back("c" + std::to_string(i));
  file.write_strings("/row_attrs/Gene", genes);
  file.write_strings("/col_attrs/CellID", cells);
  file.close();
  CellSource source = open_cells(folder_.file("wide.loom"), {});
  std::int64_t n_wrong = 0;
  for (const std::int64_t first : {0, 2795, 5990}) {
    const CsrMatrix<float> x = source.rows->rows(first, 11);
    for (std::int64_t i = 0; i < 11; ++i) {
      std::vector<float> values(n_genes);
      x.copy_row(i, std::span<float>(values));
      for (std::int64_t j = 0; j < n_genes; ++j) {
        const std::int64_t cell = first + i;
        const float expected = (cell + j) % 97 == 0 ? static_cast<float>(1 + (cell * 7 + j) % 1000) : 0;
        n_wrong += values[static_cast<std::size_t>(j)] == expected ? 0 : 1;
      }
    }
  }
  EXPECT_EQ(n_wrong, 0);
}

}  // namespace
}  // namespace gracevae::impl
