#include "simulate/truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace gracevae {

namespace {

Matrix<double> draw_graph(const SimulateOptions& options, Random random) {
  const std::int64_t d = options.n_latents;
  const double share = d > 1 ? std::min(1.0, 2 * options.expected_degree / static_cast<double>(d - 1)) : 0;
  Matrix<double> graph(d, d);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = i + 1; j < d; ++j) {
      const bool joined = random.uniform() < share;
      const double size = random.uniform(0.5, 1.0);
      const double sign = random.uniform() < 0.2 ? -1 : 1;
      if (joined) graph(i, j) = sign * size;
    }
  return graph;
}

/// "TF01", "TF02", …: as many digits as the last one needs, at least two.
std::string numbered_name(std::string_view stem, std::int64_t number, std::int64_t last) {
  return fmt::format("{}{:0{}}", stem, number, std::max<std::size_t>(2, std::to_string(last).size()));
}

/// A program is its label's own gene and the next of a shuffled round of the other genes, so that programs overlap only
/// when genes run out.
std::vector<std::vector<std::int64_t>> draw_programs(const Truth& truth, std::int64_t n_genes, std::int64_t size,
                                                     Random& random) {
  const std::int64_t d = truth.n_latents();
  std::vector<std::int64_t> others(static_cast<std::size_t>(n_genes - d));
  std::iota(others.begin(), others.end(), d);
  random.shuffle(others);
  std::vector<std::vector<std::int64_t>> programs(static_cast<std::size_t>(d));
  std::size_t next = 0;
  for (std::int64_t label = 0; label < d; ++label) {
    auto& genes = programs[static_cast<std::size_t>(truth.latent_of_label[static_cast<std::size_t>(label)])];
    genes.push_back(label);
    for (std::int64_t k = 1; k < size; ++k) genes.push_back(others[next++ % others.size()]);
    std::sort(genes.begin(), genes.end());
  }
  return programs;
}

void draw_loadings(Truth& truth, Random& random) {
  for (std::int64_t latent = 0; latent < truth.n_latents(); ++latent)
    for (const std::int64_t gene : truth.programs[static_cast<std::size_t>(latent)]) {
      const double size = random.uniform(0.15, 0.45);
      const double sign = random.uniform() < 0.25 ? -1 : 1;
      truth.loadings(latent, gene) = gene < truth.n_latents() ? 0.45 : sign * size;
    }
}

}  // namespace

bool Truth::share_program(std::int64_t gene_a, std::int64_t gene_b) const {
  for (std::int64_t latent = 0; latent < n_latents(); ++latent)
    if (loadings(latent, gene_a) != 0 && loadings(latent, gene_b) != 0) return true;
  return false;
}

Truth draw_truth(const SimulateOptions& options) {
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const std::int64_t d = options.n_latents, n_genes = options.n_genes;
  Truth truth;
  truth.graph = draw_graph(options, Random(seed, "dag"));
  for (std::int64_t k = 0; k < d; ++k) truth.labels.push_back(numbered_name("TF", k + 1, d));
  truth.latent_of_label.resize(static_cast<std::size_t>(d));
  std::iota(truth.latent_of_label.begin(), truth.latent_of_label.end(), 0);
  Random(seed, "labels").shuffle(truth.latent_of_label);

  truth.genes = truth.labels;
  for (std::int64_t k = d; k < n_genes; ++k) truth.genes.push_back(numbered_name("GENE", k - d + 1, n_genes - d));
  Random random(seed, "programs");
  truth.programs = draw_programs(truth, n_genes, options.genes_per_program, random);
  truth.loadings = Matrix<double>(d, n_genes);
  draw_loadings(truth, random);
  for (std::int64_t k = 0; k < n_genes; ++k) truth.baseline.push_back(random.uniform(-1.0, 0.75));
  return truth;
}

std::vector<double> draw_latents(const Truth& truth, const std::vector<double>& shift, bool relu, Random& random) {
  const std::int64_t d = truth.n_latents();
  std::vector<double> u(static_cast<std::size_t>(d));
  for (std::int64_t j = 0; j < d; ++j) {
    double value = random.normal() + shift[static_cast<std::size_t>(j)];
    for (std::int64_t i = 0; i < j; ++i) {
      const double parent = u[static_cast<std::size_t>(i)];
      value += truth.graph(i, j) * (relu ? std::max(0.0, parent) : parent);
    }
    u[static_cast<std::size_t>(j)] = value;
  }
  return u;
}

std::vector<std::pair<std::int64_t, std::int64_t>> draw_protein_edges(const Truth& truth,
                                                                      const SimulateOptions& options) {
  using Edge = std::pair<std::int64_t, std::int64_t>;
  Random random(static_cast<std::uint64_t>(options.seed), "protein edges");
  std::set<Edge> edges;
  const auto add = [&](std::int64_t n_wanted, const auto& draw_pair) {
    const std::size_t n_before = edges.size();
    for (std::int64_t tries = 0; tries < 50 * n_wanted; ++tries) {
      if (static_cast<std::int64_t>(edges.size() - n_before) == n_wanted) break;
      const auto [a, b] = draw_pair();
      if (a != b) edges.insert({std::min(a, b), std::max(a, b)});
    }
    return static_cast<double>(edges.size() - n_before);
  };
  const auto pick = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
  };

  const double n_wanted = 2.0 * static_cast<double>(truth.n_genes());
  const double n_within = add(std::lround(options.edge_purity * n_wanted), [&]() -> Edge {
    const auto& genes = truth.programs[static_cast<std::size_t>(pick(truth.n_latents()))];
    const auto n = static_cast<std::int64_t>(genes.size());
    return {genes[static_cast<std::size_t>(pick(n))], genes[static_cast<std::size_t>(pick(n))]};
  });
  const double n_across =
      options.edge_purity > 0 ? n_within * (1 - options.edge_purity) / options.edge_purity : n_wanted;
  add(std::lround(n_across), [&]() -> Edge {
    const std::int64_t a = pick(truth.n_genes()), b = pick(truth.n_genes());
    return truth.share_program(a, b) ? Edge{a, a} : Edge{a, b};
  });
  return {edges.begin(), edges.end()};
}

}  // namespace gracevae
