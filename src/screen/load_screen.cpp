#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "base/plain_text.hpp"
#include "base/shell.hpp"
#include "io/anndata.hpp"
#include "io/lines.hpp"
#include "io/mapped_cells.hpp"
#include "io/open_cells.hpp"
#include "screen/control_words.hpp"
#include "screen/describe.hpp"
#include "screen/gene_names.hpp"
#include "screen/gene_rows.hpp"
#include "screen/guide_calls.hpp"
#include "screen/guide_counts.hpp"
#include "screen/label_detection.hpp"
#include "screen/packed_screen.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kNamesShown = 5;  // in messages
constexpr std::size_t kExamples = 3;    // of each kind of label
constexpr const char* kSymbolColumn = "gene_symbols";

/// The names that stand more than once, each said once, in order of their second appearance.
std::vector<std::string> repeated_names(const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, int> seen;
  seen.reserve(names.size());
  std::vector<std::string> repeated;
  for (const auto& name : names)
    if (++seen[name] == 2) repeated.push_back(name);
  return repeated;
}

// ---- genes and cells ----

/// Names come into every file that is written.
void check_text(const std::vector<std::string>& names, const std::string& place, const char* what) {
  const auto found = std::find_if(names.begin(), names.end(), [](const auto& name) { return !is_plain_text(name); });
  if (found != names.end())
    throw InputError({.place = place,
                      .found = fmt::format("{} {} is '{}'", what, found - names.begin() + 1, escaped_text(*found)),
                      .expected = "UTF-8 without control characters"},
                     "write the file again with another name in its place");
}

void check_genes(const Screen& screen) {
  if (screen.genes.empty()) throw InputError({.place = screen.source, .found = "no genes"});
  const auto repeated = repeated_names(screen.genes);
  if (!repeated.empty())
    throw InputError({.place = screen.source,
                      .found = fmt::format("{} gene names are repeated: {}", repeated.size(),
                                           first_few(repeated, kNamesShown, "'"))},
                     fmt::format("say that this column names the genes: screen.gene_column {}",
                                 screen.gene_column.empty() ? "index" : shell_word(screen.gene_column)));
}

void check_cells(const Screen& screen) {
  const auto repeated = repeated_names(screen.cells);
  if (!repeated.empty())
    throw InputError({.place = screen.source,
                      .found = fmt::format("obs index: {} cell names are repeated: {}", repeated.size(),
                                           first_few(repeated, kNamesShown, "'"))},
                     "give every cell its own name (in Python: adata.obs_names_make_unique())");
}

// ---- labels ----

/// A column of names that are Ensembl ids: targets may be given by them.
bool is_id_column(const Column& column) {
  return is_text(column) && gene_name_kind(column_as_strings(column)) == "Ensembl ids";
}

/// "'' (3 cells), '*' (12 cells)"
std::string words_text(const std::map<std::string, std::int64_t>& words) {
  std::vector<std::string> shown;
  for (const auto& [word, n] : words) shown.push_back(fmt::format("'{}' ({} cells)", word, n));
  return first_few(shown, kNamesShown);
}

/// Rows of the cells that have a label; all of them unless some are missing and may be left out.
std::vector<std::int64_t> labelled_cells(const std::vector<std::string>& labels, const LabelParser& parser,
                                         const ScreenOptions& options, Screen& screen, const std::string& place) {
  std::vector<std::int64_t> kept;
  std::map<std::string, std::int64_t> words;
  std::size_t first_missing = labels.size();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!parser.is_missing(labels[i])) {
      kept.push_back(static_cast<std::int64_t>(i));
      continue;
    }
    ++words[std::string(trim(labels[i]))];
    first_missing = std::min(first_missing, i);
  }
  const std::size_t n_missing = labels.size() - kept.size();
  if (n_missing == 0) return kept;
  LabelKind left_out{"no label", std::ssize(words), static_cast<std::int64_t>(n_missing), {}};
  for (const auto& entry : words)
    if (left_out.examples.size() < kExamples) left_out.examples.push_back(fmt::format("'{}'", entry.first));
  const bool called = !options.guide_calls.empty() || !options.guide_counts.empty();
  if (options.missing_labels == "drop" || called) {
    screen.label_kinds.push_back(std::move(left_out));
    screen.warnings.push_back(
        fmt::format("{} of {} cells have no label and are left out: {}", n_missing, labels.size(), words_text(words)));
    return kept;
  }
  const bool halves_differ = parser.dialect().doubled && labels[first_missing].find("__") != std::string::npos;
  if (halves_differ)
    throw InputError({.place = place,
                      .found = fmt::format(
                          "cell '{}': the two halves of '{}' differ ({} such cells or cells without a label in all)",
                          screen.cells[first_missing], labels[first_missing], n_missing)},
                     "leave them out with screen.missing_labels drop");
  throw InputError({.place = place,
                    .found = fmt::format("cell '{}' has no label ({} such cells in all: {})",
                                         screen.cells[first_missing], n_missing, words_text(words))},
                   "leave them out with screen.missing_labels drop");
}

