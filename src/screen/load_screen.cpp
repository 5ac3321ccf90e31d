#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "io/anndata.hpp"
#include "screen/screen.hpp"

namespace gracevae {

namespace {

constexpr std::size_t kNamesShown = 5;  // in messages

/// The names that stand more than once, each said once, in order of their second appearance.
std::vector<std::string> repeated_names(const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, int> seen;
  seen.reserve(names.size());
  std::vector<std::string> repeated;
  for (const auto& name : names)
    if (++seen[name] == 2) repeated.push_back(name);
  return repeated;
}

std::string first_few(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kNamesShown);
  std::string text =
      fmt::format("'{}'", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), "', '"));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

// ---- genes and cells ----

/// Which column of var holds the symbols; "" for the index.
std::string find_gene_column(const DataFrame& var, const ScreenOptions& options) {
  if (!options.gene_column.empty()) {
    if (var.find(options.gene_column)) return options.gene_column;
    if (options.gene_column == "index") return "";
    throw InputError(fmt::format("{}: var has no column '{}' (--gene-column)", options.file, options.gene_column),
                     var.columns.empty() ? "var has no columns: leave --gene-column out to take its index"
                                         : nearest_hint(options.gene_column, var.names()));
  }
  for (const char* name : {"gene_symbols", "gene_name", "feature_name", "gene_symbol"})
    if (var.find(name)) return name;
  return "";
}

std::vector<std::string> gene_names(const DataFrame& var, const std::string& column) {
  return column.empty() ? var.index : column_as_strings(*var.find(column));
}

/// The columns of var (and its index) of text without repeats: where a user may find better gene names.
std::vector<std::string> unique_gene_columns(const DataFrame& var) {
  std::vector<std::string> unique;
  if (repeated_names(var.index).empty()) unique.push_back("index");
  for (const auto& [name, column] : var.columns) {
    const bool is_text =
        std::holds_alternative<std::vector<std::string>>(column) || std::holds_alternative<Categorical>(column);
    if (is_text && repeated_names(column_as_strings(column)).empty()) unique.push_back(name);
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
                               repeated.size(), first_few(repeated)),
                   unique.empty()
                       ? "sum or rename the genes of one name first (in Python: adata.var_names_make_unique())"
                       : fmt::format("names without repeats: --gene-column {}",
                                     fmt::join(unique, " or --gene-column ")));
}

void check_cells(const Screen& screen) {
  const auto repeated = repeated_names(screen.cells);
  if (!repeated.empty())
    throw InputError(fmt::format("{}: obs index: {} cell names are repeated: {}", screen.source, repeated.size(),
                                 first_few(repeated)),
                     "give every cell its own name (in Python: adata.obs_names_make_unique())");
}

// ---- labels ----

using LabelCounts = std::vector<std::pair<std::string, std::int64_t>>;

/// "'ctrl' (120 cells), 'NT' (3 cells)".
std::string counts_text(const LabelCounts& counts) {
  std::string text;
  for (const auto& [label, n] : counts) text += fmt::format("{}'{}' ({} cells)", text.empty() ? "" : ", ", label, n);
  return text;
}

/// The most frequent labels, and among them those that look like control.
LabelCounts most_frequent(const std::vector<std::string>& labels, bool only_like_control) {
  std::map<std::string, std::int64_t> counted;
  for (const auto& label : labels) ++counted[label];
  LabelCounts counts;
  for (const auto& entry : counted)
    if (!only_like_control || looks_like_control(entry.first)) counts.push_back(entry);
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (counts.size() > kNamesShown) counts.resize(kNamesShown);
  return counts;
}

[[noreturn]] void throw_no_control(const std::vector<std::string>& labels, const Screen& screen,
                                   const std::string& place) {
  const auto candidates = most_frequent(labels, true);
  const std::string hint =
      candidates.empty() ? "name the label of unperturbed cells with --control, or another column with --label-column"
                         : fmt::format("these look like control: {}: give --control '{}'", counts_text(candidates),
                                       candidates.front().first);
  throw InputError(fmt::format("{}: no control cells: no label is '{}'. The most frequent labels: {}", place,
                               screen.dialect.control, counts_text(most_frequent(labels, false))),
                   hint);
}

