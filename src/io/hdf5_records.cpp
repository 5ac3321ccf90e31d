// Tables of records: HDF5's compound types.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

constexpr std::size_t kMostTypeBytes = 65500;  // a type must fit in a message of 64 KiB of the object header

std::string member_name(hid_t type, unsigned index) {
  char* name = H5Tget_member_name(type, index);
  std::string text = name ? name : "";
  H5free_memory(name);
  return text;
}

/// A member's element type and number of elements per record.
RecordMember element_of(Id type) {
  RecordMember member;
  if (H5Tget_class(type.get()) != H5T_ARRAY) {
    member.element = std::move(type);
    return member;
  }
  std::vector<hsize_t> extents(static_cast<std::size_t>(std::max(H5Tget_array_ndims(type.get()), 0)));
  if (H5Tget_array_dims2(type.get(), extents.data()) < 0) extents = {0};
  member.width = product({extents.begin(), extents.end()});
  member.element = Id(H5Tget_super(type.get()), H5Tclose);
  return member;
}

/// A member without its offset.
RecordMember describe_member(const Opened& file, const Array& array, unsigned index) {
  Id type(H5Tget_member_type(array.type.get(), index), H5Tclose);
  if (!type) throw_unreadable(array.place);
  const std::size_t bytes = H5Tget_size(type.get());
  RecordMember member = element_of(std::move(type));
  member.name = member_name(array.type.get(), index);
  member.kind = kind_of_type(member.element.get());
  member.variable = H5Tis_variable_str(member.element.get()) > 0;
  member.bytes = member.variable ? file.heap->descriptor_bytes() : bytes;
  if (!is_number(member.kind) && (member.kind != ValueKind::string || (member.variable && member.width != 1)))
    throw InputError({.place = fmt::format("{} field '{}'", array.place, member.name),
                      .found = fmt::format("holds {}", kind_name(member.kind)),
                      .expected = "numbers, booleans or strings"});
  const auto element_bytes = static_cast<std::int64_t>(H5Tget_size(member.element.get()));
  if (member.width <= 0 || element_bytes <= 0 ||
      (!member.variable && product(member.width, element_bytes) != static_cast<std::int64_t>(bytes)))
    throw InputError({.place = fmt::format("{} field '{}'", array.place, member.name),
                      .found =
                          fmt::format("has {} values of {} bytes in {} bytes", member.width, element_bytes, bytes)},
                     kDamaged);
  return member;
}

/// The bytes of one field of all records.
std::vector<unsigned char> bytes_of_field(const std::vector<unsigned char>& records, std::size_t record_bytes,
                                          const RecordMember& member) {
  const std::size_t count = records.size() / record_bytes;
  std::vector<unsigned char> bytes(count * member.bytes);
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(bytes.data() + i * member.bytes, records.data() + i * record_bytes + member.offset, member.bytes);
  return bytes;
}

template <class T>
std::vector<T> numbers_of(const std::vector<unsigned char>& bytes, const RecordMember& member,
                          const std::string& place) {
  const NumberFormat format = number_format(member.element.get());
  std::vector<T> values(bytes.size() / format.bytes);
  if (!convert_numbers({bytes.data(), values.size(), format.bytes, format}, values.data())) throw_misfit<T>(place);
  return values;
}

RecordField::Values values_of(const Opened& file, const std::vector<unsigned char>& bytes, const RecordMember& member,
                              const std::string& place) {
  switch (member.kind) {
    case ValueKind::string:
      return member.variable ? file.heap->read(bytes, place) : split_fixed(bytes, member.element.get());
    case ValueKind::boolean: {
      const auto values = numbers_of<std::int32_t>(bytes, member, place);
      return std::vector<bool>(values.begin(), values.end());
    }
    case ValueKind::integer: return numbers_of<std::int64_t>(bytes, member, place);
    default: break;
  }
  if (number_format(member.element.get()).bytes <= sizeof(float)) return numbers_of<float>(bytes, member, place);
  return numbers_of<double>(bytes, member, place);
}

// ---------- writing

/// The type of a field, in memory and on disk.
Id type_of_field(const RecordField& field) {
  Id type = std::visit(
      []<class T>(const std::vector<T>&) {
        if constexpr (std::is_same_v<T, std::string>)
          return variable_string_type();
        else if constexpr (std::is_same_v<T, bool>)
          return boolean_type();
        else if constexpr (std::is_same_v<T, float>)
          return Id(H5Tcopy(H5T_NATIVE_FLOAT), H5Tclose);
        else if constexpr (std::is_same_v<T, double>)
          return Id(H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose);
        else
          return Id(H5Tcopy(H5T_NATIVE_INT64), H5Tclose);
      },
      field.values);
  if (field.width == 1) return type;
  const auto width = static_cast<hsize_t>(field.width);
  return Id(H5Tarray_create2(type.get(), 1, &width), H5Tclose);
}

