/// @file make_split: each kind of split.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "base/random.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

namespace {

using Targets = std::set<std::string>;

void set_fold(Split& split, const std::vector<std::int64_t>& cells, Fold fold) {
  for (const std::int64_t cell : cells) split.fold[static_cast<std::size_t>(cell)] = fold;
}

std::int64_t share_of(std::size_t n, double fraction) { return std::lround(fraction * static_cast<double>(n)); }

/// A split under construction: all cells unused, control cells train.
class SplitMaker {
 public:
  SplitMaker(const Screen& screen, const SplitOptions& options, std::uint64_t seed)
      : screen_(screen), options_(options), seed_(seed) {
    const auto n_cells = static_cast<std::size_t>(screen.n_cells());
    split_ = {std::vector<Fold>(n_cells, Fold::unused), std::vector<std::int64_t>(n_cells, -1)};
    set_fold(split_, screen.regimes.front().cells, Fold::train);
  }

  Split make() {
    if (!options_.column().empty())
      follow_column();
    else if (options_.kind == "norman")
      make_norman();
    else if (options_.kind == "random")
      make_random();
    else if (options_.kind == "unseen-single")
      make_unseen_single();
    else if (options_.kind == "unseen-combination")
      make_unseen_combination();
    else if (!options_.left_out_level().empty())
      leave_out_level(options_.left_out_level());
    else if (!options_.left_out().empty())
      leave_out(options_.left_out());
    else if (!options_.unseen_in().empty())
      make_unseen_in(options_.unseen_in());
    else
      make_unseen_double();
    return std::move(split_);
  }

 private:
  void make_norman() {
    for (const Regime* single : singles()) {
      if (static_cast<std::int64_t>(single->cells.size()) > options_.norman_min_cells)
        divide(*single, options_.norman_test_cells, options_.norman_validation_cells);
      else
        set_fold(split_, single->cells, Fold::train);
    }
    for (const Regime* combination : combinations()) set_fold(split_, combination->cells, Fold::test);
  }

  void make_random() {
    for (std::size_t k = 1; k < screen_.regimes.size(); ++k) divide_by_shares(screen_.regimes[k]);
  }

  void make_unseen_double() {
    const Targets held_out = draw_targets(options_.hold_out_targets);
    for (const Regime* single : singles()) {
      if (held_out.contains(single->targets.front()))
        set_fold(split_, single->cells, Fold::test);
      else
        divide_by_shares(*single);
    }
    std::vector<const Regime*> candidates;
    for (const Regime* combination : combinations()) {
      set_fold(split_, combination->cells, all_trained(*combination) ? Fold::train : Fold::unused);
      if (is_in_test_strata(*combination)) candidates.push_back(combination);
    }
    for (const Regime* combination : draw(candidates, options_.double_fraction, "split-doubles"))
      set_fold(split_, combination->cells, Fold::test);
  }

  void make_unseen_single() {
    const Targets held_out = draw_targets(options_.test_fraction);
    for (const Regime* single : singles()) {
      if (held_out.contains(single->targets.front()))
        set_fold(split_, single->cells, Fold::test);
      else
        divide_for_validation(*single);
    }
    for (const Regime* combination : combinations())
      set_fold(split_, combination->cells, names_one_of(*combination, held_out) ? Fold::test : Fold::train);
  }

  void make_unseen_combination() {
    const Targets held_out = draw_targets(options_.hold_out_targets);
    std::vector<const Regime*> candidates;
    for (const Regime* combination : combinations()) {
      if (names_one_of(*combination, held_out))
        set_fold(split_, combination->cells, Fold::test);
      else
        candidates.push_back(combination);
    }
    const auto drawn = draw(candidates, options_.test_fraction, "split-doubles");
    for (const Regime* combination : drawn) set_fold(split_, combination->cells, Fold::test);
    for (const Regime* combination : candidates)
      if (std::ranges::find(drawn, combination) == drawn.end()) divide_for_validation(*combination);
    for (const Regime* single : singles()) {
      if (names_one_of(*single, held_out))
        set_fold(split_, single->cells, Fold::test);
      else
        divide_for_validation(*single);
    }
  }

