// Every engine's step against autograd: gradients of every weight, and steps, over all options that change a step.
#include "train/training_step.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <omp.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "simulate/simulate.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/device_step.hpp"

namespace gracevae::impl {
namespace {

using testing::HasSubstr;

/// A screen of 250 genes, so that there are three slices, the last one short.
class TrainingStepTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    SimulateOptions simulate = tiny_simulation();
    simulate.n_latents = 4;
    simulate.n_genes = 250;
    simulate.n_control = 40;
    simulate.cells_per_single = 30;
    simulate.genes_per_program = 12;
    simulate.n_doubles = 4;
    simulate_screen(folder_->path() / "sim", simulate);
    write_covariates(load_screen(options_on(folder_->path() / "sim").screen));
  }
  /// A table of a batch and a dose for every cell, to be joined.
  static void write_covariates(const Screen& screen) {
    std::string text = "cell\tbatch\tdose\n";
    Random random(5, "covariates");
    for (const std::string& cell : screen.cells)
      text += fmt::format("{}\t{}\t{:.3f}\n", cell, "abc"[random.below(3)], random.uniform(0, 10));
    write_text(folder_->path() / "covariates.tsv", text);
  }
  static void add_covariates(RunOptions& options) {
    options.screen.labels_file = (folder_->path() / "covariates.tsv").string();
    options.screen.label_column = "condition";
    options.screen.covariates = {"batch"};
    options.screen.continuous_covariates = {"dose"};
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  static RunOptions options_of(const std::string& model, const std::string& dtype = "float64") {
    RunOptions options = options_on(folder_->path() / "sim");
    options.model.model = model;
    options.model.dtype = dtype;
    options.model.hidden = 7;
    options.batches.batch_size = 9;
    options.train.resolve(model);
    return options;
  }
  /// All that the calibrated objective changes in a step.
  static RunOptions calibrated(const std::string& model = "grace-vae", const std::string& dtype = "float64") {
    RunOptions options = options_of(model, dtype);
    const ModelOptions asked = calibrated_options().model;
    options.model.intervention_encoder = asked.intervention_encoder;
    options.model.mechanism = asked.mechanism;
    options.model.decoder_output = asked.decoder_output;
    options.model.likelihood = asked.likelihood;
    options.model.linear_skip = asked.linear_skip;
    options.model.abduction = asked.abduction;
    options.model.value_range = "nonnegative";
    options.train.mmd_estimate = "unbiased";
    return options;
  }

  static TemporaryFolder* folder_;
};
TemporaryFolder* TrainingStepTest::folder_ = nullptr;

/// A run of one engine, with a model and an optimiser of its own.
struct OneRun {
  RunOptions options;
  RunData data;
  std::unique_ptr<Model> model;
  Adam adam;
  ObjectiveOptions objective;
  std::unique_ptr<TrainingStep> engine;
  std::vector<Batch> batches;
  Schedule schedule{.alpha = 5, .beta = 0.7, .tau = 2.5};

  OneRun(const RunOptions& given, Engine kind)
      : options(given), data(load_run_data(options)), model(make_run_model(options, data)),
        adam(model->parameters(), {}) {
    objective.lambda = 0.03;
    objective.smoothness = 0.2;
    objective.mmd.unbiased = options.train.mmd_estimate == "unbiased";
    objective.mmd.sigma = 20;
    objective.elbo_scale = 0.1;
    objective.free_bits = options.train.free_bits;
    objective.from_prior = options.train.generate_from == "prior";
    leave_start();
    const TrainingStep::Parts parts{options.model, data, *model, adam, objective};
    engine = kind == Engine::device ? make_device_step(parts, 0) : make_training_step(kind, parts);
    engine->begin_epoch(schedule);
    batches = make_batches(data.screen, data.split, data.pairs, options.batches, Random(1, "batches"));
  }

  /// Weights that start at 0 would leave others without gradient.
  void leave_start() {
    const at::NoGradGuard no_grad;
    Random random(8, "weights");
    for (const Parameter& weight : model->parameters().all())
      if (weight.name == "skip.weight" || weight.name == "log_variance" || weight.name == "combination_scale")
        weight.value.add_(normal_tensor(weight.value.sizes().vec(), random, model->parameters().options()), 0.3);
  }

