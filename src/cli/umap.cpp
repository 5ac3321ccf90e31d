#include <gracevae/run.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Umap {
  explicit Umap(CLI::App& command) : flags(command, {"umap"}) {}
  Flags flags;
  std::string run_folder;
};
}  // namespace

void add_umap(CLI::App& program) {
  auto* command = program.add_subcommand(
      "umap", "Draw control, actual and generated cells of a run together: X_pca and X_umap into its predictions.h5ad");
  const auto state = std::make_shared<Umap>(*command);
  command->add_option("run", state->run_folder, "Run folder")->required()->type_name("RUN");
  command->callback([state] { embed_run(state->run_folder, state->flags.options(), context()); });
}

}  // namespace gracevae::cli
