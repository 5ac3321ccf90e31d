#include <gracevae/prepare.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
constexpr const char* kEscapers = "quality.drop_escapers";
constexpr const char* kLeastProbability = "0.5";  // of --drop-escapers alone

struct Prepare {
  explicit Prepare(CLI::App& command) : flags(command, {"screen", "prepare", "quality"}, {"screen.file", kEscapers}) {}
  Flags flags;
  std::string screen, output;

  void run() {
    flags.set("screen.file", screen);
    print(prepare(output, flags.options(), context()));
  }
};
}  // namespace

void add_prepare(CLI::App& program) {
  auto* command = program.add_subcommand(
      "prepare", "From counts to a screen to train on: filter, normalise, log1p, highly variable genes, DE genes");
  const auto state = std::make_shared<Prepare>(*command);
  command->add_option("screen", state->screen, kScreenHelp)->required();
  command->add_option("-o,--output", state->output, "File to write, .h5ad; FILE.de.tsv is written beside it")
      ->required()
      ->type_name("FILE");
  command
      ->add_option_function<std::string>(
          "--drop-escapers",
          [flags = &state->flags](const std::string& text) {
            flags->set(kEscapers, text.empty() ? kLeastProbability : text);
          },
          Flags::description(kEscapers) + " Alone: 0.5.")
      ->expected(0, 1)
      ->group("[quality]")
      ->type_name("X");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
