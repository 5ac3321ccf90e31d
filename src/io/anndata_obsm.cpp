// Entries of obsm as counts of features other than genes: guides, antibodies, hashtags.
#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl::anndata {

using hdf5::File;
using hdf5::NodeKind;
using hdf5::ValueKind;

namespace {

constexpr std::int64_t kMostColumns = 1'000'000;  // of an entry that is counts of features
constexpr const char* kCountsHint = "name another entry that holds counts: whole numbers of at least 0";

[[noreturn]] void throw_no_count(const File& file, const std::string& node, std::int64_t row, const std::string& column,
                                 const std::string& found) {
  throw InputError({.place = place(file, node),
                    .found = fmt::format("row {}, column {} is {}", row + 1, column, found),
                    .expected = "a count"},
                   kCountsHint);
}

/// Refuses values that are not counts.
void check_counts(const File& file, const std::string& node, const std::vector<std::string>& names,
                  const CsrMatrix<float>& x) {
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    const auto values = x.row_values(i);
    for (std::size_t k = 0; k < values.size(); ++k)
      if (values[k] < 0 || values[k] != std::floor(values[k]))
        throw_no_count(file, node, i, names[static_cast<std::size_t>(x.row_indices(i)[k])],
                       fmt::format("{}", values[k]));
  }
}

/// A column of numbers. Throws InputError for any other.
std::vector<double> numbers_of(const File& file, const std::string& node, const std::string& name,
                               const Column& column) {
  if (const auto* doubles = std::get_if<std::vector<double>>(&column)) return *doubles;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column))
    return {integers->begin(), integers->end()};
  if (const auto* booleans = std::get_if<std::vector<bool>>(&column)) return {booleans->begin(), booleans->end()};
  throw InputError({.place = fmt::format("{}/{}", place(file, node), name),
                    .found = "holds text",
                    .expected = "counts"},
                   kCountsHint);
}

CsrMatrix<float> counts_of_frame(const File& file, const std::string& node, const std::vector<std::string>& names,
                                 std::int64_t n_cells) {
  const DataFrame frame = read_dataframe(file, node);
  if (std::ssize(frame.index) != n_cells || frame.names() != names)
    throw InputError(
        {.place = place(file, node),
         .found = fmt::format("has {} rows and {} columns that can be read", frame.index.size(), frame.columns.size()),
         .expected = fmt::format("{} and {}", n_cells, names.size())});
  std::vector<std::vector<double>> columns;
  for (const auto& [name, column] : frame.columns) columns.push_back(numbers_of(file, node, name, column));
  CsrMatrix<float> x;
  x.n_rows = n_cells;
  x.n_cols = std::ssize(names);
  for (std::size_t i = 0; i < frame.index.size(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const double value = columns[j][i];
      if (!std::isfinite(value))
        throw_no_count(file, node, static_cast<std::int64_t>(i), names[j], fmt::format("{}", value));
      if (value == 0) continue;
      x.indices.push_back(static_cast<std::int32_t>(j));
      x.values.push_back(static_cast<float>(value));
    }
    x.indptr.push_back(x.n_nonzero());
  }
  return x;
}

CsrMatrix<float> counts_of_matrix(const std::shared_ptr<const File>& file, const std::string& node,
                                  const std::vector<std::string>& names, std::int64_t n_cells) {
  CellSource source;
  source.rows = open_any_matrix(file, node, n_cells, [names](std::int64_t row, std::int64_t column) {
    return fmt::format("row {}, column {}", row + 1, names.at(static_cast<std::size_t>(column)));
  });
  return read_all_rows(source);
}

std::vector<std::string> numbered(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t j = 1; j <= count; ++j) names.push_back(fmt::format("{}", j));
  return names;
}

/// Names of the columns of an entry that can be counts; nullopt for others.
std::optional<std::vector<std::string>> column_names(const File& file, const std::string& node) {
  if (file.kind(node) == NodeKind::dataset) {
    const auto info = file.info(node);
    const bool numbers = info.kind == ValueKind::integer || info.kind == ValueKind::real;
    if (info.shape.size() != 2 || !numbers || info.shape[1] > kMostColumns) return {};
    return numbered(info.shape[1]);
  }
  const std::string encoding = encoding_of(file, node);
  if (encoding == "dataframe") return file.read_strings_attribute(node, "column-order");
  const bool sparse =
      encoding == "csr_matrix" || encoding == "csc_matrix" || file.has_attribute(node, "h5sparse_format");
  const auto shape = sparse ? shape_of(file, node) : std::vector<std::int64_t>{};
  if (shape.size() != 2 || shape[1] < 0 || shape[1] > kMostColumns) return {};
  return numbered(shape[1]);
}

}  // namespace

std::vector<OtherFeatures> obsm_features(const std::shared_ptr<const File>& file, const std::string& root,
                                         std::int64_t n_cells) {
  std::vector<OtherFeatures> entries;
  const std::string group = root + "/obsm";
  if (file->kind(group) != NodeKind::group) return entries;
  for (const auto& name : file->children(group)) {
    const std::string node = group + "/" + name;
    try {
      auto names = column_names(*file, node);
      if (!names) continue;
      const bool is_frame = file->kind(node) == NodeKind::group && encoding_of(*file, node) == "dataframe";
      OtherFeatures entry;
      entry.type = "obsm/" + name;
      entry.ids = entry.names = *names;
      entry.counts = [file, node, names = std::move(*names), n_cells, is_frame] {
        CsrMatrix<float> x =
            is_frame ? counts_of_frame(*file, node, names, n_cells) : counts_of_matrix(file, node, names, n_cells);
        check_counts(*file, node, names, x);
        return x;
      };
      entries.push_back(std::move(entry));
    } catch (const InputError& error) {
      log::debug("left out: {}", error.what());
    }
  }
  return entries;
}

}  // namespace gracevae::impl::anndata
