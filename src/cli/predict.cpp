#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "cli/model_library.hpp"

namespace gracevae::cli {

namespace {
struct Predict {
  PredictOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string run_folder;

  void run() {
    flags->apply();
    table.validate();
    model_library().predict({run_folder}, options);
  }
};
}  // namespace

void add_predict(CLI::App& program) {
  auto* command =
      program.add_subcommand("predict", "Generate counterfactual cells: the split's test conditions, or any --targets");
  auto state = std::make_shared<Predict>();
  state->options.bind(state->table);
  command->add_option("run", state->run_folder, "Run folder")->required()->type_name("RUN");
  command->add_option("-o", state->options.output, "Short for --output")->type_name("FILE");
  state->flags = std::make_unique<Flags>(*command, state->table);
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
