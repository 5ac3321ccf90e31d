#include "experiment/sweep_plan.hpp"

#include <gmock/gmock.h>

#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "experiment/slurm.hpp"
#include "experiment/sweep_board.hpp"
#include "experiment/sweep_run.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using testing::ElementsAre;
using testing::HasSubstr;

const MachineSpeed kSpeed{.flops = 1e9, .bytes = 1e9, .gathers = 1e9, .serial = 1e9};

/// A dense table of 4 control cells and 10 cells each of g0 and g1, labels beside it.
class Plan : public testing::Test {
 protected:
  Plan() { write_screen("1"); }
  void write_screen(const std::string& value) {
    std::string cells = "cell\tg0\tg1\n", labels = "cell\tcondition\n";
    for (int i = 0; i < 24; ++i) {
      cells += "c" + std::to_string(i) + "\t" + (i == 3 ? value : "0") + "\t0.5\n";
      labels += "c" + std::to_string(i) + "\t" + (i < 4 ? "control" : i < 14 ? "g0" : "g1") + "\n";
    }
    folder_.write("screen.tsv", cells);
    folder_.write("labels.tsv", labels);
  }
  SweepPlan plan(std::vector<Override> flags = {}, const std::filesystem::path& labels = {}) {
    folder_.write("sweep.toml", "[sweep]\nseeds = \"0-1\"\n[grid]\nmodel.model = [\"cmvae\", \"other\"]\n");
    flags.push_back({"screen.file", (folder_.path() / "screen.tsv").string()});
    flags.push_back({"screen.labels_file", (labels.empty() ? folder_.path() / "labels.tsv" : labels).string()});
    return plan_sweep(read_sweep(folder_.path() / "sweep.toml", flags), folder_.path() / "out", kSpeed);
  }
  TemporaryFolder folder_;
};

std::vector<std::string> keys(const SweepPlan& plan) {
  std::vector<std::string> keys;
  for (const SweepJob& job : plan.jobs) keys.push_back(job.key);
  return keys;
}

TEST_F(Plan, OneSplitASeedForAllVariants) {
  const SweepPlan made = plan();
  ASSERT_EQ(made.jobs.size(), 4U);
  const auto split = [&](std::size_t i) { return made.jobs[i].run.options.run.split.file; };
  EXPECT_EQ(split(0), split(2)) << "seed 0 of both";
  EXPECT_EQ(split(1), split(3));
  EXPECT_NE(split(0), split(1));
  EXPECT_NE(read_text(split(0)), read_text(split(1)));
  EXPECT_EQ(std::set<std::string>({made.jobs[0].key, made.jobs[1].key, made.jobs[2].key, made.jobs[3].key}).size(), 4U);
  EXPECT_EQ(made.jobs[0].folder.filename(), "cmvae_seed_0-" + made.jobs[0].key.substr(0, 10));
}

TEST_F(Plan, TheKeyHangsOnOptionsAndBytesAndOnNothingElse) {
  const auto before = keys(plan());
  EXPECT_EQ(keys(plan()), before);
  EXPECT_EQ(keys(plan({{"train.threads", 3}, {"train.checkpoint_every", 2}, {"sweep.keep_predictions", true}})), before)
      << "what changes no result";
  EXPECT_NE(keys(plan({{"train.learning_rate", 0.5}}))[0], before[0]);
  EXPECT_NE(keys(plan({{"evaluate.top_genes", 3}}))[0], before[0]);
  const auto moved = folder_.path() / "moved.tsv";
  std::filesystem::copy(folder_.path() / "labels.tsv", moved);
  EXPECT_EQ(keys(plan({}, moved))[0], before[0]) << "the same bytes elsewhere";
  write_screen("2");
  EXPECT_NE(keys(plan())[0], before[0]) << "another value in the screen";
}