Id type_of_records(const RecordTable& table) {
  std::vector<Id> types;
  std::size_t record_bytes = 0, offset = 0;
  for (const auto& field : table.fields) {
    GRACEVAE_CHECK(field.n_records() == table.n_records(), "fields of different lengths: " + field.name);
    types.push_back(type_of_field(field));
    record_bytes += H5Tget_size(types.back().get());
  }
  Id type(H5Tcreate(H5T_COMPOUND, record_bytes), H5Tclose);
  for (std::size_t i = 0; i < types.size(); ++i) {
    GRACEVAE_CHECK(H5Tinsert(type.get(), table.fields[i].name.c_str(), offset, types[i].get()) >= 0,
                   "field without a name or given twice: " + table.fields[i].name);
    offset += H5Tget_size(types[i].get());
  }
  return type;
}

/// Copies one field's values into every record.
void place_field(const RecordField& field, std::size_t offset, std::size_t record_bytes,
                 std::vector<unsigned char>& records) {
  const auto width = static_cast<std::size_t>(field.width);
  const auto put = [&](std::size_t index, const auto& value) {
    std::memcpy(records.data() + index / width * record_bytes + offset + index % width * sizeof(value), &value,
                sizeof(value));
  };
  std::visit(
      [&]<class T>(const std::vector<T>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          if constexpr (std::is_same_v<T, std::string>)
            put(i, values[i].c_str());
          else if constexpr (std::is_same_v<T, bool>)
            put(i, static_cast<std::int8_t>(values[i]));
          else
            put(i, values[i]);
        }
      },
      field.values);
}

}  // namespace

std::vector<RecordMember> record_members(const Opened& file, const Array& array) {
  const int n_members = H5Tget_nmembers(array.type.get());
  if (n_members <= 0) throw InputError({.place = array.place, .found = "records without fields"}, kDamaged);
  std::vector<RecordMember> members;
  for (unsigned i = 0; i < static_cast<unsigned>(n_members); ++i) {
    members.push_back(describe_member(file, array, i));
    members.back().offset = H5Tget_member_offset(array.type.get(), i);
  }
  // HDF5's offsets count each variable-length string as a pointer: in the file they are longer.
  std::vector<std::size_t> by_offset(members.size());
  std::iota(by_offset.begin(), by_offset.end(), std::size_t{0});
  std::stable_sort(by_offset.begin(), by_offset.end(),
                   [&](std::size_t a, std::size_t b) { return members[a].offset < members[b].offset; });
  std::size_t longer = 0;
  const auto record_bytes = static_cast<std::size_t>(element_bytes(file, array));
  for (const std::size_t i : by_offset) {
    RecordMember& member = members[i];
    member.offset += longer;
    if (member.variable) longer += member.bytes - sizeof(char*);
    if (member.offset > record_bytes || member.bytes > record_bytes - member.offset)
      throw InputError({.place = fmt::format("{} field '{}'", array.place, member.name),
                        .found = "lies beyond the record"},
                       kDamaged);
  }
  return members;
}

RecordTable File::read_records(const std::string& dataset) const {
  const Array data = open_dataset(*handle_, dataset);
  if (data.info.kind != ValueKind::compound)
    throw InputError(
        {.place = data.place, .found = fmt::format("holds {}", kind_name(data.info.kind)), .expected = "records"});
  check_readable(*handle_, data);
  const auto members = record_members(*handle_, data);
  const std::int64_t record_bytes = element_bytes(*handle_, data);
  std::vector<unsigned char> records(static_cast<std::size_t>(data.info.size() * record_bytes));
  const Id type = stored_type(record_bytes);
  if (!records.empty() && H5Dread(data.id.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, records.data()) < 0)
    throw_unreadable(data.place);
  RecordTable table;
  for (const auto& member : members) {
    const std::string place = fmt::format("{} field '{}'", data.place, member.name);
    const auto bytes = bytes_of_field(records, static_cast<std::size_t>(record_bytes), member);
    table.fields.push_back({member.name, values_of(*handle_, bytes, member, place), member.width});
  }
  return table;
}

void File::write_records(const std::string& dataset, const RecordTable& table) {
  GRACEVAE_CHECK(!table.fields.empty(), "records without fields: " + dataset);
  const Id type = type_of_records(table);
  std::size_t encoded_bytes = 0;
  if (H5Tencode(type.get(), nullptr, &encoded_bytes) < 0 || encoded_bytes > kMostTypeBytes)
    throw InputError({.place = handle_->place(dataset),
                      .found = fmt::format("{} fields, more than an HDF5 table of records can name in 64 KiB",
                                           table.fields.size())},
                     "write a long table with a column for the field's name instead");
  const std::size_t record_bytes = H5Tget_size(type.get());
  std::vector<unsigned char> records(static_cast<std::size_t>(table.n_records()) * record_bytes);
  for (unsigned i = 0; i < table.fields.size(); ++i)
    place_field(table.fields[i], H5Tget_member_offset(type.get(), i), record_bytes, records);
  write_list(*handle_, dataset, type.get(), table.n_records(), records.data());
}

}  // namespace gracevae::impl::hdf5