template <class T>
void keep_rows(std::vector<T>& values, const std::vector<std::int64_t>& rows) {
  std::vector<T> kept;
  kept.reserve(rows.size());
  for (const std::int64_t row : rows) kept.push_back(std::move(values[static_cast<std::size_t>(row)]));
  values = std::move(kept);
}

void keep_rows(CsrMatrix<float>& x, const std::vector<std::int64_t>& rows) {
  CsrMatrix<float> kept;
  kept.n_cols = x.n_cols;
  for (const std::int64_t row : rows) append_rows(x, row, row + 1, kept);
  x = std::move(kept);
}

/// `option`: what names the columns.
void keep_columns(Screen& screen, const DataFrame& obs, const std::vector<std::string>& names,
                  const std::string& option) {
  for (const auto& name : names) {
    const Column* column = obs.find(name);
    if (!column)
      throw InputError({.place = screen.source, .found = fmt::format("obs has no column '{}' ({})", name, option)},
                       nearest_hint(name, obs.names()));
    screen.kept[name] = column_as_strings(*column);
    check_text(screen.kept[name], fmt::format("{}: obs column '{}'", screen.source, name), "row");
  }
}

/// The covariates that the options name, and the columns that they do not name but could.
void settle_covariates(Screen& screen, const CellSource& source, const ScreenOptions& options,
                       const std::vector<std::int64_t>& rows) {
  screen.covariates = read_covariates(options, screen.kept, screen.cells, screen.regime_of_cell, screen.dialect.column,
                                      screen.warnings);
  std::vector<std::string> taken{screen.dialect.column};
  taken.insert(taken.end(), options.covariates.begin(), options.covariates.end());
  taken.insert(taken.end(), options.continuous_covariates.begin(), options.continuous_covariates.end());
  screen.covariate_candidates = covariate_candidates(source.obs, rows, screen.regime_of_cell, taken);
  for (const CovariateCandidate& candidate : screen.covariate_candidates)
    if (candidate.associated && candidate.by_design)
      screen.warnings.push_back(
          fmt::format("perturbations and obs column {}. Effects against all control cells carry that difference: give "
                      "screen.covariates {}",
                      candidate_text(candidate), candidate.column));
}

/// Targets under the names of the genes that they are, or their symbols of today, sorted and without repeats.
class TargetNames {
 public:
  explicit TargetNames(Screen& screen) : screen_(screen), genes_(screen.genes, screen.aliases.get()) {}

  std::vector<std::string> of(std::vector<std::string> targets) {
    for (std::string& target : targets) target = name_of(target);
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    return targets;
  }

 private:
  std::string name_of(const std::string& target) {
    const GeneAliases* aliases = screen_.aliases.get();
    const std::int64_t gene = genes_.find(target);
    std::string now = gene >= 0 ? screen_.genes[static_cast<std::size_t>(gene)]
                      : aliases ? std::string(aliases->symbol_of(target))
                                : target;
    if (!aliases) return now;
    if (now != target)
      screen_.renamed.read_as[target] = now;
    else if (auto others = aliases->others_of(target); !others.empty())
      screen_.renamed.not_applied[target] = std::move(others);
    return now;
  }

  Screen& screen_;
  GeneIndex genes_;
};

/// Counts what was decided of labels.
class LabelKinds {
 public:
  void add(const std::string& label, const LabelReading& reading, const std::vector<std::string>& targets,
           std::int64_t n_cells) {
    const std::string read_as = fmt::format("{} → {}", label, label_of(targets));
    if (targets.empty()) add("control", fmt::format("'{}'", label), n_cells);
    if (!reading.guides.empty()) add("guides", read_as, n_cells);
    if (targets.size() > 1) add("combinations", read_as, n_cells);
    if (reading.n_control > 0 && !targets.empty()) add("beside control", read_as, n_cells);
  }
  std::vector<LabelKind> take() { return std::move(kinds_); }

