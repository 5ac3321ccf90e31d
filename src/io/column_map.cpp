#include "io/column_map.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

class MappedColumns : public RowReader {
 public:
  MappedColumns(std::shared_ptr<RowReader> reader, std::vector<std::int32_t> column_of, std::int64_t n_columns,
                Together together)
      : reader_(std::move(reader)), column_of_(std::move(column_of)), n_columns_(n_columns), together_(together) {
    GRACEVAE_CHECK(std::ssize(column_of_) == reader_->n_cols(), "a new place for every column");
  }

  std::int64_t n_rows() const override { return reader_->n_rows(); }
  std::int64_t n_cols() const override { return n_columns_; }
  std::int64_t n_stored() const override { return reader_->n_stored(); }

  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    const CsrMatrix<float> from = reader_->rows(first, count);
    CsrMatrix<float> block;
    block.n_cols = n_columns_;
    block.indices.reserve(from.indices.size());
    block.values.reserve(from.values.size());
    for (std::int64_t i = 0; i < from.n_rows; ++i) {
      take_row(from, i);
      for (const auto& [column, value] : row_) {
        block.indices.push_back(column);
        block.values.push_back(value);
      }
      block.indptr.push_back(std::ssize(block.indices));
      ++block.n_rows;
    }
    return block;
  }

 private:
  /// Row i of `from` in the new columns, ascending and without repeats.
  void take_row(const CsrMatrix<float>& from, std::int64_t i) {
    row_.clear();
    for (auto k = static_cast<std::size_t>(from.indptr[static_cast<std::size_t>(i)]);
         k < static_cast<std::size_t>(from.indptr[static_cast<std::size_t>(i) + 1]); ++k) {
      const std::int32_t column = column_of_[static_cast<std::size_t>(from.indices[k])];
      if (column >= 0) row_.emplace_back(column, from.values[k]);
    }
    const auto by_column = [](const auto& a, const auto& b) { return a.first < b.first; };
    if (!std::is_sorted(row_.begin(), row_.end(), by_column)) std::stable_sort(row_.begin(), row_.end(), by_column);
    std::size_t n_kept = 0;
    for (std::size_t k = 0; k < row_.size();) {
      std::size_t end = k + 1;
      while (end < row_.size() && row_[end].first == row_[k].first) ++end;
      const float value = end == k + 1 ? row_[k].second : sum_of(k, end);
      if (end == k + 1 || value != 0) row_[n_kept++] = {row_[k].first, value};
      k = end;
    }
    row_.resize(n_kept);
  }

  float sum_of(std::size_t first, std::size_t end) const {
    double sum = 0;
    for (std::size_t k = first; k < end; ++k)
      sum += together_ == Together::add ? static_cast<double>(row_[k].second)
                                        : std::expm1(static_cast<double>(row_[k].second));
    return static_cast<float>(together_ == Together::add ? sum : std::log1p(sum));
  }

  std::shared_ptr<RowReader> reader_;
  std::vector<std::int32_t> column_of_;
  std::int64_t n_columns_;
  Together together_;
  std::vector<std::pair<std::int32_t, float>> row_;  // of take_row
};

}  // namespace

std::unique_ptr<RowReader> map_columns(std::shared_ptr<RowReader> reader, std::vector<std::int32_t> column_of,
                                       std::int64_t n_columns, Together together) {
  return std::make_unique<MappedColumns>(std::move(reader), std::move(column_of), n_columns, together);
}

}  // namespace gracevae::impl
