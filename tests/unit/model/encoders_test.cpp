// Deep graph encoders against their formulas with dense matrices; the golden values hold one layer, and three of GAT.
#include <gtest/gtest.h>

#include "model/model.hpp"
#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kGenes = 3, kPathways = 2, kNodes = kGenes + kPathways, kCells = 4;

/// 0–1, 0–2, 1–2, 2–3; node 4 alone.
CsrMatrix<double> neighbour_means() {
  CsrMatrix<double> a;
  a.n_rows = a.n_cols = kNodes;
  a.indptr = {0, 2, 4, 7, 8, 8};
  a.indices = {1, 2, 0, 2, 0, 1, 3, 2};
  a.values = {0.5, 0.5, 0.5, 0.5, 1.0 / 3, 1.0 / 3, 1.0 / 3, 1};
  return a;
}

Tensor dense(const CsrMatrix<double>& a) {
  Tensor matrix = at::zeros({a.n_rows, a.n_cols}, at::kDouble);
  for (std::int64_t i = 0; i < a.n_rows; ++i)
    for (std::size_t k = 0; k < a.row_size(i); ++k)
      matrix.select(0, i).select(0, a.row_indices(i)[k]).fill_(a.row_values(i)[k]);
  return matrix;
}

/// What the encoder gives, and by `layer(name, nodes [kNodes, C])` → [kNodes, C'] cell by cell.
template <class Layer>
void expect_formula(const std::string& encoder, const Layer& layer) {
  ModelOptions options;
  options.encoder = encoder;
  options.gnn_channels = {"3", "2"};
  const CsrMatrix<double> neighbours = neighbour_means();
  const ModelShape shape{.n_genes = kGenes, .n_pathways = kPathways};
  Parameters parameters(at::TensorOptions().dtype(at::kDouble), 1);
  const auto made = make_encoder(encoder, {options, shape, &neighbours, parameters});
  const at::NoGradGuard no_grad;
  for (const auto& weight : parameters.all())  // a bias of 0 would hide itself
    Tensor(weight.value).copy_(random_tensor(weight.value.sizes().vec(), weight.name));
  const Tensor x = random_tensor({kCells, kGenes}, "x"), pathways = random_tensor({kPathways}, "p");
  const Tensor out = made->forward(x, pathways);
  for (std::int64_t b = 0; b < kCells; ++b) {
    Tensor nodes = at::cat({x.select(0, b), pathways}).unsqueeze(1);
    for (const char* name : {"gnn.0.", "gnn.1.", "gnn.2."}) {
      if (name[4] != '0') nodes = at::clamp_min(nodes, 0);
      nodes = layer(parameters, std::string(name), nodes);
    }
    EXPECT_TRUE(at::allclose(out.select(0, b), nodes.squeeze(1).narrow(0, 0, kGenes), 1e-12, 1e-13)) << b;
  }
}

TEST(DeepEncoders, SageIsItsFormula) {
  const Tensor mean = dense(neighbour_means());
  expect_formula("sage", [&](const Parameters& weights, const std::string& name, const Tensor& nodes) {
    return at::mm(nodes, weights.at(name + "self.weight").t()) +
           at::mm(at::mm(mean, nodes), weights.at(name + "neighbour.weight").t()) + weights.at(name + "bias");
  });
}

TEST(DeepEncoders, GcnIsItsFormula) {
  const Tensor a = dense(neighbour_means()).gt(0).to(at::kDouble) + at::eye(kNodes, at::kDouble);
  const Tensor root = at::sqrt(a.sum(1));
  const Tensor normalised = a / root.unsqueeze(1) / root;
  expect_formula("gcn", [&](const Parameters& weights, const std::string& name, const Tensor& nodes) {
    return at::mm(at::mm(normalised, nodes), weights.at(name + "weight").t()) + weights.at(name + "bias");
  });
}

}  // namespace
}  // namespace gracevae::impl
