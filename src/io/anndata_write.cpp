// .h5ad as anndata 0.8 writes it.
#include <fmt/format.h>

#include <limits>
#include <type_traits>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl::anndata {

using hdf5::File;

void encode(File& file, const std::string& node, const std::string& type, const std::string& version) {
  file.write_attribute(node, "encoding-type", type);
  file.write_attribute(node, "encoding-version", version);
}

namespace {

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
  if (count <= std::numeric_limits<std::int8_t>::max())  // the smallest type, as pandas
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

}  // namespace

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

void write_sparse_header(File& file, std::int64_t n_rows, std::int64_t n_cols) {
  file.make_group("/X");
  encode(file, "/X", "csr_matrix", "0.1.0");
  const std::vector<std::int64_t> shape{n_rows, n_cols};
  file.write_attribute("/X", "shape", std::span<const std::int64_t>(shape));
}

void write_indptr(File& file, const std::vector<std::int64_t>& indptr) {
  if (indptr.back() <= std::numeric_limits<std::int32_t>::max())  // as narrow as possible, as scipy
    file.write_integers32("/X/indptr", std::vector<std::int32_t>(indptr.begin(), indptr.end()));
  else
    file.write_integers("/X/indptr", indptr);
}

namespace {

/// Indices stay narrow even if indptr cannot: scipy widens them when it reads.
void write_sparse(File& file, const CsrMatrix<float>& x) {
  write_sparse_header(file, x.n_rows, x.n_cols);
  file.write_floats("/X/data", x.values);
  file.write_integers32("/X/indices", x.indices);
  write_indptr(file, x.indptr);
}

void write_dense(File& file, const CsrMatrix<float>& x) {
  Matrix<float> dense(x.n_rows, x.n_cols);
  for (std::int64_t i = 0; i < x.n_rows; ++i) x.copy_row(i, dense.row(i));
  file.write_floats("/X", dense.values, {x.n_rows, x.n_cols});
  encode(file, "/X", "array", "0.2.0");
}

struct WriteUns {
  File& file;
  const std::string& node;

  void operator()(const std::string& value) const {
    file.write_string(node, value);
    encode(file, node, "string", "0.2.0");
  }
  void operator()(double value) const {
    file.write_double(node, value);
    encode(file, node, "numeric-scalar", "0.2.0");
  }
  void operator()(std::int64_t value) const {
    file.write_integer(node, value);
    encode(file, node, "numeric-scalar", "0.2.0");
  }
  void operator()(bool value) const {
    file.write_boolean(node, value);
    encode(file, node, "numeric-scalar", "0.2.0");
  }
  void operator()(const std::vector<std::string>& values) const { write_string_array(file, node, values); }
  void operator()(const std::vector<double>& values) const {
    file.write_doubles(node, values);
    encode(file, node, "array", "0.2.0");
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    file.write_integers(node, values);
    encode(file, node, "array", "0.2.0");
  }
  void operator()(const Matrix<double>& matrix) const {
    file.write_doubles(node, matrix.values, {matrix.n_rows, matrix.n_cols});
    encode(file, node, "array", "0.2.0");
  }
  void operator()(const RecordTable& table) const {
    file.write_records(node, table);
    encode(file, node, "rec-array", "0.2.0");
  }
  void operator()(const DataFrame& frame) const { write_dataframe(file, node, frame); }
};

/// A dictionary and its parents.
void make_dictionary(File& file, const std::string& group) {
  for (std::size_t end = group.find('/', 1);; end = group.find('/', end + 1)) {
    const std::string node = group.substr(0, end);
    if (file.kind(node) == hdf5::NodeKind::absent) {
      file.make_group(node);
      encode(file, node, "dict", "0.1.0");
    }
    if (end == std::string::npos) return;
  }
}

void write_matrices(File& file, const std::string& group, const NamedMatrices& matrices) {
  for (const auto& [name, matrix] : matrices) {
    const std::string node = group + "/" + name;
    file.write_floats(node, matrix.values, {matrix.n_rows, matrix.n_cols});
    encode(file, node, "array", "0.2.0");
  }
}

void check_rows(const NamedMatrices& matrices, std::int64_t n_rows) {
  for (const auto& [name, matrix] : matrices)
    GRACEVAE_CHECK(matrix.n_rows == n_rows, "matrix of another length than its names: " + name);
}

}  // namespace

void write_rest(File& file, const NamedMatrices& obsm, const NamedMatrices& varm, const Uns& uns) {
  for (const char* group : {"/obsm", "/varm", "/obsp", "/varp", "/layers", "/uns"}) make_dictionary(file, group);
  write_matrices(file, "/obsm", obsm);
  write_matrices(file, "/varm", varm);
  for (const auto& [name, value] : uns) {
    const std::string node = "/uns/" + name;
    make_dictionary(file, node.substr(0, node.rfind('/')));
    std::visit(WriteUns{file, node}, value);
  }
}

}  // namespace gracevae::impl::anndata

