#pragma once
/// @file Suggestions for names that were not found.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gracevae::impl {

/// Edits that turn one string into the other: a letter inserted, deleted or replaced, or two neighbours swapped
/// (optimal string alignment); case is ignored. Cost O(|a|·|b|).
int edit_distance(std::string_view a, std::string_view b);

/// At most `n` candidates nearest to `name` by edit distance (ties by position), none further than a typing error: 1
/// edit for a name of up to 5 letters, 2 up to 11, a quarter of its letters above.
std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> candidates,
                                       std::size_t n = 3);

/// The same for gene symbols: at most 2 edits, and the digits of both must be the same, because symbols that differ in
/// them are different genes (KLF1 and KLF2).
std::vector<std::string> nearest_gene_names(std::string_view name, std::span<const std::string> candidates,
                                            std::size_t n = 3);

/// "did you mean a, b or c?" over nearest_names, else "there are: first few of candidates"; "" without candidates.
std::string nearest_hint(std::string_view name, std::span<const std::string> candidates);
/// The same over nearest_gene_names.
std::string nearest_gene_hint(std::string_view name, std::span<const std::string> candidates);

/// "a, b and 3 more": at most `n` of the names, each between `quote`s.
std::string first_few(std::span<const std::string> names, std::size_t n, std::string_view quote = "");

}  // namespace gracevae::impl
