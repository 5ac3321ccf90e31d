#pragma once
/// @file The bytes of a packed file (io/packed_rows.hpp), for those who write and read it.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/packed_rows.hpp"

namespace gracevae::impl::pack {

inline constexpr std::uint64_t kPage = 4096;
inline constexpr std::size_t kKeyLength = 32;
inline constexpr char kMagic[8] = {'G', 'V', 'P', 'A', 'C', 'K', '0', '1'};

/// The first bytes of the file, padded with 0 to a page.
struct Header {
  char magic[8];
  std::int64_t n_rows, n_cols;
  StoredValues values;
  char key[kKeyLength];
  char table_hash[kKeyLength];   ///< of begins and ends
  char header_hash[kKeyLength];  ///< of all fields before
  std::uint64_t content_hash;    ///< sum of the rows' hashes; 0 in files of versions that had none
};

/// What Header::header_hash should be.
std::string hash_of(const Header& header);

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

/// Where each part begins.
struct Layout {
  std::uint64_t table, indices, values, end;
  Layout(std::int64_t n_rows, std::int64_t n_stored)
      : table(kPage), indices(table + whole_pages(16 * static_cast<std::uint64_t>(n_rows))),
        values(indices + whole_pages(4 * static_cast<std::uint64_t>(n_stored))),
        end(values + 4 * static_cast<std::uint64_t>(n_stored)) {}
};

/// Of indices and values of row i.
std::uint64_t row_hash(std::int64_t i, std::span<const std::int32_t> indices, std::span<const float> values);

/// A file written at random positions. Errors name it `shown_as` and hold `hint`.
class Output {
 public:
  /// @throws IoError, as all that writes
  Output(const std::filesystem::path& file, std::filesystem::path shown_as, std::string hint);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Reserves this many bytes. @throws IoError with the bytes needed and free if the disk has too little room
  void reserve(std::uint64_t bytes) const;
  void write(const void* data, std::size_t bytes, std::uint64_t at) const;
  /// Copies the first bytes of another to a position of this one.
  void copy(const Output& from, std::uint64_t bytes, std::uint64_t at) const;
  /// Writes the header, whose values and content hash are there, and the table of begins and ends.
  void seal(Header header, std::int64_t n_cols, const std::string& key, const std::vector<std::int64_t>& table) const;

 private:
  [[noreturn]] void throw_unwritable() const;

  std::filesystem::path shown_as_;
  std::string hint_;
  int descriptor_;
};

}  // namespace gracevae::impl::pack
