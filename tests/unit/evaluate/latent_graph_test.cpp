#include "evaluate/latent_graph.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "io/anndata.hpp"
#include "support/temporary_folder.hpp"
#include "support/thrown.hpp"
#include "unit/evaluate/small_graphs.hpp"

namespace gracevae::impl {
namespace {

using test::matrix;
using ::testing::HasSubstr;

TEST(KnownGraph, OfBothForms) {
  const TemporaryFolder folder;
  folder.write("truth.json",
               R"({"format":"gracevae-simulation/2","n_latents":3,"edges":[{"from":2,"to":0,"weight":-1.5}],)"
               R"("labels":[{"label":"A","latents":[2],"shifts":[4]},{"label":"B","latents":[],"shifts":[]}]})");
  const KnownGraph truth = read_known_graph(folder.path() / "truth.json");
  EXPECT_EQ(truth.n_edges(), 1);
  EXPECT_EQ(truth.weights(2, 0), -1.5);
  EXPECT_TRUE(truth.labels[1].latents.empty());
  AnnData data;
  data.x.n_rows = 1;
  data.x.n_cols = 1;
  data.x.indptr = {0, 0};
  data.obs.index = {"c"};
  data.var.index = {"g"};
  data.uns["true_latent_graph"] = matrix({{0, 1}, {0, 0}});
  write_anndata(folder.path() / "toy.h5ad", data);
  const KnownGraph toy = read_known_graph(folder.path() / "toy.h5ad");
  EXPECT_EQ(toy.n_edges(), 1);
  EXPECT_EQ(toy.labels[1].label, "1");
  data.uns.clear();
  write_anndata(folder.path() / "none.h5ad", data);
  EXPECT_THROW(read_known_graph(folder.path() / "none.h5ad"), InputError);
  data.uns["true_latent_graph"] = matrix({{0, 1}, {1, 0}});
  write_anndata(folder.path() / "cycle.h5ad", data);
  EXPECT_THROW(read_known_graph(folder.path() / "cycle.h5ad"), InputError);
  folder.write("other.json", R"({"format":"something"})");
  EXPECT_THROW(read_known_graph(folder.path() / "other.json"), InputError);
  folder.write("broken.json", "{");
  EXPECT_THROW(read_known_graph(folder.path() / "broken.json"), InputError);
}

/// A truth with one text in place of another.
KnownGraph read_changed(const std::string& from, const std::string& to) {
  const TemporaryFolder folder;
  std::string text =
      R"({"format":"gracevae-simulation/2","n_latents":3,"edges":[{"from":2,"to":0,"weight":-1.5},{"from":0,"to":1,"weight":1}],)"
      R"("labels":[{"label":"A","latents":[2],"shifts":[4]}]})";
  text.replace(text.find(from), from.size(), to);
  folder.write("truth.json", text);
  return read_known_graph(folder.path() / "truth.json");
}

Thrown truth_error(const std::string& from, const std::string& to) {
  return message_of<InputError>([&] { read_changed(from, to); });
}

TEST(KnownGraph, SaysWhatIsWrong) {
  EXPECT_EQ(read_changed("\"A\"", "\"B\"").labels[0].label, "B");
  EXPECT_THAT(truth_error("simulation/2", "simulation/1"), At("", "gracevae-simulation/2"));
  EXPECT_THAT(truth_error("gracevae-simulation/2", "else/1"), At("", "else/1"));
  EXPECT_THAT(truth_error("\"to\":0", "\"to\":9"), At("", "9", "0 to 2"));
  EXPECT_THAT(truth_error("\"to\":1", "\"to\":2"), HasSubstr("has a cycle"));
  EXPECT_THAT(truth_error("\"to\":1", "\"to\":0"), HasSubstr("has a cycle"));
  EXPECT_THAT(truth_error("[4]", "[4,5]"), At("", "A", "1", "2"));
  EXPECT_THAT(truth_error("edges", "edge"), At("", "truth.json", "edges"));
}

}  // namespace
}  // namespace gracevae::impl