namespace gracevae::impl {

using hdf5::File;

namespace {

void write_all(File& file, const AnnData& data, bool dense_x) {
  anndata::encode(file, "/", "anndata", "0.1.0");
  dense_x ? anndata::write_dense(file, data.x) : anndata::write_sparse(file, data.x);
  anndata::write_dataframe(file, "/obs", data.obs);
  anndata::write_dataframe(file, "/var", data.var);
  anndata::write_rest(file, data.obsm, data.varm, data.uns);
}

}  // namespace

void write_anndata(const std::filesystem::path& path, const AnnData& data, bool dense_x) {
  GRACEVAE_CHECK(static_cast<std::int64_t>(data.obs.index.size()) == data.x.n_rows,
                 "as many cell names as rows of X are needed");
  GRACEVAE_CHECK(static_cast<std::int64_t>(data.var.index.size()) == data.x.n_cols,
                 "as many gene names as columns of X are needed");
  anndata::check_rows(data.obsm, data.x.n_rows);
  anndata::check_rows(data.varm, data.x.n_cols);
  write_atomically(path, [&](const std::filesystem::path& temporary) {
    File file = File::create(temporary, path);
    write_all(file, data, dense_x);
    file.close();
  });
}

struct AnnDataWriter::State {
  explicit State(const std::filesystem::path& path)
      : target(path), file(File::create(target.temporary(), target.path())) {}
  AtomicFile target;
  File file;  // closes before `target` removes it
  std::int64_t n_cols = 0;
  std::vector<std::int64_t> indptr{0};
  std::map<std::string, std::int64_t> obsm_rows;
};

AnnDataWriter::AnnDataWriter() = default;
AnnDataWriter::~AnnDataWriter() = default;
AnnDataWriter::AnnDataWriter(AnnDataWriter&&) noexcept = default;
AnnDataWriter& AnnDataWriter::operator=(AnnDataWriter&&) noexcept = default;

void AnnDataWriter::start(const std::filesystem::path& path, const DataFrame& var) {
  state_.reset();  // left by an earlier start()
  state_ = std::make_unique<State>(path);
  state_->n_cols = static_cast<std::int64_t>(var.index.size());
  File& file = state_->file;
  anndata::encode(file, "/", "anndata", "0.1.0");
  anndata::write_dataframe(file, "/var", var);
  file.make_group("/X");
  file.append_floats("/X/data", {});
  file.append_integers32("/X/indices", {});
}

void AnnDataWriter::append(const CsrMatrix<float>& rows) {
  GRACEVAE_CHECK(state_ && rows.n_cols == state_->n_cols, "start() with as many genes as the rows have columns");
  const std::int64_t before = state_->indptr.back();
  for (std::size_t i = 1; i < rows.indptr.size(); ++i) state_->indptr.push_back(before + rows.indptr[i]);
  state_->file.append_floats("/X/data", rows.values);
  state_->file.append_integers32("/X/indices", rows.indices);
}

void AnnDataWriter::append_obsm(const std::string& name, const Matrix<float>& rows) {
  GRACEVAE_CHECK(state_ && rows.n_cols > 0, "start() first, and rows of at least one column");
  state_->file.append_float_rows("/obsm/" + name, rows.values, rows.n_cols);
  state_->obsm_rows[name] += rows.n_rows;
}

std::int64_t AnnDataWriter::n_rows() const { return state_ ? static_cast<std::int64_t>(state_->indptr.size()) - 1 : 0; }

void AnnDataWriter::finish(const Rest& rest) {
  GRACEVAE_CHECK(state_ && static_cast<std::int64_t>(rest.obs.index.size()) == n_rows(),
                 "as many cell names as rows appended are needed");
  anndata::check_rows(rest.obsm, n_rows());
  anndata::check_rows(rest.varm, state_->n_cols);
  File& file = state_->file;
  for (const auto& [name, count] : state_->obsm_rows) {
    GRACEVAE_CHECK(count == n_rows(), "obsm rows of another number than cells: " + name);
    anndata::encode(file, "/obsm/" + name, "array", "0.2.0");
  }
  anndata::write_sparse_header(file, n_rows(), state_->n_cols);
  anndata::write_indptr(file, state_->indptr);
  anndata::write_dataframe(file, "/obs", rest.obs);
  anndata::write_rest(file, rest.obsm, rest.varm, rest.uns);
  file.close();
  state_->target.commit();
  state_.reset();
}

}  // namespace gracevae::impl
