#include "base/error.hpp"
#include "model/interventions/target_network.hpp"

namespace gracevae::impl {

namespace {

/// Every node of the target graph has [t, e]: t = 1 for a target of the regime, 0 for another target of the screen, −1
/// for the rest; e ∈ R^32 learned. TargetNetwork over the graph's edges, s = mean over the targets of learned
/// strengths, 0 at the start, + a·tanh(c3 m). A target that never trained is placed by its neighbours, its strength 0.
/// One pass over the graph for each row. tri-value-1hop is the same on the graph of the screen's targets and their
/// neighbours.
/// @paper GraCE-VAE (intervention encoder tri-value)
/// @test tests/unit/model/interventions_test.cpp
class TriValueInterventionEncoder : public InterventionEncoder {
 public:
  explicit TriValueInterventionEncoder(const PartContext& context)
      : n_nodes_(std::ssize(context.target_graph->nodes)),
        embedding_(context.parameters.add_normal("targets.embedding", {TargetNetwork::kEmbedding, n_nodes_}, 1)),
        network_(context, 1 + TargetNetwork::kEmbedding),
        strengths_(context.parameters.add_constant("c_shift", {n_nodes_}, 0)),
        convolution_(convolution_matrix(context.target_graph->neighbours), n_nodes_, context.parameters.options()) {
    Tensor other = at::zeros({n_nodes_}, at::TensorOptions().dtype(at::kDouble)).fill_(-1);
    for (const std::int64_t node : context.target_graph->candidates) other.data_ptr<double>()[node] = 0;
    other_ = other.to(context.parameters.options());
  }

  EncodedTarget encode(const Tensor& shares, double tau, const Tensor& dropout) const override {
    std::vector<Tensor> summaries;
    for (std::int64_t i = 0; i < shares.size(0); ++i) {
      const Tensor row = shares.narrow(0, i, 1), is_target = row.gt(0).to(row.options());
      const Tensor mark = is_target + (1 - is_target) * other_;
      summaries.push_back(network_.summaries(at::cat({mark, embedding_}), row, &convolution_, dropout));
    }
    EncodedTarget encoded = network_.place(at::cat(summaries), tau);
    encoded.s = encoded.s + (shares * strengths_).sum(1);
    return encoded;
  }
  bool encodes_together() const override { return true; }
  std::int64_t n_dropout() const override { return 2 * TargetNetwork::kChannels * n_nodes_; }

 private:
  std::int64_t n_nodes_;
  Tensor embedding_;
  TargetNetwork network_;
  Tensor strengths_, other_;
  SparseOperator convolution_;
};

std::unique_ptr<InterventionEncoder> make_tri_value(const PartContext& context) {
  GRACEVAE_CHECK(context.target_graph != nullptr, "make_model refuses this encoder without a network");
  return std::make_unique<TriValueInterventionEncoder>(context);
}

const RegisteredInterventionEncoder kTriValue("tri-value", make_tri_value), kNear("tri-value-1hop", make_tri_value);

}  // namespace

}  // namespace gracevae::impl
