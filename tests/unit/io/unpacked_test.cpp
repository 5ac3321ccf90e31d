#include "io/unpacked.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "gzip_text.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// $TMPDIR for one test.
class WithTemporaryFiles {
 public:
  explicit WithTemporaryFiles(const std::filesystem::path& folder) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~WithTemporaryFiles() { before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1); }

 private:
  std::string before_;
};

std::string packed_screen(const TemporaryFolder& folder) {
  AnnData data;
  data.x.n_rows = 2;
  data.x.n_cols = 2;
  data.x.indptr = {0, 1, 2};
  data.x.indices = {1, 0};
  data.x.values = {3, 4};
  data.obs.index = {"c1", "c2"};
  data.obs.add("condition", std::vector<std::string>{"NT", "A"});
  data.var.index = {"a", "b"};
  write_anndata(folder.file("plain.h5ad"), data);
  return gzipped(bytes_of(folder.file("plain.h5ad")));
}

TEST(Unpacked, AnH5adInGzipIsReadAndLeavesNothing) {
  const TemporaryFolder folder, temporary;
  const WithTemporaryFiles there(temporary.path());
  const auto path = folder.write("GSM1.h5ad.gz", packed_screen(folder));
  EXPECT_TRUE(is_hdf5_file(path));
  EXPECT_TRUE(is_hdf5_file(folder.file("plain.h5ad")));
  Messages messages;
  CellSource source = open_cells(path, {});
  EXPECT_THAT(messages.take(), HasSubstr("GSM1.h5ad.gz: is unpacked into"));
  EXPECT_EQ(temporary.n_files(), 0u) << "removed once it is open";
  EXPECT_EQ(source.path, path.string());
  EXPECT_EQ(column_as_strings(*source.obs.find("condition"))[1], "A");
  EXPECT_EQ(dense_of(source), (std::vector<std::vector<float>>{{0, 3}, {4, 0}}));
}

TEST(Unpacked, DamageAndNoRoom) {
  const TemporaryFolder folder, temporary;
  const WithTemporaryFiles there(temporary.path());
  const std::string packed = packed_screen(folder);
  const auto cut = folder.write("cut.h5ad.gz", packed.substr(0, packed.size() / 2));
  EXPECT_THAT(message_of<IoError>([&] { open_cells(cut, {}); }), At("", "cut.h5ad.gz"));
  EXPECT_EQ(temporary.n_files(), 0u);
  const auto text = folder.write("text.h5ad.gz", gzipped("no HDF5"));
  EXPECT_THAT(message_of<InputError>([&] { open_cells(text, {}); }), At("text.h5ad.gz", "HDF5"));
  const auto whole = folder.write("whole.h5ad.gz", packed);
  ::setenv("TMPDIR", "/dev/null", 1);
  EXPECT_EQ(open_cells(whole, {}).obs.index.size(), 2u) << "/tmp then";
}

}  // namespace
}  // namespace gracevae::impl
