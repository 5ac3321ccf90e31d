#include "screen/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "base/error.hpp"
#include "base/random.hpp"
#include "io/lines.hpp"
#include "io/table.hpp"

namespace gracevae {

namespace {

constexpr std::array<std::string_view, 4> kFoldNames = {"unused", "train", "validation", "test"};

Fold fold_of_name(const std::string& name, const std::string& place) {
  const auto found = std::find(kFoldNames.begin(), kFoldNames.end(), name);
  if (found == kFoldNames.end())
    throw InputError(fmt::format("{}: fold is '{}', expected train, validation, test or unused", place, name));
  return static_cast<Fold>(found - kFoldNames.begin());
}

bool has_cell_in(const Split& split, const Regime& regime, Fold fold) {
  return std::any_of(regime.cells.begin(), regime.cells.end(),
                     [&](std::int64_t cell) { return split.fold[static_cast<std::size_t>(cell)] == fold; });
}

void set_fold(Split& split, const std::vector<std::int64_t>& cells, Fold fold) {
  for (const std::int64_t cell : cells) split.fold[static_cast<std::size_t>(cell)] = fold;
}

/// Cells that neither test nor validate stay in training, at least one.
void divide_regime(Split& split, const Screen& screen, const Regime& regime, const SplitOptions& options,
                   std::uint64_t seed) {
  std::vector<std::int64_t> cells = regime.cells;
  std::sort(cells.begin(), cells.end(), [&](std::int64_t a, std::int64_t b) {
    return screen.cells[static_cast<std::size_t>(a)] < screen.cells[static_cast<std::size_t>(b)];
  });
  Random(seed, "split/" + regime.label).shuffle(cells);
  const auto share = [&](double fraction) -> std::int64_t {
    return std::lround(fraction * static_cast<double>(cells.size()));
  };
  const std::int64_t most = static_cast<std::int64_t>(cells.size()) - 1;
  const std::int64_t n_test = std::min(share(options.test_fraction), most);
  const std::int64_t n_validation = std::min(share(options.validation_fraction), most - n_test);
  const auto begin = cells.begin();
  set_fold(split, {begin, begin + n_test}, Fold::test);
  set_fold(split, {begin + n_test, begin + n_test + n_validation}, Fold::validation);
  set_fold(split, {begin + n_test + n_validation, cells.end()}, Fold::train);
}

Split empty_split(const Screen& screen) {
  const auto n_cells = static_cast<std::size_t>(screen.n_cells());
  Split split{std::vector<Fold>(n_cells, Fold::unused), std::vector<std::int64_t>(n_cells, -1)};
  set_fold(split, screen.regimes[0].cells, Fold::train);
  return split;
}

/// Row of the cell with this name; `kind` says what the name stands for in the message.
std::int64_t find_cell(const std::unordered_map<std::string_view, std::int64_t>& row_of_cell, const std::string& name,
                       const std::string& place, const std::string& kind) {
  const auto found = row_of_cell.find(name);
  if (found != row_of_cell.end()) return found->second;
  throw InputError(fmt::format("{}: {} '{}' is not in the screen", place, kind, name),
                   "the split must be of the same screen, with the same cell names");
}

}  // namespace

std::string_view fold_name(Fold fold) { return kFoldNames[static_cast<std::size_t>(fold)]; }

void SplitOptions::bind(OptionTable& table) {
  table
      .add("split", "split", kind,
           "How cells are divided. unseen-double: a share of every single's cells is held out and all doubles "
           "are test. random: a share of every regime's cells is held out. "
           "With a split file it rules the leak check only.")
      .one_of({"unseen-double", "random"});
  table.add("split", "split_file", file,
            "A split to take as it is: a table with the columns cell, fold and, optionally, control.");
  table
      .add("split", "test_fraction", test_fraction,
           "Share of each divided regime's cells that is held out for the test, 0 to 1. Ignored with a split file.")
      .range(0, 1);
  table
      .add("split", "validation_fraction", validation_fraction,
           "Share of each divided regime's cells that scores the model during training, 0 to 1. Ignored with a "
           "split file.")
      .range(0, 1);
}

void SplitOptions::validate() const {
  if (test_fraction + validation_fraction >= 1)
    throw ConfigError(fmt::format("--test-fraction {} and --validation-fraction {} leave no cells for training",
                                  test_fraction, validation_fraction),
                      "their sum must be under 1");
}

bool Split::has_pairs() const {
  return std::any_of(paired_control.begin(), paired_control.end(), [](std::int64_t control) { return control >= 0; });
}

Split make_split(const Screen& screen, const SplitOptions& options, std::uint64_t seed) {
  options.validate();
  Split split = empty_split(screen);
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    if (options.kind == "unseen-double" && regime.targets.size() > 1)
      set_fold(split, regime.cells, Fold::test);
    else
      divide_regime(split, screen, regime, options, seed);
  }
  return split;
}

