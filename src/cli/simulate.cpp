#include <gracevae/simulate.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Simulate {
  explicit Simulate(CLI::App& command) : flags(command, {"simulate"}) {}
  Flags flags;
  std::string folder;
};
}  // namespace

void add_simulate(CLI::App& program) {
  auto* command =
      program.add_subcommand("simulate", "Write a screen whose latent graph is known, with its network files");
  const auto state = std::make_shared<Simulate>(*command);
  command->add_option("folder", state->folder, "Folder to write")->required();
  command->callback([state] { simulate(state->folder, state->flags.options(), context()); });
}

}  // namespace gracevae::cli
