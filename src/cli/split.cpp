#include <cstdio>

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "screen/split_set.hpp"

namespace gracevae::impl::cli {

namespace {
struct MakeSplits {
  ScreenOptions screen;
  SplitOptions split;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string folder, seeds = "0";
  bool force = false;

  void run() {
    flags->apply();
    table.validate();
    split.validate();
    const SplitSet set{folder, parse_seeds(seeds), force};
    if (set.seeds.size() > 1 && !split.column().empty())
      log::warning("--split {} draws nothing: the splits of all seeds are the same", split.kind);
    const auto summaries = write_split_set(load_screen(screen, split.kept_columns()), split, set);
    std::puts("cells of each fold (control: control cells that train) and test conditions of each stratum");
    std::fputs(split_set_text(set.seeds, summaries).c_str(), stdout);
    log::info("wrote {}/split_seed*.tsv: give one to gracevae train with --split-file", folder);
  }
};
}  // namespace

void add_split(CLI::App& program) {
  auto* command = program.add_subcommand(
      "split", "Write splits of a screen, one a seed, for gracevae train --split-file and for other tools");
  auto state = std::make_shared<MakeSplits>();
  state->screen.bind(state->table);
  state->split.bind(state->table);
  command->add_option("screen", state->screen.file, "The screen: .h5ad, a 10x folder, a table, … (docs/your-data.md)")
      ->required();
  command->add_option("-o,--output", state->folder, "Folder to write into")->required()->type_name("FOLDER");
  command->add_option("--seeds", state->seeds, "Seeds: 0-9, or a list 0,3,7 [default: 0]");
  command->add_flag("--force", state->force, "Overwrite splits that differ");
  state->flags =
      std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file", "split.split_file"});
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