Split read_split(const std::filesystem::path& path, const Screen& screen) {
  const Table table = read_tsv(path);
  const std::size_t cell_column = table.column("cell", path.string());
  const std::size_t fold_column = table.column("fold", path.string());
  const bool has_controls = table.has("control");
  const std::size_t control_column = has_controls ? table.column("control", path.string()) : 0;

  std::unordered_map<std::string_view, std::int64_t> row_of_cell;
  for (std::size_t i = 0; i < screen.cells.size(); ++i)
    row_of_cell.emplace(screen.cells[i], static_cast<std::int64_t>(i));
  Split split = empty_split(screen);
  std::vector<bool> seen(screen.cells.size(), false);
  for (std::size_t line = 0; line < table.rows.size(); ++line) {
    const auto& row = table.rows[line];
    const std::string place = line_place(path, static_cast<std::int64_t>(line) + 2);
    const auto cell = static_cast<std::size_t>(find_cell(row_of_cell, row[cell_column], place, "cell"));
    if (seen[cell])
      throw InputError(fmt::format("{}: cell '{}' stands on an earlier line too", place, row[cell_column]),
                       "give every cell one line");
    seen[cell] = true;
    split.fold[cell] = fold_of_name(row[fold_column], place);
    if (!has_controls || row[control_column].empty()) continue;
    const std::int64_t control = find_cell(row_of_cell, row[control_column], place, "control");
    if (const auto regime = screen.regime_of_cell[static_cast<std::size_t>(control)]; regime != 0)
      throw InputError(fmt::format("{}: control '{}' is a cell of '{}', expected a control cell", place,
                                   row[control_column], screen.regimes[static_cast<std::size_t>(regime)].label));
    split.paired_control[cell] = control;
  }
  return split;
}

void write_split(const std::filesystem::path& path, const Screen& screen, const Split& split) {
  const bool has_pairs = split.has_pairs();
  Table table;
  table.columns = {"cell", "fold"};
  if (has_pairs) table.columns.push_back("control");
  for (std::size_t i = 0; i < screen.cells.size(); ++i) {
    std::vector<std::string> row = {screen.cells[i], std::string(fold_name(split.fold[i]))};
    if (has_pairs)
      row.push_back(split.paired_control[i] < 0 ? "" : screen.cells[static_cast<std::size_t>(split.paired_control[i])]);
    table.rows.push_back(std::move(row));
  }
  write_tsv(path, table);
}

std::string stratum_of(const Screen& screen, const Split& split, std::int32_t regime) {
  const auto& targets = screen.regimes[static_cast<std::size_t>(regime)].targets;
  if (targets.empty()) return "control";
  const auto n_seen = std::count_if(targets.begin(), targets.end(), [&](const std::string& target) {
    const std::int32_t single = screen.find_regime({target});
    return single >= 0 && has_cell_in(split, screen.regimes[static_cast<std::size_t>(single)], Fold::train);
  });
  if (targets.size() == 1) return n_seen == 1 ? "single" : "unseen-single";
  return fmt::format("seen-{}", n_seen);
}

void check_split(const Screen& screen, const Split& split, const SplitOptions& options) {
  bool trains = false, tests = false;
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    const bool in_train = has_cell_in(split, regime, Fold::train);
    const bool in_test = has_cell_in(split, regime, Fold::test);
    if (options.kind == "unseen-double" && regime.targets.size() > 1 && in_train && in_test)
      throw InputError(fmt::format("split: cells of '{}' are both in train and in test, but doubles are to be unseen",
                                   regime.label),
                       "put all its cells into test, or say --split random");
    trains |= in_train && regime.targets.size() == 1;
    tests |= in_test;
  }
  if (!trains)
    throw InputError("split: no cell of a single perturbation is in train",
                     "lower --test-fraction, or mend the split file");
  if (!tests) throw InputError("split: no perturbed cell is in test", "raise --test-fraction, or mend the split file");
}

}  // namespace gracevae