/// Labels that are empty are a mistake unless control's word is empty itself.
void check_missing(const std::vector<std::string>& labels, const Screen& screen, const std::string& place) {
  const auto is_blank = [](const std::string& label) { return is_control_label(label, {.control = ""}); };
  if (is_blank(screen.dialect.control)) return;
  const auto first = std::find_if(labels.begin(), labels.end(), is_blank);
  if (first == labels.end()) return;
  throw InputError(fmt::format("{}: cell '{}' has no label ({} such cells in all)", place,
                               screen.cells[static_cast<std::size_t>(first - labels.begin())],
                               std::count_if(first, labels.end(), is_blank)),
                   "label or remove these cells first; if they are the control cells: --control ''");
}

std::vector<std::string> read_labels(const DataFrame& obs, const ScreenOptions& options) {
  const Column* column = obs.find(options.label_column);
  if (!column)
    throw InputError(fmt::format("{}: obs has no column '{}' (--label-column)", options.file, options.label_column),
                     obs.columns.empty() ? "obs has no columns at all: the labels of the cells are missing"
                                         : nearest_hint(options.label_column, obs.names()));
  return column_as_strings(*column);
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

/// Fills regimes and regime_of_cell.
void assign_regimes(Screen& screen, const std::vector<std::string>& labels, const std::string& place) {
  std::map<std::vector<std::string>, std::vector<std::int64_t>> cells_of;
  std::unordered_map<std::string, std::vector<std::int64_t>*> list_of_label;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    auto& list = list_of_label[labels[i]];
    if (!list) list = &cells_of[parse_label(labels[i], screen.dialect, place)];
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

void read_regimes(Screen& screen, const std::vector<std::string>& labels) {
  const std::string place = fmt::format("{}: obs column '{}'", screen.source, screen.dialect.column);
  const auto is_control = [&](const std::string& label) { return is_control_label(label, screen.dialect); };
  if (std::none_of(labels.begin(), labels.end(), is_control)) throw_no_control(labels, screen, place);
  check_missing(labels, screen, place);
  assign_regimes(screen, labels, place);
  if (screen.regimes.size() < 2)
    throw InputError(fmt::format("{}: no perturbed cells: every label is '{}'", place, screen.dialect.control),
                     "name the column with the targets with --label-column");
}

// ---- warnings ----

void warn_of_values(Screen& screen) {
  const auto& values = screen.x.values;
  const auto n_negative = std::count_if(values.begin(), values.end(), [](float v) { return v < 0; });
  if (n_negative > 0) {
    screen.warnings.push_back(
        fmt::format("X holds {} negative values (the smallest is {:.4g}): they are used as they are", n_negative,
                    *std::min_element(values.begin(), values.end())));
    return;
  }
  const bool whole = std::all_of(values.begin(), values.end(), [](float v) { return v == std::floor(v); });
  const float largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  if (whole && largest > 1)
    screen.warnings.push_back(
        fmt::format("X holds whole numbers only (up to {:.4g}), like raw counts: values on a log1p scale are expected",
                    largest));
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

}  // namespace

Screen screen_from_anndata(AnnData&& data, const ScreenOptions& options, const std::vector<std::string>& kept_columns) {
  Screen screen;
  screen.source = options.file;
  screen.encoding = data.encoding;
  screen.dialect = {options.label_column, options.control, options.separator};
  screen.gene_column = find_gene_column(data.var, options);
  screen.genes = gene_names(data.var, screen.gene_column);
  screen.cells = std::move(data.obs.index);
  check_genes(data.var, screen);
  check_cells(screen);
  read_regimes(screen, read_labels(data.obs, options));
  keep_columns(screen, data.obs, kept_columns);
  screen.gene_ids = std::move(data.var.index);
  screen.x = std::move(data.x);
  warn_of_values(screen);
  warn_of_targets(screen);
  return screen;
}

Screen load_screen(const ScreenOptions& options, const std::vector<std::string>& kept_columns) {
  Screen screen =
      screen_from_anndata(read_anndata(options.file, {.read_x = true, .read_obsm = false}), options, kept_columns);
  for (const auto& warning : screen.warnings) log::warning("{}: {}", screen.source, warning);
  return screen;
}

}  // namespace gracevae
