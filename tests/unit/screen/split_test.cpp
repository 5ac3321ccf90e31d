#include "screen/split.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::repeated;
using test::screen_of;

Screen usual_screen() {
  return screen_of(
      repeated({{"control", 30}, {"A", 100}, {"B", 95}, {"C", 3}, {"A+B", 20}, {"A+D", 10}, {"D+E", 5}, {"A+B+C", 4}}));
}

std::int64_t count(const Screen& screen, const Split& split, const std::vector<std::string>& targets, Fold fold) {
  const auto& cells = screen.regimes[static_cast<std::size_t>(screen.find_regime(targets))].cells;
  return std::count_if(cells.begin(), cells.end(),
                       [&](std::int64_t cell) { return split.fold[static_cast<std::size_t>(cell)] == fold; });
}

TEST(MakeSplit, HoldsOutTheSharesOfEverySingle) {
  const Screen screen = usual_screen();
  const Split split = make_split(screen, {}, 5);
  const auto n = [&](const std::vector<std::string>& targets) {
    return std::vector<std::int64_t>{count(screen, split, targets, Fold::train),
                                     count(screen, split, targets, Fold::validation),
                                     count(screen, split, targets, Fold::test)};
  };
  EXPECT_EQ(n({}), std::vector<std::int64_t>({30, 0, 0}));
  EXPECT_EQ(n({"A"}), std::vector<std::int64_t>({70, 10, 20}));
  EXPECT_EQ(n({"B"}), std::vector<std::int64_t>({66, 10, 19}));  // 9.5 is rounded up
  EXPECT_EQ(n({"C"}), std::vector<std::int64_t>({2, 0, 1}));
  EXPECT_EQ(n({"A", "B"}), std::vector<std::int64_t>({0, 0, 20}));
  EXPECT_EQ(n({"A", "B", "C"}), std::vector<std::int64_t>({0, 0, 4}));
  EXPECT_FALSE(split.has_pairs());
  check_split(screen, split, {});
}

TEST(MakeSplit, RandomDividesCombinationsToo) {
  const Screen screen = usual_screen();
  SplitOptions options;
  options.kind = "random";
  const Split split = make_split(screen, options, 5);
  EXPECT_EQ(count(screen, split, {"A", "B"}, Fold::test), 4);
  EXPECT_EQ(count(screen, split, {"A", "B"}, Fold::validation), 2);
  EXPECT_EQ(count(screen, split, {"A", "B"}, Fold::train), 14);
  EXPECT_EQ(count(screen, split, {}, Fold::train), 30);
  check_split(screen, split, options);
}

TEST(MakeSplit, UnseenCombinationHoldsOutAShareOfThem) {
  const Screen screen = screen_of(repeated({{"control", 30},
                                            {"A", 50},
                                            {"B", 50},
                                            {"C", 50},
                                            {"D", 50},
                                            {"A+B", 20},
                                            {"A+C", 20},
                                            {"B+C", 20},
                                            {"C+D", 20},
                                            {"E+F", 20}}));
  SplitOptions options;
  options.kind = "unseen-combination";
  options.test_fraction = 0.4;
  const Split split = make_split(screen, options, 5);
  std::int64_t n_test = 0;
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() == 1) {
      EXPECT_EQ(count_cells(split, regime, Fold::test), 0) << regime.label;
      EXPECT_EQ(count_cells(split, regime, Fold::validation), 5) << regime.label;
    }
    if (regime.targets.size() < 2) continue;
    const std::int64_t held_out = count_cells(split, regime, Fold::test);
    EXPECT_TRUE(held_out == 20 || (held_out == 0 && count_cells(split, regime, Fold::train) == 18)) << regime.label;
    n_test += held_out == 20;
  }
  EXPECT_EQ(n_test, 2);
  check_split(screen, split, options);

  options.hold_out_targets = 0.25;
  const Split without = make_split(screen, options, 5);
  check_split(screen, without, options);
  std::int64_t n_held_out = 0;
  for (const std::string target : {"A", "B", "C", "D"}) {
    const std::int64_t n = count(screen, without, {target}, Fold::test);
    n_held_out += n == 50;
    if (n == 0) continue;
    for (const Regime& regime : screen.regimes)
      if (std::ranges::find(regime.targets, target) != regime.targets.end()) {
        EXPECT_EQ(count_cells(without, regime, Fold::train), 0) << regime.label;
      }
  }
  EXPECT_EQ(n_held_out, 1);
}

