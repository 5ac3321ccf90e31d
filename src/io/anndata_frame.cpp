// obs and var: data frames and the encodings of their columns.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl::anndata {

using hdf5::File;
using hdf5::NodeKind;
using hdf5::ValueKind;

namespace {

std::vector<bool> read_booleans(const File& file, const std::string& node) {
  const auto values = file.read_integers32(node);
  return {values.begin(), values.end()};
}

/// A one-dimensional data set; nullopt for an unknown encoding.
std::optional<Column> read_array_column(const File& file, const std::string& node) {
  const auto info = file.info(node);
  if (info.shape.size() != 1) return {};
  switch (info.kind) {
    case ValueKind::integer: return file.read_integers(node);
    case ValueKind::real: return file.read_doubles(node);
    case ValueKind::boolean: return read_booleans(file, node);
    case ValueKind::string: return file.read_strings(node);
    default: return {};
  }
}

/// A column whose rows may be missing: numbers become doubles with NaN, booleans a categorical with −1, strings "".
Column with_missing(Column values, const std::vector<bool>& missing) {
  if (auto* integers = std::get_if<std::vector<std::int64_t>>(&values))
    values = std::vector<double>(integers->begin(), integers->end());
  if (auto* booleans = std::get_if<std::vector<bool>>(&values))
    values = Categorical{{booleans->begin(), booleans->end()}, {"False", "True"}, false};
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!missing[i]) continue;
    if (auto* numbers = std::get_if<std::vector<double>>(&values))
      (*numbers)[i] = std::numeric_limits<double>::quiet_NaN();
    if (auto* strings = std::get_if<std::vector<std::string>>(&values)) (*strings)[i].clear();
    if (auto* categorical = std::get_if<Categorical>(&values)) categorical->codes[i] = -1;
  }
  return values;
}

std::size_t length_of(const Column& column) {
  return std::visit(
      []<class T>(const T& values) {
        if constexpr (std::is_same_v<T, Categorical>)
          return values.codes.size();
        else
          return values.size();
      },
      column);
}

std::optional<Column> read_nullable(const File& file, const std::string& node) {
  auto values = read_array_column(file, node + "/values");
  if (!values || file.kind(node + "/mask") != NodeKind::dataset) return values;
  const auto missing = read_booleans(file, node + "/mask");
  if (missing.size() != length_of(*values))
    throw InputError({.place = place(file, node),
                      .found = fmt::format("values and mask have {} and {} rows", length_of(*values), missing.size())});
  const bool any = std::find(missing.begin(), missing.end(), true) != missing.end();
  return any ? with_missing(std::move(*values), missing) : values;
}

/// Categories may be no strings, and no plain list.
std::optional<std::vector<std::string>> read_categories(const File& file, const std::string& node) {
  if (file.kind(node) == NodeKind::dataset && file.info(node).shape.empty() &&
      file.info(node).kind == ValueKind::string)
    return file.read_strings(node);
  const auto categories =
      file.kind(node) == NodeKind::group ? read_nullable(file, node) : read_array_column(file, node);
  if (!categories) return {};
  return column_as_strings(*categories);
}

/// The result of `read`; nullopt with a warning if the attribute cannot be read, because nobody may need the column.
template <class Read>
auto attribute_if_readable(const char* what_then, const Read& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const InputError& error) {
    const std::string text = error.what();
    log::warning("{}: {}", text.substr(0, text.find('\n')), what_then);
    return {};
  }
}

bool is_ordered(const File& file, const std::string& node) {
  if (!file.has_attribute(node, "ordered")) return false;
  const auto ordered = attribute_if_readable("the categories are read as having no order",
                                             [&] { return file.read_integer_attribute(node, "ordered"); });
  return ordered == std::vector<std::int64_t>{1};
}

std::optional<Column> read_categorical(const File& file, const std::string& node) {
  const auto codes = file.read_integers(node + "/codes");
  auto categories = read_categories(file, node + "/categories");
  if (!categories) return {};
  Categorical column = make_categorical(codes, std::move(*categories), place(file, node) + "/codes");
  column.ordered = is_ordered(file, node);
  return column;
}

/// The data set of categories that an attribute of a column of codes refers to.
std::string referred_categories(const File& file, const std::string& node) {
  const std::string target = file.read_reference_attribute(node, "categories");
  if (file.kind(target) != NodeKind::dataset)
    throw InputError({.place = fmt::format("{} attribute 'categories'", place(file, node)),
                      .found = fmt::format("refers to {}, {}; expected a data set", target,
                                           file.kind(target) == NodeKind::group ? "a group" : "which is absent")});
  return target;
}

/// The categories of /obs/<column> if no attribute refers to them: /obs/__categories/<column>.
std::string categories_beside(const std::string& node) {
  const std::size_t name = node.rfind('/') + 1;
  return node.substr(0, name) + "__categories/" + node.substr(name);
}

