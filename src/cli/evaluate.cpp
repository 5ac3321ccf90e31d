#include <cstdio>
#include <optional>

#include "base/files.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "cli/model_library.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/structure.hpp"
#include "evaluate/warnings.hpp"
#include "screen/quality.hpp"

namespace gracevae::impl::cli {

namespace {
struct Evaluate {
  EvaluateOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string run_folder, predictions, output, truth;

  void run() {
    flags->apply();
    table.validate();
    score();
  }

  void score() {
    const RunFolder folder{run_folder};
    const auto fit = fit_of(folder);
    const auto known = truth.empty() ? std::nullopt : std::optional(read_known_graph(truth));
    if (known) require_comparable(*known, *fit);
    const RunOptions run = load_run_options(folder);
    const auto [screen, guides] = load_guided_screen(run.screen, {});
    const Split split = read_split(folder.split(), screen);
    const auto seed = static_cast<std::uint64_t>(run.train.seed);
    const std::filesystem::path cells = predictions_of(folder);
    auto metrics = evaluate_predictions(screen, split, read_predictions(cells, screen), options, seed,
                                        predictions.empty() ? run.model.model : "");
    if (fit) {
      metrics["diagnostics"] = fit->diagnostics;
      add_warnings(fit->warnings, metrics);
    }
    if (known) add_structure(*known, *fit, cells, seed, metrics);
    const std::filesystem::path quality = folder.quality();
    if (!std::filesystem::exists(quality)) write_quality(quality, quality_of(screen, guides));
    write(output.empty() ? folder.metrics() : std::filesystem::path(output), metrics);
  }

  /// What the run says of its latents; a run of an older version says nothing, which only --truth cannot do without.
  std::optional<LearnedGraph> fit_of(const RunFolder& folder) const {
    if (truth.empty() && !std::filesystem::exists(folder.latents())) return std::nullopt;
    return read_learned_graph(folder.latents());
  }

  static void write(const std::filesystem::path& json, const nlohmann::ordered_json& metrics) {
    write_text(json, metrics.dump(1) + "\n");
    write_metrics_tsv(std::filesystem::path(json).replace_extension(".tsv"), metrics);
    std::fputs(summary_text(metrics).c_str(), stdout);
    if (!metrics.contains("structure")) return;
    write_structure_tsv(std::filesystem::path(json).replace_filename(json.stem().string() + "_structure.tsv"),
                        metrics.at("structure"));
    std::fputs(structure_text(metrics.at("structure")).c_str(), stdout);
  }

  /// The file asked for, or the run's own, made anew when the model is newer.
  std::filesystem::path predictions_of(const RunFolder& folder) const {
    if (!predictions.empty()) return predictions;
    const auto file = folder.predictions();
    return is_fresh(file, folder) ? file : model_library().predict(folder, {});
  }
};
}  // namespace

void evaluate_run(const std::string& run_folder) {
  Evaluate evaluate;
  evaluate.run_folder = run_folder;
  evaluate.score();
}

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

}  // namespace gracevae::impl::cli