  StepBatch batch(std::size_t i, std::uint64_t step = 0) const {
    const Batch& cells = batches[i % batches.size()];
    StepBatch result{control_features(*model, data, options.model, cells.controls, Random(3, "noise", step)),
                     {data.screen.x, cells.controls, cells.cells}};
    result.input.targets = batch_targets(cells, data, model->parameters().options());
    result.input.tau = schedule.tau;
    if (model->n_dropout() > 0)
      result.input.dropout = at::zeros({model->n_dropout()}, model->parameters().options()).fill_(0.35);
    Random random(9, "observation", step);
    if (objective.from_prior)
      result.observation =
          normal_tensor({std::ssize(cells.controls), data.shape.n_genes}, random, model->parameters().options());
    return result;
  }
};

/// Largest difference over the largest entry.
double relative_difference(const Tensor& a, const Tensor& b) {
  const double scale = at::abs(b).max().item<double>();
  return at::abs(a - b).max().item<double>() / (scale > 0 ? scale : 1);
}

void expect_same_gradients(const RunOptions& options, double tolerance, Engine kind = Engine::sliced,
                           std::size_t batch = 0) {
  const OneRun plain(options, Engine::autograd), other(options, kind);
  const auto expected = plain.engine->gradients(plain.batch(batch));
  const auto found = other.engine->gradients(other.batch(batch));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string& name = plain.model->parameters().all()[i].name;
    if (!expected[i].defined()) {
      EXPECT_FALSE(found[i].defined() && at::abs(found[i]).sum().item<double>() > 0) << name;
      continue;
    }
    ASSERT_TRUE(found[i].defined()) << name;
    ASSERT_EQ(found[i].sizes(), expected[i].sizes()) << name;
    EXPECT_GT(at::abs(expected[i]).max().item<double>(), 0) << name;
    EXPECT_LT(relative_difference(found[i], expected[i]), tolerance) << name;
  }
}

constexpr const char* kModels[] = {"grace-vae", "cmvae", "cmvae-multihot", "sena", "vgae"};

TEST_F(TrainingStepTest, GradientsOfEveryModelInDouble) {
  for (const char* model : kModels) {
    SCOPED_TRACE(model);
    expect_same_gradients(options_of(model), 1e-9);
    expect_same_gradients(calibrated(model), 1e-9);
  }
}

TEST_F(TrainingStepTest, GradientsOfEveryModelInSingle) {
  for (const char* model : kModels) {
    SCOPED_TRACE(model);
    expect_same_gradients(options_of(model, "float32"), 1e-5);
    expect_same_gradients(calibrated(model, "float32"), 1e-5);
  }
}

TEST_F(TrainingStepTest, GradientsWithBfloat16PointTheSameWay) {
  const auto expect = [](RunOptions options) {
    const OneRun exact(options, Engine::sliced);
    options.model.precision = "bf16";
    const OneRun rounded(options, Engine::sliced);
    const auto expected = exact.engine->gradients(exact.batch(0));
    const auto found = rounded.engine->gradients(rounded.batch(0));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string& name = exact.model->parameters().all()[i].name;
      const Tensor a = expected[i].reshape({-1}), b = found[i].reshape({-1});
      const double cosine = ((a * b).sum() / at::sqrt(at::square(a).sum() * at::square(b).sum())).item<double>();
      EXPECT_GT(cosine, 0.999) << name;
      // One number alone may come out the same by chance.
      if (a.numel() > 1) {
        EXPECT_GT(relative_difference(b, a), 1e-5) << "rounded at all: " << name;
      }
    }
  };
  for (const char* model : {"grace-vae", "cmvae", "sena"}) {
    SCOPED_TRACE(model);
    expect(options_of(model, "float32"));
  }
  expect(calibrated("grace-vae", "float32"));
}

/// One change of the options of a run.
struct Change {
  const char* what;
  std::function<void(RunOptions&)> make;
};

/// What an intervention does and how its labels are encoded, one at a time.
std::vector<Change> intervention_changes() {
  return {
      {"scale", [](RunOptions& o) { o.model.intervention = "scale"; }},
      {"cut", [](RunOptions& o) { o.model.intervention = "cut"; }},
      {"knockout", [](RunOptions& o) { o.model.intervention = "knockout"; }},
      {"labels by a network", [](RunOptions& o) { o.model.intervention_encoder = "mlp"; }},
      {"table", [](RunOptions& o) { o.model.intervention_encoder = "table"; }},
      {"tri-value", [](RunOptions& o) { o.model.intervention_encoder = "tri-value"; }},
      {"drop-edge", [](RunOptions& o) { o.model.intervention_encoder = "drop-edge"; }},
  };
}

