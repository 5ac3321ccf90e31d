#include "io/name_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kLooked = 200;  // lines inspected to tell what a list holds

template <std::size_t n>
bool is_one_of(std::string_view text, const std::array<std::string_view, n>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_symbol_title(std::string_view title) {
  constexpr std::array<std::string_view, 11> kTitles{"gene_symbol",  "gene_symbols",    "symbol",  "symbols",
                                                     "gene_name",    "gene_names",      "gene",    "name",
                                                     "feature_name", "gene_short_name", "genename"};
  return is_one_of(lower_case(title), kTitles);
}

bool is_cell_title(std::string_view title) {
  constexpr std::array<std::string_view, 10> kTitles{"barcode", "barcodes",     "cell",     "cells", "cell_id",
                                                     "cellid",  "cell_barcode", "bc_wells", "index", ""};
  return is_one_of(lower_case(title), kTitles);
}

/// Whether a field is a title rather than a name.
bool is_title(std::string_view field) {
  constexpr std::array<std::string_view, 14> kTitles{"genes",   "gene_id",   "gene_ids", "id",        "ids",
                                                     "names",   "feature",   "features", "x",         "v1",
                                                     "ensembl", "accession", "grna_id",  "unnamed: 0"};
  const std::string text = lower_case(field);
  if (is_symbol_title(text) || is_cell_title(text) || is_one_of(text, kTitles)) return true;
  const auto ends = [&](const char* ending) { return text.ends_with(ending); };
  return ends("_id") || ends("_ids") || ends("_name") || ends("_names") || ends("_symbol") || ends("_barcode");
}

bool is_ensembl_id(std::string_view name) {
  return name.size() >= 15 && name.starts_with("ENS") &&
         std::count_if(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }) >= 11;
}

bool is_barcode(std::string_view name) {
  std::size_t run = 0;
  for (const char letter : name) {
    run = letter == 'A' || letter == 'C' || letter == 'G' || letter == 'T' ? run + 1 : 0;
    if (run >= 8) return true;
  }
  return false;
}

bool is_feature_type(std::string_view value) {
  const std::string text = lower_case(value);
  return text == "gene expression" || text == "crispr guide capture" || text == "antibody capture";
}

/// Statistics of one column after the header.
struct Content {
  std::string title;
  std::size_t n = 0, n_distinct = 0, n_empty = 0, n_numbers = 0, n_ensembl = 0, n_types = 0;

  bool is_all_different() const { return n_distinct == n; }
  bool is_names() const { return n > 0 && n_empty == 0 && 2 * n_numbers < n && 2 * n_distinct > n; }
  bool is_ensembl() const { return 2 * n_ensembl > n; }
};

std::vector<Content> contents_of(const NameTable& table, std::size_t first) {
  std::vector<Content> contents(table.lines.empty() ? 0 : table.lines[0].size());
  for (std::size_t j = 0; j < contents.size(); ++j) {
    Content& content = contents[j];
    if (first > 0) content.title = table.lines[0][j];
    std::unordered_set<std::string_view> distinct;
    double ignored = 0;
    for (std::size_t i = first; i < table.lines.size(); ++i) {
      const std::string& value = table.lines[i][j];
      ++content.n;
      distinct.insert(value);
      content.n_empty += value.empty() ? 1 : 0;
      content.n_numbers += parse_number(value, ignored) ? 1 : 0;
      content.n_ensembl += is_ensembl_id(value) ? 1 : 0;
      content.n_types += is_feature_type(value) ? 1 : 0;
    }
    content.n_distinct = distinct.size();
  }
  return contents;
}

std::vector<std::string> column_of(const NameTable& table, std::size_t first, std::size_t j) {
  std::vector<std::string> values;
  for (std::size_t i = first; i < table.lines.size(); ++i) values.push_back(table.lines[i][j]);
  return values;
}

bool has_word(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

/// Number of the first lines whose field satisfies `is`.
template <class Is>
bool mostly(const NameTable& table, const Is& is) {
  const std::size_t n = std::min(table.lines.size(), kLooked);
  const auto found = std::count_if(table.lines.begin(), table.lines.begin() + static_cast<std::ptrdiff_t>(n),
                                   [&](const auto& fields) { return std::any_of(fields.begin(), fields.end(), is); });
  return n > 0 && 2 * static_cast<std::size_t>(found) > n;
}

}  // namespace