TEST(MakeSplit, LeaveOutHoldsOutEverythingWithATarget) {
  const Screen screen = usual_screen();
  SplitOptions options;
  options.kind = "leave-out:A";
  const Split split = make_split(screen, options, 5);
  check_split(screen, split, options);
  for (const Regime& regime : screen.regimes) {
    const bool with = std::ranges::find(regime.targets, "A") != regime.targets.end();
    EXPECT_EQ(count_cells(split, regime, Fold::test), with ? std::ssize(regime.cells) : 0) << regime.label;
  }
  options.kind = "leave-out:AA";
  expect_error<InputError>([&] { make_split(screen, options, 5); }, {"no target 'AA'"});
  options.kind = "leave-out:";
  expect_error<ConfigError>([&] { make_split(screen, options, 5); }, {"name the target"});
}

TEST(Stratum, ATargetKnownFromCombinationsOnlyIsToldApart) {
  const Screen screen =
      screen_of(repeated({{"control", 5}, {"A", 10}, {"A+B", 10}, {"B", 10}, {"B+C", 10}, {"A+C", 10}, {"C+D", 10}}));
  Split split{std::vector<Fold>(static_cast<std::size_t>(screen.n_cells()), Fold::train),
              std::vector<std::int64_t>(static_cast<std::size_t>(screen.n_cells()), -1)};
  for (const std::vector<std::string>& held_out :
       std::vector<std::vector<std::string>>{{"B"}, {"A", "C"}, {"B", "C"}, {"C", "D"}})
    for (const std::int64_t cell : screen.regimes[static_cast<std::size_t>(screen.find_regime(held_out))].cells)
      split.fold[static_cast<std::size_t>(cell)] = Fold::test;
  const auto stratum = [&](const std::vector<std::string>& targets) {
    return stratum_of(screen, split, screen.find_regime(targets));
  };
  EXPECT_EQ(stratum({"A"}), "single");
  EXPECT_EQ(stratum({"B"}), "combined-1") << "trains within A+B";
  EXPECT_EQ(stratum({"A", "C"}), "seen-1");
  EXPECT_EQ(stratum({"B", "C"}), "combined-1");
  EXPECT_EQ(stratum({"A", "B"}), "combined-2");
  EXPECT_EQ(stratum({"C", "D"}), "seen-0");
  EXPECT_EQ(trained_targets(screen, split), (std::vector<std::string>{"A", "B"}));
}

TEST(MakeSplit, LeavesACellForTraining) {
  const Screen screen = screen_of(repeated({{"control", 2}, {"A", 1}, {"B", 2}, {"C", 3}}));
  SplitOptions options;
  options.test_fraction = 0.5;
  options.validation_fraction = 0.49;
  const Split split = make_split(screen, options, 0);
  for (const char* target : {"A", "B", "C"}) EXPECT_EQ(count(screen, split, {target}, Fold::train), 1) << target;
}

TEST(MakeSplit, FollowsTheSeedAndTheCellNamesOnly) {
  const Screen screen = usual_screen();
  EXPECT_EQ(make_split(screen, {}, 5).fold, make_split(screen, {}, 5).fold);
  EXPECT_NE(make_split(screen, {}, 5).fold, make_split(screen, {}, 6).fold);

  const auto test_cells = [](const Screen& s, const Split& split) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < s.cells.size(); ++i)
      if (split.fold[i] == Fold::test) names.insert(s.cells[i]);
    return names;
  };
  const auto labels = repeated({{"control", 30}, {"A", 40}, {"B", 50}});
  const Screen forward = screen_of(labels);
  AnnData turned = test::data_of({labels.rbegin(), labels.rend()});
  std::reverse(turned.obs.index.begin(), turned.obs.index.end());
  const Screen backward = screen_from_anndata(std::move(turned), test::named_options());
  EXPECT_EQ(test_cells(forward, make_split(forward, {}, 1)), test_cells(backward, make_split(backward, {}, 1)));
}

