#include <cstdio>
#include <filesystem>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "io/cell_source.hpp"
#include "screen/prepare.hpp"
#include "screen/screen.hpp"

namespace gracevae::cli {

namespace {
struct Prepare {
  ScreenOptions screen;
  PrepareOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string output;

  void run() {
    flags->apply();
    table.validate();
    options.validate();
    std::error_code ignored;
    if (std::filesystem::equivalent(screen.file, output, ignored))
      throw ConfigError(output + ": is the input itself", "write another file with --output");
    const InterruptGuard guard;
    CellSource cells = open_screen(screen);
    const PrepareReport report = prepare_screen(cells, read_labels(cells), options, output);
    for (const std::string& warning : report.warnings) log::warning("{}: {}", screen.file, warning);
    std::fputs(report_text(report, options).c_str(), stdout);
  }

  PrepareLabels read_labels(const CellSource& cells) const {
    const UnreadScreen read = read_screen_names(cells, screen);
    log::info("labels: {}", read.screen.labels_how);
    for (const std::string& warning : read.screen.warnings) log::warning("{}: {}", screen.file, warning);
    PrepareLabels labels = labels_of(read, cells.rows->n_rows());
    if (cells.format.starts_with("AnnData"))
      labels.log1p_base = log1p_base_of(
          read_anndata(screen.file, {.read_x = false, .read_obsm = false, .read_uns = true, .matrix = screen.matrix})
              .uns);
    return labels;
  }
};
}  // namespace

void add_prepare(CLI::App& program) {
  auto* command = program.add_subcommand(
      "prepare", "From counts to a screen to train on: filter, normalise, log1p, highly variable genes, DE genes");
  auto state = std::make_shared<Prepare>();
  state->screen.bind(state->table);
  state->options.bind(state->table);
  command->add_option("screen", state->screen.file, "The screen: .h5ad, a 10x folder, .csv or .tsv")->required();
  command->add_option("-o,--output", state->output, "File to write, .h5ad; FILE.de.tsv is written beside it")
      ->required()
      ->type_name("FILE");
  state->flags = std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file"});
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
