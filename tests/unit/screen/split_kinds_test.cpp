// Every kind of split: numbers by hand, seeds, the order of cells.
#include <set>

#include "base/error.hpp"
#include "unit/screen/split_fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::folds_by_name;
using test::folds_of;
using test::kind;
using test::repeated;
using test::screen_of;
using Counts = std::vector<std::int64_t>;

/// Ten targets of ten cells, and all combinations of neighbours.
const std::vector<std::string> kTen = {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"};
std::vector<std::string> ten_labels() {
  std::vector<std::pair<std::string, int>> counts = {{"control", 6}};
  for (const auto& target : kTen) counts.emplace_back(target, 10);
  for (std::size_t i = 0; i + 1 < kTen.size(); ++i) counts.emplace_back(kTen[i] + "+" + kTen[i + 1], 3);
  counts.emplace_back("A+X", 3);  // X has no single
  return repeated(counts);
}

std::set<std::string> held_out(const Screen& screen, const Split& split) {
  std::set<std::string> targets;
  for (const auto& target : kTen)
    if (folds_of(screen, split, {target}) == Counts{0, 0, 10, 0}) targets.insert(target);
  return targets;
}

TEST(SplitKinds, RandomAndUnseenDoubleNeverChange) {
  // Made by the first version of these kinds: a split of a published run must be made again to the cell.
  const Screen screen = screen_of(repeated({{"control", 3}, {"A", 12}, {"B", 9}, {"C", 10}, {"A+B", 8}, {"A+D", 5}}));
  SplitOptions options;
  EXPECT_EQ(test::letters(make_split(screen, options, 0)), "ttttTtttvtttttTTtttvttTttvttttttTTTTTTTTTTTTTTT");
  options.kind = "random";
  EXPECT_EQ(test::letters(make_split(screen, options, 0)), "ttttTtttvtttttTTtttvttTttvttttttTTtvTttttTttTtv");
  options.test_fraction = 0.3;
  options.validation_fraction = 0.25;
  EXPECT_EQ(test::letters(make_split(screen, options, 7)), "tttvttTtTTtTtvvtTTvvtTttTtttTvvtTvTvtTtvtttTTvt");
  options.kind = "unseen-double";
  EXPECT_EQ(test::letters(make_split(screen, options, 7)), "tttvttTtTTtTtvvtTTvvtTttTtttTvvtTvTTTTTTTTTTTTT");
}

TEST(SplitKinds, NormanDividesLargeSingles) {
  const Screen screen =
      screen_of(repeated({{"control", 4}, {"A", 801}, {"B", 800}, {"C", 1200}, {"A+B", 900}, {"A+B+C", 2}}), {}, 1);
  const Split split = make_split(screen, kind("norman"), 3);
  EXPECT_EQ(folds_of(screen, split, {}), (Counts{4, 0, 0, 0}));
  EXPECT_EQ(folds_of(screen, split, {"A"}), (Counts{801 - 96 - 64, 64, 96, 0}));
  EXPECT_EQ(folds_of(screen, split, {"B"}), (Counts{800, 0, 0, 0}));  // not more than 800
  EXPECT_EQ(folds_of(screen, split, {"C"}), (Counts{1040, 64, 96, 0}));
  EXPECT_EQ(folds_of(screen, split, {"A", "B"}), (Counts{0, 0, 900, 0}));
  EXPECT_EQ(folds_of(screen, split, {"A", "B", "C"}), (Counts{0, 0, 2, 0}));
  check_split(screen, split, kind("norman"));
}

TEST(SplitKinds, NormanTakesOtherNumbers) {
  const Screen screen = screen_of(repeated({{"control", 4}, {"A", 10}, {"B", 9}}));
  SplitOptions options = kind("norman");
  options.norman_min_cells = 9;
  options.norman_test_cells = 5;
  options.norman_validation_cells = 4;
  const Split split = make_split(screen, options, 3);
  EXPECT_EQ(folds_of(screen, split, {"A"}), (Counts{1, 4, 5, 0}));
  EXPECT_EQ(folds_of(screen, split, {"B"}), (Counts{9, 0, 0, 0}));
  options.norman_min_cells = 8;
  expect_error<ConfigError>(
      [&] { make_split(screen, options, 3); },
      {"split.norman_test_cells 5 and split.norman_validation_cells 4 are more than split.norman_min_cells 8",
       "raise split.norman_min_cells"});
}

TEST(SplitKinds, UnseenSingleHoldsOutTargets) {
  const Screen screen = screen_of(ten_labels());
  SplitOptions options = kind("unseen-single");
  options.test_fraction = 0.3;
  const Split split = make_split(screen, options, 11);
  const auto held = held_out(screen, split);
  EXPECT_EQ(held.size(), 3U);
  for (const auto& target : kTen)
    if (!held.contains(target)) {
      EXPECT_EQ(folds_of(screen, split, {target}), (Counts{9, 1, 0, 0})) << target;
    }
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() < 2) continue;
    const bool asks = held.contains(regime.targets[0]) || held.contains(regime.targets[1]);
    EXPECT_EQ(folds_of(screen, split, regime.targets), asks ? (Counts{0, 0, 3, 0}) : (Counts{3, 0, 0, 0}))
        << regime.label;
  }
  check_split(screen, split, options);
}

