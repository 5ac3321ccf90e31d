#include "train/latent_core.hpp"

#include <omp.h>

#include <algorithm>

#include "base/error.hpp"
#include "causal/losses.hpp"
#include "kernels/label_encoder.hpp"

namespace gracevae::impl {

namespace {

using kernels::Trained;

template <class T>
MatrixView<const T> rows_of(const Tensor& tensor) {
  return {tensor.data_ptr<T>(), tensor.size(0), tensor.size(1)};
}

template <class T>
Tensor tensor_of(MatrixView<const T> rows, const at::TensorOptions& options) {
  Tensor tensor = at::empty({rows.n_rows, rows.n_cols}, options);
  std::copy_n(rows.data, tensor.numel(), tensor.data_ptr<T>());
  return tensor;
}

/// Gradients to `inputs` of Σ_k <outputs_k, grad_outputs_k>, 1 where a gradient is undefined.
std::vector<Tensor> gradients_of(const std::vector<Tensor>& outputs, const std::vector<Tensor>& grad_outputs,
                                 const std::vector<Tensor>& inputs) {
  return torch::autograd::grad(outputs, inputs, grad_outputs, /*retain_graph=*/false, /*create_graph=*/false,
                               /*allow_unused=*/true);
}

/// One thread for autograd between the wide layers: waking the others costs more than it gains unless there are many
/// latents.
class OneThread {
 public:
  explicit OneThread(const CausalVae& model) : n_(omp_get_max_threads()) {
    if (model.shape().n_latents < 400) omp_set_num_threads(1);
  }
  ~OneThread() { omp_set_num_threads(n_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int n_;
};

/// Any mechanism, intervention and intervention encoder.
template <class T>
class AutogradLatentCore : public LatentCore<T> {
 public:
  AutogradLatentCore(const CausalVae& model, bool from_prior, const Weights<T>& weights, std::vector<std::size_t> own)
      : model_(model), from_prior_(from_prior), weights_(weights), own_(std::move(own)) {}

  kernels::LatentTerms forward(MatrixView<const T> first, const ModelInput& input,
                               const kernels::LatentLoss& loss) override {
    const OneThread alone(model_);
    first_ = tensor_of(first, weights_.options()).requires_grad_();
    const CausalVae::Between between = model_.between(first_, input, from_prior_);
    live_rows_ = between.rows;
    live_latents_ = between.latents;
    rows_ = live_rows_.detach().contiguous();
    latents_ = live_latents_.detach().contiguous();
    const Tensor kl = gaussian_kl(between.mu, between.var), dag = model_.dag();
    const Tensor bounded =
        loss.free_bits > 0 ? kl_with_free_bits(gaussian_kl_per_latent(between.mu, between.var), loss.free_bits) : kl;
    terms_ = loss.beta * bounded;
    kernels::LatentTerms values{.kl = kl.item<double>(), .bounded_kl = bounded.item<double>()};
    if (dag.defined()) {
      const Tensor sparse = sparsity(dag);
      terms_ = terms_ + loss.lambda * sparse;
      values.sparsity = sparse.item<double>();
    }
    return values;
  }
  MatrixView<const T> rows() const override { return rows_of<T>(rows_); }
  MatrixView<const T> latents() const override { return rows_of<T>(latents_); }
  MatrixView<const T> backward(MatrixView<const T> grad_rows, MatrixView<const T> grad_latents, std::int64_t) override {
    const OneThread alone(model_);
    std::vector<Tensor> inputs{first_}, outputs{terms_, live_rows_},
        grad_outputs{Tensor(), tensor_of(grad_rows, weights_.options())};
    for (const std::size_t i : own_) inputs.push_back(weights_.value(i));
    if (grad_latents.n_rows > 0) {
      outputs.push_back(live_latents_);
      grad_outputs.push_back(tensor_of(grad_latents, weights_.options()));
    }
    const auto gradients = gradients_of(outputs, grad_outputs, inputs);
    weights_.move_all(own_, std::span(gradients).subspan(1));
    grad_first_ = gradients.front().contiguous();
    return rows_of<T>(grad_first_);
  }

 private:
  const CausalVae& model_;
  bool from_prior_;
  const Weights<T>& weights_;
  std::vector<std::size_t> own_;
  Tensor first_, live_rows_, live_latents_, rows_, latents_, terms_, grad_first_;
};

/// Where a label's shift comes from.
template <class T>
class ShiftSource {
 public:
  virtual ~ShiftSource() = default;
  /// f·Σ b_k s_k of the input's targets, [1 or B, d].
  virtual MatrixView<const T> forward(const ModelInput& input) = 0;
  /// After forward: updates its weights.
  virtual void backward(MatrixView<const T> grad, std::int64_t step) = 0;
};

/// Any intervention encoder.
template <class T>
class AutogradShift : public ShiftSource<T> {
 public:
  AutogradShift(const CausalVae& model, const Weights<T>& weights, std::vector<std::size_t> own)
      : model_(model), weights_(weights), own_(std::move(own)) {}

  MatrixView<const T> forward(const ModelInput& input) override {
    const OneThread alone(model_);
    shift_ = model_.shift_of(input.targets, input.tau, input.dropout).contiguous();
    return rows_of<T>(shift_);
  }
  void backward(MatrixView<const T> grad, std::int64_t) override {
    const OneThread alone(model_);
    std::vector<Tensor> inputs;
    for (const std::size_t i : own_) inputs.push_back(weights_.value(i));
    weights_.move_all(own_, gradients_of({shift_}, {tensor_of(grad, weights_.options())}, inputs));
  }

 private:
  const CausalVae& model_;
  const Weights<T>& weights_;
  std::vector<std::size_t> own_;
  Tensor shift_;
};

/// The labels of a batch, all different, and of each row of its targets.
struct BatchLabels {
  std::vector<std::int64_t> labels;
  std::vector<std::vector<std::size_t>> of_row;  ///< positions in `labels`
};

template <class T>
BatchLabels labels_of(const std::vector<Tensor>& targets) {
  BatchLabels result;
  result.of_row.resize(static_cast<std::size_t>(targets.front().size(0)));
  for (const Tensor& target : targets)
    for (std::size_t i = 0; i < result.of_row.size(); ++i) {
      const MatrixView<const T> one_hots = rows_of<T>(target);
      const T* const row = &one_hots(static_cast<std::int64_t>(i), 0);
      const T* const largest = std::max_element(row, row + one_hots.n_cols);
      if (*largest == 0) continue;
      GRACEVAE_CHECK(*largest == 1, "a target that is trained is a label");
      const auto found = std::find(result.labels.begin(), result.labels.end(), largest - row);
      result.of_row[i].push_back(static_cast<std::size_t>(found - result.labels.begin()));
      if (found == result.labels.end()) result.labels.push_back(largest - row);
    }
  return result;
}

/// The published intervention encoder or the table, for the labels of a training batch.
template <class T>
class AnalyticShift : public ShiftSource<T> {
 public:
  AnalyticShift(const CausalVae& model, const InterventionEncoder::LabelWeights& of_labels, const Weights<T>& weights)
      : weights_(weights), of_labels_(of_labels), combination_scale_(model.combination_scale()),
        encoder_({model.shape().n_labels, model.shape().hidden, model.shape().n_latents}) {}

  MatrixView<const T> forward(const ModelInput& input) override {
    batch_ = labels_of<T>(input.targets);
    held_ = {.first_weight = weights_.trained(of_labels_.first_weight),
             .first_bias = weights_.trained(of_labels_.first_bias),
             .second_weight = weights_.trained(of_labels_.second_weight),
             .second_bias = weights_.trained(of_labels_.second_bias),
             .table = weights_.trained(of_labels_.table),
             .strength = weights_.trained(of_labels_.strength)};
    single_ = encoder_.forward(batch_.labels, input.tau, held_);
    shift_ = Matrix<T>(std::ssize(batch_.of_row), single_.n_cols);
    for (std::size_t i = 0; i < batch_.of_row.size(); ++i) add_labels(i, factor(i), shift_.row(row_of(i)));
    return std::as_const(shift_).view();
  }
  void backward(MatrixView<const T> grad, std::int64_t step) override {
    Matrix<T> of_labels(single_.n_rows, single_.n_cols);
    std::vector<T> sum(static_cast<std::size_t>(single_.n_cols));
    Tensor of_scale = at::zeros({1}, weights_.options());
    for (std::size_t i = 0; i < batch_.of_row.size(); ++i) {
      const T* const row = &grad(row_of(i), 0);
      for (const std::size_t k : batch_.of_row[i])
        for (std::size_t j = 0; j < sum.size(); ++j) of_labels.row(row_of(k))[j] += factor(i) * row[j];
      if (!combines(i)) continue;
      std::fill(sum.begin(), sum.end(), T{0});
      add_labels(i, 1, sum);
      for (std::size_t j = 0; j < sum.size(); ++j) *of_scale.data_ptr<T>() += row[j] * sum[j];
    }
    if (combination_scale_.defined()) weights_.move(weights_.index_of(combination_scale_), of_scale);
    encoder_.backward(std::as_const(of_labels).view(), held_, {weights_.adam_options(), step});
  }

 private:
  static std::int64_t row_of(std::size_t i) { return static_cast<std::int64_t>(i); }
  bool combines(std::size_t i) const { return combination_scale_.defined() && batch_.of_row[i].size() > 1; }
  T factor(std::size_t i) const { return combines(i) ? *combination_scale_.data_ptr<T>() : T{1}; }
  /// Adds the shifts of row i's labels, times `factor`.
  void add_labels(std::size_t i, T factor, std::span<T> sum) const {
    for (const std::size_t k : batch_.of_row[i])
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += factor * single_(row_of(k), static_cast<std::int64_t>(j));
  }

  const Weights<T>& weights_;
  InterventionEncoder::LabelWeights of_labels_;
  Tensor combination_scale_;
  BatchLabels batch_;
  MatrixView<const T> single_;  // [labels, d]
  Matrix<T> shift_;             // [rows, d]
  kernels::LabelEncoder<T> encoder_;
  kernels::LabelWeights<T> held_;
};

/// Shifts and the linear or relu mechanism.
template <class T>
class AnalyticLatentCore : public LatentCore<T> {
 public:
  AnalyticLatentCore(const CausalVae& model, const Weights<T>& weights, const kernels::LatentShape& shape,
                     std::unique_ptr<ShiftSource<T>> shifts)
      : model_(model), weights_(weights), layers_(shape), shifts_(std::move(shifts)) {}

  /// The weights that it updates itself.
  static std::vector<Tensor> moved(const CausalVae& model) {
    std::vector<Tensor> all{model.first_layer().bias()};
    for (const Linear* layer : {&model.mean_layer(), &model.variance_layer(), &model.latent_layer()})
      all.insert(all.end(), {layer->weight(), layer->bias()});
    if (model.dag().defined()) all.push_back(model.dag());
    return all;
  }

  kernels::LatentTerms forward(MatrixView<const T> first, const ModelInput& input,
                               const kernels::LatentLoss& loss) override {
    loss_ = loss;
    epsilon_ = input.epsilon;
    latent_ = {.first_bias = weights_.trained(model_.first_layer().bias()),
               .mean_weight = weights_.trained(model_.mean_layer().weight()),
               .mean_bias = weights_.trained(model_.mean_layer().bias()),
               .var_weight = weights_.trained(model_.variance_layer().weight()),
               .var_bias = weights_.trained(model_.variance_layer().bias()),
               .graph = weights_.trained(model_.dag()),
               .out_weight = weights_.trained(model_.latent_layer().weight()),
               .out_bias = weights_.trained(model_.latent_layer().bias())};
    return layers_.forward(first, numbers_of<T>(epsilon_), shifts_->forward(input), loss, latent_);
  }
  MatrixView<const T> rows() const override { return layers_.rows(); }
  MatrixView<const T> latents() const override { return layers_.latents(); }
  MatrixView<const T> backward(MatrixView<const T> grad_rows, MatrixView<const T> grad_latents,
                               std::int64_t step) override {
    layers_.backward(grad_rows, grad_latents, numbers_of<T>(epsilon_), loss_, latent_, {weights_.adam_options(), step});
    shifts_->backward(layers_.grad_shift(), step);
    return layers_.grad_first();
  }

 private:
  const CausalVae& model_;
  const Weights<T>& weights_;
  kernels::LatentLayers<T> layers_;
  std::unique_ptr<ShiftSource<T>> shifts_;
  kernels::LatentWeights<T> latent_;
  kernels::LatentLoss loss_;
  Tensor epsilon_;
};

}  // namespace

template <class T>
std::unique_ptr<LatentCore<T>> make_latent_core(const ModelOptions& options, const CausalVae& model, bool from_prior,
                                                const Weights<T>& weights, std::vector<std::size_t> own) {
  const bool has_graph = model.dag().defined();
  if (options.intervention != "shift" || (has_graph && options.mechanism == "mlp"))
    return std::make_unique<AutogradLatentCore<T>>(model, from_prior, weights, std::move(own));
  for (const Tensor& weight : AnalyticLatentCore<T>::moved(model)) std::erase(own, weights.index_of(weight));
  std::unique_ptr<ShiftSource<T>> shifts;
  if (const auto of_labels = model.intervention_encoder().label_weights())
    shifts = std::make_unique<AnalyticShift<T>>(model, *of_labels, weights);
  else
    shifts = std::make_unique<AutogradShift<T>>(model, weights, std::move(own));
  const kernels::LatentShape shape{.width_in = model.first_layer().n_out(),
                                   .n_latents = model.shape().n_latents,
                                   .width_out = model.latent_layer().n_out(),
                                   .has_graph = has_graph,
                                   .mechanism = options.mechanism == "relu" ? kernels::Mechanism::relu
                                                                            : kernels::Mechanism::linear,
                                   .from_prior = from_prior};
  return std::make_unique<AnalyticLatentCore<T>>(model, weights, shape, std::move(shifts));
}

template std::unique_ptr<LatentCore<float>> make_latent_core(const ModelOptions&, const CausalVae&, bool,
                                                             const Weights<float>&, std::vector<std::size_t>);
template std::unique_ptr<LatentCore<double>> make_latent_core(const ModelOptions&, const CausalVae&, bool,
                                                              const Weights<double>&, std::vector<std::size_t>);

}  // namespace gracevae::impl