/// All that changes a step, one at a time.
std::vector<Change> all_changes() {
  std::vector<Change> changes{
      {"linear output", [](RunOptions& o) { o.model.decoder_output = "linear"; }},
      {"leaky output", [](RunOptions& o) { o.model.decoder_output = "leaky-relu"; }},
      {"unbiased", [](RunOptions& o) { o.train.mmd_estimate = "unbiased"; }},
      {"biased", [](RunOptions& o) { o.train.mmd_estimate = "biased"; }},
      {"relu", [](RunOptions& o) { o.model.mechanism = "relu"; }},
      {"linear", [](RunOptions& o) { o.model.mechanism = "linear"; }},
      {"mlp", [](RunOptions& o) { o.model.mechanism = "mlp"; }},
      {"Gaussian", [](RunOptions& o) { o.model.likelihood = "gaussian"; }},
      {"Gaussian, variances kept", [](RunOptions& o) { o.model.likelihood = "gaussian-empirical"; }},
      {"squared error", [](RunOptions& o) { o.model.likelihood = "mse"; }},
      {"free bits", [](RunOptions& o) { o.model.likelihood = "gaussian", o.train.free_bits = 0.4; }},
      {"linear skip", [](RunOptions& o) { o.model.linear_skip = true; }},
      {"no linear skip", [](RunOptions& o) { o.model.linear_skip = false; }},
      {"skip of an mlp mechanism", [](RunOptions& o) { o.model.linear_skip = true, o.model.mechanism = "mlp"; }},
      {"abduction", [](RunOptions& o) { o.model.abduction = true; }},
      {"no abduction", [](RunOptions& o) { o.model.abduction = false; }},
      {"cut at 0", [](RunOptions& o) { o.model.value_range = "nonnegative"; }},
      {"any value", [](RunOptions& o) { o.model.value_range = "any"; }},
      {"prior", [](RunOptions& o) { o.train.generate_from = "prior"; }},
      {"prior, cut", [](RunOptions& o) { o.train.generate_from = "prior", o.model.intervention = "cut"; }},
      {"values a cell", [](RunOptions& o) { o.model.pathway_values = "per-cell"; }},
      {"values zero", [](RunOptions& o) { o.model.pathway_values = "zero"; }},
      {"embedding", [](RunOptions& o) { o.features.embedding = "u"; }},
      {"embedding without a graph", [](RunOptions& o) { o.model.model = "cmvae", o.features.embedding = "u"; }},
      {"embedding beside pathways",
       [](RunOptions& o) { o.model.model = "cmvae-multihot", o.features.embedding = "u"; }},
      {"no pathways", [](RunOptions& o) { o.network.level = "gg"; }},
      {"small weights beside the sets", [](RunOptions& o) { o.model.model = "sena", o.model.sena_lambda = 0.1; }},
  };
  std::ranges::move(intervention_changes(), std::back_inserter(changes));
  return changes;
}

TEST_F(TrainingStepTest, GradientsWithCovariates) {
  const std::vector<Change> changes{
      {"as it is", [](RunOptions&) {}},
      {"without a graph", [](RunOptions& o) { o.model.model = "cmvae"; }},
      {"of gene sets", [](RunOptions& o) { o.model.model = "sena"; }},
      {"beside an embedding", [](RunOptions& o) { o.features.embedding = "u"; }},
      {"prior", [](RunOptions& o) { o.train.generate_from = "prior"; }},
      {"cut", [](RunOptions& o) { o.model.intervention = "cut"; }},
      {"leaky output", [](RunOptions& o) { o.model.decoder_output = "leaky-relu"; }},
  };
  for (const Engine kind : {Engine::sliced, Engine::device})
    for (const bool begins_calibrated : {false, true})
      for (const Change& change : changes) {
        SCOPED_TRACE(testing::Message() << change.what << (begins_calibrated ? ", calibrated" : "")
                                        << (kind == Engine::sliced ? ", sliced" : ", device"));
        RunOptions options = begins_calibrated ? calibrated() : options_of("grace-vae");
        add_covariates(options);
        change.make(options);
        EXPECT_EQ(OneRun(options, Engine::autograd).data.shape.n_covariates, 4);
        expect_same_gradients(options, 1e-9, kind);
      }
}

TEST_F(TrainingStepTest, GradientsWithEveryOption) {
  for (const Engine kind : {Engine::sliced, Engine::device})
    for (const bool begins_calibrated : {false, true})
      for (const Change& change : all_changes()) {
        SCOPED_TRACE(testing::Message() << change.what << (begins_calibrated ? ", calibrated" : "")
                                        << (kind == Engine::sliced ? ", sliced" : ", device"));
        RunOptions options = begins_calibrated ? calibrated() : options_of("grace-vae");
        change.make(options);
        EXPECT_EQ(why_not_sliced(options), "");
        expect_same_gradients(options, 1e-9, kind);
      }
}

