#pragma once
/// @file Selecting rows of a table, and setting columns.
#include <cstdint>
#include <string>
#include <vector>

#include "io/anndata.hpp"

namespace gracevae::impl {

/// Selected entries of a list, in this order.
template <class T>
std::vector<T> entries_of(const std::vector<T>& list, const std::vector<std::int64_t>& rows) {
  std::vector<T> result;
  result.reserve(rows.size());
  for (const std::int64_t row : rows) result.push_back(list[static_cast<std::size_t>(row)]);
  return result;
}

/// Selected rows of a table, in this order: its index and every column.
DataFrame rows_of(const DataFrame& frame, const std::vector<std::int64_t>& rows);

/// Adds a column, or replaces the one of that name.
void set_column(DataFrame& frame, const std::string& name, Column column);

}  // namespace gracevae::impl
