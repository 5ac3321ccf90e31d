#pragma once
/// @file Suggestions for names that were not found.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gracevae {

/// Levenshtein distance of two strings, letter case ignored. Cost O(|a|·|b|).
int edit_distance(std::string_view a, std::string_view b);

/// The at most `n` candidates nearest to `name` by edit distance (ties by position); far-off ones are left out.
std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> candidates,
                                       std::size_t n = 3);

/// "did you mean a, b or c?" over nearest_names, else "there are: first few of candidates"; "" when there is no
/// candidate.
std::string nearest_hint(std::string_view name, std::span<const std::string> candidates);

/// "a, b and 3 more": at most `n` of the names, each between `quote`s.
std::string first_few(std::span<const std::string> names, std::size_t n, std::string_view quote = "");

}  // namespace gracevae
