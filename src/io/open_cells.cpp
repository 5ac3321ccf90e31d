#include "io/open_cells.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata_parts.hpp"
#include "io/dense_table.hpp"
#include "io/feature_types.hpp"
#include "io/foreign_files.hpp"
#include "io/h5mu.hpp"
#include "io/label_table.hpp"
#include "io/loom.hpp"
#include "io/mapped_cells.hpp"
#include "io/matrix_folder.hpp"
#include "io/matrix_market.hpp"
#include "io/tenx_h5.hpp"
#include "io/unpacked.hpp"
#include "io/zarr.hpp"

namespace gracevae::impl {

namespace {

bool name_ends_in(const std::filesystem::path& path, std::initializer_list<const char*> endings) {
  std::filesystem::path name = path.filename();
  if (name.extension() == ".gz") name = name.stem();
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.extension() == ending; });
}

CellSource open_hdf5(const std::filesystem::path& path, const CellSourceOptions& options) {
  const auto file = std::make_shared<const hdf5::File>(hdf5::File::open(path));
  if (is_tenx_h5(*file)) return open_tenx_h5(file, options);
  if (is_loom(*file)) return open_loom(file, options);
  if (is_h5mu(*file)) return open_h5mu(file, options);
  anndata::refuse_other_formats(*file);
  return anndata::open_source(file, options.matrix);
}

CellSource open_file(const std::filesystem::path& path, const CellSourceOptions& options) {
  require_readable_file(path, "screen");
  refuse_foreign_files(path);
  if (is_hdf5_file(path) || name_ends_in(path, {".h5ad", ".h5", ".h5mu", ".loom"})) return open_hdf5(path, options);
  if (name_ends_in(path, {".mtx"})) return open_matrix_market(path, options);
  if (name_ends_in(path, {".csv", ".tsv", ".txt"})) return open_table(path, options);
  throw InputError({.place = path.string(), .found = "is no screen that we can read"},
                   "give an AnnData .h5ad, a 10x .h5 or folder, a .h5mu, .loom or zarr store, a .mtx file, or a table "
                   "named .csv, .tsv or .txt (.gz as well)");
}

CellSource open_by_kind(const std::filesystem::path& path, const CellSourceOptions& options) {
  if (!std::filesystem::is_directory(path)) return open_file(path, options);
  if (is_mapped_cells(path)) return open_mapped_cells(path);
  refuse_foreign_files(path);
  if (is_zarr(path)) return open_zarr(path, options);
  const std::filesystem::path inside = matrix_in_folder(path);
  CellSource source =
      std::filesystem::is_directory(inside) ? open_matrix_market(inside, options) : open_hdf5(inside, options);
  source.path = path.string();
  return source;
}

/// Options for another kind of input are a mistake and not ignored.
void check_options(const CellSource& source, const CellSourceOptions& options) {
  const auto refuse = [&](const char* flag, const char* what) {
    throw ConfigError({.place = source.path,
                       .found = fmt::format("{} is for {}, but this is {}", flag, what, source.format)},
                      fmt::format("leave {} away", flag));
  };
  if (!options.modality.empty() && !source.format.starts_with("MuData")) refuse("screen.modality", "a .h5mu file");
  if (source.encoding == "matrix market") return;
  if (!options.gene_list.empty()) refuse("screen.gene_list", "a .mtx file");
  if (!options.cell_list.empty()) refuse("screen.cell_list", "a .mtx file");
}

}  // namespace

CellSource open_features(const std::filesystem::path& path, const CellSourceOptions& options) {
  CellSource source = open_by_kind(path, options);
  check_options(source, options);
  return source;
}

CellSource open_cells(const std::filesystem::path& path, const CellSourceOptions& options) {
  CellSource source = open_features(path, options);
  keep_genes(source);
  if (!options.labels_file.empty()) join_labels(source, options.labels_file, options.cell_names);
  return source;
}

}  // namespace gracevae::impl
