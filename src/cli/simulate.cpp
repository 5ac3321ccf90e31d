#include "simulate/simulate.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"

namespace gracevae::impl::cli {

namespace {
struct Simulate {
  SimulateOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string folder;

  void run() {
    flags->apply();
    options = simulate_preset(options.preset);
    flags->apply();  // knobs given win over the preset
    table.validate();
    options.validate();
    simulate_screen(folder, options);
    log::info("wrote {}: screen.h5ad, network/, truth.json", folder);
  }
};
}  // namespace

void add_simulate(CLI::App& program) {
  auto* command =
      program.add_subcommand("simulate", "Write a screen whose latent graph is known, with its network files");
  auto state = std::make_shared<Simulate>();
  state->options.bind(state->table);
  command->add_option("folder", state->folder, "Folder to write")->required();
  state->flags = std::make_unique<Flags>(*command, state->table);
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
