#include "screen/guide_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <unordered_set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/letters.hpp"
#include "base/nearest.hpp"
#include "io/guide_matrix.hpp"
#include "io/guide_table.hpp"
#include "io/guide_tables.hpp"
#include "io/open_cells.hpp"
#include "screen/cell_match.hpp"
#include "screen/guide_calls.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kGuideType = "crispr guide capture";
constexpr std::size_t kTypesShown = 8;
constexpr float kMostCount = 16777216;  // whole numbers above are not exact as float

std::vector<std::string> types_of(const CellSource& source) {
  std::vector<std::string> types;
  for (const OtherFeatures& features : source.others) types.push_back(features.type);
  return types;
}

/// The features that are guides by their type; nullptr where none are.
const OtherFeatures* guide_features(const CellSource& source) {
  std::vector<const OtherFeatures*> found;
  for (const OtherFeatures& features : source.others) {
    if (lower_case(features.type) == kGuideType) return &features;
    if (is_guide_type(features.type)) found.push_back(&features);
  }
  if (found.size() < 2) return found.empty() ? nullptr : found[0];
  throw ConfigError({.place = source.path,
                     .found = fmt::format("{} sets of features could be the guides: {}", found.size(),
                                          first_few(types_of(source), kTypesShown, "'"))},
                    fmt::format("say which: screen.guide_counts '{}' or screen.guide_counts '{}'", found[0]->type,
                                found[1]->type));
}

/// The features of a type, in any letter case and with or without "obsm/"; nullptr where there are none.
const OtherFeatures* features_of_type(const CellSource& source, const std::string& type) {
  constexpr std::string_view kObsm = "obsm/";
  const auto plain = [&](const std::string& name) {
    return lower_case(name.starts_with(kObsm) ? name.substr(kObsm.size()) : name);
  };
  for (const OtherFeatures& features : source.others)
    if (features.type == type) return &features;
  for (const OtherFeatures& features : source.others)
    if (plain(features.type) == plain(type)) return &features;
  return nullptr;
}

bool are_unique(const std::vector<std::string>& names) {
  return std::unordered_set<std::string_view>(names.begin(), names.end()).size() == names.size();
}

/// Names of guides that a table or list gives, and where they are from.
class GivenNames {
 public:
  explicit GivenNames(const GuideCallOptions& options) : options_(options) {}

  /// For guides that have ids and names: those of the list, those that the table knows, else the names.
  std::vector<std::string> of(const std::vector<std::string>& ids, const std::vector<std::string>& names,
                              GuideCounts& found) const {
    if (!options_.list.empty()) return listed(std::ssize(ids), options_.list, found);
    const std::size_t by_id = n_in_table(ids), by_name = n_in_table(names);
    const bool use_names = by_name != by_id ? by_name > by_id : are_unique(names);
    const auto& used = use_names ? names : ids;
    if (!are_unique(used))
      throw InputError({.place = found.place, .found = "guides have the same names"},
                       "name them in its order: screen.guide_list FILE, one a line");
    if (names != ids)
      found.said.push_back(fmt::format("guides go by their {} ({}), not their {} ({})", use_names ? "names" : "ids",
                                       first_few(used, 2, "'"), use_names ? "ids" : "names",
                                       first_few(use_names ? ids : names, 2, "'")));
    return used;
  }

  /// For the guides of a bare matrix.
  std::vector<std::string> of_bare(std::int64_t n_guides, const fs::path& matrix, GuideCounts& found) const {
    const fs::path list = options_.list.empty() ? guide_list_beside(matrix) : fs::path(options_.list);
    if (!list.empty()) return listed(n_guides, list, found);
    if (options_.table.empty())
      throw InputError(
          {.place = found.place, .found = fmt::format("{} guides without names", n_guides)},
          "name them: screen.guide_list FILE, one a line in the matrix's order, or screen.guides TABLE whose rows "
          "(guide, target) are in that order");
    std::vector<std::string> names;
    for (GuideRow& row : read_guide_table(options_.table)) names.push_back(std::move(row.guide));
    require_number(std::ssize(names), n_guides, options_.table, found.place,
                   "name the guides of the matrix in its order: screen.guide_list FILE, one a line");
    found.said.push_back(
        fmt::format("guides of {} are named in the order of {}: the first is '{}', the last '{}'; "
                    "where that is not the order of the matrix, give screen.guide_list",
                    found.place, options_.table, names.front(), names.back()));
    return names;
  }

