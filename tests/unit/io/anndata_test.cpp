#include "io/anndata.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "io/cell_source.hpp"
#include "io/hdf5.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using hdf5::File;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Three cells, four genes:  . 1 . 2 /  . . . . /  3 . 4 5
AnnData example() {
  AnnData data;
  data.x.n_rows = 3;
  data.x.n_cols = 4;
  data.x.indptr = {0, 2, 2, 5};
  data.x.indices = {1, 3, 0, 2, 3};
  data.x.values = {1, 2, 3, 4, 5};
  data.obs.index = {"c1", "c2", "c3"};
  data.obs.add("condition", Categorical{{0, -1, 1}, {"control", "A+B"}, false});
  data.obs.add("depth", std::vector<double>{1.5, 2, std::nan("")});
  data.obs.add("count", std::vector<std::int64_t>{1, 2, 3});
  data.obs.add("kept", std::vector<bool>{true, false, true});
  data.var.index = {"g1", "g2", "g3", "g4"};
  data.var.add("symbol", std::vector<std::string>{"S1", "", "S3", "S4"});
  return data;
}

/// The parts of a .h5ad that a test may want other than right.
struct Parts {
  std::string encoding = "csr_matrix";
  std::vector<std::int64_t> shape{3, 4};
  std::vector<float> data{1, 2, 3, 4, 5};
  std::vector<std::int64_t> indices{1, 3, 0, 2, 3}, indptr{0, 2, 2, 5};
  std::vector<std::string> cells{"c1", "c2", "c3"}, genes{"g1", "g2", "g3", "g4"};
};

/// Writes a .h5ad by hand; `more` adds to it.
template <class More>
std::filesystem::path write_parts(const TemporaryFolder& folder, const Parts& parts, More&& more) {
  File file = File::create(folder.file("screen.h5ad"));
  if (!parts.encoding.empty()) {
    file.make_group("/X");
    file.write_attribute("/X", "encoding-type", parts.encoding);
    file.write_attribute("/X", "shape", std::span<const std::int64_t>(parts.shape));
    file.write_floats("/X/data", parts.data);
    file.write_integers("/X/indices", parts.indices);
    file.write_integers("/X/indptr", parts.indptr);
  }
  for (const auto& [group, names] : {std::pair("/obs", parts.cells), std::pair("/var", parts.genes)}) {
    file.make_group(group);
    file.write_attribute(group, "_index", std::string("names"));
    file.write_strings(std::string(group) + "/names", names);
  }
  more(file);
  file.close();
  return folder.file("screen.h5ad");
}

std::filesystem::path write_parts(const TemporaryFolder& folder, const Parts& parts) {
  return write_parts(folder, parts, [](File&) {});
}

Thrown error_of(const Parts& parts) {
  const TemporaryFolder folder;
  const auto path = write_parts(folder, parts);
  return message_of<InputError>([&] { read_anndata(path); });
}

template <class More>
Thrown error_with(More&& more, const Parts& parts = {}) {
  const TemporaryFolder folder;
  const auto path = write_parts(folder, parts, more);
  return message_of<InputError>([&] { read_anndata(path); });
}

void expect_example_x(const CsrMatrix<float>& x) {
  EXPECT_EQ(x.n_rows, 3);
  EXPECT_EQ(x.n_cols, 4);
  EXPECT_THAT(x.indptr, ElementsAre(0, 2, 2, 5));
  EXPECT_THAT(x.indices, ElementsAre(1, 3, 0, 2, 3));
  EXPECT_THAT(x.values, ElementsAre(1, 2, 3, 4, 5));
}

