#include "model/encoders/node_features.hpp"
#include "model/parts.hpp"
#include "model/sparse_operator.hpp"

namespace gracevae {

namespace {
/// GraphSAGE with mean aggregation, one layer, one channel: h_i = w_self·x_i + w_nbr·mean_{j∈N(i)} x_j + b, no
/// normalisation, no non-linearity; a node without neighbours has mean 0. Only the genes' outputs are computed: fc1
/// reads no others.
/// @paper GraCE-VAE (encoder, GraphSAGE)
/// @test tests/golden/golden_test.cpp
class SageEncoder : public Encoder {
 public:
  explicit SageEncoder(const PartContext& context)
      : n_genes_(context.shape.n_genes),
        neighbour_mean_(*context.neighbours, context.shape.n_genes, context.parameters.options()),
        w_self_(context.parameters.add_uniform("gnn.self.weight", {1}, 1)),  // 1/√fan_in of a scalar feature
        w_neighbour_(context.parameters.add_uniform("gnn.neighbour.weight", {1}, 1)),
        bias_(context.parameters.add_uniform("gnn.bias", {1}, 1)) {}

  Tensor forward(const Tensor& x, const Tensor& pathway_values) const override {
    const Tensor mean = neighbour_mean_.apply(node_features(x, pathway_values));
    return x * w_self_ + mean * w_neighbour_ + bias_;
  }
  std::int64_t n_outputs() const override { return n_genes_; }

 private:
  std::int64_t n_genes_;
  SparseOperator neighbour_mean_;
  Tensor w_self_, w_neighbour_, bias_;
};
}  // namespace

std::unique_ptr<Encoder> make_sage_encoder(const PartContext& context) {
  return std::make_unique<SageEncoder>(context);
}

}  // namespace gracevae