TEST(SplitKinds, UnseenDoubleHoldsOutTargets) {
  const Screen screen = screen_of(ten_labels());
  SplitOptions options;
  options.hold_out_targets = 0.4;
  const Split split = make_split(screen, options, 2);
  const auto held = held_out(screen, split);
  EXPECT_EQ(held.size(), 4U);
  for (const auto& target : kTen)
    if (!held.contains(target)) {
      EXPECT_EQ(folds_of(screen, split, {target}), (Counts{7, 1, 2, 0})) << target;
    }
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const auto& targets = screen.regimes[k].targets;
    if (targets.size() < 2) continue;
    const auto n_seen = std::count_if(targets.begin(), targets.end(), [&](const std::string& target) {
      return target != "X" && !held.contains(target);
    });
    EXPECT_EQ(stratum_of(screen, split, static_cast<std::int32_t>(k)), "seen-" + std::to_string(n_seen));
    EXPECT_EQ(folds_of(screen, split, targets), (Counts{0, 0, 3, 0}));
  }
  check_split(screen, split, options);
}

TEST(SplitKinds, HoldsOutAtLeastOneTargetAndLeavesOne) {
  const Screen screen = screen_of(repeated({{"control", 4}, {"A", 10}, {"B", 10}, {"C", 10}}));
  const auto n_held = [&](double fraction) {
    SplitOptions options;
    options.hold_out_targets = fraction;
    const Split split = make_split(screen, options, 0);
    return std::count_if(screen.regimes.begin(), screen.regimes.end(),
                         [&](const Regime& regime) { return count_cells(split, regime, Fold::test) == 10; });
  };
  EXPECT_EQ(n_held(0), 0);
  EXPECT_EQ(n_held(0.01), 1);
  EXPECT_EQ(n_held(0.5), 2);
  EXPECT_EQ(n_held(1), 2);
}

TEST(SplitKinds, UnseenDoubleTestsAShareOfDoubles) {
  const Screen screen = screen_of(ten_labels());
  SplitOptions options;
  options.double_fraction = 0.5;  // of ten
  const Split split = make_split(screen, options, 2);
  std::int64_t n_test = 0, n_train = 0;
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() < 2) continue;
    const Counts folds = folds_of(screen, split, regime.targets);
    n_test += folds == Counts{0, 0, 3, 0};
    n_train += folds == Counts{3, 0, 0, 0};
    if (regime.label == "A+X") {
      EXPECT_TRUE(folds[2] == 3 || folds[3] == 3);  // X trains nowhere
    }
  }
  EXPECT_EQ(n_test, 5);
  EXPECT_EQ(n_train, folds_of(screen, split, {"A", "X"})[2] == 3 ? 5 : 4);
  options.double_fraction = 0;
  EXPECT_EQ(folds_of(screen, make_split(screen, options, 2), {"A", "X"}), (Counts{0, 0, 0, 3}));
  EXPECT_EQ(folds_of(screen, make_split(screen, options, 2), {"A", "B"}), (Counts{3, 0, 0, 0}));
}

TEST(SplitKinds, UnseenDoubleTestsTheStrataAsked) {
  const Screen screen = screen_of(ten_labels());
  SplitOptions options;
  options.test_strata = {"seen-1"};
  const Split split = make_split(screen, options, 2);
  EXPECT_EQ(folds_of(screen, split, {"A", "X"}), (Counts{0, 0, 3, 0}));
  EXPECT_EQ(folds_of(screen, split, {"A", "B"}), (Counts{3, 0, 0, 0}));
  check_split(screen, split, options);
  options.test_strata = {"seen-2", "seen1"};
  expect_error<ConfigError>([&] { options.validate(); }, {"split.test_strata has 'seen1'", "seen-1"});
}

