#include <gracevae/prepare.hpp>

#include <optional>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "io/log1p_base.hpp"
#include "library/parts.hpp"

namespace gracevae {

namespace {

/// Names of guides are enough for some of it; the rest needs the values, in memory.
void leave_out_cells(const Options::Impl& options, const impl::UnreadScreen& read, const impl::Guides& guides,
                     impl::PrepareLabels& labels) {
  const impl::ScreenOptions& screen = options.run.screen;
  std::optional<impl::Quality> quality;
  if (options.drop.needs_quality())
    quality = impl::quality_of(impl::screen_from_cells(impl::open_screen(screen), screen), guides,
                               options.guides.quality_seed);
  impl::leave_out(labels, impl::cells_to_drop(read.screen, guides, quality ? &*quality : nullptr, options.drop),
                  read.rows);
}

impl::PrepareLabels read_labels(const Options::Impl& options, const impl::CellSource& cells) {
  const impl::ScreenOptions& screen = options.run.screen;
  const std::string& guide_column = options.guides.guide_column;
  std::vector<std::string> columns;
  if (options.drop.any()) columns = impl::guide_columns(cells.obs, guide_column, screen.file);
  const impl::UnreadScreen read = impl::read_screen_names(cells, screen, columns);
  impl::log::info("labels: {}", read.screen.labels_how);
  for (const std::string& warning : read.screen.warnings) impl::log::warning("{}: {}", screen.file, warning);
  impl::PrepareLabels labels = impl::labels_of(read, cells.rows->n_rows());
  if (options.drop.any())
    leave_out_cells(options, read, impl::chosen_guides(read.screen, columns, guide_column), labels);
  impl::CellSourceOptions source{};
  source.modality = screen.modality;
  labels.log1p_base = impl::log1p_base_of(screen.file, source);
  return labels;
}

}  // namespace

std::string prepare(const std::filesystem::path& output, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const Options::Impl& asked = options.impl();
  const impl::ScreenOptions& screen = asked.run.screen;
  asked.prepare.validate();
  std::error_code ignored;
  if (std::filesystem::equivalent(screen.file, output, ignored))
    throw ConfigError({.place = output.string(), .found = "is the input itself"},
                      "write another file with prepare.output");
  impl::CellSource cells = impl::open_screen(screen);
  const impl::PrepareReport report = impl::prepare_screen(cells, read_labels(asked, cells), asked.prepare, output);
  for (const std::string& warning : report.warnings) impl::log::warning("{}: {}", screen.file, warning);
  return impl::report_text(report, asked.prepare);
}

}  // namespace gracevae
