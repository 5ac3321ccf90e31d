// Opening a file for reading, and HDF5's error messages.
#include <fmt/format.h>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

GlobalHeap::Format heap_format(const Opened& file) {
  const Id creation(H5Fget_create_plist(file.id.get()), H5Pclose);
  GlobalHeap::Format format;
  hsize_t user_block = 0;
  if (H5Pget_sizes(creation.get(), &format.address_bytes, &format.length_bytes) < 0 ||
      H5Pget_userblock(creation.get(), &user_block) < 0 || format.address_bytes > 8 || format.length_bytes > 8)
    throw InputError({.place = file.path.string(), .found = "addresses of a size we do not read"}, kDamaged);
  format.base = static_cast<std::int64_t>(user_block);
  return format;
}

}  // namespace

Id file_access() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // errors are ours to report
  Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  return access;
}

void open_for_reading(Opened& file, const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  const Id access = file_access();
  file.path = shown_as;
  file.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  file.id = Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file.id)
    throw InputError({.place = shown_as.string(), .found = fmt::format("is not a whole HDF5 file: {}", reason())},
                     "the file is cut off, damaged or of another format: fetch it or write it again");
  file.heap = std::make_unique<GlobalHeap>(path, heap_format(file));
}

std::string reason() {
  std::string text = "no reason given";
  const auto keep_first = [](unsigned n, const H5E_error2_t* error, void* out) -> herr_t {
    if (n == 0 && error->desc && *error->desc) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return text;
}

void throw_unreadable(const std::string& place) {
  throw InputError({.place = place, .found = fmt::format("cannot be read: {}", reason())}, kDamaged);
}

void throw_unwritable(const std::string& place) {
  throw IoError({.place = place, .found = fmt::format("cannot be written: {}", reason())}, "is the disk full?");
}

}  // namespace gracevae::impl::hdf5
