#pragma once
/// @file Cells x genes in a file of raw arrays, made once from any RowReader and then memory-mapped: processes share
/// one copy in the page cache, nothing is decompressed again, and any rows can be read without the others.
///  Layout (little-endian): a header of 4,096 bytes (format, sizes, key, properties of the values, hashes); begins and
/// ends of the rows [n_rows] int64, counted in stored values; column indices [n_stored] int32; values [n_stored]
/// float32; each part begins at a multiple of 4,096 bytes. Rows may be stored in another order than they are numbered.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/csr_view.hpp"
#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Properties of the stored values.
struct StoredValues {
  std::int64_t n_stored = 0, n_nonzero = 0, n_negative = 0;
  float smallest = 0, largest = 0;  ///< of the stored ones; 0 where there are none
  std::uint32_t whole = 1;          ///< 1: all are whole numbers

  void add(std::span<const float> values);
};
StoredValues stored_values(const CsrView<float>& rows);

/// Which rows are packed, and in which order.
struct PackOrder {
  std::span<const std::int64_t> rows;   ///< the reader's row of each row of the pack, ascending
  std::span<const std::int64_t> order;  ///< a permutation of the pack's rows: their order in the file
  std::string key;                      ///< 32 characters that identify what it was made from
};

/// A mapped pack. Safe to use from several threads.
/// @test tests/unit/io/packed_rows_test.cpp
class PackedRows {
 public:
  /// Writes the file atomically in bounded memory: rows come in blocks and are written to their positions.
  /// @throws IoError with the bytes needed and free if the disk has too little room.
  static void write(const std::filesystem::path& file, RowReader& reader, const PackOrder& order);
  /// Reads it once as a whole. @throws InputError with a hint if it is cut, damaged anywhere, or has another key.
  static std::shared_ptr<const PackedRows> open(const std::filesystem::path& file, const std::string& key);
  ~PackedRows();
  PackedRows(const PackedRows&) = delete;
  PackedRows& operator=(const PackedRows&) = delete;

  const CsrView<float>& rows() const { return rows_; }
  const StoredValues& values() const { return values_; }
  const std::filesystem::path& path() const { return path_; }

  /// Reads rows into memory without the mapping; `rows` must be in file order (by begins()). Throws InputError if the
  /// file became shorter.
  CsrMatrix<float> read(std::span<const std::int64_t> rows) const;
  /// Releases the mapped pages, which a pass over many rows leaves in resident memory.
  void release() const;

 private:
  PackedRows() = default;
  void read_into(std::int64_t first, std::int64_t count, std::int32_t* indices, float* values) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  void* mapping_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint64_t indices_at_ = 0, values_at_ = 0;
  CsrView<float> rows_;
  StoredValues values_;
};

}  // namespace gracevae::impl
