#include "io/gene_sets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/plain_text.hpp"
#include "io/delimited.hpp"
#include "io/edge_list.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

namespace {

constexpr const char* kGmtHint =
    "each line of a .gmt is a name, an id or URL, then one or more genes, separated by tabs";

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = trim(text.substr(1, text.size() - 2));
  return text;
}

/// Length of the gene in "KLF1,1.0"; npos for a cell without a weight. "1000,1001" are two Entrez ids.
std::size_t weight_at(std::string_view cell) {
  const std::size_t comma = cell.find(',');
  double value = 0;
  if (comma == 0 || comma == std::string_view::npos || !parse_number(cell.substr(comma + 1), value))
    return std::string_view::npos;
  const bool is_id = parse_number(cell.substr(0, comma), value);
  return is_id && cell.find('.', comma) == std::string_view::npos ? std::string_view::npos : comma;
}

/// Reads the lines of a .gmt, then decides what its ids are.
class GmtReader {
 public:
  explicit GmtReader(const std::filesystem::path& path) : path_(path) {
    for_each_line(path, [&](std::string_view line, std::int64_t number) {
      if (trim(line).empty()) return;
      sets_.push_back(parse(line, line_place(path_, number)));
      lines_.push_back(number);
    });
    if (sets_.empty()) throw InputError({.place = path_.string(), .found = "no gene sets"}, kGmtHint);
    name_sets();
    require_unique();
  }

  std::vector<GeneSet> take() { return std::move(sets_); }

  std::string how() const {
    std::vector<std::string> parts;
    if (n_named_ > 0)
      parts.push_back(fmt::format("the second column holds {} for {} of {} sets: their names are their ids",
                                  described_ ? "descriptions, no ids," : "no id", n_named_, lines_.size()));
    if (n_weights_ > 0) parts.push_back(fmt::format("{} weights of genes are left out", n_weights_));
    if (n_joined_ > 0) parts.push_back(fmt::format("the genes of {} sets stand in one cell and are parted", n_joined_));
    return parts.empty() ? "" : fmt::format("{}: {}", path_.string(), fmt::join(parts, "; "));
  }

 private:
  GeneSet parse(std::string_view line, const std::string& place) {
    const auto cells = split(line, '\t');
    if (cells.size() < 3)
      throw InputError({.place = place,
                        .found = fmt::format("{} tab-separated columns", cells.size()),
                        .expected = "at least 3"},
                       kGmtHint);
    GeneSet set;
    set.name = escaped_text(unquoted(cells[0]));
    set.id = escaped_text(unquoted(cells[1]));
    for (std::size_t i = 2; i < cells.size(); ++i) {
      std::string_view gene = unquoted(cells[i]);
      if (const std::size_t end = weight_at(gene); end != std::string_view::npos) {
        gene = trim(gene.substr(0, end));
        ++n_weights_;
      }
      if (!gene.empty()) set.genes.emplace_back(gene);
    }
    if (set.genes.size() == 1) part(set.genes);
    if (set.genes.empty())
      throw InputError({.place = place, .found = fmt::format("no genes in '{}'", set.name), .expected = "at least 1"},
                       kGmtHint);
    return set;
  }

  /// Genes that share one cell.
  void part(std::vector<std::string>& genes) {
    constexpr const char* kSeparators = ",;|";
    const std::string cell = std::move(genes.front());
    genes.clear();
    for (std::size_t begin = 0; begin <= cell.size();) {
      const std::size_t end = std::min(cell.find_first_of(kSeparators, begin), cell.size());
      if (const auto gene = unquoted(std::string_view(cell).substr(begin, end - begin)); !gene.empty())
        genes.emplace_back(gene);
      begin = end + 1;
    }
    n_joined_ += genes.size() > 1;
  }

  static bool is_no_id(std::string_view id) {
    return is_gap(id) || id == "." || id == "-" || id == "na" || id == "n/a" || id == "null" || id == "None";
  }

  /// Sets without a unique id use their names.
  void name_sets() {
    std::unordered_set<std::string_view> ids;
    std::size_t n_ids = 0, n_urls = 0;
    for (const GeneSet& set : sets_) {
      if (is_no_id(set.id)) continue;
      ++n_ids;
      n_urls += set.id.find("://") != std::string::npos;
      ids.insert(set.id);
    }
    described_ = ids.size() < n_ids && (2 * ids.size() < n_ids || n_urls == n_ids);
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      GeneSet& set = sets_[i];
      if (!described_ && !is_no_id(set.id)) continue;
      if (set.name.empty())
        throw InputError({.place = line_place(path_, lines_[i]),
                          .found = "neither a name nor an id (first and second column)"},
                         kGmtHint);
      set.id = set.name;
      ++n_named_;
    }
  }

  void require_unique() const {
    std::unordered_map<std::string_view, std::size_t> first_of_id;
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      const auto [first, fresh] = first_of_id.emplace(sets_[i].id, i);
      if (fresh) continue;
      const bool named = sets_[i].id == sets_[i].name;
      throw InputError({.place = line_place(path_, lines_[i]),
                        .found = fmt::format("the {} '{}' stands in line {} already", named ? "name" : "id",
                                             sets_[i].id, lines_[first->second]),
                        .expected = "each once"},
                       named ? "give each set its own name, or its own id in the second column" : kGmtHint);
    }
  }

  std::filesystem::path path_;
  std::vector<GeneSet> sets_;
  std::vector<std::int64_t> lines_;
  bool described_ = false;
  std::size_t n_named_ = 0, n_weights_ = 0, n_joined_ = 0;
};

}  // namespace

std::vector<GeneSet> read_gmt(const std::filesystem::path& path, std::string* how) {
  GmtReader reader(path);
  if (how) *how = reader.how();
  return reader.take();
}

std::vector<GmtFile> read_gmt_files(const std::vector<std::filesystem::path>& paths) {
  std::vector<GmtFile> files;
  std::unordered_map<std::string, std::size_t> file_of_id;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    GmtFile file{paths[i], {}, {}};
    file.sets = read_gmt(file.path, &file.how);
    for (const GeneSet& set : file.sets)
      if (const auto [first, fresh] = file_of_id.emplace(set.id, i); !fresh)
        throw InputError({.place = file.path.string(),
                          .found =
                              fmt::format("the gene set '{}' is in {} too", set.id, paths[first->second].string())},
                         "name the files to take, separated by commas, or give the sets other ids");
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<GeneSet> read_gmts(const std::vector<std::filesystem::path>& paths) {
  std::vector<GeneSet> sets;
  for (GmtFile& file : read_gmt_files(paths))
    sets.insert(sets.end(), std::make_move_iterator(file.sets.begin()), std::make_move_iterator(file.sets.end()));
  return sets;
}

std::vector<std::pair<std::string, std::string>> read_pairs(const std::filesystem::path& path) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for_each_edge(path, {}, [&](const Edge& edge) { pairs.emplace_back(edge.from, edge.to); });
  return pairs;
}

void write_gmt(const std::filesystem::path& path, const std::vector<GeneSet>& sets) {
  std::string text;
  for (const auto& set : sets) {
    text += cell_text(set.name) + '\t' + cell_text(set.id);
    for (const auto& gene : set.genes) text += '\t' + cell_text(gene);
    text += '\n';
  }
  write_text(path, text);
}

void write_pairs(const std::filesystem::path& path, const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  for (const auto& [from, to] : pairs) text += cell_text(from) + '\t' + cell_text(to) + '\n';
  write_text(path, text);
}

}  // namespace gracevae::impl
