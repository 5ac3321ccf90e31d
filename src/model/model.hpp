#pragma once
/// @file The interface of a model, for training and prediction.
#include <memory>
#include <vector>

#include "causal/torch_compat.hpp"
#include "model/parameters.hpp"
#include "model/parts.hpp"
#include "run/model_options.hpp"

namespace gracevae::impl {

/// One batch as a model reads it.
struct ModelInput {
  Tensor x;                       ///< [B, p] control cells
  Tensor epsilon;                 ///< [B, d] standard normal
  Tensor pathway_values{};        ///< [q] or [B, q]; undefined for models without pathways
  Tensor embedding{};             ///< [B, e] of the control cells; undefined without
  Tensor covariates{};            ///< [B, n_covariates] of the control cells; undefined without
  std::vector<Tensor> targets{};  ///< one one-hot [1 or B, c] for each intervention target of the regime, or of each
                                  ///< cell (rows of zeros where a cell has fewer); empty = control
  Tensor added{};                 ///< [1 or B, p] sum of the effects of targets without a one-hot; undefined without
  std::int64_t n_added = 0;       ///< targets in it, which count in a combination
  Tensor besides{};               ///< [1 or B, p] what the combination does besides; undefined for nothing
  double tau = 1;                 ///< temperature of the intervention encoder
  Tensor dropout{};               ///< [n_dropout()] uniform numbers; undefined: nothing is dropped
};

/// Everything between input and loss, by the paper's letters; undefined where a model has none.
struct ModelOutput {
  Tensor g;                            ///< [B, p] the graph encoder's output
  Tensor hidden;                       ///< [B, H]
  Tensor mu, var, z;                   ///< [B, d]; var is the variance
  std::vector<EncodedTarget> targets;  ///< one per target of the input, or one for all together
  Tensor shift;                        ///< [1 or B, d] f·Σ b_k s_k; undefined without targets
  Tensor u, u0;                        ///< [B, d] latents with and without the intervention, from the same z
  Tensor y_hat, x_hat;                 ///< [B, p] counterfactual cells and reconstruction
  Tensor decoded;                      ///< [B, p] D(u): y_hat before abduction and clipping at 0
};

class Model {
 public:
  virtual ~Model() = default;
  /// The forward pass; without targets u and y_hat equal u0 and x_hat.
  virtual ModelOutput forward(const ModelInput& input) const = 0;
  virtual EncodedTarget encode_target(const Tensor& one_hot, double tau) const = 0;
  /// Latents u [B, d] of exogenous noise z [B, d] under a regime's targets (none: control), without the encoder.
  /// `n_added`: as ModelInput has it.
  virtual Tensor latents(const Tensor& z, const std::vector<Tensor>& targets, double tau, const Tensor& dropout,
                         std::int64_t n_added) const = 0;
  Tensor latents(const Tensor& z, const std::vector<Tensor>& targets, double tau, const Tensor& dropout) const {
    return latents(z, targets, tau, dropout, 0);
  }
  /// What `added` and `besides` change of counterfactual cells, [1 or B, p]; undefined for nothing.
  virtual Tensor further_change(const ModelInput& input) const {
    if (!input.added.defined()) return input.besides;
    return input.besides.defined() ? input.added + input.besides : input.added;
  }
  /// Genes [B, p] of latents u [B, d], without observation noise. covariates [B, n_covariates]; undefined: those of the
  /// average control cell, 0.
  virtual Tensor decode(const Tensor& u, const Tensor& covariates) const = 0;
  Tensor decode(const Tensor& u) const { return decode(u, Tensor()); }
  /// Cells [B, p] with values cut to those that the screen can have.
  virtual Tensor within_range(const Tensor& cells) const { return cells; }
  /// Weights of the latent DAG, [d, d], strict upper triangle; undefined for models without one.
  virtual Tensor dag() const = 0;
  /// Mean over gene-gene edges of ‖row_i(d2.weight) − row_j(d2.weight)‖²; undefined if not part of the loss.
  virtual Tensor smoothness() const { return {}; }
  /// Number of random numbers that forward reads in training.
  virtual std::int64_t n_dropout() const { return 0; }

  const ModelShape& shape() const { return shape_; }
  const Parameters& parameters() const { return parameters_; }
  /// Whether the latent graph is identified: not with the linear mechanism and shift interventions, where the decoder
  /// can absorb it. False for models without a graph.
  virtual bool identifies_graph() const { return false; }
  /// False for shift models, whose weights are computed from the data.
  virtual bool trains() const { return true; }
  /// True if forward reads pathway_values.
  bool has_pathways() const { return has_pathways_; }
  /// Logarithm of the variance of each gene around its reconstruction, [p]; undefined for the squared error.
  const Tensor& log_variance() const { return log_variance_; }

 protected:
  Model(const ModelShape& shape, const at::TensorOptions& options, std::uint64_t seed)
      : shape_(shape), parameters_(options, seed) {}
  ModelShape shape_;
  Parameters parameters_;
  bool has_pathways_ = false;
  Tensor log_variance_;
};

/// Input of make_model besides the options.
struct ModelContext {
  ModelShape shape;                               ///< n_latents and hidden: 0 = from the options
  const CsrMatrix<double>* neighbours = nullptr;  ///< mean adjacency of the context graph, genes then pathways
  const TargetGraph* target_graph = nullptr;      ///< for intervention encoders that read it
  at::Device device = at::kCPU;
  std::uint64_t seed = 0;
};

/// Device and dtype of a model's weights.
inline at::TensorOptions tensor_options(const ModelOptions& options, const ModelContext& context) {
  return at::TensorOptions().dtype(options.dtype == "float64" ? at::kDouble : at::kFloat).device(context.device);
}

using RegisteredModel = Registered<std::unique_ptr<Model>(const ModelOptions&, const ModelContext&)>;

/// Makes a registered model with initial weights. @throws ConfigError unknown name (with the nearest ones), a graph
/// encoder without a graph.
std::unique_ptr<Model> make_model(const ModelOptions& options, const ModelContext& context);

/// Makes registered parts; used by the models.
std::unique_ptr<Encoder> make_encoder(const std::string& name, const PartContext& context);
std::unique_ptr<InterventionEncoder> make_intervention_encoder(const std::string& name, const PartContext& context);

std::unique_ptr<Mechanism> make_mechanism(const std::string& name, const PartContext& context);

}  // namespace gracevae::impl
