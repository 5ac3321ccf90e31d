#include "screen/cell_features.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>

#include "base/error.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CellFeatures : public testing::Test {
 protected:
  /// Four cells: b and d are control.
  static Screen screen() {
    Screen screen;
    screen.cells = {"a", "b", "c", "d"};
    screen.x.n_rows = 4;
    screen.regimes = {{"control", {}, {1, 3}}, {"K", {"K"}, {0, 2}}};
    screen.source = "screen.h5ad";
    return screen;
  }

  /// An .h5ad whose row i of obsm/emb is (10 i, 10 i + 1).
  CellFeatureOptions embedding(const std::vector<std::string>& names) const {
    AnnData data;
    data.obs.index = names;
    data.var.index = {"g"};
    data.x.n_rows = std::ssize(names);
    data.x.n_cols = 1;
    data.x.indptr.assign(names.size() + 1, 0);
    Matrix<float> values(std::ssize(names), 2);
    for (std::int64_t i = 0; i < values.n_rows; ++i)
      for (std::int64_t j = 0; j < 2; ++j) values(i, j) = static_cast<float>(10 * i + j);
    data.obsm["emb"] = values;
    data.obsm["bad"] = values;
    data.obsm["bad"](0, 1) = std::numeric_limits<float>::quiet_NaN();
    write_anndata(file("e.h5ad"), data);
    return {.embedding = "emb", .embedding_file = file("e.h5ad"), .pathway_file = ""};
  }
  CellFeatureOptions table(const std::string& text) const {
    std::ofstream(file("p.csv")) << text;
    return {.embedding = "", .embedding_file = "", .pathway_file = file("p.csv")};
  }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

  template <class Work>
  static std::string refusal(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "not refused";
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(CellFeatures, AreMatchedByName) {
  const auto features = read_embedding(embedding({"x", "d", "c", "b", "a"}), screen());
  EXPECT_THAT(features.values.values, ElementsAre(30, 31, 10, 11));  // b, then d
  EXPECT_THAT(features.row_of_cell, ElementsAre(-1, 0, -1, 1));
  EXPECT_EQ(read_embedding({}, screen()).width(), 0);
}

TEST_F(CellFeatures, WhatIsMissingIsNamed) {
  const auto read = [&](const CellFeatureOptions& options) {
    return refusal([&] { read_embedding(options, screen()); });
  };
  EXPECT_THAT(read(embedding({"a", "b", "x"})),
              AllOf(HasSubstr("2 of the screen's 4 cells are missing"), HasSubstr("'c', 'd'")));
  EXPECT_THAT(read(embedding({"a", "b", "c", "d", "b"})), HasSubstr("cell name 'b' stands twice"));
  CellFeatureOptions options = embedding({"a", "b", "c", "d"});
  options.embedding = "emd";
  EXPECT_THAT(read(options), AllOf(HasSubstr("obsm has no dense array 'emd'"), HasSubstr("did you mean emb")));
  options = embedding({"b", "a", "c", "d"});
  options.embedding = "bad";
  EXPECT_THAT(read(options), AllOf(HasSubstr("cell 'b', column 2"), HasSubstr("not a finite number")));
  EXPECT_THROW((CellFeatureOptions{.embedding = "", .embedding_file = "e.h5ad", .pathway_file = ""}.validate()),
               ConfigError);
}

TEST_F(CellFeatures, PathwaysAreMatchedById) {
  const auto options = table("cell,P2,other,P1\nd,1,2,3\nc,4,5,6\nb,7,8,9\na,0,0,0\n");
  EXPECT_THAT(read_pathway_values(options, screen(), {"P1", "P2", "P3"}).values.values, ElementsAre(9, 7, 0, 3, 1, 0));
  EXPECT_THAT(refusal([&] { read_pathway_values(options, screen(), {"P7"}); }),
              AllOf(HasSubstr("none of its 3 columns is a pathway"), HasSubstr("as 'P7'")));
  EXPECT_THAT(refusal([&] { read_pathway_values(options, screen(), {}); }), HasSubstr("choose another network.level"));
  EXPECT_THAT(refusal([&] { read_pathway_values(table("cell,P1\nb,1\n"), screen(), {"P1"}); }),
              HasSubstr("are missing"));
}

}  // namespace
}  // namespace gracevae::impl
