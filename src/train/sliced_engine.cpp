#include "train/sliced_engine.hpp"

#include <omp.h>

#include "base/error.hpp"
#include "kernels/label_encoder.hpp"
#include "kernels/latent_layers.hpp"
#include "kernels/sliced_layers.hpp"
#include "model/encoders/layer_widths.hpp"
#include "model/models/causal_vae.hpp"

namespace gracevae::impl {

namespace {

using kernels::Features;
using kernels::Trained;

/// The part of the mean adjacency that genes read.
template <class T>
kernels::GeneNeighbours<T> gene_neighbours_of(const CsrMatrix<double>& adjacency, std::int64_t n_genes) {
  CsrMatrix<T> genes, pathways;
  genes.n_rows = pathways.n_rows = n_genes;
  genes.n_cols = n_genes;
  pathways.n_cols = adjacency.n_cols - n_genes;
  for (std::int64_t i = 0; i < n_genes; ++i) {
    const auto columns = adjacency.row_indices(i);
    const auto values = adjacency.row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const bool is_gene = columns[k] < n_genes;
      CsrMatrix<T>& part = is_gene ? genes : pathways;
      part.indices.push_back(is_gene ? columns[k] : columns[k] - static_cast<std::int32_t>(n_genes));
      part.values.push_back(static_cast<T>(values[k]));
    }
    genes.indptr.push_back(genes.n_nonzero());
    pathways.indptr.push_back(pathways.n_nonzero());
  }
  return {std::move(genes), std::move(pathways)};
}

template <class T>
std::span<const T> numbers_of(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  return {tensor.data_ptr<T>(), static_cast<std::size_t>(tensor.numel())};
}

template <class T>
MatrixView<T> rows_of(const Tensor& tensor) {
  return {tensor.data_ptr<std::remove_const_t<T>>(), tensor.size(0), tensor.size(1)};
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

/// A model's weights with their moments. Gradients become a step of Adam or, while `kept` is set, are stored there.
template <class T>
class Weights {
 public:
  Weights(const Parameters& parameters, Adam& adam) : parameters_(parameters), adam_(adam) {}

  std::size_t count() const { return parameters_.all().size(); }
  const std::string& name(std::size_t i) const { return parameters_.all()[i].name; }
  const Tensor& value(std::size_t i) const { return parameters_.all()[i].value; }
  std::size_t index_of(const Tensor& weight) const {
    std::size_t i = 0;
    while (i < count() && !value(i).is_same(weight)) ++i;
    GRACEVAE_CHECK(i < count(), "a layer's weight is a parameter");
    return i;
  }
  std::size_t index_of(const std::string& name) const { return index_of(parameters_.at(name)); }

  /// For a kernel that updates the weight itself.
  Trained<T> trained(std::size_t i) const {
    Trained<T> result{value(i).template data_ptr<T>(), adam_.first_moments()[i].template data_ptr<T>(),
                      adam_.second_moments()[i].template data_ptr<T>(), nullptr};
    if (kept) result.gradient = ((*kept)[i] = at::empty_like(value(i).detach())).template data_ptr<T>();
    return result;
  }
  Trained<T> trained(const std::string& name) const { return trained(index_of(name)); }
  void move(std::size_t i, const Tensor& gradient) const {
    if (kept)
      (*kept)[i] = gradient;
    else
      adam_.move(i, gradient);
  }
  /// The weights `which` by gradients from autograd.
  void move_all(const std::vector<std::size_t>& which, std::span<const Tensor> gradients) const {
    for (std::size_t k = 0; k < which.size(); ++k) move(which[k], gradients[k]);
  }
  const at::TensorOptions& options() const { return parameters_.options(); }
  std::int64_t next_step() const { return kept ? adam_.n_steps() + 1 : adam_.count_step(); }
  const kernels::AdamOptions& adam_options() const { return adam_.options(); }
  Tensor& first_moment(std::size_t i) const { return adam_.first_moments()[i]; }
  Tensor& second_moment(std::size_t i) const { return adam_.second_moments()[i]; }

  std::vector<Tensor>* kept = nullptr;

 private:
  const Parameters& parameters_;
  Adam& adam_;
};

/// The layers between the wide ones.
template <class T>
class LatentCore {
 public:
  virtual ~LatentCore() = default;
  /// `first`: the first layer's output [B, H1]. Returns KL and sparsity.
  virtual kernels::LatentTerms forward(MatrixView<const T> first, const ModelInput& input,
                                       const kernels::LatentLoss& loss) = 0;
  /// Input of the last layer, [2B, H].
  virtual MatrixView<const T> rows() const = 0;
  /// Updates its weights; returns the gradient to `first`, taken before that.
  virtual MatrixView<const T> backward(MatrixView<const T> grad_rows, std::int64_t step) = 0;
};

/// Any mechanism, intervention and intervention encoder.
template <class T>
class AutogradLatentCore : public LatentCore<T> {
 public:
  AutogradLatentCore(const CausalVae& model, const Weights<T>& weights, std::vector<std::size_t> own)
      : model_(model), weights_(weights), own_(std::move(own)) {}

  kernels::LatentTerms forward(MatrixView<const T> first, const ModelInput& input,
                               const kernels::LatentLoss& loss) override {
    const OneThread alone(model_);
    first_ = tensor_of(first, weights_.options()).requires_grad_();
    const CausalVae::Between between = model_.between(first_, input);
    live_rows_ = between.rows;
    rows_ = live_rows_.detach().contiguous();
    const Tensor kl = gaussian_kl(between.mu, between.var), dag = model_.dag();
    terms_ = loss.beta * kl;
    kernels::LatentTerms values{.kl = kl.item<double>()};
    if (dag.defined()) {
      const Tensor sparse = sparsity(dag);
      terms_ = terms_ + loss.lambda * sparse;
      values.sparsity = sparse.item<double>();
    }
    return values;
  }
  MatrixView<const T> rows() const override { return rows_of<const T>(rows_); }
  MatrixView<const T> backward(MatrixView<const T> grad_rows, std::int64_t) override {
    const OneThread alone(model_);
    std::vector<Tensor> inputs{first_};
    for (const std::size_t i : own_) inputs.push_back(weights_.value(i));
    const auto gradients =
        gradients_of({terms_, live_rows_}, {Tensor(), tensor_of(grad_rows, weights_.options())}, inputs);
    weights_.move_all(own_, std::span(gradients).subspan(1));
    grad_first_ = gradients.front().contiguous();
    return rows_of<const T>(grad_first_);
  }

 private:
  const CausalVae& model_;
  const Weights<T>& weights_;
  std::vector<std::size_t> own_;
  Tensor first_, live_rows_, rows_, terms_, grad_first_;
};

/// Where a label's shift comes from.
template <class T>
class ShiftSource {
 public:
  virtual ~ShiftSource() = default;
  /// Σ b_k s_k of the input's targets, [d].
  virtual std::span<const T> forward(const ModelInput& input) = 0;
  /// After forward: updates its weights.
  virtual void backward(std::span<const T> grad, std::int64_t step) = 0;
};

/// Any intervention encoder.
template <class T>
class AutogradShift : public ShiftSource<T> {
 public:
  AutogradShift(const CausalVae& model, const Weights<T>& weights, std::vector<std::size_t> own)
      : model_(model), weights_(weights), own_(std::move(own)) {}

  std::span<const T> forward(const ModelInput& input) override {
    const OneThread alone(model_);
    shift_ = model_.shift_of(input.targets, input.tau, input.dropout);
    GRACEVAE_CHECK(shift_.size(0) == 1, "one shift for all cells of a batch");
    return numbers_of<T>(shift_);
  }
  void backward(std::span<const T> grad, std::int64_t) override {
    const OneThread alone(model_);
    std::vector<Tensor> inputs;
    for (const std::size_t i : own_) inputs.push_back(weights_.value(i));
    const MatrixView<const T> row{grad.data(), 1, std::ssize(grad)};
    weights_.move_all(own_, gradients_of({shift_}, {tensor_of(row, weights_.options())}, inputs));
  }

 private:
  const CausalVae& model_;
  const Weights<T>& weights_;
  std::vector<std::size_t> own_;
  Tensor shift_;
};

/// The published intervention encoder, for the one label of a training batch.
template <class T>
class AnalyticShift : public ShiftSource<T> {
 public:
  AnalyticShift(const ModelShape& shape, const Weights<T>& weights)
      : weights_(weights), encoder_({shape.n_labels, shape.hidden, shape.n_latents}) {}

  std::span<const T> forward(const ModelInput& input) override {
    GRACEVAE_CHECK(input.targets.size() == 1, "one target in training");
    const auto shares = numbers_of<T>(input.targets.front());
    const auto label = std::max_element(shares.begin(), shares.end());
    GRACEVAE_CHECK(*label == 1, "a target that is trained is a label");
    held_ = {.first_weight = weights_.trained("c1.weight"),
             .first_bias = weights_.trained("c1.bias"),
             .second_weight = weights_.trained("c2.weight"),
             .second_bias = weights_.trained("c2.bias"),
             .strength = weights_.trained("c_shift")};
    return encoder_.forward(label - shares.begin(), input.tau, held_);
  }
  void backward(std::span<const T> grad, std::int64_t step) override {
    encoder_.backward(grad, held_, {weights_.adam_options(), step});
  }

 private:
  const Weights<T>& weights_;
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

  static bool moves(const std::string& name, const std::string& first_bias) {
    return name == "G" || name == first_bias || name.starts_with("fc_mean.") || name.starts_with("fc_var.") ||
           name.starts_with("d1.");
  }

  kernels::LatentTerms forward(MatrixView<const T> first, const ModelInput& input,
                               const kernels::LatentLoss& loss) override {
    loss_ = loss;
    epsilon_ = input.epsilon;
    latent_ = {.first_bias = weights_.trained(weights_.index_of(model_.first_layer().bias())),
               .mean_weight = weights_.trained("fc_mean.weight"),
               .mean_bias = weights_.trained("fc_mean.bias"),
               .var_weight = weights_.trained("fc_var.weight"),
               .var_bias = weights_.trained("fc_var.bias"),
               .graph = model_.dag().defined() ? weights_.trained("G") : Trained<T>{},
               .out_weight = weights_.trained("d1.weight"),
               .out_bias = weights_.trained("d1.bias")};
    return layers_.forward(first, numbers_of<T>(epsilon_), shifts_->forward(input), latent_);
  }
  MatrixView<const T> rows() const override { return layers_.rows(); }
  MatrixView<const T> backward(MatrixView<const T> grad_rows, std::int64_t step) override {
    layers_.backward(grad_rows, numbers_of<T>(epsilon_), loss_, latent_, {weights_.adam_options(), step});
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

/// Analytic where the intervention shifts latents and the mechanism is not a network. `own`: the weights outside the
/// wide layers and the graph encoder.
template <class T>
std::unique_ptr<LatentCore<T>> make_latent_core(const ModelOptions& options, const CausalVae& model,
                                                const Weights<T>& weights, std::vector<std::size_t> own) {
  const bool has_graph = model.dag().defined();
  if (options.intervention != "shift" || (has_graph && options.mechanism == "mlp"))
    return std::make_unique<AutogradLatentCore<T>>(model, weights, std::move(own));
  const std::string first_bias = weights.name(weights.index_of(model.first_layer().bias()));
  std::erase_if(own, [&](std::size_t i) { return AnalyticLatentCore<T>::moves(weights.name(i), first_bias); });
  std::unique_ptr<ShiftSource<T>> shifts;
  if (options.intervention_encoder == "mlp")
    shifts = std::make_unique<AnalyticShift<T>>(model.shape(), weights);
  else
    shifts = std::make_unique<AutogradShift<T>>(model, weights, std::move(own));
  const kernels::LatentShape shape{.width_in = model.first_layer().n_out(),
                                   .n_latents = model.shape().n_latents,
                                   .width_out = model.last_layer().weight().size(1),
                                   .has_graph = has_graph,
                                   .mechanism = options.mechanism == "relu" ? kernels::Mechanism::relu
                                                                            : kernels::Mechanism::linear};
  return std::make_unique<AnalyticLatentCore<T>>(model, weights, shape, std::move(shifts));
}

/// Whether this is one of the graph encoder's scalars.
bool is_graph_factor(const std::string& name) { return name.starts_with("gnn."); }

template <class T>
bool has_graph_factors(const Weights<T>& weights) {
  for (std::size_t i = 0; i < weights.count(); ++i)
    if (is_graph_factor(weights.name(i))) return true;
  return false;
}

template <class T>
class Engine : public SlicedEngine {
 public:
  Engine(const ModelOptions& options, const RunData& data, const CausalVae& model, const ObjectiveOptions& objective,
         Adam& adam)
      : data_(data), model_(model), objective_(objective), weights_(model.parameters(), adam),
        n_inputs_(model.first_layer().weight().size(1)), first_index_(weights_.index_of(model.first_layer().weight())),
        last_index_(weights_.index_of(model.last_layer().weight())),
        last_bias_index_(weights_.index_of(model.last_layer().bias())), reads_graph_(has_graph_factors(weights_)),
        neighbours_(gene_neighbours()), layers_(reads_graph_ ? &neighbours_ : nullptr, sliced_shape(options)),
        latent_core_(make_latent_core<T>(options, model, weights_, inner_weights())) {
    if (model.first_layer().mask().defined()) mask_ = model.first_layer().mask().detach().t().contiguous();
    load();
  }

  LossValues step(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) override {
    weights_.kept = nullptr;
    return run(input, batch, schedule);
  }

  std::vector<Tensor> gradients(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) override {
    std::vector<Tensor> result(weights_.count());
    weights_.kept = &result;
    run(input, batch, schedule);
    weights_.kept = nullptr;
    return result;
  }

  void store() override {
    const at::NoGradGuard no_grad;
    weights_.value(first_index_).detach().copy_(first_.t());
    weights_.first_moment(first_index_).copy_(first_m_.t());
    weights_.second_moment(first_index_).copy_(first_v_.t());
  }

  void load() override {
    const at::NoGradGuard no_grad;
    first_ = weights_.value(first_index_).detach().t().contiguous();
    first_m_ = weights_.first_moment(first_index_).t().contiguous();
    first_v_ = weights_.second_moment(first_index_).t().contiguous();
  }

 private:
  kernels::GeneNeighbours<T> gene_neighbours() const {
    if (!reads_graph_) return {};
    return gene_neighbours_of<T>(data_.neighbours, data_.shape.n_genes);
  }

  kernels::SlicedShape sliced_shape(const ModelOptions& options) const {
    return {.n_genes = data_.shape.n_genes,
            .n_extra = n_inputs_ - data_.shape.n_genes,
            .width_in = model_.first_layer().n_out(),
            .width_out = model_.last_layer().weight().size(1),
            .precision = options.precision == "bf16" ? kernels::Precision::bf16 : kernels::Precision::full};
  }

  /// All weights but those of the wide layers and of the graph encoder.
  std::vector<std::size_t> inner_weights() const {
    std::vector<std::size_t> inner;
    for (std::size_t i = 0; i < weights_.count(); ++i) {
      const bool wide = i == first_index_ || i == last_index_ || i == last_bias_index_;
      if (!wide && !is_graph_factor(weights_.name(i))) inner.push_back(i);
    }
    return inner;
  }

  double factor(const char* name) const { return weights_.value(weights_.index_of(name)).template item<double>(); }

  /// What the first layer reads besides genes and their means: which pathways are expressed, and the embedding.
  Tensor extra_of(const ModelInput& input, const BatchRows& batch) const {
    const std::int64_t n_genes = data_.shape.n_genes, n_pathways = n_inputs_ - n_genes - data_.shape.n_embedding;
    Tensor extra;
    if (n_pathways > 0) {
      extra = at::zeros({std::ssize(batch.controls), n_pathways}, weights_.options());
      T* row = extra.data_ptr<T>();
      for (const std::int64_t cell : batch.controls) {
        const auto genes = batch.rows.row_indices(cell);
        const auto values = batch.rows.row_values(cell);
        for (std::size_t k = 0; k < genes.size(); ++k) {
          if (!(values[k] > 0)) continue;
          for (const std::int32_t node : data_.neighbours.row_indices(genes[k]))
            if (node >= n_genes) row[node - n_genes] = 1;
        }
        row += n_pathways;
      }
    }
    if (!input.embedding.defined()) return extra;
    return (extra.defined() ? at::cat({extra, input.embedding}, 1) : input.embedding).contiguous();
  }

  /// A step, or its gradients while weights_.kept is set.
  LossValues run(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) {
    GRACEVAE_CHECK(!input.targets.empty(), "a training batch has targets");
    const Tensor extra = extra_of(input, batch);
    Tensor first_gradient = weights_.kept ? at::empty_like(first_) : Tensor();
    const kernels::FirstLayer<T> first{{first_.data_ptr<T>(), first_m_.data_ptr<T>(), first_v_.data_ptr<T>(),
                                        weights_.kept ? first_gradient.data_ptr<T>() : nullptr},
                                       mask_.defined() ? mask_.data_ptr<T>() : nullptr};
    const std::int64_t step = weights_.next_step();
    const kernels::AdamFactors<T> adam(weights_.adam_options(), step);

    const MatrixView<const T> encoded = layers_.encode({.rows = batch.rows,
                                                        .controls = batch.controls,
                                                        .cells = batch.cells,
                                                        .pathways = numbers_of<T>(input.pathway_values),
                                                        .extra = numbers_of<T>(extra)},
                                                       graph_factors(), first);
    const kernels::LatentTerms latent =
        latent_core_->forward(encoded, input, {.beta = schedule.beta, .lambda = objective_.lambda});
    LossValues values{.kl = latent.kl, .sparsity = latent.sparsity};
    const MatrixView<const T> rows = latent_core_->rows();
    Matrix<T> grad_rows(rows.n_rows, rows.n_cols);
    decode(rows, schedule, adam, values, grad_rows.view());
    values.total = schedule.alpha * values.mmd + values.mse + schedule.beta * values.kl +
                   objective_.lambda * values.sparsity + objective_.smoothness * values.smoothness;

    const MatrixView<const T> grad_first = latent_core_->backward(std::as_const(grad_rows).view(), step);
    const Features gradients = layers_.encode_backward(grad_first, first, adam);
    if (reads_graph_) move_graph_factors(gradients, step);
    if (weights_.kept) (*weights_.kept)[first_index_] = first_gradient.t();
    return values;
  }

  /// Decodes, updates the last layer, and fills in its loss terms and the gradient to `rows`.
  void decode(MatrixView<const T> rows, const Schedule& schedule, const kernels::AdamFactors<T>& adam,
              LossValues& values, MatrixView<T> grad_rows) {
    Tensor smoothness_gradient;  // to the last layer's weights
    if (const auto smoothness = model_.smoothness_product()) {
      values.smoothness = smoothness->value.template item<double>();
      smoothness_gradient = 2 * objective_.smoothness * smoothness->product;
    }
    const kernels::DecoderTerms decoded =
        layers_.decode(rows, {schedule.alpha, objective_.mmd, !model_.linear_output()},
                       {weights_.trained(last_index_), weights_.trained(last_bias_index_),
                        smoothness_gradient.defined() ? smoothness_gradient.data_ptr<T>() : nullptr},
                       adam, grad_rows);
    values.mmd = decoded.mmd;
    values.mse = decoded.mse;
  }

  /// The graph encoder's scalars; without one, genes read themselves only.
  Features graph_factors() const {
    if (!reads_graph_) return {};
    return {factor("gnn.self.weight"), factor("gnn.neighbour.weight"), factor("gnn.bias")};
  }

  void move_graph_factors(const Features& gradients, std::int64_t step) const {
    move_factor("gnn.self.weight", gradients.own, step);
    move_factor("gnn.neighbour.weight", gradients.neighbours, step);
    move_factor("gnn.bias", gradients.offset, step);
  }

  void move_factor(const char* name, double gradient, std::int64_t step) const {
    const Trained<T> factor = weights_.trained(name);
    const T value = static_cast<T>(gradient);
    if (factor.gradient)
      *factor.gradient = value;
    else
      kernels::adam_step(factor.weight, &value, factor.first_moment, factor.second_moment, 1, step,
                         weights_.adam_options());
  }

  const RunData& data_;
  const CausalVae& model_;
  ObjectiveOptions objective_;
  Weights<T> weights_;
  std::int64_t n_inputs_;
  std::size_t first_index_, last_index_, last_bias_index_;
  bool reads_graph_;
  kernels::GeneNeighbours<T> neighbours_;
  kernels::SlicedLayers<T> layers_;
  std::unique_ptr<LatentCore<T>> latent_core_;
  Tensor first_, first_m_, first_v_;  // the first layer's weights and moments, one row per input
  Tensor mask_;                       // in the same layout; undefined without
};

}  // namespace

std::string why_not_sliced(const RunOptions& options) {
  const ModelOptions& model = options.model;
  if (options.train.device != "cpu") return "train.device is " + options.train.device;
  if (reads_encoder_option(model.model)) {
    if (model.encoder != "sage") return "model.encoder is " + model.encoder;
    if (layer_widths(model).size() > 1) return "model.gnn_channels gives the graph encoder more than one layer";
  }
  if (model.likelihood != "mse") return "model.likelihood is " + model.likelihood;
  if (model.linear_skip) return "model.linear_skip is given";
  if (model.abduction) return "model.abduction is given";
  if (model.value_range == "nonnegative") return "model.value_range is nonnegative";
  if (options.train.generate_from != "posterior") return "train.generate_from is " + options.train.generate_from;
  return {};
}

std::unique_ptr<SlicedEngine> make_sliced_engine(const ModelOptions& options, const RunData& data, const Model& model,
                                                 const ObjectiveOptions& objective, Adam& adam) {
  const auto* const vae = dynamic_cast<const CausalVae*>(&model);
  GRACEVAE_CHECK(vae != nullptr, "a causal VAE");
  if (model.parameters().options().dtype() == at::kDouble)
    return std::make_unique<Engine<double>>(options, data, *vae, objective, adam);
  return std::make_unique<Engine<float>>(options, data, *vae, objective, adam);
}

}  // namespace gracevae::impl