 private:
  static void require_number(std::int64_t n_names, std::int64_t n_guides, const fs::path& file,
                             const std::string& place, const char* hint) {
    if (n_names != n_guides)
      throw InputError({.place = file.string(),
                        .found = fmt::format("names {} guides, but {} has {}", n_names, place, n_guides)},
                       n_names == n_guides + 1 ? "one name too many: has the list a title line? Remove it" : hint);
  }

  static std::vector<std::string> listed(std::int64_t n_guides, const fs::path& list, GuideCounts& found) {
    std::vector<std::string> names = read_guide_list(list);
    require_number(std::ssize(names), n_guides, list, found.place,
                   "the list must have one line for each guide of the counts, in their order");
    found.said.push_back(fmt::format("guides are named by {}", list.string()));
    return names;
  }

  std::size_t n_in_table(const std::vector<std::string>& names) const {
    if (options_.table.empty()) return 0;
    std::unordered_set<std::string> known;
    for (const GuideRow& row : read_guide_table(options_.table)) known.insert({row.guide, row.id});
    known.erase("");
    return static_cast<std::size_t>(
        std::count_if(names.begin(), names.end(), [&](const std::string& name) { return known.contains(name); }));
  }

  const GuideCallOptions& options_;
};

/// Counts without stored zeros; InputError where a value is no count.
CsrMatrix<float> checked(const CsrMatrix<float>& counts, const std::vector<std::string>& cells,
                         const std::vector<std::string>& guides, const std::string& place) {
  CsrMatrix<float> kept;
  kept.n_cols = counts.n_cols;
  for (std::int64_t i = 0; i < counts.n_rows; ++i) {
    const auto columns = counts.row_indices(i);
    const auto values = counts.row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const float value = values[k];
      if (!(value >= 0) || value != std::floor(value) || value > kMostCount)
        throw InputError({.place = place,
                          .found =
                              fmt::format("cell '{}', guide '{}': {} is no count of molecules (a whole number from 0)",
                                          cells[static_cast<std::size_t>(i)],
                                          guides[static_cast<std::size_t>(columns[k])], value)},
                         "give the counts as they were measured, neither normalised nor logged, or calls: "
                         "screen.guide_calls FILE");
      if (value == 0) continue;
      kept.indices.push_back(columns[k]);
      kept.values.push_back(value);
    }
    kept.indptr.push_back(kept.n_nonzero());
  }
  kept.n_rows = counts.n_rows;
  return kept;
}

/// Rows in the order of the screen's cells; a row of zeros for a cell that has none.
CsrMatrix<float> in_order(const CsrMatrix<float>& counts, const std::vector<std::int64_t>& rows) {
  CsrMatrix<float> ordered;
  ordered.n_cols = counts.n_cols;
  for (const std::int64_t row : rows) {
    if (row >= 0) {
      append_rows(counts, row, row + 1, ordered);
    } else {
      ordered.indptr.push_back(ordered.n_nonzero());
      ++ordered.n_rows;
    }
  }
  return ordered;
}

GuideCounts from_features(const CellSource& source, const OtherFeatures& features, const GivenNames& names) {
  GuideCounts found;
  found.place = fmt::format("{}: {}", source.path, features.type);
  found.guides = names.of(features.ids, features.names, found);
  const CsrMatrix<float> counts = features.counts();
  GRACEVAE_CHECK(counts.n_rows == std::ssize(source.obs.index) && counts.n_cols == std::ssize(found.guides),
                 "counts of all cells and guides");
  found.counts = checked(counts, source.obs.index, found.guides, found.place);
  return found;
}

bool ends_in(const fs::path& path, std::initializer_list<const char*> endings) {
  fs::path name = path.filename();
  if (name.extension() == ".gz") name = name.stem();
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.extension() == ending; });
}

bool shares_a_name(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  const std::unordered_set<std::string_view> known(names.begin(), names.end());
  return std::any_of(others.begin(), others.end(), [&](const std::string& name) { return known.contains(name); });
}

/// Opens a file of counts; a table may have guides in rows.
CellSource open_counts(const CellSource& source, const fs::path& file) {
  const bool is_table = ends_in(file, {".csv", ".tsv", ".txt"});
  CellSourceOptions options;
  options.genes_in_rows = !is_table;  // as 10x writes it
  CellSource counts = open_features(file, options);
  options.genes_in_rows = true;
  if (is_table && !shares_a_name(source.obs.index, counts.obs.index) &&
      shares_a_name(source.obs.index, counts.var.index))
    counts = open_features(file, options);
  return counts;
}

