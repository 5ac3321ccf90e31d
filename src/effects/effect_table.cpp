#include "effects/effect_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "effects/npy.hpp"
#include "io/delimited.hpp"
#include "io/lines.hpp"
#include "io/open_cells.hpp"
#include "run/run_options.hpp"
#include "screen/effect_errors.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kErrorColumn = "error";

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The file's name ends in one of these, or in one and .gz.
bool ends_in(const fs::path& path, std::initializer_list<std::string_view> endings) {
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}
bool is_text_table(const fs::path& path) { return ends_in(path, {".tsv", ".csv", ".txt"}); }

void require_names(const NamedRows& rows, const std::string& place) {
  if (rows.names.empty() || rows.columns.empty())
    throw InputError(
        {.place = place, .found = "no rows of numbers", .expected = "a header, then a name and numbers a line"});
  std::set<std::string_view> seen;
  for (const std::string& name : rows.names)
    if (!seen.insert(name).second)
      throw InputError({.place = place, .found = fmt::format("'{}' twice", name), .expected = "one row a name"});
}

NamedRows read_text(const fs::path& path) {
  NamedRows result;
  DelimitedReader reader(path);
  std::vector<std::string_view> fields;
  if (reader.next(fields)) result.columns.assign(fields.begin() + (fields.empty() ? 0 : 1), fields.end());
  result.values.n_cols = std::ssize(result.columns);
  bool first = true;
  while (reader.next(fields)) {
    if (first && fields.size() == result.columns.size() + 2)  // R's write.table: no head above the names
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} fields below {} heads", fields.size(), result.columns.size() + 1)},
                       "give the column of names a head, too");
    first = false;
    if (fields.size() != result.columns.size() + 1)
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} fields", fields.size()),
                        .expected = fmt::format("{} as in the header", result.columns.size() + 1)});
    result.names.emplace_back(fields.front());
    for (std::size_t j = 1; j < fields.size(); ++j) {
      double value = 0;
      if (!parse_number(fields[j], value) || !std::isfinite(value))
        throw InputError({.place = fmt::format("{}, column {}", reader.place(), result.columns[j - 1]),
                          .found = fmt::format("'{}'", fields[j]),
                          .expected = "a finite number"});
      result.values.values.push_back(value);
    }
  }
  result.values.n_rows = std::ssize(result.names);
  return result;
}

NamedRows rows_of_cells(CellSource&& source) {
  NamedRows result{source.obs.index, source.var.index, {}};
  const CsrMatrix<float> x = read_all_rows(source);
  result.values = Matrix<double>(x.n_rows, x.n_cols);
  for (std::int64_t i = 0; i < x.n_rows; ++i) x.copy_row(i, result.values.row(i));
  return result;
}

/// Whether the first lines hold a name and numbers only.
bool holds_numbers_only(const fs::path& path) {
  DelimitedReader reader(path);
  std::vector<std::string_view> fields;
  reader.next(fields);
  for (int line = 0; line < 20 && reader.next(fields); ++line)
    for (std::size_t j = 1; j < fields.size(); ++j) {
      double value = 0;
      if (!parse_number(fields[j], value)) return false;
    }
  return true;
}

/// Whether rows are conditions, not cells: nothing is said of them but their names.
bool is_effect_table(const fs::path& path, const ScreenOptions& screen) {
  if (!screen.labels_file.empty() || screen.label_column != "auto") return false;
  if (ends_in(path, {".npy"})) return true;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return false;
  if (is_text_table(path)) return holds_numbers_only(path);
  if (ends_in(path, {".h5ad"})) {
    const AnnData names = read_anndata(path, {.read_x = false, .read_obsm = false, .read_uns = false});
    return std::all_of(names.obs.columns.begin(), names.obs.columns.end(),
                       [](const auto& column) { return column.first == kErrorColumn; });
  }
  return false;
}

EffectTable effects_of_run(const RunFolder& run) {
  const RunOptions options = load_run_options(run);
  const Screen screen = load_screen(with_names_of(options.network, options.screen));
  return effects_of_screen(screen, read_split(run.split(), screen));
}

void require_singles(const EffectTable& table) {
  if (table.rows_of(1).empty())
    throw InputError({.place = table.source, .found = "no effect of a single target", .expected = "two or more"},
                     "effects of pairs alone say nothing of their targets");
}

}  // namespace

