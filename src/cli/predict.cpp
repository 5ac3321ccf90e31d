#include <gracevae/errors.hpp>
#include <gracevae/run.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Predict {
  explicit Predict(CLI::App& command) : flags(command, {"predict"}) {}
  Flags flags;
  std::vector<std::string> runs;
  std::string output, effects;

  void run() {
    flags.set("predict.output", output);
    const Options options = flags.options();
    const bool several = runs.size() > 1;
    const bool has_targets = !std::get<std::vector<std::string>>(options.get("predict.targets")).empty();
    if (!has_targets && (several || !effects.empty()))
      throw ConfigError(several ? "several runs, and no condition to predict" : "--effects without --targets",
                        "name conditions with --targets A+B");
    if (several && !std::get<std::string>(options.get("predict.output")).empty())
      throw ConfigError("--output names one file for the cells of several runs",
                        "leave it out: each goes into the folder of its run; --effects names the table over all runs");
    if (several && effects.empty())
      throw ConfigError("several runs, and no file for their effects", "name it with --effects FILE.tsv");
    if (has_targets)
      predict_conditions({runs.begin(), runs.end()}, options, effects, context());
    else
      predict_run(runs.front(), options, context());
  }
};
}  // namespace

void add_predict(CLI::App& program) {
  auto* command = program.add_subcommand(
      "predict", "Generate counterfactual cells: the split's test conditions, or any --targets, with effects on genes");
  const auto state = std::make_shared<Predict>(*command);
  command->add_option("runs", state->runs, "Run folder; with --targets several, whose effects are put together")
      ->required()
      ->type_name("RUN");
  command->add_option("-o", state->output, "Short for --output")->type_name("FILE");
  command
      ->add_option(
          "--effects", state->effects,
          "Table of effects of --targets on every gene, .tsv; default: beside the cells [needed for several runs]")
      ->type_name("FILE");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
