#pragma once
/// @file Dense matrices in files, read in blocks of rows. Only for src/io.
#include <cstdint>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// A RowReader over whole chunks of a file: some 32 MiB at a time, or one chunk if larger, up to 256 MiB. The last
/// block is kept, so that a block shared by two calls is read once.
class RowsInBlocks : public RowReader {
 public:
  std::int64_t n_stored() const override { return -1; }
  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override;

 protected:
  /// `row_values`: values of a row; `chunk_rows`: rows of a chunk of the file.
  RowsInBlocks(std::int64_t row_values, std::int64_t chunk_rows);
  /// Rows [first, first + count), checked as described at RowReader.
  virtual CsrMatrix<float> read_block(std::int64_t first, std::int64_t count) = 0;

 private:
  CsrMatrix<float> block_;
  std::int64_t block_first_ = 0, block_rows_ = 1;
};

}  // namespace gracevae::impl