 private:
  void add(const char* kind, std::string example, std::int64_t n_cells) {
    auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const LabelKind& k) { return k.kind == kind; });
    if (found == kinds_.end()) found = kinds_.insert(found, LabelKind{kind, 0, 0, {}});
    ++found->n_labels;
    found->n_cells += n_cells;
    if (found->examples.size() < kExamples) found->examples.push_back(std::move(example));
  }

  std::vector<LabelKind> kinds_;
};

/// A target called control would be the same regime by name.
void check_not_control(const std::vector<std::string>& targets, const std::string& label, const std::string& control,
                       const std::string& place) {
  const std::string word = label_of({});
  if (std::find(targets.begin(), targets.end(), word) == targets.end()) return;
  throw InputError({.place = place,
                    .found = fmt::format("label '{}' has the target '{}', but control is '{}'", label, word, control)},
                   control.empty()
                       ? "rename the label"
                       : fmt::format("take both for control with screen.control '{},{}', or rename the label", control,
                                     word));
}

/// Fills regimes, regime_of_cell and label_kinds.
void assign_regimes(Screen& screen, const std::vector<std::string>& labels, const LabelParser& parser,
                    const std::string& place) {
  TargetNames names(screen);
  screen.labels_are_canonical = true;
  std::map<std::string, std::vector<std::int64_t>> cells_of_label;
  for (std::size_t i = 0; i < labels.size(); ++i) cells_of_label[labels[i]].push_back(static_cast<std::int64_t>(i));
  std::map<std::vector<std::string>, std::vector<std::int64_t>> cells_of;
  LabelKinds kinds;
  for (const auto& [label, cells] : cells_of_label) {
    const LabelReading reading = parser.read(label, place);
    const std::vector<std::string> targets = names.of(reading.targets);
    check_not_control(targets, label, screen.dialect.control, place);
    screen.labels_are_canonical &= label_of(targets) == label;
    screen.labels_are_guides |= !reading.guides.empty();
    kinds.add(label, reading, targets, std::ssize(cells));
    std::vector<std::int64_t>& all = cells_of[targets];
    all.insert(all.end(), cells.begin(), cells.end());
  }
  for (auto& entry : cells_of) std::sort(entry.second.begin(), entry.second.end());
  std::vector<LabelKind> found = kinds.take();
  screen.label_kinds.insert(screen.label_kinds.begin(), std::make_move_iterator(found.begin()),
                            std::make_move_iterator(found.end()));
  for (auto& [targets, cells] : cells_of) screen.regimes.push_back({label_of(targets), targets, std::move(cells)});
  std::stable_sort(screen.regimes.begin(), screen.regimes.end(), [](const Regime& a, const Regime& b) {
    const auto kind = [](const Regime& r) { return std::min<std::size_t>(r.targets.size(), 2); };
    return kind(a) != kind(b) ? kind(a) < kind(b) : a.label < b.label;
  });
  screen.regime_of_cell.resize(labels.size());
  for (std::size_t k = 0; k < screen.regimes.size(); ++k)
    for (const std::int64_t cell : screen.regimes[k].cells)
      screen.regime_of_cell[static_cast<std::size_t>(cell)] = static_cast<std::int32_t>(k);
}

// ---- warnings ----

