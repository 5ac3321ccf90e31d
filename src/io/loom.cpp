#include "io/loom.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "io/rows_in_blocks.hpp"

namespace gracevae::impl {

using hdf5::File;
using hdf5::NodeKind;
using hdf5::ValueKind;

namespace {

/// Rows (cells) of a matrix of genes x cells.
class LoomRows : public RowsInBlocks {
 public:
  LoomRows(std::shared_ptr<const File> file, const std::string& node, std::vector<std::string> cells,
           std::vector<std::string> genes)
      : RowsInBlocks(std::ssize(genes), file->info(node).chunk_columns), file_(std::move(file)), node_(node),
        cells_(std::move(cells)), genes_(std::move(genes)) {}

  std::int64_t n_rows() const override { return std::ssize(cells_); }
  std::int64_t n_cols() const override { return std::ssize(genes_); }

 private:
  CsrMatrix<float> read_block(std::int64_t first, std::int64_t count) override {
    const auto values = file_->read_float_columns(node_, first, count);
    CsrMatrix<float> by_gene;
    by_gene.n_rows = n_cols();
    by_gene.n_cols = count;
    for (std::int64_t j = 0; j < n_cols(); ++j) {
      for (std::int64_t i = 0; i < count; ++i) {
        const float value = values[static_cast<std::size_t>(j * count + i)];
        if (value == 0) continue;
        if (!std::isfinite(value)) refuse(first + i, j, value);
        by_gene.indices.push_back(static_cast<std::int32_t>(i));
        by_gene.values.push_back(value);
      }
      by_gene.indptr.push_back(by_gene.n_nonzero());
    }
    return transposed(by_gene);
  }

  [[noreturn]] void refuse(std::int64_t cell, std::int64_t gene, float value) const {
    throw InputError({.place = fmt::format("{} {}", file_->path().string(), node_),
                      .found = fmt::format("cell {} (column {}), gene {} is {}", cells_[static_cast<std::size_t>(cell)],
                                           cell + 1, genes_[static_cast<std::size_t>(gene)], value),
                      .expected = "a finite number"},
                     "remove these cells or genes, or put 0 in their place, and write the file again");
  }

  std::shared_ptr<const File> file_;
  std::string node_;
  std::vector<std::string> cells_, genes_;
};

/// A list in row_attrs or col_attrs; nullopt if it is not a list.
std::optional<Column> read_list(const File& file, const std::string& node, std::int64_t count) {
  const auto info = file.info(node);
  if (info.shape.size() != 1) return {};
  if (info.shape[0] != count)
    throw InputError({.place = fmt::format("{} {}", file.path().string(), node),
                      .found = fmt::format("has {} values", info.shape[0]),
                      .expected = fmt::format("{} as /matrix", count)});
  switch (info.kind) {
    case ValueKind::string: return file.read_strings(node);
    case ValueKind::integer: return file.read_integers(node);
    case ValueKind::real: return file.read_doubles(node);
    case ValueKind::boolean: {
      const auto values = file.read_integers32(node);
      return std::vector<bool>(values.begin(), values.end());
    }
    default: return {};
  }
}

/// All lists of a group, without an index.
DataFrame read_lists(const File& file, const std::string& group, std::int64_t count) {
  DataFrame frame;
  for (const auto& name : file.children(group)) {
    if (file.kind(group + "/" + name) != NodeKind::dataset) continue;
    if (auto column = read_list(file, group + "/" + name, count)) frame.add(name, std::move(*column));
  }
  return frame;
}

/// Removes and returns the first of these columns that exists.
std::optional<std::vector<std::string>> take(DataFrame& frame, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = std::find_if(frame.columns.begin(), frame.columns.end(),
                                    [&](const auto& column) { return column.first == name; });
    if (found == frame.columns.end()) continue;
    auto strings = column_as_strings(found->second);
    frame.columns.erase(found);
    return strings;
  }
  return {};
}

void name_genes(const File& file, DataFrame& var) {
  if (var.find("Gene") && var.find("Accession")) {
    var.index = *take(var, {"Accession"});
    var.columns.insert(var.columns.begin(), {"gene_symbols", *take(var, {"Gene"})});
    return;
  }
  auto names = take(var, {"Gene", "var_names", "gene_names", "Accession", "gene_ids"});
  if (!names)
    throw InputError(
        {.place = fmt::format("{} /row_attrs", file.path().string()),
         .found = fmt::format("has no Gene, var_names, gene_names, Accession or gene_ids{}",
                              var.columns.empty() ? "" : fmt::format("; there are {}", fmt::join(var.names(), ", ")))},
        "the genes need names: in Python, loompy.connect(FILE).ra.Gene = NAMES");
  var.index = std::move(*names);
}

void name_cells(const File& file, std::int64_t n_cells, DataFrame& obs) {
  auto names = take(obs, {"CellID", "obs_names", "cell_names", "barcode", "barcodes", "Cell"});
  if (!names) {
    log::info("{} /col_attrs: has no CellID: the cells are named 1 to {}", file.path().string(), n_cells);
    names.emplace();
    for (std::int64_t i = 1; i <= n_cells; ++i) names->push_back(fmt::format("{}", i));
  }
  obs.index = std::move(*names);
}

/// The matrices by name: X is /matrix.
std::vector<std::string> matrices_of(const File& file) {
  std::vector<std::string> words{"X"};
  if (file.kind("/layers") == NodeKind::group)
    for (const auto& name : file.children("/layers"))
      if (file.kind("/layers/" + name) == NodeKind::dataset) words.push_back("layers/" + name);
  return words;
}

}  // namespace

bool is_loom(const File& file) {
  return file.kind("/matrix") == NodeKind::dataset && file.kind("/row_attrs") == NodeKind::group &&
         file.kind("/col_attrs") == NodeKind::group;
}

CellSource open_loom(const std::shared_ptr<const File>& file, const CellSourceOptions& options) {
  CellSource source;
  source.path = file->path().string();
  source.format = "loom";
  source.encoding = "array";
  source.matrices = matrices_of(*file);
  source.matrix = options.matrix.empty() ? "X" : options.matrix;
  if (std::find(source.matrices.begin(), source.matrices.end(), source.matrix) == source.matrices.end())
    throw ConfigError({.place = source.path,
                       .found = fmt::format("has no matrix '{}'", options.matrix),
                       .expected = fmt::format("one of {}", fmt::join(source.matrices, ", "))},
                      nearest_hint(options.matrix, source.matrices));
  const std::string node = source.matrix == "X" ? "/matrix" : "/" + source.matrix;
  const auto shape = file->info("/matrix").shape;
  if (shape.size() != 2 || file->info(node).shape != shape)
    throw InputError({.place = fmt::format("{} {}", source.path, node),
                      .found = fmt::format("is {}", fmt::join(file->info(node).shape, " x ")),
                      .expected = "genes x cells as /matrix"});
  source.var = read_lists(*file, "/row_attrs", shape[0]);
  source.obs = read_lists(*file, "/col_attrs", shape[1]);
  name_genes(*file, source.var);
  name_cells(*file, shape[1], source.obs);
  source.rows = std::make_unique<LoomRows>(file, node, source.obs.index, source.var.index);
  return source;
}

}  // namespace gracevae::impl
