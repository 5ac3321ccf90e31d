// latents.json and truth.json.
#include "evaluate/latent_graph.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "io/anndata.hpp"
#include "support/temporary_folder.hpp"
#include "unit/evaluate/small_graphs.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::matrix;

TEST(LearnedGraph, IsReadInUnitsOfTheNoise) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "latents.json";
  const std::string good =
      R"({"format":"gracevae-latents/1","mechanism":"relu","identifies_graph":true,"labels":[{"label":"A","latent":1,)"
      R"("sharpness":1,"shift":2}],"noise_sd":[2,0.5],"graph":[[0,0.3],[0,0]],"threshold":null,"threshold_rule":"r",)"
      R"("warnings":["w"]})";
  folder.write("latents.json", good);
  const LearnedGraph fit = read_learned_graph(file);
  EXPECT_DOUBLE_EQ(fit.weights(0, 1), 0.3 * 2 / 0.5);
  EXPECT_EQ(fit.graph(0, 1), 0.3);
  EXPECT_FALSE(fit.threshold.has_value());
  const auto error_of = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    folder.write("latents.json", text);
    try {
      read_learned_graph(file);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error_of("latents/1", "latents/9"), HasSubstr("expected \"gracevae-latents/1\""));
  EXPECT_THAT(error_of("[0,0.3]", "[0]"), HasSubstr("row 1 of the graph has 1 numbers, expected 2"));
  EXPECT_THAT(error_of("\"latent\":1", "\"latent\":7"), HasSubstr("latent 7, expected 0 to 1"));
  EXPECT_THAT(error_of("\"noise_sd\":[2,0.5]", "\"noise_sd\":[2]"), HasSubstr("noise_sd has 1 numbers"));
  EXPECT_THAT(error_of("[0,0]]", "[0.1,0]]"),
              HasSubstr("an edge from latent 1 to 0, expected edges to later ones only"));
  EXPECT_THAT(error_of("\"labels\"", "\"label\""), HasSubstr("latents.json"));
  try {
    read_learned_graph(folder.path() / "none.json");
    FAIL() << "expected an IoError";
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("none.json: no such file"), HasSubstr("train it again")));
  }
}

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

std::string truth_error(const std::string& from, const std::string& to) {
  const TemporaryFolder folder;
  std::string text =
      R"({"format":"gracevae-simulation/2","n_latents":3,"edges":[{"from":2,"to":0,"weight":-1.5},{"from":0,"to":1,"weight":1}],)"
      R"("labels":[{"label":"A","latents":[2],"shifts":[4]}]})";
  text.replace(text.find(from), from.size(), to);
  folder.write("truth.json", text);
  try {
    read_known_graph(folder.path() / "truth.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(KnownGraph, SaysWhatIsWrong) {
  EXPECT_EQ(truth_error("A", "B"), "no error");
  EXPECT_THAT(truth_error("simulation/2", "simulation/1"),
              HasSubstr("is of an older version, expected gracevae-simulation/2"));
  EXPECT_THAT(truth_error("gracevae-simulation/2", "else/1"), HasSubstr("'else/1' is no truth of a simulated screen"));
  EXPECT_THAT(truth_error("\"to\":0", "\"to\":9"), HasSubstr("latent 9, expected 0 to 2"));
  EXPECT_THAT(truth_error("\"to\":1", "\"to\":2"), HasSubstr("has a cycle"));
  EXPECT_THAT(truth_error("\"to\":1", "\"to\":0"), HasSubstr("has a cycle"));
  EXPECT_THAT(truth_error("[4]", "[4,5]"), HasSubstr("label 'A' has 1 latents and 2 shifts, expected as many"));
  EXPECT_THAT(truth_error("edges", "edge"), AllOf(HasSubstr("truth.json"), HasSubstr("'edges'")));
}

}  // namespace
}  // namespace gracevae::impl
