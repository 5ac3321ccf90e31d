#pragma once
/// @file A packed file unpacked for libraries that read only plain ones. Only for src/io.
#include <filesystem>

namespace gracevae::impl {

/// Whether a file begins as gzip does; false where it cannot be read.
bool is_gzip_file(const std::filesystem::path& path);

/// Whether a file, in gzip or not, begins as HDF5 does; false where it cannot be read. HDF5 may have up to 2 KiB of
/// something else before it, as .h5mu has.
bool is_hdf5_file(const std::filesystem::path& path);

/// A temporary file in $TMPDIR, else /tmp, that is removed when this is destroyed. Who has opened it by then can read
/// on.
class TemporaryFile {
 public:
  /// @throws IoError where none can be made.
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The bytes of a gzip file in a temporary one; a message says so.
/// @throws IoError damaged gzip, no room for it (how to get some).
/// @test tests/unit/io/unpacked_test.cpp
class UnpackedFile {
 public:
  explicit UnpackedFile(const std::filesystem::path& packed);
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  TemporaryFile file_;
};

}  // namespace gracevae::impl
