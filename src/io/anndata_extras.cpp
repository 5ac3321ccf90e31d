// obsm, varm and uns.
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl::anndata {

using hdf5::File;
using hdf5::NodeKind;
using hdf5::ValueKind;

namespace {

constexpr int kDeepest = 16;  // nested dictionaries: damaged links can form a cycle

bool is_number(ValueKind kind) { return kind == ValueKind::real || kind == ValueKind::integer; }

void check_rows(const File& file, const std::string& node, std::int64_t found, std::int64_t expected) {
  if (found != expected)
    throw InputError({.place = place(file, node),
                      .found = fmt::format("has {} rows", found),
                      .expected = fmt::format("{} as /{}", expected, node.starts_with("/obsm") ? "obs" : "var")});
}

/// Before 0.7: one table of records, each field a matrix.
NamedMatrices matrices_of_records(const File& file, const std::string& node, std::int64_t n_rows) {
  NamedMatrices matrices;
  for (const RecordField& field : file.read_records(node).fields) {
    check_rows(file, node, field.n_records(), n_rows);
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
          if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
            Matrix<float>& matrix = matrices[field.name];
            matrix.n_rows = n_rows;
            matrix.n_cols = field.width;
            for (const T value : values) matrix.values.push_back(static_cast<float>(value));
          }
        },
        field.values);
  }
  return matrices;
}

template <class T>
UnsValue one_or_all(std::vector<T> values, bool one) {
  if (one) return std::move(values.at(0));
  return values;
}

/// A data set of uns; nullopt if Uns has no type for it.
std::optional<UnsValue> read_value(const File& file, const std::string& node) {
  const auto info = file.info(node);
  const bool one = info.shape.empty();
  if (encoding_of(file, node) == "null" || info.shape.size() > 2) return {};
  if (info.kind == ValueKind::compound) return file.read_records(node);
  if (info.shape.size() == 2 && is_number(info.kind)) {
    Matrix<double> matrix;
    matrix.n_rows = info.shape[0];
    matrix.n_cols = info.shape[1];
    matrix.values = file.read_doubles(node);
    return matrix;
  }
  if (info.shape.size() == 2) return {};
  switch (info.kind) {
    case ValueKind::string: return one_or_all(file.read_strings(node), one);
    case ValueKind::integer: return one_or_all(file.read_integers(node), one);
    case ValueKind::real: return one_or_all(file.read_doubles(node), one);
    case ValueKind::boolean:
      if (one) return file.read_integers(node).at(0) != 0;
      return file.read_integers(node);
    default: return {};
  }
}

void read_dictionary(const File& file, const std::string& group, int depth, Uns& uns) {
  for (const auto& name : file.children(group)) {
    const std::string node = group + "/" + name;
    const NodeKind kind = file.kind(node);
    const std::string encoding = kind == NodeKind::absent ? "" : encoding_of(file, node);
    const bool old_sparse = kind == NodeKind::group && file.has_attribute(node, "h5sparse_format");
    std::optional<UnsValue> value;
    if (kind == NodeKind::group && (encoding.empty() || encoding == "dict") && !old_sparse && depth < kDeepest) {
      read_dictionary(file, node, depth + 1, uns);
      continue;
    }
    if (kind == NodeKind::dataset) value = read_value(file, node);
    if (kind == NodeKind::group && encoding == "dataframe") value = read_dataframe(file, node);
    if (value)
      uns[node.substr(std::string("/uns/").size())] = std::move(*value);
    else
      log::debug("{}: left out, it has a form we do not read", place(file, node));
  }
}

}  // namespace

NamedMatrices read_matrices(const File& file, const std::string& group, std::int64_t n_rows) {
  NamedMatrices matrices;
  if (file.kind(group) == NodeKind::dataset && file.info(group).kind == ValueKind::compound)
    return matrices_of_records(file, group, n_rows);
  if (file.kind(group) != NodeKind::group) return matrices;
  for (const auto& name : file.children(group)) {
    const std::string node = group + "/" + name;
    if (file.kind(node) != NodeKind::dataset) continue;
    const auto info = file.info(node);
    if (info.shape.size() != 2 || !is_number(info.kind)) continue;
    check_rows(file, node, info.shape[0], n_rows);
    Matrix<float>& matrix = matrices[name];
    matrix.n_rows = info.shape[0];
    matrix.n_cols = info.shape[1];
    matrix.values = file.read_floats(node);
  }
  return matrices;
}

Uns read_uns(const File& file) {
  Uns uns;
  if (file.kind("/uns") == NodeKind::group) read_dictionary(file, "/uns", 0, uns);
  return uns;
}

}  // namespace gracevae::impl::anndata
