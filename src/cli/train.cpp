#include <gracevae/errors.hpp>
#include <gracevae/report.hpp>
#include <gracevae/run.hpp>
#include <gracevae/text.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {

struct Train {
  explicit Train(CLI::App& command)
      : flags(command, {"screen", "network", "features", "split", "model", "train"}, {"screen.file"}) {}
  Flags flags;
  std::string screen, output, config;
  bool resume = false, report = false;

  void run() {
    flags.set("screen.file", screen);
    if (resume && !config.empty())
      throw ConfigError("--config with --resume", "a run goes on with its own options: leave --config out");
    try {
      if (resume)
        resume_run(output, flags.words(), context());
      else
        train_run(output, options(), context());
    } catch (const Interrupted& stopped) {
      if (stopped.place() != output) throw;  // nothing is saved yet
      throw Interrupted(stopped.message(), "go on with: gracevae train --resume -o " + shell_word(output));
    }
    if (!report) return;
    print(evaluate_run(output, {}, {}, context()).text);
    write_report({output}, {}, {}, context());
  }

  Options options() const {
    const Options given = flags.options(config);
    if (std::get<std::string>(given.get("screen.file")).empty())
      throw ConfigError("no screen was given", "gracevae train SCREEN.h5ad --network FOLDER -o RUN");
    return given;
  }
};

}  // namespace

void add_train(CLI::App& program) {
  auto* command = program.add_subcommand("train", "Train a model on a screen");
  const auto state = std::make_shared<Train>(*command);
  command->add_option("screen", state->screen, kScreenHelp);
  command->add_option("-o,--output", state->output, "Run folder to make")->required()->type_name("RUN");
  command->add_option("--config", state->config, "TOML file of options; flags win over it")->type_name("FILE");
  command->add_flag("--resume", state->resume, "Go on from the run folder's checkpoint, with its own options");
  command->add_flag("--report", state->report,
                    "Then score the run and write its report.html, as evaluate and report do");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
