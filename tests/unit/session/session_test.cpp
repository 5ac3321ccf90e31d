// The public headers: the same bits as the command line's training, from files or from memory, in pieces or whole, and
// nothing left behind in the host.
#include <gracevae/errors.hpp>
#include <gracevae/evaluate.hpp>
#include <gracevae/report.hpp>
#include <gracevae/simulate.hpp>
#include <gracevae/training.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "base/files.hpp"
#include "evaluate/evaluate.hpp"
#include "io/anndata.hpp"
#include "library/parts.hpp"
#include "support/temporary_folder.hpp"
#include "train/trainer.hpp"

namespace gracevae {
namespace {

namespace fs = std::filesystem;

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    simulate(folder_.path() / "sim", Options::read({}, {{"simulate.latents", "3"},
                                                        {"simulate.genes", "30"},
                                                        {"simulate.control_cells", "60"},
                                                        {"simulate.cells_per_single", "40"},
                                                        {"simulate.cells_per_double", "10"},
                                                        {"simulate.doubles", "2"},
                                                        {"simulate.genes_per_program", "6"}}));
    screen_.emplace(Screen::read(screen_file()));
    graph_.emplace(ContextGraph::read(*screen_, network()));
    split_.emplace(Split::make(*screen_, 0));
  }
  fs::path screen_file() const { return folder_.path() / "sim/screen.h5ad"; }
  fs::path network() const { return folder_.path() / "sim/network"; }
  fs::path run(const std::string& name) const { return folder_.path() / name; }

  static Options options() {
    Options options;
    options.epochs(4)
        .set("model.hidden", 8)
        .set("train.batch_size", 8)
        .set("train.threads", 1)
        .set("validate_every", 2);
    return options;
  }
  TrainingSession begin(Context context = {}) const {
    return {*screen_, *split_, options(), *graph_, std::move(context)};
  }
  /// The run that the command line makes of the same options.
  fs::path trained_by_command() const {
    impl::RunOptions all = options().impl().run;
    all.screen.file = screen_file().string();
    all.network.network = network().string();
    all.train.resolve(all.model.model);
    impl::train({.options = all, .folder = {run("command")}});
    return run("command");
  }

  impl::TemporaryFolder folder_;
  std::optional<Screen> screen_;
  std::optional<ContextGraph> graph_;
  std::optional<Split> split_;
};

void run_to_end(TrainingSession& session) {
  while (!session.finished()) session.run_epoch();
}

std::string model_bytes(const fs::path& run) { return impl::read_text(run / "model.safetensors"); }

TEST_F(SessionTest, GivesTheBitsOfTheCommandLine) {
  TrainingSession session = begin();
  run_to_end(session);
  session.save(run("session"));
  const fs::path command = trained_by_command();
  EXPECT_EQ(model_bytes(run("session")), model_bytes(command));
  EXPECT_EQ(impl::read_text(run("session") / "model_best.safetensors"),
            impl::read_text(command / "model_best.safetensors"));
  EXPECT_EQ(impl::read_text(run("session") / "split.tsv"), impl::read_text(command / "split.tsv"));
  EXPECT_EQ(impl::read_toml(run("session") / "options.toml").at("environment").at("threads"), 1) << "train.threads";
  EXPECT_EQ(session.history().size(), 4U);
  for (const EpochRecord& epoch : session.history()) EXPECT_TRUE(epoch.validation.has_value());
}

TEST_F(SessionTest, InPiecesSavedAndResumedGivesTheSame) {
  TrainingSession whole = begin();
  run_to_end(whole);
  whole.save(run("whole"));
  TrainingSession first = begin();
  for (std::int64_t i = 0; i < first.steps_per_epoch() + 2; ++i) EXPECT_TRUE(std::isfinite(first.step().total));
  EXPECT_EQ(first.epoch(), 1);
  first.save(run("pieces"));
  TrainingSession second = TrainingSession::resume(run("pieces"));
  EXPECT_EQ(second.history().size(), 1U);
  run_to_end(second);
  second.save(run("pieces"));
  EXPECT_EQ(model_bytes(run("pieces")), model_bytes(run("whole")));
  EXPECT_THROW(first.save(run("whole")), ConfigError) << "another run's folder";
}

TEST_F(SessionTest, FromMemoryGivesTheSameAndSavesWhatItNeeds) {
  ScreenData data;
  data.cells = screen_->cells();
  data.genes = screen_->genes();
  data.values.n_cols = screen_->n_genes();
  Matrix<float> dense(screen_->n_cells(), screen_->n_genes());
  for (std::int64_t i = 0; i < screen_->n_cells(); ++i) {
    const std::vector<float> row = screen_->cell(i);
    std::copy(row.begin(), row.end(), dense.row(i).begin());
    data.labels.push_back(
        screen_->conditions()[static_cast<std::size_t>(screen_->condition_of_cell()[static_cast<std::size_t>(i)])]
            .label);
  }
  data.values = sparse_of(dense);
  const Screen held = Screen::from_data(std::move(data));
  NetworkData networks;
  networks.pathways = {{"P1", "one", {screen_->genes()[0], screen_->genes()[1]}}};
  networks.interactions = {{screen_->genes()[0], screen_->genes()[2]}};
  Options small = options();
  small.epochs(1);
  const fs::path saved = run("memory");
  {
    const ContextGraph graph = ContextGraph::from_data(held, networks);
    EXPECT_EQ(graph.n_pathways(), 1);
    TrainingSession session(held, Split::make(held, 0), small, graph);
    run_to_end(session);
    session.save(saved);
  }
  const Model model = Model::load(saved);
  EXPECT_EQ(model.screen().genes(), screen_->genes());
  EXPECT_EQ(model.screen().n_cells(), screen_->n_cells());

  TrainingSession of_memory(held, Split::make(held, 0), options(), *graph_);
  TrainingSession of_file = begin();
  EXPECT_EQ(of_memory.step().total, of_file.step().total);
}

