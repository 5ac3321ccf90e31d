/// @file The fast training step: the two gene-wide layers slice by slice (kernels/sliced_layers.hpp), the layers
/// between them in latent_core.hpp.
#include <numeric>

#include "base/error.hpp"
#include "kernels/sliced_layers.hpp"
#include "train/latent_core.hpp"
#include "train/trained_weights.hpp"
#include "train/training_step.hpp"

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

/// Weights and moments are updated in place, except those of the first layer and of the skip, which are held transposed
/// until store().
template <class T>
class SlicedStep : public TrainingStep {
 public:
  SlicedStep(const Parts& parts, const CausalVae& model)
      : data_(parts.data), model_(model), objective_(parts.objective), weights_(model.parameters(), parts.adam),
        factors_(model.encoder().neighbour_mean()), n_inputs_(model.first_layer().weight().size(1)),
        first_(weights_, model.first_layer().weight()),
        skip_(weights_, model.skip(), kernels::skip_stride_of(model.skip().defined() ? model.skip().size(0) : 0)),
        neighbours_(factors_ ? gene_neighbours_of<T>(data_.neighbours, data_.shape.n_genes)
                             : kernels::GeneNeighbours<T>{}),
        layers_(factors_ ? &neighbours_ : nullptr, sliced_shape(parts.options)),
        latent_core_(make_latent_core<T>(parts.options, model, objective_.from_prior, weights_, inner_weights())) {
    if (model.first_layer().mask().defined()) mask_ = model.first_layer().mask().detach().t().contiguous();
    load();
  }

  void take(const StepBatch& batch) override {
    weights_.kept = nullptr;
    add(run(batch));
  }

  std::vector<Tensor> gradients(const StepBatch& batch) override {
    std::vector<Tensor> result(weights_.count());
    weights_.kept = &result;
    run(batch);
    weights_.kept = nullptr;
    return result;
  }

  void store() override {
    first_.store();
    skip_.store();
  }

  void load() override {
    first_.load();
    skip_.load();
  }

 private:
  kernels::SlicedShape sliced_shape(const ModelOptions& options) const {
    return {.n_genes = data_.shape.n_genes,
            .n_extra = n_inputs_ - data_.shape.n_genes,
            .width_in = model_.first_layer().n_out(),
            .width_out = model_.last_layer().weight().size(1),
            .n_skip = model_.skip().defined() ? model_.skip().size(0) : 0,
            .precision = options.precision == "bf16" ? kernels::Precision::bf16 : kernels::Precision::full};
  }

  /// All weights but those of the wide layers and of the graph encoder.
  std::vector<std::size_t> inner_weights() const {
    std::vector<Tensor> outer{model_.first_layer().weight(), model_.last_layer().weight(), model_.last_layer().bias(),
                              model_.skip(), model_.log_variance()};
    if (factors_) outer.insert(outer.end(), {factors_->own, factors_->neighbours, factors_->offset});
    std::vector<std::size_t> inner(weights_.count());
    std::iota(inner.begin(), inner.end(), 0);
    for (const Tensor& weight : outer)
      if (weight.defined()) std::erase(inner, weights_.index_of(weight));
    return inner;
  }

  /// What the first layer reads besides genes and their means: which pathways are expressed, the embedding, and the
  /// covariates.
  Tensor extra_of(const ModelInput& input, const BatchRows& batch) const {
    const std::int64_t n_genes = data_.shape.n_genes,
                       n_pathways = n_inputs_ - n_genes - data_.shape.n_embedding - data_.shape.n_covariates;
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
    for (const Tensor* more : {&input.embedding, &input.covariates})
      if (more->defined()) extra = extra.defined() ? at::cat({extra, *more}, 1) : *more;
    return extra.defined() ? extra.contiguous() : extra;
  }

  /// A step, or its gradients while weights_.kept is set.
  LossValues run(const StepBatch& batch) {
    const ModelInput& input = batch.input;
    GRACEVAE_CHECK(!input.targets.empty(), "a training batch has targets");
    const Tensor extra = extra_of(input, batch.rows);
    const kernels::FirstLayer<T> first{first_.trained(), mask_.defined() ? mask_.data_ptr<T>() : nullptr};
    const std::int64_t step = weights_.next_step();
    const kernels::AdamFactors<T> adam(weights_.adam_options(), step);

    const MatrixView<const T> encoded = layers_.encode({.rows = batch.rows.rows,
                                                        .controls = batch.rows.controls,
                                                        .cells = batch.rows.cells,
                                                        .pathways = numbers_of<T>(input.pathway_values),
                                                        .extra = numbers_of<T>(extra)},
                                                       graph_factors(), first);
    const double scale = model_.log_variance().defined() ? objective_.elbo_scale : 1;
    const kernels::LatentTerms latent =
        latent_core_->forward(encoded, input,
                              {.beta = scale * schedule().beta,
                               .lambda = objective_.lambda,
                               .free_bits = model_.log_variance().defined() ? objective_.free_bits : 0});
    LossValues values{.kl = latent.kl, .sparsity = latent.sparsity, .divergence = scale * latent.bounded_kl};
    const MatrixView<const T> rows = decoder_rows(input);
    Matrix<T> grad_rows(rows.n_rows, rows.n_cols), grad_latents;
    if (model_.skip().defined())
      grad_latents = Matrix<T>(latent_core_->latents().n_rows, latent_core_->latents().n_cols);
    decode(batch, rows, adam, values, {grad_rows.view(), grad_latents.view()});
    values.total = total_of(values, schedule(), objective_);

    const MatrixView<const T> grad_first =
        latent_core_->backward(of_hidden(grad_rows), std::as_const(grad_latents).view(), step);
    const Features gradients = layers_.encode_backward(grad_first, first, adam);
    if (factors_) move_graph_factors(gradients, step);
    first_.keep();
    skip_.keep();
    return values;
  }

