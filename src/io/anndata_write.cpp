// .h5ad as anndata 0.8 writes it.
#include <fmt/format.h>

#include <limits>
#include <type_traits>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata.hpp"
#include "io/hdf5.hpp"

namespace gracevae {

using hdf5::File;

namespace {

/// Every element says what it is and in which version.
void encode(File& file, const std::string& node, const std::string& type, const std::string& version) {
  file.write_attribute(node, "encoding-type", type);
  file.write_attribute(node, "encoding-version", version);
}

void write_string_array(File& file, const std::string& node, const std::vector<std::string>& strings) {
  file.write_strings(node, strings);
  encode(file, node, "string-array", "0.2.0");
}

void write_categorical(File& file, const std::string& node, const Categorical& column) {
  const auto count = static_cast<std::int64_t>(column.categories.size());
  for (const std::int32_t code : column.codes)
    GRACEVAE_CHECK(code >= -1 && code < count, "code without a category: " + node);
  file.make_group(node);
  encode(file, node, "categorical", "0.2.0");
  file.write_boolean_attribute(node, "ordered", column.ordered);
  if (count <= std::numeric_limits<std::int8_t>::max())  // pandas takes the smallest type, too
    file.write_integers8(node + "/codes", std::vector<std::int8_t>(column.codes.begin(), column.codes.end()));
  else
    file.write_integers32(node + "/codes", column.codes);
  encode(file, node + "/codes", "array", "0.2.0");
  write_string_array(file, node + "/categories", column.categories);
}

std::size_t write_column(File& file, const std::string& node, const Column& column) {
  return std::visit(
      [&]<class T>(const T& values) {
        if constexpr (std::is_same_v<T, Categorical>) {
          write_categorical(file, node, values);
          return values.codes.size();
        } else {
          if constexpr (std::is_same_v<T, std::vector<std::string>>) {
            write_string_array(file, node, values);
            return values.size();
          }
          if constexpr (std::is_same_v<T, std::vector<double>>) file.write_doubles(node, values);
          if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) file.write_integers(node, values);
          if constexpr (std::is_same_v<T, std::vector<bool>>) file.write_booleans(node, values);
          encode(file, node, "array", "0.2.0");
          return values.size();
        }
      },
      column);
}

void write_dataframe(File& file, const std::string& group, const DataFrame& frame) {
  file.make_group(group);
  encode(file, group, "dataframe", "0.2.0");
  file.write_attribute(group, "_index", std::string("_index"));
  file.write_attribute(group, "column-order", std::span<const std::string>(frame.names()));
  write_string_array(file, group + "/_index", frame.index);
  for (const auto& [name, column] : frame.columns)
    GRACEVAE_CHECK(write_column(file, group + "/" + name, column) == frame.index.size(),
                   "column of another length: " + name);
}

void write_sparse(File& file, const CsrMatrix<float>& x) {
  file.make_group("/X");
  encode(file, "/X", "csr_matrix", "0.1.0");
  const std::vector<std::int64_t> shape{x.n_rows, x.n_cols};
  file.write_attribute("/X", "shape", std::span<const std::int64_t>(shape));
  file.write_floats("/X/data", x.values);
  if (x.n_nonzero() <= std::numeric_limits<std::int32_t>::max()) {  // scipy wants both of one width
    file.write_integers32("/X/indices", x.indices);
    file.write_integers32("/X/indptr", std::vector<std::int32_t>(x.indptr.begin(), x.indptr.end()));
  } else {
    file.write_integers("/X/indices", std::vector<std::int64_t>(x.indices.begin(), x.indices.end()));
    file.write_integers("/X/indptr", x.indptr);
  }
}

void write_dense(File& file, const CsrMatrix<float>& x) {
  Matrix<float> dense(x.n_rows, x.n_cols);
  for (std::int64_t i = 0; i < x.n_rows; ++i) x.copy_row(i, dense.row(i));
  file.write_floats("/X", dense.values, {x.n_rows, x.n_cols});
  encode(file, "/X", "array", "0.2.0");
}

void write_uns_entry(File& file, const std::string& node, const decltype(AnnData::uns)::mapped_type& entry) {
  if (const auto* text = std::get_if<std::string>(&entry)) {
    file.write_string(node, *text);
    encode(file, node, "string", "0.2.0");
  } else if (const auto* real = std::get_if<double>(&entry)) {
    file.write_double(node, *real);
    encode(file, node, "numeric-scalar", "0.2.0");
  } else if (const auto* whole = std::get_if<std::int64_t>(&entry)) {
    file.write_integer(node, *whole);
    encode(file, node, "numeric-scalar", "0.2.0");
  } else if (const auto* strings = std::get_if<std::vector<std::string>>(&entry)) {
    write_string_array(file, node, *strings);
  } else if (const auto* matrix = std::get_if<Matrix<double>>(&entry)) {
    file.write_doubles(node, matrix->values, {matrix->n_rows, matrix->n_cols});
    encode(file, node, "array", "0.2.0");
  }
}

void write_all(File& file, const AnnData& data, bool dense_x) {
  encode(file, "/", "anndata", "0.1.0");
  dense_x ? write_dense(file, data.x) : write_sparse(file, data.x);
  write_dataframe(file, "/obs", data.obs);
  write_dataframe(file, "/var", data.var);
  for (const char* group : {"/obsm", "/varm", "/obsp", "/varp", "/layers", "/uns"}) {
    file.make_group(group);
    encode(file, group, "dict", "0.1.0");
  }
  for (const auto& [name, matrix] : data.obsm) {
    GRACEVAE_CHECK(matrix.n_rows == data.x.n_rows, "obsm of another length: " + name);
    file.write_floats("/obsm/" + name, matrix.values, {matrix.n_rows, matrix.n_cols});
    encode(file, "/obsm/" + name, "array", "0.2.0");
  }
  for (const auto& [name, entry] : data.uns) write_uns_entry(file, "/uns/" + name, entry);
}

}  // namespace

void write_anndata(const std::filesystem::path& path, const AnnData& data, bool dense_x) {
  GRACEVAE_CHECK(static_cast<std::int64_t>(data.obs.index.size()) == data.x.n_rows,
                 "as many cell names as rows of X are needed");
  GRACEVAE_CHECK(static_cast<std::int64_t>(data.var.index.size()) == data.x.n_cols,
                 "as many gene names as columns of X are needed");
  write_atomically(path, [&](const std::filesystem::path& temporary) {
    File file = File::create(temporary, path);
    write_all(file, data, dense_x);
    file.close();
  });
}

}  // namespace gracevae
