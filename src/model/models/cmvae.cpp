#include "model/models/causal_vae.hpp"

namespace gracevae::impl {

namespace {

/// CMVAE (Zhang et al. 2023): fc1 reads the genes, no graph. @paper GraCE-VAE (baselines)
std::unique_ptr<Model> make_cmvae(const ModelOptions& options, const ModelContext& context) {
  return std::make_unique<CausalVae>(options, context, CausalVaeKind{.encoder = "identity"});
}

const RegisteredModel kCmvae("cmvae", make_cmvae);

}  // namespace

}  // namespace gracevae::impl