TEST(Anndata, SparseAndDenseSurviveWritingAndReading) {
  for (const bool dense : {false, true}) {
    const TemporaryFolder folder;
    AnnData data = example();
    data.obsm["z"] = Matrix<float>(3, 2, 0.5f);
    data.uns["text"] = std::string("hello");
    data.uns["rate"] = 0.1;
    data.uns["seed"] = std::int64_t{7};
    data.uns["words"] = std::vector<std::string>{"a", "b"};
    data.uns["graph"] = Matrix<double>(1, 2, 3.0);
    write_anndata(folder.file("a.h5ad"), data, dense);
    const AnnData read = read_anndata(folder.file("a.h5ad"));
    expect_example_x(read.x);
    EXPECT_EQ(read.x_was_dense, dense);
    EXPECT_EQ(read.encoding, dense ? "array" : "csr_matrix");
    EXPECT_EQ(read.obs.index, data.obs.index);
    EXPECT_THAT(read.obs.names(), ElementsAre("condition", "depth", "count", "kept"));
    EXPECT_THAT(column_as_strings(*read.obs.find("condition")), ElementsAre("control", "", "A+B"));
    EXPECT_THAT(column_as_strings(*read.obs.find("depth")), ElementsAre("1.5", "2", ""));
    EXPECT_THAT(column_as_strings(*read.obs.find("count")), ElementsAre("1", "2", "3"));
    EXPECT_THAT(column_as_strings(*read.obs.find("kept")), ElementsAre("True", "False", "True"));
    EXPECT_THAT(column_as_strings(*read.var.find("symbol")), ElementsAre("S1", "", "S3", "S4"));
    EXPECT_EQ(read.obs.find("absent"), nullptr);
    EXPECT_EQ(read.obsm.at("z").values, data.obsm.at("z").values);
    EXPECT_EQ(std::get<std::string>(read.uns.at("text")), "hello");
    EXPECT_EQ(std::get<double>(read.uns.at("rate")), 0.1);
    EXPECT_EQ(std::get<std::int64_t>(read.uns.at("seed")), 7);
    EXPECT_THAT(std::get<std::vector<std::string>>(read.uns.at("words")), ElementsAre("a", "b"));
    EXPECT_THAT(std::get<Matrix<double>>(read.uns.at("graph")).values, ElementsAre(3, 3));
    EXPECT_EQ(folder.n_files(), 1u);  // no temporary file is left
  }
}

TEST(Anndata, NumbersAsTheirShortestText) {
  EXPECT_THAT(column_as_strings(std::vector<double>{3, 0.5, 0.1, 1e20, std::nan("")}),
              ElementsAre("3", "0.5", "0.1", "1e+20", ""));
}

TEST(Anndata, OnlyNamesWhenXIsNotWanted) {
  const TemporaryFolder folder;
  AnnData data = example();
  data.obsm["z"] = Matrix<float>(3, 2, 0.5f);
  write_anndata(folder.file("a.h5ad"), data);
  const AnnData read = read_anndata(folder.file("a.h5ad"), {.read_x = false, .read_obsm = false});
  EXPECT_EQ(read.x.n_rows, 3);
  EXPECT_EQ(read.x.n_cols, 4);
  EXPECT_THAT(read.x.indptr, ElementsAre(0, 0, 0, 0));
  EXPECT_TRUE(read.obsm.empty());
  Parts parts;
  parts.shape = {3, 5};
  const auto wrong = write_parts(folder, parts);
  EXPECT_THAT(message_of<InputError>([&] { read_anndata(wrong, {.read_x = false}); }), At("/X", "3 x 5", "3 x 4"));
}

TEST(Anndata, ColumnsBecomeRows) {
  const TemporaryFolder folder;
  Parts parts;
  parts.encoding = "csc_matrix";
  parts.data = {3, 1, 4, 2, 5};
  parts.indices = {2, 0, 2, 0, 2};
  parts.indptr = {0, 1, 2, 3, 5};
  expect_example_x(read_anndata(write_parts(folder, parts)).x);
  std::swap(parts.data[3], parts.data[4]);  // a column may hold its rows in any order
  std::swap(parts.indices[3], parts.indices[4]);
  expect_example_x(read_anndata(write_parts(folder, parts)).x);
}

TEST(Anndata, RowsAreSortedWhenNeeded) {
  const TemporaryFolder folder;
  Parts parts;
  parts.indices = {3, 1, 2, 3, 0};
  parts.data = {2, 1, 4, 5, 3};
  expect_example_x(read_anndata(write_parts(folder, parts)).x);
}

