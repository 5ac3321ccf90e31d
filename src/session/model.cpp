#include <gracevae/model.hpp>

#include <algorithm>

#include "base/error.hpp"
#include "base/progress.hpp"
#include "library/parts.hpp"
#include "predict/generated_cells.hpp"
#include "predict/responses.hpp"
#include "screen/labels.hpp"
#include "session/fitted_model.hpp"
#include "session/scope.hpp"
#include "train/diagnostics.hpp"

namespace gracevae {

Model impl::make_fitted_model(LoadedRun run) {
  SplitOptions options = run.options.split;
  options.kind = "random";  // checked when the run began
  gracevae::Screen screen = make_screen(run.data.screen, run.options.screen, false);
  gracevae::Split split = make_public_split(screen, run.data.split, std::move(options));
  return gracevae::Model(std::make_shared<const gracevae::Model::Impl>(
      gracevae::Model::Impl{std::move(run), std::move(screen), std::move(split)}));
}

Model Model::load(const std::filesystem::path& run, Weights weights, const Context& context) {
  const impl::SessionScope scope(context);
  return impl::make_fitted_model(impl::load_run({run}, weights == Weights::best ? "best" : "last", "run"));
}

PredictedCells Model::predict(const std::string& condition, const ControlCells& from, const Context& context) const {
  const impl::SessionScope scope(context, impl_->run.options.train.threads);
  const impl::LoadedRun& run = impl_->run;
  const auto seed = static_cast<std::uint64_t>(run.options.train.seed);
  impl::AskedCondition asked =
      std::move(impl::asked_conditions(run.data, {condition}, from.n_most, seed, from.in).front());
  impl::GeneratedCells cells = impl::generate_cells(run, asked.targets, asked.controls, 0);
  return {impl::label_of(asked.targets), std::move(cells.values), std::move(asked.controls)};
}

std::vector<PredictedCells> Model::predict_test(const Context& context) const {
  const impl::SessionScope scope(context, impl_->run.options.train.threads);
  std::vector<PredictedCells> all;
  std::vector<impl::AskedCondition> conditions = impl::test_conditions(impl_->run.data);
  impl::Progress progress("predicting", static_cast<std::int64_t>(conditions.size()));
  for (impl::AskedCondition& condition : conditions) {
    impl::GeneratedCells cells =
        impl::generate_cells(impl_->run, condition.targets, condition.controls, static_cast<std::uint64_t>(all.size()));
    all.push_back({impl::label_of(condition.targets), std::move(cells.values), std::move(condition.controls)});
    progress.update(static_cast<std::int64_t>(all.size()), all.back().condition);
  }
  return all;
}

std::vector<GeneEffect> Model::effects(const std::string& condition, const ControlCells& from,
                                       const Context& context) const {
  const impl::SessionScope scope(context, impl_->run.options.train.threads);
  const std::vector<std::string> targets = impl::targets_of_word(condition, impl_->run.data.screen);
  const impl::Responses responses =
      impl::respond_loaded(impl_->run,
                           {.cells = from.n_most, .programs = false, .in = from.in, .conditions = {targets}});
  const auto found = std::find_if(responses.effects.begin(), responses.effects.end(),
                                  [&](const impl::GeneEffects& effects) { return effects.targets == targets; });
  GRACEVAE_CHECK(found != responses.effects.end(), "an effect that was asked for");
  std::vector<GeneEffect> effects;
  for (std::size_t g = 0; g < responses.genes.size(); ++g)
    effects.push_back({responses.genes[g], responses.control[g], found->mean[g], found->se[g]});
  return effects;
}

Matrix<float> Model::latents(const ControlCells& from, const Context& context) const {
  const impl::SessionScope scope(context, impl_->run.options.train.threads);
  const impl::LoadedRun& run = impl_->run;
  std::vector<std::int64_t> controls = impl::controls_in(run.data.screen, from.in);
  if (from.n_most > 0 && from.n_most < std::ssize(controls)) controls.resize(static_cast<std::size_t>(from.n_most));
  return impl::generate_cells(run, {}, controls, 0).u;
}

LatentGraph Model::graph(const Context& context) const {
  const impl::SessionScope scope(context, impl_->run.options.train.threads);
  const at::NoGradGuard no_grad;
  const impl::LoadedRun& run = impl_->run;
  LatentGraph graph;
  if (!run.model->trains()) return graph;
  if (run.model->dag().defined()) {
    const impl::Tensor weights = at::triu(run.model->dag(), 1).detach().to(at::kCPU).to(at::kDouble).contiguous();
    graph.weights = Matrix<double>(weights.size(0), weights.size(1));
    std::copy_n(weights.data_ptr<double>(), weights.numel(), graph.weights.values.begin());
  }
  const impl::Diagnostics found =
      impl::diagnose(*run.model, run.data, run.options, impl::final_tau(run.options.train), run.model->dag());
  for (std::size_t k = 0; k < found.labels.size(); ++k)
    graph.labels.push_back(
        {run.data.targets[k], found.labels[k].latent, found.labels[k].sharpness, found.labels[k].shift});
  return graph;
}

const Screen& Model::screen() const { return impl_->screen; }
const Split& Model::split() const { return impl_->split; }
const std::vector<std::string>& Model::targets() const { return impl_->run.data.targets; }

}  // namespace gracevae
