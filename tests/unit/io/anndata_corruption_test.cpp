// Damaged .h5ad files: every one gives an error of ours or a right reading, never a crash, a hang or all the memory.
// Run under sanitizers, too (cmake -DGRACEVAE_SANITIZE=address,undefined).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "anndata_python.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "io/anndata.hpp"

// HDF5 itself leaks a little where it meets damage.
extern "C" const char*
__lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }  // NOLINT

namespace gracevae::impl {
namespace {

/// A file of some 40 kilobytes with every encoding that we write, X above the size where chunks and compression begin.
AnnData good_data() {
  AnnData data;
  data.x.n_rows = 80;
  data.x.n_cols = 40;
  Categorical condition{{}, {"control", "A", "A+B"}, false};
  std::vector<double> depth;
  std::vector<bool> kept;
  for (std::int64_t i = 0; i < data.x.n_rows; ++i) {
    for (std::int64_t j = i % 2; j < data.x.n_cols; j += 2) {
      data.x.indices.push_back(static_cast<std::int32_t>(j));
      data.x.values.push_back(static_cast<float>(1 + i * j % 7));
    }
    data.x.indptr.push_back(data.x.n_nonzero());
    data.obs.index.push_back(fmt::format("cell{}", i));
    condition.codes.push_back(static_cast<std::int32_t>(i % 3));
    depth.push_back(static_cast<double>(i) / 4);
    kept.push_back(i % 2 == 0);
  }
  data.obs.add("condition", condition);
  data.obs.add("depth", depth);
  data.obs.add("kept", kept);
  for (std::int64_t j = 0; j < data.x.n_cols; ++j) data.var.index.push_back(fmt::format("gene{}", j));
  data.var.add("symbol", data.var.index);
  data.obsm["X_pca"] = Matrix<float>(80, 2, 0.5f);
  data.uns["title"] = std::string("title");
  data.uns["graph"] = Matrix<double>(2, 2, 1.0);
  return data;
}

/// Reads a damaged file; true when it was refused. A reading that succeeds must be a whole one.
bool refused(const std::filesystem::path& path) {
  try {
    const AnnData data = read_anndata(path);
    EXPECT_EQ(data.x.indptr.size(), data.obs.index.size() + 1);
    EXPECT_EQ(data.x.n_cols, static_cast<std::int64_t>(data.var.index.size()));
    for (const auto& [name, column] : data.obs.columns)
      EXPECT_EQ(column_as_strings(column).size(), data.obs.index.size());
    for (const float value : data.x.values) EXPECT_TRUE(std::isfinite(value));
    return false;
  } catch (const Error&) {
    return true;
  }
}

class Corruption : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    write_anndata(folder_.file("good.h5ad"), good_data(), GetParam());
    good_ = bytes_of(folder_.file("good.h5ad"));
  }
  TemporaryFolder folder_;
  std::string good_;
};

/// The file with one to three of its bytes changed, the same ones for the same `seed`.
std::string flipped(std::string bytes, std::uint64_t seed) {
  Random random(1, "flip", seed);
  const auto n_flips = 1 + random.below(3);
  for (std::uint64_t k = 0; k < n_flips; ++k)
    bytes[random.below(bytes.size())] ^=
        static_cast<char>(random.below(2) ? 1 << random.below(8) : 1 + random.below(255));
  return bytes;
}

TEST_P(Corruption, TruncatedFilesAreRefused) {
  for (int i = 0; i < 40; ++i) {
    const std::size_t length = good_.size() * static_cast<std::size_t>(i) / 40;
    EXPECT_TRUE(refused(folder_.write("cut.h5ad", good_.substr(0, length)))) << length;
  }
  EXPECT_TRUE(refused(folder_.write("cut.h5ad", good_.substr(0, good_.size() - 1))));
}

TEST_P(Corruption, FlippedBytesNeverCrash) {
  constexpr int n_files = 250;
  int n_refused = 0;
  for (int i = 0; i < n_files; ++i)
    n_refused += refused(folder_.write("flipped.h5ad", flipped(good_, static_cast<std::uint64_t>(i)))) ? 1 : 0;
  EXPECT_GT(n_refused, n_files / 20);
  EXPECT_LT(n_refused, n_files);
}

using OlderCorruption = WithPython;

TEST_F(OlderCorruption, NeverCrashes) {
  ASSERT_EQ(run("h5ad_generations.py", "few", folder_.path()), 0);
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) paths.push_back(entry.path());
  ASSERT_EQ(paths.size(), 5u);
  for (const auto& path : paths) {
    SCOPED_TRACE(path.filename());
    const std::string good = bytes_of(path);
    for (std::size_t i = 0; i < 8; ++i)
      EXPECT_TRUE(refused(folder_.write("cut.h5ad", good.substr(0, good.size() * i / 8))));
    int n_refused = 0;
    for (std::uint64_t seed = 0; seed < 80; ++seed)
      n_refused += refused(folder_.write("flipped.h5ad", flipped(good, seed))) ? 1 : 0;
    EXPECT_GT(n_refused, 4);
    EXPECT_LT(n_refused, 80);
  }
}

INSTANTIATE_TEST_SUITE_P(SparseAndDense, Corruption, ::testing::Bool());

}  // namespace
}  // namespace gracevae::impl
