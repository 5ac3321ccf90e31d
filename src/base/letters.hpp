#pragma once
/// @file Names compared without regard to how they are written. ASCII letters only.
#include <string>
#include <string_view>

namespace gracevae::impl {

/// The text in small letters.
std::string lower_case(std::string_view text);

/// Letters and digits only, in small letters: "sgRNA_ID" and "sgrna id" are both "sgrnaid".
std::string letters_and_digits(std::string_view text);

}  // namespace gracevae::impl
