#pragma once
/// @file Prior covariances between items (targets, or pairs of them): a table of parts, each a kernel K_k.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Parts K_k over numbered items. Each is positive semidefinite by construction, since its entries are inner products
/// of rows, and 1 on the diagonal; an item that a part does not know has 0 elsewhere.
class Kernels {
 public:
  Kernels() = default;
  virtual ~Kernels() = default;
  Kernels(const Kernels&) = delete;
  Kernels& operator=(const Kernels&) = delete;

  virtual std::size_t n_parts() const = 0;
  virtual const std::string& name(std::size_t part) const = 0;
  virtual bool knows(std::size_t part, std::int64_t item) const = 0;
  /// Adds weight·K_part of these rows and columns to `out` [rows, columns].
  virtual void add(std::size_t part, double weight, std::span<const std::int64_t> rows,
                   std::span<const std::int64_t> columns, Matrix<double>& out) const = 0;
};

/// Rows of unit length, or empty where nothing is known: what one source says of items. Cosines of such rows.
class UnitRows {
 public:
  /// Scales every row to length 1.
  explicit UnitRows(CsrMatrix<double> rows);
  std::int64_t n() const { return rows_.n_rows; }
  bool knows(std::int64_t item) const { return rows_.row_size(item) > 0; }
  /// As Kernels::add.
  void add_cosines(double weight, std::span<const std::int64_t> rows, std::span<const std::int64_t> columns,
                   Matrix<double>& out) const;

 private:
  bool is_dense() const;
  CsrMatrix<double> rows_;
};

}  // namespace gracevae::impl
