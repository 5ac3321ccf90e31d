#include "screen/gene_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/letters.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

namespace {

bool is_number(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// "('ENSG00000105610', …)".
std::string example_of(const std::vector<std::string>& names) {
  return names.empty() ? "" : fmt::format(" ('{}'{})", names.front(), names.size() > 1 ? ", …" : "");
}

bool calls_itself_symbols(const std::string& column) {
  const std::string name = lower_case(column);
  return name.find("symbol") != std::string::npos || name.find("name") != std::string::npos;
}

constexpr const char* kTable =
    "give a table of Ensembl ids and symbols with screen.aliases (HGNC's download with ensembl_gene_id, or two columns)";

/// How to name the genes by symbols.
std::string hint_for_ids(const Screen& screen, const std::vector<std::string>& others) {
  const std::string column = symbol_column(screen.var, others);
  if (column.empty()) return fmt::format("no column of var holds symbols without repeats: {}", kTable);
  return fmt::format("var column '{}' holds symbols{}: screen.gene_column {}", column,
                     example_of(column_as_strings(*screen.var.find(column))), shell_word(column));
}

/// How to name the genes by ids; nullopt if var has ids but not these: the genes are not measured.
std::optional<std::string> hint_for_symbols(const Screen& screen, const std::vector<std::string>& others) {
  std::unordered_set<std::string_view> wanted;
  for (const auto& name : others) wanted.insert(without_version(name));
  bool any = false;
  const auto names_them = [&](const std::vector<std::string>& ids) {
    if (gene_name_kind(ids) != "Ensembl ids") return false;
    any = true;
    return std::any_of(ids.begin(), ids.end(), [&](const auto& id) { return wanted.contains(without_version(id)); });
  };
  if (names_them(screen.var.index)) return "var's index holds these ids: screen.gene_column index";
  for (const auto& [name, column] : screen.var.columns)
    if (is_text(column) && names_them(column_as_strings(column)))
      return fmt::format("var column '{}' holds these ids: screen.gene_column {}", name, shell_word(name));
  if (any) return std::nullopt;
  return fmt::format("var holds no Ensembl ids: {}", kTable);
}

constexpr std::size_t kMostWords = 20'000;  // of a column of obs whose words may be targets
constexpr double kFewRepeats = 0.8;         // share of distinct names in a column of symbols

/// The values of the text columns of obs, and their pieces between separators.
std::unordered_set<std::string> words_of(const DataFrame& obs) {
  std::unordered_set<std::string> words;
  for (const auto& [name, column] : obs.columns) {
    if (!is_text(column)) continue;
    const auto* categorical = std::get_if<Categorical>(&column);
    const std::vector<std::string> labels = categorical ? categorical->categories : column_as_strings(column);
    const std::unordered_set<std::string_view> distinct(labels.begin(), labels.end());
    if (distinct.size() > kMostWords) continue;
    for (const std::string_view label : distinct) {
      words.emplace(trim(label));
      for (std::size_t begin = 0; begin <= label.size();) {
        const std::size_t end = std::min(label.find_first_of("+,;|&/_", begin), label.size());
        words.emplace(trim(label.substr(begin, end - begin)));
        begin = end + 1;
      }
    }
  }
  words.erase("");
  return words;
}

/// Letters only, in lower case: "Gene Symbols" → "genesymbols".
std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : name)
    if (std::isalpha(static_cast<unsigned char>(c)) != 0)
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters;
}

/// Index among the names that published files use; their number if it is not one of them.
std::size_t rank_of_column(const std::string& name) {
  static constexpr std::array<std::string_view, 5> kUsual{"genesymbols", "genename", "featurename", "genesymbol",
                                                          "symbol"};
  return static_cast<std::size_t>(std::find(kUsual.begin(), kUsual.end(), letters_of(name)) - kUsual.begin());
}

/// `usual`: the column has such a name, and may contain repeats.
bool holds_symbols(const std::vector<std::string>& names, bool usual = false) {
  if (gene_name_kind(names) != "symbols") return false;
  if (usual) return true;
  const std::unordered_set<std::string_view> distinct(names.begin(), names.end());
  return !distinct.contains("") &&
         static_cast<double>(distinct.size()) >= kFewRepeats * static_cast<double>(names.size());
}