/// Combinations train but for one, with batches of so many cells.
RunOptions with_combinations(RunOptions options, std::int64_t batch_size) {
  options.split.kind = "unseen-combination";
  options.split.test_fraction = 0.1;
  options.split.validation_fraction = 0;
  options.batches.batch_size = batch_size;
  options.batches.fill_short = true;
  options.model.combination = "scaled";
  return options;
}

/// The first batch of a regime of several targets, or of several such regimes.
std::size_t batch_of_combinations(const OneRun& run, bool mixed) {
  const auto found = std::ranges::find_if(run.batches, [&](const Batch& batch) {
    return mixed
               ? batch.regime == Batch::kMixed
               : batch.regime > 0 && run.data.screen.regimes[static_cast<std::size_t>(batch.regime)].targets.size() > 1;
  });
  EXPECT_NE(found, run.batches.end());
  return static_cast<std::size_t>(found - run.batches.begin());
}

TEST_F(TrainingStepTest, CombinationsTrainInEveryEngine) {
  std::vector<Change> changes{
      {"as it is", [](RunOptions&) {}},
      {"sum", [](RunOptions& o) { o.model.combination = "sum"; }},
      {"prior", [](RunOptions& o) { o.train.generate_from = "prior"; }},
  };
  std::ranges::move(intervention_changes(), std::back_inserter(changes));
  for (const bool begins_calibrated : {false, true})
    for (const Change& change : changes)
      for (const bool mixed : {false, true}) {
        SCOPED_TRACE(testing::Message() << change.what << (begins_calibrated ? ", calibrated" : "")
                                        << (mixed ? ", mixed" : ""));
        // 30 cells of each combination: with 9 a batch each has its own, with 40 all share one
        RunOptions options =
            with_combinations(begins_calibrated ? calibrated() : options_of("grace-vae"), mixed ? 40 : 9);
        change.make(options);
        const std::size_t batch = batch_of_combinations(OneRun(options, Engine::autograd), mixed);
        for (const Engine kind : {Engine::sliced, Engine::device}) expect_same_gradients(options, 1e-9, kind, batch);
      }
}

TEST_F(TrainingStepTest, AMixedBatchPredictsEveryCellUnderItsOwnTargets) {
  const OneRun run(with_combinations(calibrated(), 40), Engine::autograd);
  const at::NoGradGuard no_grad;
  const std::size_t i = batch_of_combinations(run, true);
  const Batch& batch = run.batches[i];
  StepBatch mixed = run.batch(i);
  mixed.input.x = cells_tensor(run.data.screen, batch.controls, run.model->parameters().options());
  const Tensor all = run.model->forward(mixed.input).y_hat;
  std::set<std::int32_t> regimes;
  for (std::int64_t cell = 0; cell < std::ssize(batch.cells); ++cell) {
    const std::int32_t regime =
        run.data.screen.regime_of_cell[static_cast<std::size_t>(batch.cells[static_cast<std::size_t>(cell)])];
    regimes.insert(regime);
    ModelInput alone = mixed.input;
    alone.targets = target_tensors(run.data.screen.regimes[static_cast<std::size_t>(regime)].targets, run.data,
                                   run.model->parameters().options());
    const Tensor expected = run.model->forward(alone).y_hat.select(0, cell);
    EXPECT_LT(relative_difference(all.select(0, cell), expected), 1e-12) << cell;
  }
  EXPECT_GT(regimes.size(), 1U);
}

TEST_F(TrainingStepTest, StepsGoTheSameWay) {
  std::vector<RunOptions> runs{calibrated(), calibrated("vgae")};
  for (const char* model : {"grace-vae", "vgae", "sena"}) runs.push_back(options_of(model));
  runs.push_back(calibrated());
  runs.back().train.generate_from = "prior";
  for (const Engine kind : {Engine::sliced, Engine::device})
    for (const RunOptions& options : runs) {
      SCOPED_TRACE(options.model.model + " " + options.model.likelihood);
      OneRun plain(options, Engine::autograd), other(options, kind);
      for (std::uint64_t step = 0; step < 6; ++step) {
        plain.engine->take(plain.batch(step, step));
        other.engine->take(other.batch(step, step));
        const LossSums expected = plain.engine->take_sums(), found = other.engine->take_sums();
        EXPECT_EQ(found.n_steps, 1);
        for (std::size_t i = 0; i < kTerms.size(); ++i) EXPECT_NEAR(found.sum[i], expected.sum[i], 1e-9) << kTerms[i];
      }
      other.engine->store();
      for (std::size_t i = 0; i < plain.model->parameters().all().size(); ++i) {
        const Parameter &expected = plain.model->parameters().all()[i], &found = other.model->parameters().all()[i];
        EXPECT_LT(relative_difference(found.value.detach(), expected.value.detach()), 1e-7) << expected.name;
        EXPECT_LT(relative_difference(other.adam.first_moments()[i], plain.adam.first_moments()[i]), 1e-7);
        EXPECT_LT(relative_difference(other.adam.second_moments()[i], plain.adam.second_moments()[i]), 1e-7);
      }
      EXPECT_EQ(other.adam.n_steps(), 6);
    }
}

