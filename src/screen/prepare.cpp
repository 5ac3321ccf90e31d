#include "screen/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/nearest.hpp"
#include "io/frame_rows.hpp"
#include "screen/normalise.hpp"
#include "screen/prepare_output.hpp"
#include "screen/prepare_rows.hpp"
#include "screen/screen.hpp"
#include "stats/count_variance.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

using prepare::Passes;

namespace {

constexpr std::int64_t kTypicalCells = 2000;
constexpr std::size_t kNamesShown = 5;  // in warnings

/// One run: what its steps hand on to each other.
class Preparation {
 public:
  Preparation(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options,
              const std::filesystem::path& output)
      : source_(source), labels_(labels), options_(options), output_(output),
        table_path_(std::filesystem::path(output).replace_extension(".de.tsv")), passes_(source, labels, options) {
    if (options.de_method != "none") table_.emplace(table_path_);
  }

  PrepareReport run() {
    describe_input();
    passes_.filter();
    passes_.measure();
    choose_genes();
    find_groups();
    warn();
    if (options_.scales()) warn_of_totals();
    write();
    return std::move(report_);
  }

 private:
  void describe_input() {
    report_.input = source_.path;
    report_.matrix = source_.matrix;
    report_.output = output_.string();
    report_.n_cells = source_.rows->n_rows();
    report_.n_genes = source_.rows->n_cols();
    report_.left_out = labels_.left_out;
    report_.n_cells_unlabelled = std::count(labels_.regime_of_cell.begin(), labels_.regime_of_cell.end(), -1) -
                                 report_.left_out.n_guide_cells - report_.left_out.n_escapers;
    report_.highly_variable = options_.highly_variable;
    report_.de_method = options_.de_method;
  }

  /// Columns of the input that are written, and their places among the genes kept.
  void choose_genes() {
    found_ = passes_.choose();
    const std::unordered_set<std::string> targets(labels_.targets.begin(), labels_.targets.end());
    const std::vector<std::int32_t>& kept = passes_.genes();
    for (std::size_t place = 0; place < kept.size(); ++place) {
      const bool chosen = found_.chosen.empty() || found_.chosen[place];
      const bool target = targets.contains(labels_.genes[static_cast<std::size_t>(kept[place])]);
      if (!chosen && !(target && options_.keep_targets)) continue;
      columns_.push_back(kept[place]);
      places_.push_back(static_cast<std::int64_t>(place));
      report_.n_targets_written += target;
      report_.n_targets_added += !chosen;
    }
    report_.n_targets_measured = std::count_if(labels_.genes.begin(), labels_.genes.end(),
                                               [&](const std::string& gene) { return targets.contains(gene); });
    report_.n_cells_kept = static_cast<std::int64_t>(passes_.cells().size());
    report_.n_genes_kept = static_cast<std::int64_t>(kept.size());
    report_.n_genes_written = static_cast<std::int64_t>(columns_.size());
    report_.n_highly_variable = found_.n_chosen();
    report_.cut_off = found_.cut_off;
    if (options_.scales()) report_.total = passes_.totals().scaled_to();
    report_.min_genes = passes_.thresholds().min_genes;
    report_.min_cells = passes_.thresholds().min_cells;
    report_.thresholds_why = passes_.thresholds().why;
    for (const std::int32_t gene : passes_.totals().dominant())
      report_.dominant.push_back(labels_.genes[static_cast<std::size_t>(gene)]);
  }

  void warn() {
    report_.warnings = passes_.warnings();
    if (options_.no_normalise && passes_.values().are_counts())
      report_.warnings.push_back(
          "all values are whole numbers of at least 0, like counts: with prepare.no_normalise they are taken for log1p values");
    if (options_.de_method == "none" && std::filesystem::exists(table_path_))
      report_.warnings.push_back(fmt::format("{} is of an earlier run: no test was asked for", table_path_.string()));
    if (options_.scales() && labels_.log1p_base && source_.matrix == "X")
      report_.warnings.push_back(
          "uns/log1p says that the values were log-transformed, but all are whole numbers: they were taken for counts");
    const bool asked = options_.n_top_genes != PrepareOptions{}.n_top_genes || report_.n_genes >= options_.n_top_genes;
    if (report_.highly_variable == "none" || report_.n_highly_variable >= options_.n_top_genes || !asked) return;
    report_.warnings.push_back(fmt::format("{} highly variable genes were asked for, but {} of {} genes kept vary: {}",
                                           options_.n_top_genes, report_.n_highly_variable, report_.n_genes_kept,
                                           "these are written"));
  }

