#include <cstdio>

#include <gracevae/run.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/spelling.hpp"

namespace gracevae::cli {

namespace {
struct FindConsensus {
  std::vector<std::filesystem::path> runs;
  ConsensusRequest request;

  void run() const {
    const Consensus found = consensus_of_runs(runs, request, context());
    print_data(found.table);
    std::fputs(with_flags(found.notes).c_str(), stderr);
  }
};
}  // namespace

void add_consensus(CLI::App& program) {
  auto* command =
      program.add_subcommand("consensus", "How often every edge of the latent graph appears over several runs");
  const auto state = std::make_shared<FindConsensus>();
  command->add_option("runs", state->runs, "Run folders of one screen, two or more")->required()->type_name("RUN");
  command
      ->add_option("--min-frequency", state->request.min_frequency,
                   "Edges in fewer of the runs are left out of the table [default: 0.5]")
      ->type_name("X");
  command
      ->add_option("--threshold", state->request.threshold,
                   "|weight| from which an edge counts, in units of the latents' noise [default: every run's own]")
      ->type_name("X");
  command->add_option("--truth", state->request.truth, "Marks the right edges: truth.json of a simulated screen")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", state->request.output,
                   "consensus.json to write, every edge in it, with a .tsv beside it")
      ->type_name("FILE");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
