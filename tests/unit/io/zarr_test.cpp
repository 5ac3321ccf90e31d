#include "io/zarr.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "zarr_store.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Rows = std::vector<std::vector<float>>;

class Zarr : public ::testing::Test {
 protected:
  void SetUp() override { write_store(folder_, "s.zarr"); }
  CellSource open() const { return open_cells(folder_.file("s.zarr"), {}); }
  Thrown error() const {
    return message_of<InputError>([&] {
      CellSource source = open();
      read_all_rows(source);
    });
  }
  /// The message with this file in place of the good one, which comes back.
  Thrown error_with(const std::string& file, const std::string& text) const {
    const std::string good = bytes_of(folder_.file("s.zarr/" + file));
    folder_.write("s.zarr/" + file, text);
    Thrown message = error();
    folder_.write("s.zarr/" + file, good);
    return message;
  }
  TemporaryFolder folder_;
};

TEST_F(Zarr, AStoreIsReadAsAnH5adIs) {
  Messages messages;
  CellSource source = open();
  EXPECT_THAT(messages.take(), HasSubstr("s.zarr: is copied into"));
  EXPECT_EQ(source.path, folder_.file("s.zarr").string());
  EXPECT_EQ(source.format, "zarr, AnnData 0.8 or later");
  EXPECT_EQ(source.encoding, "csr_matrix");
  EXPECT_THAT(source.obs.index, ElementsAre("c1", "c2", "c3"));
  EXPECT_THAT(column_as_strings(*source.obs.find("condition")), ElementsAre("NT", "A", ""));
  EXPECT_THAT(std::get<std::vector<double>>(*source.obs.find("n")), ElementsAre(0.1, 2, 3));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "\xC2\xB5x"));
  EXPECT_EQ(dense_of(source), (Rows{{5, 0}, {0, 0}, {1, 7}}));
}

/// Dense values in chunks that do not divide the matrix, one of them absent, under nested names.
TEST_F(Zarr, DenseChunks) {
  std::filesystem::remove_all(folder_.file("s.zarr/X"));
  folder_.write("s.zarr/X/.zarray", zarray("3, 2", "2, 1", "<i2",
                                           "\"compressor\": null, \"filters\": null, \"dimension_separator\": \"/\""));
  folder_.write("s.zarr/X/0/0", bytes_of_values(std::vector<std::int16_t>{5, 0}));
  folder_.write("s.zarr/X/1/0", bytes_of_values(std::vector<std::int16_t>{1, 99}));
  folder_.write("s.zarr/X/1/1", bytes_of_values(std::vector<std::int16_t>{7, 99}));
  CellSource source = open();
  EXPECT_EQ(source.encoding, "array");
  EXPECT_EQ(dense_of(source), (Rows{{5, 0}, {0, 0}, {1, 7}}));
}

TEST_F(Zarr, Blosc) {
  using Compress =
      int (*)(int, int, std::size_t, std::size_t, const void*, void*, std::size_t, const char*, std::size_t, int);
  void* const library = ::dlopen("libblosc.so.1", RTLD_NOW);
  const std::string meta =
      zarray("3", "400", "<f4", R"("compressor": {"id": "blosc", "cname": "lz4"}, "filters": null)");
  folder_.write("s.zarr/X/data/.zarray", meta);
  if (!library) {
    EXPECT_THAT(error(), At("", "libblosc.so.1", "1"));
    return;
  }
  std::vector<float> values(400);
  values[0] = 5;
  values[1] = 1;
  values[2] = 7;
  std::string packed(2000, '\0');
  const auto compress = reinterpret_cast<Compress>(::dlsym(library, "blosc_compress_ctx"));
  const int n = compress(5, 1, 4, 1600, values.data(), packed.data(), packed.size(), "lz4", 0, 1);
  ASSERT_GT(n, 0);
  packed.resize(static_cast<std::size_t>(n));
  folder_.write("s.zarr/X/data/0", packed);
  CellSource source = open();
  EXPECT_EQ(dense_of(source), (Rows{{5, 0}, {0, 0}, {1, 7}}));
  EXPECT_THAT(error_with("X/data/0", packed.substr(0, packed.size() - 1)), At("X/data/0"));
}

TEST_F(Zarr, WhatIsNotReadIsNamed) {
  EXPECT_THAT(error_with("X/data/.zarray", zarray("3", "3", "<f4", R"("compressor": {"id": "lzma"}, "filters": null)")),
              AllOf(HasSubstr("is compressed with {\"id\":\"lzma\"}, which is not read"),
                    HasSubstr("anndata.read_zarr(\"" + folder_.file("s.zarr").string() +
                              "\").write_h5ad(\"s.h5ad\")")));
  EXPECT_THAT(error_with("X/data/.zarray", zarray("3", "3", ">f4")), At("", ">f4"));
  EXPECT_THAT(error_with("X/data/.zarray", zarray("3", "3", "<c8")), At("", "<c8"));
  EXPECT_THAT(error_with("X/data/.zarray",
                         zarray("3", "3", "<f4", R"("compressor": null, "filters": [{"id": "delta"}])")),
              HasSubstr("the filters [{\"id\":\"delta\"}] are not read"));
  EXPECT_THAT(error_with("X/data/.zarray", "{}"), At("X/data/.zarray", "shape"));
  EXPECT_THAT(error_with("X/data/.zarray", "{"), At("X/data/.zarray", "JSON"));
}

TEST_F(Zarr, Faults) {
  EXPECT_THAT(error_with("X/indices/0", std::string(11, '\0')), At("X/indices/0", "11", "12"));
  EXPECT_THAT(error_with("X/data/0", "no gzip"), At("X/data/0"));
  EXPECT_THAT(error_with("obs/_index/0", vlen_bytes({"a", "b", "c"}).substr(0, 12)),
              HasSubstr("its strings break off"));
  EXPECT_THAT(error_with("X/indices/0", bytes_of_values(std::vector<std::int32_t>{0, 0, 2})),
              At("/X/indices", "2", "0 to 1"));
  EXPECT_THAT(error_with("X/indptr/.zarray", zarray("999999999999", "4", "<i8")), At("", "7999999999992"));
  EXPECT_THAT(error_with("X/indptr/.zarray", zarray("4", "999999999999", "<i8")), HasSubstr("claims chunks of"));
  std::filesystem::remove_all(folder_.file("s.zarr/obs"));
  EXPECT_THAT(error(), At("s.zarr", "/obs", "/var"));
}

}  // namespace
}  // namespace gracevae::impl
