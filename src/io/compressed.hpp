#pragma once
/// @file Building a compressed sparse matrix from values in file order. Only for src/io.
#include <cstdint>
#include <optional>
#include <utility>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Sorts entries [first, end) of `x` by column. Returns a repeated column, if any.
std::optional<std::int32_t> sort_entries(CsrMatrix<float>& x, std::size_t first, std::size_t end);

/// Removes stored zeros, in place.
void drop_zeros(CsrMatrix<float>& x);

}  // namespace gracevae::impl
