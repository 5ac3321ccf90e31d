#pragma once
/// @file Unpacking a gzip file for libraries that read only plain ones. Only for src/io.
#include <filesystem>

namespace gracevae::impl {

/// Whether a file begins like gzip; false if unreadable.
bool is_gzip_file(const std::filesystem::path& path);

/// Whether a file, in gzip or not, begins like HDF5, perhaps after a user block of up to 2 KiB as in .h5mu; false if
/// unreadable.
bool is_hdf5_file(const std::filesystem::path& path);

/// A temporary file in $TMPDIR, else /tmp, removed on destruction; open handles stay valid.
class TemporaryFile {
 public:
  /// @throws IoError if none can be created.
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A gzip file unpacked into a temporary one, with a message.
/// @throws IoError damaged gzip, or too little room (with a hint).
/// @test tests/unit/io/unpacked_test.cpp
class UnpackedFile {
 public:
  explicit UnpackedFile(const std::filesystem::path& packed);
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  TemporaryFile file_;
};

}  // namespace gracevae::impl
