#include "experiment/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/progress.hpp"
#include "screen/batches.hpp"
#include "screen/split.hpp"
#include "train/train_options.hpp"

namespace gracevae {

namespace {

constexpr std::size_t kNamesShown = 8;

std::vector<std::string> targets_without_edge(const Screen& screen, const ContextGraph& graph) {
  std::vector<bool> reached(static_cast<std::size_t>(graph.n_nodes()), false);
  for (const auto& [a, b] : graph.edges)
    reached[static_cast<std::size_t>(a)] = reached[static_cast<std::size_t>(b)] = true;
  std::unordered_map<std::string, std::size_t> row_of;
  for (std::size_t i = 0; i < screen.genes.size(); ++i) row_of.emplace(screen.genes[i], i);
  std::vector<std::string> missed;
  for (const auto& target : targets_of(screen)) {
    const auto found = row_of.find(target);
    if (found != row_of.end() && !reached[found->second]) missed.push_back(target);
  }
  return missed;
}

LevelCoverage coverage_of(const Screen& screen, NetworkOptions network, const std::string& level, GraphSize& size) {
  LevelCoverage coverage;
  coverage.level = network.level = level;
  try {
    const ContextGraph graph = build_context_graph(screen.genes, network);
    coverage.n_genes = graph.n_genes_with_edges;
    coverage.n_pathways = graph.n_pathways();
    coverage.n_gg = graph.n_gg;
    coverage.n_pg = graph.n_pg;
    coverage.n_pp = graph.n_pp;
    coverage.targets_without_edge = targets_without_edge(screen, graph);
    size = size_of(graph);
  } catch (const InputError& error) {
    coverage.refused = error.what();
  } catch (const ConfigError& error) {
    coverage.refused = error.what();
  }
  return coverage;
}

/// That share of a single's cells.
std::int64_t share_of(double fraction, std::int64_t n_cells) {
  return static_cast<std::int64_t>(static_cast<double>(n_cells) * fraction);
}

/// Fills in what a run with default options would be.
void plan_run(const Screen& screen, Inspection& inspection) {
  TrainingSize& size = inspection.size;
  const BatchOptions batches;
  const SplitOptions split;
  size.n_genes = screen.n_genes();
  size.n_cells = screen.n_cells();
  size.n_stored = screen.n_stored();
  size.batch_size = batches.batch_size;
  size.epochs = TrainOptions{}.epochs;
  size.validate_every = TrainOptions{}.validate_every;
  size.n_control = std::ssize(screen.regimes.front().cells);
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() != 1) continue;
    const std::int64_t n = share_of(1 - split.test_fraction - split.validation_fraction, std::ssize(regime.cells));
    ++size.n_labels;
    size.n_validation += share_of(split.validation_fraction, std::ssize(regime.cells));
    size.steps_an_epoch += n / batches.batch_size;
    if (n < batches.batch_size) inspection.too_small.push_back(fmt::format("{} ({})", regime.label, n));
  }
  size.n_latents = size.n_labels;
}

std::vector<std::string> next_steps(const Screen& screen, ValueScale scale, const NetworkOptions& network,
                                    const Inspection& inspection) {
  std::vector<std::string> next;
  std::string file = screen.source;
  if (scale == ValueScale::counts || scale == ValueScale::linear) {
    next.push_back(
        scale == ValueScale::counts
            ? fmt::format("gracevae prepare {} -o prepared.h5ad     (normalise, log1p, highly variable genes)", file)
            : "the values are neither counts nor on a log1p scale: take the counts (--matrix), or log1p them first");
    file = "prepared.h5ad";
  }
  if (inspection.size.n_labels == 0) {
    next.emplace_back(
        "no regime has one target: models are trained on single perturbations, so there is nothing to train");
    return next;
  }
  std::string train = "gracevae train " + file;
  train += network.empty()            ? " --network FOLDER"
           : !network.network.empty() ? " --network " + network.network
                                      : " --gmt … --relations … --edges …";
  if (!inspection.too_small.empty()) train += " --keep-short";
  next.push_back(train + " -o run");
  if (network.empty()) next.push_back("without a network: gracevae train " + file + " --model cmvae -o run");
  next.emplace_back("gracevae evaluate run; gracevae report run");
  return next;
}

}  // namespace

