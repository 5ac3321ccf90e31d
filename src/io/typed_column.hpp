#pragma once
/// @file Converting columns of text to numbers. Only for src/io.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/anndata.hpp"

namespace gracevae::impl {

/// A column of text as whole numbers, else as numbers (missing ones NaN), if every value is one; else as text. A number
/// with leading zeros ("007") is a name. Numbers may have decimal commas if none has a point and not all commas could
/// separate thousands ("1,234"). `rows`: value i of the result is texts[rows[i]], −1 is missing ("" or NaN).
/// @test tests/unit/io/typed_column_test.cpp
Column typed_column(const std::vector<std::string>& texts, std::span<const std::int64_t> rows);
/// The same for all texts in their order.
Column typed_column(const std::vector<std::string>& texts);

}  // namespace gracevae::impl