/// The flags with which another command reads the same screen: " --matrix layers/counts --control NT".
std::string reading_flags(const Screen& screen, const ScreenOptions& options) {
  std::string flags;
  for (const std::string& name : screen.matrices)
    if (name != "X" && is_read(screen.matrix, name)) flags += " --matrix " + shell_word(name);
  const auto add = [&](const char* flag, const std::string& value, std::string_view usual) {
    if (value != usual) flags += fmt::format(" {} {}", flag, shell_word(value));
  };
  add("--labels-file", options.labels_file, "");
  if (options.genes_in_rows) flags += " --genes-in-rows";
  add("--label-column", options.label_column, "auto");
  add("--control", options.control, "auto");
  add("--separator", options.separator, "auto");
  add("--missing-labels", options.missing_labels, "error");
  add("--gene-column", options.gene_column, "");
  add("--repeated-genes", options.repeated_genes, "sum");
  add("--cell-list", options.cell_list, "");
  add("--gene-list", options.gene_list, "");
  add("--modality", options.modality, "");
  add("--cell-names", options.cell_names, "auto");
  add("--guides", options.guides, "auto");
  add("--guide-calls", options.guide_calls, "");
  add("--guide-counts", options.guide_counts, "");
  add("--guide-list", options.guide_list, "");
  add("--guide-rule", options.guide_rule, "auto");
  add("--covariates", fmt::format("{}", fmt::join(options.covariates, ",")), "");
  add("--continuous-covariates", fmt::format("{}", fmt::join(options.continuous_covariates, ",")), "");
  add("--guide-min-umis", std::to_string(options.guide_min_umis), std::to_string(ScreenOptions{}.guide_min_umis));
  return flags;
}

void warn_of_values(Screen& screen, const ScreenOptions& options) {
  const StoredValues values = screen.values();
  const ValueSummary summary = summarise_values(values, screen.n_cells(), screen.n_genes());
  if (summary.scale == ValueScale::negative) {
    screen.warnings.push_back(
        fmt::format("X holds {} negative values (the smallest is {:.4g}): they are used as they are", values.n_negative,
                    summary.smallest));
  } else if (summary.scale == ValueScale::counts) {
    screen.warnings.push_back(
        fmt::format("X holds whole numbers only (up to {:.4g}), like raw counts: values on a log1p scale are expected",
                    summary.largest));
  } else if (summary.scale == ValueScale::linear) {
    screen.warnings.push_back(fmt::format(
        "X holds linear values (not whole, up to {:.4g}), normalised but not logged: values on a log1p scale are expected. "
        "This logs them: gracevae prepare {}{} --log-only -o OUTPUT.h5ad",
        summary.largest, shell_word(screen.source), reading_flags(screen, options)));
  }
}

void warn_of_targets(Screen& screen) {
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    if (regime.targets.size() != 1) continue;
    const ControlKind kind = control_kind(regime.targets[0]);
    const bool measured = std::find(screen.genes.begin(), screen.genes.end(), regime.targets[0]) != screen.genes.end();
    if (kind == ControlKind::guide || (kind == ControlKind::cells && !measured))
      screen.warnings.push_back(fmt::format(
          "label '{}' ({} cells) looks like control but is read as a target; control is '{}' (screen.control)",
          regime.label, regime.cells.size(), screen.dialect.control));
  }
}

/// Ensembl ids on one side only, where that leaves most targets without a gene.
void warn_of_names(Screen& screen) {
  const std::vector<std::string> unmeasured = unmeasured_targets(screen);
  if (2 * unmeasured.size() <= targets_of(screen).size()) return;
  if (const NameMismatch mismatch = name_mismatch(screen, unmeasured, "targets"); !mismatch.found.empty())
    screen.warnings.push_back(fmt::format("{}: they cannot be matched; {}", mismatch.found, mismatch.hint));
}

/// Targets that are genes but for upper and lower case, as human symbols beside mouse genes are.
void warn_of_case(Screen& screen) {
  std::unordered_map<std::string, std::string> gene_of;
  for (const std::string& gene : screen.genes) gene_of.emplace(lower_case(gene), gene);
  std::vector<std::string> shown;
  for (const std::string& target : unmeasured_targets(screen))
    if (const auto found = gene_of.find(lower_case(target)); found != gene_of.end())
      shown.push_back(fmt::format("{} (gene {})", target, found->second));
  if (!shown.empty())
    screen.warnings.push_back(fmt::format(
        "{} targets are written unlike genes in upper and lower case only, and are not matched with them: {}. Write them "
        "alike, or give a table of the two names with screen.aliases",
        shown.size(), first_few(shown, kNamesShown)));
}

/// Genes that are Ensembl ids get the symbols of the table, as a column of var that other readers find too.
void name_ids(Screen& screen) {
  std::vector<std::string> names;
  for (const std::string& gene : screen.genes) names.emplace_back(screen.aliases->symbol_of(gene));
  const std::vector<std::string> repeated = repeated_names(names);
  const std::unordered_set<std::string_view> shared(repeated.begin(), repeated.end());
  for (std::size_t i = 0; i < names.size(); ++i)
    if (shared.contains(names[i])) names[i] = screen.genes[i];
  if (names == screen.genes) return;
  screen.gene_column = kSymbolColumn;
  std::erase_if(screen.var.columns, [&](const auto& column) { return column.first == kSymbolColumn; });
  screen.var.add(screen.gene_column, names);
  screen.genes = std::move(names);
}

