#include "io/tenx_h5.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "io/open_cells.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Names = std::vector<std::string>;
using Rows = std::vector<std::vector<float>>;

/// 3 features x 2 cells by cell: c1 has 5 of f1 and 9 of f3, c2 has 2 of f2. The second cell's row descends as in old
/// files.
void write_matrix(hdf5::File& file, const std::string& group) {
  file.write_strings(group + "/barcodes", Names{"AAAC-1", "AAAG-1"});
  file.write_integers32(group + "/data", std::vector<std::int32_t>{5, 9, 2, 4});
  file.write_integers(group + "/indices", std::vector<std::int64_t>{0, 2, 1, 0});
  file.write_integers(group + "/indptr", std::vector<std::int64_t>{0, 2, 4});
  file.write_integers(group + "/shape", std::vector<std::int64_t>{3, 2});
}

class TenxH5 : public ::testing::Test {
 protected:
  template <class Write>
  std::filesystem::path made(const Write& write) const {
    const auto path = folder_.file(std::to_string(folder_.n_files()) + ".h5");
    hdf5::File file = hdf5::File::create(path);
    write(file);
    file.close();
    return path;
  }
  std::filesystem::path v3() const {
    return made([](hdf5::File& file) {
      write_matrix(file, "/matrix");
      file.write_strings("/matrix/features/id", Names{"ENSG1", "g1", "ENSG2"});
      file.write_strings("/matrix/features/name", Names{"KLF1", "sgKLF1", "TP53"});
      file.write_strings("/matrix/features/feature_type",
                         Names{"Gene Expression", "CRISPR Guide Capture", "Gene Expression"});
      file.write_strings("/matrix/features/genome", Names{"GRCh38", "", "GRCh38"});
      file.write_strings("/matrix/features/_all_tag_keys", Names{"genome"});
    });
  }
  TemporaryFolder folder_;
};

TEST_F(TenxH5, Version3WithGuides) {
  CellSource source = open_cells(v3(), {});
  EXPECT_EQ(source.format, "10x .h5 (v3)");
  EXPECT_EQ(source.matrix, "matrix");
  EXPECT_THAT(source.matrices, IsEmpty());
  EXPECT_THAT(source.obs.index, ElementsAre("AAAC-1", "AAAG-1"));
  EXPECT_THAT(source.var.index, ElementsAre("ENSG1", "ENSG2"));
  EXPECT_THAT(source.var.names(), ElementsAre("gene_symbols", "feature_types", "genome"));
  EXPECT_THAT(column_as_strings(*source.var.find("gene_symbols")), ElementsAre("KLF1", "TP53"));
  EXPECT_EQ(dense_of(source), (Rows{{5, 9}, {4, 0}}));
  ASSERT_EQ(source.others.size(), 1u);
  EXPECT_THAT(source.others[0].names, ElementsAre("sgKLF1"));
  EXPECT_EQ(dense_of(source.others[0].counts()), (Rows{{0}, {2}}));
  const auto other = v3();
  EXPECT_THAT(message_of<ConfigError>([&] { open_cells(other, matrix_option("raw")); }), At("", "raw", "10x", ".h5"));
}

TEST_F(TenxH5, Version2AndGenomes) {
  const auto genome = [](hdf5::File& file, const std::string& name) {
    write_matrix(file, "/" + name);
    file.write_strings("/" + name + "/genes", Names{name + "1", name + "2", name + "3"});
    file.write_strings("/" + name + "/gene_names", Names{"KLF1", "CBL", "TP53"});
  };
  CellSource one = open_cells(made([&](hdf5::File& file) { genome(file, "hg19"); }), {});
  EXPECT_EQ(one.format, "10x .h5 (v2)");
  EXPECT_THAT(one.var.index, ElementsAre("hg191", "hg192", "hg193"));
  EXPECT_EQ(dense_of(one), (Rows{{5, 0, 9}, {4, 2, 0}}));
  const auto two = made([&](hdf5::File& file) {
    genome(file, "hg19");
    genome(file, "mm10");
  });
  EXPECT_THAT(message_of<InputError>([&] { open_cells(two, {}); }), At("", "hg19", "mm10", "screen.matrix"));
  EXPECT_THAT(open_cells(two, matrix_option("mm10")).var.index, ElementsAre("mm101", "mm102", "mm103"));
  EXPECT_THAT(message_of<ConfigError>([&] { open_cells(two, matrix_option("mm9")); }), At("", "mm9", "hg19", "mm10"));
}

TEST_F(TenxH5, WhatDoesNotFit) {
  const auto error = [&](const char* node, auto&& write) {
    std::filesystem::copy_file(v3(), folder_.file("bad.h5"), std::filesystem::copy_options::overwrite_existing);
    hdf5::File file = hdf5::File::extend(folder_.file("bad.h5"), "bad.h5");
    file.remove(node);
    write(file);
    file.close();
    return message_of<InputError>([&] {
      CellSource source = open_cells(folder_.file("bad.h5"), {});
      read_all_rows(source);
    });
  };
  using Integers = std::vector<std::int64_t>;
  EXPECT_THAT(error("/matrix/barcodes", [](auto& file) { file.write_strings("/matrix/barcodes", Names{"a"}); }),
              At("bad.h5 /matrix/barcodes", "1", "2 as shape says"));
  EXPECT_THAT(error("/matrix/shape", [](auto& file) { file.write_integers("/matrix/shape", Integers{3}); }),
              At("/matrix/shape", "3"));
  EXPECT_THAT(error("/matrix/indices",
                    [](auto& file) {
                      file.write_integers("/matrix/indices", Integers{0, 3, 1, 0});
                    }),
              At("/matrix/indices", "3", "1", "0 to 2"));
  EXPECT_THAT(error("/matrix/indices",
                    [](auto& file) {
                      file.write_integers("/matrix/indices", Integers{2, 2, 1, 0});
                    }),
              At("/matrix", "AAAC-1", "1", "ENSG2"));
}

}  // namespace
}  // namespace gracevae::impl
