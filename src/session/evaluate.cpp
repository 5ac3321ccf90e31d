#include <gracevae/evaluate.hpp>

#include <numeric>

#include "library/parts.hpp"
#include "predict/expected_mean.hpp"
#include "predict/generated_cells.hpp"
#include "screen/differential.hpp"
#include "session/fitted_model.hpp"
#include "session/scope.hpp"

namespace gracevae {

namespace {

/// The condition's test cells as the model predicts them, with their expected mean.
impl::Prediction prediction_of(const impl::LoadedRun& run, const impl::AskedCondition& condition, std::uint64_t index) {
  impl::GeneratedCells cells = impl::generate_cells(run, condition.targets, condition.controls, index);
  const impl::MeanOfCells observed(run.data.screen, condition.cells);
  const double error = std::accumulate(observed.squared_error.begin(), observed.squared_error.end(), 0.0);
  return {impl::label_of(condition.targets), condition.cells, condition.controls, std::move(cells.values),
          impl::expected_mean(run, condition.targets, error, index).mean};
}

}  // namespace

Scores evaluate(const Model& model, const Options& options, const Context& context) {
  const impl::LoadedRun& run = model.impl().run;
  const impl::SessionScope scope(context, run.options.train.threads);
  std::vector<impl::Prediction> predictions;
  for (const impl::AskedCondition& condition : impl::test_conditions(run.data))
    predictions.push_back(prediction_of(run, condition, static_cast<std::uint64_t>(predictions.size())));
  return impl::scores_of(
      impl::evaluate_predictions(run.data.screen, run.data.split, predictions, options.impl().evaluate,
                                 static_cast<std::uint64_t>(run.options.train.seed), run.options.model.model));
}

}  // namespace gracevae
