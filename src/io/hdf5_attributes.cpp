// Reading attributes.
#include <fmt/format.h>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

std::vector<std::int64_t> read_attribute_integers(const Array& attribute) {
  if (attribute.info.kind != ValueKind::integer && attribute.info.kind != ValueKind::boolean)
    throw InputError({.place = attribute.place,
                      .found = fmt::format("holds {}", kind_name(attribute.info.kind)),
                      .expected = "whole numbers"});
  std::vector<std::int64_t> values(static_cast<std::size_t>(attribute.info.size()));
  if (!values.empty() && H5Aread(attribute.id.get(), H5T_NATIVE_INT64, values.data()) < 0)
    throw_unreadable(attribute.place);
  return values;
}

std::string read_attribute_reference(const Opened& file, const Array& attribute) {
  if (attribute.info.kind != ValueKind::reference || H5Tequal(attribute.type.get(), H5T_STD_REF_OBJ) <= 0 ||
      attribute.info.size() != 1)
    throw InputError({.place = attribute.place,
                      .found = fmt::format("holds {}", kind_name(attribute.info.kind)),
                      .expected = "a reference to a data set"});
  hobj_ref_t reference = 0;
  if (H5Aread(attribute.id.get(), H5T_STD_REF_OBJ, &reference) < 0) throw_unreadable(attribute.place);
  H5O_type_t type = H5O_TYPE_UNKNOWN;
  const bool found = H5Rget_obj_type2(file.id.get(), H5R_OBJECT, &reference, &type) >= 0;
  const ssize_t length = found ? H5Rget_name(file.id.get(), H5R_OBJECT, &reference, nullptr, 0) : -1;
  if (length <= 0)
    throw InputError({.place = attribute.place, .found = "refers to nothing", .expected = "a reference to a data set"},
                     kDamaged);
  std::string name(static_cast<std::size_t>(length) + 1, '\0');
  if (H5Rget_name(file.id.get(), H5R_OBJECT, &reference, name.data(), name.size()) < 0)
    throw_unreadable(attribute.place);
  name.pop_back();
  return name;
}

std::string File::read_string_attribute(const std::string& node, const std::string& name) const {
  const Array attribute = open_attribute(*handle_, node, name);
  const auto strings = read_attribute_strings(*handle_, attribute);
  if (strings.size() != 1)
    throw InputError(
        {.place = attribute.place, .found = fmt::format("holds {} strings", strings.size()), .expected = "1"});
  return strings[0];
}

std::vector<std::int64_t> File::read_integer_attribute(const std::string& node, const std::string& name) const {
  return read_attribute_integers(open_attribute(*handle_, node, name));
}

std::vector<std::string> File::read_strings_attribute(const std::string& node, const std::string& name) const {
  const Array attribute = open_attribute(*handle_, node, name);
  if (attribute.info.size() == 0) return {};  // anndata writes an empty list of columns as an empty list of numbers
  return read_attribute_strings(*handle_, attribute);
}

std::string File::read_reference_attribute(const std::string& node, const std::string& name) const {
  return read_attribute_reference(*handle_, open_attribute(*handle_, node, name));
}

}  // namespace gracevae::impl::hdf5
