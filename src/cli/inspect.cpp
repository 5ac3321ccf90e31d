#include <cstdio>
#include <optional>

#include "base/runtime.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "experiment/inspection.hpp"
#include "screen/quality.hpp"

namespace gracevae::cli {

namespace {
struct Inspect {
  ScreenOptions screen;
  NetworkOptions network;
  OptionTable table;
  bool json = false;
  GuideOptions guides;
  bool quality = false;
  std::string quality_cells, quality_file;
  std::unique_ptr<Flags> flags;

  bool wants_quality() const { return quality || !quality_cells.empty() || !quality_file.empty(); }

  /// Writes the files that were asked for.
  Quality look_at_quality(const GuidedScreen& guided) const {
    Quality found = quality_of(guided.screen, guided.guides, guides.quality_seed);
    if (!quality_file.empty()) write_quality(quality_file, found);
    if (!quality_cells.empty()) write_cell_quality(quality_cells, guided.screen, guided.guides, found);
    return found;
  }

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
    const ScreenOptions named = with_names_of(network, screen);
    const GuidedScreen guided =
        wants_quality() ? load_guided_screen(named, guides) : GuidedScreen{load_screen(named), {}};
    const Screen& loaded = guided.screen;
    std::optional<Quality> found;
    set_threads(0);
    if (wants_quality()) found = look_at_quality(guided);
    const ScreenSummary summary = summarise_screen(loaded);
    const Inspection inspection = inspect(loaded, summary, network, measure_speed(), given());
    if (json) {
      nlohmann::ordered_json all = {{"screen", screen_json(loaded, summary)}};
      all.update(to_json(inspection));
      if (found) all["quality"] = quality_json(*found);
      std::puts(all.dump(2).c_str());
    } else {
      std::fputs((describe_screen(loaded, summary) + "\n" + (found ? to_text(*found) + "\n" : "") + to_text(inspection))
                     .c_str(),
                 stdout);
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
  state->guides.bind(state->table);
  command->add_option("screen", state->screen.file, "The screen: .h5ad, a 10x folder, a table, … (docs/your-data.md)")
      ->required();
  command->add_flag("--json", state->json, "Print it for machines: one JSON object");
  command->add_flag("--quality", state->quality,
                    "Did the perturbations work? Own genes, effects, agreement between guides and cells that look like "
                    "control, for every label and guide");
  command
      ->add_option("--quality-cells", state->quality_cells,
                   "Table to write: cell, label, guide, probability of being perturbed (--quality)")
      ->type_name("FILE");
  command
      ->add_option("--quality-json", state->quality_file,
                   "File for --quality as JSON; as quality.json in a run's folder the report shows it")
      ->type_name("FILE");
  state->flags = std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file"});
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