TEST_F(Plan, AnotherKindOfSplitIsBesideTheFirst) {
  const std::string first = plan().jobs[0].run.options.run.split.file;
  const SweepPlan other = plan({{"split.test_fraction", 0.4}});
  EXPECT_NE(other.jobs[0].run.options.run.split.file, first);
  EXPECT_TRUE(std::filesystem::exists(first));
}

TEST_F(Plan, MemoryGrowsWithTheTestCells) {
  const auto memory = [&](double fraction) {
    return plan({{"split.test_fraction", fraction}, {"split.validation_fraction", 0}, {"train.batch_size", 100}})
        .estimates[0]
        .memory_bytes;
  };
  EXPECT_NEAR(static_cast<double>(memory(0.4) - memory(0.2)), 1.2 * 4 * 2 * 4, 1)
      << "four more of the 20 perturbed cells, two genes, 4 bytes, 1.2 times";
}

TEST_F(Plan, EveryNetworkHasItsOwnSize) {
  const auto gmt = folder_.write("sets.gmt", "One\tP1\tg0\tg1\nTwo\tP2\tg0\tg1\nThree\tP3\tg0\tg1\n");
  folder_.write("sweep.toml", "[sweep]\nseeds = \"0\"\n[grid]\nnetwork.corrupt = [0.0, 1.0]\n");
  const Sweep sweep =
      read_sweep(folder_.path() / "sweep.toml", {{"screen.file", (folder_.path() / "screen.tsv").string()},
                                                 {"screen.labels_file", (folder_.path() / "labels.tsv").string()},
                                                 {"network.gmt", gmt.string()}});
  const SweepPlan made = plan_sweep(sweep, folder_.path() / "out", kSpeed);
  ASSERT_EQ(made.jobs.size(), 2U);
  EXPECT_NE(made.estimates[0].step_seconds, made.estimates[1].step_seconds) << "other edges reach genes";
}

TEST_F(Plan, OptionsThatContradictEachOtherAreTheRunsOwnError) {
  const SweepPlan made = plan({{"model.precision", "bf16"}, {"model.dtype", "float64"}});
  EXPECT_EQ(made.jobs.size(), 4U);
  EXPECT_EQ(made.estimates.size(), 4U);
}

TEST_F(Plan, OwnSplitFileIsTakenForEverySeed) {
  const std::string own = plan().jobs[0].run.options.run.split.file;
  const SweepPlan made = plan({{"split.split_file", own}});
  EXPECT_EQ(made.jobs[1].run.options.run.split.file, own);
}

TEST_F(Plan, StatesAsTheFilesHaveThem) {
  const SweepPlan made = plan();
  const SweepJob& job = made.jobs[0];
  EXPECT_EQ(status_of(job).state, JobState::fresh);
  std::filesystem::create_directories(job.folder);
  write_text(RunFolder{job.folder}.options(), "");
  EXPECT_EQ(status_of(job).state, JobState::stopped);
  write_text(RunFolder{job.folder}.failed(), R"({"key": ")" + job.key + R"(", "reason": "no such thing\nmore"})");
  EXPECT_EQ(status_of(job).state, JobState::failed);
  EXPECT_THAT(plan_text(made, {}, 2), HasSubstr("failed: no such thing "));
  write_text(RunFolder{job.folder}.finished(), R"({"key": "of another run"})");
  write_text(RunFolder{job.folder}.metrics(), "{}");
  EXPECT_EQ(status_of(job).state, JobState::failed) << "a record of another key does not count";
  write_text(RunFolder{job.folder}.finished(), R"({"key": ")" + job.key + R"("})");
  EXPECT_EQ(status_of(job).state, JobState::finished);
  EXPECT_THAT(plan_text(made, {}, 2), HasSubstr("3 of 4 runs are left"));
  std::filesystem::remove(RunFolder{job.folder}.metrics());
  EXPECT_NE(status_of(job).state, JobState::finished) << "without its scores";
}

