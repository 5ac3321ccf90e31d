#include "effects/effect_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "effects/sources.hpp"
#include "support/expect_error.hpp"

namespace gracevae::impl {
namespace {

/// Targets in groups; targets of one group have near effects. A gene set for
/// each group.
struct Simulated {
  static constexpr std::int64_t kGroups = 20, kInGroup = 8, kGenes = 60;
  std::vector<std::string> names;
  std::vector<GeneSet> groups;
  EffectTable truth;
  explicit Simulated(std::uint64_t seed, double own = 0.5, bool scrambled = false) {
    Random random(seed, "simulated");
    truth.source = "simulated";
    truth.effects = Matrix<double>(kGroups * kInGroup, kGenes);
    for (std::int64_t g = 0; g < kGenes; ++g) truth.genes.push_back("G" + std::to_string(g));
    for (std::int64_t i = 0; i < kGroups * kInGroup; ++i) names.push_back("T" + std::to_string(i));
    for (std::int64_t k = 0; k < kGroups; ++k) {
      std::vector<double> common(kGenes);
      random.fill_normal(std::span(common), std::sqrt(1 - own));
      for (std::int64_t j = 0; j < kInGroup; ++j) {
        const std::int64_t i = k * kInGroup + j;
        truth.conditions.push_back({names[static_cast<std::size_t>(i)]});
        truth.noise.push_back(0);
        for (std::int64_t g = 0; g < kGenes; ++g)
          truth.effects(i, g) = 2 + common[static_cast<std::size_t>(g)] + std::sqrt(own) * random.normal();
      }
    }
    std::vector<std::string> of_sets = names;
    if (scrambled) random.shuffle(of_sets);
    for (std::int64_t k = 0; k < kGroups; ++k) {
      GeneSet set{"S" + std::to_string(k), std::to_string(k), {}};
      for (std::int64_t j = 0; j < kInGroup; ++j)
        set.genes.push_back(of_sets[static_cast<std::size_t>(k * kInGroup + j)]);
      groups.push_back(set);
    }
  }
};

SourceKernels sources_of(const std::vector<GeneSet>& sets, const TargetList& targets) {
  std::vector<Source> sources;
  sources.push_back({"groups", "gene_sets", gene_set_rows(sets, targets), 0});
  return SourceKernels(std::move(sources));
}

struct Asked {
  std::vector<EffectPrediction> said;
  std::vector<std::int64_t> items;
};

/// Every `step`-th target is asked, the others are measured.
Asked ask(const Simulated& data, std::int64_t step, double level = 0.9) {
  const TargetList targets(data.names, nullptr);
  const SourceKernels kernels = sources_of(data.groups, targets);
  std::vector<std::int64_t> measured;
  Asked asked;
  for (std::int64_t i = 0; i < targets.n(); ++i) (i % step == 0 ? asked.items : measured).push_back(i);
  const EffectTable table = data.truth.only(measured);
  EffectModelOptions options;
  options.levels = {level};
  EffectModel(table, measured, kernels, options).predict(asked.items, [&](EffectPrediction&& prediction) {
    asked.said.push_back(std::move(prediction));
  });
  return asked;
}

std::vector<std::int64_t> all_but(const std::vector<std::int64_t>& asked) {
  std::vector<std::int64_t> items;
  for (std::int64_t i = 0; i < Simulated::kGroups * Simulated::kInGroup; ++i)
    if (std::ranges::find(asked, i) == asked.end()) items.push_back(i);
  return items;
}

double mean_rho(const Asked& asked) {
  double sum = 0;
  for (const auto& said : asked.said) sum += said.rho / static_cast<double>(asked.said.size());
  return sum;
}

TEST(EffectModelTest, NearTargetsPredictAndScrambledNamesDoNot) {
  const Asked good = ask(Simulated(1), 5), bad = ask(Simulated(1, 0.5, true), 5);
  EXPECT_GT(mean_rho(good), 0.5);
  EXPECT_LT(mean_rho(bad), 0.12);
  const auto abstained = [](const Asked& asked) {
    return std::count_if(asked.said.begin(), asked.said.end(), [](const auto& said) { return said.abstained; });
  };
  EXPECT_EQ(abstained(good), 0);
  EXPECT_EQ(abstained(bad), std::ssize(bad.said));
}

TEST(EffectModelTest, IntervalsCoverAsTheySay) {
  for (const double level : {0.8, 0.9, 0.95}) {
    double covered = 0, n = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const Simulated data(seed);
      const Asked asked = ask(data, 4, level);
      for (const auto& said : asked.said)
        for (std::int64_t g = 0; g < Simulated::kGenes; ++g) {
          const auto at = static_cast<std::size_t>(g);
          covered += std::abs(said.effect[at] - data.truth.effects(said.item, g)) <= said.half_width(at);
          ++n;
        }
    }
    // 160 targets: genes of one go together by their common error alone, so
    // that targets are what is counted.
    EXPECT_NEAR(covered / n, level, 2.5 * std::sqrt(level * (1 - level) / 160)) << level;
    EXPECT_GT(n, 9000);
  }
}

TEST(EffectModelTest, PermutationsPermuteResults) {
  const Simulated data(3);
  const TargetList targets(data.names, nullptr);
  const SourceKernels kernels = sources_of(data.groups, targets);
  const std::vector<std::int64_t> asked{150, 155, 159}, measured = all_but(asked);
  std::vector<std::int64_t> turned = measured;
  Random(2, "turn").shuffle(turned);
  std::vector<std::int64_t> genes(Simulated::kGenes);
  std::iota(genes.rbegin(), genes.rend(), 0);
  const EffectTable plain = data.truth.only(measured), other = data.truth.only(turned).only_genes(genes);
  std::vector<EffectPrediction> a, b;
  EffectModel(plain, measured, kernels, {}).predict(asked, [&](auto&& said) { a.push_back(said); });
  EffectModel(other, turned, kernels, {}).predict(asked, [&](auto&& said) { b.push_back(said); });
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(a[i].rho, b[i].rho, 1e-9);
    EXPECT_NEAR(a[i].bound, b[i].bound, 1e-9);
    ASSERT_EQ(a[i].nearest.size(), 5U);
    EXPECT_EQ(measured[static_cast<std::size_t>(a[i].nearest[0].first)] / 8, asked[i] / 8) << "of its group";
    for (std::size_t g = 0; g < genes.size(); ++g) {
      EXPECT_NEAR(a[i].effect[g], b[i].effect[genes.size() - 1 - g], 1e-9);
      EXPECT_NEAR(a[i].half_width(g), b[i].half_width(genes.size() - 1 - g), 1e-9);
    }
  }
}

