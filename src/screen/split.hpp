#pragma once
/// @file Which cells train, validate and test. A split is a file: cell, fold and, optionally, the control cell paired
/// with it.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.hpp"
#include "screen/screen.hpp"

namespace gracevae {

enum class Fold : std::uint8_t { unused, train, validation, test };
std::string_view fold_name(Fold fold);

/// Section [split].
struct SplitOptions {
  std::string kind = "unseen-double";  ///< random, unseen-double
  std::string file;  ///< a split file to take as it is; the fractions are then ignored, kind rules the leak check only
  double test_fraction = 0.2;  ///< of every single's cells (random: of every regime's)
  double validation_fraction = 0.1;

  void bind(OptionTable& table);
  void validate() const;
};

struct Split {
  std::vector<Fold> fold;  ///< one a cell
  std::vector<std::int64_t>
      paired_control;  ///< row of the control cell paired with each cell, −1 where the file gives none
  bool has_pairs() const;
};

/// - random: per regime (control excepted), test_fraction and validation_fraction of its cells at random.
/// - unseen-double: singles as in random; every regime with two or more targets is test as a whole.
/// Control cells are train (they are the source population x, never y). Numbers of cells are rounded to the nearest, at
/// least one cell is left for training. Deterministic from `seed`; a regime's cells depend on its label and its cells'
/// names only, not on their order.
Split make_split(const Screen& screen, const SplitOptions& options, std::uint64_t seed);

/// TSV with columns cell, fold (train|validation|test|unused), optional control. Cells of the screen that the file
/// leaves out are unused (control cells: train). InputError with line: unknown cell or fold, repeated cell, a control
/// that is no control cell.
Split read_split(const std::filesystem::path& path, const Screen& screen);
void write_split(const std::filesystem::path& path, const Screen& screen, const Split& split);

/// How well a test regime is known from training: "single" (its target was trained) or "unseen-single", "seen-2",
/// "seen-1", "seen-0" for regimes of two or more targets by how many of them have a single regime with training cells;
/// "control" for control.
std::string stratum_of(const Screen& screen, const Split& split, std::int32_t regime);

/// Leak check, run before training: no regime with two or more targets is in both train and test (kind unseen-double),
/// training cells of a single and test cells exist. InputError that names the leak.
void check_split(const Screen& screen, const Split& split, const SplitOptions& options);

}  // namespace gracevae
