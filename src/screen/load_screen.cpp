#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/anndata.hpp"
#include "io/lines.hpp"
#include "io/open_cells.hpp"
#include "screen/describe.hpp"
#include "screen/gene_names.hpp"
#include "screen/label_detection.hpp"
#include "screen/packed_screen.hpp"
#include "screen/screen.hpp"

namespace gracevae {

namespace {

constexpr std::size_t kNamesShown = 5;  // in messages
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

/// The columns of var (and its index) of text without repeats, as words for a shell: where a user may find better gene
/// names.
std::vector<std::string> unique_gene_columns(const DataFrame& var) {
  std::vector<std::string> unique;
  if (repeated_names(var.index).empty()) unique.push_back("index");
  for (const auto& [name, column] : var.columns) {
    if (is_text(column) && repeated_names(column_as_strings(column)).empty()) unique.push_back(shell_word(name));
  }
  return unique;
}

void check_genes(const DataFrame& var, const Screen& screen) {
  if (screen.genes.empty()) throw InputError(fmt::format("{}: no genes", screen.source));
  const auto repeated = repeated_names(screen.genes);
  if (repeated.empty()) return;
  const auto unique = unique_gene_columns(var);
  throw InputError(fmt::format("{}: var {}: {} gene names are repeated: {}", screen.source,
                               screen.gene_column.empty() ? "index" : fmt::format("column '{}'", screen.gene_column),
                               repeated.size(), first_few(repeated, kNamesShown, "'")),
                   unique.empty()
                       ? "sum or rename the genes of one name first (in Python: adata.var_names_make_unique())"
                       : fmt::format("names without repeats: --gene-column {}",
                                     fmt::join(unique, " or --gene-column ")));
}

void check_cells(const Screen& screen) {
  const auto repeated = repeated_names(screen.cells);
  if (!repeated.empty())
    throw InputError(fmt::format("{}: obs index: {} cell names are repeated: {}", screen.source, repeated.size(),
                                 first_few(repeated, kNamesShown, "'")),
                     "give every cell its own name (in Python: adata.obs_names_make_unique())");
}

// ---- labels ----

/// A column of names that are Ensembl ids: targets may be given by them.
bool is_id_column(const Column& column) {
  return is_text(column) && gene_name_kind(column_as_strings(column)) == "Ensembl ids";
}

/// Rows of the cells that have a label; all of them unless some are missing and may be left out.
std::vector<std::int64_t> labelled_cells(const std::vector<std::string>& labels, const LabelParser& parser,
                                         const ScreenOptions& options, Screen& screen, const std::string& place) {
  std::vector<std::int64_t> kept;
  std::size_t first_missing = labels.size();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!parser.is_missing(labels[i]))
      kept.push_back(static_cast<std::int64_t>(i));
    else if (first_missing == labels.size())
      first_missing = i;
  }
  const std::size_t n_missing = labels.size() - kept.size();
  if (n_missing == 0) return kept;
  if (options.missing_labels == "drop") {
    screen.warnings.push_back(fmt::format("{} of {} cells have no label and are left out", n_missing, labels.size()));
    return kept;
  }
  const bool halves_differ = parser.dialect().doubled && labels[first_missing].find("__") != std::string::npos;
  if (halves_differ)
    throw InputError(
        fmt::format("{}: cell '{}': the two halves of '{}' differ ({} such cells or cells without a label in all)",
                    place, screen.cells[first_missing], labels[first_missing], n_missing),
        "leave them out with --missing-labels drop");
  throw InputError(fmt::format("{}: cell '{}' has no label ({} such cells in all)", place, screen.cells[first_missing],
                               n_missing),
                   "leave them out with --missing-labels drop; if they are the control cells: --control ''");
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

void keep_columns(Screen& screen, const DataFrame& obs, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const Column* column = obs.find(name);
    if (!column)
      throw InputError(fmt::format("{}: obs has no column '{}' (--split column:{})", screen.source, name, name),
                       nearest_hint(name, obs.names()));
    screen.kept[name] = column_as_strings(*column);
  }
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

/// Fills regimes and regime_of_cell.
void assign_regimes(Screen& screen, const std::vector<std::string>& labels, const LabelParser& parser,
                    const std::string& place) {
  TargetNames names(screen);
  screen.labels_are_canonical = true;
  std::map<std::vector<std::string>, std::vector<std::int64_t>> cells_of;
  std::unordered_map<std::string, std::vector<std::int64_t>*> list_of_label;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    auto& list = list_of_label[labels[i]];
    if (!list) {
      const std::vector<std::string> targets = names.of(parser.targets(labels[i], place));
      screen.labels_are_canonical &= label_of(targets) == labels[i];
      list = &cells_of[targets];
    }
    list->push_back(static_cast<std::int64_t>(i));
  }
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
    if (name != "X" && (screen.matrix == name || screen.matrix == name + "/X")) flags += " --matrix " + name;
  const auto add = [&](const char* flag, const std::string& value, const char* usual) {
    if (value != usual) flags += fmt::format(" {} '{}'", flag, value);
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
        summary.largest, screen.source, reading_flags(screen, options)));
  }
}

