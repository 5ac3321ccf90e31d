#include "screen/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "base/nearest.hpp"

namespace gracevae::impl {

namespace {

constexpr std::array<std::string_view, 4> kFoldNames = {"unused", "train", "validation", "test"};
constexpr std::string_view kColumnKind = "column:", kLeaveOutKind = "leave-out:", kUnseenInKind = "unseen-in:";
const std::vector<std::string> kKinds = {"unseen-double", "random", "norman", "unseen-combination", "unseen-single"};

bool is_stratum(std::string_view word) {
  constexpr std::string_view kPrefix = "seen-";
  return word.size() == kPrefix.size() + 1 && word.starts_with(kPrefix) && word.back() >= '0' && word.back() <= '9';
}

void bind_unseen_double(SplitOptions& options, OptionTable& table) {
  table
      .add(
          "split", "hold_out_targets", options.hold_out_targets,
          "Share of the targets whose singles are test as a whole, so that doubles with one or no trained target exist, "
          "0 to 1. unseen-double and unseen-combination only.")
      .range(0, 1);
  table
      .add("split", "double_fraction", options.double_fraction,
           "Share of the doubles that is test, 0 to 1; the others are train, or unused where a target is held out. "
           "unseen-double only.")
      .range(0, 1);
  table.add("split", "test_strata", options.test_strata,
            "Doubles that may be test, by how many of their targets are trained alone, for example seen-0,seen-1. "
            "Default: all. unseen-double only.");
}

void bind_norman(SplitOptions& options, OptionTable& table) {
  table
      .add("split", "norman_min_cells", options.norman_min_cells,
           "Singles with more cells than this are divided. norman only.")
      .at_least(1);
  table.add("split", "norman_test_cells", options.norman_test_cells, "Test cells of each divided single. norman only.")
      .at_least(0);
  table
      .add("split", "norman_validation_cells", options.norman_validation_cells,
           "Validation cells of each divided single. norman only.")
      .at_least(0);
}

}  // namespace

std::string_view fold_name(Fold fold) { return kFoldNames[static_cast<std::size_t>(fold)]; }

std::optional<Fold> fold_of_word(std::string_view word) {
  const std::string small = lower_case(word);
  if (small == "val" || small == "valid") return Fold::validation;
  if (small == "ood") return Fold::test;  // CPA's word for held-out combinations
  const auto found = std::find(kFoldNames.begin(), kFoldNames.end(), small);
  if (found == kFoldNames.end()) return std::nullopt;
  return static_cast<Fold>(found - kFoldNames.begin());
}

std::string SplitOptions::column() const {
  return kind.starts_with(kColumnKind) ? kind.substr(kColumnKind.size()) : "";
}

namespace {

/// What stands behind leave-out:, "" for other kinds.
std::string behind_leave_out(const std::string& kind) {
  return kind.starts_with(kLeaveOutKind) ? kind.substr(kLeaveOutKind.size()) : "";
}

bool is_level(const std::string& word) { return word.find('=') != std::string::npos; }

}  // namespace

std::string SplitOptions::left_out() const {
  const std::string word = behind_leave_out(kind);
  return is_level(word) ? "" : word;
}

std::string SplitOptions::left_out_level() const {
  const std::string word = behind_leave_out(kind);
  return is_level(word) ? word : "";
}

std::string SplitOptions::unseen_in() const {
  return kind.starts_with(kUnseenInKind) ? kind.substr(kUnseenInKind.size()) : "";
}

std::vector<std::string> SplitOptions::kept_columns() const {
  if (column().empty() || !file.empty()) return {};
  return {column()};
}

void SplitOptions::bind(OptionTable& table) {
  table.add(
      "split", "split", kind,
      "How cells are divided: unseen-double, unseen-combination, random, norman, unseen-single, leave-out:TARGET, "
      "leave-out:COLUMN=LEVEL, unseen-in:COLUMN=LEVEL or column:NAME. unseen-double: a share of every single's cells is held out and all doubles are test. "
      "unseen-combination: a share of the combinations is held out, the others train. random: a share of every regime's "
      "cells is held out. norman: a number of cells of every large single is held out and all doubles are test. "
      "unseen-single: a share of the targets is held out. leave-out:TARGET: all with this target is held out; leave-out:COLUMN=LEVEL: all perturbed cells of this level of "
      "screen.covariates. unseen-in:COLUMN=LEVEL: a share of the conditions is held out in this level, and trains in the "
      "others. column:NAME: as that column of obs says (train, val, "
      "valid, validation, test, ood, unused). With a split file it rules the leak check only.");
  table.add("split", "split_file", file,
            "A split to take as it is: a table with the columns cell, fold and, optionally, control.");
  table
      .add(
          "split", "test_fraction", test_fraction,
          "Share of each divided regime's cells that is held out for the test, 0 to 1; with unseen-single, share of the "
          "targets; with unseen-combination, share of the combinations; with unseen-in, share of the conditions. Ignored by norman, leave-out:TARGET, column:NAME "
          "and with a split file.")
      .range(0, 1);
  table
      .add("split", "validation_fraction", validation_fraction,
           "Share of each divided regime's cells that scores the model during training, 0 to 1. Ignored by norman, "
           "column:NAME and with a split file.")
      .range(0, 1);
  bind_unseen_double(*this, table);
  bind_norman(*this, table);
}

void SplitOptions::validate() const {
  if (column().empty() && left_out().empty() && left_out_level().empty() && unseen_in().empty() &&
      std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end())
    throw ConfigError({.found = fmt::format("split.split is '{}'", kind),
                       .expected =
                           "unseen-double, unseen-combination, random, norman, unseen-single, leave-out:TARGET, "
                           "leave-out:COLUMN=LEVEL, unseen-in:COLUMN=LEVEL or column:NAME"},
                      kind == kColumnKind     ? "name the column of obs behind the colon"
                      : kind == kLeaveOutKind ? "name the target, or a level of a covariate, behind the colon"
                      : kind == kUnseenInKind ? "name a level of a covariate behind the colon, such as batch=2"
                                              : nearest_hint(kind, kKinds));
  if (test_fraction + validation_fraction >= 1)
    throw ConfigError(fmt::format("split.test_fraction {} and split.validation_fraction {} leave no cells for training",
                                  test_fraction, validation_fraction),
                      "their sum must be under 1");
  if (norman_test_cells + norman_validation_cells > norman_min_cells)
    throw ConfigError(
        fmt::format(
            "split.norman_test_cells {} and split.norman_validation_cells {} are more than split.norman_min_cells {}: a single may be left without cells for training",
            norman_test_cells, norman_validation_cells, norman_min_cells),
        "raise split.norman_min_cells to at least their sum");
  for (const auto& stratum : test_strata)
    if (!is_stratum(stratum))
      throw ConfigError({.found = fmt::format("split.test_strata has '{}'", stratum),
                         .expected = "seen-0, seen-1, seen-2, …"},
                        nearest_hint(stratum, std::vector<std::string>{"seen-0", "seen-1", "seen-2"}));
}

bool Split::has_pairs() const {
  return std::any_of(paired_control.begin(), paired_control.end(), [](std::int64_t control) { return control >= 0; });
}

std::int64_t count_cells(const Split& split, const Regime& regime, Fold fold) {
  return std::count_if(regime.cells.begin(), regime.cells.end(),
                       [&](std::int64_t cell) { return split.fold[static_cast<std::size_t>(cell)] == fold; });
}

namespace {

bool trains_within(const Screen& screen, const Split& split, const std::string& target) {
  return std::ranges::any_of(screen.regimes, [&](const Regime& regime) {
    return regime.targets.size() > 1 && std::ranges::find(regime.targets, target) != regime.targets.end() &&
           count_cells(split, regime, Fold::train) > 0;
  });
}

}  // namespace

std::string stratum_of(const Screen& screen, const Split& split, std::int32_t regime) {
  const auto& targets = screen.regimes[static_cast<std::size_t>(regime)].targets;
  if (targets.empty()) return "control";
  std::int64_t n_alone = 0, n_within = 0;
  for (const std::string& target : targets) {
    if (!training_cells(screen, split, target).empty())
      ++n_alone;
    else if (trains_within(screen, split, target))
      ++n_within;
  }
  if (n_within > 0) return fmt::format("combined-{}", n_alone + n_within);
  if (targets.size() == 1) return n_alone == 1 ? "single" : "unseen-single";
  return fmt::format("seen-{}", n_alone);
}

std::vector<std::int64_t> training_cells(const Screen& screen, const Split& split, const std::string& target) {
  const std::int32_t single = screen.find_regime({target});
  if (single < 0) return {};
  return cells_in_fold(screen.regimes[static_cast<std::size_t>(single)], split, Fold::train);
}

std::vector<std::string> trained_targets(const Screen& screen, const Split& split) {
  std::set<std::string> targets;
  for (const Regime& regime : screen.regimes)
    if (count_cells(split, regime, Fold::train) > 0) targets.insert(regime.targets.begin(), regime.targets.end());
  return {targets.begin(), targets.end()};
}

std::vector<std::int64_t> cells_in_fold(const Regime& regime, const Split& split, Fold fold) {
  std::vector<std::int64_t> cells;
  for (const std::int64_t cell : regime.cells)
    if (split.fold[static_cast<std::size_t>(cell)] == fold) cells.push_back(cell);
  return cells;
}

}  // namespace gracevae::impl
