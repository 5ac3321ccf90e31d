#include "screen/row_feeder.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"

namespace gracevae::impl {

HeldRows::HeldRows(const PackedRows& pack, std::vector<std::int64_t> cells) {
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  cells_ = cells;
  sort_as_stored(pack.rows(), cells);
  rows_ = pack.read(cells);
  row_of_.resize(cells.size());
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const auto place = std::lower_bound(cells_.begin(), cells_.end(), cells[row]) - cells_.begin();
    row_of_[static_cast<std::size_t>(place)] = static_cast<std::int64_t>(row);
  }
}

bool HeldRows::holds(std::int64_t cell) const { return std::binary_search(cells_.begin(), cells_.end(), cell); }

void HeldRows::append_to(std::int64_t cell, CsrMatrix<float>& rows) const {
  const auto place = std::lower_bound(cells_.begin(), cells_.end(), cell);
  GRACEVAE_CHECK(place != cells_.end() && *place == cell, "a cell that is held");
  append_row(CsrView<float>(rows_), row_of_[static_cast<std::size_t>(place - cells_.begin())], rows);
}

RowFeeder::RowFeeder(const PackedRows& pack, std::vector<std::int64_t> controls)
    : pack_(pack), controls_(pack, std::move(controls)) {}

RowFeeder::~RowFeeder() {
  if (next_.valid()) next_.wait();
}

void RowFeeder::begin(std::shared_ptr<const WindowedBatches> epoch) {
  if (next_.valid()) next_.wait();
  next_ = {};
  epoch_ = std::move(epoch);
  at_ = coming_ = -1;
}

HeldRows RowFeeder::load(std::size_t window) const {
  const std::int64_t first = window == 0 ? 0 : epoch_->ends[window - 1], end = epoch_->ends[window];
  std::vector<std::int64_t> cells;
  for (std::int64_t k = first; k < end; ++k) {
    const Batch& batch = epoch_->batches[static_cast<std::size_t>(k)];
    cells.insert(cells.end(), batch.cells.begin(), batch.cells.end());
    std::copy_if(batch.controls.begin(), batch.controls.end(), std::back_inserter(cells),
                 [&](std::int64_t control) { return !controls_.holds(control); });
  }
  return {pack_, std::move(cells)};
}

void RowFeeder::move_to(std::size_t window) {
  window_ = {};
  window_ = coming_ == static_cast<std::ptrdiff_t>(window) && next_.valid() ? next_.get() : load(window);
  at_ = static_cast<std::ptrdiff_t>(window);
  if (next_.valid()) next_.wait();
  next_ = {};
  if (window + 1 >= epoch_->ends.size()) return;
  coming_ = at_ + 1;
  next_ = std::async(std::launch::async, [this, window] { return load(window + 1); });
}

BatchRows RowFeeder::rows_of(std::int64_t batch) {
  const auto window = std::upper_bound(epoch_->ends.begin(), epoch_->ends.end(), batch) - epoch_->ends.begin();
  GRACEVAE_CHECK(batch >= 0 && window < std::ssize(epoch_->ends), "a batch of the epoch");
  if (window != at_) move_to(static_cast<std::size_t>(window));
  const Batch& wanted = epoch_->batches[static_cast<std::size_t>(batch)];
  turn_ = 1 - turn_;
  auto& [rows, control_rows, cell_rows] = gathered_[turn_];
  rows.n_rows = 0;
  rows.n_cols = pack_.rows().n_cols;
  rows.indptr.assign(1, 0);
  rows.indices.clear();
  rows.values.clear();
  for (const std::int64_t control : wanted.controls)
    (controls_.holds(control) ? controls_ : window_).append_to(control, rows);
  for (const std::int64_t cell : wanted.cells) window_.append_to(cell, rows);
  control_rows.resize(wanted.controls.size());
  cell_rows.resize(wanted.cells.size());
  std::iota(control_rows.begin(), control_rows.end(), 0);
  std::iota(cell_rows.begin(), cell_rows.end(), std::ssize(wanted.controls));
  return {rows, control_rows, cell_rows};
}

}  // namespace gracevae::impl
