#include <filesystem>

#include <gracevae/effects.hpp>
#include <gracevae/errors.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
bool is_run(const std::filesystem::path& source) { return std::filesystem::exists(source / "options.toml"); }

struct Effects {
  explicit Effects(CLI::App& command) : flags(command, {"effects", "screen"}, {"screen.file", "screen.packed"}) {}
  Flags flags;
  std::string source, folder;

  void run() {
    const Options options = flags.options();
    const auto is_given = [&](const char* key) { return options.get(key) != Options().get(key); };
    const bool validates = is_given("effects.cross_validate"), predicts = is_given("effects.targets") ||
                                                                          is_given("effects.all_targets") ||
                                                                          is_given("effects.all_pairs");
    if (predicts && folder.empty() && is_run(source)) folder = (std::filesystem::path(source) / "effects").string();
    if (predicts && folder.empty()) throw ConfigError("no folder for the predicted effects", "name one with -o FOLDER");
    if (validates) print(cross_validate_effects(source, folder, options, context()));
    if (predicts || !validates) print(predict_effects(source, folder, options, context()));
  }
};
}  // namespace

void add_effects(CLI::App& program) {
  auto* command =
      program.add_subcommand("effects",
                             "Predict effects of targets and pairs that were not measured, with intervals and sources");
  const auto state = std::make_shared<Effects>(*command);
  command
      ->add_option("source", state->source,
                   "Measured effects: a screen, a run's folder, or a table with a row a condition (docs/effects.md)")
      ->required();
  command
      ->add_option("-o,--output", state->folder,
                   "Folder to write into; default for a run: its own folder effects, which the report shows")
      ->type_name("FOLDER");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
