#pragma once
/// @file Comparing names regardless of case and punctuation. ASCII letters only.
#include <string>
#include <string_view>

namespace gracevae::impl {

/// The text in lower case.
std::string lower_case(std::string_view text);

/// Letters and digits only, in lower case: "sgRNA_ID" and "sgrna id" both become "sgrnaid".
std::string letters_and_digits(std::string_view text);

}  // namespace gracevae::impl
