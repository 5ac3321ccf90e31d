// Effects are changes of real cells: whatever the model and its weights, control mean + effect is a value that a screen
// can have.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "io/anndata.hpp"
#include "model/model.hpp"
#include "predict/loaded_run.hpp"
#include "predict/predict.hpp"
#include "run/model_parts.hpp"
#include "screen/shift_model.hpp"
#include "simulate/simulate.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/trainer.hpp"
#include "train/weights.hpp"

namespace gracevae::impl {
namespace {

constexpr std::size_t kGenes = 30;

/// Model, objective, whether the screen has negative values.
using Case = std::tuple<std::string, std::string, bool>;

/// A run on few counts, most of them 0, whose weights are large random numbers: knock-downs far stronger than what the
/// genes have.
class EveryModelsEffects : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    static std::map<Case, std::unique_ptr<TemporaryFolder>> folders;  // one run for all tests of a case
    auto& folder = folders[GetParam()];
    if (folder) {
      folder_ = folder.get();
      return;
    }
    folder = std::make_unique<TemporaryFolder>();
    folder_ = folder.get();
    const auto& [model, objective, negative] = GetParam();
    SimulateOptions simulation = tiny_simulation();
    simulation.n_control = 120;
    simulation.observation = negative ? "gaussian" : "counts";
    simulation.negative_values = negative;
    simulation.library_size = 60;
    simulate_screen(folder_->path() / "sim", simulation);
    RunOptions options = options_on(folder_->path() / "sim");
    if (objective == "calibrated") {
      const RunOptions files = options;
      options = calibrated_options();
      options.screen = files.screen;
      options.network = files.network;
      options.train.start = "random";
    }
    options.model.model = model;
    options.model.dtype = "float64";
    options.model.hidden = 8;
    options.model.pathway_values = "per-cell";  // so that cells are independent draws
    options.batches.batch_size = 8;
    options.train.epochs = 1;
    options.train.resolve(model);
    train({.options = options, .folder = run()});
    const LoadedRun trained = load_run(run(), "last", "run");
    SafeTensors content;
    const at::NoGradGuard no_grad;
    for (const Parameter& weight : trained.model->parameters().all()) {
      Tensor random = at::zeros(weight.value.sizes(), at::kDouble);
      Random(7, weight.name)
          .fill_normal(std::span(random.data_ptr<double>(), static_cast<std::size_t>(random.numel())));
      weight.value.copy_(random);
    }
    store_tensors(content, "", trained.model->parameters(), trained.model->parameters().tensors());
    write_safetensors(run().model(), content);
  }
  RunFolder run() const { return {folder_->path() / "run"}; }
  static double smallest() { return std::get<2>(GetParam()) ? -std::numeric_limits<double>::infinity() : 0; }

  TemporaryFolder* folder_ = nullptr;
};

TEST_P(EveryModelsEffects, LeaveControlMeansWithinTheValuesOfTheScreen) {
  const Responses found = respond(run(), {.cells = 0, .pairs = "all", .conditions = {{"TF01", "TF02", "TF03"}}});
  ASSERT_EQ(found.effects.size(), 7U) << "three labels, three pairs, and all together";
  ASSERT_EQ(found.control.size(), kGenes);
  EXPECT_EQ(found.smallest_value, smallest());
  const auto check = [&](const std::string& of, std::span<const double> effects) {
    double least = 0;
    for (std::size_t g = 0; g < kGenes; ++g) least = std::min(least, found.control[g] + effects[g]);
    EXPECT_GE(least, smallest() - 1e-12) << of;
  };
  for (const GeneEffects& effects : found.effects) {
    check(label_of(effects.targets), effects.mean);
    for (std::size_t g = 0; g < kGenes; ++g) EXPECT_LE(effects.low[g], effects.high[g]);
  }
  for (std::int64_t k = 0; k < found.n_latents(); ++k) {
    check("push of p" + std::to_string(k), found.direct_mean.row(k));
    check("push of z" + std::to_string(k), found.total_mean.row(k));
  }
}

