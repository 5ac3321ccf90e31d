#include "effects/sources.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

Matrix<double> cosines(const UnitRows& rows) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(rows.n()));
  std::iota(all.begin(), all.end(), 0);
  Matrix<double> k(rows.n(), rows.n());
  rows.add_cosines(1, all, all, k);
  return k;
}

TEST(SourcesTest, EdgesShareNeighboursLessForHubs) {
  const TargetList targets({"A", "B", "C", "D"}, nullptr);
  // B-A is a repeat, C-C a loop; X is no target, D has no edge.
  const Matrix<double> k = cosines(edge_rows({{"A", "B"}, {"B", "A"}, {"A", "X"}, {"C", "X"}, {"C", "C"}}, targets));
  // deg: A 2, B 1, C 1, X 2. Closed neighbourhoods: A {A, B, X}, B {A, B}, C {C, X}.
  const double one = 1 / std::log(3.0), two = 1 / std::log(4.0);
  const double aa = two + one + two, bb = two + one, cc = one + two;
  EXPECT_NEAR(k(0, 1), (two + one) / std::sqrt(aa * bb), 1e-12);
  EXPECT_NEAR(k(0, 2), two / std::sqrt(aa * cc), 1e-12);
  EXPECT_NEAR(k(1, 2), 0, 1e-12);
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_NEAR(k(i, i), 1, 1e-12);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(k(i, 3), 0) << "not known";
}

TEST(SourcesTest, EdgesMayBeWeightedAndSigned) {
  const TargetList targets({"A", "B"}, nullptr);
  const Matrix<double> k = cosines(edge_rows({{"A", "X", 4}, {"B", "X", -2}, {"A", "Y", 1}}, targets));
  // Weights over the largest: A-X 1, B-X −½, A-Y ¼; degrees A 1¼, B ½, X 1½.
  const double x = std::log(3.5), a = std::log(3.25), b = std::log(2.5), y = std::log(2.25);
  EXPECT_NEAR(k(0, 1), -0.5 / x / std::sqrt((1 / x + 1 / 16.0 / y + 1 / a) * (0.25 / x + 1 / b)), 1e-12);
}

TEST(SourcesTest, GeneSetsWeighSmallSetsMore) {
  const TargetList targets({"A", "B", "C"}, nullptr);
  const Matrix<double> k = cosines(gene_set_rows(
      {{"small", "1", {"A", "B"}}, {"large", "2", {"A", "C", "X", "Y"}}, {"all", "3", {"A", "B", "C", "X", "Y"}}},
      targets));
  const double small = std::log(5.0 / 2) * std::log(5.0 / 2), large = std::log(5.0 / 4) * std::log(5.0 / 4);
  EXPECT_NEAR(k(0, 1), small / std::sqrt((small + large) * small), 1e-12);
  EXPECT_NEAR(k(0, 2), large / std::sqrt((small + large) * large), 1e-12);
  EXPECT_NEAR(k(1, 2), 0, 1e-12) << "a set of all genes says nothing";
}

TEST(SourcesTest, AnotherScreenIsCentredAndAnEmbeddingIsNot) {
  const TargetList targets({"B", "A", "Z"}, nullptr);
  Matrix<double> rows(3, 2);
  rows.values = {3, 0, 1, 2, 2, 4};  // A, B, C; mean 2, 2
  const Matrix<double> centred = cosines(table_rows({"A", "B", "C"}, rows, true, targets)),
                       plain = cosines(table_rows({"A", "B", "C"}, rows, false, targets));
  EXPECT_NEAR(centred(0, 1), -1 / std::sqrt(5), 1e-12);  // (−1, 0) and (1, −2)
  EXPECT_NEAR(plain(0, 1), 1 / std::sqrt(5), 1e-12);
  EXPECT_EQ(centred(2, 1), 0);
  EXPECT_EQ(centred(2, 2), 1);
}

