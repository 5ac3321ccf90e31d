// Both directions against python3-anndata. The Python side (tests/support/anndata_interop.py) and this one compute the
// content by the same written rules, so that no number travels but through the files.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "anndata_python.hpp"
#include "base/error.hpp"
#include "io/cell_source.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kCells = 40, kGenes = 12;

/// x[i, j] = (7 i + 3 j) mod 5, halved, zero where the remainder is below 3.
float x_rule(std::int64_t i, std::int64_t j) {
  const auto rest = (7 * i + 3 * j) % 5;
  return rest < 3 ? 0.0f : static_cast<float>(rest) / 2;
}

class AnndataInterop : public WithPython {
 protected:
  static int run_python(const std::string& command, const std::filesystem::path& path,
                        const std::string& redirection = "") {
    return run("anndata_interop.py", command, path, redirection);
  }
};

std::vector<std::string> strings_of(const DataFrame& frame, const std::string& name) {
  const Column* column = frame.find(name);
  EXPECT_NE(column, nullptr) << name;
  return column ? column_as_strings(*column) : std::vector<std::string>{};
}

void expect_x(const CsrMatrix<float>& x, float factor) {
  ASSERT_EQ(x.n_rows, kCells);
  ASSERT_EQ(x.n_cols, kGenes);
  std::vector<float> row(kGenes);
  for (std::int64_t i = 0; i < kCells; ++i) {
    const auto columns = x.row_indices(i);
    EXPECT_TRUE(std::is_sorted(columns.begin(), columns.end()));
    x.copy_row(i, std::span<float>(row));
    for (std::int64_t j = 0; j < kGenes; ++j)
      EXPECT_EQ(row[static_cast<std::size_t>(j)], factor * x_rule(i, j)) << i << " " << j;
  }
}

void expect_obs(const DataFrame& obs) {
  const std::vector<std::string> names{"condition", "grade", "batch", "name",  "depth", "share",
                                       "count",     "small", "kept",  "maybe", "whole", "yes"};
  EXPECT_EQ(obs.names(), names);
  ASSERT_EQ(obs.index.size(), static_cast<std::size_t>(kCells));
  for (std::int64_t i = 0; i < kCells; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const auto at = [&](const char* name) { return strings_of(obs, name)[k]; };
    EXPECT_EQ(obs.index[k], fmt::format("cell_{}é", i));
    EXPECT_EQ(at("condition"), (std::vector<std::string>{"control", "A", "A+B"})[k % 3]);
    EXPECT_EQ(at("grade"), (std::vector<std::string>{"low", "high", ""})[k % 3]);
    EXPECT_EQ(at("batch"), std::to_string(k % 2 + 1));
    EXPECT_EQ(at("name"), k % 5 ? fmt::format("n{}", k % 4) : "");
    EXPECT_EQ(std::get<std::vector<double>>(*obs.find("depth"))[k], static_cast<double>(i) * 0.25);
    EXPECT_EQ(std::get<std::vector<double>>(*obs.find("share"))[k], static_cast<double>(i) / 2);
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(*obs.find("count"))[k], i);
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(*obs.find("small"))[k], i);
    EXPECT_EQ(std::get<std::vector<bool>>(*obs.find("kept"))[k], k % 2 == 0);
    EXPECT_EQ(at("maybe"), k % 4 ? std::to_string(i) : "");
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(*obs.find("whole"))[k], i);
    EXPECT_EQ(at("yes"), k % 4 == 0 ? "" : k % 2 == 1 ? "True" : "False");
  }
  EXPECT_TRUE(std::get<Categorical>(*obs.find("grade")).ordered);
  EXPECT_FALSE(std::get<Categorical>(*obs.find("condition")).ordered);
}