std::string column_of_symbols(const DataFrame& var, const DataFrame& obs) {
  const std::unordered_set<std::string> words = words_of(obs);
  constexpr std::size_t kUsual = 5, kIndex = 100, kCalledSo = 50, kOther = 200;  // ranks behind the usual names
  std::string best;
  std::optional<std::pair<std::int64_t, std::int64_t>> most;
  const auto look_at = [&](const std::string& name, const std::vector<std::string>& names, std::size_t rank) {
    const auto n =
        std::count_if(names.begin(), names.end(), [&](const auto& w) { return words.contains(std::string(trim(w))); });
    if (rank == kOther && n == 0) return;  // any text
    const auto behind = -static_cast<std::int64_t>(rank);
    if (most && std::pair(static_cast<std::int64_t>(n), behind) <= *most) return;
    most.emplace(n, behind);
    best = name;
  };
  const bool index_holds = holds_symbols(var.index);
  if (index_holds) look_at("", var.index, kIndex);
  for (const auto& [name, column] : var.columns) {
    if (!is_text(column)) continue;
    const std::vector<std::string> names = column_as_strings(column);
    const std::size_t usual = rank_of_column(name);
    if (!holds_symbols(names, usual < kUsual)) continue;
    if (usual < kUsual)
      look_at(name, names, usual);
    else
      look_at(name, names, !index_holds && calls_itself_symbols(name) ? kCalledSo : kOther);
  }
  return best;
}

}  // namespace

std::string find_gene_column(const DataFrame& var, const ScreenOptions& options, const DataFrame& obs) {
  if (!options.gene_column.empty()) {
    if (var.find(options.gene_column)) return options.gene_column;
    if (options.gene_column == "index") return "";
    throw InputError({.place = options.file,
                      .found = fmt::format("var has no column '{}' (screen.gene_column)", options.gene_column)},
                     var.columns.empty() ? "var has no columns: leave screen.gene_column out to take its index"
                                         : nearest_hint(options.gene_column, var.names()));
  }
  return column_of_symbols(var, obs);
}

std::vector<std::string> gene_names(const DataFrame& var, const std::string& column) {
  return column.empty() ? var.index : column_as_strings(*var.find(column));
}

std::string gene_name_kind(const std::vector<std::string>& names) {
  const auto most = [&](auto&& is) {
    return std::count_if(names.begin(), names.end(), is) * 10 >= std::ssize(names) * 9;
  };
  if (names.empty()) return "symbols";
  if (most(looks_like_ensembl)) return "Ensembl ids";
  return most(is_number) ? "numbers" : "symbols";
}

std::string symbol_column(const DataFrame& var, const std::vector<std::string>& names) {
  const std::unordered_set<std::string_view> wanted(names.begin(), names.end());
  std::string best;
  std::pair<std::int64_t, bool> most{0, false};
  for (const auto& [name, column] : var.columns) {
    if (!is_text(column)) continue;
    const std::vector<std::string> words = column_as_strings(column);
    const std::unordered_set<std::string_view> distinct(words.begin(), words.end());
    if (distinct.size() < words.size() || distinct.contains("") || gene_name_kind(words) != "symbols") continue;
    const auto n_wanted = std::count_if(words.begin(), words.end(), [&](const auto& w) { return wanted.contains(w); });
    const std::pair now(static_cast<std::int64_t>(n_wanted), calls_itself_symbols(name));
    if (now <= most) continue;
    best = name;
    most = now;
  }
  return best;
}

NameMismatch name_mismatch(const Screen& screen, const std::vector<std::string>& others, const std::string& what) {
  if (others.empty()) return {};
  std::vector<std::string> ids, symbols;
  for (const auto& name : others) (looks_like_ensembl(name) ? ids : symbols).push_back(name);
  const bool ids_here = gene_name_kind(screen.genes) == "Ensembl ids", ids_there = ids.size() > symbols.size();
  if (ids_here == ids_there) return {};
  const char *kind_here = ids_here ? "Ensembl ids" : "symbols", *kind_there = ids_here ? "symbols" : "Ensembl ids";
  const std::optional<std::string> hint = ids_here ? hint_for_ids(screen, others) : hint_for_symbols(screen, others);
  if (!hint) return {};
  return {fmt::format("the genes are {}{}, the {} {}{}", kind_here, example_of(screen.genes), what, kind_there,
                      example_of(ids_here ? symbols : ids)),
          *hint};
}

std::shared_ptr<const GeneAliases> read_aliases(const ScreenOptions& options) {
  if (options.aliases.empty()) return nullptr;
  require_readable_file(options.aliases, "table of aliases");
  return std::make_shared<const GeneAliases>(std::filesystem::path(options.aliases));
}

}  // namespace gracevae::impl
