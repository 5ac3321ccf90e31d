#include "simulate/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "io/anndata.hpp"
#include "io/gene_sets.hpp"
#include "screen/labels.hpp"
#include "simulate/truth.hpp"

namespace gracevae {

namespace {

/// One simulated regime: its targets (label numbers) and how many cells it has.
struct SimulatedRegime {
  std::vector<std::int64_t> targets;
  std::int64_t n_cells;
};

/// Control, the singles in order of labels, then doubles drawn without repeats (stream "doubles").
std::vector<SimulatedRegime> plan_regimes(const SimulateOptions& options) {
  std::vector<SimulatedRegime> regimes = {{{}, options.n_control}};
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t a = 0; a < options.n_latents; ++a) {
    regimes.push_back({{a}, options.cells_per_single});
    for (std::int64_t b = a + 1; b < options.n_latents; ++b) pairs.emplace_back(a, b);
  }
  Random(static_cast<std::uint64_t>(options.seed), "doubles").shuffle(pairs);
  pairs.resize(static_cast<std::size_t>(options.n_doubles));
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [a, b] : pairs) regimes.push_back({{a, b}, options.cells_per_double});
  return regimes;
}

/// Appends a cell's values max(0, baseline + u·loadings + noise) as a sparse row.
void append_cell(CsrMatrix<float>& x, const Truth& truth, const std::vector<double>& u, double noise, Random& random) {
  for (std::int64_t gene = 0; gene < truth.n_genes(); ++gene) {
    double value = truth.baseline[static_cast<std::size_t>(gene)] + noise * random.normal();
    for (std::int64_t latent = 0; latent < truth.n_latents(); ++latent)
      value += u[static_cast<std::size_t>(latent)] * truth.loadings(latent, gene);
    if (value <= 0) continue;
    x.indices.push_back(static_cast<std::int32_t>(gene));
    x.values.push_back(static_cast<float>(value));
  }
  ++x.n_rows;
  x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
}

std::string name_of(const SimulatedRegime& regime, const Truth& truth) {
  std::vector<std::string> targets;
  for (const std::int64_t target : regime.targets) targets.push_back(truth.labels[static_cast<std::size_t>(target)]);
  return label_of(targets);
}

/// Draws all cells (stream "cells", one counter a regime).
AnnData draw_cells(const Truth& truth, const SimulateOptions& options) {
  const std::vector<SimulatedRegime> regimes = plan_regimes(options);
  AnnData data;
  data.x.n_cols = truth.n_genes();
  std::vector<float> latents;
  Categorical condition;
  for (const auto& regime : regimes) condition.categories.push_back(name_of(regime, truth));
  for (std::size_t k = 0; k < regimes.size(); ++k) {
    Random random(static_cast<std::uint64_t>(options.seed), "cells", k);
    std::vector<double> shift(static_cast<std::size_t>(truth.n_latents()), 0.0);
    for (const std::int64_t target : regimes[k].targets)
      shift[static_cast<std::size_t>(truth.latent_of_label[static_cast<std::size_t>(target)])] = options.shift;
    for (std::int64_t cell = 0; cell < regimes[k].n_cells; ++cell) {
      const std::vector<double> u = draw_latents(truth, shift, options.mechanism == "relu", random);
      append_cell(data.x, truth, u, options.noise, random);
      latents.insert(latents.end(), u.begin(), u.end());
      condition.codes.push_back(static_cast<std::int32_t>(k));
      data.obs.index.push_back(fmt::format("cell{:05}", data.obs.index.size() + 1));
    }
  }
  data.obs.add("condition", std::move(condition));
  data.var.index = truth.genes;
  Matrix<float> u(data.x.n_rows, truth.n_latents());
  u.values = std::move(latents);
  data.obsm["u"] = std::move(u);
  data.uns["true_latent_graph"] = truth.graph;
  data.uns["mechanism"] = options.mechanism;
  return data;
}

std::string pathway_id(std::int64_t latent) { return fmt::format("SIM-P{:02}", latent + 1); }

std::vector<std::string> names_of_genes(const Truth& truth, const std::vector<std::int64_t>& genes) {
  std::vector<std::string> names;
  for (const std::int64_t gene : genes) names.push_back(truth.genes[static_cast<std::size_t>(gene)]);
  return names;
}

/// A pathway for each program, and random ones of the same size (stream "pathways").
std::vector<GeneSet> draw_pathways(const Truth& truth, const SimulateOptions& options) {
  std::vector<GeneSet> pathways;
  for (std::int64_t latent = 0; latent < truth.n_latents(); ++latent)
    pathways.push_back({fmt::format("Program {:02}", latent + 1), pathway_id(latent),
                        names_of_genes(truth, truth.programs[static_cast<std::size_t>(latent)])});
  Random random(static_cast<std::uint64_t>(options.seed), "pathways");
  for (std::int64_t k = 0; k < std::max<std::int64_t>(2, truth.n_latents() / 2); ++k) {
    std::vector<std::string> genes = truth.genes;
    random.shuffle(genes);
    genes.resize(static_cast<std::size_t>(options.genes_per_program));
    pathways.push_back({fmt::format("Random set {:02}", k + 1), fmt::format("SIM-R{:02}", k + 1), std::move(genes)});
  }
  return pathways;
}