std::optional<std::size_t> NameTable::first_of(std::int64_t n) const {
  if (too_long || lines.empty() || n == 0) return {};
  const bool all_titles = std::all_of(lines[0].begin(), lines[0].end(), is_title);
  if (std::ssize(lines) == n && !all_titles) return 0;
  if (std::ssize(lines) == n + 1 && std::any_of(lines[0].begin(), lines[0].end(), is_title)) return 1;
  return {};
}

NameTable read_name_table(const std::filesystem::path& path, std::int64_t most_lines) {
  NameTable table;
  table.path = path;
  DelimitedReader reader(path);
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    if (std::ssize(table.lines) == most_lines) {
      table.too_long = true;
      return table;
    }
    std::vector<std::string> line;
    for (const auto field : fields) line.emplace_back(trim(field));
    if (table.lines.size() == 1 && line.size() == table.lines[0].size() + 1)  // R's write.table
      table.lines[0].insert(table.lines[0].begin(), "");
    if (!table.lines.empty() && line.size() != table.lines[0].size())
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} fields", line.size()),
                        .expected = fmt::format("{} as in the lines above", table.lines[0].size())});
    table.lines.push_back(std::move(line));
  }
  return table;
}

std::optional<std::vector<std::string>> cell_names(const NameTable& table, std::int64_t n_cells) {
  const auto first = table.first_of(n_cells);
  if (!first) return {};
  const auto contents = contents_of(table, *first);
  std::optional<std::size_t> best;
  for (std::size_t j = 0; j < contents.size(); ++j) {
    if (!contents[j].is_names() || !contents[j].is_all_different()) continue;
    if (!best || (*first > 0 && is_cell_title(contents[j].title) && !is_cell_title(contents[*best].title))) best = j;
  }
  if (!best) return {};
  return column_of(table, *first, *best);
}

std::optional<DataFrame> gene_frame(const NameTable& table, std::int64_t n_genes) {
  const auto first = table.first_of(n_genes);
  if (!first) return {};
  const auto contents = contents_of(table, *first);
  std::optional<std::size_t> ids, symbols, types;
  for (std::size_t j = 0; j < contents.size(); ++j) {
    const Content& content = contents[j];
    if (content.n_types > 0 && content.n_empty == 0) types = types.value_or(j);
    if (!content.is_names()) continue;
    if (content.is_ensembl() && (!ids || !contents[*ids].is_ensembl()))
      ids = j;
    else if (!ids)
      ids = j;
  }
  if (!ids) return {};
  for (std::size_t j = 0; j < contents.size(); ++j) {
    if (j == *ids || !contents[j].is_names() || contents[j].is_ensembl()) continue;
    const bool titled = *first > 0 && is_symbol_title(contents[j].title);
    const bool second = contents[*ids].is_ensembl() || *first == 0;
    if (titled || (second && !symbols)) symbols = j;
    if (titled) break;
  }
  DataFrame var;
  var.index = column_of(table, *first, *ids);
  if (symbols) var.add("gene_symbols", column_of(table, *first, *symbols));
  if (types) var.add("feature_types", column_of(table, *first, *types));
  return var;
}

int gene_rank(const NameTable& table, const std::string& name) {
  const std::string text = lower_case(name);
  const bool cells = has_word(text, {"barcode", "cell"}), genes = has_word(text, {"gene", "feature"});
  if (cells && !genes) return -1;
  if (genes && !cells) return 3;
  if (mostly(table, is_ensembl_id)) return 2;
  if (mostly(table, is_barcode)) return -1;
  return has_word(text, {"symbol", "var"}) ? 1 : 0;
}

int cell_rank(const NameTable& table, const std::string& name) {
  const std::string text = lower_case(name);
  const bool cells = has_word(text, {"barcode", "cell"}), genes = has_word(text, {"gene", "feature"});
  if (genes && !cells) return -1;
  if (cells && !genes) return has_word(text, {"barcode"}) ? 4 : 3;
  if (mostly(table, is_ensembl_id)) return -1;
  if (mostly(table, is_barcode)) return 2;
  return has_word(text, {"obs", "meta"}) ? 1 : 0;
}

}  // namespace gracevae::impl
