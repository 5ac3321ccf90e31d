#include "io/packed_rows.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <limits>

#include "base/error.hpp"
#include "base/files.hpp"
#include "unit/io/test_folder.hpp"

namespace gracevae::impl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kKey(32, 'k');

/// Five rows of four columns; row 3 is empty.
CsrMatrix<float> five_rows() {
  CsrMatrix<float> x;
  x.n_rows = 5;
  x.n_cols = 4;
  x.indptr = {0, 2, 3, 6, 6, 8};
  x.indices = {0, 3, 1, 0, 1, 2, 2, 3};
  x.values = {1, 2, 3, 4, -5, 6, 0, 7.5F};
  return x;
}

/// Rows 0, 2, 3 and 4 of the five, stored last to first but for one.
class PackedRowsTest : public testing::Test {
 protected:
  void write() const {
    const auto reader = rows_in_memory(five_rows());
    PackedRows::write(file_, *reader, {rows_, order_, kKey});
  }
  void change_byte(std::streamoff at) const {
    std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekg(at);
    const char changed = static_cast<char>(stream.get() ^ 1);
    stream.seekp(at);
    stream.put(changed);
  }
  template <class T>
  void put(std::streamoff at, const T& value) const {
    std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(at);
    stream.write(reinterpret_cast<const char*>(&value), sizeof value);
  }
  /// Of the row table (4 rows), then of the header.
  void put_hashes() const {
    const auto put_hash = [&](std::size_t from, std::size_t n, std::streamoff at) {
      std::array<char, 32> hash{};
      std::ranges::copy(text_hash(bytes_of(file_).substr(from, n)), hash.begin());
      put(at, hash);
    };
    put_hash(4096, 64, 96);
    put_hash(0, 128, 128);
  }
  Thrown refusal(const std::string& key = kKey) const {
    return message_of<InputError>([&] { PackedRows::open(file_, key); });
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "rows.cells";
  std::vector<std::int64_t> rows_{0, 2, 3, 4}, order_{3, 1, 2, 0};
};

TEST_F(PackedRowsTest, GivesBackEveryRowByItsNumber) {
  write();
  const auto pack = PackedRows::open(file_, kKey);
  const CsrMatrix<float> x = five_rows();
  const CsrView<float>& view = pack->rows();
  ASSERT_EQ(view.n_rows, 4);
  EXPECT_EQ(view.n_cols, 4);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    EXPECT_TRUE(std::ranges::equal(view.row_indices(row), x.row_indices(rows_[i]))) << i;
    EXPECT_TRUE(std::ranges::equal(view.row_values(row), x.row_values(rows_[i]))) << i;
  }
  EXPECT_EQ(view.begins[3], 0) << "row 3 is stored first";
  EXPECT_EQ(view.begins[0], 5);
}

TEST_F(PackedRowsTest, KnowsWhatItsValuesAre) {
  write();
  const StoredValues values = PackedRows::open(file_, kKey)->values();
  EXPECT_EQ(values.n_stored, 7);
  EXPECT_EQ(values.n_nonzero, 6);
  EXPECT_EQ(values.n_negative, 1);
  EXPECT_EQ(values.smallest, -5);
  EXPECT_EQ(values.largest, 7.5F);
  EXPECT_EQ(values.whole, 0U);
  CsrMatrix<float> whole = five_rows();
  whole.values.back() = 16777216;  // 2²⁴ and an integer that no int32 holds are whole too
  whole.values.front() = -1e20F;
  EXPECT_EQ(stored_values(whole).whole, 1U);
  EXPECT_EQ(stored_values(whole).smallest, -1e20F);
}

TEST_F(PackedRowsTest, ReadsSomeRowsFromTheFile) {
  write();
  const auto pack = PackedRows::open(file_, kKey);
  const std::vector<std::int64_t> wanted{3, 1, 0};  // as they are stored
  const CsrMatrix<float> x = pack->read(wanted);
  EXPECT_THAT(x.indptr, ElementsAre(0, 2, 5, 7));
  EXPECT_THAT(x.indices, ElementsAre(2, 3, 0, 1, 2, 0, 3));
  EXPECT_THAT(x.values, ElementsAre(0, 7.5F, 4, -5, 6, 1, 2));
  EXPECT_EQ(pack->read({}).n_rows, 0);
  pack->release();
  EXPECT_EQ(pack->rows().row_values(3)[1], 7.5F) << "mapped again where it is needed";
}

