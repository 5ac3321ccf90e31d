#include <cstdio>

#include "base/error.hpp"
#include "base/files.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "cli/model_library.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/structure.hpp"

namespace gracevae::cli {

namespace {
struct Evaluate {
  EvaluateOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string run_folder, predictions, output, truth;

  void run() {
    flags->apply();
    table.validate();
    const RunFolder folder{run_folder};
    const RunOptions run = load_run_options(folder);
    const Screen screen = load_screen(run.screen);
    const Split split = read_split(folder.split(), screen);
    const auto seed = static_cast<std::uint64_t>(run.train.seed);
    const std::filesystem::path cells = predictions_of(folder);
    auto metrics = evaluate_predictions(screen, split, read_predictions(cells, screen), options, seed);
    add_latents(folder, cells, seed, metrics);
    const std::filesystem::path json = output.empty() ? folder.metrics() : std::filesystem::path(output);
    write_text(json, metrics.dump(1) + "\n");
    write_metrics_tsv(std::filesystem::path(json).replace_extension(".tsv"), metrics);
    std::fputs(summary_text(metrics).c_str(), stdout);
    if (metrics.contains("structure")) std::fputs(structure_text(metrics["structure"]).c_str(), stdout);
  }

  /// What the run says of its latents, and with --truth how right its graph is.
  void add_latents(const RunFolder& folder, const std::filesystem::path& cells, std::uint64_t seed,
                   nlohmann::ordered_json& metrics) const {
    if (truth.empty() && !std::filesystem::exists(folder.latents())) return;  // a run of an older version
    const LearnedGraph fit = read_learned_graph(folder.latents());
    for (const auto& warning : fit.warnings) metrics["warnings"].push_back(warning);
    if (truth.empty()) return;
    if (fit.n_latents() == 0) throw InputError(fit.source + ": this model has no latent graph", "leave --truth out");
    const KnownGraph known = read_known_graph(truth);
    const double correlation = latent_correlation(known, fit, match_latents(known, fit), cells);
    metrics["structure"] = structure_record(known, fit, correlation, seed);
    for (const auto& warning : metrics["structure"]["warnings"]) metrics["warnings"].push_back(warning);
  }

  /// The file asked for, or the run's own, made anew when the model is newer.
  std::filesystem::path predictions_of(const RunFolder& folder) const {
    if (!predictions.empty()) return predictions;
    const auto file = folder.predictions();
    const bool fresh = std::filesystem::exists(file) && std::filesystem::exists(folder.model()) &&
                       std::filesystem::last_write_time(file) >= std::filesystem::last_write_time(folder.model());
    return fresh ? file : model_library().predict(folder, {});
  }
};
}  // namespace

void add_evaluate(CLI::App& program) {
  auto* command = program.add_subcommand("evaluate", "Score a run's predictions beside the baselines and the ceiling");
  auto state = std::make_shared<Evaluate>();
  state->options.bind(state->table);
  command->add_option("run", state->run_folder, "Run folder")->required()->type_name("RUN");
  command
      ->add_option("--predictions", state->predictions,
                   "Predictions to score; default: the run's own, made when missing")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", state->output,
                   "metrics.json to write, with a .tsv beside it; default: in the run folder")
      ->type_name("FILE");
  command
      ->add_option(
          "--truth", state->truth,
          "Score the latent graph too: truth.json of a simulated screen, or an .h5ad with uns/true_latent_graph")
      ->type_name("FILE");
  state->flags = std::make_unique<Flags>(*command, state->table);
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
