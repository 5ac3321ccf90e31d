#pragma once
/// @file One array of a zarr store of version 2. Only for src/io/zarr*.cpp.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace gracevae::impl::zarr {

/// A metadata file as JSON; null if absent. Throws InputError naming it if malformed.
nlohmann::json read_json(const std::filesystem::path& file);

/// The line of Python that converts the store of `part` to .h5ad.
std::string python_hint(const std::filesystem::path& part);

enum class Kind { boolean, integer, unsigned_integer, real, strings, fixed_bytes, fixed_unicode };

/// The content of .zarray. Chunks at the edges are whole, too.
struct Array {
  std::filesystem::path folder;
  std::vector<std::int64_t> shape, chunks;
  Kind kind = Kind::real;
  std::size_t value_bytes = 0;  ///< 0 for strings
  std::string compressor;       ///< "", zlib, gzip, blosc
  std::string separator = ".";
  double fill = 0;

  std::string place() const { return folder.string(); }
  bool is_text() const { return kind == Kind::strings || kind == Kind::fixed_bytes || kind == Kind::fixed_unicode; }
  /// Values of one chunk.
  std::int64_t chunk_size() const;
  /// Values of the array.
  std::int64_t size() const;
};

/// Reads .zarray and checks that the chunk files are large enough for what it claims. Throws InputError for what is not
/// supported.
Array open_array(const std::filesystem::path& folder);

/// The decompressed bytes of a chunk; empty if it has no file and is all fill value. `at`: its position along each
/// axis. Throws InputError if it is damaged or its size contradicts `.zarray`.
std::vector<unsigned char> read_chunk(const Array& array, const std::vector<std::int64_t>& at);

/// The numbers of a chunk, [chunk_size].
template <class T>
std::vector<T> chunk_numbers(const Array& array, const std::vector<std::int64_t>& at);

/// The strings of a chunk of a list, [chunk_size].
std::vector<std::string> chunk_strings(const Array& array, std::int64_t at);

}  // namespace gracevae::impl::zarr