TEST_F(TrainingStepTest, StoreAndLoadKeepTheBits) {
  for (const RunOptions& options : {options_of("grace-vae", "float32"), calibrated("grace-vae", "float32")}) {
    OneRun once(options, Engine::sliced), often(options, Engine::sliced);
    for (std::uint64_t step = 0; step < 4; ++step) {
      once.engine->take(once.batch(step, step));
      often.engine->take(often.batch(step, step));
      often.engine->store();
      often.engine->load();
    }
    once.engine->store();
    for (std::size_t i = 0; i < once.model->parameters().all().size(); ++i)
      EXPECT_EQ(relative_difference(once.model->parameters().all()[i].value, often.model->parameters().all()[i].value),
                0);
  }
}

TEST_F(TrainingStepTest, SumsAddUp) {
  for (const Engine kind : {Engine::sliced, Engine::autograd, Engine::device}) {
    OneRun run(options_of("cmvae"), kind), again(options_of("cmvae"), kind);
    LossValue expected{};
    for (std::uint64_t step = 0; step < 3; ++step) {
      run.engine->take(run.batch(step, step));
      again.engine->take(again.batch(step, step));
      const LossSums one = again.engine->take_sums();
      for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += one.sum[i];
    }
    const LossSums sums = run.engine->take_sums();
    EXPECT_EQ(sums.n_steps, 3);
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(sums.sum[i], expected[i], 1e-9);
    EXPECT_EQ(run.engine->take_sums().n_steps, 0) << "sums begin anew";
    EXPECT_GE(run.engine->read_every(), 1);
  }
}

TEST_F(TrainingStepTest, ThreadsShareTheSlices) {
  const int before = omp_get_max_threads();
  for (const int threads : {1, 2, 3, 7}) {  // more than there are slices, too
    SCOPED_TRACE(threads);
    omp_set_num_threads(threads);
    expect_same_gradients(options_of("grace-vae"), 1e-9);
    expect_same_gradients(calibrated(), 1e-9);
  }
  omp_set_num_threads(before);
}

TEST_F(TrainingStepTest, ThreadsMayChangeBetweenSteps) {
  for (const RunOptions& options : {options_of("grace-vae"), calibrated()}) {
    const OneRun run(options, Engine::sliced);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    const auto alone = run.engine->gradients(run.batch(0));
    for (const int threads : {3, 2, 1, 2}) {
      SCOPED_TRACE(threads);
      omp_set_num_threads(threads);
      run.engine->gradients(run.batch(1));  // leaves other cells behind
      const auto shared = run.engine->gradients(run.batch(0));
      for (std::size_t i = 0; i < alone.size(); ++i)
        EXPECT_LT(relative_difference(shared[i], alone[i]), 1e-12) << run.model->parameters().all()[i].name;
    }
    omp_set_num_threads(before);
  }
}

TEST_F(TrainingStepTest, TheSlicedOneSaysWhatItCannot) {
  const auto why = [](const std::function<void(RunOptions&)>& change) {
    RunOptions options = options_of("grace-vae");
    change(options);
    return why_not_sliced(options);
  };
  EXPECT_EQ(why([](RunOptions&) {}), "");
  EXPECT_THAT(why([](RunOptions& o) { o.train.device = "cuda"; }), HasSubstr("train.device is cuda"));
  EXPECT_THAT(why([](RunOptions& o) { o.model.encoder = "gat"; }), HasSubstr("model.encoder is gat"));
  EXPECT_EQ(why([](RunOptions& o) { o.model.model = "cmvae", o.model.encoder = "gat"; }), "") << "cmvae has no encoder";
  EXPECT_THAT(why([](RunOptions& o) { o.model.gnn_channels = {"4"}; }), HasSubstr("more than one layer"));
}

}  // namespace
}  // namespace gracevae::impl