TEST(SourcesTest, SparseAndDenseProductsAgree) {
  CsrMatrix<double> sparse, dense;
  sparse.n_cols = dense.n_cols = 40;
  for (int i = 0; i < 5; ++i) {
    for (int j = i; j < i + 3; ++j) {
      sparse.indices.push_back(j);
      sparse.values.push_back(i + 1.0 + j);
    }
    for (int j = 0; j < 40; ++j) {
      dense.indices.push_back(j);
      dense.values.push_back(j >= i && j < i + 3 ? i + 1.0 + j : 0);
    }
    for (auto* x : {&sparse, &dense}) {
      x->indptr.push_back(x->n_nonzero());
      ++x->n_rows;
    }
  }
  const Matrix<double> a = cosines(UnitRows(sparse)), b = cosines(UnitRows(dense));
  for (std::size_t i = 0; i < a.values.size(); ++i) EXPECT_NEAR(a.values[i], b.values[i], 1e-14);
}

TEST(SourcesTest, NamesAreFoundByIdsWithAnAliasTable) {
  const GeneAliases aliases({{"KLF1", {"ENSG00000105610"}, {}}, {"GATA1", {"ENSG00000102145"}, {}}}, "aliases");
  const TargetList targets({"KLF1", "GATA1"}, &aliases);
  const UnitRows rows =
      gene_set_rows({{"set", "1", {"ENSG00000105610.4", "ENSG00000102145", "X", "Y"}}, {"all", "2", {"Z"}}}, targets);
  EXPECT_TRUE(rows.knows(0) && rows.knows(1));
}

TEST(SourcesTest, FilesOfEveryKindAreRead) {
  const TemporaryFolder folder;
  const TargetList targets({"A", "B", "C"}, nullptr);
  const auto read = [&](const std::string& kind, const std::filesystem::path& file,
                        const EdgeListOptions& scores = {}) {
    for (const SourceKind& known : kSourceKinds)
      if (known.name == kind) return cosines(known.read(file, targets, scores));
    throw std::out_of_range(kind);
  };
  EXPECT_GT(read("edges", folder.write("e.csv", "entity1,entity2\nA,B\nB,X\n"))(0, 1), 0);
  const auto scored = folder.write("scored.tsv", "A\tX\t1\t900\nB\tX\t1\t900\nC\tX\t900\t100\n");
  const Matrix<double> kept = read("edges", scored, {.least_score = 500, .score_column = "4"});
  EXPECT_GT(kept(0, 1), 0);
  EXPECT_EQ(kept(0, 2), 0) << "its edge is below the least score in the fourth column";
  EXPECT_GT(read("gene_sets", folder.write("s.gmt", "one\t\tA\tC\ntwo\t\tB\tX\n"))(0, 2), 0.99);
  EXPECT_NEAR(read("embeddings", folder.write("v.tsv", "gene\tx\ty\nA\t1\t0\nB\t1\t1\n"))(0, 1), std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(read("screens", folder.write("w.csv", "t,g1,g2\nA,1,0\nB,0,1\nA+B,7,7\n"))(0, 1), -1, 1e-12);
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  header.resize(118, ' ');
  std::string npy = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header;
  for (const float value : {1.0F, 0.0F, 1.0F, 1.0F})
    npy.append(reinterpret_cast<const char*>(&value),
               sizeof(value));  // NOLINT: bytes of a file
  const auto file = folder.write("v.npy", npy);
  test::expect_error<IoError>([&] { read("embeddings", file); }, {"v.npy.txt"});
  folder.write("v.npy.txt", "A\nB\n");
  EXPECT_NEAR(read("embeddings", file)(0, 1), std::sqrt(0.5), 1e-7);
  folder.write("v.npy.txt", "A\n");
  test::expect_error<InputError>([&] { read("embeddings", file); }, {"1 names", "2"});
  folder.write("v.npy", npy.substr(0, npy.size() - 1));
  test::expect_error<InputError>([&] { read("embeddings", file); }, {"15 bytes"});
}

}  // namespace
}  // namespace gracevae::impl
