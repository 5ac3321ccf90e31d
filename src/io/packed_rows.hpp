#pragma once
/// @file Cells x genes in a file of raw arrays, made once from any RowReader and then mapped: processes share one copy
/// in the page cache, nothing is decompressed again, and any rows can be read without the others.
///
/// Layout (little-endian): a header of 4,096 bytes (format, sizes, key, what the values are, hashes); begins and ends
/// of the rows [n_rows] int64, counted in stored values; column indices [n_stored] int32; values [n_stored] float32;
/// each part begins at a multiple of 4,096 bytes. Rows may be stored in another order than they are numbered.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/csr_view.hpp"
#include "io/cell_source.hpp"

namespace gracevae::impl {

/// What is known of stored values without another look at them.
struct StoredValues {
  std::int64_t n_stored = 0, n_nonzero = 0, n_negative = 0;
  float smallest = 0, largest = 0;  ///< of the stored ones; 0 where there are none
  std::uint32_t whole = 1;          ///< 1: all are whole numbers

  void add(std::span<const float> values);
};
StoredValues stored_values(const CsrView<float>& rows);

/// Which rows are packed and where they stand.
struct PackOrder {
  std::span<const std::int64_t> rows;   ///< for each row of the pack its row in the reader, ascending
  std::span<const std::int64_t> order;  ///< a permutation of the pack's rows: how they stand in the file
  std::string key;                      ///< 32 characters that say what it was made from
};

/// A mapped pack. Safe to use from several threads.
/// @test tests/unit/io/packed_rows_test.cpp
class PackedRows {
 public:
  /// Writes the file, whole or not at all, in bounded memory: rows come in blocks and are put in their places.
  /// @throws IoError with the bytes needed and free when the disk has too little room.
  static void write(const std::filesystem::path& file, RowReader& reader, const PackOrder& order);
  /// @throws InputError with the mend when it is truncated, damaged in its header or row table, or of another key.
  static std::shared_ptr<const PackedRows> open(const std::filesystem::path& file, const std::string& key);
  ~PackedRows();
  PackedRows(const PackedRows&) = delete;
  PackedRows& operator=(const PackedRows&) = delete;

  const CsrView<float>& rows() const { return rows_; }
  const StoredValues& values() const { return values_; }
  const std::filesystem::path& path() const { return path_; }

  /// Reads the given rows into memory without the mapping, in the order in which they stand in the file; `rows` must be
  /// in that order (by begins()). InputError when indices are out of range or do not ascend.
  CsrMatrix<float> read(std::span<const std::int64_t> rows) const;
  /// Lets go of the mapped pages, which a pass over many rows leaves in this process's resident memory.
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
