#pragma once
/// @file The rows of backed batches: a window of them in memory, the next one on its way from the disk.
#include <array>
#include <future>
#include <memory>
#include <span>
#include <vector>

#include "screen/backed_batches.hpp"

namespace gracevae::impl {

/// Rows that are held, found by their cell.
class HeldRows {
 public:
  HeldRows() = default;
  /// Reads the cells from the pack; each once, in any order.
  HeldRows(const PackedRows& pack, std::vector<std::int64_t> cells);
  bool holds(std::int64_t cell) const;
  /// Appends the cell's row.
  void append_to(std::int64_t cell, CsrMatrix<float>& rows) const;

 private:
  std::vector<std::int64_t> cells_, row_of_;  // ascending, and the row of each
  CsrMatrix<float> rows_;
};

/// Gives the rows of an epoch's batches in their order, from any batch on. A thread reads the next window while one is
/// in use. Errors of reading come out of rows_of, which any one thread at a time may call.
/// @test tests/unit/screen/backed_batches_test.cpp
class RowFeeder {
 public:
  /// `controls`: the cells that are held for the run. The pack must outlive it.
  RowFeeder(const PackedRows& pack, std::vector<std::int64_t> controls);
  ~RowFeeder();
  RowFeeder(const RowFeeder&) = delete;
  RowFeeder& operator=(const RowFeeder&) = delete;

  void begin(std::shared_ptr<const WindowedBatches> epoch);
  /// Valid until the call after the next: one batch may be in use while the next is asked for.
  BatchRows rows_of(std::int64_t batch);

 private:
  HeldRows load(std::size_t window) const;
  void move_to(std::size_t window);

  const PackedRows& pack_;
  HeldRows controls_, window_;
  std::shared_ptr<const WindowedBatches> epoch_;
  std::ptrdiff_t at_ = -1, coming_ = -1;  // the window that is held, and the one that is being read
  std::future<HeldRows> next_;
  struct Gathered {
    CsrMatrix<float> rows;
    std::vector<std::int64_t> controls, cells;
  };
  std::array<Gathered, 2> gathered_;  // by turns
  std::size_t turn_ = 0;
};

}  // namespace gracevae::impl
