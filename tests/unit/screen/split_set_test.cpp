#include "screen/split_set.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "unit/screen/split_fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::kind;
using test::repeated;
using test::screen_of;

Screen usual_screen() {
  return screen_of(repeated({{"control", 7}, {"A", 10}, {"B", 20}, {"A+B", 4}, {"A+D", 3}, {"D+E", 2}}));
}

TEST(ParseSeeds, ListsAndRanges) {
  using Seeds = std::vector<std::uint64_t>;
  EXPECT_EQ(parse_seeds("5"), Seeds{5});
  EXPECT_EQ(parse_seeds("0-3"), (Seeds{0, 1, 2, 3}));
  EXPECT_EQ(parse_seeds("0,3,7"), (Seeds{0, 3, 7}));
  EXPECT_EQ(parse_seeds("8-9, 2 ,4-4"), (Seeds{8, 9, 2, 4}));
  EXPECT_EQ(parse_seeds("0-999").size(), 1000U);
}

TEST(ParseSeeds, ErrorsSayWhatIsWrong) {
  const auto parse = [](const std::string& text) { return [text] { parse_seeds(text); }; };
  for (const char* text : {"", "a", "1,,2", "-3", "1-", "1-2-3", "1.5", "99999999999999999999"})
    expect_error<ConfigError>(parse(text), {"is not a seed", "sweep.seeds 0-9"});
  expect_error<ConfigError>(parse("9-3"), {"'9-3' descends"});
  expect_error<ConfigError>(parse("0-4,3"), {"a seed is named twice"});
  expect_error<ConfigError>(parse("0-1000"), {"more than 1000 seeds"});
  expect_error<ConfigError>(parse("0-18446744073709551615"), {"more than 1000 seeds"});
  expect_error<ConfigError>(parse("0-998,2000-2001"), {"more than 1000 seeds"});
}

TEST(SplitSummary, CountsByHand) {
  const Screen screen = usual_screen();
  const SplitSummary summary = summarise_split(screen, make_split(screen, {}, 1));
  using Cells = std::array<std::int64_t, 4>;               // unused, train, validation, test
  EXPECT_EQ(summary.cells, (Cells{0, 21, 3, 2 + 4 + 9}));  // of A 7, 1, 2 and of B 14, 2, 4
  EXPECT_EQ(summary.control_cells, (Cells{0, 7, 0, 0}));
  using Strata = std::map<std::string, std::int64_t>;
  EXPECT_EQ(summary.strata, (Strata{{"single", 2}, {"seen-2", 1}, {"seen-1", 1}, {"seen-0", 1}}));
  EXPECT_EQ(summary.stratum_cells, (Strata{{"single", 6}, {"seen-2", 4}, {"seen-1", 3}, {"seen-0", 2}}));
  const std::string text = split_set_text({4}, {summary});
  EXPECT_NE(text.find("seed  control  train  validation  test  unused  test seen-0"), std::string::npos) << text;
  EXPECT_NE(text.find("   4        7     21           3    15       0            1"), std::string::npos) << text;
}

TEST(SplitSet, TenSeedsAtOnceAreTenCalls) {
  const TemporaryFolder folder;
  const Screen screen = usual_screen();
  const auto seeds = parse_seeds("0-9");
  const auto summaries = write_split_set(screen, {}, {folder.file("once"), seeds});
  ASSERT_EQ(summaries.size(), 10U);
  std::set<std::string> different;
  for (const auto seed : seeds) {
    write_split_set(screen, {}, {folder.file("ten"), {seed}});
    for (const char* end : {"tsv", "json"}) {
      const auto name = fmt::format("split_seed{}.{}", seed, end);
      EXPECT_EQ(read_text(folder.file("once") / name), read_text(folder.file("ten") / name)) << name;
    }
    const auto file = folder.file("once") / fmt::format("split_seed{}.tsv", seed);
    different.insert(read_text(file));
    EXPECT_EQ(read_split(file, screen).fold, make_split(screen, {}, seed).fold) << seed;
  }
  EXPECT_EQ(different.size(), 10U);
  const auto once = std::filesystem::directory_iterator(folder.file("once"));
  EXPECT_EQ(std::distance(begin(once), end(once)), 20);  // and nothing half-written
}

TEST(SplitSet, RecordSaysWhereItCameFrom) {
  const TemporaryFolder folder;
  Screen screen = usual_screen();
  screen.source = folder.write("screen.h5ad", "bytes").string();
  SplitOptions options;
  options.test_fraction = 0.3;
  write_split_set(screen, options, {folder.file("out"), {6}});
  const auto record = nlohmann::json::parse(read_text(folder.file("out") / "split_seed6.json"));
  EXPECT_EQ(record.at("format"), "gracevae-split/1");
  EXPECT_EQ(record.at("kind"), "unseen-double");
  EXPECT_EQ(record.at("seed"), 6);
  EXPECT_EQ(record.at("options").at("test_fraction"), 0.3);
  EXPECT_FALSE(record.at("options").contains("split_file"));
  EXPECT_EQ(record.at("screen").at("file"), "screen.h5ad");
  EXPECT_EQ(record.at("screen").at("xxh3_128"), file_hash(screen.source));
  EXPECT_EQ(record.at("perturbed_cells").at("test"), 3 + 6 + 9);
  EXPECT_EQ(record.at("control_cells").at("train"), 7);
  EXPECT_EQ(record.at("test_strata").at("seen-1"), (nlohmann::json{{"conditions", 1}, {"cells", 3}}));
}

TEST(SplitSet, KeepsOtherSplits) {
  const TemporaryFolder folder;
  const Screen screen = usual_screen();
  write_split_set(screen, {}, {folder.path(), {0, 1}});
  write_split_set(screen, {}, {folder.path(), {1, 2}});  // the same split is no conflict
  const std::string before = read_text(folder.file("split_seed2.tsv"));
  expect_error<ConfigError>(
      [&] {
        write_split_set(screen, kind("random"), {folder.path(), {5, 2}});
      },
      {"split_seed2.tsv: is there already, and is another split", "splits.force"});
  EXPECT_FALSE(std::filesystem::exists(folder.file("split_seed5.tsv")));
  EXPECT_EQ(read_text(folder.file("split_seed2.tsv")), before);
  write_split_set(screen, kind("random"), {folder.path(), {5, 2}, true});
  EXPECT_NE(read_text(folder.file("split_seed2.tsv")), before);
}

TEST(SplitSet, ALeakWritesNothing) {
  const TemporaryFolder folder;
  const Screen screen = screen_of(repeated({{"control", 7}, {"A", 10}}));
  expect_error<InputError>(
      [&] {
        write_split_set(screen, kind("norman"), {folder.file("out"), {0, 1}});
      },
      {"no perturbed cell is in test"});
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
}

}  // namespace
}  // namespace gracevae::impl
