#include "train/training_step.hpp"

#include <utility>

#include "train/gpu.hpp"

namespace gracevae::impl {

namespace {

LossValues numbers(const LossTerms& terms) {
  const auto number = [](const Tensor& term) { return term.item<double>(); };
  return {.mmd = number(terms.mmd),
          .mse = number(terms.mse),
          .kl = number(terms.kl),
          .sparsity = number(terms.sparsity),
          .smoothness = number(terms.smoothness),
          .likelihood = number(terms.likelihood),
          .divergence = number(terms.divergence),
          .total = number(terms.total)};
}

/// Autograd through the whole model.
class AutogradStep : public TrainingStep {
 public:
  explicit AutogradStep(const Parts& parts) : parts_(parts), weights_(parts.model.parameters().tensors()) {}

  void take(const StepBatch& batch) override {
    const LossTerms terms = terms_of(batch);
    add(numbers(terms));
    parts_.adam.step(torch_compat::gradients(terms.total, weights_));
  }
  std::vector<Tensor> gradients(const StepBatch& batch) override {
    return torch_compat::gradients(terms_of(batch).total, weights_);
  }

 private:
  LossTerms terms_of(const StepBatch& batch) const {
    const Model& model = parts_.model;
    const at::TensorOptions& options = model.parameters().options();
    ModelInput input = batch.input;
    input.x = cells_tensor(batch.rows.rows, batch.rows.controls, options);
    input = beside_weights(std::move(input), model);
    const Tensor y = cells_tensor(batch.rows.rows, batch.rows.cells, options);
    ModelOutput output = model.forward(input);
    if (parts_.objective.from_prior)
      output.y_hat = cells_from_prior(model, input,
                                      batch.observation.defined() ? batch.observation.to(options.device()) : Tensor());
    return objective(model, output, input.x, y, schedule(), parts_.objective);
  }

  Parts parts_;
  std::vector<Tensor> weights_;
};

}  // namespace

void TrainingStep::add(const LossValues& terms) {
  const LossValue values = terms.in_order();
  for (std::size_t i = 0; i < values.size(); ++i) sums_.sum[i] += values[i];
  ++sums_.n_steps;
}

LossSums TrainingStep::take_sums() { return std::exchange(sums_, {}); }

std::unique_ptr<TrainingStep> make_autograd_step(const TrainingStep::Parts& parts) {
  return std::make_unique<AutogradStep>(parts);
}

std::unique_ptr<TrainingStep> make_training_step(Engine engine, const TrainingStep::Parts& parts) {
  switch (engine) {
    case Engine::sliced: return make_sliced_step(parts);
    case Engine::device: return make_device_step(parts, free_device_memory() / 2);
    case Engine::autograd: break;
  }
  return make_autograd_step(parts);
}

}  // namespace gracevae::impl
