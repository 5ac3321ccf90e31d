#pragma once
/// @file The network that intervention encoders on the gene-gene graph share.
#include "model/layers.hpp"
#include "model/parts.hpp"
#include "model/sparse_operator.hpp"

namespace gracevae::impl {

/// From node features to a latent target and a shift. Â: the graph's convolution matrix, or the identity without edges.
///   h1 = Dropout(LayerNorm(LeakyReLU(W1 x Â + b1))), h = Dropout(LayerNorm(LeakyReLU(W2 h1 Â + b2 + h1))), 64
///   channels; r = mean of h over the targets; m = LeakyReLU(c1 r); b = softmax(clamp(τ, 1e-3, 10)·c2 m), s = a·tanh(c3
///   m), a learned, initially 1.
/// @paper GraCE-VAE (intervention encoders on the gene-gene graph)
/// @test tests/unit/model/interventions_test.cpp
class TargetNetwork {
 public:
  static constexpr std::int64_t kEmbedding = 32, kChannels = 64;

  TargetNetwork(const PartContext& context, std::int64_t n_features);

  /// features [n_features, n]; shares [rows, n]; dropout [2·64·n] uniform numbers, undefined: no dropout. → r [rows,
  /// 64].
  Tensor summaries(const Tensor& features, const Tensor& shares, const SparseOperator* convolution,
                   const Tensor& dropout) const;
  /// r [rows, 64]; `hidden` is m.
  EncodedTarget place(const Tensor& r, double tau) const;

 private:
  struct Layer {
    Tensor weight, bias, norm_weight, norm_bias;
    Tensor apply(const Tensor& x, const SparseOperator* convolution, const Tensor& skip, const Tensor& dropout) const;
  };
  static Layer layer(Parameters& parameters, const std::string& name, std::int64_t n_in);

  Layer first_, second_;
  Linear c1_, c2_, c3_;
  Tensor strength_;  // a
};

}  // namespace gracevae::impl