TEST(SplitOptions, AreChecked) {
  SplitOptions options;
  options.test_fraction = 0.6;
  options.validation_fraction = 0.4;
  expect_error<ConfigError>([&] { options.validate(); },
                            {"split.test_fraction 0.6 and split.validation_fraction 0.4 leave no cells", "under 1"});
  options = {};
  options.kind = "unseen-doubles";
  expect_error<ConfigError>(
      [&] { options.validate(); },
      {"split.split is 'unseen-doubles', expected unseen-double, unseen-combination, random, norman, unseen-single, "
       "leave-out:TARGET, leave-out:COLUMN=LEVEL, unseen-in:COLUMN=LEVEL or column:NAME",
       "did you mean unseen-double"});
  OptionTable table;
  options.bind(table);
  EXPECT_NE(table.find("split.split_file"), nullptr);
}

TEST(SplitFile, RoundTrip) {
  const TemporaryFolder folder;
  const Screen screen = usual_screen();
  Split split = make_split(screen, {}, 5);
  write_split(folder.path() / "plain.tsv", screen, split);
  EXPECT_EQ(read_split(folder.path() / "plain.tsv", screen).fold, split.fold);
  EXPECT_FALSE(read_split(folder.path() / "plain.tsv", screen).has_pairs());
  split.paired_control[40] = 7;
  split.fold[41] = Fold::unused;
  write_split(folder.path() / "paired.tsv", screen, split);
  const Split read = read_split(folder.path() / "paired.tsv", screen);
  EXPECT_EQ(read.fold, split.fold);
  EXPECT_EQ(read.paired_control, split.paired_control);
}

TEST(SplitFile, CellsLeftOutAreUnusedButControlsTrain) {
  const TemporaryFolder folder;
  const Screen screen = screen_of({"control", "A", "A", "control", "B"});
  const auto file = folder.write("s.tsv", "fold\tcell\ntest\tc2\nvalidation\tc1\nunused\tc3\n");
  EXPECT_EQ(read_split(file, screen).fold,
            std::vector<Fold>({Fold::train, Fold::validation, Fold::test, Fold::unused, Fold::unused}));
}

TEST(SplitFile, ErrorsNameTheLine) {
  const TemporaryFolder folder;
  const Screen screen = screen_of({"control", "A", "A", "control", "B"});
  const auto read = [&](const std::string& text) {
    return [&, text] { read_split(folder.write("s.tsv", text), screen); };
  };
  expect_error<InputError>(read("cell\tfold\nc1\ttrain\nc9\ttest\n"),
                           {"s.tsv line 3: cell 'c9' is not in the screen", "same cell names"});
  expect_error<InputError>(read("cell\tfold\nc1\ttraining\n"),
                           {"s.tsv line 2: fold is 'training', expected train, validation, test or unused"});
  expect_error<InputError>(read("cell\tfold\nc1\ttrain\nc2\ttest\nc1\ttrain\n"),
                           {"s.tsv line 4: cell 'c1' stands on an earlier line too, line 2"});
  expect_error<InputError>(read("cell\tfold\nc1\ttrain\nc2\ttest\nc1\ttest\n"),
                           {"s.tsv line 4: leak: cell 'c1' is in two folds: test here, train in line 2", "one line"});
  expect_error<InputError>(read("cell\tfold\tcontrol\nc1\ttrain\tc4\n"),
                           {"s.tsv line 2: control 'c4' is a cell of 'B', expected a control cell"});
  expect_error<InputError>(read("cell\tfold\tcontrol\nc1\ttrain\tq\n"),
                           {"s.tsv line 2: control 'q' is not in the screen"});
  expect_error<InputError>(read("cell\tfolds\nc1\ttrain\n"), {"s.tsv", "fold"});
}

