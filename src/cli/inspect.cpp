#include <cstdio>

#include "base/runtime.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "experiment/inspection.hpp"

namespace gracevae::cli {

namespace {
struct Inspect {
  ScreenOptions screen;
  NetworkOptions network;
  OptionTable table;
  bool json = false;
  std::unique_ptr<Flags> flags;

  std::vector<GivenOption> given() const {
    std::vector<GivenOption> options;
    for (const Option& option : table.options()) {
      if (!flags->given(option.key())) continue;
      const nlohmann::json value = option.value();
      options.push_back({option.key(), option.flag(), value.is_string() ? value.get<std::string>() : value.dump(),
                         value.is_boolean()});
    }
    return options;
  }

  void run() {
    flags->apply();
    table.validate();
    const Screen loaded = load_screen(screen);
    set_threads(0);
    const ScreenSummary summary = summarise_screen(loaded);
    const Inspection inspection = inspect(loaded, summary, network, measure_speed(), given());
    if (json) {
      nlohmann::ordered_json all = {{"screen", screen_json(loaded, summary)}};
      all.update(to_json(inspection));
      std::puts(all.dump(2).c_str());
    } else {
      std::fputs((describe_screen(loaded, summary) + "\n" + to_text(inspection)).c_str(), stdout);
    }
  }
};
}  // namespace

void add_inspect(CLI::App& program) {
  auto* command = program.add_subcommand(
      "inspect",
      "Print what is understood of a screen: cells, genes, labels, coverage of the network, cost of training");
  auto state = std::make_shared<Inspect>();
  state->screen.bind(state->table);
  state->network.bind(state->table);
  command->add_option("screen", state->screen.file, "The screen: .h5ad, a 10x folder, .csv or .tsv")->required();
  command->add_flag("--json", state->json, "Print it for machines: one JSON object");
  state->flags = std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file"});
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
