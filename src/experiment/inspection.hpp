#pragma once
/// @file Everything that can be said of a screen and a network before training: `gracevae inspect`.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/estimate.hpp"
#include "network/context_graph.hpp"
#include "screen/describe.hpp"

namespace gracevae::impl {

/// An option of [screen] or [network] as it was given, so that the commands that inspect recommends have it too.
struct GivenOption {
  std::string key;   ///< "screen.matrix"
  std::string flag;  ///< "screen.matrix"
  std::string text;  ///< value; "true" or "false" of a switch
  bool is_switch = false;
};

/// How much of the screen one level of the context graph reaches.
struct LevelCoverage {
  std::string level;
  std::int64_t n_genes = 0;  ///< genes with an edge
  std::int64_t n_pathways = 0, n_gg = 0, n_pg = 0, n_pp = 0;
  std::vector<std::string> targets_without_edge;  ///< measured targets that the level does not reach
  std::string names_how;                          ///< what --aliases did to the network's names
  std::vector<std::string> notes, warnings;       ///< of the context graph
  std::string refused;                            ///< why the level cannot be built, "" when it can
};

struct Inspection {
  std::vector<LevelCoverage> levels;  ///< empty when no network was given
  TrainingSize size;
  TrainingEstimate estimate;
  std::vector<std::string> too_small;  ///< single regimes whose cells would give no batch, by name
  std::vector<std::string> next;       ///< lines for a shell: commands in order, and remarks that begin with #
};

/// What training with default options would meet: `batch_size` cells a step, `epochs` epochs, four fifths less a tenth
/// of every single's cells trained.
///
/// The commands in `next` succeed as they stand: they have the options of `given` that the command takes, words quoted
/// for a shell, output names that are not there yet, a level of the context graph that can be built (without a network
/// where none can), the labels' column that prepare writes, and the column of var with symbols where Ensembl ids keep
/// targets or networks from matching. Where training would stop, a remark says why instead.
/// @test tests/unit/experiment/inspection_test.cpp, tests/integration/test_next_steps.sh
Inspection inspect(const Screen& screen, const ScreenSummary& summary, const NetworkOptions& network,
                   const MachineSpeed& speed, const std::vector<GivenOption>& given = {});

std::string to_text(const Inspection& inspection);
nlohmann::ordered_json to_json(const Inspection& inspection);

}  // namespace gracevae::impl
