#include "explain/interactions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

PairEstimate estimate(double c_a, double c_b, double fit = 0.95, double similarity = 0.1, double norm_ab = 1) {
  PairEstimate result{};
  result.numbers.norm_a.value = result.numbers.norm_b.value = 1;
  result.numbers.norm_ab.value = norm_ab;
  result.numbers.c_a.value = c_a;
  result.numbers.c_b.value = c_b;
  result.numbers.magnitude.value = std::hypot(c_a, c_b);
  result.numbers.fit.value = fit;
  result.similarity = similarity;
  return result;
}

TEST(InteractionType, IsTheFirstRuleThatHolds) {
  const auto type = [](const PairEstimate& found, double q = 0.01) { return interaction_type(found, q, 0.1); };
  EXPECT_EQ(type(estimate(0.2, 0.2), 0.11), "additive") << "whatever the coefficients";
  EXPECT_EQ(type(estimate(0.8, 0.7)), "buffering");
  EXPECT_EQ(type(estimate(0.8, 0.7), 0.1), "buffering");
  EXPECT_EQ(type(estimate(1.2, 1.1)), "synergy");
  EXPECT_EQ(type(estimate(0.4, 0.3)), "suppression");
  EXPECT_EQ(type(estimate(1.0, 0.1)), "epistasis");
  EXPECT_EQ(type(estimate(-0.1, 1.0)), "epistasis");
  EXPECT_EQ(type(estimate(0.5, 0.5, 0.95, 0.9, 1)), "redundancy") << "both do the same, and no more together";
  EXPECT_EQ(type(estimate(0.8, 0.8, 0.95, 0.9, 1.6)), "buffering");
  EXPECT_EQ(type(estimate(0.9, 0.2, 0.95, 0.97, 1.6)), "buffering") << "one direction: unequal says nothing";
  EXPECT_EQ(type(estimate(1, 1, 0.5)), "neomorphic");
  EXPECT_EQ(type(estimate(1, 1, std::nan(""))), "unclassified");
  EXPECT_EQ(type(estimate(std::nan(""), std::nan(""))), "unclassified");
}

/// A+B, A+C, B+C: the model says that A+C deviates most; of A+B and B+C there are cells.
Responses three_pairs() {
  Responses responses;
  responses.genes = {"G0", "G1"};
  const auto effect = [&](std::vector<std::string> targets, const std::vector<double>& mean) {
    responses.effects.push_back({std::move(targets), mean, {0.5, 0.5}, {}, {}, {}});
  };
  effect({"A"}, {1, 0});
  effect({"B"}, {0, 1});
  effect({"C"}, {0, 1});
  effect({"A", "B"}, {1, 1.5});
  effect({"A", "C"}, {4, 1});
  effect({"B", "C"}, {0, 2});
  const auto pair = [&](std::size_t ab, std::size_t a, std::size_t b, double p) {
    PairEffects result{responses.effects[ab].targets,
                       pair_numbers(products_of(responses.effects[a].mean, responses.effects[b].mean,
                                                responses.effects[ab].mean)),
                       std::nullopt};
    if (p < 2) {
      PairEstimate found = estimate(0.8, 0.7);
      found.numbers.c_a.error = 0.125;
      found.p = p;
      result.measured = MeasuredPair{30, 40, 20, ab == 3, found, ""};
    }
    responses.pairs.push_back(std::move(result));
  };
  pair(3, 0, 1, 0.06);
  pair(4, 0, 2, 2);
  pair(5, 1, 2, 0.01);
  return responses;
}

TEST(Interactions, AreListedByWhatIsSureAndCalledTogether) {
  const auto pairs = interactions_of(three_pairs(), 0.05);
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_THAT(pairs[0].targets, testing::ElementsAre("B", "C"));
  EXPECT_NEAR(pairs[0].q, 0.02, 1e-12) << "two pairs are tested";
  EXPECT_EQ(pairs[0].type, "buffering");
  EXPECT_THAT(pairs[1].targets, testing::ElementsAre("A", "B"));
  EXPECT_NEAR(pairs[1].q, 0.06, 1e-12);
  EXPECT_EQ(pairs[1].type, "additive");
  EXPECT_THAT(pairs[2].targets, testing::ElementsAre("A", "C"));
  EXPECT_EQ(pairs[2].type, "");
  EXPECT_TRUE(std::isnan(pairs[2].q));
  ASSERT_EQ(pairs[2].genes.size(), 1U);
  EXPECT_EQ(pairs[2].genes[0].gene, "G0");
  EXPECT_EQ(pairs[2].genes[0].effect, 3);
  EXPECT_EQ(pairs[2].genes[0].total, 4);
}

TEST(Interactions, TablesHaveAColumnForEachName) {
  const std::string text = interactions_tsv(interactions_of(three_pairs(), 0.05));
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  for (const char letter : text)
    if (letter == '\n')
      rows.emplace_back(1);
    else if (letter == '\t')
      rows.back().emplace_back();
    else
      rows.back().back() += letter;
  rows.pop_back();
  ASSERT_EQ(rows.size(), 4U);
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  const auto value = [&](std::size_t row, const std::string& name) {
    return rows[row][static_cast<std::size_t>(std::find(rows[0].begin(), rows[0].end(), name) - rows[0].begin())];
  };
  EXPECT_EQ(value(2, "pair"), "A+B");
  EXPECT_EQ(value(2, "measured_c_a"), "0.8");
  EXPECT_EQ(value(2, "measured_c_a_se"), "0.125");
  EXPECT_EQ(value(2, "c_b"), "1.5");
  EXPECT_EQ(value(2, "c_b_se"), "NA");
  EXPECT_EQ(value(2, "cells_ab"), "20");
  EXPECT_EQ(value(2, "fold"), "train");
  EXPECT_EQ(value(1, "fold"), "test");
  EXPECT_EQ(value(1, "type"), "buffering");
  EXPECT_EQ(value(3, "type"), "NA");
  EXPECT_EQ(value(3, "note"), "not in the screen");
  EXPECT_EQ(value(3, "genes"), "G0");
}

TEST(Interactions, InWords) {
  const auto pairs = interactions_of(three_pairs(), 0.05);
  EXPECT_EQ(interactions_text(pairs, 0.05),
            "Interactions: 1 of 2 tested pairs do not add up, at a false discovery rate of 0.05: 1 buffering.\n");
  EXPECT_EQ(interactions_text({}, 0.05), "");
  EXPECT_EQ(interactions_text({pairs[2]}, 0.05), "Interactions: no pair has enough cells to test.\n");
}

}  // namespace
}  // namespace gracevae::impl
