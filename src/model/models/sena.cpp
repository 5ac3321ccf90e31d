#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "model/models/causal_vae.hpp"
#include "model/sena_layer.hpp"
#include "network/context_graph.hpp"

namespace gracevae::impl {

namespace {

/// M [n_sets, n_genes + n_embedding + n_covariates] of the gene sets with at least five measured genes: 1 where the
/// gene is in the set, `other` elsewhere. The sets are the context graph's pathways.
Tensor membership_mask(const ModelContext& context, double other) {
  const CsrMatrix<double>& graph = *context.neighbours;
  const std::int64_t n_genes = context.shape.n_genes;
  std::vector<Tensor> rows;
  std::int64_t most = 0;
  for (std::int64_t node = n_genes; node < graph.n_rows; ++node) {
    const auto genes = gene_neighbours(graph, node, n_genes);
    most = std::max(most, std::ssize(genes));
    if (std::ssize(genes) < kLeastGenesOfUnit) continue;
    rows.push_back(at::zeros({n_genes}, at::TensorOptions().dtype(at::kDouble)).fill_(other));
    for (const std::int32_t gene : genes) rows.back().data_ptr<double>()[gene] = 1;
  }
  if (graph.n_rows == n_genes)
    throw ConfigError("model.model sena has a unit for each gene set, and the context graph has no gene sets",
                      "give a .gmt and network.level full, gg+pg or gg+pg+pp");
  if (rows.empty())
    throw InputError(
        fmt::format("model.model sena has a unit for each gene set of at least {} measured genes, and the largest "
                    "of the {} sets has {}",
                    kLeastGenesOfUnit, graph.n_rows - n_genes, most),
        "give a larger .gmt, or a screen with more of its genes");
  const std::int64_t n_others = context.shape.n_embedding + context.shape.n_covariates;
  return at::cat({at::stack(rows), at::ones({std::ssize(rows), n_others}, rows.front().options())},
                 1);  // every unit reads what else is known of the cell
}

/// SENA: CMVAE whose fc1 has one unit for each gene set of at least five measured genes; weights ⊙ M, M = 1 where the
/// gene is in the set and --sena-lambda elsewhere. Decoder and intervention encoder keep their width.
/// @paper GraCE-VAE (baseline SENA)
/// @test tests/unit/model/models_test.cpp
std::unique_ptr<Model> make_sena(const ModelOptions& options, const ModelContext& context) {
  return std::make_unique<CausalVae>(options, context,
                                     CausalVaeKind{.encoder = "identity",
                                                   .first_layer_mask = membership_mask(context, options.sena_lambda)});
}

const RegisteredModel kSena("sena", make_sena);

}  // namespace

}  // namespace gracevae::impl
