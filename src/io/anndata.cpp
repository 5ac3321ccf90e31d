#include "io/anndata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "base/error.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae {

using hdf5::File;
using hdf5::NodeKind;
using hdf5::ValueKind;

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

using anndata::place;

constexpr const char* kWriteAgain =
    "write it once with a current anndata in Python: anndata.read_h5ad(\"old.h5ad\").write_h5ad(\"new.h5ad\")";

bool has_children(const File& file, const std::string& group) {
  return file.kind(group) == NodeKind::group && !file.children(group).empty();
}

/// The place for other generations of .h5ad and for other formats that HDF5 carries: each is recognised here. To read
/// one, give it a reader in a file beside this one and call that from read_anndata instead of refusing.
void refuse_other_generations(const File& file) {
  const std::string name = file.path().string();
  for (const char* frame : {"/obs", "/var"}) {
    if (file.kind(frame) == NodeKind::dataset)
      throw InputError(fmt::format("{} {}: is a table of records, as anndata before 0.7 wrote it; expected a group",
                                   name, frame),
                       kWriteAgain);
    if (has_children(file, fmt::format("{}/__categories", frame)))
      throw InputError(
          fmt::format(
              "{} {}/__categories: categories stand apart, as anndata 0.7 wrote them; expected categorical columns",
              name, frame),
          kWriteAgain);
  }
  if (file.has_attribute("/X", "h5sparse_format"))
    throw InputError(
        fmt::format(
            "{} /X: has the attribute 'h5sparse_format', as anndata before 0.7 wrote it; expected 'encoding-type'",
            name),
        kWriteAgain);
  if (file.kind("/obs") == NodeKind::group && file.kind("/var") == NodeKind::group) return;
  const bool is_10x = file.kind("/matrix/barcodes") == NodeKind::dataset,
             is_loom = file.kind("/row_attrs") == NodeKind::group;
  const std::string looks = is_10x ? " It looks like a 10x .h5." : is_loom ? " It looks like a .loom." : "";
  throw InputError(fmt::format("{}: has no groups /obs and /var, expected an AnnData .h5ad.{}", name, looks),
                   is_10x    ? "write it in Python: scanpy.read_10x_h5(\"in.h5\").write_h5ad(\"out.h5ad\")"
                   : is_loom ? "write it in Python: anndata.read_loom(\"in.loom\").write_h5ad(\"out.h5ad\")"
                             : "");
}

/// Dense arrays of cells x k; data frames and sparse entries are left out.
void read_obsm(const File& file, AnnData& data) {
  if (file.kind("/obsm") != NodeKind::group) return;
  for (const auto& name : file.children("/obsm")) {
    const std::string node = "/obsm/" + name;
    if (file.kind(node) != NodeKind::dataset) continue;
    const auto info = file.info(node);
    if (info.shape.size() != 2 || (info.kind != ValueKind::real && info.kind != ValueKind::integer)) continue;
    const auto n_cells = static_cast<std::int64_t>(data.obs.index.size());
    if (info.shape[0] != n_cells)
      throw InputError(fmt::format("{}: has {} rows, expected {} as /obs", place(file, node), info.shape[0], n_cells));
    Matrix<float>& matrix = data.obsm[name];
    matrix.n_rows = info.shape[0];
    matrix.n_cols = info.shape[1];
    matrix.values = file.read_floats(node);
  }
}

/// Scalars, lists of strings and matrices at the top of /uns; all else is left out.
void read_uns(const File& file, AnnData& data) {
  if (file.kind("/uns") != NodeKind::group) return;
  for (const auto& name : file.children("/uns")) {
    const std::string node = "/uns/" + name;
    if (file.kind(node) != NodeKind::dataset) continue;
    const auto info = file.info(node);
    const bool number = info.kind == ValueKind::real || info.kind == ValueKind::integer;
    if (info.shape.empty() && info.kind == ValueKind::string) {
      data.uns[name] = file.read_strings(node).at(0);
    } else if (info.shape.empty() && info.kind == ValueKind::integer) {
      data.uns[name] = file.read_integers(node).at(0);
    } else if (info.shape.empty() && info.kind == ValueKind::real) {
      data.uns[name] = file.read_doubles(node).at(0);
    } else if (info.shape.size() == 1 && info.kind == ValueKind::string) {
      data.uns[name] = file.read_strings(node);
    } else if (info.shape.size() == 2 && number) {
      Matrix<double> matrix;
      matrix.n_rows = info.shape[0];
      matrix.n_cols = info.shape[1];
      matrix.values = file.read_doubles(node);
      data.uns[name] = std::move(matrix);
    }
  }
}

}  // namespace

AnnData read_anndata(const std::filesystem::path& path, const AnnDataReadOptions& options) {
  const File file = File::open(path);
  refuse_other_generations(file);
  AnnData data;
  data.obs = anndata::read_dataframe(file, "/obs");
  data.var = anndata::read_dataframe(file, "/var");
  anndata::read_x(file, options.read_x, data);
  if (options.read_obsm) read_obsm(file, data);
  read_uns(file, data);
  return data;
}

}  // namespace gracevae
