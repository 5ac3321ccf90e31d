#include "io/alias_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

using Fields = std::vector<std::string_view>;

constexpr const char* kHint =
    "expected HGNC's download (columns symbol, alias_symbol, prev_symbol, entrez_id, ensembl_gene_id) or two columns: "
    "old name or id, symbol";

/// The columns of an HGNC header.
struct Columns {
  std::size_t n = 0, symbol = 0;
  bool all_have_symbols = true;  ///< in HGNC's tables; others have genes without a symbol
  std::vector<std::size_t> previous, aliases;
};

std::optional<Columns> columns_of(const Fields& header) {
  Columns columns;
  columns.n = header.size();
  bool has_symbol = false;
  for (std::size_t j = 0; j < header.size(); ++j) {
    const std::string name = letters_and_digits(header[j]);
    const auto is = [&](std::initializer_list<std::string_view> names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (is({"symbol", "approvedsymbol", "preferredname", "genename", "genesymbol", "hgncsymbol", "markersymbol"}) &&
        !has_symbol) {
      columns.symbol = j;
      columns.all_have_symbols = is({"symbol", "approvedsymbol"});
      has_symbol = true;
    } else if (is({"prevsymbol", "previoussymbol", "previoussymbols", "ensemblgeneid", "hgncid", "entrezid",
                   "mgiaccessionid", "mgiid", "ncbigeneid", "ncbigeneidsuppliedbyncbi", "ncbigeneformerlyentrezgeneid",
                   "geneid", "entrezgeneid", "genestableid", "proteinstableid", "ensemblidsuppliedbyensembl",
                   "stringproteinid", "proteinexternalid"})) {
      columns.previous.push_back(j);
    } else if (is({"aliassymbol", "aliassymbols", "synonyms", "markersynonymspipeseparated"})) {
      columns.aliases.push_back(j);
    }
  }
  if (!has_symbol || columns.previous.size() + columns.aliases.size() == 0) return std::nullopt;
  return columns;
}

/// "ENSP00000000233" of STRING's "9606.ENSP00000000233"; "" of other names.
std::string_view without_taxon(std::string_view name) {
  const std::size_t end = name.find_first_not_of("0123456789");
  const bool has_taxon = end != 0 && end != std::string_view::npos && name[end] == '.' && name.size() > end + 1 &&
                         std::isalpha(static_cast<unsigned char>(name[end + 1])) != 0;
  return has_taxon ? name.substr(end + 1) : std::string_view();
}

/// The names in a cell, separated by | or commas. A hyphen stands for none (NCBI's gene_info).
void add_names(std::string_view cell, std::vector<std::string>& names) {
  for (;;) {
    const auto end = cell.find_first_of("|,");
    const std::string_view name = trim(cell.substr(0, end));
    if (!name.empty() && name != "-") names.emplace_back(name);
    if (const std::string_view bare = without_taxon(name); !bare.empty()) names.emplace_back(bare);
    if (end == std::string_view::npos) return;
    cell.remove_prefix(end + 1);
  }
}

/// The words of a line separated by white space.
Fields words_of(std::string_view line) {
  Fields words;
  for (line = trim(line); !line.empty(); line = trim(line)) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

class AliasReader {
 public:
  explicit AliasReader(const std::filesystem::path& path) : reader_(path) {
    Fields fields;
    bool first = true;
    while (reader_.next(fields)) {
      if (trim(fields[0]).starts_with('#')) {
        if (first && !columns_) read_commented_header(fields);
        continue;
      }
      if (first && columns_) first = false;
      if (first) columns_ = columns_of(fields);
      if (!columns_)
        add_pair(fields);
      else if (!first)
        add_gene(fields);
      first = false;
    }
    if (rows_.empty()) throw InputError({.place = path.string(), .found = "no gene names"}, kHint);
  }

  std::vector<GeneNameRow> take() { return std::move(rows_); }

 private:
  void read_commented_header(Fields fields) {
    fields[0] = trim(fields[0]).substr(1);
    columns_ = columns_of(fields);
  }

  void add_gene(const Fields& fields) {
    if (fields.size() != columns_->n)
      throw InputError({.place = reader_.place(),
                        .found =
                            fmt::format("expected {} fields as in the header, found {}", columns_->n, fields.size())},
                       "is the last line whole?");
    GeneNameRow row;
    row.symbol = trim(fields[columns_->symbol]);
    if (row.symbol.empty() && !columns_->all_have_symbols) return;
    if (row.symbol.empty()) throw InputError({.place = reader_.place(), .found = "the symbol is empty"}, kHint);
    if (row.symbol.ends_with("~withdrawn")) return;
    for (const std::size_t j : columns_->previous) add_names(fields[j], row.previous);
    for (const std::size_t j : columns_->aliases) add_names(fields[j], row.aliases);
    rows_.push_back(std::move(row));
  }

  void add_pair(const Fields& fields) {
    const Fields names = fields.size() == 1 ? words_of(fields[0]) : fields;
    if (names.size() != 2)
      throw InputError({.place = reader_.place(), .found = fmt::format("expected 2 names, found {}", names.size())},
                       kHint);
    const std::string_view old_name = trim(names[0]), symbol = trim(names[1]);
    if (old_name.empty() || symbol.empty())
      throw InputError({.place = reader_.place(),
                        .found = fmt::format("the {} name is empty", old_name.empty() ? "old" : "new")},
                       kHint);
    rows_.push_back({std::string(symbol), {std::string(old_name)}, {}});
  }

  DelimitedReader reader_;
  std::optional<Columns> columns_;
  std::vector<GeneNameRow> rows_;
};

}  // namespace

std::vector<GeneNameRow> read_alias_table(const std::filesystem::path& path) { return AliasReader(path).take(); }

}  // namespace gracevae::impl
