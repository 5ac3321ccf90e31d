#include "simulate/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"
#include "base/runtime.hpp"
#include "io/anndata.hpp"
#include "io/gene_sets.hpp"
#include "screen/labels.hpp"
#include "simulate/truth.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kBlock = 256;    // cells of one regime that share a random stream
constexpr std::int64_t kTogether = 16;  // blocks drawn side by side

/// One simulated regime: its targets (label numbers), number of cells, and the factors on its targets' shifts.
struct SimulatedRegime {
  std::vector<std::int64_t> targets;
  std::int64_t n_cells;
  std::vector<double> factors = {};
};

/// Draws the factors of a double's labels (stream "interactions"): scale + spread·((t_a + t_b)/2 + e/√2) with t of each
/// label and e of each label in each double standard normal.
void draw_factors(const SimulateOptions& options, std::vector<SimulatedRegime>& regimes) {
  if (options.double_scale == 1 && options.double_spread == 0) return;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const auto of_label = [&](std::int64_t k) {
    return Random(seed, "interactions", static_cast<std::uint64_t>(k)).normal();
  };
  Random random(seed, "interactions/doubles");
  for (SimulatedRegime& regime : regimes) {
    if (regime.targets.size() < 2) continue;
    const double both = (of_label(regime.targets[0]) + of_label(regime.targets[1])) / 2;
    for (std::size_t i = 0; i < regime.targets.size(); ++i)
      regime.factors.push_back(options.double_scale +
                               options.double_spread * (both + random.normal() / std::numbers::sqrt2));
  }
}

/// Control, the singles in order of labels, then doubles drawn without repeats (stream "doubles").
std::vector<SimulatedRegime> plan_regimes(const SimulateOptions& options) {
  std::vector<SimulatedRegime> regimes = {{{}, options.n_control}};
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t a = 0; a < options.n_labels(); ++a) {
    const std::int64_t shared = options.single_cells / options.n_labels(),
                       one_more = a < options.single_cells % options.n_labels() ? 1 : 0;
    regimes.push_back({{a}, options.single_cells > 0 ? shared + one_more : options.cells_per_single});
    if (options.n_doubles > 0)
      for (std::int64_t b = a + 1; b < options.n_labels(); ++b) pairs.emplace_back(a, b);
  }
  Random(static_cast<std::uint64_t>(options.seed), "doubles").shuffle(pairs);
  pairs.resize(static_cast<std::size_t>(options.n_doubles));
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [a, b] : pairs) regimes.push_back({{a, b}, options.cells_per_double});
  draw_factors(options, regimes);
  return regimes;
}

std::string name_of(const SimulatedRegime& regime, const Truth& truth) {
  std::vector<std::string> targets;
  for (const std::int64_t target : regime.targets)
    targets.push_back(truth.labels[static_cast<std::size_t>(target)].name);
  return label_of(targets);
}

/// Cells of one regime that share a random stream.
struct Block {
  std::size_t regime;
  std::int64_t number, n_cells;
  CsrMatrix<float> x = {};
  Matrix<float> u = {};
};

void draw_block(const SimulateOptions& options, const Truth& truth, const LatentSampler& sampler,
                const Observer& observer, Block& block) {
  Random random(static_cast<std::uint64_t>(options.seed), "cells", block.regime,
                static_cast<std::uint64_t>(block.number));
  block.x.n_cols = truth.n_genes();
  block.u = Matrix<float>(block.n_cells, truth.n_latents());
  std::vector<double> u(static_cast<std::size_t>(truth.n_latents()));
  for (std::int64_t i = 0; i < block.n_cells; ++i) {
    sampler.draw(u, random);
    std::transform(u.begin(), u.end(), block.u.row(i).begin(), [](double value) { return static_cast<float>(value); });
    observer.append(u, random, block.x);
  }
}

std::vector<Block> plan_blocks(const std::vector<SimulatedRegime>& regimes) {
  std::vector<Block> blocks;
  for (std::size_t k = 0; k < regimes.size(); ++k)
    for (std::int64_t first = 0, number = 0; first < regimes[k].n_cells; first += kBlock, ++number)
      blocks.push_back({k, number, std::min(kBlock, regimes[k].n_cells - first)});
  return blocks;
}

