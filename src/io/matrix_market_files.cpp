#include "io/matrix_market_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFolderHint =
    "a 10x folder holds matrix.mtx, barcodes.tsv and features.tsv or genes.tsv, each plain or .gz, and perhaps with a "
    "prefix that they have in common";

/// The visible files of a folder by name without .gz; a plain file goes before its .gz.
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
  if (error) throw IoError({.place = folder.string(), .found = fmt::format("cannot be read: {}", error.message())});
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

/// The name (without .gz) of a folder's matrix.
std::string matrix_of(const fs::path& folder, const std::map<std::string, fs::path>& files) {
  const auto names = ending_with(files, ".mtx");
  if (names.size() == 1) return names[0];
  for (const char* usual : {"matrix.mtx", "cells_x_genes.mtx", "cells_x_genes.total.mtx"})
    if (contains(names, usual)) return usual;
  if (names.empty())
    throw InputError({.place = folder.string(), .found = "holds no .mtx or .mtx.gz file"}, kFolderHint);
  throw InputError({.place = folder.string(),
                    .found = fmt::format("holds {} matrices: {}", names.size(), fmt::join(names, ", "))},
                   "give the file that you mean instead of the folder");
}

/// The list of a matrix: with its prefix, else the only one; "" if there is none.
std::string list_of(const fs::path& folder, const std::string& prefix, const std::vector<std::string>& names,
                    const std::vector<std::string>& endings) {
  const std::string wanted = fmt::format("{}", fmt::join(endings, " or "));
  std::vector<std::string> prefixed;
  for (const auto& ending : endings)
    if (contains(names, prefix + ending)) prefixed.push_back(prefix + ending);
  const auto& candidates = prefixed.empty() ? names : prefixed;
  if (candidates.empty()) return "";
  if (candidates.size() == 1) return candidates[0];
  throw InputError(
      {.place = folder.string(),
       .found = fmt::format("holds {} files for {}: {}", candidates.size(), wanted, fmt::join(candidates, ", "))},
      "keep the one that belongs to the matrix, with the same prefix as the matrix has, or name the lists: "
      "screen.gene_list and screen.cell_list");
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

/// kb's lists of NAME.mtx, or of NAME.mature.mtx and similar.
MatrixMarketFiles kb_lists(const std::map<std::string, fs::path>& files, const std::string& matrix) {
  for (std::string stem = fs::path(matrix).stem().string();; stem = stem.substr(0, stem.rfind('.'))) {
    const auto file = [&](const char* ending) {
      const auto found = files.find(stem + ending);
      return found == files.end() ? fs::path() : found->second;
    };
    const MatrixMarketFiles lists{file(".barcodes.txt"), file(".genes.txt"), file(".genes.names.txt"), false, true};
    if (lists.are_found()) return lists;
    if (stem.find('.') == std::string::npos) return {};
  }
}

}  // namespace

std::string without_gz(const std::string& name) {
  return name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
}

fs::path find_matrix(const fs::path& folder_or_file) {
  std::error_code error;
  if (!fs::is_directory(folder_or_file, error)) {
    require_readable_file(folder_or_file, "folder or .mtx file");
    return folder_or_file;
  }
  const auto files = files_of(folder_or_file);
  return files.at(matrix_of(folder_or_file, files));
}

MatrixMarketFiles find_lists(const fs::path& path) {
  const fs::path folder = folder_of(path);
  const auto files = files_of(folder);
  const std::string matrix = without_gz(path.filename().string());
  if (const auto lists = kb_lists(files, matrix); lists.are_found()) return lists;
  constexpr std::string_view kMatrix = "matrix.mtx";
  const std::string prefix = matrix.ends_with(kMatrix) ? matrix.substr(0, matrix.size() - kMatrix.size()) : "";
  MatrixMarketFiles found;
  const auto take = [&](const std::string& name, fs::path& file) {
    if (!name.empty()) file = files.at(name);
  };
  take(list_of(folder, prefix, ending_with(files, "barcodes.tsv"), {"barcodes.tsv"}), found.barcodes);
  auto lists = ending_with(files, "features.tsv");
  const auto genes = ending_with(files, "genes.tsv");
  lists.insert(lists.end(), genes.begin(), genes.end());
  const std::string features = list_of(folder, prefix, lists, {"features.tsv", "genes.tsv"});
  take(features, found.features);
  found.v3 = features.ends_with("features.tsv");
  return found;
}

DataFrame read_features(const fs::path& path) {
  DataFrame var;
  std::vector<std::string> symbols, types;
  std::size_t n_columns = 0;
  DelimitedReader reader(path, '\t');
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    if (n_columns == 0) n_columns = fields.size();
    if (fields.size() != n_columns)
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} tab-separated columns", fields.size()),
                        .expected = fmt::format("{} as in the lines above", n_columns)});
    if (trim(fields[0]).empty())
      throw InputError({.place = reader.place(), .found = "the gene in column 1 has no name"});
    var.index.emplace_back(trim(fields[0]));
    if (n_columns > 1) symbols.emplace_back(trim(fields[1]));
    if (n_columns > 2) types.emplace_back(trim(fields[2]));
  }
  if (var.index.empty()) throw InputError({.place = path.string(), .found = "is empty", .expected = "a gene a line"});
  if (n_columns > 1) var.add("gene_symbols", std::move(symbols));
  if (n_columns > 2) var.add("feature_types", std::move(types));
  return var;
}

std::vector<std::string> read_barcodes(const fs::path& path) {
  std::vector<std::string> names;
  DelimitedReader reader(path, '\t');
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    if (trim(fields[0]).empty())
      throw InputError({.place = reader.place(), .found = "the cell in column 1 has no name"});
    names.emplace_back(trim(fields[0]));
  }
  if (names.empty()) throw InputError({.place = path.string(), .found = "is empty", .expected = "a cell a line"});
  return names;
}

}  // namespace gracevae::impl
