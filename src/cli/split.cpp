#include <gracevae/split.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct MakeSplits {
  explicit MakeSplits(CLI::App& command) : flags(command, {"screen", "split"}, {"screen.file", "split.split_file"}) {}
  Flags flags;
  std::string screen, folder, seeds = "0";
  bool force = false;

  void run() {
    flags.set("screen.file", screen);
    print(write_splits(folder, seeds, flags.options(), force, context()));
  }
};
}  // namespace

void add_split(CLI::App& program) {
  auto* command = program.add_subcommand(
      "split", "Write splits of a screen, one a seed, for gracevae train --split-file and for other tools");
  const auto state = std::make_shared<MakeSplits>(*command);
  command->add_option("screen", state->screen, kScreenHelp)->required();
  command->add_option("-o,--output", state->folder, "Folder to write into")->required()->type_name("FOLDER");
  command->add_option("--seeds", state->seeds, "Seeds: 0-9, or a list 0,3,7 [default: 0]");
  command->add_flag("--force", state->force, "Overwrite splits that differ");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
