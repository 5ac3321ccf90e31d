// obs and var of anndata before 0.7: tables of records.
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl::anndata {

using hdf5::File;
using hdf5::NodeKind;

std::optional<Column> column_of_field(RecordField field) {
  if (field.width != 1) return {};
  return std::visit(
      []<class T>(std::vector<T>& values) -> Column {
        if constexpr (std::is_same_v<T, float>)
          return std::vector<double>(values.begin(), values.end());
        else
          return std::move(values);
      },
      field.values);
}

DataFrame read_record_frame(const File& file, const std::string& node) {
  const RecordTable table = file.read_records(node);
  const RecordField* index = table.find("index") ? table.find("index") : &table.fields.front();
  const auto names = column_of_field(*index);
  if (!names)
    throw InputError({.place = fmt::format("{} field '{}'", place(file, node), index->name),
                      .found = fmt::format("has {} values a record", index->width),
                      .expected = "names"});
  DataFrame frame;
  frame.index = column_as_strings(*names);
  for (const RecordField& field : table.fields) {
    if (&field == index) continue;
    auto column = column_of_field(field);
    if (!column) {
      log::debug("{} field '{}': left out, it has {} values a record", place(file, node), field.name, field.width);
      continue;
    }
    const std::string categories = fmt::format("/uns/{}_categories", field.name);
    const auto* codes = std::get_if<std::vector<std::int64_t>>(&*column);
    if (codes && file.kind(categories) == NodeKind::dataset) {
      const bool text = file.info(categories).kind == hdf5::ValueKind::string;
      auto names_of_codes = text ? file.read_strings(categories) : column_as_strings(file.read_doubles(categories));
      column = make_categorical(*codes, std::move(names_of_codes),
                                fmt::format("{} field '{}'", place(file, node), field.name));
    }
    frame.add(field.name, std::move(*column));
  }
  return frame;
}

}  // namespace gracevae::impl::anndata