  /// Where totals are no measure of depth, what is scaled by them is wrong for all genes.
  void warn_of_totals() {
    const bool given = !options_.size_factors.empty();
    const auto dominant = given ? std::nullopt : prepare::dominant_gene(passes_.totals().of_genes());
    const bool left_out =
        dominant && std::ranges::count(passes_.totals().dominant(), static_cast<std::int32_t>(dominant->gene)) > 0;
    const std::string column =
        given ? std::string() : prepare::other_totals(source_, passes_.cells(), passes_.totals().of_cells());
    std::string remedies =
        column.empty()
            ? "prepare.size_factors COLUMN takes totals that do not depend on these genes, where obs has them"
            : fmt::format("prepare.size_factors {} takes the totals that obs has", column);
    if (dominant && !left_out) {
      const std::string& gene = labels_.genes[dominant->gene];
      if (dominant->leaves_out)
        remedies = fmt::format("prepare.dominant_share {:g} leaves {} out of the totals, {}", *dominant->leaves_out,
                               gene, remedies);
      report_.warnings.push_back(
          fmt::format("gene {} holds {:.0f} % of all counts: where a condition changes it, all other genes seem to "
                      "change the other way; {}",
                      gene, 100 * dominant->share, remedies));
    }
    const auto moved =
        prepare::moved_totals(passes_.totals().of_cells(), groups_, labels_.regimes, options_.de_min_cells);
    if (moved.empty()) return;
    std::vector<std::string> names;
    for (const prepare::MovedTotal& one : moved) names.push_back(fmt::format("{} {:.2f}", one.label, one.ratio));
    if (given)
      remedies =
          fmt::format("obs column '{}' says so itself: cells may differ in size, not in depth", options_.size_factors);
    report_.warnings.push_back(fmt::format(
        "total counts differ from control's by a fifth or more in {} of {} conditions (times control's: {}): scaled to one "
        "total, all genes that did not change with it seem to change the other way; {}",
        moved.size(), labels_.regimes.size() - 1, first_few(names, kNamesShown), remedies));
  }

  void find_groups() {
    for (const std::int64_t cell : passes_.cells())
      groups_.push_back(labels_.regime_of_cell[static_cast<std::size_t>(cell)]);
    const auto n_control = std::count(groups_.begin(), groups_.end(), 0);
    if (options_.de_method == "none" || n_control >= 2) return;
    throw InputError({.place = source_.path,
                      .found = fmt::format("{} control cells are left of {}", n_control,
                                           std::count(labels_.regime_of_cell.begin(), labels_.regime_of_cell.end(), 0)),
                      .expected = "at least 2 to test against"},
                     "a smaller prepare.min_genes keeps more, or leave the test out with prepare.de_method none");
  }

  void write() {
    DataFrame var = rows_of(source_.var, {columns_.begin(), columns_.end()});
    prepare::add_choice(var, found_, places_);
    AnnDataWriter writer;
    writer.start(output_, var);
    const bool tests = options_.de_method != "none";
    CsrMatrix<float> typical;  // some of the rows
    typical.n_cols = report_.n_genes_written;
    const std::int64_t step = std::max<std::int64_t>(1, report_.n_cells_kept / kTypicalCells);
    GroupMoments moments(tests ? static_cast<std::int64_t>(labels_.regimes.size()) : 0, report_.n_genes_written);
    passes_.rows(columns_, "writing")([&](std::int64_t first, const CsrMatrix<float>& rows) {
      writer.append(rows);
      for (std::int64_t i = (step - first % step) % step; i < rows.n_rows; i += step)
        append_row(CsrView<float>(rows), i, typical);
      if (tests)
        moments.add_rows(rows, std::span(groups_).subspan(static_cast<std::size_t>(first),
                                                          static_cast<std::size_t>(rows.n_rows)));
    });
    AnnDataWriter::Rest rest{.obs = rows_of(source_.obs, passes_.cells())};
    add_notes(rest.uns);
    const std::string group_column = prepare::add_regimes(rest.obs, labels_, groups_);
    if (tests) add_tests(std::move(moments), one_count_of(typical), group_column, rest);
    writer.finish(rest);
    if (table_) table_->commit();
  }