LabelRequest label_request(const ScreenOptions& options, const CellSource& source) {
  LabelRequest request{options.label_column, options.control, options.separator, options.file,
                       GuideNames::of(options.guides)};
  request.has_guides = std::any_of(source.others.begin(), source.others.end(),
                                   [](const OtherFeatures& other) { return is_guide_type(other.type); });
  const bool called = !options.guide_calls.empty() || !options.guide_counts.empty();
  if (called && request.column == "auto") request.column = kGuideCallsColumn;
  if (called && request.column == kGuideCallsColumn && request.separator == "auto") request.separator = "|";
  return request;
}

/// Some label may have another reading if more names were known: a target that is no gene of the screen holds a sign,
/// or looks like a guide's name.
bool could_be_others(const DataFrame& obs, const DetectedLabels& labels, const KnownGenes& genes) {
  const LabelParser parser(labels.dialect, &genes, labels.names);
  const std::vector<std::string> of_cells = column_as_strings(*obs.find(labels.dialect.column));
  const std::unordered_set<std::string_view> distinct(of_cells.begin(), of_cells.end());
  return std::any_of(distinct.begin(), distinct.end(), [&](std::string_view text) {
    const std::string label(text);
    if (parser.is_missing(label)) return false;
    const std::vector<std::string> targets = parser.targets(label, labels.dialect.column);
    return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
      const bool plain =
          std::all_of(target.begin(), target.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
      return !genes.contains(target) && (!plain || !GuideNames::shapes_of(target).empty());
    });
  });
}

/// detect_labels with the screen's genes, and where that leaves labels that may be others, with the names of
/// `more_targets` and of the table of aliases besides.
DetectedLabels read_labels(const CellSource& source, const ScreenOptions& options, KnownGenes& genes, Screen& screen) {
  const LabelRequest request = label_request(options, source);
  if (!options.more_targets && !screen.aliases) return detect_labels(source.obs, genes, request);
  LabelDialect without;
  try {
    DetectedLabels labels = detect_labels(source.obs, genes, request);
    if (!could_be_others(source.obs, labels, genes)) return labels;
    without = labels.dialect;
  } catch (
      const InputError&) {  // no column has labels of these genes, or they cannot be cut: said below if it stays so
    without.column.clear();
  }
  if (screen.aliases) genes.add_unmeasured(screen.aliases->names());
  if (options.more_targets) genes.add_unmeasured(options.more_targets());
  DetectedLabels labels = detect_labels(source.obs, genes, request);
  const LabelDialect& with = labels.dialect;
  screen.labels_need_names = std::tie(with.column, with.control, with.separator) !=
                             std::tie(without.column, without.control, without.separator);
  if (screen.labels_need_names)
    labels.how += options.more_targets ? "; targets that are not measured are known by the network"
                                       : "; targets that are not measured are known by screen.aliases";
  return labels;
}

}  // namespace

