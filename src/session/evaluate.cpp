#include <gracevae/evaluate.hpp>

#include "effects/effect_inputs.hpp"
#include "library/parts.hpp"
#include "predict/expected_mean.hpp"
#include "predict/generated_cells.hpp"
#include "session/fitted_model.hpp"
#include "session/scope.hpp"

namespace gracevae {

namespace {

/// The condition's test cells as the model predicts them, with their expected mean.
impl::Prediction prediction_of(const impl::LoadedRun& run, const impl::AskedCondition& condition, std::uint64_t index) {
  impl::GeneratedCells cells = impl::generate_cells(run, condition.targets, condition.controls, index);
  impl::Prediction prediction{impl::label_of(condition.targets), condition.cells, condition.controls,
                              std::move(cells.values)};
  for (auto& [stratum, expected] : impl::expected_means(run, condition, index)) {
    if (stratum.empty())
      prediction.expected = std::move(expected.mean);
    else
      prediction.expected_in[stratum] = std::move(expected.mean);
  }
  return prediction;
}

}  // namespace

Scores evaluate(const Model& model, const Options& options, const Context& context) {
  const impl::LoadedRun& run = model.impl().run;
  const impl::SessionScope scope(context, run.options.train.threads);
  std::vector<impl::Prediction> predictions;
  for (const impl::AskedCondition& condition : impl::test_conditions(run.data))
    predictions.push_back(prediction_of(run, condition, static_cast<std::uint64_t>(predictions.size())));
  const auto sources = [&] { return impl::with_sources_of(run.options, options.impl().effects); };
  return impl::scores_of(
      impl::evaluate_predictions(run.data.screen, run.data.split, predictions, options.impl().evaluate,
                                 static_cast<std::uint64_t>(run.options.train.seed), run.options.model.model, sources));
}

}  // namespace gracevae
