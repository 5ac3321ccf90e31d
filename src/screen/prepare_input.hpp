#pragma once
/// @file What the passes of prepare work on. For prepare*.cpp only.
#include <cstdint>
#include <span>
#include <string>

#include "screen/prepare.hpp"

namespace gracevae::impl::prepare {

struct PrepareInput {
  CellSource& source;
  const PrepareLabels& labels;
  const PrepareOptions& options;

  std::string place() const { return source.path + " " + source.matrix; }
  bool wants(const char* flavour) const { return options.highly_variable == flavour; }
  std::size_t n_cells() const { return static_cast<std::size_t>(source.rows->n_rows()); }
  std::size_t n_genes() const { return static_cast<std::size_t>(source.rows->n_cols()); }
};

/// The stored values of one cell of the file.
struct CellRow {
  std::int64_t cell;
  std::span<const std::int32_t> genes;
  std::span<const float> values;
};

}  // namespace gracevae::impl::prepare
