#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "cli/model_library.hpp"
#include "report/report.hpp"

namespace gracevae::impl::cli {

namespace {

struct Train {
  RunOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string screen, output, config;
  bool resume = false, report = false;

  void run() {
    const RunFolder folder{output};
    if (resume)
      take_options_of(folder);
    else
      read_options();
    table.validate();
    options.split.validate();
    options.features.validate();
    model_library().train({.options = options, .folder = folder, .resume = resume});
    if (!report) return;
    evaluate_run(output);
    write_report({folder.path}, folder.report(), {});
    log::info("wrote {}", folder.report().string());
  }

  void read_options() {
    apply_over_defaults(options, [this] { apply(); });
    if (!screen.empty()) options.screen.file = screen;
    if (options.screen.file.empty())
      throw ConfigError("no screen was given", "gracevae train SCREEN.h5ad --network FOLDER -o RUN");
    options.train.resolve(options.model.model);
    options.make_paths_absolute();
  }

  void apply() {
    if (!config.empty()) table.load_toml(config, kRecordSections);
    flags->apply();
  }

  /// The run's own options; what else is on the command line must agree with them, unless it cannot change results.
  void take_options_of(const RunFolder& folder) {
    if (!config.empty())
      throw ConfigError("--config with --resume", "a run goes on with its own options: leave --config out");
    options = load_run_options(folder);
    const nlohmann::ordered_json before = table.to_json();
    flags->apply();
    if (!screen.empty()) options.screen.file = screen;
    options.train.resolve(options.model.model);
    options.make_paths_absolute();
    for (const Option& option : table.options()) {
      const auto& old_value = before.at(option.section).at(option.name);
      if (!option.result_free && nlohmann::json(old_value) != option.value())
        throw ConfigError(option.flag() + " is " + option.value().dump() + ", but the run began with " +
                              old_value.dump(),
                          "leave it out to resume, or start a new run in another folder");
    }
  }
};

}  // namespace

void add_train(CLI::App& program) {
  auto* command = program.add_subcommand("train", "Train a model on a screen");
  auto state = std::make_shared<Train>();
  state->options.bind(state->table);
  command->add_option("screen", state->screen, "The screen: .h5ad, a 10x folder, a table, … (docs/your-data.md)");
  command->add_option("-o,--output", state->output, "Run folder to make")->required()->type_name("RUN");
  command->add_option("--config", state->config, "TOML file of options; flags win over it")->type_name("FILE");
  command->add_flag("--resume", state->resume, "Go on from the run folder's checkpoint, with its own options");
  command->add_flag("--report", state->report,
                    "Then score the run and write its report.html, as evaluate and report do");
  state->flags = std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file"});
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