TEST(Stratum, CountsTrainedTargets) {
  const Screen screen = usual_screen();
  Split split = make_split(screen, {}, 5);
  const auto stratum = [&](const std::vector<std::string>& targets) {
    return stratum_of(screen, split, screen.find_regime(targets));
  };
  EXPECT_EQ(stratum({}), "control");
  EXPECT_EQ(stratum({"A"}), "single");
  EXPECT_EQ(stratum({"A", "B"}), "seen-2");
  EXPECT_EQ(stratum({"A", "D"}), "seen-1");
  EXPECT_EQ(stratum({"D", "E"}), "seen-0");
  EXPECT_EQ(stratum({"A", "B", "C"}), "seen-3");
  for (const auto cell : screen.regimes[static_cast<std::size_t>(screen.find_regime({"B"}))].cells)
    split.fold[static_cast<std::size_t>(cell)] = Fold::test;
  EXPECT_EQ(stratum({"A", "B"}), "seen-1");
  EXPECT_EQ(stratum({"B"}), "unseen-single");
}

TEST(SplitFile, TakesTheWordsOfOtherTools) {
  const TemporaryFolder folder;
  const Screen screen = screen_of({"control", "A", "A", "A", "B"});
  const auto file = folder.write("s.tsv", "cell\tfold\nc0\tTrain\nc1\tval\nc2\tvalid\nc3\tood\nc4\tTEST\n");
  EXPECT_EQ(read_split(file, screen).fold,
            std::vector<Fold>({Fold::train, Fold::validation, Fold::validation, Fold::test, Fold::test}));
}

TEST(SplitFile, TheBytesAreTheFormat) {
  const TemporaryFolder folder;
  const Screen screen = screen_of({"control", "A", "B"});
  Split split{{Fold::train, Fold::validation, Fold::unused}, {-1, 0, -1}};
  write_split(folder.file("s.tsv"), screen, split);
  EXPECT_EQ(read_text(folder.file("s.tsv")), "cell\tfold\tcontrol\nc0\ttrain\t\nc1\tvalidation\tc0\nc2\tunused\t\n");
  split.paired_control.assign(3, -1);
  EXPECT_EQ(split_text(screen, split), "cell\tfold\nc0\ttrain\nc1\tvalidation\nc2\tunused\n");
}

TEST(SplitFile, ReferenceSplitsOfTheNormanSubset) {
  const auto data = test::data_folder();
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  const auto json = data ? *data / ".." / "golden" / "norman19_subset_splits.json" : std::filesystem::path();
  if (!data || !source || !std::filesystem::exists(json)) GTEST_SKIP() << "no real data: set GRACEVAE_DATA";
  const TemporaryFolder folder;
  const auto tsv = folder.path() / "split.tsv";
  const std::string command = "python3 '" + std::string(source) + "/tests/support/golden_split_to_tsv.py' '" +
                              json.string() + "' 1 '" + tsv.string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);

  ScreenOptions options;
  options.file = (*data / "norman19_subset" / "norman19_k562_subset.h5ad").string();
  const Screen screen = load_screen(options);
  const Split split = read_split(tsv, screen);
  check_split(screen, split, {});
  std::ifstream stream(json);
  const auto seed = nlohmann::json::parse(stream)["seeds"]["1"];
  std::map<Fold, std::int64_t> n;
  for (std::size_t i = 0; i < split.fold.size(); ++i)
    if (screen.regime_of_cell[i] != 0) ++n[split.fold[i]];
  EXPECT_EQ(n[Fold::train], 1436);
  EXPECT_EQ(n[Fold::test], 859);
  EXPECT_EQ(n[Fold::unused], 980);
  EXPECT_EQ(count(screen, split, {}, Fold::train), 100);
  for (const auto& [label, pairs] : seed["double"].items()) {
    const auto regime = screen.find_regime(parse_label(label, screen.dialect, "reference"));
    EXPECT_EQ(stratum_of(screen, split, regime), "seen-2") << label;
    for (const auto& pair : pairs) {
      const auto cell = static_cast<std::size_t>(
          std::find(screen.cells.begin(), screen.cells.end(), pair[0].get<std::string>()) - screen.cells.begin());
      EXPECT_EQ(split.fold[cell], Fold::test);
      EXPECT_EQ(screen.cells[static_cast<std::size_t>(split.paired_control[cell])], pair[1].get<std::string>());
    }
  }
}

}  // namespace
}  // namespace gracevae::impl
