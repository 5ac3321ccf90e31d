#include <filesystem>

#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "cli/model_library.hpp"
#include "explain/cell_embedding.hpp"

namespace gracevae::impl::cli {

namespace {
struct Umap {
  EmbeddingOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string run_folder;

  void run() {
    flags->apply();
    table.validate();
    options.validate();
    const std::filesystem::path file = predictions_of({run_folder});
    const InterruptGuard guard;
    CellSource cells = open_anndata(file, {});
    const CellEmbedding embedding = embed_cells(cells, options);
    write_embedding(file, embedding, options);
    log::info("X_pca and X_umap of {} of {} cells in {}", embedding.rows.size(), embedding.n_cells, file.string());
  }

  /// The run's own, made when it is missing or older than the model.
  static std::filesystem::path predictions_of(const RunFolder& folder) {
    const auto file = folder.predictions(), model = folder.model();
    const bool fresh = std::filesystem::exists(file) &&
                       (!std::filesystem::exists(model) ||
                        std::filesystem::last_write_time(file) >= std::filesystem::last_write_time(model));
    return fresh ? file : model_library().predict(folder, {});
  }
};
}  // namespace

void add_umap(CLI::App& program) {
  auto* command = program.add_subcommand(
      "umap", "Draw control, actual and generated cells of a run together: X_pca and X_umap into its predictions.h5ad");
  auto state = std::make_shared<Umap>();
  state->options.bind(state->table);
  command->add_option("run", state->run_folder, "Run folder")->required()->type_name("RUN");
  state->flags = std::make_unique<Flags>(*command, state->table);
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
