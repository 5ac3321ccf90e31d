// Pathways, their relations and protein interactions: drawn around the programs, or real ones that the programs are
// drawn from.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <unordered_set>

#include "base/error.hpp"
#include "network/context_graph.hpp"
#include "simulate/truth.hpp"

namespace gracevae::impl {

namespace {

std::uint64_t seed_of(const SimulateOptions& options) { return static_cast<std::uint64_t>(options.seed); }

std::string pathway_id(std::int64_t latent) { return fmt::format("SIM-P{:02}", latent + 1); }

/// `n` genes that are not in `taken`, added to it.
void add_random_genes(std::int64_t n, std::int64_t n_genes, std::set<std::int64_t>& taken, Random& random) {
  n = std::min(n, n_genes - static_cast<std::int64_t>(taken.size()));
  while (n > 0)
    n -= taken.insert(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n_genes)))).second ? 1 : 0;
}

GeneSet gene_set(const std::string& name, const std::string& id, const std::set<std::int64_t>& genes,
                 const Truth& truth) {
  GeneSet set{name, id, {}};
  for (const std::int64_t gene : genes) set.genes.push_back(truth.genes[static_cast<std::size_t>(gene)]);
  return set;
}

/// A pathway for each program that shares the given part of its genes, and random pathways of the same size.
void draw_pathways(const SimulateOptions& o, Truth& truth) {
  Random random(seed_of(o), "pathways");
  for (std::int64_t latent = 0; latent < truth.n_latents(); ++latent) {
    std::vector<std::int64_t> program = truth.programs[static_cast<std::size_t>(latent)];
    random.shuffle(program);
    const auto n = static_cast<std::int64_t>(program.size());
    const auto n_kept = std::lround(o.pathway_overlap * static_cast<double>(n));
    std::set<std::int64_t> genes(program.begin(), program.begin() + n_kept);
    add_random_genes(n - n_kept, truth.n_genes(), genes, random);
    truth.pathways.push_back(gene_set(fmt::format("Program {:02}", latent + 1), pathway_id(latent), genes, truth));
  }
  const std::int64_t n_decoys = o.decoy_pathways >= 0 ? o.decoy_pathways : std::max<std::int64_t>(2, o.n_latents / 2);
  for (std::int64_t k = 0; k < n_decoys; ++k) {
    std::set<std::int64_t> genes;
    add_random_genes(o.genes_per_program, truth.n_genes(), genes, random);
    truth.pathways.push_back(
        gene_set(fmt::format("Random set {:02}", k + 1), fmt::format("SIM-R{:02}", k + 1), genes, truth));
  }
}

/// The given share of parent-child relations follows the latent graph; the others are random.
void draw_relations(const SimulateOptions& o, Truth& truth) {
  Random random(seed_of(o), "relations");
  const std::int64_t d = truth.n_latents();
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j) {
      if (truth.graph(i, j) == 0) continue;
      if (random.uniform() < o.pathway_overlap) {
        truth.relations.emplace_back(pathway_id(i), pathway_id(j));
        continue;
      }
      const auto a = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(d)));
      const auto b = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(d)));
      if (a != b) truth.relations.emplace_back(pathway_id(a), pathway_id(b));
    }
}

/// About two edges a gene, a share of `purity` within a program, the others between genes of different programs.
/// Sorted, without repeats or loops; fewer if the programs are too small.
void draw_proteins(const SimulateOptions& o, Truth& truth) {
  using Edge = std::pair<std::int64_t, std::int64_t>;
  Random random(seed_of(o), "protein edges");
  std::vector<std::vector<std::int64_t>> programs_of(static_cast<std::size_t>(truth.n_genes()));
  for (std::size_t latent = 0; latent < truth.programs.size(); ++latent)
    for (const std::int64_t gene : truth.programs[latent])
      programs_of[static_cast<std::size_t>(gene)].push_back(static_cast<std::int64_t>(latent));
  const auto share = [&](std::int64_t a, std::int64_t b) {
    const auto &x = programs_of[static_cast<std::size_t>(a)], &y = programs_of[static_cast<std::size_t>(b)];
    return std::find_first_of(x.begin(), x.end(), y.begin(), y.end()) != x.end();
  };
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
  const double n_within = add(std::lround(o.edge_purity * n_wanted), [&]() -> Edge {
    const auto& genes = truth.programs[static_cast<std::size_t>(pick(truth.n_latents()))];
    const auto n = static_cast<std::int64_t>(genes.size());
    return {genes[static_cast<std::size_t>(pick(n))], genes[static_cast<std::size_t>(pick(n))]};
  });
  const double n_across = o.edge_purity > 0 ? n_within * (1 - o.edge_purity) / o.edge_purity : n_wanted;
  add(std::lround(n_across), [&]() -> Edge {
    const std::int64_t a = pick(truth.n_genes()), b = pick(truth.n_genes());
    return share(a, b) ? Edge{a, a} : Edge{a, b};
  });
  for (const auto& [a, b] : edges)
    truth.proteins.emplace_back(truth.genes[static_cast<std::size_t>(a)], truth.genes[static_cast<std::size_t>(b)]);
}

