#pragma once
/// @file A table of records, like NumPy's record arrays and HDF5's compound types.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace gracevae::impl {

/// One field of all records. A list field has `width` values per record, stored record by record.
struct RecordField {
  using Values = std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>, std::vector<bool>,
                              std::vector<std::string>>;
  std::string name;
  Values values;           ///< [n_records · width]
  std::int64_t width = 1;  ///< values of one record

  std::int64_t n_records() const {
    const auto size = std::visit([](const auto& list) { return list.size(); }, values);
    return width > 0 ? static_cast<std::int64_t>(size) / width : 0;
  }
};

/// Fields in file order, of equal numbers of records.
struct RecordTable {
  std::vector<RecordField> fields;

  std::int64_t n_records() const { return fields.empty() ? 0 : fields.front().n_records(); }
  /// The field of this name, nullptr if there is none.
  const RecordField* find(const std::string& name) const {
    for (const auto& field : fields)
      if (field.name == name) return &field;
    return nullptr;
  }
};

}  // namespace gracevae::impl
