#include <cmath>

#include "model/encoders/channels.hpp"
#include "model/encoders/node_features.hpp"
#include "model/graph_attention.hpp"
#include "model/parts.hpp"

namespace gracevae::impl {

namespace {

/// Graph attention (Veličković et al. 2018): a layer's head k takes h = W x to
/// out_i = Σ_j softmax_j(LeakyReLU_{0.2}(a_src·h_j + a_dst·h_i))·h_j over i's neighbours and i itself; heads are
/// concatenated, then the bias is added; ReLU between layers. One layer of one head and channel by default. The last
/// layer computes genes only, all that fc1 reads.
/// @paper GraCE-VAE (encoder, GAT)
/// @test tests/golden/golden_test.cpp
class GatEncoder : public Encoder {
 public:
  explicit GatEncoder(const PartContext& context) : n_genes_(context.shape.n_genes) {
    const std::vector<LayerWidth> widths = layer_widths(context.options);
    const GraphAttention of_genes(*context.neighbours, n_genes_),
        of_all = widths.size() > 1 ? GraphAttention(*context.neighbours, context.neighbours->n_rows) : of_genes;
    for (std::size_t l = 0; l < widths.size(); ++l) {
      const LayerWidth& width = widths[l];
      const std::string name = layer_name(l, widths.size());
      const auto glorot = [&](const std::string& weight, std::vector<std::int64_t> shape) {
        const double bound = std::sqrt(6.0 / static_cast<double>(shape[0] + shape[1]));
        return context.parameters.add_uniform(name + weight, std::move(shape), bound);
      };
      const bool last = l + 1 == widths.size();
      layers_.push_back({width, last ? of_genes : of_all, glorot("weight", {width.n_out(), width.n_in}),
                         glorot("source", {width.heads, width.channels}),
                         glorot("target", {width.heads, width.channels}),
                         context.parameters.add_constant(name + "bias", {width.n_out()}, 0)});
    }
  }

  Tensor forward(const Tensor& x, const Tensor& pathway_values) const override {
    Tensor nodes = node_features(x, pathway_values).t().unsqueeze(0);  // [channels, nodes, cells]
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      if (l > 0) nodes = at::clamp_min(nodes, 0);
      nodes = layers_[l].apply(nodes);
    }
    return nodes.squeeze(0).t();
  }
  std::int64_t n_outputs() const override { return n_genes_; }

 private:
  struct Layer {
    LayerWidth width;
    GraphAttention attention;
    Tensor weight, source, target, bias;

    Tensor apply(const Tensor& nodes) const {
      const std::int64_t n_nodes = nodes.size(1), n_cells = nodes.size(2);
      const Tensor values = at::mm(weight, nodes.reshape({width.n_in, -1}));
      const Tensor heads = values.view({width.heads, width.channels, -1});
      const auto logits = [&](const Tensor& a) {
        return at::bmm(a.unsqueeze(1), heads).view({width.heads, n_nodes, n_cells});
      };
      const Tensor out =
          attention.apply(values.view({width.n_out(), n_nodes, n_cells}), logits(source), logits(target));
      return out + bias.view({width.n_out(), 1, 1});
    }
  };
  std::int64_t n_genes_;
  std::vector<Layer> layers_;
};

const RegisteredEncoder kGat("gat", make_part<Encoder, GatEncoder>);
}  // namespace

}  // namespace gracevae::impl
