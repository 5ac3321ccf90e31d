#include "network/name_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "screen/gene_names.hpp"

namespace gracevae::impl {

namespace {

constexpr double kLeastShare = 0.1, kShareOfOtherCase = 0.3;
constexpr std::size_t kExamples = 3;
constexpr const char *kMouse = "mouse symbols", *kHuman = "human symbols", *kEntrez = "Entrez ids",
                     *kEnsembl = "Ensembl ids", *kString = "STRING's protein ids", *kProteins = "Ensembl protein ids",
                     *kUniProt = "UniProt accessions", *kHgnc = "HGNC ids", *kJoined = "several names joined together",
                     *kQuoted = "names between quotes";

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

bool is_number(std::string_view name) { return !name.empty() && std::all_of(name.begin(), name.end(), is_digit); }

/// ENSP00000000233, ENSMUSP….
bool is_ensembl_protein(std::string_view name) {
  const std::size_t digits = name.find_first_of("0123456789");
  return name.starts_with("ENS") && digits != std::string_view::npos && digits >= 4 && name[digits - 1] == 'P' &&
         name.size() >= digits + 11;
}

/// 9606.ENSP00000000233.
bool is_string_protein(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && is_number(name.substr(0, dot)) && is_ensembl_protein(name.substr(dot + 1));
}

/// P04637, A0A024R161.
bool is_accession(std::string_view name) {
  if ((name.size() != 6 && name.size() != 10) || !is_upper(name[0]) || !is_digit(name[1]) || !is_digit(name[5]))
    return false;
  if (!std::all_of(name.begin(), name.end(), [](char c) { return is_upper(c) || is_digit(c); })) return false;
  const bool opq = name[0] == 'O' || name[0] == 'P' || name[0] == 'Q';
  return (name.size() == 6 && opq) || (is_upper(name[2]) && is_digit(name.back()));
}

bool is_hgnc(std::string_view name) { return name.starts_with("HGNC:"); }
bool is_quoted(std::string_view name) {
  return name.size() > 1 && (name.front() == '"' || name.front() == '\'' || name.front() == '`');
}
bool is_joined(std::string_view name) { return name.find_first_of(",;|/ ") != std::string_view::npos; }
bool is_mouse(std::string_view name) {
  return name.size() > 1 && is_upper(name[0]) && std::any_of(name.begin() + 1, name.end(), is_lower) &&
         std::none_of(name.begin() + 1, name.end(), is_upper);
}
bool is_human(std::string_view name) {
  return !name.empty() && is_upper(name[0]) && std::none_of(name.begin(), name.end(), is_lower);
}

/// "'Klf1', 'Gata1', …".
std::string examples(std::span<const std::string> names) {
  std::vector<std::string> shown;
  for (const auto& name : names.first(std::min(names.size(), kExamples))) shown.push_back(fmt::format("'{}'", name));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > kExamples ? ", …" : "");
}

std::string in_capitals(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

/// Names that differ from genes in letter case alone.
struct OtherCase {
  std::size_t n = 0;
  std::string gene, name;  ///< the first

  OtherCase(const std::vector<std::string>& genes, const std::vector<std::string>& names) {
    std::unordered_map<std::string, const std::string*> gene_of;
    for (const auto& each : genes) gene_of.emplace(in_capitals(each), &each);
    for (const auto& each : names)
      if (const auto found = gene_of.find(in_capitals(each)); found != gene_of.end() && n++ == 0) {
        gene = *found->second;
        name = each;
      }
  }
};

/// A part, what is wrong with it, and a hint.
class PartCheck {
 public:
  PartCheck(const PartNames& part, const std::vector<PartNames>& all, const NameCheck& check)
      : part_(part), all_(all), check_(check), of_genes_(part.role != NetworkRole::relations),
        other_case_(of_genes_ ? check.genes : std::vector<std::string>{}, part.missing),
        kind_(kind_of_names(part.missing)), gene_kind_(kind_of_names(check.genes)) {}

  bool is_fine() const { return part_.n_names == 0 || part_.share() >= kLeastShare; }
  bool is_error() const { return part_.n_found == 0 || is_other_species(); }

  std::string found() const {
    const std::string count = part_.n_found == 0 ? fmt::format("none of its {} names is", part_.n_names)
                                                 : fmt::format("only {} of its {} names {}", part_.n_found,
                                                               part_.n_names, part_.n_found == 1 ? "is" : "are");
    return fmt::format("{}: {} {}: {}", part_.file.string(), count, node_words(), seen());
  }

  std::string hint() const {
    std::string text = of_genes_ ? hint_for_genes() : "are these the relations of another collection of gene sets?";
    for (const std::string& way : ways_on()) text += "; " + way;
    return text;
  }

 private:
  bool is_other_species() const {
    const auto smaller = static_cast<double>(std::min(part_.missing.size(), check_.genes.size()));
    return other_case_.n > 0 && static_cast<double>(other_case_.n) >= kShareOfOtherCase * smaller;
  }

  std::string node_words() const {
    const std::string of = part_.n_found > 1 ? "" : "a ";
    const std::string plural = part_.n_found > 1 ? "s" : "";
    return of_genes_ ? fmt::format("{}gene{} of the screen", of, plural) : fmt::format("the id of a gene set");
  }

  std::string seen() const {
    if (!of_genes_) return relations_seen();
    std::string text = fmt::format("it has {} ({}), the screen {} ({})", shown_kind(kind_), examples(part_.missing),
                                   shown_kind(gene_kind_), examples(check_.genes));
    if (other_case_.n > 0)
      text += fmt::format("; {} of them are genes but for letter case ('{}' here, '{}' there)", other_case_.n,
                          other_case_.gene, other_case_.name);
    return text;
  }

  std::string relations_seen() const {
    std::string there = "it has " + examples(part_.missing);
    for (const PartNames& other : all_)
      if (other.role == NetworkRole::gene_sets) return there + ", no ids of " + other.file.string();
    return there;
  }

  bool species_differ() const {
    return (kind_ == kMouse && gene_kind_ == kHuman) || (kind_ == kHuman && gene_kind_ == kMouse);
  }

  /// The species is named only if the two sides differ in it.
  std::string shown_kind(const std::string& kind) const {
    return (kind == kMouse || kind == kHuman) && !species_differ() ? "symbols" : kind;
  }

  std::string hint_for_genes() const {
    if (is_other_species()) {
      const std::string table =
          "give a table of two columns, the network's name and the screen's, with network.edge_info";
      return species_differ()
                 ? "are these two species, as mouse and human? Take networks of the screen's species, or " + table
                 : "letter case counts: write the names as the screen's genes, or " + table;
    }
    if (kind_ == kJoined) return "separate the names by tabs (.gmt), or each from the other in its own column";
    if (kind_ == kQuoted) return "take the quotes out of the file";
    if (kind_ == kString || kind_ == kProteins) {
      const std::string taxon =
          kind_ == kString ? part_.missing.front().substr(0, part_.missing.front().find('.')) : "9606";
      return fmt::format("give STRING's table of names, {}.protein.info….txt.gz, with network.edge_info", taxon);
    }
    if (kind_ == kEntrez && gene_kind_ != kEntrez)
      return with_table("entrez_id", "HGNC's download with the columns symbol and entrez_id, or NCBI's gene_info");
    if (kind_ == kHgnc) return with_table("hgnc_id", "HGNC's download with the columns symbol and hgnc_id");
    if (kind_ == kUniProt) return "give a table of two columns, accession and symbol, with network.edge_info";
    if (check_.screen) {
      const NameMismatch mismatch = name_mismatch(*check_.screen, part_.missing, "names there");
      if (!mismatch.found.empty()) return mismatch.hint;
    }
    if ((kind_ == kEnsembl) != (gene_kind_ == kEnsembl) || gene_kind_ == kEntrez)
      return "screen.gene_column names another column of var, screen.aliases a table of ids and symbols";
    return "is the file of another species, or of other names? A table of two columns, the network's name and the "
           "screen's, is given with network.edge_info";
  }

  std::string with_table(std::string_view column, std::string_view table) const {
    if (check_.screen && check_.screen->aliases)
      return fmt::format(
          "the table of screen.aliases ({}) has none of these ids as ids of the screen's genes: it needs the "
          "column {}",
          check_.screen->aliases->source(), column);
    return fmt::format("give a table of ids and symbols with screen.aliases: {}", table);
  }

  /// Options that do without the part; empty if nothing would be left.
  std::vector<std::string> ways_on() const {
    std::vector<std::string> ways;
    if (check_.n_gg + check_.n_pg == 0) return ways;
    if (part_.role == NetworkRole::relations) ways.emplace_back("network.level gg+pg goes without relations");
    if (part_.role == NetworkRole::gene_sets && check_.n_gg > 0)
      ways.emplace_back("network.level gg goes without gene sets");
    if (!check_.allow_empty && is_error()) ways.emplace_back("network.allow_empty takes the network as it is");
    return ways;
  }

  const PartNames& part_;
  const std::vector<PartNames>& all_;
  const NameCheck& check_;
  bool of_genes_;
  OtherCase other_case_;
  std::string kind_, gene_kind_;
};

}  // namespace

std::string kind_of_names(const std::vector<std::string>& names) {
  using Is = bool (*)(std::string_view);
  constexpr std::array kKinds{std::pair<const char*, Is>{kQuoted, is_quoted},
                              std::pair<const char*, Is>{kEntrez, is_number},
                              std::pair<const char*, Is>{kString, is_string_protein},
                              std::pair<const char*, Is>{kProteins, is_ensembl_protein},
                              std::pair<const char*, Is>{kEnsembl, looks_like_ensembl},
                              std::pair<const char*, Is>{kHgnc, is_hgnc},
                              std::pair<const char*, Is>{kJoined, is_joined},
                              std::pair<const char*, Is>{kUniProt, is_accession},
                              std::pair<const char*, Is>{kMouse, is_mouse},
                              std::pair<const char*, Is>{kHuman, is_human}};
  for (const auto& [kind, is_it] : kKinds)
    if (2 * std::count_if(names.begin(), names.end(), is_it) > std::ssize(names)) return kind;
  return "names";
}

namespace {

/// What R makes of names with hyphens: HLA.A for HLA-A. "" if there are none.
std::string points_for_hyphens(const PartNames& part, const std::vector<std::string>& genes) {
  const std::unordered_set<std::string_view> known(genes.begin(), genes.end());
  std::vector<std::string> pairs;
  for (const std::string& name : part.missing) {
    if (name.find('-') == std::string::npos) continue;
    std::string pointed = name;
    std::replace(pointed.begin(), pointed.end(), '-', '.');
    if (known.contains(pointed)) pairs.push_back(fmt::format("'{}' for '{}'", pointed, name));
  }
  if (pairs.empty()) return "";
  constexpr std::size_t kPairsShown = 5;
  return fmt::format(
      "{}: {} genes of the screen have points where the names there have hyphens, as R writes them: {}; write "
      "them with hyphens, or give a table of the two names with screen.aliases",
      part.file.string(), pairs.size(), first_few(pairs, kPairsShown));
}

}  // namespace

std::vector<std::string> check_names(const std::vector<PartNames>& parts, const NameCheck& check) {
  std::vector<std::string> warnings, files;
  const PartNames* first = nullptr;
  for (const PartNames& part : parts) {
    if (part.n_names == 0) {
      warnings.push_back(fmt::format("{}: there are no names in it", part.file.string()));
      continue;
    }
    if (part.role != NetworkRole::relations)
      if (std::string pointed = points_for_hyphens(part, check.genes); !pointed.empty())
        warnings.push_back(std::move(pointed));
    const PartCheck part_check(part, parts, check);
    if (part_check.is_fine()) continue;
    if (!part_check.is_error() || check.allow_empty) {
      warnings.push_back(fmt::format("{}; {}", part_check.found(), part_check.hint()));
      continue;
    }
    if (!first) first = &part;
    files.push_back(part.file.string());
  }
  if (!first) return warnings;
  const PartCheck worst(*first, parts, check);
  std::string text = worst.found();
  if (files.size() > 1) text += fmt::format(" (and likewise in {})", fmt::join(std::span(files).subspan(1), ", "));
  throw InputError(text, worst.hint());
}

}  // namespace gracevae::impl
