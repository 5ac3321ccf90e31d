#pragma once
/// @file The bytes of a text file, unpacked if it is gzip.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace gracevae::impl {

/// The bytes of a text file from first to last. A file that begins with 1f 8b is gzip (RFC 1952, of one or more
/// members) and is unpacked, whatever its name. Memory: half a megabyte.
/// @throws IoError: absent or unreadable; gzip data that are truncated, damaged or followed by something else, with the
/// line up to which they could be unpacked.
/// @throws InputError: other formats (zip, bzip2, xz, zstd) and UTF-16, with how to convert them.
class ByteReader {
 public:
  explicit ByteReader(const std::filesystem::path& path);
  ~ByteReader();
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  /// Fills `out`; returns the number of bytes, fewer only at the end of the file.
  std::size_t read(std::span<char> out);
  bool is_gzip() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gracevae::impl