/// With dense loadings there are no programs: one pathway of all genes, so that no file is empty.
void trivial_context(Truth& truth) {
  truth.pathways.push_back({"All genes", "SIM-ALL", truth.genes});
  for (std::size_t g = 1; g < truth.genes.size(); ++g) truth.proteins.emplace_back(truth.genes[g - 1], truth.genes[g]);
}

/// Numbers of programs and of genes a program that these gene sets allow: as many genes as possible.
std::string fitting_hint(const SimulateOptions& o, const std::vector<GeneSet>& sets, std::size_t n_fitting) {
  std::vector<std::int64_t> sizes;
  for (const GeneSet& set : sets) sizes.push_back(std::ssize(set.genes));
  std::sort(sizes.begin(), sizes.end());
  std::string hint = n_fitting > 0 ? fmt::format("simulate.latents {}", n_fitting) : "";
  for (auto size = sizes.rbegin(); size != sizes.rend() && *size > 0; ++size) {
    const auto first = std::lower_bound(sizes.begin(), sizes.end(), *size);
    const bool fits = std::upper_bound(first, sizes.end(), 10 * *size) - first >= o.n_latents;
    if (!fits || o.n_labels() + *size - 1 > o.n_genes) continue;
    return hint + (hint.empty() ? "" : ", or ") + fmt::format("simulate.genes_per_program {}", *size);
  }
  return hint.empty() ? "name another folder" : hint;
}

/// The gene sets that programs may be drawn from, by their size.
std::vector<std::size_t> fitting_sets(const SimulateOptions& o, const std::vector<GeneSet>& sets) {
  std::vector<std::size_t> fitting;
  for (std::size_t k = 0; k < sets.size(); ++k)
    if (const auto size = std::ssize(sets[k].genes); size >= o.genes_per_program && size <= 10 * o.genes_per_program)
      fitting.push_back(k);
  if (std::ssize(fitting) < o.n_latents)
    throw ConfigError({.place = "simulate.context",
                       .found =
                           fmt::format("{} gene sets have {} to {} genes, but there are {} programs", fitting.size(),
                                       o.genes_per_program, 10 * o.genes_per_program, o.n_latents)},
                      fitting_hint(o, sets, fitting.size()));
  return fitting;
}

/// Symbols for the genes: labels keep theirs, then those of each program get some of its set, then all others.
std::vector<std::string> real_symbols(const Truth& truth, std::size_t n_labels, const std::vector<GeneSet>& sets,
                                      const std::vector<std::size_t>& set_of_program, Random& random) {
  std::vector<std::string> symbols(truth.genes.size());
  std::unordered_set<std::string> used;
  for (std::size_t g = 0; g < n_labels; ++g) used.insert(symbols[g] = truth.genes[g]);
  for (std::size_t latent = 0; latent < truth.programs.size(); ++latent) {
    std::vector<std::string> candidates = sets[set_of_program[latent]].genes;
    random.shuffle(candidates);
    std::size_t next = 0;
    for (const std::int64_t gene : truth.programs[latent]) {
      auto& symbol = symbols[static_cast<std::size_t>(gene)];
      while (symbol.empty() && next < candidates.size())
        if (const auto& name = candidates[next++]; used.insert(name).second) symbol = name;
    }
  }
  std::vector<std::string> rest;
  for (const GeneSet& set : sets)
    for (const auto& gene : set.genes)
      if (used.insert(gene).second) rest.push_back(gene);
  random.shuffle(rest);
  std::size_t next = 0;
  for (std::size_t g = 0; g < symbols.size(); ++g)
    if (symbols[g].empty()) symbols[g] = next < rest.size() ? rest[next++] : truth.genes[g];
  return symbols;
}

/// Genes take symbols of the real gene sets; each program is drawn from one of them, of the fitting sizes.
void real_context(const SimulateOptions& o, Truth& truth) {
  NetworkOptions network;
  network.network = o.context;
  const NetworkFiles files = find_network_files(network, "simulate.context");
  if (files.gmt.empty())
    throw ConfigError({.place = "simulate.context " + o.context, .found = "no gene sets (*.gmt) are there"},
                      "name a folder with a .gmt file");
  const std::vector<GeneSet> sets = read_gmts(files.gmt);
  Random random(seed_of(o), "context");
  std::vector<std::size_t> set_of_program = fitting_sets(o, sets);
  random.shuffle(set_of_program);
  truth.genes = real_symbols(truth, static_cast<std::size_t>(o.n_labels()), sets, set_of_program, random);
  // The programs' pathways come first, as with drawn ones.
  set_of_program.resize(truth.programs.size());
  for (const std::size_t k : set_of_program) truth.pathways.push_back(sets[k]);
  for (std::size_t k = 0; k < sets.size(); ++k)
    if (std::ranges::find(set_of_program, k) == set_of_program.end()) truth.pathways.push_back(sets[k]);
  if (!files.relations.empty()) truth.relations = read_pairs(files.relations);
  if (!files.edges.empty()) truth.proteins = read_pairs(files.edges);
}

}  // namespace

void draw_context(const SimulateOptions& options, Truth& truth) {
  if (!options.context.empty()) return real_context(options, truth);
  if (options.loadings != "programs") return trivial_context(truth);
  draw_pathways(options, truth);
  draw_relations(options, truth);
  draw_proteins(options, truth);
}

}  // namespace gracevae::impl
