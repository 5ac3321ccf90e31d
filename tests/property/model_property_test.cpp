// Laws that hold for any numbers.
#include <gtest/gtest.h>

#include "kernels/mmd.hpp"
#include "model/model.hpp"
#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

Matrix<double> random_rows(std::int64_t n, std::int64_t p, const std::string& name) {
  Matrix<double> rows(n, p);
  Random(5, name).fill_normal(std::span<double>(rows.values));
  return rows;
}

TEST(MmdLaws, SymmetricZeroOnItselfAndNeverNegative) {
  for (const double sigma : {0.1, 10.0, 1000.0}) {
    const auto a = random_rows(9, 4, "a"), b = random_rows(6, 4, "b");
    const kernels::MmdOptions options{.sigma = sigma};
    const double ab = kernels::mmd2<double>(a.view(), b.view(), options),
                 ba = kernels::mmd2<double>(b.view(), a.view(), options);
    EXPECT_NEAR(ab, ba, 1e-13);
    EXPECT_GE(ab, 0);
    EXPECT_NEAR(kernels::mmd2<double>(a.view(), a.view(), options), 0, 1e-13);
  }
}

/// GraCE-VAE over a random graph of genes only, in float64.
struct Fixture {
  static constexpr std::int64_t kGenes = 8;
  CsrMatrix<double> neighbours;
  std::unique_ptr<Model> model;

  explicit Fixture(const std::vector<std::int64_t>& order) {
    Matrix<double> adjacency(kGenes, kGenes);
    Random random(3, "edges");
    for (std::int64_t i = 0; i < kGenes; ++i)
      for (std::int64_t j = 0; j < i; ++j)
        if (random.uniform() < 0.4) {
          adjacency(position(order, i), position(order, j)) = 1;
          adjacency(position(order, j), position(order, i)) = 1;
        }
    neighbours.n_rows = neighbours.n_cols = kGenes;
    for (std::int64_t i = 0; i < kGenes; ++i) {
      double degree = 0;
      for (std::int64_t j = 0; j < kGenes; ++j) degree += adjacency(i, j);
      for (std::int64_t j = 0; j < kGenes; ++j)
        if (adjacency(i, j) > 0) {
          neighbours.indices.push_back(static_cast<std::int32_t>(j));
          neighbours.values.push_back(1 / degree);
        }
      neighbours.indptr.push_back(static_cast<std::int64_t>(neighbours.indices.size()));
    }
    ModelOptions options;
    options.dtype = "float64";
    options.hidden = 6;
    model = make_model(options, {.shape = {kGenes, 0, 2, 3, 6}, .neighbours = &neighbours, .seed = 4});
  }
  /// Where gene i stands in the new order.
  static std::int64_t position(const std::vector<std::int64_t>& order, std::int64_t i) {
    return std::find(order.begin(), order.end(), i) - order.begin();
  }
};

TEST(ModelLaws, PermutingGenesPermutesTheOutput) {
  const std::vector<std::int64_t> straight{0, 1, 2, 3, 4, 5, 6, 7}, order{3, 1, 7, 0, 6, 2, 5, 4};
  const Fixture a(straight), b(order);
  const at::NoGradGuard no_grad;
  const Tensor index =
      at::from_blob(const_cast<std::int64_t*>(order.data()), {8}, at::TensorOptions().dtype(at::kLong)).clone();
  for (const auto& parameter : b.model->parameters().all()) {  // the same function over renamed genes
    Tensor weight = parameter.value;
    const Tensor& original = a.model->parameters().at(parameter.name);
    weight.copy_(parameter.name == "fc1.weight"                                 ? original.index_select(1, index)
                 : parameter.name == "d2.weight" || parameter.name == "d2.bias" ? original.index_select(0, index)
                                                                                : original);
  }
  const Tensor x = random_tensor({5, 8}, "x"), epsilon = random_tensor({5, 3}, "epsilon");
  const Tensor one_hot = at::eye(2, x.options()).narrow(0, 0, 1);
  const Tensor ours = a.model->forward({.x = x, .epsilon = epsilon, .targets = {one_hot}}).y_hat.index_select(1, index);
  const Tensor theirs =
      b.model->forward({.x = x.index_select(1, index), .epsilon = epsilon, .targets = {one_hot}}).y_hat;
  EXPECT_TRUE(at::allclose(ours, theirs, 1e-10, 1e-12));
}

}  // namespace
}  // namespace gracevae::impl
