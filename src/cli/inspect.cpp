#include <gracevae/inspect.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Inspect {
  explicit Inspect(CLI::App& command)
      : flags(command, {"screen", "network", "quality"},
              {"screen.file", "quality.drop_guides", "quality.drop_escapers"}) {}
  Flags flags;
  QualityRequest quality;
  std::string screen;
  bool json = false;

  void run() {
    flags.set("screen.file", screen);
    const Inspection found = inspect(flags.words(), quality, context());
    json ? print_data(found.json) : print(found.text);
  }
};
}  // namespace

void add_inspect(CLI::App& program) {
  auto* command = program.add_subcommand(
      "inspect",
      "Print what is understood of a screen: cells, genes, labels, coverage of the network, cost of training");
  const auto state = std::make_shared<Inspect>(*command);
  command->add_option("screen", state->screen, kScreenHelp)->required();
  command->add_flag("--json", state->json, "Print it for machines: one JSON object");
  command->add_flag("--quality", state->quality.wanted,
                    "Did the perturbations work? Own genes, effects, agreement between guides and cells that look like "
                    "control, for every label and guide");
  command
      ->add_option("--quality-cells", state->quality.cells,
                   "Table to write: cell, label, guide, probability of being perturbed (--quality)")
      ->type_name("FILE");
  command
      ->add_option("--quality-json", state->quality.json,
                   "File for --quality as JSON; as quality.json in a run's folder the report shows it")
      ->type_name("FILE");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