  void add_notes(Uns& uns) const {
    uns["log1p/base"] = log_base();
    if (options_.highly_variable != "none") uns["hvg/flavor"] = options_.highly_variable;
    PrepareOptions copy = options_;
    copy.min_genes = report_.min_genes;
    copy.min_cells = report_.min_cells;
    OptionTable table;
    copy.bind(table);
    uns["gracevae/prepare"] = table.to_json().dump();
    if (!labels_.left_out.record.empty()) uns["gracevae_quality"] = labels_.left_out.record;
  }

  /// What one count is in the values written: exact where they were counts.
  double one_count_of(const CsrMatrix<float>& typical) const {
    if (options_.scales()) {
      const double depth = median_of_positive(passes_.totals().of_cells());
      return depth > 0 ? std::log1p(passes_.totals().scaled_to() / depth) : 0;
    }
    return passes_.values().values().n_negative > 0 ? 0 : one_count_log1p(typical);
  }

  void add_tests(GroupMoments moments, double one_count, const std::string& group_column, AnnDataWriter::Rest& rest) {
    DifferentialOptions options{.method = options_.de_method,
                                .variance_floor = options_.variance_floor,
                                .one_count = one_count,
                                .log_base = log_base(),
                                .min_cells = options_.de_min_cells};
    options.wilcoxon.tie_correct = !options_.no_tie_correction;
    options.wilcoxon.block_bytes = options_.wilcoxon_memory << 20;
    const DifferentialTests tests(std::move(moments), options, passes_.rows(columns_, "ranking"), groups_);
    const prepare::GeneNames names = written_names();
    prepare::DifferentialOutput output(labels_, names, options_);
    output.write(tests, table_->temporary(), report_);
    report_.table = table_path_.string();
    rest.uns.merge(output.take_records(group_column));
  }

  prepare::GeneNames written_names() const {
    prepare::GeneNames names;
    for (const std::int32_t column : columns_) {
      names.symbols.push_back(labels_.genes[static_cast<std::size_t>(column)]);
      names.ids.push_back(source_.var.index[static_cast<std::size_t>(column)]);
    }
    return names;
  }

  double log_base() const { return options_.no_normalise ? labels_.log1p_base.value_or(kNaturalBase) : kNaturalBase; }

  CellSource& source_;
  const PrepareLabels& labels_;
  const PrepareOptions& options_;
  std::filesystem::path output_, table_path_;
  Passes passes_;
  std::optional<AtomicFile> table_;  ///< the long table, made first: where it cannot be, nothing is read
  HighlyVariable found_;
  std::vector<std::int32_t> columns_, groups_;
  std::vector<std::int64_t> places_;
  PrepareReport report_;
};

}  // namespace

PrepareLabels labels_of(const Screen& screen) {
  PrepareLabels labels;
  for (const Regime& regime : screen.regimes) labels.regimes.push_back(regime.label);
  labels.regime_of_cell = screen.regime_of_cell;
  labels.column = screen.dialect.column;
  labels.are_guides = screen.labels_are_guides;
  labels.genes = screen.genes;
  labels.targets = targets_of(screen);
  return labels;
}

PrepareLabels labels_of(const UnreadScreen& unread, std::int64_t n_rows) {
  PrepareLabels labels = labels_of(unread.screen);
  labels.regime_of_cell.assign(static_cast<std::size_t>(n_rows), -1);
  for (std::size_t i = 0; i < unread.rows.size(); ++i)
    labels.regime_of_cell[static_cast<std::size_t>(unread.rows[i])] = unread.screen.regime_of_cell[i];
  return labels;
}

PrepareReport prepare_screen(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options,
                             const std::filesystem::path& output) {
  options.validate();
  { const AtomicFile check(output); }  // refuses a folder that is not there, which the next line would make
  require_writable_folder(output.has_parent_path() ? output.parent_path() : std::filesystem::path("."));
  GRACEVAE_CHECK(labels.genes.size() == static_cast<std::size_t>(source.rows->n_cols()), "a name for every gene");
  return Preparation(source, labels, options, output).run();
}

}  // namespace gracevae::impl
