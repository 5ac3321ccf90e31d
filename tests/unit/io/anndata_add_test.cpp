#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata_add.hpp"
#include "support/predictions_file.hpp"
#include "support/python.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

class AddToAnnData : public ::testing::Test {
 protected:
  AddToAnnData() {
    AnnData data = test::predictions_of({{"A", "Generated Cells", {1, 0, 2}}, {"control", "NA", {0, 3, 0}}});
    data.uns["pca/old"] = std::string("goes");
    data.uns["other"] = std::int64_t{7};
    write_anndata(file_, data);
    additions_.obsm["X_umap"] = Matrix<float>(2, 2, 1.5F);
    additions_.varm["PCs"] = Matrix<float>(3, 1, 0.25F);
    additions_.uns["pca/variance"] = std::vector<double>{2, 1};
    additions_.uns["umap/params/a"] = 0.5;
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.file("cells.h5ad");
  AnnDataAdditions additions_;
};

TEST_F(AddToAnnData, AddsReplacesAndKeeps) {
  add_to_anndata(file_, additions_);
  additions_.obsm["X_umap"](1, 0) = -4;
  add_to_anndata(file_, additions_);  // over what was added
  const AnnData data = read_anndata(file_);
  EXPECT_EQ(data.x.values, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(data.obs.names(), (std::vector<std::string>{"condition", "source"}));
  EXPECT_EQ(data.obsm.at("mu").values, (std::vector<float>{0.5, 0.5, 0.5, 0.5}));
  EXPECT_EQ(data.obsm.at("X_umap").values, (std::vector<float>{1.5, 1.5, -4, 1.5}));
  EXPECT_EQ(data.varm.at("PCs").values, (std::vector<float>{0.25, 0.25, 0.25}));
  EXPECT_EQ(std::get<std::vector<double>>(data.uns.at("pca/variance")), (std::vector<double>{2, 1}));
  EXPECT_EQ(std::get<double>(data.uns.at("umap/params/a")), 0.5);
  EXPECT_EQ(std::get<std::int64_t>(data.uns.at("other")), 7);
  EXPECT_FALSE(data.uns.contains("pca/old"));
  EXPECT_EQ(folder_.n_files(), 1U);
}

TEST_F(AddToAnnData, RerunsDoNotMakeTheFileGrow) {
  additions_.obsm["X_umap"] = Matrix<float>(2, 50'000, 1.5F);
  for (std::size_t i = 0; i < additions_.obsm["X_umap"].values.size(); ++i)
    additions_.obsm["X_umap"].values[i] = static_cast<float>(i * 2654435761U % 1000003U);
  add_to_anndata(file_, additions_);
  const auto once = std::filesystem::file_size(file_);
  for (int i = 0; i < 4; ++i) add_to_anndata(file_, additions_);
  EXPECT_LT(std::filesystem::file_size(file_), once + once / 4);
}

TEST_F(AddToAnnData, AnndataReadsIt) {
  const std::string python = python_with("anndata");
  if (python.empty()) GTEST_SKIP() << "no Python with anndata";
  add_to_anndata(file_, additions_);
  const auto script = folder_.write("look.py", R"(
import sys, anndata
data = anndata.read_h5ad(sys.argv[1])
assert data.X.toarray().tolist() == [[1, 0, 2], [0, 3, 0]]
assert data.obsm["X_umap"].tolist() == [[1.5, 1.5]] * 2 and data.obsm["mu"].shape == (2, 2)
assert data.varm["PCs"].tolist() == [[0.25]] * 3
assert list(data.uns["pca"]) == ["variance"] and data.uns["umap"]["params"]["a"] == 0.5 and data.uns["other"] == 7
)");
  EXPECT_EQ(std::system((python + " " + script.string() + " " + file_.string()).c_str()), 0);
}

TEST_F(AddToAnnData, WhatCannotBeDoneLeavesTheFileAsItWas) {
  const std::string before = read_text(file_);
  EXPECT_THROW(add_to_anndata(folder_.file("none.h5ad"), additions_), IoError);
  const auto text = folder_.write("text.h5ad", "no HDF5");
  EXPECT_THROW(add_to_anndata(text, additions_), IoError);
  EXPECT_EQ(read_text(text), "no HDF5");
  for (const char* name : {"packed.h5ad", "packed.h5ad.gz"}) {
    const auto packed = folder_.write(name, "\x1f\x8b and so on");
    try {
      add_to_anndata(packed, additions_);
      ADD_FAILURE() << name;
    } catch (const IoError& error) {
      EXPECT_TRUE(error.hint().ends_with("gunzip " + folder_.file("packed.h5ad.gz").string())) << error.hint();
    }
  }
  EXPECT_EQ(read_text(file_), before);
  EXPECT_EQ(folder_.n_files(), 4U);
}

}  // namespace
}  // namespace gracevae::impl
