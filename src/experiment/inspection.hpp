#pragma once
/// @file Everything that can be said of a screen and a network before training: `gracevae inspect`.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/estimate.hpp"
#include "network/context_graph.hpp"
#include "screen/describe.hpp"

namespace gracevae {

/// How much of the screen one level of the context graph reaches.
struct LevelCoverage {
  std::string level;
  std::int64_t n_genes = 0;  ///< genes with an edge
  std::int64_t n_pathways = 0, n_gg = 0, n_pg = 0, n_pp = 0;
  std::vector<std::string> targets_without_edge;  ///< measured targets that the level does not reach
  std::string refused;                            ///< why the level cannot be built, "" when it can
};

struct Inspection {
  std::vector<LevelCoverage> levels;  ///< empty when no network was given
  TrainingSize size;
  TrainingEstimate estimate;
  std::vector<std::string> too_small;  ///< single regimes whose cells would give no batch, by name
  std::vector<std::string> next;       ///< commands and remarks, in order
};

/// What training with default options would meet: `batch_size` cells a step, `epochs` epochs, four fifths less a tenth
/// of every single's cells trained.
Inspection inspect(const Screen& screen, const ScreenSummary& summary, const NetworkOptions& network,
                   const MachineSpeed& speed);

std::string to_text(const Inspection& inspection);
nlohmann::ordered_json to_json(const Inspection& inspection);

}  // namespace gracevae
