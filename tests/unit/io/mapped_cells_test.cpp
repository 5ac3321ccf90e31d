#include "io/mapped_cells.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "base/error.hpp"
#include "io/log1p_base.hpp"
#include "io/open_cells.hpp"
#include "unit/io/test_folder.hpp"

namespace gracevae::impl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Three rows of two columns; row 1 is empty.
CsrMatrix<float> three_rows() {
  CsrMatrix<float> x;
  x.n_rows = 3;
  x.n_cols = 2;
  x.indptr = {0, 2, 2, 3};
  x.indices = {0, 1, 1};
  x.values = {1, 2, 3};
  return x;
}

class MappedCellsTest : public testing::Test {
 protected:
  void write(std::vector<std::string> cells = {"a", "b", "c"}) const {
    DataFrame obs, var;
    obs.index = std::move(cells);
    obs.add("condition", Categorical{{0, -1, 1}, {"control", "G1"}, false});
    obs.add("n", std::vector<std::int64_t>{3, 4, 5});
    var.index = {"G1", "G2"};
    const auto rows = rows_in_memory(three_rows());
    write_mapped_cells(path_, *rows, std::move(obs), std::move(var));
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "screen.cells";
};

TEST_F(MappedCellsTest, IsReadAsItWasWritten) {
  write();
  ASSERT_TRUE(is_mapped_cells(path_));
  const CellSource source = open_cells(path_, {});
  EXPECT_THAT(source.obs.index, ElementsAre("a", "b", "c"));
  EXPECT_THAT(source.var.index, ElementsAre("G1", "G2"));
  EXPECT_THAT(column_as_strings(*source.obs.find("condition")), ElementsAre("control", "", "G1"));
  EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(*source.obs.find("n")));
  const CsrMatrix<float> block = source.rows->rows(1, 2);
  EXPECT_THAT(block.indptr, ElementsAre(0, 0, 1));
  EXPECT_THAT(block.values, ElementsAre(3));
  EXPECT_THAT(source.rows->row_sizes(), ElementsAre(2, 0, 1));
}

TEST_F(MappedCellsTest, ValuesAreTheMapping) {
  write();
  const CellSource source = open_mapped_cells(path_);
  const auto pack = mapped_rows(*source.rows);
  ASSERT_TRUE(pack);
  EXPECT_THAT(pack->rows().row_values(0), ElementsAre(1, 2));
  EXPECT_FALSE(mapped_rows(*rows_in_memory(three_rows())));
}

TEST_F(MappedCellsTest, NamesOfAnotherScreenAreRefused) {
  write();
  const std::filesystem::path other = folder_.path() / "other.cells", own = path_;
  path_ = other;
  write({"a", "b", "d"});
  std::filesystem::copy_file(other / "names.h5", own / "names.h5", std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(message_of<InputError>([&] { open_mapped_cells(own); }), HasSubstr("made from another screen"));
}

TEST_F(MappedCellsTest, NothingIsLeftOfWhatFails) {
  EXPECT_THAT(message_of<InputError>([&] { write({"a", "b"}); }), At("", "2"));
  EXPECT_FALSE(std::filesystem::exists(path_));
  std::filesystem::create_directory(path_);
  EXPECT_THAT(message_of<IoError>([&] { write(); }), HasSubstr("exists already"));
}

TEST_F(MappedCellsTest, BlocksWithTheRestOfAnAnnData) {
  AnnData rest;
  rest.obs.index = {"a", "b", "c"};
  rest.var.index = {"G1", "G2"};
  rest.obsm["u"] = Matrix<float>(3, 2, 0.5F);
  rest.uns["what"] = std::string("cells");
  MappedCellsWriter writer(path_, 3, 2);
  writer.append(three_rows());
  EXPECT_FALSE(is_mapped_cells(path_));
  EXPECT_THAT(message_of<IoError>([&] { MappedCellsWriter(path_, 3, 2); }), HasSubstr("exists already"));
  writer.finish(std::move(rest));
  const AnnData found = read_anndata(annotation_file(path_));
  EXPECT_EQ(found.obsm.at("u").values, Matrix<float>(3, 2, 0.5F).values);
  EXPECT_EQ(std::get<std::string>(found.uns.at("what")), "cells");
  EXPECT_EQ(open_mapped_cells(path_).rows->rows(0, 3).values, three_rows().values);
  EXPECT_EQ(annotation_file("cells.h5ad"), "cells.h5ad");
}

TEST_F(MappedCellsTest, SaysWhichLogarithmWasTaken) {
  write();
  EXPECT_FALSE(log1p_base_of(path_, {}));
  DataFrame obs, var;
  obs.index = {"a", "b", "c"};
  var.index = {"G1", "G2"};
  write_mapped_cells(folder_.path() / "noted.cells", *rows_in_memory(three_rows()), obs, var, {{"log1p/base", 2.0}});
  EXPECT_EQ(log1p_base_of(folder_.path() / "noted.cells", {}), 2.0);
}

TEST_F(MappedCellsTest, NothingIsLeftOfAFolderThatWasNotFinished) {
  {
    MappedCellsWriter writer(path_, 3, 2);
    writer.append(three_rows());
    AnnData two;
    two.obs.index = {"a", "b"};
    two.var.index = {"G1", "G2"};
    EXPECT_THROW(writer.finish(std::move(two)), InputError);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace gracevae::impl
