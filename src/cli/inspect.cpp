#include <cstdio>

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "network/context_graph.hpp"
#include "screen/describe.hpp"

namespace gracevae::cli {

namespace {
struct Inspect {
  ScreenOptions screen;
  NetworkOptions network;
  OptionTable table;
  std::unique_ptr<Flags> flags;

  void run() {
    flags->apply();
    table.validate();
    const Screen loaded = load_screen(screen);
    std::fputs(describe_screen(loaded).c_str(), stdout);
    if (network.empty())
      std::puts("network: none given (--network FOLDER shows its coverage)");
    else
      std::fputs(describe_graph(build_context_graph(loaded.genes, network)).c_str(), stdout);
  }
};
}  // namespace

void add_inspect(CLI::App& program) {
  auto* command =
      program.add_subcommand("inspect",
                             "Print what is understood of a screen: cells, genes, regimes, coverage of the network");
  auto state = std::make_shared<Inspect>();
  state->screen.bind(state->table);
  state->network.bind(state->table);
  command->add_option("screen", state->screen.file, "The screen, .h5ad")->required();
  state->flags = std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file"});
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
