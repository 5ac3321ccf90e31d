#pragma once
/// @file The causal discrepancy VAE: encoder, intervention encoder and the decoder with its structural causal model.
#include "model/layers.hpp"
#include "model/model.hpp"

namespace gracevae {

/// encoder → fc1 → (μ, v) → z; u = (z + Σ b_k s_k)(I − triu(G, 1))^{-1}; x̂ = LeakyReLU(d2 LeakyReLU(d1 u)). The same
/// mixing serves every regime; the context graph enters the encoder only. The graph encoder is the only difference
/// between GraCE-VAE and CMVAE.
/// @paper GraCE-VAE (model)
/// @test tests/golden/golden_test.cpp
class CausalVae : public Model {
 public:
  CausalVae(const ModelOptions& options, const ModelContext& context, const std::string& encoder);

  ModelOutput forward(const ModelInput& input) const override;
  EncodedTarget encode_target(const Tensor& one_hot, double tau) const override {
    return interventions_->encode(one_hot, tau);
  }
  Tensor dag() const override { return g_; }

 private:
  void encode(const ModelInput& input, ModelOutput& output) const;
  Tensor decode(const Tensor& u) const;

  std::unique_ptr<Encoder> encoder_;
  Linear fc1_, fc_mean_, fc_var_;
  Tensor g_;
  std::unique_ptr<InterventionEncoder> interventions_;
  Linear d1_, d2_;
};

}  // namespace gracevae
