#include "model/models/causal_vae.hpp"

namespace gracevae::impl {

namespace {

/// GraCE-VAE: the encoder is conditioned on the context graph. @paper GraCE-VAE (model)
std::unique_ptr<Model> make_grace_vae(const ModelOptions& options, const ModelContext& context) {
  return std::make_unique<CausalVae>(options, context, CausalVaeKind{.encoder = options.encoder});
}

const RegisteredModel kGraceVae("grace-vae", make_grace_vae);

}  // namespace

}  // namespace gracevae::impl
