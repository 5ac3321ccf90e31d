#include <filesystem>

#include <gracevae/effects.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Design {
  explicit Design(CLI::App& command)
      : flags(command, {"design", "effects", "screen"},
              {"screen.file", "screen.packed", "effects.targets", "effects.all_targets", "effects.all_pairs",
               "effects.level", "effects.nearest", "effects.cross_validate", "effects.format"}) {}
  Flags flags;
  std::string source, file;

  void run() {
    if (const std::filesystem::path run = source; file.empty() && std::filesystem::exists(run / "options.toml")) {
      std::filesystem::create_directories(run / "effects");
      file = (run / "effects" / "plan.tsv").string();
    }
    print(plan_experiment(source, file, flags.options(), context()));
  }
};
struct Power {
  explicit Power(CLI::App& command) : flags(command, {"power", "screen"}, {"screen.file", "screen.packed"}) {}
  Flags flags;
  std::string screen, file;
};
}  // namespace

void add_design(CLI::App& program) {
  auto* command =
      program.add_subcommand("design",
                             "Plan which targets or pairs to measure next, by the expected fall of what is not known");
  const auto state = std::make_shared<Design>(*command);
  command
      ->add_option("source", state->source,
                   "Measured effects: a screen, a run's folder, or a table with a row a condition (docs/effects.md)")
      ->required();
  command
      ->add_option("-o,--output", state->file,
                   "Table to write, .tsv; default for a run: effects/plan.tsv in its folder, which the report shows")
      ->type_name("FILE");
  command->callback([state] { state->run(); });
}

void add_power(CLI::App& program) {
  auto* command = program.add_subcommand("power", "Tell from a pilot screen how many cells a condition needs");
  const auto state = std::make_shared<Power>(*command);
  command->add_option("screen", state->screen, kScreenHelp)->required();
  command->add_option("-o,--output", state->file, "Table to write, .tsv; that of conditions stands beside it")
      ->type_name("FILE");
  command->callback([state] {
    state->flags.set("screen.file", state->screen);
    print(plan_cells(state->file, state->flags.options(), context()));
  });
}

}  // namespace gracevae::cli
