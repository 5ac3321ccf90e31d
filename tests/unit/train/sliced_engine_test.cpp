// The sliced engine against autograd: gradients of every weight, and steps.
#include "train/sliced_engine.hpp"

#include <gmock/gmock.h>
#include <omp.h>

#include "base/error.hpp"
#include "simulate/simulate.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using testing::HasSubstr;

/// A screen of 250 genes, so that there are three slices, the last one short.
class SlicedEngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    SimulateOptions simulate = tiny_simulation();
    simulate.n_latents = 4;
    simulate.n_genes = 250;
    simulate.n_control = 40;
    simulate.cells_per_single = 30;
    simulate.genes_per_program = 12;
    simulate_screen(folder_->path() / "sim", simulate);
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

  static TemporaryFolder* folder_;
};
TemporaryFolder* SlicedEngineTest::folder_ = nullptr;

/// A run with both engines, each with a model and an optimiser of its own.
struct Both {
  RunOptions options;
  RunData data;
  std::unique_ptr<Model> plain, sliced;
  Adam plain_adam, sliced_adam;
  ObjectiveOptions objective;
  std::unique_ptr<SlicedEngine> engine;
  std::vector<Batch> batches;
  Schedule schedule{.alpha = 5, .beta = 0.7, .tau = 2.5};

  explicit Both(const RunOptions& given)
      : options(given), data(load_run_data(options)), plain(make_run_model(options, data)),
        sliced(make_run_model(options, data)), plain_adam(plain->parameters(), {}),
        sliced_adam(sliced->parameters(), {}) {
    objective.lambda = 0.03;
    objective.smoothness = 0.2;
    objective.mmd.unbiased = options.train.mmd_estimate == "unbiased";
    objective.mmd.sigma = 20;
    engine = make_sliced_engine(options.model, data, *sliced, objective, sliced_adam);
    batches = make_batches(data.screen, data.split, data.pairs, options.batches, Random(1, "batches"));
  }

  ModelInput input_of(const Batch& batch, std::uint64_t step) const {
    ModelInput input = control_input(*plain, data, options.model, batch.controls, Random(3, "noise", step));
    input.targets = target_tensors(data.screen.regimes[static_cast<std::size_t>(batch.regime)].targets, data,
                                   plain->parameters().options());
    input.tau = schedule.tau;
    if (plain->n_dropout() > 0)
      input.dropout = at::zeros({plain->n_dropout()}, plain->parameters().options()).fill_(0.35);
    return input;
  }
  BatchRows rows_of(const Batch& batch) const { return {data.screen.x, batch.controls, batch.cells}; }
  LossTerms terms_of(const Batch& batch, std::uint64_t step) const {
    const ModelInput input = input_of(batch, step);
    const Tensor y = cells_tensor(data.screen, batch.cells, plain->parameters().options());
    return gracevae::impl::objective(*plain, plain->forward(input), input.x, y, schedule, objective);
  }
};

/// Largest difference over the largest entry.
double relative_difference(const Tensor& a, const Tensor& b) {
  const double scale = at::abs(b).max().item<double>();
  return at::abs(a - b).max().item<double>() / (scale > 0 ? scale : 1);
}

