#include "io/open_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata.hpp"
#include "io/dense_table.hpp"
#include "io/label_table.hpp"
#include "io/matrix_market.hpp"

namespace gracevae {

namespace {

bool name_ends_in(const std::filesystem::path& path, std::initializer_list<const char*> endings) {
  std::filesystem::path name = path.filename();
  if (name.extension() == ".gz") name = name.stem();
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.extension() == ending; });
}

bool begins_as_hdf5(const std::filesystem::path& path) {
  constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
  std::array<char, kSignature.size()> first{};
  std::ifstream(path, std::ios::binary).read(first.data(), first.size());
  return std::string_view(first.data(), first.size()) == kSignature;
}

CellSource open_by_kind(const std::filesystem::path& path, const CellSourceOptions& options) {
  if (std::filesystem::is_directory(path)) return open_matrix_market(path, options);
  require_readable_file(path, "screen");
  if (begins_as_hdf5(path) || name_ends_in(path, {".h5ad", ".h5"})) return open_anndata(path, options);
  if (name_ends_in(path, {".mtx"})) return open_matrix_market(path, options);
  if (name_ends_in(path, {".csv", ".tsv", ".txt"})) return open_table(path, options);
  throw InputError(
      fmt::format("{}: is no screen that we can read", path.string()),
      "give an AnnData .h5ad, a 10x Matrix Market folder, or a table named .csv, .tsv or .txt (.gz as well)");
}

}  // namespace

CellSource open_cells(const std::filesystem::path& path, const CellSourceOptions& options) {
  CellSource source = open_by_kind(path, options);
  if (!options.labels_file.empty()) join_labels(source, options.labels_file, options.cell_names);
  return source;
}

}  // namespace gracevae