TEST(Anndata, WrongIndptrAndIndices) {
  Parts parts;
  parts.indptr = {0, 3, 2, 5};
  EXPECT_THAT(error_of(parts), At("screen.h5ad /X/indptr", "3 to 2", "2", "ascending"));
  parts.indptr = {0, 2, 5};
  EXPECT_THAT(error_of(parts), At("/X/indptr", "3", "4"));
  parts.indptr = {1, 2, 2, 5};
  EXPECT_THAT(error_of(parts), At("/X/indptr", "1 to 5", "0 to 5"));
  parts.indptr = {0, 2, 2, 6};
  EXPECT_THAT(error_of(parts), At("/X/indptr", "0 to 6", "0 to 5"));
  parts = {};
  parts.indices = {1, 3, 0, 2, 4};
  EXPECT_THAT(error_of(parts), At("/X/indices", "4", "0 to 3"));
  parts.indices = {1, 3, -1, 2, 3};
  EXPECT_THAT(error_of(parts), At("/X/indices", "-1", "2", "0 to 3"));
  parts.indices = {1, 3, 0, 2, std::int64_t{1} << 33};
  EXPECT_THAT(error_of(parts), At("/X/indices", "32"));
  parts.indices = {1, 3, 0, 2};
  EXPECT_THAT(error_of(parts), At("", "/X/data", "5", "/X/indices", "4"));
  parts.indices = {1, 3, 3, 0, 3};
  EXPECT_THAT(error_of(parts), At("/X", "c3", "row 3", "g4"));
  parts.encoding = "csc_matrix";  // three rows only, so that 3 is outside
  parts.indptr = {0, 1, 2, 3, 5};
  EXPECT_THAT(error_of(parts), At("/X/indices", "3", "1", "0 to 2"));
}

TEST(Anndata, ValuesThatAreNotFiniteNameCellAndGene) {
  Parts parts;
  parts.data[3] = std::nanf("");
  EXPECT_THAT(error_of(parts), At("/X", "c3", "row 3", "g3", "nan"));
  parts.data[3] = 4;
  parts.data[0] = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(error_of(parts), At("/X", "c1", "row 1", "g2", "-inf"));
  parts.encoding = "";
  EXPECT_THAT(error_with(
                  [](File& file) {
                    std::vector<float> dense(12, 1.0f);
                    dense[6] = std::nanf("");
                    file.write_floats("/X", dense, {3, 4});
                  },
                  parts),
              At("/X", "c2", "row 2", "g3", "nan"));
}

TEST(Anndata, ShapesMustAgree) {
  Parts parts;
  parts.shape = {4, 4};
  EXPECT_THAT(error_of(parts), At("/X", "4 x 4", "3 x 4", "/obs", "/var"));
  parts.shape = {3};
  EXPECT_THAT(error_of(parts), At("/X", "1", "2"));
  parts.encoding = "";
  EXPECT_THAT(error_with(
                  [](File& file) {
                    file.write_floats("/X", std::vector<float>(8), {2, 4});
                  },
                  parts),
              At("/X", "2 x 4", "3 x 4"));
  EXPECT_THAT(error_with([](File& file) { file.write_strings("/X", std::vector<std::string>{"a"}); }, parts),
              At("/X", "1"));
  EXPECT_THAT(error_with([](File& file) {
                file.write_floats("/obsm/z", std::vector<float>(4), {2, 2});
              }),
              At("/obsm/z", "2", "3 as /obs"));
}

TEST(Anndata, AbsentOrUnknownX) {
  Parts parts;
  parts.encoding = "";
  EXPECT_THAT(error_of(parts), At("screen.h5ad /X"));
  const std::string message = error_with(
      [](File& file) {
        file.make_group("/layers/counts");
        file.make_group("/raw/X");
      },
      parts);
  EXPECT_THAT(message, HasSubstr("/X: is absent; there are raw, layers/counts"));
  EXPECT_THAT(message, HasSubstr("option matrix, for example \"raw\""));
  parts.encoding = "coo_matrix";
  EXPECT_THAT(error_of(parts), At("/X", "coo_matrix", "csr_matrix", "csc_matrix"));
}

