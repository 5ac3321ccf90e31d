#include <cstdio>
#include <filesystem>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "io/open_cells.hpp"
#include "screen/normalise.hpp"
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
    CellSource cells =
        open_cells(screen.file,
                   {.matrix = screen.matrix, .labels_file = screen.labels_file, .genes_in_rows = screen.genes_in_rows});
    const PrepareReport report = prepare_screen(cells, read_labels(cells), options, output);
    for (const std::string& warning : report.warnings) log::warning("{}: {}", screen.file, warning);
    std::fputs(report_text(report, options).c_str(), stdout);
  }

  PrepareLabels read_labels(const CellSource& cells) const {
    const UnreadScreen read = read_screen_names(cells, screen);
    log::info("labels: {}", read.screen.labels_how);
    for (const std::string& warning : read.screen.warnings) log::warning("{}: {}", screen.file, warning);
    PrepareLabels labels = labels_of(read.screen);
    labels.regime_of_cell.assign(static_cast<std::size_t>(cells.rows->n_rows()), -1);
    for (std::size_t i = 0; i < read.rows.size(); ++i)
      labels.regime_of_cell[static_cast<std::size_t>(read.rows[i])] = read.screen.regime_of_cell[i];
    if (cells.format.starts_with("AnnData")) labels.log1p_base = read_log1p_base();
    return labels;
  }

  /// uns/log1p/base; e where uns/log1p is there without one.
  std::optional<double> read_log1p_base() const {
    const AnnData notes =
        read_anndata(screen.file, {.read_x = false, .read_obsm = false, .read_uns = true, .matrix = screen.matrix});
    const auto base = notes.uns.find("log1p/base");
    if (base != notes.uns.end()) {
      if (const double* real = std::get_if<double>(&base->second)) return *real;
      if (const std::int64_t* whole = std::get_if<std::int64_t>(&base->second)) return static_cast<double>(*whole);
    }
    const auto any = notes.uns.lower_bound("log1p");
    if (any != notes.uns.end() && any->first.starts_with("log1p")) return kNaturalBase;
    return std::nullopt;
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