TEST(TaskPart, EveryJobIsInExactlyOnePart) {
  for (const std::size_t n : {1U, 3U, 7U}) {
    std::vector<int> count(20, 0);
    for (std::size_t i = 1; i <= n; ++i) {
      const TaskPart part = TaskPart::parse(std::to_string(i) + "/" + std::to_string(n));
      for (std::size_t job = 0; job < count.size(); ++job) count[job] += part.holds(job) ? 1 : 0;
    }
    EXPECT_THAT(count, testing::Each(1)) << n;
  }
  for (const char* wrong : {"0/3", "4/3", "1", "1/", "/2", "a/b", "1/2x", "1/0", "-1/2"})
    EXPECT_THROW(TaskPart::parse(wrong), ConfigError) << wrong;
}

TEST(JobName, IsReadableAndSafe) {
  EXPECT_EQ(job_name("gg+pg, beta_max=2.5, seed 3", "0123456789abcdef"), "gg+pg_beta_max=2.5_seed_3-0123456789");
  EXPECT_EQ(job_name("../a/b", "0123456789abcdef"), ".._a_b-0123456789");
  EXPECT_EQ(job_name(std::string(200, 'x'), "0123456789abcdef").size(), 91U);
}

TEST(LastWords, OfAProgramThatFailed) {
  EXPECT_EQ(last_words("loading\ngracevae: error: no column 'x'\n  hint: did you mean y?\n"),
            "no column 'x'\n  hint: did you mean y?");
  EXPECT_EQ(last_words("gracevae: SIGTERM at epoch 3"), "SIGTERM at epoch 3");
  EXPECT_EQ(last_words("one\ntwo\n"), "two");
  EXPECT_EQ(last_words(""), "");
}

TEST(Board, HeadlineAndLines) {
  SweepState state{.n_total = 10,
                   .n_finished = 4,
                   .n_found = 2,
                   .failed = {"vgae, seed 0: no such model\n  hint: a"},
                   .running = {},
                   .seconds = 60};
  state.running.push_back({"cmvae, seed 1", "epoch 3 of 9", 5});
  EXPECT_EQ(headline(state),
            "4 of 10 finished (2 before), 1 failed, 1 running, 4 waiting; 1 min 00 s, about 2 min 30 s left");
  EXPECT_EQ(board_text(state),
            headline(state) + "\n  cmvae, seed 1  epoch 3 of 9  5.0 s\n  failed: vgae, seed 0: no such model");
}

TEST(Slurm, TheScript) {
  SlurmArray array{.name = "gracevae-table1",
                   .words = {"/opt/gracevae", "sweep", "/a b/it's.toml", "-o", "/out", "--epochs=3"},
                   .working_folder = "/here",
                   .logs = "/out/slurm",
                   .n_runs = 50,
                   .at_once = 4,
                   .threads = 2,
                   .memory_bytes = 500'000'000,
                   .options = {"--partition=long"}};
  const std::string script = slurm_script(array);
  EXPECT_THAT(script, testing::StartsWith("#!/bin/sh\n"));
  for (
      const char* line :
      {"#SBATCH --array=1-50%4\n", "#SBATCH --cpus-per-task=2\n", "#SBATCH --mem=1200M\n", "#SBATCH --chdir=/here\n",
       "#SBATCH --output=/out/slurm/task_%a.log\n", "#SBATCH --signal=B:TERM@120\n", "#SBATCH --partition=long\n",
       "\nexec /opt/gracevae sweep '/a b/it'\\''s.toml' -o /out --epochs=3 --jobs 1 --task \"$SLURM_ARRAY_TASK_ID/50\"\n"})
    EXPECT_THAT(script, HasSubstr(line));
  array.at_once = 0;
  array.n_runs = 5000;
  EXPECT_THAT(slurm_script(array), HasSubstr("--array=1-1000\n"));
  EXPECT_THAT(slurm_script(array), HasSubstr("$SLURM_ARRAY_TASK_ID/1000"));
}

}  // namespace
}  // namespace gracevae::impl
