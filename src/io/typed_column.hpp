#pragma once
/// @file Columns of text as the numbers that they hold. Only for src/io.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/anndata.hpp"

namespace gracevae::impl {

/// A column of text as whole numbers, else as numbers (gaps are NaN), where every value is one; else as text. A number
/// with leading zeros ("007") is a name. Numbers may have decimal commas where none of them has a point and not all of
/// them could as well be thousands ("1,234").
/// `rows`: value i of the result is texts[rows[i]], −1 is a gap ("" or NaN).
/// @test tests/unit/io/typed_column_test.cpp
Column typed_column(const std::vector<std::string>& texts, std::span<const std::int64_t> rows);
/// The same for all texts in their order.
Column typed_column(const std::vector<std::string>& texts);

}  // namespace gracevae::impl
