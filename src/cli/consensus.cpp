#include "evaluate/consensus.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "base/error.hpp"
#include "base/files.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "run/run_options.hpp"

namespace gracevae::impl::cli {

namespace {
struct Consensus {
  std::vector<std::string> runs;
  std::string truth, output;
  double min_frequency = 0.5, threshold = 0;
  CLI::Option* given_threshold = nullptr;

  void run() const {
    const bool given = given_threshold->count() > 0;
    if (!(min_frequency >= 0 && min_frequency <= 1))
      throw ConfigError(fmt::format("--min-frequency is {:g}, expected 0 to 1", min_frequency),
                        "it is a share of the runs, for example 0.8");
    if (given && !(threshold > 0))
      throw ConfigError(fmt::format("--threshold is {:g}, expected a number above 0", threshold),
                        "leave it out for every run's own threshold");
    std::vector<LearnedGraph> graphs;
    for (const auto& folder : runs) graphs.push_back(read_learned_graph(RunFolder{folder}.latents()));
    const auto result = consensus(graphs, given ? std::optional(threshold) : std::nullopt,
                                  truth.empty() ? std::nullopt : std::optional(read_known_graph(truth)));
    if (!output.empty()) {
      write_text(output, result.dump(1) + "\n");
      write_text(std::filesystem::path(output).replace_extension(".tsv"), consensus_tsv(result, 0));
    }
    std::fputs(consensus_tsv(result, min_frequency).c_str(), stdout);
    std::fputs(consensus_notes(result, min_frequency).c_str(), stderr);
  }
};
}  // namespace

void add_consensus(CLI::App& program) {
  auto* command =
      program.add_subcommand("consensus", "How often every edge of the latent graph appears over several runs");
  auto state = std::make_shared<Consensus>();
  command->add_option("runs", state->runs, "Run folders of one screen, two or more")->required()->type_name("RUN");
  command
      ->add_option("--min-frequency", state->min_frequency,
                   "Edges in fewer of the runs are left out of the table [default: 0.5]")
      ->type_name("X");
  state->given_threshold =
      command
          ->add_option("--threshold", state->threshold,
                       "|weight| from which an edge counts, in units of the latents' noise [default: every run's own]")
          ->type_name("X");
  command->add_option("--truth", state->truth, "Marks the right edges: truth.json of a simulated screen")
      ->type_name("FILE");
  command->add_option("-o,--output", state->output, "consensus.json to write, every edge in it, with a .tsv beside it")
      ->type_name("FILE");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
