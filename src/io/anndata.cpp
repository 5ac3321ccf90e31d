#include "io/anndata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl {

using hdf5::File;
using hdf5::NodeKind;

const Column* DataFrame::find(const std::string& name) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.first == name; });
  return found == columns.end() ? nullptr : &found->second;
}

std::vector<std::string> DataFrame::names() const {
  std::vector<std::string> result;
  for (const auto& [name, column] : columns) result.push_back(name);
  return result;
}

namespace {

std::string text_of(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }
std::string text_of(std::int64_t value) { return fmt::format("{}", value); }
std::string text_of(const std::string& value) { return value; }

}  // namespace

bool is_text(const Column& column) {
  return std::holds_alternative<std::vector<std::string>>(column) || std::holds_alternative<Categorical>(column);
}

std::vector<std::string> column_as_strings(const Column& column) {
  std::vector<std::string> strings;
  if (const auto* categorical = std::get_if<Categorical>(&column)) {
    for (const std::int32_t code : categorical->codes)
      strings.push_back(code < 0 ? "" : categorical->categories[static_cast<std::size_t>(code)]);
  } else if (const auto* booleans = std::get_if<std::vector<bool>>(&column)) {
    for (const bool value : *booleans) strings.push_back(value ? "True" : "False");
  } else {
    std::visit(
        [&]<class T>(const T& values) {
          if constexpr (!std::is_same_v<T, Categorical> && !std::is_same_v<T, std::vector<bool>>)
            for (const auto& value : values) strings.push_back(text_of(value));
        },
        column);
  }
  return strings;
}

namespace anndata {

std::string place(const File& file, const std::string& node) { return file.path().string() + " " + node; }

std::string encoding_of(const File& file, const std::string& node) {
  return file.has_attribute(node, "encoding-type") ? file.read_string_attribute(node, "encoding-type") : "";
}

}  // namespace anndata

namespace {

std::string generation_of(const File& file) {
  if (file.kind("/obs") == NodeKind::dataset || file.kind("/var") == NodeKind::dataset) return "AnnData before 0.7";
  return anndata::encoding_of(file, "/") == "anndata" ? "AnnData 0.8 or later" : "AnnData 0.7";
}

}  // namespace

namespace anndata {

void refuse_other_formats(const File& file) {
  if (file.kind("/obs") != NodeKind::absent && file.kind("/var") != NodeKind::absent) return;
  const bool is_seurat = file.kind("/assays") == NodeKind::group && file.kind("/cell.names") != NodeKind::absent;
  const bool is_molecules =
      file.kind("/molecule_info") != NodeKind::absent || file.kind("/barcode_idx") != NodeKind::absent;
  const std::string name = file.path().filename().string();
  if (is_seurat)
    throw InputError({.place = file.path().string(), .found = "is a SeuratDisk .h5seurat, which we do not read"},
                     fmt::format("make a .h5ad of it, in R:\n    library(SeuratDisk)\n    Convert(\"{}\", dest = "
                                 "\"h5ad\")",
                                 name));
  if (is_molecules)
    throw InputError({.place = file.path().string(), .found = "is Cell Ranger's list of molecules, not a matrix"},
                     "give filtered_feature_bc_matrix.h5 of the same outs folder");
  const auto nodes = file.children("/");
  throw InputError({.place = file.path().string(),
                    .found = "has no groups /obs and /var",
                    .expected = "an AnnData .h5ad, a 10x .h5, .h5mu or .loom"},
                   nodes.empty() ? "it is empty" : "it holds " + first_few(nodes, 8));
}

CellSource open_source(const std::shared_ptr<const File>& file, const std::string& matrix, const std::string& root) {
  CellSource source;
  source.path = file->path().string();
  source.format = generation_of(*file);
  for (const auto& where : matrices_of(*file, root)) source.matrices.push_back(where.word);
  source.obs = read_dataframe(*file, root + "/obs");
  const MatrixPlace where = choose_matrix(*file, matrix, root);
  source.var = read_dataframe(*file, where.var);
  source.matrix = where.node.substr(root.size() + 1);
  OpenMatrix opened = open_matrix(file, where, std::ssize(source.obs.index), std::ssize(source.var.index));
  source.encoding = std::move(opened.encoding);
  source.rows = std::move(opened.rows);
  source.others = obsm_features(file, root, std::ssize(source.obs.index));
  return source;
}

}  // namespace anndata

CellSource open_anndata(const std::filesystem::path& path, const CellSourceOptions& options) {
  const auto file = std::make_shared<const File>(File::open(path));
  anndata::refuse_other_formats(*file);
  return anndata::open_source(file, options.matrix);
}

AnnData read_anndata(const std::filesystem::path& path, const AnnDataReadOptions& options) {
  const auto file = std::make_shared<const File>(File::open(path));
  anndata::refuse_other_formats(*file);
  CellSource source = anndata::open_source(file, options.matrix);
  AnnData data;
  if (options.read_x) {
    data.x = read_all_rows(source);
  } else {
    data.x.n_rows = source.rows->n_rows();
    data.x.n_cols = source.rows->n_cols();
    data.x.indptr.assign(static_cast<std::size_t>(data.x.n_rows) + 1, 0);
  }
  data.x_path = "/" + source.matrix;
  data.encoding = source.encoding;
  data.x_was_dense = source.encoding == "array";
  data.obs = std::move(source.obs);
  data.var = std::move(source.var);
  if (options.read_obsm) {
    data.obsm = anndata::read_matrices(*file, "/obsm", data.x.n_rows);
    if (!source.matrix.starts_with("raw"))  // raw has genes of its own
      data.varm = anndata::read_matrices(*file, "/varm", data.x.n_cols);
  }
  if (options.read_uns) data.uns = anndata::read_uns(*file);
  return data;
}

}  // namespace gracevae::impl
