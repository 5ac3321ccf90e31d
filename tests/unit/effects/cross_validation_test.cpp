#include "effects/cross_validation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "support/expect_error.hpp"

namespace gracevae::impl {
namespace {

/// Twelve groups of five targets with near effects, in two cell lines that agree in half of them.
struct TwoScreens {
  EffectTable here, there;
  std::vector<GeneSet> groups;
  std::vector<std::string> names;
  std::vector<std::int64_t> items;

  TwoScreens() {
    constexpr std::int64_t kGroups = 12, kInGroup = 5, kGenes = 80;
    Random random(11, "two screens");
    here.source = "here";
    there.source = "there";
    for (EffectTable* table : {&here, &there}) table->effects = Matrix<double>(kGroups * kInGroup, kGenes);
    for (std::int64_t g = 0; g < kGenes; ++g) {
      here.genes.push_back("G" + std::to_string(g));
      there.genes.push_back("G" + std::to_string(kGenes - 1 - g));  // in another order
    }
    for (std::int64_t k = 0; k < kGroups; ++k) {
      std::vector<double> common(kGenes), own(kGenes);
      random.fill_normal(std::span(common));
      GeneSet set{"S" + std::to_string(k), std::to_string(k), {}};
      for (std::int64_t j = 0; j < kInGroup; ++j) {
        const std::int64_t i = std::ssize(names);
        names.push_back("T" + std::to_string(i));
        set.genes.push_back(names.back());
        items.push_back(i);
        random.fill_normal(std::span(own));
        for (EffectTable* table : {&here, &there}) {
          table->conditions.push_back({names.back()});
          table->noise.push_back(0);
        }
        for (std::int64_t g = 0; g < kGenes; ++g) {
          const auto at = static_cast<std::size_t>(g);
          here.effects(i, g) = 1 + common[at] + 0.7 * own[at] + 0.3 * random.normal();
          there.effects(i, kGenes - 1 - g) = 3 + 2 * (common[at] + 0.7 * own[at]) + 0.6 * random.normal();
        }
      }
      groups.push_back(set);
    }
  }
};

TEST(CrossValidationTest, RowsStandInTheirOrder) {
  const TwoScreens data;
  const TargetList targets(data.names, nullptr);
  std::vector<Source> sources;
  sources.push_back({"groups", "gene_sets", gene_set_rows(data.groups, targets), 0});
  const SourceKernels kernels(std::move(sources));
  const CrossValidation result = cross_validate_targets(data.here, data.items, kernels, {{"there", data.there}}, 5, {});
  ASSERT_EQ(result.guesses.size(), 4U);
  EXPECT_EQ(result.guesses[0].name, "training-mean");
  EXPECT_EQ(result.guesses[0].cosine, 0);
  EXPECT_NEAR(result.guesses[0].r2, 0, 1e-12);
  EXPECT_EQ(result.guesses[0].pds, 0.5);
  EXPECT_EQ(result.guesses[1].name, "same target in there");
  EXPECT_GT(result.guesses[1].cosine, 0.9) << "half as large there: the factor does not matter to cosines";
  EXPECT_GT(result.guesses[1].r2, 0.8) << "but is fitted";
  EXPECT_GT(result.guesses[3].cosine, 0.6);
  EXPECT_GT(result.guesses[3].r2, result.guesses[2].r2) << "means of ten with five in a group";
  EXPECT_GT(result.guesses[3].pds, 0.9);
  EXPECT_EQ(result.kept, 1);
  EXPECT_NEAR(result.coverage[1].covered, 0.9, 0.03);
  EXPECT_LT(result.coverage[1].width, 0.9);
  const Table table = scores_table(result);
  EXPECT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[0][1], "0.000");
}

TEST(CrossValidationTest, MoreFoldsThanConditionsAreRefused) {
  const TwoScreens data;
  test::expect_error<ConfigError>([&] { cross_validate_targets(data.here, data.items, SourceKernels({}), {}, 61, {}); },
                                  {"effects.cross_validate", "61 folds of 60"});
}

}  // namespace
}  // namespace gracevae::impl