void expect_same_gradients(const RunOptions& options, double tolerance) {
  const Both both(options);
  const Batch& batch = both.batches.front();
  const auto expected = torch_compat::gradients(both.terms_of(batch, 0).total, both.plain->parameters().tensors());
  const auto found = both.engine->gradients(both.input_of(batch, 0), both.rows_of(batch), both.schedule);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string& name = both.plain->parameters().all()[i].name;
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

TEST_F(SlicedEngineTest, GradientsOfEveryModelInDouble) {
  for (const char* model : {"grace-vae", "cmvae", "cmvae-multihot", "sena", "vgae"}) {
    SCOPED_TRACE(model);
    expect_same_gradients(options_of(model), 1e-9);
  }
}

TEST_F(SlicedEngineTest, GradientsOfEveryModelInSingle) {
  for (const char* model : {"grace-vae", "cmvae", "cmvae-multihot", "sena", "vgae"}) {
    SCOPED_TRACE(model);
    expect_same_gradients(options_of(model, "float32"), 1e-5);
  }
}

TEST_F(SlicedEngineTest, GradientsWithBfloat16PointTheSameWay) {
  for (const char* model : {"grace-vae", "cmvae", "sena"}) {
    SCOPED_TRACE(model);
    RunOptions options = options_of(model, "float32");
    const Both exact(options);
    options.model.precision = "bf16";
    const Both rounded(options);
    const Batch& batch = exact.batches.front();
    const BatchRows rows{exact.data.screen.x, batch.controls, batch.cells};
    const auto expected = exact.engine->gradients(exact.input_of(batch, 0), rows, exact.schedule);
    const auto found = rounded.engine->gradients(rounded.input_of(batch, 0), rows, rounded.schedule);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Tensor a = expected[i].reshape({-1}), b = found[i].reshape({-1});
      const double cosine = ((a * b).sum() / at::sqrt(at::square(a).sum() * at::square(b).sum())).item<double>();
      EXPECT_GT(cosine, 0.999) << exact.plain->parameters().all()[i].name;
      // One number alone may come out the same by chance.
      if (a.numel() > 1) {
        EXPECT_GT(relative_difference(b, a), 1e-5) << "rounded at all: " << exact.plain->parameters().all()[i].name;
      }
    }
  }
}

TEST_F(SlicedEngineTest, GradientsWithEveryOptionItTakes) {
  const auto expect = [](const std::string& what, const std::function<void(RunOptions&)>& change) {
    SCOPED_TRACE(what);
    RunOptions options = options_of(what.starts_with("sena") ? "sena" : "grace-vae");
    change(options);
    EXPECT_EQ(why_not_sliced(options), "");
    expect_same_gradients(options, 1e-9);
  };
  expect("linear output", [](RunOptions& o) { o.model.decoder_output = "linear"; });
  expect("unbiased", [](RunOptions& o) { o.train.mmd_estimate = "unbiased"; });
  expect("relu", [](RunOptions& o) { o.model.mechanism = "relu"; });
  expect("scale", [](RunOptions& o) { o.model.intervention = "scale"; });
  expect("table", [](RunOptions& o) { o.model.intervention_encoder = "table"; });
  expect("tri-value", [](RunOptions& o) { o.model.intervention_encoder = "tri-value"; });
  expect("drop-edge", [](RunOptions& o) { o.model.intervention_encoder = "drop-edge"; });
  expect("values a cell", [](RunOptions& o) { o.model.pathway_values = "per-cell"; });
  expect("values zero", [](RunOptions& o) { o.model.pathway_values = "zero"; });
  expect("embedding", [](RunOptions& o) { o.features.embedding = "u"; });
  expect("embedding without a graph", [](RunOptions& o) { o.model.model = "cmvae", o.features.embedding = "u"; });
  expect("embedding beside pathways",
         [](RunOptions& o) { o.model.model = "cmvae-multihot", o.features.embedding = "u"; });
  expect("mlp", [](RunOptions& o) { o.model.mechanism = "mlp"; });
  expect("no pathways", [](RunOptions& o) { o.network.level = "gg"; });
  expect("sena, small weights beside the sets", [](RunOptions& o) { o.model.sena_lambda = 0.1; });
}