UnreadScreen read_screen_names(const CellSource& source, const ScreenOptions& options,
                               const std::vector<std::string>& kept_columns) {
  UnreadScreen unread;
  Screen& screen = unread.screen;
  screen.source = options.file;
  screen.format = source.format;
  screen.matrix = source.matrix;
  screen.matrices = source.matrices;
  screen.encoding = source.encoding;
  screen.gene_column = source.gene_column ? *source.gene_column : find_gene_column(source.var, options, source.obs);
  screen.genes = gene_names(source.var, screen.gene_column);
  screen.var = source.var;
  screen.cells = source.obs.index;
  screen.aliases = read_aliases(options);
  if (screen.aliases && options.gene_column.empty() && gene_name_kind(screen.genes) == "Ensembl ids") name_ids(screen);
  check_text(screen.genes, screen.source + ": genes", "name");
  check_text(screen.var.index, screen.source + ": var index", "name");
  check_text(screen.cells, screen.source + ": obs index", "name");
  check_genes(screen);
  check_cells(screen);

  KnownGenes known(screen.genes, screen.var.index);
  for (const auto& [name, column] : source.var.columns)
    if (name != screen.gene_column && is_id_column(column)) known.add_ids(screen.genes, column_as_strings(column));
  DetectedLabels detected = read_labels(source, options, known, screen);
  screen.dialect = detected.dialect;
  screen.labels_how = std::move(detected.how);
  const std::string place = fmt::format("{}: obs column '{}'", screen.source, screen.dialect.column);
  const LabelParser parser(screen.dialect, &known, std::move(detected.names));
  std::vector<std::string> labels = column_as_strings(*source.obs.find(screen.dialect.column));
  check_text(labels, place, "row");
  for (const std::string& name : kept_columns) keep_columns(screen, source.obs, {name}, "split.split column:" + name);
  keep_columns(screen, source.obs, options.covariates, "screen.covariates");
  keep_columns(screen, source.obs, options.continuous_covariates, "screen.continuous_covariates");
  unread.rows = labelled_cells(labels, parser, options, screen, place);
  if (unread.rows.size() < labels.size()) {
    keep_rows(labels, unread.rows);
    keep_rows(screen.cells, unread.rows);
    for (auto& entry : screen.kept) keep_rows(entry.second, unread.rows);
  }
  assign_regimes(screen, labels, parser, place);
  if (screen.aliases)
    if (const std::string use = use_text(screen.renamed, "targets", screen.aliases->source()); !use.empty())
      screen.labels_how += "; " + use;
  if (screen.labels_are_guides) screen.kept[screen.dialect.column] = labels;
  settle_covariates(screen, source, options, unread.rows);
  warn_of_targets(screen);
  warn_of_names(screen);
  warn_of_case(screen);
  return unread;
}

Screen screen_from_cells(CellSource&& source, const ScreenOptions& options,
                         const std::vector<std::string>& kept_columns, MissingPack missing) {
  UnreadScreen unread = read_screen_names(source, options, kept_columns);
  Screen& screen = unread.screen;
  const bool all_cells = std::ssize(unread.rows) == source.rows->n_rows();
  if (all_cells && missing != MissingPack::make) screen.packed = mapped_rows(*source.rows);
  if (!screen.packed && !options.packed.empty()) screen.packed = packed_rows(unread, source, options, missing);
  if (!screen.packed) {
    screen.x = read_all_rows(source);
    if (std::ssize(unread.rows) < screen.x.n_rows) keep_rows(screen.x, unread.rows);
  }
  warn_of_values(screen, options);
  return std::move(screen);
}

namespace {

/// Guides and genes of a source, before anything else reads it.
void settle_screen(CellSource& source, const ScreenOptions& options) {
  std::error_code ignored;
  const bool is_table = std::filesystem::is_regular_file(options.guides, ignored);
  const std::string said =
      call_guides(source, {options.guide_calls, options.guide_counts, options.guide_list, options.guide_rule,
                           options.guide_min_umis, is_table ? options.guides : ""});
  if (!said.empty()) log::info("{}: {}", options.file, said);
  for (const std::string& line : settle_genes(source, options)) log::info("{}: {}", options.file, line);
}

}  // namespace

Screen screen_from_anndata(AnnData&& data, const ScreenOptions& options, const std::vector<std::string>& kept_columns) {
  CellSource source;
  source.path = options.file;
  source.format = "memory";
  source.obs = std::move(data.obs);
  source.var = std::move(data.var);
  source.matrix = "X";
  source.encoding = data.encoding;
  source.rows = rows_in_memory(std::move(data.x));
  settle_screen(source, options);
  return screen_from_cells(std::move(source), options, kept_columns);
}

CellSource open_screen(const ScreenOptions& options) {
  CellSource source = open_cells(options.file, {.matrix = options.matrix,
                                                .labels_file = options.labels_file,
                                                .genes_in_rows = options.genes_in_rows,
                                                .cell_list = options.cell_list,
                                                .gene_list = options.gene_list,
                                                .modality = options.modality,
                                                .cell_names = options.cell_names});
  settle_screen(source, options);
  return source;
}

Screen load_screen(const ScreenOptions& options, const std::vector<std::string>& kept_columns, MissingPack missing) {
  Screen screen = screen_from_cells(open_screen(options), options, kept_columns, missing);
  for (const auto& warning : screen.warnings) log::warning("{}: {}", screen.source, warning);
  return screen;
}

}  // namespace gracevae::impl
