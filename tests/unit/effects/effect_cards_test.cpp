#include "effects/effect_cards.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "effects/false_rates.hpp"

namespace gracevae::impl {
namespace {

EffectPrediction said(double rho, std::vector<double> effect) {
  EffectPrediction result;
  result.error.assign(effect.size(), 0.5);
  result.effect = std::move(effect);
  result.factors = std::make_shared<const Matrix<double>>(1, static_cast<std::int64_t>(result.effect.size()), 2.0);
  result.rho = rho;
  return result;
}

const double kNone = std::numeric_limits<double>::quiet_NaN();

TEST(EffectCards, HoldTheStrongestGenesWithTheirIntervals) {
  const std::vector<std::string> genes{"G0", "G1", "G2"};
  EffectCards cards("screen", 0.9, genes);
  cards.add("A", said(0.5, {0.1, -3, 2}), {{{"string", 0.6}}, {{"B", 0.4}}, kNone, kNone});
  const auto json = cards.json();
  EXPECT_EQ(json.at("format"), kEffectsFormat);
  const auto& card = json.at("singles").at(0);
  EXPECT_EQ(card.at("condition"), "A");
  EXPECT_TRUE(card.at("interaction").is_null());
  EXPECT_EQ(card.at("genes").at(0).at("gene"), "G1");
  EXPECT_EQ(card.at("genes").at(0).at("low"), -4);
  EXPECT_EQ(card.at("genes").at(0).at("high"), -2);
  EXPECT_EQ(shares_text(card.at("sources")), "string 0.60");
  EXPECT_EQ(gene_effect_text(card.at("genes").at(1)), "G2 +2 [1, 3]");
}

TEST(EffectCards, KeepThePairsOfTheSmallestFalseRates) {
  const std::vector<std::string> genes{"G0"};
  EffectCards cards("screen", 0.9, genes);
  for (int i = 0; i < 1000; ++i)
    cards.add("A+B" + std::to_string(i), said(0.001 * i, {1}), {{}, {}, 0.3, i == 7 ? 0.0 : 0.5});
  const auto json = cards.json();
  EXPECT_EQ(json.at("n_pairs"), 1000);
  ASSERT_EQ(json.at("pairs").size(), EffectCards::kMostCards);
  EXPECT_EQ(json.at("pairs").at(0).at("condition"), "A+B7");
  EXPECT_EQ(json.at("pairs").at(1).at("condition"), "A+B999");  // then by expected cosine
  EXPECT_EQ(json.at("pairs").at(199).at("condition"), "A+B801");
}

TEST(FalseRates, AreTwiceTheShareThatPointsTheWrongWay) {
  LeaveOneOut errors;
  errors.rho = {0.9, 0.8, 0.7, 0.6, 0.5, 0.4};
  errors.cosine = {0.5, 0.4, -0.1, 0.3, 0.2, -0.2};
  const FalseRates rates(errors);
  // (2·wrong + 1)/n: 1, 1/2, 1, 3/4, 3/5, 5/6; the least of these from each on
  EXPECT_DOUBLE_EQ(rates.of(0.85), 0.5);
  EXPECT_DOUBLE_EQ(rates.of(0.75), 0.5);
  EXPECT_DOUBLE_EQ(rates.of(0.65), 0.6);
  EXPECT_DOUBLE_EQ(rates.of(0.55), 0.6);
  EXPECT_DOUBLE_EQ(rates.of(0.41), 0.6);
  EXPECT_DOUBLE_EQ(rates.of(0.4), 5.0 / 6);
  EXPECT_DOUBLE_EQ(rates.of(0.95), 0.5);
  EXPECT_DOUBLE_EQ(rates.of(0.1), 5.0 / 6);
}

}  // namespace
}  // namespace gracevae::impl