TEST_F(SlicedEngineTest, StepsGoTheSameWay) {
  for (const char* model : {"grace-vae", "vgae", "sena"}) {
    SCOPED_TRACE(model);
    Both both(options_of(model));
    for (std::uint64_t step = 0; step < 6; ++step) {
      const Batch& batch = both.batches[step % both.batches.size()];
      const LossTerms expected = both.terms_of(batch, step);
      both.plain_adam.step(torch_compat::gradients(expected.total, both.plain->parameters().tensors()));
      const LossValues found = both.engine->step(both.input_of(batch, step), both.rows_of(batch), both.schedule);
      EXPECT_NEAR(found.total, expected.total.item<double>(), 1e-9);
      EXPECT_NEAR(found.mmd, expected.mmd.item<double>(), 1e-9);
      EXPECT_NEAR(found.mse, expected.mse.item<double>(), 1e-9);
      EXPECT_NEAR(found.kl, expected.kl.item<double>(), 1e-9);
      EXPECT_NEAR(found.sparsity, expected.sparsity.item<double>(), 1e-9);
      EXPECT_NEAR(found.smoothness, expected.smoothness.item<double>(), 1e-9);
    }
    both.engine->store();
    for (std::size_t i = 0; i < both.plain->parameters().all().size(); ++i) {
      const Parameter &expected = both.plain->parameters().all()[i], &found = both.sliced->parameters().all()[i];
      EXPECT_LT(relative_difference(found.value.detach(), expected.value.detach()), 1e-7) << expected.name;
      EXPECT_LT(relative_difference(both.sliced_adam.first_moments()[i], both.plain_adam.first_moments()[i]), 1e-7);
      EXPECT_LT(relative_difference(both.sliced_adam.second_moments()[i], both.plain_adam.second_moments()[i]), 1e-7);
    }
    EXPECT_EQ(both.sliced_adam.n_steps(), 6);
  }
}

TEST_F(SlicedEngineTest, StoreAndLoadKeepTheBits) {
  Both once(options_of("grace-vae", "float32")), often(options_of("grace-vae", "float32"));
  for (std::uint64_t step = 0; step < 4; ++step) {
    const Batch& batch = once.batches[step];
    once.engine->step(once.input_of(batch, step), once.rows_of(batch), once.schedule);
    often.engine->step(often.input_of(batch, step), often.rows_of(batch), often.schedule);
    often.engine->store();
    often.engine->load();
  }
  once.engine->store();
  for (std::size_t i = 0; i < once.sliced->parameters().all().size(); ++i)
    EXPECT_EQ(relative_difference(once.sliced->parameters().all()[i].value, often.sliced->parameters().all()[i].value),
              0);
}

TEST_F(SlicedEngineTest, ThreadsShareTheSlices) {
  const RunOptions options = options_of("grace-vae");
  const int before = omp_get_max_threads();
  for (const int threads : {1, 2, 3, 7}) {  // more than there are slices, too
    SCOPED_TRACE(threads);
    omp_set_num_threads(threads);
    expect_same_gradients(options, 1e-9);
  }
  omp_set_num_threads(before);
}

TEST_F(SlicedEngineTest, ThreadsMayChangeBetweenSteps) {
  const Both both(options_of("grace-vae"));
  const auto gradients = [&](std::size_t batch) {
    return both.engine->gradients(both.input_of(both.batches[batch], 0), both.rows_of(both.batches[batch]),
                                  both.schedule);
  };
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const auto alone = gradients(0);
  for (const int threads : {3, 2, 1, 2}) {
    SCOPED_TRACE(threads);
    omp_set_num_threads(threads);
    gradients(1);  // leaves other cells behind
    const auto shared = gradients(0);
    for (std::size_t i = 0; i < alone.size(); ++i)
      EXPECT_LT(relative_difference(shared[i], alone[i]), 1e-12) << both.plain->parameters().all()[i].name;
  }
  omp_set_num_threads(before);
}

TEST_F(SlicedEngineTest, SaysWhatItCannot) {
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
  EXPECT_THAT(why([](RunOptions& o) { o.model.likelihood = "gaussian"; }), HasSubstr("model.likelihood is gaussian"));
  EXPECT_THAT(why([](RunOptions& o) { o.model.linear_skip = true; }), HasSubstr("model.linear_skip"));
  EXPECT_THAT(why([](RunOptions& o) { o.model.abduction = true; }), HasSubstr("model.abduction"));
  EXPECT_THAT(why([](RunOptions& o) { o.model.value_range = "nonnegative"; }), HasSubstr("model.value_range"));
  EXPECT_THAT(why([](RunOptions& o) { o.train.generate_from = "prior"; }), HasSubstr("train.generate_from is prior"));
}

}  // namespace
}  // namespace gracevae::impl
