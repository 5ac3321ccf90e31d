#include "explain/enrichment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/random.hpp"
#include "support/python.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

std::vector<std::string> names(int n) {
  std::vector<std::string> result;
  for (int i = 0; i < n; ++i) result.push_back("G" + std::to_string(i));
  return result;
}

TEST(GeneSetTests, SetsAreCutToTheBackground) {
  const std::vector<GeneSet> sets = {{"two", "a", {"G0", "G1", "absent", "G1"}},
                                     {"one", "b", {"G3", "absent"}},
                                     {"all", "c", {"G0", "G1", "G2", "G3"}}};
  const GeneSetTests tests(sets, names(4), 2, 3);
  ASSERT_EQ(tests.sets().size(), 1U);
  EXPECT_EQ(tests.sets()[0].id, "a");
  EXPECT_THAT(tests.sets()[0].members, testing::ElementsAre(0, 1));
}

TEST(GeneSetTests, ByHand) {
  const std::vector<GeneSet> sets = {{"high", "h", {"G0", "G1", "G2"}}, {"low", "l", {"G3", "G4", "G5"}}};
  const GeneSetTests tests(sets, names(6), 1, 6);
  const std::vector<double> values = {6, 5, 4, 3, 2, 1};
  const auto found = tests.test(std::vector<std::size_t>{0, 1, 3}, values);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].overlap, 2);
  EXPECT_NEAR(found[0].p, 0.5, 1e-12);   // (C(3,2)·3 + 1)/20
  EXPECT_NEAR(found[1].p, 0.95, 1e-12);  // 1 − 1/20
  EXPECT_NEAR(found[0].q, 0.95, 1e-12);
  EXPECT_NEAR(found[0].rank_z, 4.5 / std::sqrt(9.0 / 12 * 7), 1e-12);
  EXPECT_NEAR(found[1].rank_z, -found[0].rank_z, 1e-12);
  EXPECT_EQ(tests.test(std::vector<std::size_t>{0}, {})[0].rank_p, 1);
  const std::vector<double> equal(6, 1.0);
  EXPECT_EQ(tests.test(std::vector<std::size_t>{0}, equal)[0].rank_z, 0) << "all tied";
}

TEST(GeneSetTests, AgreesWithSciPy) {
  const std::string python = python_with("scipy");
  if (python.empty()) GTEST_SKIP() << "no Python with scipy";
  Random random(3, "enrichment");
  const std::vector<std::string> background = names(400);
  std::vector<GeneSet> sets;
  for (int s = 0; s < 60; ++s) {
    GeneSet set{"set " + std::to_string(s), "S" + std::to_string(s), {}};
    const double share = 0.01 + 0.2 * random.uniform();
    for (std::size_t g = 0; g < background.size(); ++g)
      if (random.uniform() < share * (s < 10 && g < 40 ? 6 : 1)) set.genes.push_back(background[g]);
    if (set.genes.size() > 1) sets.push_back(set);
  }
  std::vector<double> values;
  for (std::size_t g = 0; g < background.size(); ++g)
    values.push_back(std::round(4 * random.normal()) + (g < 40 ? 6 : 0));  // many ties
  std::vector<std::size_t> list;
  nlohmann::json task = {{"background", background}, {"values", values}};
  for (std::size_t g = 0; g < background.size(); ++g)
    if (values[g] > 4) {
      list.push_back(g);
      task["list"].push_back(background[g]);
    }
  for (const GeneSet& set : sets) task["sets"].push_back(set.genes);
  const TemporaryFolder folder;
  write_text(folder.path() / "in.json", task.dump());
  const std::string command = python + " " + support_script("enrichment_reference.py").string() + " " +
                              (folder.path() / "in.json").string() + " " + (folder.path() / "out.json").string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto expected = nlohmann::json::parse(read_text(folder.path() / "out.json"));
  const auto found = GeneSetTests(sets, background, 1, 400).test(list, values);
  ASSERT_EQ(found.size(), expected.size());
  double smallest = 1;
  for (std::size_t s = 0; s < found.size(); ++s) {
    const auto near = [&](double value, const char* key) {
      const double other = expected[s].at(key);
      EXPECT_NEAR(value, other, 1e-9 * std::abs(other)) << s << " " << key;
    };
    near(found[s].p, "p");
    near(found[s].q, "q");
    near(found[s].rank_z, "rank_z");
    near(found[s].rank_p, "rank_p");
    near(found[s].rank_q, "rank_q");
    smallest = std::min(smallest, found[s].p);
  }
  EXPECT_LT(smallest, 1e-6) << "the example tells nothing";
}

}  // namespace
}  // namespace gracevae::impl