void expect_extras(const AnnData& data) {
  ASSERT_EQ(data.obsm.size(), 1u);  // the data frame is left out
  const auto& pca = data.obsm.at("X_pca");
  ASSERT_EQ(pca.n_cols, 2);
  for (std::int64_t i = 0; i < kCells; ++i) EXPECT_EQ(pca(i, 1), static_cast<float>(2 * i + 1) / 4);
  ASSERT_EQ(data.uns.size(), 6u);
  EXPECT_EQ(std::get<std::int64_t>(data.uns.at("nested/a")), 1);
  EXPECT_EQ(std::get<std::string>(data.uns.at("title")), "a screen");
  EXPECT_EQ(std::get<double>(data.uns.at("rate")), 0.125);
  EXPECT_EQ(std::get<std::int64_t>(data.uns.at("number")), 7);
  EXPECT_EQ(std::get<std::vector<std::string>>(data.uns.at("words")), (std::vector<std::string>{"x", "yy", ""}));
  EXPECT_EQ(std::get<Matrix<double>>(data.uns.at("graph"))(1, 2), 5.0);
}

TEST_F(AnndataInterop, ReadsWhatAnndataWrites) {
  ASSERT_EQ(run_python("make", folder_.file("")), 0);
  for (const std::string name : {"csr_float32", "csr_float64", "csr_int64", "csc_float32", "csc_uint16",
                                 "dense_float32", "dense_float64", "dense_int32", "dense_fortran"}) {
    for (const std::string suffix : {"", "_gzip"}) {
      SCOPED_TRACE(name + suffix);
      const AnnData data = read_anndata(folder_.file(name + suffix + ".h5ad"));
      expect_x(data.x, name.find("int") != name.npos ? 2.0f : 1.0f);
      expect_obs(data.obs);
      EXPECT_EQ(strings_of(data.var, "symbol")[11], "S11");
      EXPECT_EQ(data.var.index[11], "g11");  // named gene_id in the file
      EXPECT_EQ(data.var.names(), std::vector<std::string>{"symbol"});
      expect_extras(data);
      EXPECT_EQ(data.encoding, name.starts_with("csr")   ? "csr_matrix"
                               : name.starts_with("csc") ? "csc_matrix"
                                                         : "array");
      EXPECT_EQ(data.x_was_dense, name.starts_with("dense"));
      EXPECT_EQ(data.x_path, "/X");
    }
  }
  const AnnData bare = read_anndata(folder_.file("bare.h5ad"));
  expect_x(bare.x, 1);
  EXPECT_TRUE(bare.obs.columns.empty());
  expect_x(read_anndata(folder_.file("unsorted.h5ad")).x, 1);
  EXPECT_EQ(read_anndata(folder_.file("no_cells.h5ad")).x.n_rows, 0);

  const Thrown lzf = message_of<InputError>([&] { read_anndata(folder_.file("lzf.h5ad")); });
  EXPECT_THAT(lzf, At("lzf.h5ad", "lzf", "hdf5-plugin-lzf"));
  const AnnData no_x = read_anndata(folder_.file("no_x.h5ad"));  // the only other matrix
  EXPECT_EQ(no_x.x_path, "/layers/counts");
  expect_x(no_x.x, 1);
}

