#pragma once
/// @file A run in words: programs, labels, graph and interactions, as files.
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "explain/interactions.hpp"
#include "explain/program_graph.hpp"
#include "explain/programs.hpp"

namespace gracevae::impl {

/// Everything that is written of a run.
struct RunExplanation {
  std::filesystem::path run;
  RunOptions options;              ///< of the run
  std::string weights, gene_sets;  ///< last or best; the .gmt files, "" for none
  std::int64_t n_sets = 0, n_tested = 0;
  Responses responses;
  std::vector<Program> programs;
  std::vector<Label> labels;
  ProgramGraph graph;
  std::vector<Interaction> interactions;
  double interaction_rate = 0;        ///< at which they are called
  nlohmann::ordered_json consensus;   ///< of several runs; null for one
  nlohmann::ordered_json effects;     ///< the run's effects/effects.json (effects/effect_cards.hpp); null without it
  std::vector<std::string> warnings;  ///< plain sentences
};

/// Where responses come from: the library with LibTorch, or a test.
using Respond = std::function<Responses(const RunFolder&, const ResponseOptions&)>;

/// Explains the first run; the others say how often its edges come back. Without gene sets of its own or a context
/// graph nothing is tested, which is a warning.
/// @throws as respond(), consensus(), read_gmts() and read_learned_graph() do.
RunExplanation explain(const std::vector<RunFolder>& runs, const ExplainOptions& options, const Respond& respond);

/// explain.json (docs/formats.md): what the report shows; of every program and label the strongest genes and gene sets.
nlohmann::ordered_json to_json(const RunExplanation& explanation);

/// Writes explain.json, the .tsv files, the graph in every form and explained.h5ad into a folder, each whole or not at
/// all (docs/formats.md).
void write_explanation(const std::filesystem::path& folder, const RunExplanation& explanation);

/// The strongest programs and labels as a table for the screen, and the verdict on the graph.
std::string explanation_text(const RunExplanation& explanation);

}  // namespace gracevae::impl
