#include "experiment/sweep_file.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using testing::ElementsAre;

class SweepFile : public testing::Test {
 protected:
  Sweep read(const std::string& text, const std::vector<Override>& flags = {{"screen.file", "/x.h5ad"}}) {
    folder_.write("sweep.toml", text);
    return read_sweep(folder_.path() / "sweep.toml", flags);
  }
  static std::vector<std::string> titles(const Sweep& sweep) {
    std::vector<std::string> titles;
    for (const SweepRun& run : sweep.runs) titles.push_back(run.title());
    return titles;
  }
  TemporaryFolder folder_;
};

TEST_F(SweepFile, RunsTimesGridTimesSettingsTimesSeeds) {
  const Sweep sweep = read(R"(
[sweep]
seeds = "0,4"
[train]
epochs = 7
[[run]]
name = "a"
[[run]]
name = "b"
train.epochs = 9
[grid]
network.level = ["gg", "full"]
[select.train]
beta_max = [1, 2.5]
)");
  EXPECT_EQ(sweep.runs.size(), 16U);
  EXPECT_THAT(titles(sweep), testing::Contains("b gg, beta_max=2.5, seed 4").Times(1));
  EXPECT_EQ(sweep.runs.front().title(), "a gg, beta_max=1, seed 0");
  const RunOptions& last = sweep.runs.back().options.run;
  EXPECT_EQ(sweep.runs.back().title(), "b full, beta_max=2.5, seed 4");
  EXPECT_EQ(last.train.epochs, 9);
  EXPECT_EQ(sweep.runs.front().options.run.train.epochs, 7);
  EXPECT_EQ(last.train.beta_max, 2.5);
  EXPECT_EQ(last.train.seed, 4);
  EXPECT_EQ(last.network.level, "full");
  EXPECT_EQ(last.train.threads, 1) << "one thread a run";
  EXPECT_EQ(last.train.alpha_max, 8) << "resolved: the published best setting stands where -1 did";
}

TEST_F(SweepFile, FlagsWinOverSectionsAndRunsOverFlags) {
  const Sweep sweep = read("[train]\nepochs = 7\n[[run]]\nname = \"a\"\n[[run]]\nname = \"b\"\ntrain.epochs = 9\n",
                           {{"screen.file", "/x.h5ad"}, {"train.epochs", 3}, {"sweep.seeds", "5"}});
  EXPECT_THAT(titles(sweep), ElementsAre("a, seed 5", "b, seed 5"));
  EXPECT_EQ(sweep.runs[0].options.run.train.epochs, 3);
  EXPECT_EQ(sweep.runs[1].options.run.train.epochs, 9);
}

TEST_F(SweepFile, AnObjectiveBringsItsDefaultsAndWhatIsSaidWins) {
  const Sweep sweep = read(
      "[sweep]\nseeds = \"0\"\n[train]\nlearning_rate = 0.5\n[grid]\ntrain.objective = [\"calibrated\", "
      "\"published\"]\n");
  ASSERT_THAT(titles(sweep), ElementsAre("calibrated, seed 0", "published, seed 0"));
  EXPECT_EQ(sweep.runs[0].options.run.train.start, "auto");
  EXPECT_EQ(sweep.runs[1].options.run.train.start, "random");
  EXPECT_EQ(sweep.runs[1].options.run.train.learning_rate, 0.5);
  EXPECT_EQ(sweep.runs[0].options.run.train.learning_rate, 0.5);
  EXPECT_EQ(sweep.runs[0].options.run.train.threads, 1);
}

TEST_F(SweepFile, AModelThatThisBuildHasNotIsItsRunsErrorNotTheSweeps) {
  EXPECT_EQ(read("[sweep]\nseeds = \"0\"\n[model]\nmodel = \"tomorrow\"\n").runs[0].options.run.model.model,
            "tomorrow");
}

TEST_F(SweepFile, WhatIsRefused) {
  const auto refused = [&](const std::string& text, const std::vector<std::string>& parts) {
    expect_error<ConfigError>([&] { read(text); }, parts);
  };
  refused("[gird]\ntrain.epochs = [1]\n", {"unknown section [gird]", "grid"});
  refused("[train]\nepoch = 1\n", {"line 2", "unknown option 'epoch'", "epochs"});
  refused("[grid]\ntrain.epoch = [1]\n", {"unknown option 'train.epoch'", "train.epochs"});
  refused("[grid]\ntrain.epochs = 1\n", {"train.epochs is 1, expected a list"});
  refused("[grid]\ntrain.epochs = []\n", {"expected a list"});
  refused("[grid]\ntrain.seed = [1]\n", {"'train.seed' is set", "[sweep]"});
  refused("[grid]\nsplit.split = [\"random\"]\n", {"share one screen and its splits"});
  refused("[[run]]\nname = \"a\"\nscreen.file = \"b\"\n", {"[[run]] 'a'", "share one screen"});
  refused("[[run]]\ntrain.epochs = 1\n", {"[[run]] 1", "no name"});
  refused("[[run]]\nname = \"a\"\n[[run]]\nname = \"a\"\n", {"two variants are called 'a'"});
  refused("[[run]]\nname = \"a\"\nepochs = 1\n", {"'epochs' is 1, expected a section"});
  refused("[select]\ntrain.mmd_sigma = [1, 2]\n", {"train.mmd_sigma changes what the validation score measures"});
  refused("[sweep]\nseeds = \"3-1\"\n", {"descends"});
  expect_error<ConfigError>([&] { read("", {}); }, {"no screen was given"});
}

TEST_F(SweepFile, ThePublishedTablesAreRead) {
  const std::filesystem::path source = std::getenv("GRACEVAE_SOURCE_DIR");
  for (const auto& [name, n_variants] :
       {std::pair{"table1", 5}, {"table2", 4}, {"table3", 4}, {"table4", 4}, {"table5", 2}, {"table6", 4}}) {
    const Sweep sweep =
        read_sweep(source / "experiments" / (std::string(name) + ".toml"), {{"screen.file", "/x.h5ad"}});
    EXPECT_EQ(sweep.runs.size(), static_cast<std::size_t>(10 * n_variants)) << name;
    for (const SweepRun& run : sweep.runs) EXPECT_EQ(run.options.run.train.objective, "published") << name;
  }
  EXPECT_EQ(read_sweep(source / "experiments/grid.toml", {{"screen.file", "/x.h5ad"}}).runs.size(), 4U * 54U * 3U);
}

}  // namespace
}  // namespace gracevae::impl
