#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "base/runtime.hpp"
#include "io/table.hpp"
#include "screen/prepare.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kNamesShown = 5;

std::string cells_text(const PrepareReport& report) {
  const std::int64_t n_few = report.n_cells - report.n_cells_unlabelled - report.left_out.n_guide_cells -
                             report.left_out.n_escapers - report.n_cells_kept;
  std::string text = fmt::format("{} kept", report.n_cells_kept);
  if (report.n_cells_unlabelled > 0) text += fmt::format(", {} without a label left out", report.n_cells_unlabelled);
  if (report.min_genes > 0) text += fmt::format(", {} with fewer than {} genes left out", n_few, report.min_genes);
  return text;
}

std::string quality_text(const LeftOutCells& left_out) {
  return fmt::format("{} cells of {} guides left out, {} cells of {} labels that look like control left out",
                     left_out.n_guide_cells, left_out.n_guides, left_out.n_escapers, left_out.n_labels);
}

std::string genes_text(const PrepareReport& report) {
  std::string text = fmt::format("{} kept", report.n_genes_kept);
  if (report.min_cells > 0)
    text += fmt::format(", {} in fewer than {} cells left out", report.n_genes - report.n_genes_kept, report.min_cells);
  return text;
}

std::string scale_text(const PrepareReport& report, const PrepareOptions& options) {
  if (options.no_normalise) return "as it was";
  if (options.log_only) return "log1p of the values, which were not scaled";
  std::string text =
      fmt::format("log1p of counts scaled to {:g} a cell{}", report.total, options.total == 0 ? ", the median" : "");
  if (!options.size_factors.empty()) text += fmt::format(" of obs column '{}'", options.size_factors);
  if (!report.dominant.empty())
    text += fmt::format(" without {} genes that hold more than {:g} of a cell's counts ({})", report.dominant.size(),
                        options.dominant_share, first_few(report.dominant, kNamesShown));
  return text;
}

std::string choice_text(const PrepareReport& report) {
  if (report.highly_variable == "none") return "not asked for: all genes kept are written";
  return fmt::format("{} ({}; standardised {} of the last one {:.4g})", report.n_highly_variable,
                     report.highly_variable, report.highly_variable == "seurat" ? "dispersion" : "variance",
                     report.cut_off);
}

std::string tests_text(const PrepareReport& report, const PrepareOptions& options) {
  if (report.de_method == "none") return "not asked for";
  std::vector<std::int64_t> counts = report.de_counts;
  std::sort(counts.begin(), counts.end());
  std::string text = fmt::format("{}, {} conditions", report.de_method, counts.size());
  if (!counts.empty())
    text += fmt::format(", at FDR 0.05 min {} / median {} / max {}", counts.front(),
                        (counts[(counts.size() - 1) / 2] + counts[counts.size() / 2]) / 2, counts.back());
  if (!report.untested.empty())
    text += fmt::format("; {} of fewer than {} cells not tested ({})", report.untested.size(), options.de_min_cells,
                        first_few(report.untested, kNamesShown));
  return text;
}

}  // namespace

std::string report_text(const PrepareReport& report, const PrepareOptions& options) {
  Table table;
  table.columns = {"step", "result"};
  const auto add = [&](const char* step, std::string text) { table.rows.push_back({step, std::move(text)}); };
  add("input",
      fmt::format("{} of {}: {} cells x {} genes", report.matrix, report.input, report.n_cells, report.n_genes));
  if (!report.left_out.record.empty()) add("quality", quality_text(report.left_out));
  if (!report.thresholds_why.empty()) add("taken for", report.thresholds_why);
  add("cells", cells_text(report));
  add("genes", genes_text(report));
  add("scale", scale_text(report, options));
  add("highly variable", choice_text(report));
  add("targets",
      fmt::format("{} of {} measured ones written{}", report.n_targets_written, report.n_targets_measured,
                  report.n_targets_added > 0 ? fmt::format(", {} of them not highly variable", report.n_targets_added)
                                             : ""));
  add("DE genes", tests_text(report, options));
  add("written", fmt::format("{}: {} cells x {} genes{}", report.output, report.n_cells_kept, report.n_genes_written,
                             report.has_records ? ", DE genes in uns/rank_genes_groups" : ""));
  if (!report.table.empty())
    add("", report.table + (options.de_genes > 0 ? fmt::format(": the first {} DE genes a condition", options.de_genes)
                                                 : std::string(": all genes of every condition")));
  add("peak memory", fmt::format("{:.0f} MB", static_cast<double>(peak_memory()) / 1e6));
  return to_text(table);
}

}  // namespace gracevae::impl