/// The main matrix of an opened file as features.
OtherFeatures main_features(CellSource& counts, const CellSource& source) {
  if (counts.var.index == source.var.index)
    throw InputError({.place = counts.path, .found = "holds the genes of the screen and no guides"},
                     "give the file with the counts of guides, or calls: screen.guide_calls FILE");
  OtherFeatures features{"", counts.var.index, counts.var.index, [&counts] { return read_all_rows(counts); }};
  if (const Column* names = counts.var.find("gene_symbols")) features.names = column_as_strings(*names);
  return features;
}

GuideCounts from_file(const CellSource& source, const fs::path& file, const GivenNames& names) {
  CellSource opened = open_counts(source, file);
  const OtherFeatures* guides = guide_features(opened);
  const OtherFeatures features = guides ? *guides : main_features(opened, source);
  GuideCounts found;
  found.place = guides ? fmt::format("{}: {}", file.string(), features.type) : file.string();
  const CellMatch match = match_cells({source.obs.index, source.path}, {opened.obs.index, file.string()}, true);
  if (!match.how.empty()) found.said.push_back(match.how);
  if (match.n_strangers > 0 || match.n_matched < std::ssize(source.obs.index))
    found.said.push_back(fmt::format("{} of {} cells are in {}, which has {} others", match.n_matched,
                                     source.obs.index.size(), file.string(), match.n_strangers));
  found.guides = names.of(features.ids, features.names, found);
  found.counts = in_order(checked(features.counts(), opened.obs.index, found.guides, found.place), match.row_of_cell);
  return found;
}

GuideCounts from_bare_matrix(const CellSource& source, const fs::path& file, const GivenNames& names) {
  GuideCounts found;
  found.place = file.string();
  GuideMatrix matrix = read_guide_matrix(file, std::ssize(source.obs.index),
                                         [&](std::int64_t n_guides) { return names.of_bare(n_guides, file, found); });
  found.said.push_back(fmt::format("{}: {} guides, cells in the screen's order ({} of the file)", file.string(),
                                   matrix.guides.size(), matrix.guides_in_rows ? "columns" : "rows"));
  found.guides = std::move(matrix.guides);
  found.counts = checked(matrix.counts, source.obs.index, found.guides, found.place);
  return found;
}

bool looks_like_file(const std::string& asked) {
  return !asked.starts_with("obsm/") &&
         (asked.find('/') != std::string::npos || ends_in(asked, {".mtx", ".csv", ".tsv", ".txt", ".h5", ".h5ad"}));
}

[[noreturn]] void throw_no_such_counts(const CellSource& source, const std::string& asked) {
  if (looks_like_file(asked)) require_readable_file(asked, "guide counts");
  std::vector<std::string> types = types_of(source);
  const std::string place = fmt::format("screen.guide_counts '{}'", asked);
  constexpr const char* kElse = "give a file with the counts of guides, or calls: screen.guide_calls FILE";
  if (types.empty())
    throw ConfigError({.place = place, .found = fmt::format("is no file, and {} holds nothing but genes", source.path)},
                      kElse);
  if (asked == "features")
    throw ConfigError({.place = place,
                       .found = fmt::format("{} holds no guides beside its genes, but {}", source.path,
                                            first_few(types, kTypesShown, "'"))},
                      fmt::format("if one of them holds the guides: screen.guide_counts '{}'; else {}", types[0],
                                  kElse));
  throw ConfigError({.place = place,
                     .found = fmt::format("is neither a file nor among the features of {}", source.path)},
                    nearest_hint(asked, types));
}

}  // namespace

bool is_guide_type(const std::string& type) {
  constexpr std::array<const char*, 5> kWords{"guide", "crispr", "grna", "protospacer", "gdo"};
  const std::string lower = lower_case(type);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const char* word) { return lower.find(word) != std::string::npos; });
}

GuideCounts find_guide_counts(const CellSource& source, const GuideCallOptions& options) {
  const GivenNames names(options);
  const OtherFeatures* features =
      options.counts == "features" ? guide_features(source) : features_of_type(source, options.counts);
  if (features) return from_features(source, *features, names);
  std::error_code ignored;
  const fs::path file = options.counts;
  if (options.counts == "features" || !fs::exists(file, ignored)) throw_no_such_counts(source, options.counts);
  if (!fs::is_directory(file, ignored) && ends_in(file, {".mtx"}) && !has_lists_beside(file))
    return from_bare_matrix(source, file, names);
  return from_file(source, file, names);
}

}  // namespace gracevae::impl