void warn_of_targets(Screen& screen) {
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    if (regime.targets.size() == 1 && looks_like_control(regime.targets[0]))
      screen.warnings.push_back(
          fmt::format("label '{}' ({} cells) looks like control but is read as a target; control is '{}' (--control)",
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
  screen.gene_column = find_gene_column(source.var, options);
  screen.genes = gene_names(source.var, screen.gene_column);
  screen.var = source.var;
  screen.cells = source.obs.index;
  screen.aliases = read_aliases(options);
  if (screen.aliases && options.gene_column.empty() && gene_name_kind(screen.genes) == "Ensembl ids") name_ids(screen);
  check_genes(source.var, screen);
  check_cells(screen);

  KnownGenes known(screen.genes, screen.var.index);
  for (const auto& [name, column] : source.var.columns)
    if (name != screen.gene_column && is_id_column(column)) known.add_ids(screen.genes, column_as_strings(column));
  DetectedLabels detected =
      detect_labels(source.obs, known, {options.label_column, options.control, options.separator, options.file});
  screen.dialect = detected.dialect;
  screen.labels_how = std::move(detected.how);
  const std::string place = fmt::format("{}: obs column '{}'", screen.source, screen.dialect.column);
  const LabelParser parser(screen.dialect, &known);
  std::vector<std::string> labels = column_as_strings(*source.obs.find(screen.dialect.column));
  keep_columns(screen, source.obs, kept_columns);
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
  warn_of_targets(screen);
  warn_of_names(screen);
  return unread;
}

Screen screen_from_cells(CellSource&& source, const ScreenOptions& options,
                         const std::vector<std::string>& kept_columns, MissingPack missing) {
  UnreadScreen unread = read_screen_names(source, options, kept_columns);
  Screen& screen = unread.screen;
  if (!options.packed.empty()) screen.packed = packed_rows(unread, source, options, missing);
  if (!screen.packed) {
    screen.x = read_all_rows(source);
    if (std::ssize(unread.rows) < screen.x.n_rows) keep_rows(screen.x, unread.rows);
  }
  warn_of_values(screen, options);
  return std::move(screen);
}

Screen screen_from_anndata(AnnData&& data, const ScreenOptions& options, const std::vector<std::string>& kept_columns) {
  CellSource source;
  source.path = options.file;
  source.format = "memory";
  source.obs = std::move(data.obs);
  source.var = std::move(data.var);
  source.matrix = "X";
  source.encoding = data.encoding;
  source.rows = rows_in_memory(std::move(data.x));
  return screen_from_cells(std::move(source), options, kept_columns);
}

CellSource open_screen(const ScreenOptions& options) {
  return open_cells(options.file, {.matrix = options.matrix,
                                   .labels_file = options.labels_file,
                                   .genes_in_rows = options.genes_in_rows,
                                   .cell_list = options.cell_list,
                                   .gene_list = options.gene_list,
                                   .modality = options.modality,
                                   .cell_names = options.cell_names});
}

Screen load_screen(const ScreenOptions& options, const std::vector<std::string>& kept_columns, MissingPack missing) {
  Screen screen = screen_from_cells(open_screen(options), options, kept_columns, missing);
  for (const auto& warning : screen.warnings) log::warning("{}: {}", screen.source, warning);
  return screen;
}

}  // namespace gracevae
