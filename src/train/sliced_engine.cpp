#include "train/sliced_engine.hpp"

#include <omp.h>

#include <optional>

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

/// One thread for what autograd does between the wide layers, where waking the others costs more than it gives unless
/// there are many latents.
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

/// A model's weights with their moments, and what becomes of their gradients: a step of Adam, or, while `kept` is set,
/// nothing but to be kept there.
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

  /// For a kernel that moves the weight itself.
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
  /// What is free of the weights that a kernel moves: gradients by autograd.
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

/// What is between the wide layers.
template <class T>
class Between {
 public:
  virtual ~Between() = default;
  /// From what the first layer makes of the cells [B, H1]; KL and sparsity.
  virtual kernels::LatentTerms forward(MatrixView<const T> first, const ModelInput& input,
                                       const kernels::LatentLoss& loss) = 0;
  /// For the last layer, [2B, H].
  virtual MatrixView<const T> rows() const = 0;
  /// A step of its weights; the gradient to `first`, made before.
  virtual MatrixView<const T> backward(MatrixView<const T> grad_rows, std::int64_t step) = 0;
};

/// Any mechanism, intervention and intervention encoder.
template <class T>
class BetweenByAutograd : public Between<T> {
 public:
  BetweenByAutograd(const CausalVae& model, const Weights<T>& weights, std::vector<std::size_t> own)
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
  /// After forward: one step of its weights.
  virtual void backward(std::span<const T> grad, std::int64_t step) = 0;
};

