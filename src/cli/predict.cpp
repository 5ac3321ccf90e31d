#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "cli/model_library.hpp"
#include "explain/effects.hpp"

namespace gracevae::impl::cli {

namespace {
struct Predict {
  PredictOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::vector<std::string> runs;
  std::string effects;

  void run() {
    flags->apply();
    table.validate();
    if (options.targets.empty() && (runs.size() > 1 || !effects.empty()))
      throw ConfigError(runs.size() > 1 ? "several runs, and no condition to predict" : "--effects without --targets",
                        "name conditions with --targets A+B");
    if (runs.size() > 1 && !options.output.empty())
      throw ConfigError("--output names one file for the cells of several runs",
                        "leave it out: each goes into the folder of its run; --effects names the table over all runs");
    if (runs.size() > 1 && effects.empty())
      throw ConfigError("several runs, and no file for their effects", "name it with --effects FILE.tsv");
    if (options.targets.empty())
      model_library().predict({runs.front()}, options);
    else
      answer();
  }

  /// The cells of every run, effects.tsv over all of them and, of pairs, effects_interactions.tsv.
  void answer() const {
    std::vector<Responses> responses;
    Query query;
    for (const std::string& folder : runs) {
      query = model_library().query({folder}, options);
      responses.push_back(std::move(query.responses));
    }
    const std::filesystem::path file =
        effects.empty() ? beside(query.cells, "_effects.tsv") : std::filesystem::path(effects);
    write_text(file, effects_tsv(responses, query.conditions));
    log::info("effects on every gene in {}", file.string());
    if (std::none_of(query.conditions.begin(), query.conditions.end(),
                     [](const auto& targets) { return targets.size() == 2; }))
      return;
    const std::filesystem::path pairs = beside(file, "_interactions.tsv");
    write_text(pairs, interactions_tsv(responses, query.conditions));
    log::info("interactions of pairs in {}", pairs.string());
  }

 private:
  static std::filesystem::path beside(const std::filesystem::path& file, const std::string& end) {
    return std::filesystem::path(file).replace_filename(file.stem().string() + end);
  }
};
}  // namespace

void add_predict(CLI::App& program) {
  auto* command = program.add_subcommand(
      "predict", "Generate counterfactual cells: the split's test conditions, or any --targets, with effects on genes");
  auto state = std::make_shared<Predict>();
  state->options.bind(state->table);
  command->add_option("runs", state->runs, "Run folder; with --targets several, whose effects are put together")
      ->required()
      ->type_name("RUN");
  command->add_option("-o", state->options.output, "Short for --output")->type_name("FILE");
  command
      ->add_option(
          "--effects", state->effects,
          "Table of effects of --targets on every gene, .tsv; default: beside the cells [needed for several runs]")
      ->type_name("FILE");
  state->flags = std::make_unique<Flags>(*command, state->table);
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
