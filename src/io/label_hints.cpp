#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/shell.hpp"
#include "io/cell_names.hpp"
#include "io/expression.hpp"
#include "io/label_match.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kNamesTried = 20'000;
constexpr const char* kExpressions[] = {"^(.+?)(?:[-_.][0-9]+)?$",
                                        "^(.+?)(?:[-_.][0-9]+)*$",
                                        "([ACGTN]{8,}-[0-9]+)",
                                        "([ACGTN]{8,})",
                                        "([^_]+)$",
                                        "^([^_]+)",
                                        "([^:]+)$",
                                        "([^#]+)$",
                                        "^([^-]+)",
                                        "([^-]+)$",
                                        "([^.]+)$",
                                        "^([^.]+)"};

using Names = std::vector<std::string>;

Names groups(const Names& names, const Expression& expression, std::size_t most) {
  Names keys;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
    keys.emplace_back(expression.first_group(names[i]).value_or(""));
  return keys;
}

/// The expression under which most rows match a cell without duplicates.
struct Proposal {
  const char* expression = nullptr;
  NameFit fit;
};

Proposal best_expression(const Names& cells, const Names& rows) {
  Proposal best;
  for (const char* text : kExpressions) {
    const Expression expression(text, "screen.cell_names");
    NameFit fit = fit_of(groups(cells, expression, kNamesTried), groups(rows, expression, kNamesTried));
    if (!fit.unique() || fit.n_common <= best.fit.n_common) continue;
    if (std::max(cells.size(), rows.size()) > kNamesTried)
      fit = fit_of(groups(cells, expression, cells.size()), groups(rows, expression, rows.size()));
    if (fit.unique()) best = {text, fit};
  }
  return best;
}

/// Two names with the same barcode: "'AAACCCAAGAAACACT-1' and 'AAACCCAAGAAACACT-2' in the matrix".
std::string pair_text(const std::optional<std::pair<std::size_t, std::size_t>>& twice, const Names& names,
                      const char* side) {
  return twice ? fmt::format("'{}' and '{}' in the {}", names[twice->first], names[twice->second], side) : "";
}

std::string mixed_samples(const Names& cells, const Names& rows) {
  for (const NameChange& change : name_changes()) {
    const Names cell_keys = changed(cells, change.cells), row_keys = changed(rows, change.rows);
    if (sampled_share(cell_keys, row_keys) == 0) continue;
    const NameFit fit = fit_of(cell_keys, row_keys);
    if (fit.n_common == 0 || fit.unique()) continue;
    const std::string left = pair_text(fit.same_cells, cells, "matrix"),
                      right = pair_text(fit.same_rows, rows, "table");
    return fmt::format(
        "names compared {} stand for several cells ({}{}{}), of several samples or lanes: mark the sample of a row as "
        "the matrix does, as in '{}'",
        change.what, left, left.empty() || right.empty() ? "" : ", ", right, cells[fit.example->first]);
  }
  return "";
}

}  // namespace

std::string hint_for_strangers(const CellSource& source, const LabelText& table, std::size_t column) {
  const Names &cells = source.obs.index, &rows = table.columns[column];
  if (are_numbers_in_order(cells))
    return fmt::format(
        "the cells of {} have numbers in place of names: a table with a row for each of the {} cells, in "
        "their order, is joined without names",
        source.path, cells.size());
  if (const Proposal best = best_expression(cells, rows); best.expression) {
    const auto& [cell, row] = *best.fit.example;
    return fmt::format("{} of {} rows fit with screen.cell_names {}, which takes '{}' and '{}' for one cell",
                       best.fit.n_common, rows.size(), shell_word(best.expression), shown(rows[row]),
                       shown(cells[cell]));
  }
  if (const std::string mixed = mixed_samples(cells, rows); !mixed.empty()) return mixed;
  return "the column with the cell names must be the first, or named barcode, cell_barcode, cell, cell_id or index";
}

}  // namespace gracevae::impl