/// Codes with an attribute that refers to their categories, as anndata 0.7 wrote them.
std::optional<Column> read_referring(const File& file, const std::string& node) {
  const bool beside = file.kind(categories_beside(node)) == NodeKind::dataset;
  auto target = attribute_if_readable(beside ? "the categories of its name are taken" : "the column is left out",
                                      [&] { return referred_categories(file, node); });
  if (!target && !beside) return {};
  if (!target) target = categories_beside(node);
  const auto codes = file.read_integers(node);
  auto categories = read_categories(file, *target);
  if (!categories) return {};
  Categorical column = make_categorical(codes, std::move(*categories), place(file, node));
  column.ordered = is_ordered(file, *target);
  return column;
}

/// Codes beside a list of categories of the column's name, as SeuratDisk writes factors: from 0, or from 1 as in R.
/// Codes that fit neither stay numbers.
Column read_unreferred(const File& file, const std::string& node) {
  auto codes = file.read_integers(node);
  auto categories = read_categories(file, categories_beside(node));
  if (!categories) return codes;
  const auto n_categories = std::ssize(*categories);
  const auto [least, most] = std::minmax_element(codes.begin(), codes.end());
  if (codes.empty() || (*least >= -1 && *most < n_categories))
    return make_categorical(codes, std::move(*categories), place(file, node));
  if (*least < 0 || *most > n_categories) {
    log::warning("{}: holds {} to {}, which are no codes of the {} categories in {}: read as numbers",
                 place(file, node), *least, *most, n_categories, categories_beside(node));
    return codes;
  }
  log::info("{}: codes {} to {} of {} categories: counted from 1, as R does", place(file, node), *least, *most,
            n_categories);
  for (auto& code : codes) --code;
  return make_categorical(codes, std::move(*categories), place(file, node));
}

bool is_list_of_integers(const hdf5::DatasetInfo& info) {
  return info.kind == ValueKind::integer && info.shape.size() == 1;
}

/// A column; nullopt for an unknown encoding.
std::optional<Column> read_column(const File& file, const std::string& node) {
  switch (file.kind(node)) {
    case NodeKind::absent:
      throw InputError({.place = place(file, node), .found = "is absent, though the data frame lists it"});
    case NodeKind::dataset:
      if (file.has_attribute(node, "categories")) return read_referring(file, node);
      if (file.kind(categories_beside(node)) == NodeKind::dataset && is_list_of_integers(file.info(node)))
        return read_unreferred(file, node);
      return read_array_column(file, node);
    case NodeKind::group: break;
  }
  const std::string encoding =
      attribute_if_readable("the column is left out", [&] { return encoding_of(file, node); }).value_or("");
  if (encoding == "categorical") return read_categorical(file, node);
  if (encoding.starts_with("nullable-")) return read_nullable(file, node);
  return {};
}

}  // namespace

Categorical make_categorical(const std::vector<std::int64_t>& codes, std::vector<std::string> categories,
                             const std::string& where) {
  const auto count = static_cast<std::int64_t>(categories.size());
  for (std::size_t i = 0; i < codes.size(); ++i)
    if (codes[i] < -1 || codes[i] >= count)
      throw InputError(
          {.place = where,
           .found = fmt::format("row {} has code {}", i + 1, codes[i]),
           .expected = count == 0 ? "−1, as there are no categories" : fmt::format("−1 to {}", count - 1)});
  return {{codes.begin(), codes.end()}, std::move(categories), false};
}

DataFrame read_dataframe(const File& file, const std::string& group) {
  if (file.kind(group) == NodeKind::dataset) return read_record_frame(file, group);
  DataFrame frame;
  const std::string index_name = file.read_string_attribute(group, "_index");
  const auto index = read_column(file, group + "/" + index_name);
  if (!index)
    throw InputError({.place = fmt::format("{}/{}", place(file, group), index_name),
                      .found = "the index has an encoding we do not know"});
  frame.index = column_as_strings(*index);

  std::optional<std::vector<std::string>> order;
  if (file.has_attribute(group, "column-order"))
    order = attribute_if_readable("the columns are read in the order of their names",
                                  [&] { return file.read_strings_attribute(group, "column-order"); });
  for (const auto& name : order ? *order : file.children(group)) {
    if (name == index_name || (!order && name == "__categories")) continue;
    const std::string node = group + "/" + name;
    auto column = read_column(file, node);
    if (!column) {
      log::debug("{}: left out, its encoding is unknown", place(file, node));
      continue;
    }
    if (length_of(*column) != frame.index.size())
      throw InputError({.place = place(file, node),
                        .found = fmt::format("has {} rows", length_of(*column)),
                        .expected = fmt::format("{} as the index", frame.index.size())});
    frame.add(name, std::move(*column));
  }
  return frame;
}

}  // namespace gracevae::impl::anndata