TEST(EffectModelTest, ASourceThatKnowsNobodyDoesNothing) {
  const Simulated data(4);
  const TargetList targets(data.names, nullptr);
  std::vector<Source> both;
  both.push_back({"nobody", "gene_sets", gene_set_rows({{"s", "1", {"X", "Y"}}, {"t", "2", {"Z"}}}, targets), 0});
  both.push_back({"groups", "gene_sets", gene_set_rows(data.groups, targets), 0});
  const SourceKernels with(std::move(both)), without = sources_of(data.groups, targets);
  const std::vector<std::int64_t> asked{155}, measured = all_but(asked);
  const EffectTable table = data.truth.only(measured);
  EffectPrediction a, b;
  const EffectModel model(table, measured, with, {});
  EXPECT_EQ(model.pattern(155), (std::vector<std::size_t>{1}));
  model.predict(asked, [&](auto&& said) { a = said; });
  EffectModel(table, measured, without, {}).predict(asked, [&](auto&& said) { b = said; });
  EXPECT_EQ(a.effect, b.effect);
  EXPECT_EQ(a.shares[0], 0);
  EXPECT_NEAR(a.shares[1], 1, 1e-9);
}

TEST(EffectModelTest, ATargetThatNoSourceKnowsGetsTheMean) {
  const Simulated data(4);
  std::vector<std::string> names = data.names;
  names.emplace_back("unknown");
  const TargetList targets(names, nullptr);
  const SourceKernels kernels = sources_of(data.groups, targets);
  std::vector<std::int64_t> measured(160);
  std::iota(measured.begin(), measured.end(), 0);
  const std::vector<std::int64_t> asked{160};
  EffectModel(data.truth, measured, kernels, {}).predict(asked, [&](auto&& said) {
    EXPECT_TRUE(said.abstained);
    EXPECT_EQ(said.rho, 0);
    EXPECT_TRUE(said.nearest.empty());
    double mean = 0;
    for (std::int64_t i = 0; i < 160; ++i) mean += data.truth.effects(i, 5) / 160;
    EXPECT_NEAR(said.effect[5], mean, 1e-12);
  });
}