TEST_F(SessionTest, ModelsAnswerInMemoryAsTheFilesSay) {
  TrainingSession session = begin();
  run_to_end(session);
  session.save(run("a"));
  const Model now = session.model(), loaded = Model::load(run("a"));
  const std::string pair = split_->test_conditions().back();
  const PredictedCells of_now = now.predict(pair), of_loaded = loaded.predict(pair);
  EXPECT_EQ(of_now.values.values, of_loaded.values.values);
  EXPECT_EQ(of_now.values.n_rows, screen_->conditions()[0].n_cells);
  EXPECT_EQ(loaded.predict(pair, {.n_most = 5, .in = {}}).values.n_rows, 5);
  EXPECT_EQ(loaded.latents({.n_most = 7, .in = {}}).n_rows, 7);
  EXPECT_EQ(loaded.latents({.n_most = 7, .in = {}}).n_cols, 3);
  EXPECT_THROW(loaded.predict(pair, {.n_most = 0, .in = {"batch=2"}}), InputError) << "there are no covariates";
  EXPECT_EQ(loaded.graph().weights.n_rows, 3);
  EXPECT_EQ(loaded.graph().labels.size(), 3U);
  const std::vector<GeneEffect> effects = loaded.effects(pair, ControlCells{});
  double worst = 0;
  for (std::int64_t g = 0; g < screen_->n_genes(); ++g) {
    double mean = 0;
    for (std::int64_t i = 0; i < of_loaded.values.n_rows; ++i) mean += static_cast<double>(of_loaded.values(i, g));
    mean /= static_cast<double>(of_loaded.values.n_rows);
    const GeneEffect& effect = effects[static_cast<std::size_t>(g)];
    worst = std::max(worst, std::abs(effect.control + effect.effect - mean));
  }
  EXPECT_LT(worst, 0.1) << "control + effect is the mean of the predicted cells, up to their noise";

  const fs::path file = loaded.screen().n_cells() > 0 ? run("a") / "predictions.h5ad" : fs::path();
  EXPECT_FALSE(fs::exists(file)) << "nothing was written";
  const Options small = Options().set("min_test_cells", 5);
  const Scores scores = evaluate(loaded, small),
               by_hand = evaluate(loaded.screen(), loaded.split(), loaded.predict_test(), small);
  for (const char* metric : {"mmd.unbiased", "vcc.mae"})
    EXPECT_NEAR(scores.average(metric, "double", "model", "all"), by_hand.average(metric, "double", "model", "all"),
                2e-2)
        << metric;
  EXPECT_FALSE(std::isnan(scores.average("vcc.mae", "double", "additive", "all")));
  EXPECT_THAT(scores.text, testing::HasSubstr("additive"));
}

TEST_F(SessionTest, ScoresAreThoseOfThePredictionsFile) {
  TrainingSession session = begin();
  run_to_end(session);
  session.save(run("a"));
  const Model model = Model::load(run("a"));
  const std::vector<PredictedCells> cells = model.predict_test();
  ASSERT_EQ(cells.size(), split_->test_conditions().size());
  PredictedCells wrong = cells.front();
  wrong.condition = "nobody";
  EXPECT_THROW(evaluate(*screen_, *split_, {wrong}), InputError);
  wrong = cells.front();
  wrong.values.n_rows -= 1;
  EXPECT_THROW(evaluate(*screen_, *split_, {wrong}), InputError);
  wrong = cells.front();
  wrong.controls.front() = split_->test_cells(wrong.condition).front();
  EXPECT_THROW(evaluate(*screen_, *split_, {wrong}), InputError);
}

TEST_F(SessionTest, StopsWhenAskedAndCanGoOn) {
  std::stop_source stop;
  Context context;
  context.stop = stop.get_token();
  int n_reports = 0, n_messages = 0;
  context.progress = [&](const ProgressReport&) { ++n_reports; };
  context.log = [&](const Message&) { ++n_messages; };
  TrainingSession session = begin(context);
  EXPECT_GT(n_messages, 0);
  session.step();
  stop.request_stop();
  EXPECT_THROW(session.run_epoch(), Interrupted);
  session.save(run("stopped"));
  TrainingSession more = TrainingSession::resume(run("stopped"));
  run_to_end(more);
  TrainingSession whole = begin();
  run_to_end(whole);
  more.save(run("stopped"));
  whole.save(run("whole"));
  EXPECT_EQ(model_bytes(run("stopped")), model_bytes(run("whole")));
}

TEST_F(SessionTest, TheHostIsLeftAsItWas) {
  omp_set_num_threads(3);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  TrainingSession session = begin();
  run_to_end(session);
  session.save(run("quiet"));
  const Model model = Model::load(run("quiet"));
  evaluate(model);
  write_report({run("quiet")}, run("quiet") / "report.html");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(omp_get_max_threads(), 3);
  omp_set_num_threads(1);
}

TEST_F(SessionTest, MistakesAreErrorsWithAWayOut) {
  TrainingSession session = begin();
  run_to_end(session);
  EXPECT_THROW(session.step(), ConfigError);
  EXPECT_THROW(session.run_epoch(), ConfigError);
  const Model model = session.model();
  EXPECT_THROW(model.predict("nobody"), InputError);
  EXPECT_THROW(Model::load(run("none")), IoError);
  EXPECT_THROW(TrainingSession::resume(run("none")), IoError);
  EXPECT_THROW(TrainingSession(*screen_, *split_, options()), ConfigError) << "grace-vae without a graph";
}

}  // namespace
}  // namespace gracevae