/// By the whole forward pass, from which predict() writes: the same cells and noise, cut here.
TEST_P(EveryModelsEffects, AreThoseOfTheForwardPass) {
  const Responses found = respond(run(), {.cells = 0, .pairs = "all"});
  const at::NoGradGuard no_grad;
  const LoadedRun loaded = load_run(run(), "last", "run");
  const std::vector<std::int64_t>& controls = loaded.data.screen.regimes.front().cells;
  const auto size = static_cast<std::size_t>(loaded.options.batches.batch_size);
  int n_cut = 0;
  double least = 0;  // sum over cells of a gene's values, not cut
  for (const GeneEffects& effects : found.effects) {
    std::vector<double> sum(kGenes), uncut(kGenes);
    for (std::size_t first = 0; first < controls.size(); first += size) {
      const std::size_t n = std::min(size, controls.size() - first);
      ModelInput input =
          control_input(*loaded.model, loaded.data, loaded.options.model, std::span(controls).subspan(first, n),
                        Random(static_cast<std::uint64_t>(loaded.options.train.seed), "respond", first));
      input.targets = target_tensors(effects.targets, loaded.data, loaded.model->parameters().options());
      input.tau = loaded.tau;
      const ModelOutput output = loaded.model->forward(input);
      const Tensor with = (output.decoded.defined() ? output.decoded : output.y_hat).contiguous(),
                   without = output.x_hat.contiguous(), x = input.x.contiguous(), written = output.y_hat.contiguous();
      for (std::size_t i = 0; i < n * kGenes; ++i) {
        const double cell = x.data_ptr<double>()[i],
                     change = with.data_ptr<double>()[i] - without.data_ptr<double>()[i],
                     changed = std::max(cell + change, smallest());
        sum[i % kGenes] += changed - cell;
        uncut[i % kGenes] += cell + change;
        n_cut += changed > cell + change ? 1 : 0;
        if (loaded.options.model.abduction || is_shift_model(loaded.options.model.model)) {
          EXPECT_NEAR(std::max(written.data_ptr<double>()[i], smallest()), changed, 1e-12) << "what predict writes";
        }
      }
    }
    for (std::size_t g = 0; g < kGenes; ++g)
      EXPECT_NEAR(effects.mean[g], sum[g] / static_cast<double>(controls.size()), 1e-9) << label_of(effects.targets);
    if (smallest() == 0) least = std::min(least, *std::min_element(uncut.begin(), uncut.end()));
  }
  const bool can_be_cut = smallest() == 0 && loaded.options.model.model != "control";
  EXPECT_EQ(n_cut > 0, can_be_cut);
  EXPECT_EQ(least < 0, can_be_cut) << "an effect that is not cut would be seen";
}

/// Cells that predict() writes carry other noise than effects: the two means are within six standard errors of their
/// difference, which is at most √2·sd/√n: sd over cells holds both the cells' and the noise's spread. A shift model,
/// which has no noise, agrees to float32.
TEST_P(EveryModelsEffects, AreThoseOfThePredictedCellsWithAbduction) {
  const auto& [model, objective, negative] = GetParam();
  if (objective != "calibrated" && !is_shift_model(model)) GTEST_SKIP() << "no abduction: predict writes D(u)";
  PredictOptions options;
  options.targets = {"TF01", "TF01+TF02"};
  options.output = (folder_->path() / "cells.h5ad").string();
  const Query found = query(run(), options);
  const AnnData data = read_anndata(found.cells);
  const auto source = column_as_strings(*data.obs.find("source")),
             condition = column_as_strings(*data.obs.find("condition"));
  const auto mean = [&](const std::string& kind, const std::string& of) {
    std::vector<double> row(kGenes), sum(kGenes);
    double n = 0;
    for (std::size_t i = 0; i < source.size(); ++i) {
      if (source[i] != kind || condition[i] != of) continue;
      CsrView<float>(data.x).copy_row(static_cast<std::int64_t>(i), std::span(row));
      for (std::size_t g = 0; g < kGenes; ++g) sum[g] += std::max(row[g], smallest());
      ++n;
    }
    for (double& value : sum) value /= n;
    return sum;
  };
  const std::vector<double> control = mean("NA", "control");
  for (const GeneEffects& effects : found.responses.effects) {
    const std::string label = label_of(effects.targets);
    if (label == "TF02") continue;  // a part of the pair, no cells asked for
    const std::vector<double> generated = mean("Generated Cells", label);
    for (std::size_t g = 0; g < kGenes; ++g) {
      EXPECT_NEAR(control[g], found.responses.control[g], 1e-6);
      const double tolerance = is_shift_model(model) ? 1e-5 : 6 * std::sqrt(2.0 / 120) * effects.sd[g] + 1e-5;
      EXPECT_NEAR(generated[g] - control[g], effects.mean[g], tolerance) << label << ", gene " << g;
    }
  }
}

std::vector<Case> every_case() {
  std::vector<Case> cases;
  for (const std::string& model : model_names())
    for (const bool negative : {false, true}) {
      cases.emplace_back(model, "published", negative);
      if (!is_shift_model(model)) cases.emplace_back(model, "calibrated", negative);
    }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryModelsEffects, testing::ValuesIn(every_case()), [](const auto& instance) {
  std::string name = std::get<0>(instance.param) + "_" + std::get<1>(instance.param) +
                     (std::get<2>(instance.param) ? "_negative" : "_counts");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace gracevae::impl