TEST(Anndata, ColumnsOfEveryEncoding) {
  const TemporaryFolder folder;
  const auto path = write_parts(folder, {}, [](File& file) {
    const std::vector<std::string> order{"batch", "maybe", "yes", "label", "odd", "whole"};
    file.write_attribute("/obs", "column-order", std::span<const std::string>(order));
    file.make_group("/obs/batch");
    file.write_attribute("/obs/batch", "encoding-type", std::string("categorical"));
    file.write_boolean_attribute("/obs/batch", "ordered", true);
    file.write_integers8("/obs/batch/codes", std::vector<std::int8_t>{1, 0, -1});
    file.write_doubles("/obs/batch/categories", std::vector<double>{0.5, 2});  // categories need not be strings
    for (const char* name : {"maybe", "yes", "label", "whole"}) {
      file.make_group(std::string("/obs/") + name);
      file.write_attribute(std::string("/obs/") + name, "encoding-type", std::string("nullable-of-some-kind"));
      file.write_booleans(fmt::format("/obs/{}/mask", name), {false, name != std::string("whole"), false});
    }
    file.write_integers("/obs/maybe/values", std::vector<std::int64_t>{1, 2, 3});
    file.write_booleans("/obs/yes/values", {true, true, false});
    file.write_strings("/obs/label/values", std::vector<std::string>{"a", "b", "c"});
    file.write_integers("/obs/whole/values", std::vector<std::int64_t>{1, 2, 3});
    file.make_group("/obs/odd");
    file.write_attribute("/obs/odd", "encoding-type", std::string("from-the-future"));
    file.write_integers("/obs/unlisted", std::vector<std::int64_t>{1});
  });
  const DataFrame obs = read_anndata(path).obs;
  EXPECT_THAT(obs.names(), ElementsAre("batch", "maybe", "yes", "label", "whole"));  // odd is left out
  EXPECT_THAT(column_as_strings(*obs.find("batch")), ElementsAre("2", "0.5", ""));
  EXPECT_TRUE(std::get<Categorical>(*obs.find("batch")).ordered);
  EXPECT_THAT(column_as_strings(*obs.find("maybe")), ElementsAre("1", "", "3"));
  EXPECT_THAT(column_as_strings(*obs.find("yes")), ElementsAre("True", "", "False"));
  EXPECT_THAT(column_as_strings(*obs.find("label")), ElementsAre("a", "", "c"));
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(*obs.find("whole")),
              ElementsAre(1, 2, 3));  // nothing missing: whole numbers remain
}

TEST(Anndata, RepeatedNamesAreNotAnErrorHere) {
  const TemporaryFolder folder;
  Parts parts;
  parts.genes = {"g", "g", "g", "g"};
  EXPECT_EQ(read_anndata(write_parts(folder, parts)).var.index, parts.genes);
}

TEST(Anndata, MalformedFrames) {
  EXPECT_THAT(error_with([](File& file) {
                const std::vector<std::string> order{"gone"};
                file.write_attribute("/obs", "column-order", std::span<const std::string>(order));
              }),
              At("screen.h5ad /obs/gone"));
  EXPECT_THAT(error_with([](File& file) { file.write_integers("/obs/short", std::vector<std::int64_t>{1}); }),
              At("/obs/short", "1", "3 as the index"));
  const auto with_codes = [](const std::vector<std::int32_t>& codes) {
    return error_with([&](File& file) {
      file.make_group("/obs/label");
      file.write_attribute("/obs/label", "encoding-type", std::string("categorical"));
      file.write_integers32("/obs/label/codes", codes);
      file.write_strings("/obs/label/categories", std::vector<std::string>{"a", "b"});
    });
  };
  EXPECT_THAT(with_codes({0, 1, 2}), At("/obs/label/codes", "3", "2", "−1 to 1"));
  EXPECT_THAT(with_codes({-2, 1, 1}), At("", "1", "-2"));
  EXPECT_THAT(with_codes({0, 1}), At("/obs/label", "2", "3"));
  EXPECT_THAT(error_with([](File& file) {
                file.make_group("/obs/n");
                file.write_attribute("/obs/n", "encoding-type", std::string("nullable-integer"));
                file.write_integers("/obs/n/values", std::vector<std::int64_t>{1, 2, 3});
                file.write_booleans("/obs/n/mask", {true});
              }),
              At("/obs/n", "3", "1"));
  const TemporaryFolder folder;
  File file = File::create(folder.file("a.h5ad"));
  file.make_group("/obs");
  file.make_group("/var");
  file.close();
  EXPECT_THAT(message_of<InputError>([&] { read_anndata(folder.file("a.h5ad")); }),
              At("a.h5ad /obs attribute '_index'"));
}

