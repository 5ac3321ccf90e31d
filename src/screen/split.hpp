#pragma once
/// @file Which cells train, validate and test. A split is a file: cell, fold and, optionally, the control cell paired
/// with it.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gracevae/fold.hpp>

#include "base/options.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// The word of a split file.
std::string_view fold_name(Fold fold);

/// Section [split].
struct SplitOptions {
  std::string kind = "unseen-double";  ///< norman, random, unseen-double, unseen-combination, unseen-single,
                                       ///< leave-out:TARGET or COLUMN=LEVEL, unseen-in:COLUMN=LEVEL,
                                       ///< column:NAME (an obs column)
  std::string file;  ///< a split file to take as it is; all else is then ignored, but kind rules the leak check
  double test_fraction = 0.2;  ///< of every divided regime's cells; unseen-single: of the targets; unseen-combination:
                               ///< of the combinations
  double validation_fraction = 0.1;
  double hold_out_targets = 0;  ///< unseen-double, unseen-combination: share of the targets that do not train
  double double_fraction = 1;   ///< unseen-double: share of the combinations in test_strata that are test
  std::vector<std::string> test_strata = {};  ///< unseen-double: seen-0, seen-1, …; empty: every stratum
  std::int64_t norman_min_cells = 800;        ///< norman: a single with more cells is divided
  std::int64_t norman_test_cells = 96, norman_validation_cells = 64;  ///< norman: of each divided single

  void bind(OptionTable& table);
  /// ConfigError: an unknown kind or stratum (nearest names), numbers that leave nothing for training.
  void validate() const;
  /// NAME of column:NAME, "" for the other kinds.
  std::string column() const;
  /// TARGET of leave-out:TARGET, "" for the other kinds.
  std::string left_out() const;
  /// COLUMN=LEVEL of leave-out:COLUMN=LEVEL, "" for the other kinds.
  std::string left_out_level() const;
  /// COLUMN=LEVEL of unseen-in:COLUMN=LEVEL, "" for the other kinds.
  std::string unseen_in() const;
  /// The obs columns that make_split needs: what load_screen is to keep.
  std::vector<std::string> kept_columns() const;
};

struct Split {
  std::vector<Fold> fold;  ///< one a cell
  std::vector<std::int64_t>
      paired_control;  ///< row of the control cell paired with each cell, −1 where the file gives none
  bool has_pairs() const;
};

/// A new split of the screen by one of these kinds; a combination is a regime of two or more targets.
/// - norman: of every single with more than norman_min_cells cells, norman_test_cells test and norman_validation_cells
///   validation cells at random; its rest and all other singles are train; combinations are test as a whole.
/// - random: per regime, test_fraction and validation_fraction of its cells at random.
/// - unseen-double: singles as in random; combinations are test as a whole. With hold_out_targets, that share of the
///   targets with a single (rounded, at least one, one is left) does not train: their singles are test as a whole, so
///   that the strata seen-0 and seen-1 exist. With test_strata, only combinations of these strata are test; with
///   double_fraction, that share of them, drawn at random (rounded, at least one). A combination that is not test is
///   train when each of its targets trains alone, else unused.
/// - unseen-combination: a share hold_out_targets of the targets with a single is test with every regime that it is in;
///   of the other combinations, test_fraction (rounded, at least one) is test as a whole. Of all other regimes' cells,
///   validation_fraction validates.
/// - unseen-single: test_fraction of the targets with a single (rounded, at least one, one is left) are test as
///   a whole; of the other singles' cells, validation_fraction validates. A combination with a held-out target is test,
///   because it must not train and asks the same question (strata seen-0, seen-1); all others are train.
/// - leave-out:TARGET: every regime with this target is test; of the others' cells, validation_fraction validates.
///   InputError for a target that the screen does not have (nearest names). leave-out:COLUMN=LEVEL: every perturbed
///   cell of that level of a covariate (screen.covariates) is test.
/// - unseen-in:COLUMN=LEVEL: of the regimes with cells in that level and without, test_fraction (rounded, at least one,
///   one is left) is test there as a whole and trains elsewhere; of all other cells, validation_fraction validates.
/// - column:NAME: the words of that obs column (fold_of_word); a cell without one is unused. No seed.
/// Control cells are train (they are the source population x, never y); with column:NAME, unused where the column holds
/// them out. Numbers of cells are rounded to the nearest, at least one cell of a divided regime is left for training.
/// Deterministic from `seed`; a regime's cells depend on its label and its cells' names only, the choice of targets and
/// combinations on their names, nothing on the order of cells. ConfigError as SplitOptions::validate, InputError for an
/// unknown word (column, cell, nearest words).
/// @paper GraCE-VAE (experiments: splits of the Norman and the Replogle screens)
Split make_split(const Screen& screen, const SplitOptions& options, std::uint64_t seed);

/// Fold of a word that data sets use, letter case aside: train; validation, valid, val; test, ood; unused. Nothing for
/// other words.
std::optional<Fold> fold_of_word(std::string_view word);

/// TSV with columns cell, fold (a word of fold_of_word), optional control. Cells of the screen that the file leaves out
/// are unused (control cells: train). InputError with line: unknown cell or fold, a cell in two folds (leak) or twice
/// in one, a control that is no control cell.
Split read_split(const std::filesystem::path& path, const Screen& screen);
/// The bytes of a split file, and the file, written whole or not at all.
std::string split_text(const Screen& screen, const Split& split);
void write_split(const std::filesystem::path& path, const Screen& screen, const Split& split);

/// How well a test regime is known from training: "single" (its target trains alone) or "unseen-single", "seen-2",
/// "seen-1", "seen-0" for regimes of two or more targets by how many of them train alone; "combined-2", "combined-1"
/// for regimes of which so many targets train, one of them at least within other combinations only; "control" for
/// control.
std::string stratum_of(const Screen& screen, const Split& split, std::int32_t regime);

/// Training cells of a target's single; none where it does not train alone.
std::vector<std::int64_t> training_cells(const Screen& screen, const Split& split, const std::string& target);

/// Targets of all regimes with training cells, sorted.
std::vector<std::string> trained_targets(const Screen& screen, const Split& split);

/// Cells of a regime in a fold.
std::int64_t count_cells(const Split& split, const Regime& regime, Fold fold);

/// Leak check, run before training and before a split is written. InputError that names regimes, counts and the fix:
/// nothing perturbed or no control in train, nothing perturbed in test; control cells in test; a training cell paired
/// with a held-out control cell; but for random, levels of covariates and column:NAME, a combination in train and test,
/// and a target whose single is test alone but which trains within a combination; for unseen-single, a single in train
/// and test. With column:NAME the combinations are the file's maker's business: a warning.
void check_split(const Screen& screen, const Split& split, const SplitOptions& options);

/// Cells of a regime that are in this fold, ascending.
std::vector<std::int64_t> cells_in_fold(const Regime& regime, const Split& split, Fold fold);

}  // namespace gracevae::impl
