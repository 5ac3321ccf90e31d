#include <cmath>

#include "model/encoders/channels.hpp"
#include "model/encoders/node_features.hpp"
#include "model/parts.hpp"
#include "network/context_graph.hpp"

namespace gracevae::impl {

namespace {

/// Graph convolution (Kipf and Welling 2017): D̂^{-1/2}(A + I)D̂^{-1/2} x W + b, ReLU between layers. One layer of one
/// channel by default. The last layer computes genes only, all that fc1 reads.
/// @paper GraCE-VAE (encoder, GCN)
/// @test tests/golden/golden_test.cpp
class GcnEncoder : public Encoder {
 public:
  explicit GcnEncoder(const PartContext& context) : n_genes_(context.shape.n_genes) {
    const CsrMatrix<double> matrix = convolution_matrix(*context.neighbours);
    const std::vector<LayerWidth> widths = layer_widths(context.options);
    const auto convolution_of = [&](std::int64_t n_out) {
      return SparseOperator(matrix, n_out, context.parameters.options());
    };
    const SparseOperator of_genes = convolution_of(n_genes_),
                         of_all = widths.size() > 1 ? convolution_of(matrix.n_rows) : of_genes;
    for (std::size_t l = 0; l < widths.size(); ++l) {
      const LayerWidth& width = widths[l];
      const std::string name = layer_name(l, widths.size());
      const double bound = std::sqrt(6.0 / static_cast<double>(width.n_out() + width.n_in));  // Glorot
      const bool last = l + 1 == widths.size();
      layers_.push_back({last ? of_genes : of_all,
                         context.parameters.add_uniform(name + "weight", {width.n_out(), width.n_in}, bound),
                         context.parameters.add_constant(name + "bias", {width.n_out()}, 0)});
    }
  }

  Tensor forward(const Tensor& x, const Tensor& pathway_values) const override {
    Tensor nodes = node_features(x, pathway_values).unsqueeze(1);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      if (l > 0) nodes = at::clamp_min(nodes, 0);
      // The graph operator is applied where there are fewer channels.
      nodes = layer.weight.size(0) < layer.weight.size(1)
                  ? apply_to_channels(layer.convolution, mix_channels(layer.weight, nodes))
                  : mix_channels(layer.weight, apply_to_channels(layer.convolution, nodes));
      nodes = nodes + layer.bias.unsqueeze(1);
    }
    return nodes.squeeze(1);
  }
  std::int64_t n_outputs() const override { return n_genes_; }

 private:
  struct Layer {
    SparseOperator convolution;
    Tensor weight, bias;
  };
  std::int64_t n_genes_;
  std::vector<Layer> layers_;
};

const RegisteredEncoder kGcn("gcn", make_part<Encoder, GcnEncoder>);
}  // namespace

}  // namespace gracevae::impl
