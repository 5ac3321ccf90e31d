#include "io/hdf5.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/child_process.hpp"
#include "io/hdf5_internal.hpp"
#include "io/unpacked.hpp"

namespace gracevae::impl::hdf5 {

namespace {

/// File access: no file locks, which network file systems often lack; closing the file closes what is open in it.
Id file_access() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // errors are ours to report
  Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  return access;
}

GlobalHeap::Format heap_format(const Opened& file) {
  const Id creation(H5Fget_create_plist(file.id.get()), H5Pclose);
  GlobalHeap::Format format;
  hsize_t user_block = 0;
  if (H5Pget_sizes(creation.get(), &format.address_bytes, &format.length_bytes) < 0 ||
      H5Pget_userblock(creation.get(), &user_block) < 0 || format.address_bytes > 8 || format.length_bytes > 8)
    throw InputError(fmt::format("{}: addresses of a size we do not read", file.path.string()), kDamaged);
  format.base = static_cast<std::int64_t>(user_block);
  return format;
}

}  // namespace

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
  throw InputError(fmt::format("{}: cannot be read: {}", place, reason()), kDamaged);
}

void throw_unwritable(const std::string& place) {
  throw IoError(fmt::format("{}: cannot be written: {}", place, reason()), "is the disk full?");
}

std::int64_t DatasetInfo::size() const { return product(shape); }

File::File(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
File::~File() = default;
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;

File File::open(const std::filesystem::path& given, const std::filesystem::path& shown_as) {
  require_readable_file(given, "file");
  const std::filesystem::path shown = shown_as.empty() ? given : shown_as;
  std::optional<UnpackedFile> unpacked;
  if (is_gzip_file(given)) unpacked.emplace(given);
  const std::filesystem::path path = unpacked ? unpacked->path() : given;
  const Id access = file_access();
  const auto open_now = [&](Opened& opened) {
    opened.path = shown;
    opened.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
    opened.id = Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
    if (!opened.id)
      throw InputError(fmt::format("{}: is not a whole HDF5 file: {}", shown.string(), reason()),
                       "the file is cut off, damaged or of another format: fetch it or write it again");
    opened.heap = std::make_unique<GlobalHeap>(path, heap_format(opened));
  };
  // HDF5 1.10 itself crashes on some damaged files: better in a process of its own than in the user's.
  const bool sound = survives([&] {
    Opened opened;
    open_now(opened);
    H5garbage_collect();
    return looks_sound(opened);
  });
  if (!sound)
    throw InputError(fmt::format("{}: is damaged where the HDF5 library would crash", shown.string()), kDamaged);
  auto handle = std::make_unique<Handle>();
  open_now(*handle);
  return File(std::move(handle));
}

File File::create(const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  const Id access = file_access();
  auto handle = std::make_unique<Handle>();
  handle->path = shown_as.empty() ? path : shown_as;
  handle->id = Id(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  if (!handle->id)
    throw IoError(fmt::format("{}: cannot be written: {}", handle->path.string(), reason()),
                  "check the folder and its permissions");
  return File(std::move(handle));
}

File File::extend(const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  const Id access = file_access();
  auto handle = std::make_unique<Handle>();
  handle->path = shown_as;
  handle->id = Id(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.get()), H5Fclose);
  if (!handle->id) throw_unwritable(shown_as.string());
  return File(std::move(handle));
}

void File::close() {
  handle_->kept_open.clear();
  if (H5Fflush(handle_->id.get(), H5F_SCOPE_GLOBAL) < 0 || handle_->id.reset() < 0)
    throw_unwritable(handle_->path.string());
}

const std::filesystem::path& File::path() const { return handle_->path; }

NodeKind File::kind(const std::string& node) const { return kind_of_node(*handle_, node); }

std::vector<std::string> File::children(const std::string& group) const { return children_of(*handle_, group); }

DatasetInfo File::info(const std::string& dataset) const { return open_dataset(*handle_, dataset).info; }

bool File::has_attribute(const std::string& node, const std::string& name) const {
  return kind(node) != NodeKind::absent &&
         H5Aexists_by_name(handle_->id.get(), node.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

}  // namespace gracevae::impl::hdf5