/// The content that `check` of the Python side expects.
AnnData example() {
  AnnData data;
  data.x.n_rows = kCells;
  data.x.n_cols = kGenes;
  Categorical condition{{}, {"control", "A", "A+B"}, false}, grade{{}, {"low", "high"}, true}, many;
  std::vector<std::string> names;
  std::vector<double> depth;
  std::vector<std::int64_t> count;
  std::vector<bool> kept;
  for (std::int64_t i = 0; i < kCells; ++i) {
    for (std::int64_t j = 0; j < kGenes; ++j) {
      if (x_rule(i, j) == 0) continue;
      data.x.indices.push_back(static_cast<std::int32_t>(j));
      data.x.values.push_back(x_rule(i, j));
    }
    data.x.indptr.push_back(data.x.n_nonzero());
    data.obs.index.push_back(fmt::format("cell_{}é", i));
    condition.codes.push_back(static_cast<std::int32_t>(i % 3));
    grade.codes.push_back(i % 3 == 2 ? -1 : static_cast<std::int32_t>(i % 3));
    many.codes.push_back(static_cast<std::int32_t>(5 * i));
    names.push_back(i % 5 ? fmt::format("n{}", i % 4) : "");
    depth.push_back(static_cast<double>(i) * 0.25);
    count.push_back(i);
    kept.push_back(i % 2 == 0);
  }
  for (int k = 0; k < 200; ++k) many.categories.push_back(fmt::format("k{}", k));  // too many for codes of 8 bits
  data.obs.add("condition", condition);
  data.obs.add("grade", grade);
  data.obs.add("many", many);
  data.obs.add("name", names);
  data.obs.add("depth", depth);
  data.obs.add("count", count);
  data.obs.add("kept", kept);
  for (std::int64_t j = 0; j < kGenes; ++j) data.var.index.push_back(fmt::format("g{}", j));
  Matrix<float> pca(kCells, 2);
  for (std::size_t k = 0; k < pca.values.size(); ++k) pca.values[k] = static_cast<float>(k) / 4;
  data.obsm["X_pca"] = pca;
  Matrix<double> graph(2, 3);
  for (std::size_t k = 0; k < graph.values.size(); ++k) graph.values[k] = static_cast<double>(k);
  data.uns["title"] = std::string("a screen");
  data.uns["rate"] = 0.125;
  data.uns["number"] = std::int64_t{7};
  data.uns["words"] = std::vector<std::string>{"x", "yy", ""};
  data.uns["graph"] = graph;
  Matrix<float> loadings(kGenes, 3);
  for (std::size_t k = 0; k < loadings.values.size(); ++k) loadings.values[k] = static_cast<float>(k) / 2;
  data.varm["PCs"] = loadings;
  data.uns["pca/variance"] = std::vector<double>{2, 1, 0.5};
  data.uns["pca/chosen"] = std::vector<std::int64_t>{4, 5};
  data.uns["log1p/base"] = 2.0;
  DataFrame table;
  table.index = {"a", "b"};
  table.add("group", std::vector<std::string>{"A", "A+B"});
  table.add("score", std::vector<double>{1.5, -2});
  data.uns["de_table"] = table;
  const std::string de = "rank_genes_groups/";
  data.uns[de + "params/method"] = std::string("t-test");
  data.uns[de + "params/use_raw"] = false;
  data.uns[de + "names"] = RecordTable{
      {{"A", std::vector<std::string>{"g1", "g3"}, 1}, {"A+B", std::vector<std::string>{"g2", "größer"}, 1}}};
  data.uns[de + "scores"] =
      RecordTable{{{"A", std::vector<float>{2.5f, 0.5f}, 1}, {"A+B", std::vector<float>{1.5f, -1}, 1}}};
  data.uns[de + "pvals"] =
      RecordTable{{{"A", std::vector<double>{1e-300, 0.5}, 1}, {"A+B", std::vector<double>{0.1, 1}, 1}}};
  return data;
}

TEST_F(AnndataInterop, AnndataReadsWhatWeWrite) {
  write_anndata(folder_.file("sparse.h5ad"), example());
  write_anndata(folder_.file("dense.h5ad"), example(), true);
  EXPECT_EQ(run_python("check", folder_.file("sparse.h5ad")), 0);
  EXPECT_EQ(run_python("check", folder_.file("dense.h5ad")), 0);
  AnnDataWriter writer;
  const AnnData data = example();
  writer.start(folder_.file("sparse_streamed.h5ad"), data.var);
  const auto reader = rows_in_memory(data.x);
  for (std::int64_t first = 0; first < kCells; first += 9)
    writer.append(reader->rows(first, std::min<std::int64_t>(9, kCells - first)));
  EXPECT_EQ(writer.n_rows(), kCells);
  writer.finish({data.obs, data.obsm, data.varm, data.uns});
  EXPECT_EQ(run_python("check", folder_.file("sparse_streamed.h5ad")), 0);
  AnnData other = example();
  other.x.values[3] += 1;
  write_anndata(folder_.file("sparse_other.h5ad"), other);
  EXPECT_NE(run_python("check", folder_.file("sparse_other.h5ad"), "2>/dev/null"), 0);  // the check can fail
}

}  // namespace
}  // namespace gracevae::impl
