/// @file check_split: what a split must not do.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

namespace {

/// "'A+D' (1 train, 9 test cells), 'B+C' (2 train, 3 test cells) and 4 more".
class LeakList {
 public:
  explicit LeakList(const Split& split) : split_(split) {}

  void add(const Regime& regime, const std::string& detail = "") {
    constexpr std::size_t kShown = 5;
    if (++n_ > kShown) return;
    text_ += fmt::format("{}'{}' ({} train, {} test cells{})", n_ > 1 ? ", " : "", regime.label,
                         count_cells(split_, regime, Fold::train), count_cells(split_, regime, Fold::test), detail);
    n_shown_ = n_;
  }
  bool empty() const { return n_ == 0; }
  std::string text() const { return n_ > n_shown_ ? fmt::format("{} and {} more", text_, n_ - n_shown_) : text_; }

 private:
  const Split& split_;
  std::size_t n_ = 0, n_shown_ = 0;
  std::string text_;
};

bool is_in(const Split& split, const Regime& regime, Fold fold) { return count_cells(split, regime, fold) > 0; }

/// A split that is made leaves a cell of every regime that trains at all.
std::string more_training_cells(const Screen& screen, const SplitOptions& options) {
  if (!options.file.empty() || !options.column().empty()) return "put perturbed cells into train";
  const bool has_singles =
      std::ranges::any_of(screen.regimes, [](const Regime& regime) { return regime.targets.size() == 1; });
  if (!has_singles && (options.kind == "unseen-double" || options.kind == "norman"))
    return "the screen has combinations only: split.split unseen-combination or split.split random lets some of them train";
  return "check the labels with `gracevae inspect`";
}

std::string more_test_cells(const Screen& screen, const SplitOptions& options) {
  if (!options.file.empty() || !options.column().empty()) return "put perturbed cells into test";
  if (options.kind == "norman")
    return "lower split.norman_min_cells, with split.norman_test_cells and split.norman_validation_cells whose sum it must reach, "
           "or take another split.split";
  std::string hint = "raise split.test_fraction";
  const bool combines = std::any_of(screen.regimes.begin(), screen.regimes.end(),
                                    [](const Regime& regime) { return regime.targets.size() > 1; });
  if (options.kind == "unseen-combination" && !combines)
    return "the screen has no combinations: take another split.split";
  if (options.kind != "unseen-double" || !combines) return hint;
  if (options.test_strata.empty()) return options.double_fraction == 0 ? hint + " or split.double_fraction" : hint;
  return options.double_fraction > 0 ? hint + ", or leave split.test_strata out" : hint;
}

/// Training and test have what they need.
void check_folds(const Screen& screen, const Split& split, const SplitOptions& options) {
  bool trains = false, tests = false;
  for (const Regime& regime : screen.regimes) {
    trains |= !regime.targets.empty() && is_in(split, regime, Fold::train);
    tests |= !regime.targets.empty() && is_in(split, regime, Fold::test);
  }
  if (!trains)
    throw InputError({.place = std::string("split"), .found = "no perturbed cell is in train"},
                     more_training_cells(screen, options));
  if (!tests)
    throw InputError({.place = std::string("split"), .found = "no perturbed cell is in test"},
                     more_test_cells(screen, options));
  if (!is_in(split, screen.regimes.front(), Fold::train))
    throw InputError({.place = std::string("split"), .found = "no control cell is in train"},
                     "control cells are the source of every prediction: put some into train");
}

void check_controls(const Screen& screen, const Split& split) {
  const std::int64_t n_test = count_cells(split, screen.regimes.front(), Fold::test);
  if (n_test > 0)
    throw InputError(
        {.place = "split",
         .found = fmt::format(
             "leak: control cells are in test ({} of {}), but they are what every prediction starts from and stand for no perturbed regime",
             n_test, screen.regimes.front().cells.size())},
        "put them into train, or into unused");
  for (std::size_t cell = 0; cell < split.fold.size(); ++cell) {
    const std::int64_t control = split.paired_control[cell];
    if (control < 0 || split.fold[cell] != Fold::train) continue;
    const Fold fold = split.fold[static_cast<std::size_t>(control)];
    if (fold == Fold::validation)
      throw InputError(
          {.place = "split",
           .found = fmt::format("leak: training cell '{}' is paired with control cell '{}', which is in {}",
                                screen.cells[cell], screen.cells[static_cast<std::size_t>(control)], fold_name(fold))},
          "pair it with a control cell of train, or put that control cell into train");
  }
}

/// A combination must train or test as a whole. Where the file's maker decided so, it is no more than a warning.
void check_combinations(const Screen& screen, const Split& split, const SplitOptions& options) {
  LeakList leaks(split);
  for (const Regime& regime : screen.regimes)
    if (regime.targets.size() > 1 && is_in(split, regime, Fold::train) && is_in(split, regime, Fold::test))
      leaks.add(regime);
  if (leaks.empty()) return;
  if (!options.column().empty()) {
    log::warning("split: regimes of two or more targets are both in train and in test, so they are not unseen: {}",
                 leaks.text());
    return;
  }
  throw InputError(
      {.place = "split",
       .found = fmt::format(
           "leak: regimes of two or more targets are both in train and in test, but with split.split {} they must be unseen as a whole: {}",
           options.kind, leaks.text())},
      "put all their cells into test, or say split.split random");
}

/// The first target of a combination whose single is held out as a whole.
const std::string* held_out_target(const Screen& screen, const Split& split, const Regime& combination) {
  for (const std::string& target : combination.targets) {
    const std::int32_t k = screen.find_regime({target});
    if (k < 0) continue;
    const Regime& single = screen.regimes[static_cast<std::size_t>(k)];
    if (is_in(split, single, Fold::test) && !is_in(split, single, Fold::train)) return &target;
  }
  return nullptr;
}

void check_held_out_targets(const Screen& screen, const Split& split, const SplitOptions& options) {
  LeakList leaks(split);
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() < 2 || !is_in(split, regime, Fold::train)) continue;
    if (const auto* target = held_out_target(screen, split, regime)) leaks.add(regime, ", target " + *target);
  }
  if (leaks.empty()) return;
  if (!options.column().empty()) {
    log::warning("split: targets whose singles are held out train within other regimes: {}", leaks.text());
    return;
  }
  throw InputError({.place = "split",
                    .found = fmt::format("leak: targets whose singles are held out train within other regimes: {}",
                                         leaks.text())},
                   "put these regimes into test or unused, or train their targets alone too");
}

void check_singles(const Screen& screen, const Split& split) {
  LeakList leaks(split);
  for (const Regime& regime : screen.regimes)
    if (regime.targets.size() == 1 && is_in(split, regime, Fold::train) && is_in(split, regime, Fold::test))
      leaks.add(regime);
  if (!leaks.empty())
    throw InputError(
        {.place = "split",
         .found = fmt::format(
             "leak: singles are both in train and in test, but with split.split unseen-single they must be unseen as a whole: {}",
             leaks.text())},
        "put all their cells into test or all into train, or say split.split unseen-double");
}

}  // namespace

void check_split(const Screen& screen, const Split& split, const SplitOptions& options) {
  check_folds(screen, split, options);
  check_controls(screen, split);
  const bool by_level = !options.left_out_level().empty() || !options.unseen_in().empty();
  if (options.kind == "random" || by_level) return;
  check_combinations(screen, split, options);
  check_held_out_targets(screen, split, options);
  if (options.kind == "unseen-single") check_singles(screen, split);
}

}  // namespace gracevae::impl
