#include "model/interventions/target_network.hpp"

namespace gracevae::impl {

namespace {

/// TargetNetwork on e ∈ R^32 alone, without the edges that touch a target of the regime and without dropout; s =
/// a·tanh(c3 m). A target keeps only its self loop and only targets are read, so the rest of the graph reaches no
/// output and is not computed: a target is represented by its own e, which is trained on its own cells only.
/// @paper GraCE-VAE (intervention encoder drop-edge)
/// @test tests/unit/model/interventions_test.cpp
class DropEdgeInterventionEncoder : public InterventionEncoder {
 public:
  explicit DropEdgeInterventionEncoder(const PartContext& context)
      : embedding_(
            context.parameters.add_normal("targets.embedding", {TargetNetwork::kEmbedding, context.shape.n_labels}, 1)),
        network_(context, TargetNetwork::kEmbedding) {}

  EncodedTarget encode(const Tensor& shares, double tau, const Tensor&) const override {
    return network_.place(network_.summaries(embedding_, shares, nullptr, Tensor()), tau);
  }
  bool encodes_together() const override { return true; }

 private:
  Tensor embedding_;
  TargetNetwork network_;
};

const RegisteredInterventionEncoder kDropEdge("drop-edge", make_part<InterventionEncoder, DropEdgeInterventionEncoder>);
}  // namespace

}  // namespace gracevae::impl
