#include "run/learned_graph.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

TEST(LearnedGraph, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  LearnedGraph written;
  written.model = "grace-vae";
  written.mechanism = "relu";
  written.intervention = "cut";
  written.identified = true;
  written.tau = 4;
  written.labels = {{"A", 1, 0.9, -2}};
  written.noise_sd = {2, 0.5};
  written.graph = Matrix<double>(2, 2);
  written.graph(0, 1) = 0.1;
  written.threshold = 0.3;
  written.threshold_rule = "a rule";
  written.start = {{"threshold", 0.3}};
  written.diagnostics = {{"active_units", 1}};
  written.warnings = {"w"};
  const auto file = folder.path() / "latents.json";
  write_learned_graph(file, written);
  const LearnedGraph read = read_learned_graph(file);
  EXPECT_EQ(read.source, file.string());
  EXPECT_EQ(read.model + read.mechanism + read.intervention + read.threshold_rule, "grace-vaerelucuta rule");
  EXPECT_TRUE(read.identified);
  EXPECT_EQ(read.tau, 4);
  ASSERT_EQ(read.labels.size(), 1U);
  EXPECT_EQ(read.labels[0].label, "A");
  EXPECT_EQ(read.labels[0].latent, 1);
  EXPECT_EQ(read.labels[0].sharpness, 0.9);
  EXPECT_EQ(read.labels[0].shift, -2);
  EXPECT_EQ(read.noise_sd, written.noise_sd);
  EXPECT_EQ(read.graph.values, written.graph.values);
  EXPECT_DOUBLE_EQ(read.weights(0, 1), 0.4);
  EXPECT_EQ(read.threshold, 0.3);
  EXPECT_EQ(read.start, written.start);
  EXPECT_EQ(read.diagnostics, written.diagnostics);
  EXPECT_THAT(read.warnings, ElementsAre("w"));
  EXPECT_THAT(read_latent_warnings(file), ElementsAre("w"));
  write_learned_graph(file, {});
  EXPECT_EQ(read_learned_graph(file).n_latents(), 0);
}

}  // namespace
}  // namespace gracevae::impl