void write_network(const std::filesystem::path& folder, const Truth& truth, const SimulateOptions& options) {
  std::vector<std::pair<std::string, std::string>> relations, proteins;
  for (std::int64_t i = 0; i < truth.n_latents(); ++i)
    for (std::int64_t j = i + 1; j < truth.n_latents(); ++j)
      if (truth.graph(i, j) != 0) relations.emplace_back(pathway_id(i), pathway_id(j));
  for (const auto& [a, b] : draw_protein_edges(truth, options))
    proteins.emplace_back(truth.genes[static_cast<std::size_t>(a)], truth.genes[static_cast<std::size_t>(b)]);
  write_gmt(folder / "pathways.gmt", draw_pathways(truth, options));
  write_pairs(folder / "pathway_relations.txt", relations);
  write_pairs(folder / "protein_edgelist.txt", proteins);
}

nlohmann::ordered_json truth_record(const Truth& truth, const SimulateOptions& options) {
  nlohmann::ordered_json record;
  record["format"] = "gracevae-simulation/1";
  record["seed"] = options.seed;
  record["mechanism"] = options.mechanism;
  record["latent_graph"] = nlohmann::ordered_json::array();
  for (std::int64_t i = 0; i < truth.n_latents(); ++i)
    record["latent_graph"].push_back(std::vector<double>(truth.graph.row(i).begin(), truth.graph.row(i).end()));
  for (std::size_t k = 0; k < truth.labels.size(); ++k)
    record["labels"].push_back(
        {{"label", truth.labels[k]}, {"latent", truth.latent_of_label[k]}, {"shift", options.shift}});
  for (std::int64_t latent = 0; latent < truth.n_latents(); ++latent) {
    const auto& genes = truth.programs[static_cast<std::size_t>(latent)];
    std::vector<double> loadings;
    for (const std::int64_t gene : genes) loadings.push_back(truth.loadings(latent, gene));
    record["programs"].push_back({{"latent", latent},
                                  {"pathway", pathway_id(latent)},
                                  {"genes", names_of_genes(truth, genes)},
                                  {"loadings", loadings}});
  }
  return record;
}

}  // namespace

void SimulateOptions::bind(OptionTable& table) {
  table.add("simulate", "latents", n_latents, "Latent programs. Each is the target of one label.").range(1, 1000);
  table.add("simulate", "genes", n_genes, "Measured genes. The labels' own genes are among them.").range(1, 100000);
  table.add("simulate", "control_cells", n_control, "Control cells.").at_least(1);
  table.add("simulate", "cells_per_single", cells_per_single, "Cells of every single.").at_least(1);
  table.add("simulate", "cells_per_double", cells_per_double, "Cells of every double. Ignored with no doubles.")
      .at_least(1);
  table.add("simulate", "doubles", n_doubles, "Pairs of labels with cells of their own, at most all pairs.")
      .at_least(0);
  table
      .add("simulate", "expected_degree", expected_degree,
           "Expected number of parents of a latent in the random graph.")
      .at_least(0);
  table.add("simulate", "mechanism", mechanism, "How parents act. linear: by their value. relu: by its positive part.")
      .one_of({"relu", "linear"});
  table
      .add("simulate", "shift", shift,
           "Size of a label's shift on its latent, in standard deviations of the latent noise.")
      .range(-100, 100);
  table.add("simulate", "noise", noise, "Standard deviation of the observation noise, log1p scale.").range(0, 100);
  table
      .add("simulate", "genes_per_program", genes_per_program,
           "Genes that load on each latent, the label's own gene included.")
      .at_least(1);
  table.add("simulate", "edge_purity", edge_purity, "Share of protein edges that join genes of one program, 0 to 1.")
      .range(0, 1);
  table.add("simulate", "seed", seed, "Seed of all random numbers.").at_least(0);
}

void SimulateOptions::validate() const {
  SimulateOptions copy = *this;
  OptionTable table;
  copy.bind(table);
  table.validate();
  const std::int64_t n_pairs = n_latents * (n_latents - 1) / 2;
  if (n_doubles > n_pairs)
    throw ConfigError(fmt::format("--doubles is {}, but {} latents give only {} pairs of labels", n_doubles, n_latents,
                                  n_pairs),
                      "ask for fewer doubles or more latents");
  const std::int64_t n_needed = n_latents + genes_per_program - 1;
  if (n_genes < n_needed)
    throw ConfigError(
        fmt::format("--genes is {}, expected at least {}: a gene for each of {} labels, and {} genes a program",
                    n_genes, n_needed, n_latents, genes_per_program),
        "ask for more genes, or fewer genes a program");
}

void simulate_screen(const std::filesystem::path& folder, const SimulateOptions& options) {
  options.validate();
  const std::filesystem::path network = folder / "network";
  require_writable_folder(folder);
  require_writable_folder(network);
  const Truth truth = draw_truth(options);
  write_anndata(folder / "screen.h5ad", draw_cells(truth, options));
  write_network(network, truth, options);
  write_text(folder / "truth.json", truth_record(truth, options).dump(1) + "\n");
}

}  // namespace gracevae