/// SeuratDisk writes the levels of factors without a reference to them.
TEST(Anndata, CategoriesWithoutAReference) {
  const TemporaryFolder folder;
  const auto condition = [&](const std::vector<std::int64_t>& codes, const std::vector<std::string>& levels) {
    AnnData data;
    data.x.n_rows = 3;
    data.x.n_cols = 1;
    data.x.indptr = {0, 0, 0, 0};
    data.obs.index = {"a", "b", "c"};
    data.obs.add("gene", codes);
    data.obs.add("n", std::vector<std::int64_t>{0, 1, 2});
    data.var.index = {"g"};
    write_anndata(folder.file("a.h5ad"), data);
    File file = File::extend(folder.file("a.h5ad"), "a.h5ad");
    file.write_strings("/obs/__categories/gene", levels);
    file.close();
    const AnnData read = read_anndata(folder.file("a.h5ad"));
    EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(*read.obs.find("n")));
    return column_as_strings(*read.obs.find("gene"));
  };
  EXPECT_THAT(condition({2, 0, -1}, {"A", "B", "NT"}), ElementsAre("NT", "A", ""));
  Messages messages;
  EXPECT_THAT(condition({3, 1, 2}, {"A", "B", "NT"}), ElementsAre("NT", "A", "B"));
  EXPECT_THAT(messages.take(), HasSubstr("counted from 1, as R does"));
  EXPECT_THAT(condition({4, 1, 2}, {"A", "B", "NT"}), ElementsAre("4", "1", "2"));
  EXPECT_THAT(messages.take(), HasSubstr("no codes of the 3 categories"));
}

TEST(Anndata, OtherFormatsAreNamed) {
  const TemporaryFolder folder;
  const auto made = [&](auto&& write) {
    File file = File::create(folder.file("a.h5"));
    write(file);
    file.close();
    return message_of<InputError>([&] { read_anndata(folder.file("a.h5")); });
  };
  EXPECT_THAT(made([](File& file) { file.write_strings("/matrix/barcodes", std::vector<std::string>{"a"}); }),
              HasSubstr("it holds matrix"));
  EXPECT_THAT(made([](File& file) {
                file.make_group("/assays");
                file.write_strings("/cell.names", std::vector<std::string>{"a"});
              }),
              AllOf(HasSubstr("is a SeuratDisk .h5seurat"), HasSubstr("Convert(\"a.h5\", dest = \"h5ad\")")));
  EXPECT_THAT(made([](File& file) { file.write_integers("/barcode_idx", std::vector<std::int64_t>{1}); }),
              HasSubstr("give filtered_feature_bc_matrix.h5"));
  EXPECT_THAT(made([](File& file) { file.make_group("/other"); }),
              HasSubstr("a.h5: has no groups /obs and /var, expected an AnnData .h5ad"));
}

TEST(Anndata, ALargeDenseFileIsReadInBlocks) {
  const TemporaryFolder folder;
  AnnData data;
  data.x.n_rows = 3000;  // some blocks of 32 MiB
  data.x.n_cols = 7000;
  for (std::int64_t i = 0; i < data.x.n_rows; ++i) {
    for (const std::int64_t j : {i, i + 4000}) {
      data.x.indices.push_back(static_cast<std::int32_t>(j));
      data.x.values.push_back(static_cast<float>(i + 1));
    }
    data.x.indptr.push_back(data.x.n_nonzero());
    data.obs.index.push_back(fmt::format("c{}", i));
  }
  for (std::int64_t j = 0; j < data.x.n_cols; ++j) data.var.index.push_back(fmt::format("g{}", j));
  write_anndata(folder.file("a.h5ad"), data, true);
  const AnnData read = read_anndata(folder.file("a.h5ad"));
  EXPECT_TRUE(read.x_was_dense);
  EXPECT_EQ(read.x.indptr, data.x.indptr);
  EXPECT_EQ(read.x.indices, data.x.indices);
  EXPECT_EQ(read.x.values, data.x.values);
}

TEST(AnndataWriter, BlocksGiveTheFileOfTheWhole) {
  const TemporaryFolder folder;
  AnnData data = example();
  data.uns["a/b/c"] = std::int64_t{1};
  const auto rows = rows_in_memory(data.x);
  AnnDataWriter writer;
  writer.start(folder.file("a.h5ad"), data.var);
  writer.append(rows->rows(0, 2));
  writer.append(rows->rows(2, 0));
  writer.append(rows->rows(2, 1));
  EXPECT_FALSE(std::filesystem::exists(folder.file("a.h5ad")));
  writer.finish({.obs = data.obs, .uns = data.uns});
  EXPECT_EQ(folder.n_files(), 1u);
  const AnnData read = read_anndata(folder.file("a.h5ad"));
  expect_example_x(read.x);
  EXPECT_EQ(read.obs.index, data.obs.index);
  EXPECT_THAT(column_as_strings(*read.var.find("symbol")), ElementsAre("S1", "", "S3", "S4"));
  EXPECT_EQ(std::get<std::int64_t>(read.uns.at("a/b/c")), 1);
}

