// Types of values: recognising and creating them.
#include <array>
#include <string_view>

#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

/// Standard integer and floating-point types. Others exist only in damaged files, where HDF5's conversion would crash.
bool is_machine_number(hid_t type) {
  for (const hid_t known :
       {H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I32LE,  H5T_STD_I64LE,  H5T_STD_U8LE,   H5T_STD_U16LE, H5T_STD_U32LE,
        H5T_STD_U64LE, H5T_STD_I8BE,  H5T_STD_I16BE,  H5T_STD_I32BE,  H5T_STD_I64BE,  H5T_STD_U8BE,  H5T_STD_U16BE,
        H5T_STD_U32BE, H5T_STD_U64BE, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_IEEE_F64BE})
    if (H5Tequal(type, known) > 0) return true;
  return is_half(type);
}

/// h5py's booleans: an enum of FALSE and TRUE.
bool is_boolean(hid_t type) {
  const Id base(H5Tget_super(type), H5Tclose);
  if (!base || !is_machine_number(base.get()) || H5Tget_nmembers(type) != 2) return false;
  for (unsigned i = 0; i < 2; ++i) {
    char* name = H5Tget_member_name(type, i);
    const bool equal = name && std::string_view(name) == (i == 0 ? "FALSE" : "TRUE");
    H5free_memory(name);
    if (!equal) return false;
  }
  return true;
}

/// HDF5 keeps one list of conversions for the whole process: the tag keeps ours apart from those of a host that reads
/// strings into opaque types of its own, as h5py does.
constexpr const char* kStoredTag = "gracevae";

bool is_ours(hid_t opaque) {
  char* tag = H5Tget_tag(opaque);
  const bool ours = tag && std::string_view(tag) == kStoredTag;
  H5free_memory(tag);
  return ours;
}

/// A conversion that copies bytes unchanged.
herr_t keep_bytes(hid_t source, hid_t target, H5T_cdata_t* state, std::size_t, std::size_t, std::size_t, void*, void*,
                  hid_t) {
  if (state->command != H5T_CONV_INIT) return 0;
  state->need_bkg = H5T_BKG_NO;
  return is_ours(target) && H5Tget_size(source) == H5Tget_size(target) ? 0 : -1;
}

}  // namespace

bool is_half(hid_t type) {
  if (H5Tget_class(type) != H5T_FLOAT || H5Tget_size(type) != 2) return false;
  std::size_t sign = 0, exponent = 0, exponent_size = 0, mantissa = 0, mantissa_size = 0;
  H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size);
  return H5Tget_precision(type) == 16 && H5Tget_offset(type) == 0 && sign == 15 && exponent == 10 &&
         exponent_size == 5 && mantissa == 0 && mantissa_size == 10 && H5Tget_ebias(type) == 15;
}

ValueKind kind_of_type(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return is_machine_number(type) ? ValueKind::integer : ValueKind::other;
    case H5T_FLOAT: return is_machine_number(type) ? ValueKind::real : ValueKind::other;
    case H5T_STRING: return ValueKind::string;
    case H5T_COMPOUND: return ValueKind::compound;
    case H5T_REFERENCE: return ValueKind::reference;
    case H5T_ENUM: return is_boolean(type) ? ValueKind::boolean : ValueKind::other;
    default: return ValueKind::other;
  }
}

const char* kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::integer: return "whole numbers";
    case ValueKind::real: return "numbers";
    case ValueKind::boolean: return "booleans";
    case ValueKind::string: return "strings";
    case ValueKind::compound: return "records";
    case ValueKind::reference: return "references";
    default: return "values of an unknown type";
  }
}

bool is_number(ValueKind kind) {
  return kind == ValueKind::integer || kind == ValueKind::real || kind == ValueKind::boolean;
}

Id variable_string_type() {
  Id type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Id boolean_type() {
  Id type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
  const std::array<std::int8_t, 2> values{0, 1};
  H5Tenum_insert(type.get(), "FALSE", &values[0]);
  H5Tenum_insert(type.get(), "TRUE", &values[1]);
  return type;
}

Id stored_type(std::int64_t bytes) {
  [[maybe_unused]] static const bool registered = [] {
    const Id strings = variable_string_type(), records(H5Tcreate(H5T_COMPOUND, 1), H5Tclose),
             stored(H5Tcreate(H5T_OPAQUE, 1), H5Tclose);
    H5Tset_tag(stored.get(), kStoredTag);
    return H5Tregister(H5T_PERS_SOFT, "gracevae strings", strings.get(), stored.get(), keep_bytes) >= 0 &&
           H5Tregister(H5T_PERS_SOFT, "gracevae records", records.get(), stored.get(), keep_bytes) >= 0;
  }();
  Id type(H5Tcreate(H5T_OPAQUE, static_cast<std::size_t>(bytes)), H5Tclose);
  H5Tset_tag(type.get(), kStoredTag);
  return type;
}

Id scalar_space() { return Id(H5Screate(H5S_SCALAR), H5Sclose); }

NumberFormat number_format(hid_t type) {
  const Id base = H5Tget_class(type) == H5T_ENUM ? Id(H5Tget_super(type), H5Tclose) : Id(H5Tcopy(type), H5Tclose);
  NumberFormat format;
  format.bytes = H5Tget_size(base.get());
  format.swapped = format.bytes > 1 && H5Tget_order(base.get()) != H5Tget_order(H5T_NATIVE_INT);
  if (H5Tget_class(base.get()) == H5T_INTEGER)
    format.number_class = H5Tget_sign(base.get()) == H5T_SGN_NONE ? NumberFormat::Class::unsigned_integer
                                                                  : NumberFormat::Class::signed_integer;
  return format;
}

Id make_space(const std::vector<hsize_t>& shape) {
  return Id(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
}

}  // namespace gracevae::impl::hdf5