/// Any intervention encoder.
template <class T>
class ShiftByAutograd : public ShiftSource<T> {
 public:
  ShiftByAutograd(const CausalVae& model, const Weights<T>& weights, std::vector<std::size_t> own)
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

/// The published intervention encoder, on the one label that a batch of training has.
template <class T>
class ShiftByHand : public ShiftSource<T> {
 public:
  ShiftByHand(const ModelShape& shape, const Weights<T>& weights)
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
class BetweenByHand : public Between<T> {
 public:
  BetweenByHand(const CausalVae& model, const Weights<T>& weights, const kernels::LatentShape& shape,
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

template <class T>
class Engine : public SlicedEngine {
 public:
  Engine(const ModelOptions& options, const RunData& data, const CausalVae& model, const ObjectiveOptions& objective,
         Adam& adam)
      : data_(data), model_(model), objective_(objective), weights_(model.parameters(), adam),
        n_inputs_(model.first_layer().weight().size(1)), first_index_(weights_.index_of(model.first_layer().weight())),
        last_index_(weights_.index_of(model.last_layer().weight())),
        last_bias_index_(weights_.index_of(model.last_layer().bias())) {
    const at::NoGradGuard no_grad;
    if (model.first_layer().mask().defined()) mask_ = model.first_layer().mask().t().contiguous();
    const std::int64_t width_out = model.last_layer().weight().size(1);
    const bool by_hand = options.intervention == "shift" && (!model.dag().defined() || options.mechanism != "mlp");
    const std::string first_bias = weights_.name(weights_.index_of(model.first_layer().bias()));
    std::vector<std::size_t> by_autograd;
    for (std::size_t i = 0; i < weights_.count(); ++i) {
      const bool wide = i == first_index_ || i == last_index_ || i == last_bias_index_;
      const bool is_factor = weights_.name(i).starts_with("gnn.");
      reads_graph_ |= is_factor;
      if (!wide && !is_factor && !(by_hand && BetweenByHand<T>::moves(weights_.name(i), first_bias)))
        by_autograd.push_back(i);
    }
    if (by_hand) {
      std::unique_ptr<ShiftSource<T>> shifts;
      if (options.intervention_encoder == "mlp")
        shifts = std::make_unique<ShiftByHand<T>>(model.shape(), weights_);
      else
        shifts = std::make_unique<ShiftByAutograd<T>>(model, weights_, by_autograd);
      between_ = std::make_unique<BetweenByHand<T>>(model, weights_,
                                                    kernels::LatentShape{.width_in = model.first_layer().n_out(),
                                                                         .n_latents = model.shape().n_latents,
                                                                         .width_out = width_out,
                                                                         .has_graph = model.dag().defined(),
                                                                         .mechanism = options.mechanism == "relu"
                                                                                          ? kernels::Mechanism::relu
                                                                                          : kernels::Mechanism::linear},
                                                    std::move(shifts));
    } else {
      between_ = std::make_unique<BetweenByAutograd<T>>(model, weights_, by_autograd);
    }
    if (reads_graph_) neighbours_ = gene_neighbours_of<T>(data.neighbours, data.shape.n_genes);
    layers_.emplace(reads_graph_ ? &neighbours_ : nullptr,
                    kernels::SlicedShape{.n_genes = data.shape.n_genes,
                                         .n_extra = n_inputs_ - data.shape.n_genes,
                                         .width_in = model.first_layer().n_out(),
                                         .width_out = width_out,
                                         .precision = options.precision == "bf16" ? kernels::Precision::bf16
                                                                                  : kernels::Precision::full});
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

  /// A step, or the gradients of one.
  LossValues run(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) {
    GRACEVAE_CHECK(!input.targets.empty(), "a training batch has targets");
    const Tensor extra = extra_of(input, batch);
    Features features;
    if (reads_graph_) features = {factor("gnn.self.weight"), factor("gnn.neighbour.weight"), factor("gnn.bias")};
    Tensor first_gradient = weights_.kept ? at::empty_like(first_) : Tensor();
    const kernels::FirstLayer<T> first{{first_.data_ptr<T>(), first_m_.data_ptr<T>(), first_v_.data_ptr<T>(),
                                        weights_.kept ? first_gradient.data_ptr<T>() : nullptr},
                                       mask_.defined() ? mask_.data_ptr<T>() : nullptr};
    const std::int64_t step = weights_.next_step();
    const kernels::AdamFactors<T> adam(weights_.adam_options(), step);

    const MatrixView<const T> encoded = layers_->encode({.rows = batch.rows,
                                                         .controls = batch.controls,
                                                         .cells = batch.cells,
                                                         .pathways = numbers_of<T>(input.pathway_values),
                                                         .extra = numbers_of<T>(extra)},
                                                        features, first);
    const kernels::LatentTerms latent =
        between_->forward(encoded, input, {.beta = schedule.beta, .lambda = objective_.lambda});
    LossValues values{.kl = latent.kl, .sparsity = latent.sparsity};

    Tensor pull;  // of the smoothness on the last layer's weights
    if (const auto smoothness = model_.smoothness_product()) {
      values.smoothness = smoothness->value.template item<double>();
      pull = 2 * objective_.smoothness * smoothness->product;
    }
    const MatrixView<const T> rows = between_->rows();
    Matrix<T> grad_rows(rows.n_rows, rows.n_cols);
    const kernels::DecoderTerms decoded =
        layers_->decode(rows, {schedule.alpha, objective_.mmd, !model_.linear_output()},
                        {weights_.trained(last_index_), weights_.trained(last_bias_index_),
                         pull.defined() ? pull.data_ptr<T>() : nullptr},
                        adam, grad_rows.view());
    values.mmd = decoded.mmd;
    values.mse = decoded.mse;
    values.total = schedule.alpha * values.mmd + values.mse + schedule.beta * values.kl +
                   objective_.lambda * values.sparsity + objective_.smoothness * values.smoothness;

    const MatrixView<const T> grad_first = between_->backward(std::as_const(grad_rows).view(), step);
    const Features factors = layers_->encode_backward(grad_first, first, adam);
    if (reads_graph_) {
      move_factor("gnn.self.weight", factors.own, step);
      move_factor("gnn.neighbour.weight", factors.neighbours, step);
      move_factor("gnn.bias", factors.offset, step);
    }
    if (weights_.kept) (*weights_.kept)[first_index_] = first_gradient.t();
    return values;
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
  bool reads_graph_ = false;
  kernels::GeneNeighbours<T> neighbours_;
  std::optional<kernels::SlicedLayers<T>> layers_;
  std::unique_ptr<Between<T>> between_;
  Tensor first_, first_m_, first_v_;  // the first layer's weights and moments, a row an input
  Tensor mask_;                       // the same way round; undefined without
};

}  // namespace

std::string why_not_sliced(const RunOptions& options) {
  const ModelOptions& model = options.model;
  if (options.train.device != "cpu") return "--device is " + options.train.device;
  if (reads_encoder_option(model.model)) {
    if (model.encoder != "sage") return "--encoder is " + model.encoder;
    if (layer_widths(model).size() > 1) return "--gnn-channels gives the graph encoder more than one layer";
  }
  if (model.likelihood != "mse") return "--likelihood is " + model.likelihood;
  if (model.linear_skip) return "--linear-skip is given";
  if (model.abduction) return "--abduction is given";
  if (model.value_range == "nonnegative") return "--value-range is nonnegative";
  if (options.train.generate_from != "posterior") return "--generate-from is " + options.train.generate_from;
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
