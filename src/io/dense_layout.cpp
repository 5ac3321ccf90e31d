#include "io/dense_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/log.hpp"
#include "io/cell_names.hpp"
#include "io/delimited.hpp"
#include "io/label_match.hpp"
#include "io/label_table.hpp"
#include "io/label_text.hpp"
#include "io/table_names.hpp"

namespace gracevae::impl {

namespace {

using Names = std::vector<std::string>;

bool is_number(std::string_view field) {
  double value = 0;
  return parse_number(field, value) || parse_decimal_comma(field, value);
}

/// More words than numbers, or only missing values.
bool holds_labels(const Names& fields) {
  std::size_t n_numbers = 0, n_words = 0;
  for (const std::string& field : fields)
    if (!is_gap(field)) ++(is_number(field) ? n_numbers : n_words);
  return n_words > n_numbers || n_words + n_numbers == 0;
}

bool are_distinct(const Names& names) {
  return std::unordered_set<std::string_view>(names.begin(), names.end()).size() == names.size();
}

bool are_whole(const Names& fields) {
  return std::all_of(fields.begin(), fields.end(), [](const std::string& field) {
    return !field.empty() && field.find_first_not_of("0123456789") == field.npos;
  });
}

Names column_of(const std::vector<Names>& rows, std::size_t column) {
  Names fields;
  for (const Names& row : rows) fields.emplace_back(trim(row[column]));
  return fields;
}

constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);

/// The column of row names.
std::size_t find_name_column(const Names& heads, const std::vector<Names>& rows, bool named_rows) {
  const Names first = column_of(rows, 0);
  if (named_rows || holds_labels(first) || !std::all_of(first.begin(), first.end(), is_number)) return 0;
  if (are_numbers_in_order(first)) {
    for (std::size_t j = 1; j < heads.size(); ++j) {
      const NameHead head = name_head(heads[j]);
      const Names fields = column_of(rows, j);
      if ((head == NameHead::cells || head == NameHead::genes) && holds_labels(fields) && are_distinct(fields))
        return j;
    }
    return 0;
  }
  if (name_head(heads[0]) != NameHead::none) return 0;
  const bool could_name = are_whole(first) && are_distinct(first);
  return could_name && !is_gene_like(heads[0]) && !is_cell_fact(heads[0]) ? 0 : kNoColumn;
}

double share_of(const Names& names, const std::unordered_set<std::string>& known) {
  const auto n = std::count_if(names.begin(), names.end(), [&](const auto& name) { return known.contains(name); });
  return names.empty() ? 0 : static_cast<double>(n) / static_cast<double>(names.size());
}

/// Decides by which side is found among the cells of the label tables.
TableRows rows_by_labels(const CellSourceOptions& options, const Names& heads, const Names& row_names) {
  constexpr double kMost = 0.5;
  if (options.labels_file.empty() || options.cell_names == "order") return TableRows::unknown;
  const NameChange as_in_r = name_changes().front();
  std::unordered_set<std::string> known;
  for (const auto& file : label_files(options.labels_file)) {
    const LabelText table = read_label_text(file);
    for (const std::size_t column : name_candidates(table))
      for (const std::string& name : table.columns[column]) known.insert(as_in_r.rows(name));
  }
  const double in_heads = share_of(changed(heads, as_in_r.cells), known),
               in_rows = share_of(changed(row_names, as_in_r.cells), known);
  return in_heads >= kMost && in_heads > in_rows  ? TableRows::genes
         : in_rows >= kMost && in_rows > in_heads ? TableRows::cells
                                                  : TableRows::unknown;
}

/// Decides by names and labels; a message tells if genes are in rows.
bool finds_genes_in_rows(const std::filesystem::path& path, const Names& heads, const DenseLayout& layout,
                         const Names& row_names, std::string_view name_head, const CellSourceOptions& options) {
  Names column_names;
  for (std::size_t j = 0; j < heads.size(); ++j)
    if (layout.use[j] == ColumnUse::numbers && !is_cell_fact(heads[j]) && !is_gene_fact(heads[j]))
      column_names.push_back(heads[j]);
  TableRows rows = table_rows(name_head, column_names, row_names);
  if (rows == TableRows::unknown) rows = rows_by_labels(options, column_names, row_names);
  if (rows != TableRows::genes) return false;
  log::info(
      "{}: a row is a gene ('{}') and a column a cell ('{}'), as their names tell; were it the other way round, call the "
      "column of names 'cell'",
      path.string(), shown(row_names[0]), column_names.empty() ? "" : shown(column_names[0]));
  return true;
}

}  // namespace

DenseLayout dense_layout(const std::filesystem::path& path, const std::vector<std::string>& heads,
                         const std::vector<std::vector<std::string>>& rows, bool named_rows,
                         const CellSourceOptions& options) {
  DenseLayout layout;
  std::size_t name_column = find_name_column(heads, rows, named_rows);
  if (options.genes_in_rows && name_column == kNoColumn) name_column = 0;
  for (std::size_t j = 0; j < heads.size(); ++j)
    layout.use.push_back(j == name_column                     ? ColumnUse::names
                         : j == 0 && name_column != kNoColumn ? ColumnUse::skipped
                         : holds_labels(column_of(rows, j))   ? ColumnUse::text
                                                              : ColumnUse::numbers);
  layout.has_names = name_column != kNoColumn;
  layout.genes_in_rows = options.genes_in_rows ||
                         (layout.has_names && finds_genes_in_rows(path, heads, layout, column_of(rows, name_column),
                                                                  heads[name_column], options));
  for (std::size_t j = 0; j < heads.size(); ++j)
    if (layout.use[j] == ColumnUse::numbers && (layout.genes_in_rows ? is_gene_fact(heads[j]) : is_cell_fact(heads[j])))
      layout.use[j] = ColumnUse::fact;
  if (name_column > 0 && layout.has_names)
    log::info("{}: the first column only numbers the rows, their names are taken from column '{}'", path.string(),
              shown(heads[name_column]));
  if (!layout.has_names)
    log::info("{}: no column names the cells ('{}' holds numbers), which are called 1, 2, 3 and so on", path.string(),
              shown(heads[0]));
  return layout;
}

}  // namespace gracevae::impl
