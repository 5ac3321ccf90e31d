// Every leak has its own message.
#include "base/error.hpp"
#include "unit/screen/split_fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::kind;
using test::regime_of;
using test::repeated;
using test::screen_of;
using test::set_folds;

Screen usual_screen() {
  return screen_of(repeated({{"control", 6}, {"A", 10}, {"B", 10}, {"C", 10}, {"A+B", 4}, {"A+D", 3}, {"B+C", 5}}));
}

void set_first(Split& split, const Screen& screen, const std::vector<std::string>& targets, Fold fold) {
  split.fold[static_cast<std::size_t>(regime_of(screen, targets).cells.front())] = fold;
}

struct CheckSplit : testing::Test {
  Screen screen = usual_screen();
  Split split = make_split(screen, {}, 5);

  void leaks(const SplitOptions& options, const std::vector<std::string>& parts) const {
    expect_error<InputError>([&] { check_split(screen, split, options); }, parts);
  }
};

TEST_F(CheckSplit, AcceptsWhatIsMade) {
  for (const char* name : {"random", "unseen-double", "unseen-single", "norman"})
    check_split(screen, make_split(screen, kind(name), 5), kind(name));
}

TEST_F(CheckSplit, DoublesInTrainAndTest) {
  set_first(split, screen, {"A", "D"}, Fold::train);
  const std::vector<std::string> parts = {"leak: regimes of two or more targets are both in train and in test",
                                          "'A+D' (1 train, 2 test cells)", "split.split random"};
  leaks({}, parts);
  leaks(kind("norman"), {"with split.split norman they must be unseen as a whole: 'A+D' (1 train"});
  check_split(screen, split, kind("random"));
  check_split(screen, split, kind("column:fold"));  // a warning
  set_first(split, screen, {"A", "B"}, Fold::train);
  leaks({}, {"'A+B' (1 train, 3 test cells), 'A+D' (1 train, 2 test cells)"});
}

TEST_F(CheckSplit, ManyLeaksAreCounted) {
  const Screen many = screen_of(repeated(
      {{"control", 6}, {"A", 10}, {"A+B", 2}, {"A+C", 2}, {"A+D", 2}, {"A+E", 2}, {"A+F", 2}, {"A+G", 2}, {"A+H", 2}}));
  Split leaking = make_split(many, {}, 5);
  for (const char* second : {"B", "C", "D", "E", "F", "G", "H"}) set_first(leaking, many, {"A", second}, Fold::train);
  expect_error<InputError>([&] { check_split(many, leaking, {}); }, {"'A+F' (1 train, 1 test cells) and 2 more"});
}

TEST_F(CheckSplit, HeldOutTargetsThatTrainWithinADouble) {
  set_folds(split, screen, {"C"}, Fold::test);
  check_split(screen, split, {});
  set_folds(split, screen, {"B", "C"}, Fold::train);
  const std::vector<std::string> parts = {"leak: targets whose singles are held out train within other regimes",
                                          "'B+C' (5 train, 0 test cells, target C)", "test or unused"};
  leaks({}, parts);
  check_split(screen, split, kind("random"));
  Split unseen = make_split(screen, kind("unseen-single"), 5);
  check_split(screen, unseen, kind("unseen-single"));
  for (const char* target : {"A", "B", "C"}) {
    if (test::folds_of(screen, unseen, {target})[2] != 10) continue;
    for (const Regime& regime : screen.regimes)
      if (regime.targets.size() > 1 && std::count(regime.targets.begin(), regime.targets.end(), target) > 0)
        set_folds(unseen, screen, regime.targets, Fold::train);
    expect_error<InputError>([&] { check_split(screen, unseen, kind("unseen-single")); },
                             {"train within other regimes", std::string("target ") + target});
  }
}

TEST_F(CheckSplit, SinglesInTrainAndTestOfUnseenSingle) {
  Split unseen = make_split(screen, kind("unseen-single"), 5);
  for (const char* target : {"A", "B", "C"})
    if (test::folds_of(screen, unseen, {target})[2] == 0) set_first(unseen, screen, {target}, Fold::test);
  expect_error<InputError>([&] { check_split(screen, unseen, kind("unseen-single")); },
                           {"leak: singles are both in train and in test", "train, 1 test cells)", "unseen-double"});
}

TEST_F(CheckSplit, ControlCellsInTest) {
  set_first(split, screen, {}, Fold::test);
  for (const char* name : {"random", "unseen-double", "column:fold"})
    leaks(kind(name),
          {"leak: control cells are in test (1 of 6)", "stand for no perturbed regime", "put them into train"});
}

TEST_F(CheckSplit, TrainingCellsPairedWithHeldOutControls) {
  set_first(split, screen, {}, Fold::validation);
  check_split(screen, split, {});
  const std::int64_t control = regime_of(screen, {}).cells.front();
  for (std::size_t cell = 0; cell < split.fold.size(); ++cell)
    if (split.fold[cell] == Fold::test) split.paired_control[cell] = control;
  check_split(screen, split, {});
  for (std::size_t cell = 10; cell < split.fold.size(); ++cell)
    if (split.fold[cell] == Fold::train) {
      split.paired_control[cell] = control;
      leaks({}, {"leak: training cell 'c" + std::to_string(cell) + "' is paired with control cell 'c0'", "validation"});
      break;
    }
}

TEST_F(CheckSplit, EmptyFolds) {
  Split all = split;
  std::fill(all.fold.begin(), all.fold.end(), Fold::test);
  const auto check = [&](const SplitOptions& options) { return [&, options] { check_split(screen, all, options); }; };
  expect_error<InputError>(check(kind("random")), {"no perturbed cell is in train", "gracevae inspect"});
  std::fill(all.fold.begin(), all.fold.end(), Fold::train);
  expect_error<InputError>(check(kind("random")), {"no perturbed cell is in test", "raise split.test_fraction"});
  expect_error<InputError>(check(kind("norman")), {"no perturbed cell is in test", "split.norman_min_cells"});
  expect_error<InputError>(check(kind("column:fold")), {"no perturbed cell is in test", "put perturbed cells into"});
  all = split;
  set_folds(all, screen, {}, Fold::unused);
  expect_error<InputError>(check({}), {"no control cell is in train", "source of every prediction"});
}

}  // namespace
}  // namespace gracevae::impl