  void leave_out(const std::string& target) {
    const std::vector<std::string> all = targets_of(screen_);
    if (std::ranges::find(all, target) == all.end())
      throw InputError({.place = "split.split " + options_.kind, .found = "the screen has no target '" + target + "'"},
                       nearest_gene_hint(target, all));
    for (std::size_t k = 1; k < screen_.regimes.size(); ++k) {
      const Regime& regime = screen_.regimes[k];
      if (names_one_of(regime, {target}))
        set_fold(split_, regime.cells, Fold::test);
      else
        divide_for_validation(regime);
    }
  }

  /// Cells of a regime in a level of a covariate, and the others.
  std::pair<Regime, Regime> divided(const Regime& regime, const std::vector<bool>& level) const {
    std::pair<Regime, Regime> parts{{regime.label, regime.targets, {}}, {regime.label, regime.targets, {}}};
    for (const std::int64_t cell : regime.cells)
      (level[static_cast<std::size_t>(screen_.covariates.stratum(cell))] ? parts.first : parts.second)
          .cells.push_back(cell);
    return parts;
  }

  std::vector<bool> strata_with(const std::string& level) const {
    return screen_.covariates.strata_with({level}, "split.split " + options_.kind);
  }

  void leave_out_level(const std::string& level) {
    const std::vector<bool> strata = strata_with(level);
    for (std::size_t k = 1; k < screen_.regimes.size(); ++k) {
      const auto [inside, outside] = divided(screen_.regimes[k], strata);
      set_fold(split_, inside.cells, Fold::test);
      if (!outside.cells.empty()) divide_for_validation(outside);
    }
  }

  void make_unseen_in(const std::string& level) {
    const std::vector<bool> strata = strata_with(level);
    std::vector<const Regime*> candidates;
    for (std::size_t k = 1; k < screen_.regimes.size(); ++k) {
      const auto [inside, outside] = divided(screen_.regimes[k], strata);
      if (!inside.cells.empty() && !outside.cells.empty()) candidates.push_back(&screen_.regimes[k]);
    }
    auto drawn = draw(candidates, options_.test_fraction, "split-conditions");
    if (drawn.size() > 1 && drawn.size() == candidates.size()) drawn.pop_back();
    for (std::size_t k = 1; k < screen_.regimes.size(); ++k) {
      const Regime& regime = screen_.regimes[k];
      if (std::ranges::find(drawn, &regime) == drawn.end()) {
        divide_for_validation(regime);
        continue;
      }
      const auto [inside, outside] = divided(regime, strata);
      set_fold(split_, inside.cells, Fold::test);
      divide_for_validation(outside);
    }
  }

  void follow_column() {
    const std::string place = fmt::format("{}: obs column '{}'", screen_.source, options_.column());
    const auto found = screen_.kept.find(options_.column());
    GRACEVAE_CHECK(found != screen_.kept.end(), "the screen was loaded without the split's column");
    std::int64_t n_missing = 0, n_controls = 0;
    for (std::size_t cell = 0; cell < found->second.size(); ++cell) {
      const std::string& word = found->second[cell];
      const bool is_control = screen_.regime_of_cell[cell] == 0;
      if (is_missing(word)) {
        n_missing += is_control ? 0 : 1;
        continue;
      }
      Fold fold = fold_in_column(word, place, screen_.cells[cell]);
      if (is_control && (fold == Fold::test || fold == Fold::validation)) {
        ++n_controls;
        fold = Fold::unused;
      }
      split_.fold[cell] = fold;
    }
    if (n_missing > 0) log::warning("{}: {} perturbed cells have no fold: they are unused", place, n_missing);
    if (n_controls > 0)
      log::warning("{}: {} control cells are held out there: control cells are never scored, so these are unused",
                   place, n_controls);
  }

  static bool is_missing(std::string_view word) {
    return word.empty() || word == "nan" || word == "NaN" || word == "NA" || word == "None";
  }

