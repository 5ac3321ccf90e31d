#include "io/matrix_market_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "io/delimited.hpp"

namespace gracevae {

namespace fs = std::filesystem;

namespace {

constexpr const char* kGeneExpression = "Gene Expression";
constexpr const char* kFolderHint =
    "a 10x folder holds matrix.mtx, barcodes.tsv and features.tsv or genes.tsv, each plain or .gz, and perhaps with a "
    "prefix that they have in common";

std::string without_gz(const std::string& name) {
  return name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
}

/// The visible files of a folder by name without .gz; of a plain and a packed one, the plain one.
std::map<std::string, fs::path> files_of(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (name.starts_with('.') || !it->is_regular_file(ignored)) continue;
    fs::path& kept = files[without_gz(name)];
    if (kept.empty() || !name.ends_with(".gz")) kept = it->path();
  }
  if (error) throw IoError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  return files;
}

std::vector<std::string> ending_with(const std::map<std::string, fs::path>& files, std::string_view ending) {
  std::vector<std::string> names;
  for (const auto& [name, path] : files)
    if (name.ends_with(ending)) names.push_back(name);
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Folders inside that hold a matrix: what the user may have meant.
std::string folders_with_matrix(const fs::path& folder) {
  std::string names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !ending_with(files_of(it->path()), ".mtx").empty())
      names += (names.empty() ? "" : ", ") + it->path().string();
  }
  return names;
}

/// The name (without .gz) of the matrix of a folder.
std::string matrix_of(const fs::path& folder, const std::map<std::string, fs::path>& files) {
  const auto names = ending_with(files, ".mtx");
  if (names.size() == 1) return names[0];
  if (contains(names, "matrix.mtx")) return "matrix.mtx";
  if (names.empty()) {
    const std::string inside = folders_with_matrix(folder);
    throw InputError(fmt::format("{}: holds no .mtx or .mtx.gz file", folder.string()),
                     inside.empty() ? kFolderHint : "there is one in " + inside + ": give that folder");
  }
  throw InputError(fmt::format("{}: holds {} matrices: {}", folder.string(), names.size(), fmt::join(names, ", ")),
                   "give the file that you mean instead of the folder");
}

/// The list that belongs to a matrix: with its prefix, else the only one.
std::string list_of(const fs::path& folder, const std::string& prefix, const std::vector<std::string>& names,
                    const std::vector<std::string>& endings) {
  const std::string wanted = fmt::format("{}", fmt::join(endings, " or "));
  std::vector<std::string> prefixed;
  for (const auto& ending : endings)
    if (contains(names, prefix + ending)) prefixed.push_back(prefix + ending);
  const auto& candidates = prefixed.empty() ? names : prefixed;
  if (candidates.size() == 1) return candidates[0];
  if (candidates.empty())
    throw InputError(fmt::format("{}: holds no {} (or .gz)", folder.string(), wanted), kFolderHint);
  throw InputError(fmt::format("{}: holds {} files for {}: {}", folder.string(), candidates.size(), wanted,
                               fmt::join(candidates, ", ")),
                   "keep the one that belongs to the matrix, with the same prefix as the matrix has");
}

}  // namespace

MatrixMarketFiles find_matrix_market(const fs::path& folder_or_file) {
  std::error_code error;
  const bool is_folder = fs::is_directory(folder_or_file, error);
  if (!is_folder) require_readable_file(folder_or_file, "folder or .mtx file");
  const fs::path parent = folder_or_file.has_parent_path() ? folder_or_file.parent_path() : fs::path(".");
  const fs::path folder = is_folder ? folder_or_file : parent;
  const auto files = files_of(folder);
  const std::string matrix = is_folder ? matrix_of(folder, files) : without_gz(folder_or_file.filename().string());
  constexpr std::string_view kMatrix = "matrix.mtx";
  const std::string prefix = matrix.ends_with(kMatrix) ? matrix.substr(0, matrix.size() - kMatrix.size()) : "";

  MatrixMarketFiles found;
  found.matrix = is_folder ? files.at(matrix) : folder_or_file;
  found.barcodes = files.at(list_of(folder, prefix, ending_with(files, "barcodes.tsv"), {"barcodes.tsv"}));
  auto lists = ending_with(files, "features.tsv");
  const auto genes = ending_with(files, "genes.tsv");
  lists.insert(lists.end(), genes.begin(), genes.end());
  const std::string features = list_of(folder, prefix, lists, {"features.tsv", "genes.tsv"});
  found.features = files.at(features);
  found.v3 = features.ends_with("features.tsv");
  return found;
}

FeatureList read_features(const fs::path& path) {
  FeatureList list;
  std::vector<std::string> types;
  std::map<std::string, std::int64_t> n_of_type;
  std::size_t n_columns = 0;
  DelimitedReader reader(path, '\t');
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    if (n_columns == 0) n_columns = fields.size();
    if (fields.size() != n_columns)
      throw InputError(fmt::format("{}: {} tab-separated columns, expected {} as in the lines above", reader.place(),
                                   fields.size(), n_columns));
    if (trim(fields[0]).empty()) throw InputError(fmt::format("{}: the gene in column 1 has no name", reader.place()));
    list.ids.emplace_back(trim(fields[0]));
    if (n_columns > 1) list.symbols.emplace_back(trim(fields[1]));
    if (n_columns > 2) ++n_of_type[types.emplace_back(trim(fields[2]))];
  }
  if (list.ids.empty()) throw InputError(fmt::format("{}: is empty, expected a gene a line", path.string()));
  const bool several_types = n_of_type.size() > 1;
  std::string found;
  for (const auto& [type, n] : n_of_type) found += fmt::format("{}{} {}", found.empty() ? "" : ", ", n, type);
  if (several_types && !n_of_type.contains(kGeneExpression))
    throw InputError(fmt::format("{}: column 3 has the feature types {}, expected {} among them", path.string(), found,
                                 kGeneExpression));
  std::size_t n_kept = 0;
  for (std::size_t i = 0; i < list.ids.size(); ++i) {
    const bool kept = !several_types || types[i] == kGeneExpression;
    list.column_of_gene.push_back(kept ? static_cast<std::int32_t>(n_kept) : -1);
    if (!kept) continue;
    std::swap(list.ids[n_kept], list.ids[i]);
    if (n_columns > 1) std::swap(list.symbols[n_kept], list.symbols[i]);
    ++n_kept;
  }
  list.ids.resize(n_kept);
  if (n_columns > 1) list.symbols.resize(n_kept);
  if (several_types) log::info("{}: {}: only {} is read", path.string(), found, kGeneExpression);
  return list;
}

std::vector<std::string> read_barcodes(const fs::path& path) {
  std::vector<std::string> names;
  DelimitedReader reader(path, '\t');
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    if (trim(fields[0]).empty()) throw InputError(fmt::format("{}: the cell in column 1 has no name", reader.place()));
    names.emplace_back(trim(fields[0]));
  }
  if (names.empty()) throw InputError(fmt::format("{}: is empty, expected a cell a line", path.string()));
  return names;
}

}  // namespace gracevae
