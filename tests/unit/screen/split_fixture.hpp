#pragma once
/// @file Counting cells of a split, for the tests of splits.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "screen/split.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl::test {

inline const Regime& regime_of(const Screen& screen, const std::vector<std::string>& targets) {
  return screen.regimes.at(static_cast<std::size_t>(screen.find_regime(targets)));
}

/// Cells of a regime that train, validate, test and are unused.
inline std::vector<std::int64_t> folds_of(const Screen& screen, const Split& split,
                                          const std::vector<std::string>& targets) {
  std::vector<std::int64_t> counts(4, 0);
  for (const std::int64_t cell : regime_of(screen, targets).cells) switch (split.fold[static_cast<std::size_t>(cell)]) {
      case Fold::train: ++counts[0]; break;
      case Fold::validation: ++counts[1]; break;
      case Fold::test: ++counts[2]; break;
      case Fold::unused: ++counts[3]; break;
    }
  return counts;
}

inline void set_folds(Split& split, const Screen& screen, const std::vector<std::string>& targets, Fold fold) {
  for (const std::int64_t cell : regime_of(screen, targets).cells) split.fold[static_cast<std::size_t>(cell)] = fold;
}

/// Fold of every cell by its name.
inline std::map<std::string, Fold> folds_by_name(const Screen& screen, const Split& split) {
  std::map<std::string, Fold> folds;
  for (std::size_t i = 0; i < screen.cells.size(); ++i) folds[screen.cells[i]] = split.fold[i];
  return folds;
}

/// u, t, v, T: unused, train, validation, test; a letter a cell.
inline std::string letters(const Split& split) {
  std::string text;
  for (const Fold fold : split.fold) text += "utvT"[static_cast<int>(fold)];
  return text;
}

inline SplitOptions kind(const std::string& name) {
  SplitOptions options;
  options.kind = name;
  return options;
}

}  // namespace gracevae::impl::test
