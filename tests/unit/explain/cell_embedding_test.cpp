#include "explain/cell_embedding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/random.hpp"
#include "support/predictions_file.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using test::PredictedCell;

/// 30 control, 40 actual and 40 generated cells of 12 genes; cells of A have gene 0, of B gene 1.
std::vector<PredictedCell> some_cells() {
  std::vector<PredictedCell> cells;
  Random random(1, "cells");
  const auto add = [&](int n, const std::string& condition, const std::string& source, std::size_t gene) {
    for (int i = 0; i < n; ++i) {
      PredictedCell cell{condition, source, std::vector<float>(12)};
      for (float& value : cell.values) value = static_cast<float>(std::max(0.0, random.normal()));
      if (gene < 12) cell.values[gene] += 8;
      cells.push_back(cell);
    }
  };
  for (const std::string source : {"Generated Cells", "Actual Cells"}) {
    add(20, "A", source, 0);
    add(20, "B", source, 1);
  }
  add(30, "control", "NA", 99);
  return cells;
}

class CellEmbeddingTest : public ::testing::Test {
 protected:
  CellEmbeddingTest() { write_anndata(file_, test::predictions_of(some_cells())); }
  CellEmbedding embed(const EmbeddingOptions& options) const {
    CellSource source = open_anndata(file_, {});
    return embed_cells(source, options);
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.file("predictions.h5ad");
};

TEST(StratifiedSample, TakesEveryLabelInProportion) {
  std::vector<std::string> labels(1000, "many");
  for (std::size_t i = 0; i < 100; ++i) labels[i * 10] = "few";
  labels[500] = "one";
  const auto rows = stratified_sample(labels, 101, 3);
  EXPECT_EQ(rows.size(), 101U);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_EQ(std::set(rows.begin(), rows.end()).size(), 101U);
  const auto count = [&](const char* label) {
    return std::count_if(rows.begin(), rows.end(),
                         [&](std::int64_t i) { return labels[static_cast<std::size_t>(i)] == label; });
  };
  EXPECT_NEAR(static_cast<double>(count("few")), 10, 1);
  EXPECT_EQ(count("one"), 1);
  EXPECT_EQ(stratified_sample(labels, 101, 3), rows);
  EXPECT_NE(stratified_sample(labels, 101, 4), rows);
  EXPECT_EQ(stratified_sample(labels, 5000, 3).size(), 1000U);
  EXPECT_EQ(stratified_sample(labels, 3, 3).size(), 3U);
}

TEST_F(CellEmbeddingTest, ComponentsAreThoseOfTheCells) {
  EmbeddingOptions options;
  options.components = 3;
  const CellEmbedding embedding = embed(options);
  const auto cells = some_cells();
  ASSERT_EQ(embedding.rows.size(), cells.size());
  EXPECT_EQ(embedding.n_cells, 110);
  // Total variance, and scores as (x − mean)·directions, computed plainly.
  std::vector<double> mean(12);
  for (const auto& cell : cells)
    for (std::size_t g = 0; g < 12; ++g) mean[g] += static_cast<double>(cell.values[g]) / 110;
  double total = 0;
  for (const auto& cell : cells)
    for (std::size_t g = 0; g < 12; ++g) total += std::pow(static_cast<double>(cell.values[g]) - mean[g], 2) / 109;
  EXPECT_NEAR(embedding.total_variance, total, 1e-6 * total);
  for (std::int64_t k = 0; k < 3; ++k) {
    double squares = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      double score = 0;
      for (std::size_t g = 0; g < 12; ++g)
        score += (static_cast<double>(cells[i].values[g]) - mean[g]) *
                 static_cast<double>(embedding.directions(static_cast<std::int64_t>(g), k));
      EXPECT_NEAR(static_cast<double>(embedding.components(static_cast<std::int64_t>(i), k)), score, 1e-4);
      squares += score * score / 109;
    }
    EXPECT_NEAR(embedding.variances[static_cast<std::size_t>(k)], squares, 1e-4 * squares);
  }
}

