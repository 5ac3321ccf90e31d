#include <cmath>

#include "model/encoders/channels.hpp"
#include "model/encoders/node_features.hpp"
#include "model/parts.hpp"

namespace gracevae::impl {

namespace {

/// GraphSAGE with mean aggregation: out_i = W_self·x_i + W_nbr·mean_{j∈N(i)} x_j + b, ReLU between layers, no
/// normalisation, no non-linearity at the end; a node without neighbours has mean 0. One layer of one channel by
/// default. The last layer computes genes only, all that fc1 reads.
/// @paper GraCE-VAE (encoder, GraphSAGE)
/// @test tests/golden/golden_test.cpp
class SageEncoder : public Encoder {
 public:
  explicit SageEncoder(const PartContext& context) : n_genes_(context.shape.n_genes) {
    const std::vector<LayerWidth> widths = layer_widths(context.options);
    const auto mean_of = [&](std::int64_t n_out) {
      return SparseOperator(*context.neighbours, n_out, context.parameters.options());
    };
    const SparseOperator of_genes = mean_of(n_genes_),
                         of_all = widths.size() > 1 ? mean_of(context.neighbours->n_rows) : of_genes;
    for (std::size_t l = 0; l < widths.size(); ++l) {
      const LayerWidth& width = widths[l];
      const std::string name = layer_name(l, widths.size());
      const double bound = 1 / std::sqrt(static_cast<double>(width.n_in));
      const bool last = l + 1 == widths.size();
      const auto weight = [&](const std::string& which) {
        return context.parameters.add_uniform(name + which, {width.n_out(), width.n_in}, bound);
      };
      layers_.push_back({last ? of_genes : of_all, weight("self.weight"), weight("neighbour.weight"),
                         context.parameters.add_uniform(name + "bias", {width.n_out()}, bound), last});
    }
  }

  Tensor forward(const Tensor& x, const Tensor& pathway_values) const override {
    Tensor nodes = node_features(x, pathway_values).unsqueeze(1);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      if (l > 0) nodes = at::clamp_min(nodes, 0);
      const Tensor own = layer.last ? nodes.narrow(2, 0, n_genes_) : nodes;
      nodes = mix_channels(layer.w_self, own) +
              mix_channels(layer.w_neighbour, apply_to_channels(layer.neighbour_mean, nodes)) + layer.bias.unsqueeze(1);
    }
    return nodes.squeeze(1);
  }
  std::int64_t n_outputs() const override { return n_genes_; }
  std::optional<NeighbourMean> neighbour_mean() const override {
    if (layers_.size() > 1) return std::nullopt;
    const Layer& layer = layers_.front();
    return NeighbourMean{layer.w_self, layer.w_neighbour, layer.bias};
  }

 private:
  struct Layer {
    SparseOperator neighbour_mean;
    Tensor w_self, w_neighbour, bias;
    bool last;
  };
  std::int64_t n_genes_;
  std::vector<Layer> layers_;
};

const RegisteredEncoder kSage("sage", make_part<Encoder, SageEncoder>);
}  // namespace

}  // namespace gracevae::impl
