#include <gracevae/run.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Explain {
  explicit Explain(CLI::App& command) : flags(command, {"explain"}) {}
  Flags flags;
  std::vector<std::filesystem::path> runs;
  std::string output;
};
}  // namespace

void add_explain(CLI::App& program) {
  auto* command = program.add_subcommand(
      "explain", "What a run learned: programs, their genes and pathways, the latent graph, interactions of pairs");
  const auto state = std::make_shared<Explain>(*command);
  command
      ->add_option("runs", state->runs,
                   "Run folders: the first is explained; the others, of other seeds, say how often its edges come back")
      ->required()
      ->type_name("RUN");
  command->add_option("-o,--output", state->output, "Folder to write; default: explain in the first run's folder")
      ->type_name("FOLDER");
  command->callback([state] { print(explain_runs(state->runs, state->flags.options(), state->output, context())); });
}

}  // namespace gracevae::cli