Inspection inspect(const Screen& screen, const ScreenSummary& summary, const NetworkOptions& network,
                   const MachineSpeed& speed) {
  Inspection inspection;
  plan_run(screen, inspection);
  if (network.empty()) inspection.size.model.model = "cmvae";
  if (!network.empty()) {
    find_network_files(network);  // a folder that is not there is an error, not a level that cannot be built
    for (const char* level : {"gg", "gg+pg", "gg+pg+pp", "full"}) {
      GraphSize size;
      inspection.levels.push_back(coverage_of(screen, network, level, size));
      if (level == network.level) inspection.size.graph = size;
    }
  }
  inspection.estimate = estimate_training(inspection.size, speed);
  inspection.next = next_steps(screen, summary.values.scale, network, inspection);
  return inspection;
}

std::string to_text(const Inspection& inspection) {
  std::string text;
  const auto percent = [&](std::int64_t n) {
    return inspection.size.n_genes > 0 ? 100.0 * static_cast<double>(n) / static_cast<double>(inspection.size.n_genes)
                                       : 0.0;
  };
  if (inspection.levels.empty())
    text += "network: none given (--network FOLDER shows how many genes each level of the context graph covers)\n";
  else
    text += "network, by level of the context graph\n";
  for (const LevelCoverage& level : inspection.levels) {
    if (!level.refused.empty()) {
      text +=
          fmt::format("  {:<9} cannot be built: {}\n", level.level, level.refused.substr(0, level.refused.find('\n')));
      continue;
    }
    text += fmt::format(
        "  {:<9} {} genes ({:.0f} %), {} pathways; edges {} gene-gene, {} pathway-gene, {} pathway-pathway\n",
        level.level, level.n_genes, percent(level.n_genes), level.n_pathways, level.n_gg, level.n_pg, level.n_pp);
    if (!level.targets_without_edge.empty())
      text += fmt::format("  {:<9} without an edge: {} targets: {}\n", "", level.targets_without_edge.size(),
                          first_few(level.targets_without_edge, kNamesShown));
  }
  if (!inspection.too_small.empty())
    text += fmt::format("\n{} regimes have fewer training cells than a batch of {}: {}\n", inspection.too_small.size(),
                        inspection.size.batch_size, first_few(inspection.too_small, kNamesShown));
  if (inspection.size.steps_an_epoch > 0)
    text += fmt::format(
        "\ntraining with default options: {} steps an epoch, {} epochs, about {} ({:.0f} ms a step here) and {:.2g} GB of memory\n",
        inspection.size.steps_an_epoch, inspection.size.epochs, duration_text(inspection.estimate.seconds),
        1e3 * inspection.estimate.step_seconds, static_cast<double>(inspection.estimate.memory_bytes) / 1e9);
  text += "\nnext\n";
  for (const auto& step : inspection.next) text += "  " + step + "\n";
  return text;
}

nlohmann::ordered_json to_json(const Inspection& inspection) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::array();
  for (const LevelCoverage& level : inspection.levels) {
    nlohmann::ordered_json entry = {{"level", level.level},
                                    {"genes_with_edges", level.n_genes},
                                    {"pathways", level.n_pathways},
                                    {"edges_gene_gene", level.n_gg},
                                    {"edges_pathway_gene", level.n_pg},
                                    {"edges_pathway_pathway", level.n_pp},
                                    {"targets_without_edge", level.targets_without_edge}};
    if (!level.refused.empty()) entry["refused"] = level.refused;
    levels.push_back(entry);
  }
  return {{"levels", levels},
          {"training",
           {{"steps_an_epoch", inspection.size.steps_an_epoch},
            {"epochs", inspection.size.epochs},
            {"batch_size", inspection.size.batch_size},
            {"step_seconds", inspection.estimate.step_seconds},
            {"seconds", inspection.estimate.seconds},
            {"memory_bytes", inspection.estimate.memory_bytes}}},
          {"regimes_below_a_batch", inspection.too_small},
          {"next", inspection.next}};
}

}  // namespace gracevae
