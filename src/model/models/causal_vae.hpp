#pragma once
/// @file The causal discrepancy VAE: encoder, intervention encoder, and decoder with a structural causal model.
#include <optional>

#include "model/layers.hpp"
#include "model/model.hpp"
#include "model/soft_intervention.hpp"
#include "model/sparse_operator.hpp"

namespace gracevae::impl {

/// How the models of this family differ.
struct CausalVaeKind {
  std::string encoder;        ///< name in the registry of encoders
  bool has_dag = true;        ///< false: u = z + Σ b_k s_k, without G
  bool smooth = false;        ///< the smoothness term is part of the loss for every intervention encoder
  Tensor first_layer_mask{};  ///< [width, n_genes]: the encoder's first layer is "sets" of this width instead of fc1
};

/// encoder → fc1 → (μ, v) → z; u = (z + Σ b_k s_k)(I − triu(G, 1))^{-1}; x̂ = LeakyReLU(d2 LeakyReLU(d1 u)). Options
/// change mechanism, intervention, the sum of several targets (times a learned factor f) and the decoder's last
/// function, add a linear skip u → x (weight S, initially 0), keep the control cell's residual in the counterfactual: ŷ
/// = x + D(u) − D(u0) (Pearl's abduction of the observation noise), or clip it at 0. The same mixing serves every
/// regime; the context graph enters the encoder only. The graph encoder is the only difference between GraCE-VAE and
/// CMVAE; without a DAG u = z + Σ b_k s_k.
/// @paper GraCE-VAE (model)
/// @test tests/golden/golden_test.cpp
class CausalVae : public Model {
 public:
  CausalVae(const ModelOptions& options, const ModelContext& context, const CausalVaeKind& kind);

  ModelOutput forward(const ModelInput& input) const override;
  EncodedTarget encode_target(const Tensor& one_hot, double tau) const override {
    return interventions_->encode(one_hot, tau, Tensor());
  }
  using Model::latents;
  Tensor latents(const Tensor& z, const std::vector<Tensor>& targets, double tau, const Tensor& dropout,
                 std::int64_t n_added) const override;
  /// f times the effects of targets without a one-hot, and what the combination does besides.
  Tensor further_change(const ModelInput& input) const override;
  using Model::decode;
  Tensor decode(const Tensor& u, const Tensor& covariates) const override;
  Tensor within_range(const Tensor& cells) const override;
  Tensor dag() const override { return g_; }
  bool identifies_graph() const override { return identifies_graph_; }
  Tensor smoothness() const override;
  std::int64_t n_dropout() const override { return interventions_->n_dropout(); }

  /// The layers between the two wide ones, for an engine that computes those itself (train/sliced_step.cpp): `first`
  /// [B, H1] is the first layer's output without its bias; latents [2B, d] and rows [2B, H] are the last layer's input,
  /// reconstructions then counterfactuals (`from_prior`: cells of the prior).
  struct Between {
    Tensor mu, var, latents, rows;
  };
  Between between(const Tensor& first, const ModelInput& input, bool from_prior) const;
  /// f·Σ_k b_k s_k of a regime's targets, [1 or B, d].
  Tensor shift_of(const std::vector<Tensor>& targets, double tau, const Tensor& dropout) const;
  /// [1], the factor f on the shifts of two or more targets; undefined where they add up.
  const Tensor& combination_scale() const { return combination_scale_; }
  /// Layers by their place.
  const Linear& first_layer() const { return fc1_; }
  const Linear& mean_layer() const { return fc_mean_; }
  const Linear& variance_layer() const { return fc_var_; }
  const Linear& latent_layer() const { return d1_; }  ///< of the decoder
  const Linear& last_layer() const { return d2_; }
  const Tensor& skip() const { return skip_; }  ///< [d, p], undefined without
  const Encoder& encoder() const { return *encoder_; }
  const InterventionEncoder& intervention_encoder() const { return *interventions_; }
  bool linear_output() const { return linear_output_; }
  bool abduction() const { return abduction_; }
  bool nonnegative() const { return nonnegative_; }
  /// Value of the smoothness term, and LW, half its gradient with respect to the last layer's weights W.
  struct Smoothness {
    Tensor value, product;
  };
  std::optional<Smoothness> smoothness_product() const;

 private:
  PartContext parts(const ModelOptions& options, const ModelContext& context);
  /// One row of shares for each intervention: the one-hot of a target, or equal shares of those that are encoded
  /// together.
  std::vector<Tensor> interventions_of(const std::vector<Tensor>& targets) const;
  std::vector<EncodedTarget> encode_all(const std::vector<Tensor>& interventions, double tau,
                                        const Tensor& dropout) const;
  /// f, [1 or B, 1]: 1 for one target, the combination scale for more; undefined where shifts add up.
  Tensor combination_factor(const std::vector<Tensor>& targets, std::int64_t n_added = 0) const;
  Tensor solve(const Tensor& noise, const Tensor& incoming) const;
  /// What fc1 reads: the graph encoder's genes, embedding, covariates.
  Tensor first_input(const Tensor& genes, const ModelInput& input) const;
  /// hidden → mu, var, z.
  void encode_hidden(const ModelInput& input, ModelOutput& output) const;

  std::unique_ptr<Encoder> encoder_;
  Linear fc1_, fc_mean_, fc_var_;
  Tensor g_;  // undefined without a DAG; mechanism_ is then null
  std::unique_ptr<InterventionEncoder> interventions_;
  std::unique_ptr<Mechanism> mechanism_;
  SoftIntervention soft_intervention_;
  Linear d1_, d2_;
  Tensor skip_;               // [d, p], undefined without
  Tensor combination_scale_;  // [1], undefined without
  std::optional<SparseOperator> laplacian_;
  bool linear_output_, abduction_, nonnegative_, identifies_graph_;
};

}  // namespace gracevae::impl
