#include "io/frame_rows.hpp"

#include <type_traits>
#include <utility>
#include <variant>

namespace gracevae::impl {

namespace {

Column column_rows(const Column& column, const std::vector<std::int64_t>& rows) {
  return std::visit(
      [&]<class T>(const T& values) -> Column {
        if constexpr (std::is_same_v<T, Categorical>)
          return Categorical{entries_of(values.codes, rows), values.categories, values.ordered};
        else
          return entries_of(values, rows);
      },
      column);
}

}  // namespace

DataFrame rows_of(const DataFrame& frame, const std::vector<std::int64_t>& rows) {
  DataFrame result;
  result.index = entries_of(frame.index, rows);
  for (const auto& [name, column] : frame.columns) result.add(name, column_rows(column, rows));
  return result;
}

void set_column(DataFrame& frame, const std::string& name, Column column) {
  for (auto& [old_name, old_column] : frame.columns) {
    if (old_name != name) continue;
    old_column = std::move(column);
    return;
  }
  frame.add(name, std::move(column));
}

}  // namespace gracevae::impl