EffectTable effects_of_screen(const Screen& screen, const Split& split) {
  EffectTable table;
  table.source = screen.source;
  table.genes = screen.genes;
  const TrainedShifts trained = trained_shifts(screen, split);
  EffectErrors errors(screen, split);
  for (const TrainedCondition& condition : trained.conditions) {
    double sum = 0, n = 0;
    if (condition.targets.size() == 1)
      for (const double error : errors.of(condition.targets))
        if (std::isfinite(error)) {
          sum += error * error;
          ++n;
        }
    table.conditions.push_back(condition.targets);
    table.noise.push_back(n > 0 ? sum / static_cast<double>(table.genes.size()) : 0);
    table.effects.values.insert(table.effects.values.end(), condition.shift.begin(), condition.shift.end());
  }
  table.effects.n_rows = std::ssize(table.conditions);
  table.effects.n_cols = std::ssize(table.genes);
  return table;
}

NamedRows read_named_rows(const fs::path& path) {
  NamedRows rows;
  if (ends_in(path, {".npy"}))
    rows = read_npy(path);
  else if (is_text_table(path))
    rows = read_text(path);
  else
    rows = rows_of_cells(open_cells(path, {}));
  require_names(rows, path.string());
  return rows;
}

std::vector<std::int64_t> EffectTable::rows_of(std::size_t n_targets) const {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < conditions.size(); ++i)
    if (conditions[i].size() == n_targets) rows.push_back(static_cast<std::int64_t>(i));
  return rows;
}

EffectTable EffectTable::only(const std::vector<std::int64_t>& rows) const {
  EffectTable result{source, {}, genes, Matrix<double>(std::ssize(rows), effects.n_cols), {}};
  for (std::int64_t i = 0; i < std::ssize(rows); ++i) {
    const std::int64_t row = rows[at(i)];
    result.conditions.push_back(conditions[at(row)]);
    result.noise.push_back(noise[at(row)]);
    std::ranges::copy(effects.row(row), result.effects.row(i).begin());
  }
  return result;
}

EffectTable EffectTable::within(const std::set<std::string>& targets) const {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < std::ssize(conditions); ++i)
    if (std::ranges::all_of(conditions[at(i)], [&](const std::string& target) { return targets.contains(target); }))
      rows.push_back(i);
  return only(rows);
}

EffectTable EffectTable::only_genes(const std::vector<std::int64_t>& columns) const {
  EffectTable result{source, conditions, {}, Matrix<double>(effects.n_rows, std::ssize(columns)), noise};
  for (const std::int64_t column : columns) result.genes.push_back(genes[at(column)]);
  for (std::int64_t i = 0; i < effects.n_rows; ++i)
    for (std::int64_t g = 0; g < std::ssize(columns); ++g) result.effects(i, g) = effects(i, columns[at(g)]);
  return result;
}

EffectTable effects_of_table(NamedRows rows, std::string source) {
  EffectTable table;
  table.source = std::move(source);
  std::vector<std::int64_t> columns;
  std::int64_t error_column = -1;
  for (std::int64_t j = 0; j < std::ssize(rows.columns); ++j) {
    if (rows.columns[at(j)] == kErrorColumn)
      error_column = j;
    else
      columns.push_back(j);
  }
  std::set<std::vector<std::string>> seen;
  for (std::int64_t i = 0; i < std::ssize(rows.names); ++i) {
    const std::string& name = rows.names[at(i)];
    const auto words = split(name, '+');
    std::vector<std::string> targets(words.begin(), words.end());
    std::sort(targets.begin(), targets.end());
    if (std::any_of(targets.begin(), targets.end(), [](const std::string& target) { return target.empty(); }))
      throw InputError(
          {.place = table.source, .found = fmt::format("a row named '{}'", name), .expected = "targets, joined by +"});
    if (!seen.insert(targets).second)
      throw InputError({.place = table.source,
                        .found = fmt::format("'{}' twice", fmt::join(targets, "+")),
                        .expected = "one row a condition"});
    table.conditions.push_back(std::move(targets));
    const double error = error_column < 0 ? 0 : rows.values(i, error_column);
    table.noise.push_back(error * error);
  }
  table.genes = std::move(rows.columns);
  table.effects = std::move(rows.values);
  return error_column < 0 ? table : table.only_genes(columns);
}

EffectTable read_effects(const fs::path& path, const ScreenOptions& screen) {
  EffectTable table;
  std::error_code ignored;
  if (fs::exists(RunFolder{path}.options(), ignored)) {
    table = effects_of_run(RunFolder{path});
  } else if (is_effect_table(path, screen)) {
    table = effects_of_table(read_named_rows(path), path.string());
  } else {
    ScreenOptions of_file = screen;
    of_file.file = path.string();
    const Screen loaded = load_screen(of_file);
    Split all;
    all.fold.assign(at(loaded.n_cells()), Fold::train);
    all.paired_control.assign(at(loaded.n_cells()), -1);
    table = effects_of_screen(loaded, all);
  }
  require_singles(table);
  return table;
}

}  // namespace gracevae::impl
