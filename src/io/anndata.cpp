#include "io/anndata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/error.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae {

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

/// Other formats that HDF5 carries are told from a .h5ad that lacks something. To read one, give it a reader in a file
/// beside this one that fills a CellSource.
void refuse_other_formats(const File& file) {
  if (file.kind("/obs") != NodeKind::absent && file.kind("/var") != NodeKind::absent) return;
  const bool is_10x = file.kind("/matrix/barcodes") == NodeKind::dataset,
             is_loom = file.kind("/row_attrs") == NodeKind::group;
  const std::string looks = is_10x ? " It looks like a 10x .h5." : is_loom ? " It looks like a .loom." : "";
  throw InputError(fmt::format("{}: has no groups /obs and /var, expected an AnnData .h5ad.{}", file.path().string(),
                               looks),
                   is_10x    ? "write it in Python: scanpy.read_10x_h5(\"in.h5\").write_h5ad(\"out.h5ad\")"
                   : is_loom ? "write it in Python: anndata.read_loom(\"in.loom\").write_h5ad(\"out.h5ad\")"
                             : "");
}

std::string generation_of(const File& file) {
  if (file.kind("/obs") == NodeKind::dataset || file.kind("/var") == NodeKind::dataset) return "AnnData before 0.7";
  return anndata::encoding_of(file, "/") == "anndata" ? "AnnData 0.8 or later" : "AnnData 0.7";
}

/// open_anndata on a file that is open already.
CellSource open_source(std::shared_ptr<const File> file, const std::string& matrix) {
  refuse_other_formats(*file);
  CellSource source;
  source.path = file->path().string();
  source.format = generation_of(*file);
  for (const auto& where : anndata::matrices_of(*file)) source.matrices.push_back(where.word);
  source.obs = anndata::read_dataframe(*file, "/obs");
  const anndata::MatrixPlace where = anndata::choose_matrix(*file, matrix);
  source.var = anndata::read_dataframe(*file, where.var);
  source.matrix = where.node.substr(1);
  anndata::OpenMatrix opened =
      anndata::open_matrix(std::move(file), where, static_cast<std::int64_t>(source.obs.index.size()),
                           static_cast<std::int64_t>(source.var.index.size()));
  source.encoding = std::move(opened.encoding);
  source.rows = std::move(opened.rows);
  return source;
}

}  // namespace

CellSource open_anndata(const std::filesystem::path& path, const CellSourceOptions& options) {
  return open_source(std::make_shared<const File>(File::open(path)), options.matrix);
}

AnnData read_anndata(const std::filesystem::path& path, const AnnDataReadOptions& options) {
  const auto file = std::make_shared<const File>(File::open(path));
  CellSource source = open_source(file, options.matrix);
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

}  // namespace gracevae
