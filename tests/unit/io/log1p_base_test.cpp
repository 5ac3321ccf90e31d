#include "io/log1p_base.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "io/hdf5.hpp"
#include "zarr_store.hpp"

namespace gracevae::impl {
namespace {

using Bases = std::vector<std::optional<double>>;

/// Of an HDF5 file whose uns/log1p stands at `group` without a base, with base 2, with a whole one, and not at all.
Bases bases_of(const TemporaryFolder& folder, const std::string& name, const std::string& group,
               const CellSourceOptions& options = {}) {
  Bases bases;
  for (int kind = 0; kind < 4; ++kind) {
    hdf5::File file = hdf5::File::create(folder.file(name));
    for (const char* root : {"", "/mod/rna", "/mod/atac"}) {
      if (name.ends_with(".h5mu") != (*root != 0)) continue;
      for (const char* part : {"/obs", "/var", "/uns"}) file.make_group(std::string(root) + part);
    }
    if (kind < 3) file.make_group(group);
    if (kind == 1) file.write_double(group + "/base", 2);
    if (kind == 2) file.write_integer(group + "/base", 10);
    file.close();
    bases.push_back(log1p_base_of(folder.file(name), options));
  }
  return bases;
}

const Bases kAll = {std::numbers::e, 2, 10, std::nullopt};

TEST(Log1pBase, OfAnH5ad) {
  const TemporaryFolder folder;
  EXPECT_EQ(bases_of(folder, "a.h5ad", "/uns/log1p"), kAll);
}

TEST(Log1pBase, OfTheChosenModalityOfAnH5mu) {
  const TemporaryFolder folder;
  EXPECT_EQ(bases_of(folder, "a.h5mu", "/mod/rna/uns/log1p"), kAll);
  EXPECT_EQ(bases_of(folder, "a.h5mu", "/mod/atac/uns/log1p"), Bases(4)) << "another modality's";
  CellSourceOptions atac{};
  atac.modality = "atac";
  EXPECT_EQ(bases_of(folder, "a.h5mu", "/mod/atac/uns/log1p", atac), kAll);
}

TEST(Log1pBase, OfAZarrStore) {
  const TemporaryFolder folder;
  write_store(folder, "s.zarr");
  const auto base = [&] { return log1p_base_of(folder.file("s.zarr"), {}); };
  EXPECT_EQ(base(), std::nullopt);
  folder.write("s.zarr/uns/log1p/.zgroup", R"({"zarr_format": 2})");
  EXPECT_EQ(base(), std::numbers::e);
  folder.write("s.zarr/uns/log1p/base/.zarray", zarray("", "", "<f8"));
  folder.write("s.zarr/uns/log1p/base/0", bytes_of_values(std::vector<double>{2}));
  EXPECT_EQ(base(), 2);
}

TEST(Log1pBase, OtherFormatsSayNothing) {
  const TemporaryFolder folder;
  EXPECT_EQ(log1p_base_of(folder.write("t.csv", "a,b\n1,2\n"), {}), std::nullopt);
  EXPECT_EQ(log1p_base_of(folder.path(), {}), std::nullopt);
}

}  // namespace
}  // namespace gracevae::impl