  static Fold fold_in_column(const std::string& word, const std::string& place, const std::string& cell) {
    if (const auto fold = fold_of_word(word)) return *fold;
    throw InputError({.place = place,
                      .found = fmt::format("the fold of cell '{}' is '{}'", cell, word),
                      .expected = "train, validation (valid, val), test (ood) or unused"},
                     nearest_hint(word, std::vector<std::string>{"train", "validation", "valid", "val", "test", "ood",
                                                                 "unused"}));
  }

  // ---- regimes ----

  std::vector<const Regime*> singles() const {
    return regimes_where([](std::size_t n) { return n == 1; });
  }
  std::vector<const Regime*> combinations() const {
    return regimes_where([](std::size_t n) { return n > 1; });
  }

  template <class Wanted>
  std::vector<const Regime*> regimes_where(Wanted wanted) const {
    std::vector<const Regime*> found;
    for (const Regime& regime : screen_.regimes)
      if (wanted(regime.targets.size())) found.push_back(&regime);
    return found;
  }

  static bool names_one_of(const Regime& regime, const Targets& targets) {
    return std::ranges::any_of(regime.targets, [&](const auto& target) { return targets.contains(target); });
  }
  /// Of its targets, those that train alone.
  std::int64_t n_seen(const Regime& regime) const {
    return std::ranges::count_if(regime.targets, [&](const std::string& target) {
      return !training_cells(screen_, split_, target).empty();
    });
  }
  bool all_trained(const Regime& combination) const { return n_seen(combination) == std::ssize(combination.targets); }
  bool is_in_test_strata(const Regime& combination) const {
    const auto& strata = options_.test_strata;
    return strata.empty() || std::ranges::find(strata, fmt::format("seen-{}", n_seen(combination))) != strata.end();
  }

  // ---- draws ----

  /// A share of regimes that stand in the order of their labels; at least one where the share is over 0.
  std::vector<const Regime*> draw(std::vector<const Regime*> regimes, double fraction, std::string_view stream) const {
    Random(seed_, stream).shuffle(regimes);
    const std::int64_t most = static_cast<std::int64_t>(regimes.size());
    const std::int64_t least = fraction > 0 ? 1 : 0;
    regimes.resize(static_cast<std::size_t>(std::min(std::max(share_of(regimes.size(), fraction), least), most)));
    return regimes;
  }

  /// A share of the targets that have a single; one is left to train.
  Targets draw_targets(double fraction) const {
    const auto all = singles();
    Targets targets;
    for (const Regime* single : draw(all, fraction, "split-targets"))
      if (targets.size() + 1 < all.size()) targets.insert(single->targets.front());
    return targets;
  }

  void divide_for_validation(const Regime& regime) {
    divide(regime, 0, share_of(regime.cells.size(), options_.validation_fraction));
  }

  void divide_by_shares(const Regime& regime) {
    const std::size_t n = regime.cells.size();
    divide(regime, share_of(n, options_.test_fraction), share_of(n, options_.validation_fraction));
  }

  /// Cells that neither test nor validate stay in training, at least one.
  void divide(const Regime& regime, std::int64_t n_test, std::int64_t n_validation) {
    std::vector<std::int64_t> cells = regime.cells;
    std::sort(cells.begin(), cells.end(), [&](std::int64_t a, std::int64_t b) {
      return screen_.cells[static_cast<std::size_t>(a)] < screen_.cells[static_cast<std::size_t>(b)];
    });
    Random(seed_, "split/" + regime.label).shuffle(cells);
    const std::int64_t most = static_cast<std::int64_t>(cells.size()) - 1;
    n_test = std::min(n_test, most);
    n_validation = std::min(n_validation, most - n_test);
    const auto begin = cells.begin();
    set_fold(split_, {begin, begin + n_test}, Fold::test);
    set_fold(split_, {begin + n_test, begin + n_test + n_validation}, Fold::validation);
    set_fold(split_, {begin + n_test + n_validation, cells.end()}, Fold::train);
  }

  const Screen& screen_;
  const SplitOptions& options_;
  std::uint64_t seed_;
  Split split_;
};

}  // namespace

Split make_split(const Screen& screen, const SplitOptions& options, std::uint64_t seed) {
  options.validate();
  return SplitMaker(screen, options, seed).make();
}

}  // namespace gracevae::impl