  /// What the last layer reads: hidden units and the covariates of the control cells, [2B, H + n_covariates].
  MatrixView<const T> decoder_rows(const ModelInput& input) {
    const MatrixView<const T> hidden = latent_core_->rows();
    if (!input.covariates.defined()) return hidden;
    const std::int64_t n = input.covariates.size(0), k = input.covariates.size(1);
    const T* const covariates = input.covariates.template data_ptr<T>();
    decoder_rows_ = Matrix<T>(hidden.n_rows, hidden.n_cols + k);
    for (std::int64_t i = 0; i < hidden.n_rows; ++i) {
      T* const out = decoder_rows_.row(i).data();
      std::copy_n(&hidden(i, 0), hidden.n_cols, out);
      std::copy_n(covariates + i % n * k, k, out + hidden.n_cols);
    }
    return std::as_const(decoder_rows_).view();
  }

  /// The gradient to the hidden units, of that to all that the last layer reads.
  MatrixView<const T> of_hidden(const Matrix<T>& grad_rows) {
    const std::int64_t width = latent_core_->rows().n_cols;
    if (grad_rows.n_cols == width) return grad_rows.view();
    grad_hidden_ = Matrix<T>(grad_rows.n_rows, width);
    for (std::int64_t i = 0; i < grad_rows.n_rows; ++i)
      std::copy_n(grad_rows.row(i).data(), width, grad_hidden_.row(i).data());
    return std::as_const(grad_hidden_).view();
  }

  /// Decodes, updates the last layer, and fills in its loss terms and the gradient to what it reads.
  void decode(const StepBatch& batch, MatrixView<const T> rows, const kernels::AdamFactors<T>& adam, LossValues& values,
              const kernels::DecoderRows<T>& gradients) {
    Tensor smoothness_gradient;  // to the last layer's weights
    if (const auto smoothness = model_.smoothness_product()) {
      values.smoothness = smoothness->value.template item<double>();
      smoothness_gradient = 2 * objective_.smoothness * smoothness->product;
    }
    const Tensor& variances = model_.log_variance();
    Trained<T> log_variance;
    if (variances.defined())
      log_variance = variances.requires_grad() ? weights_.trained(variances)
                                               : Trained<T>{.weight = variances.template data_ptr<T>()};
    const kernels::DecoderTerms decoded =
        layers_.decode({rows, latent_core_->latents()},
                       numbers_of<T>(variances.defined() ? batch.observation : Tensor()),
                       {.alpha = schedule().alpha,
                        .mmd = objective_.mmd,
                        .likelihood = objective_.elbo_scale,
                        .leaky = !model_.linear_output(),
                        .abduction = model_.abduction() && !objective_.from_prior,
                        .nonnegative = model_.nonnegative()},
                       {.weight = weights_.trained(model_.last_layer().weight()),
                        .bias = weights_.trained(model_.last_layer().bias()),
                        .skip = skip_.trained(),
                        .log_variance = log_variance,
                        .extra_gradient = smoothness_gradient.defined() ? smoothness_gradient.data_ptr<T>() : nullptr},
                       adam, gradients);
    values.mmd = decoded.mmd;
    values.mse = decoded.mse;
    values.likelihood = variances.defined() ? objective_.elbo_scale * decoded.nll : decoded.mse;
  }

  /// The graph encoder's scalars; without one, genes read themselves only.
  Features graph_factors() const {
    if (!factors_) return {};
    const auto number = [](const Tensor& factor) { return factor.item<double>(); };
    return {number(factors_->own), number(factors_->neighbours), number(factors_->offset)};
  }

  void move_graph_factors(const Features& gradients, std::int64_t step) const {
    move_factor(factors_->own, gradients.own, step);
    move_factor(factors_->neighbours, gradients.neighbours, step);
    move_factor(factors_->offset, gradients.offset, step);
  }

  void move_factor(const Tensor& factor, double gradient, std::int64_t step) const {
    const Trained<T> trained = weights_.trained(factor);
    const T value = static_cast<T>(gradient);
    if (trained.gradient)
      *trained.gradient = value;
    else
      kernels::adam_step(trained.weight, &value, trained.first_moment, trained.second_moment, 1, step,
                         weights_.adam_options());
  }

  const RunData& data_;
  const CausalVae& model_;
  ObjectiveOptions objective_;
  Weights<T> weights_;
  std::optional<Encoder::NeighbourMean> factors_;
  std::int64_t n_inputs_;
  TransposedWeight<T> first_, skip_;
  kernels::GeneNeighbours<T> neighbours_;
  kernels::SlicedLayers<T> layers_;
  std::unique_ptr<LatentCore<T>> latent_core_;
  Matrix<T> decoder_rows_, grad_hidden_;  // with covariates
  Tensor mask_;                           // of the first layer, one row per input; undefined without
};

}  // namespace

std::unique_ptr<TrainingStep> make_sliced_step(const TrainingStep::Parts& parts) {
  const auto* const model = dynamic_cast<const CausalVae*>(&parts.model);
  GRACEVAE_CHECK(model != nullptr, "a causal VAE");
  if (model->parameters().options().dtype() == at::kDouble) return std::make_unique<SlicedStep<double>>(parts, *model);
  return std::make_unique<SlicedStep<float>>(parts, *model);
}

}  // namespace gracevae::impl
