#include "io/hdf5.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/first_look.hpp"
#include "io/hdf5_internal.hpp"
#include "io/unpacked.hpp"

namespace gracevae::impl::hdf5 {

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
  if (!survives_first_look(path, shown))
    throw InputError({.place = shown.string(), .found = "is damaged where the HDF5 library would crash"}, kDamaged);
  return open_own(path, shown);
}

File File::open_own(const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  auto handle = std::make_unique<Handle>();
  open_for_reading(*handle, path, shown_as);
  return File(std::move(handle));
}

File File::create(const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  const Id access = file_access();
  auto handle = std::make_unique<Handle>();
  handle->path = shown_as.empty() ? path : shown_as;
  handle->id = Id(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  if (!handle->id)
    throw IoError({.place = handle->path.string(), .found = fmt::format("cannot be written: {}", reason())},
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
