#include "effects/condition_effects.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>

#include "support/temporary_folder.hpp"
#include "unit/effects/grouped_screen.hpp"

namespace gracevae::impl {
namespace {

using test::GroupedScreen;

class ConditionEffectsTest : public testing::Test {
 protected:
  ConditionEffectsTest() {
    GroupedScreen::write_groups(folder_.file("groups.gmt"));
    sources_.gene_sets = (folder_.file("groups.gmt")).string();
  }
  ConditionEffects effects(const std::vector<std::vector<std::string>>& conditions) const {
    return effects_of_conditions(grouped_.screen, grouped_.split, sources_, conditions, {0.9});
  }
  std::vector<double> truth(std::int64_t k) const {
    std::vector<double> effect;
    for (std::int64_t g = 0; g < GroupedScreen::kGenes; ++g) effect.push_back(GroupedScreen::effect(k, g));
    return effect;
  }

  TemporaryFolder folder_;
  GroupedScreen grouped_;
  EffectOptions sources_;
};

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t g = 0; g < a.size(); ++g) sum += (a[g] - b[g]) * (a[g] - b[g]);
  return std::sqrt(sum);
}

TEST_F(ConditionEffectsTest, OfUnseenTargetsAreThoseOfTheirGroups) {
  const ConditionEffects said = effects({{"T0"}, {"T1"}});
  EXPECT_EQ(said.n_singles, 10);
  ASSERT_EQ(said.sources.size(), 1U);
  EXPECT_EQ(said.sources.front().name, "groups");
  EXPECT_EQ(said.sources.front().n_known, 10);
  for (const std::int64_t k : {0, 1}) {
    const ConditionEffect& effect = said.of.at({GroupedScreen::name(k)});
    EXPECT_FALSE(effect.said.measured);
    EXPECT_FALSE(effect.said.abstained);
    EXPECT_LT(distance(effect.said.effect, truth(k)), 0.4 * distance(truth(k), truth(k + 2)));
    EXPECT_TRUE(effect.transferred.empty());
  }
}

TEST_F(ConditionEffectsTest, NearestAreTheMembersOfTheGroup) {
  const ConditionEffects said = effects({{"T0"}});
  const EffectTable measured = effects_of_screen(grouped_.screen, grouped_.split);
  std::vector<double> mean(measured.genes.size(), 0.0);
  for (const char* name : {"T3", "T6", "T9"})
    for (std::size_t i = 0; i < measured.conditions.size(); ++i)
      if (measured.conditions[i] == std::vector<std::string>{name})
        for (std::size_t g = 0; g < mean.size(); ++g)
          mean[g] += measured.effects.row(static_cast<std::int64_t>(i))[g] / 3;
  EXPECT_LT(distance(said.of.at({"T0"}).nearest, mean), 1e-9);
}

TEST_F(ConditionEffectsTest, AnotherScreenIsTransferredByLeastSquares) {
  {  // twice the effects
    std::ofstream out(folder_.file("other.tsv"));
    out << "target";
    for (const std::string& gene : grouped_.screen.genes) out << "\t" << gene;
    for (std::int64_t k = 0; k < GroupedScreen::kTargets; ++k) {
      out << "\n" << GroupedScreen::name(k);
      for (const double value : truth(k)) out << "\t" << 2 * value;
    }
    out << "\n";
  }
  sources_.screens = (folder_.file("other.tsv")).string();
  const ConditionEffects said = effects({{"T0"}});
  EXPECT_LT(distance(said.of.at({"T0"}).transferred, truth(0)), 0.6);
}

TEST_F(ConditionEffectsTest, PairsAddUpWhereNoneTrains) {
  const ConditionEffects said = effects({{"T1", "T0"}, {"T3", "T4"}, {"T0"}, {"T1"}, {"T3"}, {"T4"}});
  EXPECT_EQ(said.scale, 1);
  for (const auto& pair : {std::vector<std::string>{"T0", "T1"}, {"T3", "T4"}}) {
    const ConditionEffect& effect = said.of.at(pair);
    EXPECT_TRUE(effect.besides.empty());
    EXPECT_TRUE(std::isnan(effect.said.error.front())) << "without measured pairs nothing is known of a pair's error";
    std::vector<double> sum = said.of.at({pair[0]}).nearest;  // of measured targets their own
    if (pair[0] == "T0") sum = said.of.at({"T0"}).said.effect;
    const auto& other = pair[0] == "T0" ? said.of.at({"T1"}).said.effect : said.of.at({"T4"}).nearest;
    for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += other[g];
    EXPECT_LT(distance(effect.said.effect, sum), 1e-9) << pair[0];
  }
}

TEST_F(ConditionEffectsTest, ConditionsOfThreeTargetsAndFewSinglesAreLeftOut) {
  EXPECT_TRUE(effects({{"T0", "T1", "T2"}}).of.empty());
  for (const Regime& regime : grouped_.screen.regimes)
    for (const std::int64_t cell : regime.cells)
      if (regime.label != "T2" && !regime.targets.empty())
        grouped_.split.fold[static_cast<std::size_t>(cell)] = Fold::test;
  EXPECT_TRUE(effects({{"T0"}}).of.empty());
}

TEST_F(ConditionEffectsTest, IntervalsAroundTheMeanAreWider) {
  const ConditionEffects said = effects({{"T0"}});
  double own = 0, mean = 0;
  for (std::size_t g = 0; g < grouped_.screen.genes.size(); ++g) {
    own += said.of.at({"T0"}).said.half_width(g);
    mean += said.around_mean(0, static_cast<std::int64_t>(g));
  }
  EXPECT_LT(own, 0.6 * mean);
  EXPECT_EQ(std::count(said.varying.begin(), said.varying.end(), true), 5);
}

}  // namespace
}  // namespace gracevae::impl