TEST(EffectModelTest, MeasuredTargetsAreShrunkByTheirErrors) {
  Simulated data(5, 0.1);
  Random random(1, "noise");
  EffectTable noisy = data.truth;
  for (std::int64_t i = 0; i < noisy.effects.n_rows; ++i) {
    noisy.noise[static_cast<std::size_t>(i)] = 2;
    for (double& value : noisy.effects.row(i)) value += std::sqrt(2.0) * random.normal();
  }
  const TargetList targets(data.names, nullptr);
  const SourceKernels kernels = sources_of(data.groups, targets);
  std::vector<std::int64_t> measured(160);
  std::iota(measured.begin(), measured.end(), 0);
  double raw = 0, shrunk = 0, covered = 0;
  EffectModel(noisy, measured, kernels, {}).predict(measured, [&](auto&& said) {
    EXPECT_TRUE(said.measured);
    for (std::int64_t g = 0; g < Simulated::kGenes; ++g) {
      const auto at = static_cast<std::size_t>(g);
      const double truth = data.truth.effects(said.item, g);
      raw += std::pow(noisy.effects(said.item, g) - truth, 2);
      shrunk += std::pow(said.effect[at] - truth, 2);
      covered += std::abs(said.effect[at] - truth) <= said.half_width(at);
    }
  });
  EXPECT_LT(shrunk, 0.35 * raw);
  EXPECT_NEAR(covered / (160 * Simulated::kGenes), 0.92, 0.04) << "a little wide: the weights stop early";
}

TEST(EffectModelTest, EffectsOfZeroAndIdenticalTargetsAreFine) {
  Simulated data(6);
  std::ranges::fill(data.truth.effects.row(3), 0.0);
  std::ranges::copy(data.truth.effects.row(8), data.truth.effects.row(9).begin());
  const Asked asked = ask(data, 5);
  for (const auto& said : asked.said) {
    EXPECT_TRUE(std::isfinite(said.rho) && std::isfinite(said.bound));
    for (std::size_t g = 0; g < said.effect.size(); ++g)
      ASSERT_TRUE(std::isfinite(said.effect[g]) && said.half_width(g) > 0);
  }
}

TEST(EffectModelTest, TooLittleIsSaid) {
  const Simulated data(7);
  const TargetList targets(data.names, nullptr);
  const SourceKernels kernels = sources_of(data.groups, targets);
  const EffectTable one = data.truth.only({0});
  test::expect_error<InputError>([&] { EffectModel(one, {0}, kernels, {}); }, {"1 measured", "two or more"});
  EffectTable nothing = data.truth.only({0, 1, 2});
  std::ranges::fill(nothing.effects.values, 0.0);
  test::expect_error<InputError>([&] { EffectModel(nothing, {0, 1, 2}, kernels, {}); }, {"every effect is 0"});
  EXPECT_NEAR(process_bytes(20000, 8000, 4) / 1e9, 8 * (0.4 + 0.32 + 0.036), 1e-6);
}

TEST(EffectModelTest, APartThatSaysTheSameOfAllIsHarmless) {
  const Simulated data(8);
  const TargetList targets(data.names, nullptr);
  std::vector<Source> sources;
  Matrix<double> ones(160, 1, 1.0);
  sources.push_back({"ones", "embeddings", table_rows(data.names, ones, false, targets), 0});
  sources.push_back({"groups", "gene_sets", gene_set_rows(data.groups, targets), 0});
  const SourceKernels kernels(std::move(sources));
  const std::vector<std::int64_t> asked{155}, measured = all_but(asked);
  const EffectTable table = data.truth.only(measured);
  EffectModel(table, measured, kernels, {}).predict(asked, [&](auto&& said) {
    EXPECT_GT(said.rho, 0.4);
    EXPECT_TRUE(std::isfinite(said.effect[0]));
  });
}

}  // namespace
}  // namespace gracevae::impl