TEST_F(PackedRowsTest, RefusesWhatIsDamagedAndSaysWhatToDo) {
  write();
  EXPECT_THAT(refusal(std::string(32, 'x')), HasSubstr("made from another screen"));
  const auto size = std::filesystem::file_size(file_);
  change_byte(20);
  EXPECT_THAT(refusal(), HasSubstr("its header is damaged"));
  change_byte(20);
  change_byte(4096 + 9);
  EXPECT_THAT(refusal(), HasSubstr("its table of rows is damaged"));
  change_byte(4096 + 9);
  change_byte(1);
  EXPECT_THAT(refusal(), HasSubstr("does not begin as one"));
  change_byte(1);
  std::filesystem::resize_file(file_, size - 1);
  EXPECT_THAT(refusal(), HasSubstr("expected " + std::to_string(size)));
  std::filesystem::resize_file(file_, 100);
  EXPECT_THAT(refusal(), HasSubstr("remove it"));
}

/// What a stranger would write: every hash is right, but one field is another.
TEST_F(PackedRowsTest, RefusesWhatCannotBeThoughItsHashesAreRight) {
  const auto refusal_with = [this](std::streamoff at, auto value) {
    write();
    put(at, value);
    put_hashes();
    return refusal();
  };
  constexpr std::streamoff kRows = 8, kColumns = 16, kStored = 24, kNonzero = 32, kSmallest = 48, kBegins = 4096;
  constexpr std::streamoff kEnds = kBegins + 32, kIndices = 2 * 4096, kValues = 3 * 4096;
  for (const std::int64_t huge : {std::int64_t{-1}, std::int64_t{1} << 60, std::int64_t{1} << 62}) {
    EXPECT_THAT(refusal_with(kRows, huge), HasSubstr("sizes are impossible")) << huge;
    EXPECT_THAT(refusal_with(kColumns, huge), HasSubstr("sizes are impossible")) << huge;
    EXPECT_THAT(refusal_with(kStored, huge), HasSubstr("sizes are impossible")) << huge;
    EXPECT_THAT(refusal_with(kBegins, huge), HasSubstr("table of rows is damaged")) << huge;
    EXPECT_THAT(refusal_with(kEnds, huge), HasSubstr("table of rows is damaged")) << huge;
  }
  EXPECT_THAT(refusal_with(kBegins, std::int64_t{2}), HasSubstr("table of rows is damaged")) << "two rows share values";
  EXPECT_THAT(refusal_with(kColumns, std::int64_t{3}), At("", "2"));
  for (const std::int32_t index : {-1, 4, 3})  // 3 stands behind another 3 then
    EXPECT_THAT(refusal_with(kIndices, index), At("", "1")) << index;
  EXPECT_THAT(refusal_with(kValues, std::numeric_limits<float>::quiet_NaN()), At("", "1"));
  EXPECT_THAT(refusal_with(kValues + 4, 5.5F), HasSubstr("not those that were written")) << "the sum of hashes tells";
  EXPECT_THAT(refusal_with(kNonzero, std::int64_t{7}), HasSubstr("not those that were written"));
  EXPECT_THAT(refusal_with(kSmallest, 0.0F), HasSubstr("not those that were written"));
}

TEST_F(PackedRowsTest, ReadsFilesOfVersionsWithoutAHashOfTheContent) {
  write();
  put(160, std::uint64_t{0});
  EXPECT_EQ(PackedRows::open(file_, kKey)->rows().row_values(3)[1], 7.5F);
}

TEST_F(PackedRowsTest, SaysWhenTheScreenChangesWhileItIsPacked) {
  class Changing : public RowReader {
   public:
    std::int64_t n_rows() const override { return 5; }
    std::int64_t n_cols() const override { return 4; }
    std::int64_t n_stored() const override { return 8; }
    std::vector<std::int64_t> row_sizes() override { return {2, 1, 2, 0, 2}; }
    CsrMatrix<float> rows(std::int64_t, std::int64_t) override { return five_rows(); }
  } reader;
  EXPECT_THAT(message_of<InputError>([&] {
                PackedRows::write(file_, reader, {rows_, order_, kKey});
              }),
              At("", "3", "2"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(PackedRowsTest, LeavesNothingWhereThereIsNoRoom) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 8192, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Thrown message = message_of<IoError>([this] { write(); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, At("rows.cells", "screen.packed FOLDER"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace gracevae::impl