TEST(SplitKinds, FollowTheSeedAndNamesOnly) {
  const auto labels = ten_labels();
  const Screen forward = screen_of(labels);
  AnnData turned = test::data_of({labels.rbegin(), labels.rend()});
  std::reverse(turned.obs.index.begin(), turned.obs.index.end());
  const Screen backward = screen_from_anndata(std::move(turned), test::named_options());
  for (const char* name : {"norman", "random", "unseen-double", "unseen-single"}) {
    SplitOptions options = kind(name);
    options.norman_min_cells = 9;
    options.norman_test_cells = options.norman_validation_cells = 2;
    options.hold_out_targets = 0.3;
    options.double_fraction = 0.5;
    const auto folds = folds_by_name(forward, make_split(forward, options, 1));
    EXPECT_EQ(folds, folds_by_name(backward, make_split(backward, options, 1))) << name;
    EXPECT_EQ(folds, folds_by_name(forward, make_split(forward, options, 1))) << name;
    EXPECT_NE(folds, folds_by_name(forward, make_split(forward, options, 2))) << name;
  }
}

// ---- a column of obs ----

Screen with_column(const std::vector<std::string>& labels, const std::vector<std::string>& words) {
  AnnData data = test::data_of(labels);
  data.obs.add("my split", words);
  return screen_from_anndata(std::move(data), test::named_options(), kind("column:my split").kept_columns());
}

TEST(SplitColumn, EveryWord) {
  const std::vector<std::string> words = {"train", "Train",      "valid", "VALID", "validation", "val", "Val",
                                          "test",  "TEST",       "ood",   "OOD",   "unused",     "",    "nan",
                                          "None",  "Validation", "NA",    "NaN",   "TRAIN"};
  std::vector<std::string> labels(words.size(), "A");
  labels.emplace_back("control");
  auto all_words = words;
  all_words.emplace_back("train");
  EXPECT_EQ(test::letters(make_split(with_column(labels, all_words), kind("column:my split"), 0)),
            "ttvvvvvTTTTuuuuvuutt");
}

TEST(SplitColumn, CategoriesAndMissingOnes) {
  AnnData data = test::data_of({"control", "A", "B", "B"});
  data.obs.add("fold", Categorical{{0, 1, 0, -1}, {"train", "ood"}});
  const Screen screen = screen_from_anndata(std::move(data), test::named_options(), {"fold"});
  EXPECT_EQ(test::letters(make_split(screen, kind("column:fold"), 0)), "tTtu");
}

TEST(SplitColumn, ControlCellsTrainOrAreUnused) {
  const Screen screen = with_column({"control", "control", "control", "control", "control", "A"},
                                    {"train", "val", "test", "", "unused", "test"});
  EXPECT_EQ(test::letters(make_split(screen, kind("column:my split"), 0)), "tuutuT");
}

TEST(SplitColumn, ErrorsNameColumnAndCell) {
  const Screen screen = with_column({"control", "A", "A"}, {"train", "train", "tset"});
  expect_error<InputError>([&] { make_split(screen, kind("column:my split"), 0); },
                           {"test.h5ad: obs column 'my split': the fold of cell 'c2' is 'tset', expected train",
                            "test?"});
  AnnData data = test::data_of({"control", "A"});
  data.obs.add("split", std::vector<std::string>{"train", "test"});
  expect_error<InputError>([&] { screen_from_anndata(std::move(data), test::named_options(), {"splitt"}); },
                           {"obs has no column 'splitt' (split.split column:splitt)", "did you mean split?"});
  expect_error<ConfigError>([&] { kind("column:").validate(); }, {"split.split is 'column:'", "name the column"});
}

TEST(SplitColumn, IsKeptOnlyWhereItIsFollowed) {
  EXPECT_EQ(kind("column:fold").kept_columns(), std::vector<std::string>{"fold"});
  EXPECT_TRUE(kind("norman").kept_columns().empty());
  SplitOptions options = kind("column:fold");
  options.file = "split.tsv";
  EXPECT_TRUE(options.kept_columns().empty());
}

}  // namespace
}  // namespace gracevae::impl