TEST(AnndataWriter, LeavesNothingUnfinished) {
  const TemporaryFolder folder;
  {
    AnnDataWriter writer;
    writer.start(folder.file("a.h5ad"), example().var);
    writer.append(example().x);
    EXPECT_EQ(folder.n_files(), 1u);
    AnnDataWriter other = std::move(writer);
    EXPECT_EQ(other.n_rows(), 3);
  }
  EXPECT_EQ(folder.n_files(), 0u);
  AnnDataWriter writer;
  EXPECT_THAT(message_of<IoError>([&] { writer.start(folder.file("no/folder/a.h5ad"), example().var); }),
              HasSubstr("is not a folder"));
  writer.start(folder.file("empty.h5ad"), example().var);  // no cells at all
  writer.finish({});
  EXPECT_EQ(read_anndata(folder.file("empty.h5ad")).x.n_rows, 0);
}

TEST(AnndataWriter, ObsmGrowsWithTheRows) {
  const TemporaryFolder folder;
  const AnnData data = example();
  AnnDataWriter writer;
  writer.start(folder.file("a.h5ad"), data.var);
  Matrix<float> all(2 * data.x.n_rows, 3);
  for (std::size_t k = 0; k < all.values.size(); ++k) all.values[k] = static_cast<float>(k) / 4;
  for (std::int64_t block = 0; block < 2; ++block) {
    Matrix<float> rows(data.x.n_rows, 3);
    std::copy_n(all.values.begin() + block * 3 * data.x.n_rows, rows.values.size(), rows.values.begin());
    writer.append(data.x);
    writer.append_obsm("u", rows);
  }
  DataFrame obs;
  for (std::int64_t i = 0; i < all.n_rows; ++i) obs.index.push_back("c" + std::to_string(i));
  writer.finish({.obs = obs});
  EXPECT_EQ(read_anndata(folder.file("a.h5ad")).obsm.at("u").values, all.values);
  writer.start(folder.file("b.h5ad"), data.var);
  writer.append(data.x);
  writer.append_obsm("u", Matrix<float>(1, 3));
  EXPECT_DEATH(writer.finish({.obs = data.obs}), "another number than cells");
}

TEST(AnndataWriter, RowsMustFit) {
  const TemporaryFolder folder;
  AnnDataWriter writer;
  EXPECT_DEATH(writer.append(example().x), "start");
  writer.start(folder.file("a.h5ad"), example().var);
  CsrMatrix<float> narrow;
  narrow.n_cols = 3;
  EXPECT_DEATH(writer.append(narrow), "as many genes");
  EXPECT_DEATH(writer.finish({.obs = example().obs}), "as many cell names");
}

TEST(Anndata, RealScreens) {
  const char* chosen = std::getenv("GRACEVAE_DATA");
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  const std::filesystem::path root =
      chosen ? std::filesystem::path(chosen) : std::filesystem::path(source ? source : ".") / "../shared/data";
  const auto norman = root / "norman19_subset/norman19_k562_subset.h5ad",
             chain = root / "chain5_simulation/chain5.h5ad";
  if (!std::filesystem::exists(norman)) GTEST_SKIP() << "no data in " << root << ": set GRACEVAE_DATA";
  const AnnData screen = read_anndata(norman);
  EXPECT_EQ(screen.x.n_rows, 3375);
  EXPECT_EQ(screen.x.n_cols, 500);
  EXPECT_EQ(screen.encoding, "csr_matrix");
  EXPECT_EQ(std::get<Categorical>(*screen.obs.find("condition")).categories.size(), 34u);
  const AnnData simulation = read_anndata(chain);
  EXPECT_EQ(simulation.x.n_rows, 40960);
  EXPECT_EQ(simulation.x.n_cols, 10);
  EXPECT_TRUE(simulation.x_was_dense);
  EXPECT_EQ(std::get<Matrix<double>>(simulation.uns.at("true_latent_graph")).n_rows, 5);
}

}  // namespace
}  // namespace gracevae::impl
