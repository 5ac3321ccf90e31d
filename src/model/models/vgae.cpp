#include "model/models/causal_vae.hpp"

namespace gracevae::impl {

namespace {

/// GraCE-VAE's encoder without a latent graph: u = z + Σ b_k s_k, and a decoder that is smooth over gene-gene edges.
/// @paper GraCE-VAE (baseline VGAE)
/// @test tests/unit/model/models_test.cpp
std::unique_ptr<Model> make_vgae(const ModelOptions& options, const ModelContext& context) {
  return std::make_unique<CausalVae>(options, context,
                                     CausalVaeKind{.encoder = options.encoder, .has_dag = false, .smooth = true});
}

const RegisteredModel kVgae("vgae", make_vgae);

}  // namespace

}  // namespace gracevae::impl
