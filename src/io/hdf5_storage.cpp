// Checks of filters and of the size of storage before reading.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

constexpr std::int64_t kSmall = 64 << 20;         // sizes up to this are accepted without checking the storage
constexpr std::int64_t kMostWaste = 4;            // a chunk may be as many times larger than all values
constexpr std::int64_t kDeflateExpansion = 1100;  // deflate reaches 1,032 at most (zlib technical details)
constexpr std::int64_t kOtherExpansion = 40000;   // Zstandard: a block of 128 KiB in 4 bytes

/// Name of a filter and its Debian package (https://portal.hdfgroup.org/documentation, registered filters).
struct KnownFilter {
  H5Z_filter_t id;
  const char *name, *package;
};
constexpr std::array<KnownFilter, 11> kFilters{{{H5Z_FILTER_SZIP, "szip", ""},
                                                {305, "lzo", ""},
                                                {307, "bzip2", "hdf5-filter-plugin"},
                                                {32000, "lzf", "hdf5-plugin-lzf"},
                                                {32001, "blosc", "hdf5-filter-plugin-blosc-serial"},
                                                {32004, "lz4", "hdf5-filter-plugin"},
                                                {32008, "bitshuffle", "hdf5-filter-plugin"},
                                                {32013, "zfp", "hdf5-filter-plugin-zfp-serial"},
                                                {32015, "zstd", ""},
                                                {32017, "sz", ""},
                                                {32026, "blosc2", ""}}};

[[noreturn]] void throw_no_filter(const std::string& place, H5Z_filter_t id, const char* own_name) {
  const auto* known = std::find_if(kFilters.begin(), kFilters.end(), [&](const KnownFilter& f) { return f.id == id; });
  const std::string name = known != kFilters.end() ? known->name : *own_name ? own_name : fmt::format("number {}", id);
  std::string hint = "write the file again in Python with adata.write_h5ad(file, compression=\"gzip\")";
  if (known != kFilters.end() && *known->package) hint = fmt::format("apt-get install {}, or {}", known->package, hint);
  throw InputError({.place = place,
                    .found = fmt::format("is compressed with the HDF5 filter {}, which is not installed here", name)},
                   hint);
}

/// Checks that every filter of the data set is installed (HDF5 can otherwise return empty chunks), and returns the
/// largest possible ratio of values to storage.
std::int64_t check_filters(const Array& data, hid_t creation) {
  std::int64_t expansion = 1;
  for (int i = 0; i < H5Pget_nfilters(creation); ++i) {
    unsigned flags = 0;
    std::size_t n_values = 0;
    std::array<char, 80> name{};
    const H5Z_filter_t id = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &n_values, nullptr, name.size(),
                                           name.data(), nullptr);
    if (id < 0) throw_unreadable(data.place);
    if (H5Zfilter_avail(id) <= 0) throw_no_filter(data.place, id, name.data());
    if (id == H5Z_FILTER_SHUFFLE || id == H5Z_FILTER_FLETCHER32) continue;
    expansion = std::max(expansion, id == H5Z_FILTER_DEFLATE ? kDeflateExpansion : kOtherExpansion);
  }
  return expansion;
}

}  // namespace

std::int64_t element_bytes(const Opened& file, const Array& array) {
  const auto descriptor = static_cast<std::int64_t>(file.heap->descriptor_bytes());
  if (H5Tis_variable_str(array.type.get()) > 0) return descriptor;
  auto bytes = static_cast<std::int64_t>(H5Tget_size(array.type.get()));
  if (array.info.kind != ValueKind::compound) return bytes;
  for (int i = 0; i < H5Tget_nmembers(array.type.get()); ++i) {  // HDF5 counts the size of a pointer in memory
    const Id member(H5Tget_member_type(array.type.get(), static_cast<unsigned>(i)), H5Tclose);
    if (H5Tis_variable_str(member.get()) > 0) bytes += descriptor - static_cast<std::int64_t>(sizeof(char*));
  }
  return bytes;
}

void check_readable(const Opened& file, const Array& data) {
  const Id creation(H5Dget_create_plist(data.id.get()), H5Pclose);
  if (!creation) throw_unreadable(data.place);
  const std::int64_t expansion = check_filters(data, creation.get());
  const auto stored = std::min(static_cast<std::int64_t>(H5Dget_storage_size(data.id.get()) & INT64_MAX), file.bytes);
  const std::int64_t element = element_bytes(file, data), values = product(data.info.size(), element);
  const auto chunk = chunk_shape(data, creation.get());
  const std::int64_t at_once = chunk.empty() ? values : product(product(chunk), element);
  const bool empty =
      stored == 0 && H5Pget_layout(creation.get()) != H5D_COMPACT && H5Dget_offset(data.id.get()) == HADDR_UNDEF;
  const bool too_little = !empty && at_once > product(stored, expansion);
  if (!chunk.empty() && at_once > std::max(kSmall, product(values, kMostWaste)))  // one is inflated as a whole
    throw InputError({.place = data.place,
                      .found = fmt::format("has chunks of {} bytes for {} bytes of values", at_once, values)},
                     kDamaged);
  if (too_little || values > std::max(kSmall, product(stored, expansion)))
    throw InputError({.place = data.place,
                      .found = fmt::format("claims {} bytes of values, but the file stores only {} bytes for it",
                                           std::max(values, at_once), stored)},
                     kDamaged);
}

}  // namespace gracevae::impl::hdf5
