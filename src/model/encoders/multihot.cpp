#include "base/error.hpp"
#include "model/parts.hpp"
#include "model/sparse_operator.hpp"
#include "network/context_graph.hpp"

namespace gracevae::impl {

namespace {

/// Members of every pathway as a matrix [n_pathways, n_genes] of ones.
CsrMatrix<double> memberships(const PartContext& context) {
  const std::int64_t n_genes = context.shape.n_genes;
  if (context.neighbours->n_rows == n_genes)
    throw ConfigError(
        "which pathways have an expressed gene is what the encoder reads, and the context graph has no pathways",
        "give a .gmt and network.level full, gg+pg or gg+pg+pp");
  CsrMatrix<double> result;
  result.n_cols = n_genes;
  for (std::int64_t node = n_genes; node < context.neighbours->n_rows; ++node) {
    const auto genes = gene_neighbours(*context.neighbours, node, n_genes);
    result.indices.insert(result.indices.end(), genes.begin(), genes.end());
    result.indptr.push_back(std::ssize(result.indices));
    ++result.n_rows;
  }
  result.values.assign(result.indices.size(), 1);
  return result;
}

/// [x, m], m_j = 1 where any measured gene of pathway j has x > 0, else 0. No gradient flows through m.
/// @paper GraCE-VAE (baseline CMVAE-multihot)
/// @test tests/unit/model/models_test.cpp
class MultihotEncoder : public Encoder {
 public:
  explicit MultihotEncoder(const PartContext& context)
      : MultihotEncoder(memberships(context), context.parameters.options()) {}

  Tensor forward(const Tensor& x, const Tensor&) const override {
    const Tensor expressed_genes = members_.apply(x.detach().gt(0).to(x.options()));
    return at::cat({x, expressed_genes.gt(0).to(x.options())}, 1);
  }
  std::int64_t n_outputs() const override { return n_outputs_; }

 private:
  MultihotEncoder(const CsrMatrix<double>& members, const at::TensorOptions& options)
      : members_(members, members.n_rows, options), n_outputs_(members.n_cols + members.n_rows) {}

  SparseOperator members_;
  std::int64_t n_outputs_;
};

const RegisteredEncoder kMultihot("multihot", make_part<Encoder, MultihotEncoder>);
}  // namespace

}  // namespace gracevae::impl