void write_screen(const std::filesystem::path& path, const SimulateOptions& options, const Truth& truth) {
  const std::vector<SimulatedRegime> regimes = plan_regimes(options);
  std::vector<LatentSampler> samplers;
  Categorical condition;
  for (const auto& regime : regimes) {
    samplers.emplace_back(options, truth, regime.targets, regime.factors);
    condition.categories.push_back(name_of(regime, truth));
  }
  const Observer observer(options, truth);
  AnnDataWriter writer;
  writer.start(path, {truth.genes, {}});
  std::vector<Block> blocks = plan_blocks(regimes);
  Progress progress("simulating", static_cast<std::int64_t>(blocks.size()));
  DataFrame obs;
  for (std::size_t first = 0; first < blocks.size(); first += kTogether) {
    if (interrupt_requested())
      throw Interrupted("stopped: the screen was not finished and is not kept", "run it again");
    const auto last = std::min(first + kTogether, blocks.size());
#pragma omp parallel for schedule(dynamic)
    for (std::size_t b = first; b < last; ++b)
      draw_block(options, truth, samplers[blocks[b].regime], observer, blocks[b]);
    for (std::size_t b = first; b < last; ++b) {
      writer.append(blocks[b].x);
      writer.append_obsm("u", blocks[b].u);
      for (std::int64_t i = 0; i < blocks[b].n_cells; ++i) {
        condition.codes.push_back(static_cast<std::int32_t>(blocks[b].regime));
        obs.index.push_back(fmt::format("cell{:05}", obs.index.size() + 1));
      }
      blocks[b].x = {};
      blocks[b].u = {};
    }
    progress.update(static_cast<std::int64_t>(last), fmt::format("{} cells", obs.index.size()));
  }
  obs.add("condition", std::move(condition));
  AnnDataWriter::Rest rest{.obs = std::move(obs)};
  rest.uns["true_latent_graph"] = truth.graph;
  rest.uns["mechanism"] = options.mechanism;
  writer.finish(rest);
}

nlohmann::ordered_json truth_record(const Truth& truth, const SimulateOptions& options) {
  nlohmann::ordered_json record;
  SimulateOptions copy = options;
  OptionTable table;
  copy.bind(table);
  record["format"] = "gracevae-simulation/2";
  record["preset"] = options.preset;
  record["seed"] = options.seed;
  record["options"] = table.to_json().at("simulate");
  record["n_latents"] = truth.n_latents();
  record["mechanism"] = options.mechanism;
  record["intervention"] = options.intervention;
  record["mixing"] = options.mixing;
  record["causal_order"] = truth.causal;
  record["edges"] = nlohmann::ordered_json::array();
  for (std::int64_t i = 0; i < truth.n_latents(); ++i)
    for (std::int64_t j = 0; j < truth.n_latents(); ++j)
      if (truth.graph(i, j) != 0) record["edges"].push_back({{"from", i}, {"to", j}, {"weight", truth.graph(i, j)}});
  for (const auto& label : truth.labels)
    record["labels"].push_back({{"label", label.name}, {"latents", label.latents}, {"shifts", label.shifts}});
  for (const SimulatedRegime& regime : plan_regimes(options))
    if (!regime.factors.empty())
      record["doubles"].push_back({{"label", name_of(regime, truth)}, {"factors", regime.factors}});
  record["programs"] = nlohmann::ordered_json::array();
  for (std::size_t latent = 0; latent < truth.programs.size(); ++latent) {
    std::vector<std::string> names;
    for (const std::int64_t gene : truth.programs[latent]) names.push_back(truth.genes[static_cast<std::size_t>(gene)]);
    record["programs"].push_back({{"latent", latent},
                                  {"pathway", truth.pathways[latent].id},
                                  {"genes", names},
                                  {"loadings", truth.loadings[latent]}});
  }
  return record;
}

}  // namespace

void simulate_screen(const std::filesystem::path& folder, const SimulateOptions& options) {
  options.validate();
  const SimulatedFolder files{folder};
  const std::filesystem::path network = files.network();
  require_writable_folder(folder);
  require_writable_folder(network);
  const Truth truth = draw_truth(options);
  write_screen(files.screen(), options, truth);
  write_gmt(network / "pathways.gmt", truth.pathways);
  write_pairs(network / "pathway_relations.txt", truth.relations);
  write_pairs(network / "protein_edgelist.txt", truth.proteins);
  write_text(files.truth(), truth_record(truth, options).dump(1) + "\n");
}

}  // namespace gracevae::impl
