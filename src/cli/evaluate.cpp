#include <gracevae/run.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Evaluate {
  explicit Evaluate(CLI::App& command)
      : flags(command, {"evaluate", "effects"},
              {"effects.measured", "effects.genes", "effects.targets", "effects.all_targets", "effects.all_pairs",
               "effects.level", "effects.nearest", "effects.cross_validate", "effects.format", "effects.seed",
               "effects.weight_targets"}) {}
  Flags flags;
  EvaluateFiles files;
  std::string run_folder;
};
}  // namespace

void add_evaluate(CLI::App& program) {
  auto* command = program.add_subcommand("evaluate", "Score a run's predictions beside the baselines and the ceiling");
  const auto state = std::make_shared<Evaluate>(*command);
  command->add_option("run", state->run_folder, "Run folder")->required()->type_name("RUN");
  command
      ->add_option("--predictions", state->files.predictions,
                   "Predictions to score; default: the run's own, made when missing")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", state->files.output,
                   "metrics.json to write, with a .tsv beside it; default: in the run folder")
      ->type_name("FILE");
  command
      ->add_option(
          "--truth", state->files.truth,
          "Score the latent graph too: truth.json of a simulated screen, or an .h5ad with uns/true_latent_graph")
      ->type_name("FILE");
  command->callback(
      [state] { print(evaluate_run(state->run_folder, state->flags.options(), state->files, context()).text); });
}

}  // namespace gracevae::cli
