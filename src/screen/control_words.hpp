#pragma once
/// @file The words by which screens call their unperturbed cells, and those that say that nothing is known of a cell.
#include <string>
#include <string_view>
#include <vector>

namespace gracevae::impl {

enum class ControlKind {
  none,   ///< no word for control
  guide,  ///< a guide without a target: NT, NTC_g1, sgControl, non-targeting_00023, scramble, safe-harbor, AAVS1, …
  cells   ///< cells without a guide, or with an empty vector or vehicle: WT, GFP, LacZ, DMSO, untreated, no-guide, …
};

/// What a word is by its spelling; case, punctuation, a number behind it and guides' additions (sg…, …g1) do not
/// matter.
/// @test tests/unit/screen/control_words_test.cpp
ControlKind control_kind(std::string_view word);

/// True for words that say that a cell's guide is not known or not one: "*", multiplet, doublet, unassigned, unknown,
/// ambiguous, … and what programs write where nothing is (NaN, NA, None, …). Not for the empty word.
bool says_nothing(std::string_view word);

/// Words and patterns of control, as --control has them: "non-targeting*,safe-targeting*,AAVS1". A star stands for any
/// characters. The whole text is a word too, so that a word may hold a comma.
class ControlWords {
 public:
  explicit ControlWords(std::string_view text);

  /// The word is one of them or fits a pattern.
  bool match(std::string_view word) const;
  /// The word is one of them as it stands.
  bool contain(std::string_view word) const;
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;  // the whole text first
};

}  // namespace gracevae::impl
