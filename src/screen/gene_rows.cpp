#include "screen/gene_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/column_map.hpp"
#include "io/frame_rows.hpp"
#include "io/lines.hpp"
#include "screen/describe.hpp"
#include "screen/gene_names.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kRowsSeen = 4096;
constexpr std::size_t kNamesShown = 5;

/// Genes by name: the positions of each, in order of the first.
struct Groups {
  std::vector<std::string> names;
  std::vector<std::vector<std::size_t>> genes;

  explicit Groups(const std::vector<std::string>& all) {
    std::unordered_map<std::string_view, std::size_t> group_of;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto [found, fresh] = group_of.emplace(all[i], names.size());
      if (fresh) {
        names.push_back(all[i]);
        genes.emplace_back();
      }
      genes[found->second].push_back(i);
    }
  }

  std::size_t n_repeated() const {
    return static_cast<std::size_t>(
        std::count_if(genes.begin(), genes.end(), [](const auto& g) { return g.size() > 1; }));
  }
  /// "MATR3 (2 genes), TBCE (3 genes), … and 4 more"
  std::string examples() const {
    std::vector<std::string> shown;
    for (std::size_t k = 0; k < names.size(); ++k)
      if (genes[k].size() > 1) shown.push_back(fmt::format("{} ({} genes)", names[k], genes[k].size()));
    return first_few(shown, kNamesShown);
  }
};

/// Estimated from the first cells.
ValueScale scale_of(CellSource& source) {
  const CsrMatrix<float> rows = source.rows->rows(0, std::min(kRowsSeen, source.rows->n_rows()));
  return summarise_values(stored_values(rows), rows.n_rows, rows.n_cols).scale;
}

/// Unique names of the genes: var's index, or its first text column without repeats; nullopt if there are none.
std::optional<std::vector<std::string>> unique_ids(const DataFrame& var) {
  const auto is_unique = [](const std::vector<std::string>& names) {
    return std::unordered_set<std::string_view>(names.begin(), names.end()).size() == names.size();
  };
  if (is_unique(var.index)) return var.index;
  for (const auto& [name, column] : var.columns)
    if (is_text(column))
      if (auto names = column_as_strings(column); is_unique(names)) return names;
  return std::nullopt;
}

/// Gives genes that share a name their ids instead, or the name and a number.
std::vector<std::string> names_by_id(const DataFrame& var, const std::vector<std::string>& names,
                                     const Groups& groups) {
  const std::optional<std::vector<std::string>> ids = unique_ids(var);
  std::unordered_set<std::string> taken(names.begin(), names.end());
  std::vector<std::string> result = names;
  for (const auto& genes : groups.genes)
    for (std::size_t k = 0; genes.size() > 1 && k < genes.size(); ++k) {
      std::string name = ids ? (*ids)[genes[k]] : names[genes[k]];
      for (std::size_t number = k + 1; !ids && taken.contains(name); ++number)
        name = fmt::format("{}-{}", names[genes[k]], number);
      taken.insert(name);
      result[genes[k]] = std::move(name);
    }
  return result;
}

void set_names(DataFrame& var, const std::string& column, std::vector<std::string> names) {
  if (column.empty())
    var.index = std::move(names);
  else
    set_column(var, column, std::move(names));
}

/// How the genes of a group become one column.
struct Merge {
  bool first_only;
  Together together;
  const char* said;
};

Merge merge_of(CellSource& source, const ScreenOptions& options) {
  if (options.repeated_genes != "sum") return {true, Together::add, "the first of each is kept"};
  switch (source.rows ? scale_of(source) : ValueScale::linear) {
    case ValueScale::negative:
      return {true, Together::add, "the first of each is kept, since values below zero have no sum"};
    case ValueScale::log1p: return {false, Together::add_logged, "their values are added up on the linear scale"};
    default: return {false, Together::add, "their values are added up"};
  }
}

void put_together(CellSource& source, const Groups& groups, const Merge& merge) {
  std::vector<std::int32_t> column_of(source.var.index.size(), -1);
  std::vector<std::int64_t> firsts;
  for (std::size_t k = 0; k < groups.genes.size(); ++k) {
    firsts.push_back(static_cast<std::int64_t>(groups.genes[k].front()));
    for (const std::size_t gene : groups.genes[k])
      if (!merge.first_only || gene == groups.genes[k].front()) column_of[gene] = static_cast<std::int32_t>(k);
  }
  source.var = rows_of(source.var, firsts);
  if (source.rows)
    source.rows = map_columns(std::shared_ptr<RowReader>(std::move(source.rows)), std::move(column_of),
                              std::ssize(firsts), merge.together);
}

}  // namespace

std::vector<std::string> settle_genes(CellSource& source, const ScreenOptions& options) {
  if (!source.gene_column) source.gene_column = find_gene_column(source.var, options, source.obs);
  const std::string& column = *source.gene_column;
  std::vector<std::string> names = gene_names(source.var, column);
  const std::vector<std::string> as_read = names;
  for (std::string& name : names) name = std::string(trim(name));
  if (names != as_read) set_names(source.var, column, names);
  const Groups groups(names);
  const std::size_t n = groups.n_repeated();
  if (n == 0) return {};
  const std::string found =
      fmt::format("{} gene {} several genes: {}", n, n == 1 ? "name stands for" : "names stand for", groups.examples());
  if (options.repeated_genes == "error")
    throw InputError(
        {.place = options.file,
         .found = fmt::format("var {}: {}", column.empty() ? "index" : fmt::format("column '{}'", column), found)},
        "screen.repeated_genes sum adds them up, first keeps the first of each, keep-ids names them by their ids");
  if (options.repeated_genes == "keep-ids") {
    set_names(source.var, column, names_by_id(source.var, names, groups));
    return {found + "; each goes by its id (screen.repeated_genes)"};
  }
  const Merge merge = merge_of(source, options);
  put_together(source, groups, merge);
  return {fmt::format("{}; {} (screen.repeated_genes)", found, merge.said)};
}

}  // namespace gracevae::impl