TEST_F(CellEmbeddingTest, WhatTellsStrataApartIsNotDrawn) {
  EmbeddingOptions options;
  options.components = 3;
  std::vector<PredictedCell> cells = some_cells();
  std::vector<std::string> strata;
  for (std::size_t i = 0; i < cells.size(); ++i) strata.push_back(i % 4 == 0 ? "batch=2" : "batch=1");
  AnnData plain = test::predictions_of(cells);
  plain.obs.add("stratum", strata);
  write_anndata(file_, plain);
  const CellEmbedding expected = embed(options);
  for (std::size_t i = 0; i < cells.size(); i += 4)
    for (std::size_t g = 2; g < 12; ++g) cells[i].values[g] += 20;
  AnnData batches = test::predictions_of(cells);
  batches.obs.add("stratum", strata);
  write_anndata(file_, batches);
  const CellEmbedding embedding = embed(options);
  EXPECT_NEAR(embedding.total_variance / expected.total_variance, 1, 1e-5);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(embedding.variances[k] / expected.variances[k], 1, 1e-5);
  for (std::size_t i = 0; i < expected.components.values.size(); ++i)
    EXPECT_NEAR(embedding.components.values[i], expected.components.values[i], 1e-3F);
}

TEST_F(CellEmbeddingTest, ASampleIsDrawnAndTheOthersHaveNoPlace) {
  EmbeddingOptions options;
  options.cells = 50;
  options.components = 5;
  const CellEmbedding embedding = embed(options);
  EXPECT_EQ(embedding.rows.size(), 50U);
  write_embedding(file_, embedding, options);
  const AnnData data = read_anndata(file_);
  const Matrix<float>&umap = data.obsm.at("X_umap"), &pca = data.obsm.at("X_pca");
  EXPECT_EQ(umap.n_rows, 110);
  EXPECT_EQ(pca.n_cols, 5);
  std::int64_t n_placed = 0;
  for (std::int64_t i = 0; i < 110; ++i) {
    EXPECT_EQ(std::isnan(umap(i, 0)), std::isnan(pca(i, 4)));
    n_placed += std::isnan(umap(i, 0)) ? 0 : 1;
  }
  EXPECT_EQ(n_placed, 50);
  EXPECT_EQ(data.varm.at("PCs").n_rows, 12);
  EXPECT_EQ(std::get<std::vector<double>>(data.uns.at("pca/variance")), embedding.variances);
  EXPECT_NEAR(std::get<std::vector<double>>(data.uns.at("pca/variance_ratio"))[0],
              embedding.variances[0] / embedding.total_variance, 1e-12);
  EXPECT_EQ(std::get<std::int64_t>(data.uns.at("umap/params/n_neighbors")), 15);
  EXPECT_NEAR(std::get<double>(data.uns.at("umap/params/a")), 0.58303, 1e-5);
  EXPECT_EQ(data.x.n_rows, 110);

  const auto stored = stored_places(file_, 110);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->rows, embedding.rows);
  EXPECT_EQ(stored->places.values, embedding.places.values);
  EXPECT_EQ(stored->settings.at("n_cells"), 50);
  EXPECT_EQ(stored->settings.at("min_dist"), 0.5);
  EXPECT_FALSE(stored_places(file_, 109));
}

TEST_F(CellEmbeddingTest, TheSameFileGivesTheSameBits) {
  EmbeddingOptions options;
  options.cells = 60;
  const CellEmbedding one = embed(options), again = embed(options);
  EXPECT_EQ(one.places.values, again.places.values);
  options.umap.seed = 9;
  EXPECT_NE(embed(options).rows, one.rows);
}

TEST_F(CellEmbeddingTest, AFileWithoutPlacesHasNone) { EXPECT_FALSE(stored_places(file_, 110)); }

TEST(EmbeddingOptions, RefusesAMinDistAboveTheSpread) {
  EmbeddingOptions options;
  EXPECT_NO_THROW(options.validate());
  options.umap.min_dist = 1.5;
  EXPECT_THROW(options.validate(), ConfigError);
}

TEST_F(CellEmbeddingTest, SaysWhatIsMissing) {
  AnnData data = test::predictions_of({{"A", "NA", {1, 2}}, {"B", "NA", {2, 1}}});
  data.obs.columns.pop_back();
  write_anndata(file_, data);
  try {
    embed({});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("'source'"));
  }
  write_anndata(file_, test::predictions_of({{"A", "NA", {1, 2}}}));
  EXPECT_THROW(embed({}), InputError);
}

}  // namespace
}  // namespace gracevae::impl
