#include "io/pack_writer.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/packed_rows.hpp"
#include "unit/io/test_folder.hpp"

namespace gracevae::impl {
namespace {

using testing::ElementsAre;

const std::string kSomeKey(32, 'k');

/// Rows of four columns; row 1 is empty.
CsrMatrix<float> four_rows() {
  CsrMatrix<float> x;
  x.n_rows = 4;
  x.n_cols = 4;
  x.indptr = {0, 2, 2, 3, 5};
  x.indices = {0, 3, 1, 2, 3};
  x.values = {1, -2.5, 3, 4, 0.5};
  return x;
}

class PackWriterTest : public testing::Test {
 protected:
  std::size_t n_files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "rows.gvpack";
};

TEST_F(PackWriterTest, BlocksGiveTheBytesOfAWholePack) {
  const CsrMatrix<float> x = four_rows();
  const std::vector<std::int64_t> order{0, 1, 2, 3};
  const std::filesystem::path whole = folder_.path() / "whole.gvpack";
  PackedRows::write(whole, *rows_in_memory(x), {order, order, kSomeKey});
  PackWriter writer(path_, 4, 4);
  for (const auto& [first, end] : {std::pair<std::int64_t, std::int64_t>{0, 1}, {1, 1}, {1, 4}}) {
    CsrMatrix<float> block;
    block.n_cols = 4;
    append_rows(x, first, end, block);
    writer.append(block);
  }
  EXPECT_FALSE(std::filesystem::exists(path_)) << "appears when it is whole";
  writer.finish(kSomeKey);
  EXPECT_EQ(read_text(path_), read_text(whole));
  const PackParts parts = pack_parts(path_);
  EXPECT_EQ(parts.n_rows, 4);
  EXPECT_EQ(parts.n_cols, 4);
  EXPECT_EQ(parts.n_stored, 5);
  const std::string bytes = read_text(path_);
  const auto* values = reinterpret_cast<const float*>(bytes.data() + parts.values);
  EXPECT_THAT(std::vector<float>(values, values + 5), ElementsAre(1, -2.5, 3, 4, 0.5));
  const auto* indices = reinterpret_cast<const std::int32_t*>(bytes.data() + parts.indices);
  EXPECT_THAT(std::vector<std::int32_t>(indices, indices + 5), ElementsAre(0, 3, 1, 2, 3));
}

TEST_F(PackWriterTest, APackWithoutRows) {
  PackWriter(path_, 0, 3).finish(kSomeKey);
  EXPECT_EQ(PackedRows::open(path_, kSomeKey)->rows().n_rows, 0);
}

TEST_F(PackWriterTest, NothingIsLeftOfOneThatWasNotFinished) {
  {
    PackWriter writer(path_, 4, 4);
    writer.append(four_rows());
    EXPECT_EQ(n_files(), 1U) << "values wait in a file without a name";
  }
  EXPECT_EQ(n_files(), 0U);
}

TEST_F(PackWriterTest, PartsOfADamagedFileAreRefused) {
  PackWriter writer(path_, 4, 4);
  writer.append(four_rows());
  writer.finish(kSomeKey);
  const std::string whole = read_text(path_);
  write_text(path_, whole.substr(0, whole.size() - 1));
  EXPECT_THROW(pack_parts(path_), InputError);
  std::string damaged = whole;
  damaged[12] ^= 1;
  write_text(path_, damaged);
  EXPECT_THROW(pack_parts(path_), InputError);
  write_text(path_, whole.substr(0, 100));
  EXPECT_THROW(pack_parts(path_), InputError);
  EXPECT_THROW(pack_parts(folder_.path() / "none"), IoError);
}

}  // namespace
}  // namespace gracevae::impl
