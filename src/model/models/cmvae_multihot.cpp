#include "model/models/causal_vae.hpp"

namespace gracevae::impl {

namespace {

/// CMVAE whose fc1 reads [x, m], m_j = 1 where a gene of pathway j is expressed.
/// @paper GraCE-VAE (baseline CMVAE-multihot)
/// @test tests/unit/model/models_test.cpp
std::unique_ptr<Model> make_cmvae_multihot(const ModelOptions& options, const ModelContext& context) {
  return std::make_unique<CausalVae>(options, context, CausalVaeKind{.encoder = "multihot"});
}

const RegisteredModel kCmvaeMultihot("cmvae-multihot", make_cmvae_multihot);

}  // namespace

}  // namespace gracevae::impl
