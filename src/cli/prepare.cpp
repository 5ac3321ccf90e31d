#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "io/cell_source.hpp"
#include "io/log1p_base.hpp"
#include "screen/prepare.hpp"
#include "screen/quality_drop.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl::cli {

namespace {
constexpr const char* kEscapers = "quality.drop_escapers";
constexpr const char* kLeastProbability = "0.5";  // of --drop-escapers alone

struct Prepare {
  ScreenOptions screen;
  PrepareOptions options;
  GuideOptions guides;
  DropOptions drop;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string output;
  std::string escapers;  ///< what --drop-escapers was given

  void run() {
    flags->apply();
    if (!escapers.empty()) table.find(kEscapers)->set_text(escapers, "--drop-escapers");
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
    const std::vector<std::string> columns =
        drop.any() ? guide_columns(cells.obs, guides.guide_column, screen.file) : std::vector<std::string>{};
    const UnreadScreen read = read_screen_names(cells, screen, columns);
    log::info("labels: {}", read.screen.labels_how);
    for (const std::string& warning : read.screen.warnings) log::warning("{}: {}", screen.file, warning);
    PrepareLabels labels = labels_of(read, cells.rows->n_rows());
    if (drop.any()) leave_out_cells(read, chosen_guides(read.screen, columns, guides.guide_column), labels);
    labels.log1p_base = log1p_base_of(screen.file, {.modality = screen.modality});
    return labels;
  }

  /// Names of guides are enough for some of it; the rest needs the values, in memory.
  void leave_out_cells(const UnreadScreen& read, const Guides& known, PrepareLabels& labels) const {
    std::optional<Quality> quality;
    if (drop.needs_quality())
      quality = quality_of(screen_from_cells(open_screen(screen), screen), known, guides.quality_seed);
    leave_out(labels, cells_to_drop(read.screen, known, quality ? &*quality : nullptr, drop), read.rows);
  }
};
}  // namespace

void add_prepare(CLI::App& program) {
  auto* command = program.add_subcommand(
      "prepare", "From counts to a screen to train on: filter, normalise, log1p, highly variable genes, DE genes");
  auto state = std::make_shared<Prepare>();
  state->screen.bind(state->table);
  state->options.bind(state->table);
  state->guides.bind(state->table);
  state->drop.bind(state->table);
  command->add_option("screen", state->screen.file, "The screen: .h5ad, a 10x folder, a table, … (docs/your-data.md)")
      ->required();
  command->add_option("-o,--output", state->output, "File to write, .h5ad; FILE.de.tsv is written beside it")
      ->required()
      ->type_name("FILE");
  state->flags = std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file", kEscapers});
  command
      ->add_option_function<std::string>(
          "--drop-escapers",
          [escapers = &state->escapers](const std::string& text) {
            *escapers = text.empty() ? kLeastProbability : text;
          },
          state->table.find(kEscapers)->help + " Alone: 0.5.")
      ->expected(0, 1)
      ->group("[quality]")
      ->type_name("X");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
