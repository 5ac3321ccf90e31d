#include "effects/effect_table.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using Conditions = std::vector<std::vector<std::string>>;
TEST(EffectTableTest, ATableHasARowACondition) {
  const TemporaryFolder folder;
  const EffectTable table =
      read_effects(folder.write("e.tsv", "target\tG1\terror\tG2\nB\t1\t.5\t-2\nC+A\t0\t0\t3\nA\t4\t.1\t5e-1\n"), {});
  EXPECT_EQ(table.conditions, (Conditions{{"B"}, {"A", "C"}, {"A"}}));
  EXPECT_EQ(table.genes, (std::vector<std::string>{"G1", "G2"}));
  EXPECT_EQ(table.effects.values, (std::vector<double>{1, -2, 0, 3, 4, 0.5}));
  EXPECT_DOUBLE_EQ(table.noise[0], 0.25);
  EXPECT_EQ(table.rows_of(1), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(table.rows_of(2), (std::vector<std::int64_t>{1}));
}

TEST(EffectTableTest, BadTablesAreRefusedWithTheirPlace) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text, const std::vector<std::string>& parts) {
    expect_error<InputError>([&] { read_named_rows(folder.write("e.tsv", text)); }, parts);
  };
  refused("t\tG1\nA\tx\n", {"line 2", "G1", "'x'"});
  refused("t\tG1\nA\tnan\n", {"line 2", "'nan'"});
  refused("t\tG1\nA\t1\t2\nB\t1\t2\n", {"line 2", "head"});
  refused("t\tG1\nA\t1\nB\t1\t2\n", {"line 3", "3 fields"});
  refused("t\tG1\nA\t1\nA\t1\n", {"'A' twice"});
  refused("t\tG1\n", {"no rows"});
  refused("", {"no rows"});
  expect_error<InputError>([&] { read_effects(folder.write("e.tsv", "t\tG1\nA+B\t1\nB+A\t1\n"), {}); },
                           {"'A+B' twice"});
  expect_error<InputError>([&] { read_effects(folder.write("e.tsv", "t\tG1\nA+\t1\n"), {}); }, {"'A+'"});
  expect_error<InputError>([&] { read_effects(folder.write("e.tsv", "t\tG1\nA+B\t1\n"), {}); },
                           {"no effect of a single"});
}

TEST(EffectTableTest, AScreenGivesMeansMinusControlAndTheirErrors) {
  const TemporaryFolder folder;
  const EffectTable table = read_effects(
      folder.write("s.csv",
                   "cell,condition,G1,G2\nc1,control,1,0\nc2,control,2,1\nc3,control,3,2\na1,A,4,1\na2,A,6,1\n"
                   "a3,A,8,4\nb1,B,1,1\nb2,B,1,3\n"),
      {});
  ASSERT_EQ(table.conditions, (Conditions{{"A"}, {"B"}}));
  EXPECT_NEAR(table.effects(0, 0), 4, 1e-6);
  EXPECT_NEAR(table.effects(0, 1), 1, 1e-6);
  EXPECT_NEAR(table.effects(1, 0), -1, 1e-6);
  // A: variances 4 and 3 over 3 cells, control's 1 and 1 over 3; each at least
  // what counting gives.
  EXPECT_GE(table.noise[0], (4.0 / 3 + 1.0 / 3 + 3.0 / 3 + 1.0 / 3) / 2 - 1e-6);
  EXPECT_LT(table.noise[0], 3);
}

}  // namespace
}  // namespace gracevae::impl
