// Damaged files of the formats beside .h5ad: every one gives an error of ours or a right reading, never a crash, a hang
// or all the memory. Run under sanitizers, too (cmake -DGRACEVAE_SANITIZE=address,undefined).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "io/hdf5.hpp"
#include "io/open_cells.hpp"
#include "zarr_store.hpp"

namespace gracevae::impl {
namespace {

using Names = std::vector<std::string>;

constexpr std::int64_t kCells = 40, kFeatures = 30;

Names names_of(const char* letter, std::int64_t n) {
  Names names;
  for (std::int64_t i = 0; i < n; ++i) names.push_back(fmt::format("{}{}", letter, i));
  return names;
}

void write_tenx(hdf5::File& file) {
  std::vector<std::int32_t> data;
  std::vector<std::int64_t> indices, indptr{0};
  for (std::int64_t i = 0; i < kCells; ++i) {
    for (std::int64_t j = i % 2; j < kFeatures; j += 2) {
      data.push_back(static_cast<std::int32_t>(1 + i * j % 7));
      indices.push_back(j);
    }
    indptr.push_back(std::ssize(data));
  }
  file.write_integers32("/matrix/data", data);
  file.write_integers("/matrix/indices", indices);
  file.write_integers("/matrix/indptr", indptr);
  file.write_integers("/matrix/shape", std::vector<std::int64_t>{kFeatures, kCells});
  file.write_strings("/matrix/barcodes", names_of("c", kCells));
  Names types(kFeatures, "Gene Expression");
  types.back() = "CRISPR Guide Capture";
  file.write_strings("/matrix/features/id", names_of("id", kFeatures));
  file.write_strings("/matrix/features/name", names_of("g", kFeatures));
  file.write_strings("/matrix/features/feature_type", types);
}

void write_loom(hdf5::File& file) {
  std::vector<float> values;
  for (std::int64_t k = 0; k < kFeatures * kCells; ++k) values.push_back(static_cast<float>(k % 5));
  file.write_floats("/matrix", values, {kFeatures, kCells});
  file.write_strings("/row_attrs/Gene", names_of("g", kFeatures));
  file.write_strings("/col_attrs/CellID", names_of("c", kCells));
  file.write_integers("/col_attrs/n", std::vector<std::int64_t>(kCells, 3));
}

void write_mudata(hdf5::File& file) {
  for (const char* name : {"rna", "guide"}) {
    const std::string root = fmt::format("/mod/{}", name);
    file.write_floats(root + "/X", std::vector<float>(kCells * kFeatures, 2), {kCells, kFeatures});
    for (const auto& [node, index] : {std::pair("/obs", names_of("c", kCells)), {"/var", names_of(name, kFeatures)}}) {
      file.write_strings(root + node + "/_index", index);
      file.write_attribute(root + node, "_index", std::string("_index"));
    }
  }
}

/// Reads everything; true when it was refused. What is read must be whole.
bool refused(const std::filesystem::path& path) {
  try {
    CellSource source = open_cells(path, {});
    const CsrMatrix<float> x = read_all_rows(source);
    EXPECT_EQ(x.indptr.size(), source.obs.index.size() + 1);
    EXPECT_EQ(x.n_cols, std::ssize(source.var.index));
    for (const float value : x.values) EXPECT_TRUE(std::isfinite(value));
    for (const auto& other : source.others) {
      const CsrMatrix<float> counts = other.counts();
      EXPECT_EQ(counts.n_rows, x.n_rows);
      EXPECT_EQ(counts.n_cols, std::ssize(other.names));
    }
    for (const auto& [name, column] : source.obs.columns)
      EXPECT_EQ(column_as_strings(column).size(), source.obs.index.size());
    return false;
  } catch (const Error&) {
    return true;
  }
}

std::string flipped(std::string bytes, std::uint64_t seed) {
  Random random(1, "flip", seed);
  const auto n_flips = 1 + random.below(3);
  for (std::uint64_t k = 0; k < n_flips && !bytes.empty(); ++k)
    bytes[random.below(bytes.size())] ^=
        static_cast<char>(random.below(2) ? 1 << random.below(8) : 1 + random.below(255));
  return bytes;
}

struct Container {
  const char* name;
  void (*write)(hdf5::File&);
  bool packed;
};

const Container kContainers[] = {{"m.h5", write_tenx, false},
                                 {"m.loom", write_loom, false},
                                 {"m.h5mu", write_mudata, false},
                                 {"m.h5.gz", write_tenx, true}};

class ContainerCorruption : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    log::set_level(log::Level::quiet);
    const Container& container = kContainers[GetParam()];
    hdf5::File file = hdf5::File::create(folder_.file("good"));
    container.write(file);
    file.close();
    good_ = container.packed ? gzipped(bytes_of(folder_.file("good"))) : bytes_of(folder_.file("good"));
    name_ = container.name;
  }
  void TearDown() override { log::set_level(log::Level::normal); }
  TemporaryFolder folder_;
  std::string good_, name_;
};

TEST_P(ContainerCorruption, CutAndFlipped) {
  EXPECT_FALSE(refused(folder_.write(name_, good_)));
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_TRUE(refused(folder_.write(name_, good_.substr(0, good_.size() * i / 20)))) << i;
  int n_refused = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed)
    n_refused += refused(folder_.write(name_, flipped(good_, seed))) ? 1 : 0;
  EXPECT_GT(n_refused, 3);
}

INSTANTIATE_TEST_SUITE_P(Containers, ContainerCorruption, ::testing::Range(0, 4));

/// Every file of a store, cut, flipped and absent.
TEST(ZarrCorruption, NeverCrashes) {
  log::set_level(log::Level::quiet);
  const TemporaryFolder folder;
  write_store(folder, "s.zarr");
  EXPECT_FALSE(refused(folder.file("s.zarr")));
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
    if (entry.is_regular_file()) files.push_back(entry.path());
  int n_refused = 0;
  for (const auto& path : files) {
    const std::string good = bytes_of(path), name = path.lexically_relative(folder.path()).string();
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      folder.write(name, seed < 4 ? good.substr(0, good.size() * seed / 4) : flipped(good, seed));
      n_refused += refused(folder.file("s.zarr")) ? 1 : 0;
    }
    std::filesystem::remove(path);
    n_refused += refused(folder.file("s.zarr")) ? 1 : 0;
    folder.write(name, good);
  }
  EXPECT_GT(n_refused, 50);
  log::set_level(log::Level::normal);
}

}  // namespace
}  // namespace gracevae::impl
