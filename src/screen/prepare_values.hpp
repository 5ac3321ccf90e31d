#pragma once
/// @file Whether the values of prepare's input are on the scale that its options say. For prepare*.cpp only.
#include <string>
#include <vector>

#include "io/packed_rows.hpp"
#include "screen/prepare_input.hpp"

namespace gracevae::impl::prepare {

/// Values should be counts, unless no_normalise or log_only is set.
class ValueCheck {
 public:
  explicit ValueCheck(const PrepareInput& input) : input_(input) {}

  /// Rows from `first` on. @throws InputError a value is not a count, or with log_only below 0: its cell and gene
  void look_at(std::int64_t first, const CsrMatrix<float>& rows);
  /// With log_only, after all rows; judged by the values, not by what the file says. Returns warnings.
  /// @throws InputError counts, or values on a log1p scale
  std::vector<std::string> check_scale() const;

  /// Whole numbers only, none negative.
  bool are_counts() const { return are_counts_; }
  /// Left empty for counts that are scaled.
  const StoredValues& values() const { return values_; }

 private:
  [[noreturn]] void refuse(std::int64_t cell, std::int32_t gene, float value) const;

  const PrepareInput& input_;
  bool are_counts_ = true;
  StoredValues values_;
};

/// "--matrix NAME" for every other matrix of the file.
std::vector<std::string> other_matrices(const CellSource& source);

}  // namespace gracevae::impl::prepare
