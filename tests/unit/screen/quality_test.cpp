#include "screen/quality.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "base/files.hpp"
#include "screen/normalise.hpp"
#include "stats/summary.hpp"
#include "unit/screen/quality_fixture.hpp"

namespace gracevae::impl {
namespace {

using test::GuideSpec;
using test::simulated_guides;
using test::SimulatedGuides;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const LabelQuality& label_of(const Quality& quality, const std::string& name) {
  for (const LabelQuality& label : quality.labels)
    if (label.name == name) return label;
  ADD_FAILURE() << "no label " << name;
  return quality.labels.front();
}

/// Three labels whose cells escape never, in a fifth and in a half of the cases.
std::vector<GuideSpec> strong_labels() {
  return {{"control", "NT1", 200},
          {"control", "NT2", 200},
          {"g0", "a", 200, 0.0, 10, 40, 1, 0},
          {"g1", "b", 200, 0.2, 20, 40, 1, 1},
          {"g2", "c", 200, 0.5, 30, 40, -1, 2}};
}

TEST(Quality, FindsKnownSharesOfEscapersWithinTheirErrors) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const SimulatedGuides made = simulated_guides(strong_labels(), seed);
    const Quality quality = quality_of(made.screen, made.guides);
    for (const std::string label : {"g0", "g1", "g2"}) {
      const LabelQuality& found = label_of(quality, label);
      const Regime& regime = made.screen.regimes[static_cast<std::size_t>(made.screen.find_regime({label}))];
      double escaped = 0;
      int n_right = 0;
      for (const std::int64_t cell : regime.cells) {
        const auto at = static_cast<std::size_t>(cell);
        escaped += made.perturbed[at] ? 0 : 1.0 / static_cast<double>(regime.cells.size());
        n_right += (quality.p_perturbed[at] >= 0.5) == made.perturbed[at];
      }
      EXPECT_NEAR(found.control_like.value, escaped, 3 * found.control_like.error + 0.01) << label << " " << seed;
      EXPECT_LT(found.control_like.error, 0.06);
      EXPECT_GT(n_right, 190) << "of 200 cells of " << label;
      EXPECT_THAT(found.no_share, IsEmpty());
      EXPECT_GT(found.z, 3);
    }
    for (const std::int64_t cell : made.screen.regimes.front().cells)
      EXPECT_TRUE(std::isnan(quality.p_perturbed[static_cast<std::size_t>(cell)])) << "control has no share";
  }
}

TEST(Quality, WeakEffectsHaveNoShareAndSayWhy) {
  const SimulatedGuides made = simulated_guides({{"control", "NT", 400}, {"g0", "a", 200, 0.2, 10, 15, 0.4}});
  const Quality quality = quality_of(made.screen, made.guides);
  const LabelQuality& weak = label_of(quality, "g0");
  EXPECT_GT(weak.z, kClearEffect) << "there is an effect";
  EXPECT_TRUE(std::isnan(weak.control_like.value));
  EXPECT_LT(weak.separation, kLeastSeparation);
  EXPECT_THAT(weak.no_share, HasSubstr("overlap"));
  EXPECT_TRUE(std::isnan(quality.p_perturbed.back()));
}

TEST(Quality, LabelsWithoutAnEffectHaveNone) {
  std::vector<GuideSpec> specs = {{"control", "NT", 300}};
  for (int label = 0; label < 20; ++label)
    specs.push_back({"g" + std::to_string(label), "a" + std::to_string(label), 60 + 10 * label});
  int n_clear = 0;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const SimulatedGuides made = simulated_guides(specs, seed);
    const Quality quality = quality_of(made.screen);
    for (std::size_t k = 1; k < quality.labels.size(); ++k) {
      n_clear += quality.labels[k].z >= kClearEffect;
      EXPECT_TRUE(std::isnan(quality.labels[k].control_like.value)) << k;
      EXPECT_THAT(quality.labels[k].no_share, HasSubstr("no direction"));
    }
  }
  EXPECT_LE(n_clear, 4) << "of 60 labels of nothing";
}

/// Σ (m − c)² − Σ (v/n + v0/n0), with plain loops over a dense matrix.
double squared_effect(const Screen& screen, const Regime& label, const Regime& control) {
  const Matrix<float> x = dense_rows(screen, label.cells), c = dense_rows(screen, control.cells);
  const auto moments = [](const Matrix<float>& rows, std::int64_t gene) {
    double mean = 0, square = 0;
    for (std::int64_t i = 0; i < rows.n_rows; ++i) mean += static_cast<double>(rows(i, gene));
    mean /= static_cast<double>(rows.n_rows);
    for (std::int64_t i = 0; i < rows.n_rows; ++i) square += std::pow(static_cast<double>(rows(i, gene)) - mean, 2);
    const auto n = static_cast<double>(rows.n_rows);
    return std::pair(mean, square / (n - 1) / n);
  };
  double sum = 0;
  for (std::int64_t gene = 0; gene < x.n_cols; ++gene) {
    const auto [m, noise] = moments(x, gene);
    const auto [m0, noise0] = moments(c, gene);
    sum += (m - m0) * (m - m0) - noise - noise0;
  }
  return sum;
}

TEST(Quality, EffectByAPlainLoop) {
  const SimulatedGuides made = simulated_guides(strong_labels(), 4, 150, false);
  const Quality quality = quality_of(made.screen, made.guides);
  for (std::size_t k = 1; k < quality.labels.size(); ++k) {
    const double square = squared_effect(made.screen, made.screen.regimes[k], made.screen.regimes.front());
    EXPECT_NEAR(quality.labels[k].effect.value, std::sqrt(square), 1e-6);
    EXPECT_NEAR(quality.labels[k].guides.front().effect.value, std::sqrt(square), 1e-6) << "its only guide";
  }
  EXPECT_THAT(quality.values, HasSubstr("as they are"));
}

TEST(Quality, OwnGeneByHand) {
  // On the linear scale: control 1 1 3 3 (mean 2), label 0 0 2 0 (mean 0.5) of gene g0; one count is 1.
  const std::vector<float> control = {1, 1, 3, 3}, label = {0, 0, 2, 0};
  std::vector<std::string> labels;
  std::vector<std::vector<float>> rows;
  for (const float value : control) labels.push_back("control"), rows.push_back({std::log1p(value), std::log1p(1.0F)});
  for (const float value : label) labels.push_back("g0"), rows.push_back({std::log1p(value), std::log1p(1.0F)});
  const Quality quality = quality_of(test::screen_of(labels, rows));
  const OwnGene& own = label_of(quality, "g0").own_genes.at(0);
  EXPECT_EQ(own.gene, "g0");
  EXPECT_NEAR(own.ratio.value, 0.25, 1e-6);
  // Variances 4/3 and 1; those of Poisson counts are 2 and 0.5, and no less than the latter is believed.
  EXPECT_NEAR(own.ratio.error, std::sqrt(1.0 / 4 + 0.25 * 0.25 * 2.0 / 4) / 2, 1e-6);
  // scipy.stats.ranksums with ties: ranks of 0 0 2 0 among all are 2, 2, 6, 2.
  const double n1 = 4, n0 = 4, n = 8, ties = 24 + 6 + 6;  // three zeros, two ones, two threes
  const double z =
      (2 + 2 + 6 + 2 - n1 * (n + 1) / 2) / std::sqrt((1 - ties / (n * n * n - n)) * n1 * n0 * (n + 1) / 12);
  EXPECT_NEAR(own.p_value, std::erfc(std::abs(z) / std::sqrt(2)), 1e-9);
}

TEST(Quality, NoCountOfTheOwnGeneIsNoCertainty) {
  std::vector<std::string> labels = test::repeated({{"control", 20}, {"g0", 20}});
  std::vector<std::vector<float>> rows(40, {0.0F, std::log1p(1.0F)});
  for (std::size_t i = 0; i < 20; ++i) rows[i][0] = std::log1p(1.0F);
  const OwnGene own = label_of(quality_of(test::screen_of(labels, rows)), "g0").own_genes.at(0);
  EXPECT_EQ(own.ratio.value, 0);
  EXPECT_NEAR(own.ratio.error, 1.0 / 20, 1e-6) << "one count more than was seen";
}

TEST(Quality, GuidesThatWorkAgreeAndOthersDoNot) {
  const SimulatedGuides made = simulated_guides({{"control", "NT1", 150},
                                                 {"control", "NT2", 150},
                                                 {"g0", "a1", 100, 0, 10, 40, 1, 0},
                                                 {"g0", "a2", 100, 0.3, 10, 40, 1, 0},
                                                 {"g0", "dead", 100, 1.0, 10, 40, 1, 0},
                                                 {"g0", "other", 100, 0, 80, 40, 1},
                                                 {"g0", "few", 9, 0, 10, 40, 1}});
  const Quality quality = quality_of(made.screen, made.guides);
  const LabelQuality& label = label_of(quality, "g0");
  std::map<std::string, GuideQuality> guide;
  for (const GuideQuality& own : label.guides) guide[own.name] = own;
  EXPECT_GT(guide["a1"].agreement.value, 0.3) << "two of the three others are not its like";
  EXPECT_GT(guide["a1"].effect.value, guide["a2"].effect.value);
  EXPECT_TRUE(std::isnan(guide["dead"].agreement.value));
  EXPECT_LT(guide["dead"].z, kClearEffect);
  EXPECT_GT(guide["dead"].others_z, kClearEffect);
  EXPECT_LT(guide["other"].agreement.value + 2 * guide["other"].agreement.error, 0.5);
  EXPECT_LT(label.agreement.value, 0.8);
  EXPECT_EQ(guide["few"].n_cells, 9);
  EXPECT_TRUE(std::isnan(guide["few"].effect.value));
  EXPECT_LT(guide["a1"].own_genes.at(0).ratio.value, 0.4);
  EXPECT_LT(guide["a1"].own_genes.at(0).p_value, 1e-6);
  EXPECT_NEAR(guide["dead"].own_genes.at(0).ratio.value, 1, 0.25);
}

TEST(Quality, TwoGuidesOfOneEffectHaveACosineOfOne) {
  const SimulatedGuides made = simulated_guides(
      {{"control", "NT", 300}, {"g0", "a1", 80, 0, 10, 40, 1, 0}, {"g0", "a2", 80, 0.5, 10, 40, 1, 0}});
  const LabelQuality label = label_of(quality_of(made.screen, made.guides), "g0");
  for (const GuideQuality& guide : label.guides) {
    EXPECT_NEAR(guide.agreement.value, 1, 3 * guide.agreement.error) << guide.name;
    EXPECT_LT(guide.agreement.error, 0.1);
  }
  EXPECT_NEAR(label.agreement.value, label.guides[0].agreement.value, 1e-12) << "two guides are one pair";
  ASSERT_THAT(label.no_share, IsEmpty());
  EXPECT_LT(label.guides[0].control_like.value, 0.1);
  EXPECT_NEAR(label.guides[1].control_like.value, 0.5, 0.15);
}

TEST(Quality, ControlGuidesAgainstTheOthers) {
  std::vector<GuideSpec> specs = {{"control", "NT1", 100},
                                  {"control", "NT2", 100},
                                  {"control", "NT3", 100},
                                  {"g0", "a", 100, 0, 0, 40, 1}};
  const SimulatedGuides made = simulated_guides(specs);
  const Quality quality = quality_of(made.screen, made.guides);
  ASSERT_EQ(quality.labels.front().guides.size(), 3);
  for (const GuideQuality& guide : quality.labels.front().guides) {
    EXPECT_LT(std::abs(guide.z), 4) << guide.name;
    EXPECT_TRUE(std::isfinite(guide.effect.value));
    EXPECT_TRUE(std::isnan(guide.agreement.value));
  }
}

TEST(Quality, CountsAreNormalisedFirstAndSoSaid) {
  SimulatedGuides made = simulated_guides(strong_labels(), 2);
  const Quality from_counts = quality_of(made.screen, made.guides);
  EXPECT_THAT(from_counts.values, HasSubstr("counts: normalised to the median total"));
  std::vector<double> totals;
  for (std::int64_t i = 0; i < made.screen.n_cells(); ++i) {
    double total = 0;
    for (const float value : made.screen.x.row_values(i)) total += static_cast<double>(value);
    totals.push_back(total);
  }
  const double median = median_of_positive(totals);
  for (std::int64_t i = 0; i < made.screen.n_cells(); ++i) {
    const auto begin = static_cast<std::size_t>(made.screen.x.indptr[static_cast<std::size_t>(i)]);
    normalise_log1p({made.screen.x.values.data() + begin, made.screen.x.row_size(i)},
                    totals[static_cast<std::size_t>(i)], median);
  }
  const Quality from_logs = quality_of(made.screen, made.guides);
  EXPECT_THAT(from_logs.values, HasSubstr("as they are"));
  for (std::size_t k = 1; k < from_logs.labels.size(); ++k) {
    EXPECT_EQ(from_logs.labels[k].effect.value, from_counts.labels[k].effect.value);
    EXPECT_EQ(from_logs.labels[k].control_like.value, from_counts.labels[k].control_like.value);
  }
}

TEST(Quality, SmallGroupsAndFewControlsSaySo) {
  const SimulatedGuides made = simulated_guides({{"control", "NT", 40}, {"g0", "a", 9, 0, 0, 40, 2}});
  const Quality quality = quality_of(made.screen);
  EXPECT_THAT(label_of(quality, "g0").no_share, HasSubstr("fewer than 10 cells"));
  EXPECT_TRUE(std::isnan(label_of(quality, "g0").effect.value));
  const SimulatedGuides few = simulated_guides({{"control", "NT", 9}, {"g0", "a", 40, 0, 0, 40, 2}});
  const Quality unknown = quality_of(few.screen);
  EXPECT_THAT(label_of(unknown, "g0").no_share, HasSubstr("control cells"));
  ASSERT_EQ(unknown.notes.size(), 1);
  EXPECT_THAT(unknown.notes.front(), HasSubstr("9 control cells"));
}

TEST(Quality, TheSeedDecidesFoldsAndNothingElse) {
  const SimulatedGuides made = simulated_guides(strong_labels());
  const std::string once = quality_json(quality_of(made.screen, made.guides, 3)).dump();
  EXPECT_EQ(once, quality_json(quality_of(made.screen, made.guides, 3)).dump());
  const Quality other = quality_of(made.screen, made.guides, 4), first = quality_of(made.screen, made.guides, 3);
  EXPECT_NEAR(label_of(other, "g1").effect.value, label_of(first, "g1").effect.value, 1e-9) << "the value has no folds";
  EXPECT_NE(label_of(other, "g1").effect.error, label_of(first, "g1").effect.error);
}

TEST(Quality, TextJsonAndTable) {
  const SimulatedGuides made = simulated_guides(strong_labels());
  const Quality quality = quality_of(made.screen, made.guides);
  const std::string text = to_text(quality);
  EXPECT_THAT(text, HasSubstr("guides: obs column 'guide'"));
  EXPECT_THAT(text, HasSubstr("like control"));
  const nlohmann::ordered_json json = quality_json(quality);
  EXPECT_EQ(json["format"], "gracevae-quality/1");
  EXPECT_EQ(json["labels"][2]["label"], "g1");
  EXPECT_EQ(json["labels"][2]["guides"][0]["guide"], "b");
  EXPECT_EQ(json["labels"][2]["control_like"]["value"], label_of(quality, "g1").control_like.value);
  EXPECT_THAT(json["labels"][0].dump(), HasSubstr("\"z\":null")) << "not a number is null";
  const TemporaryFolder folder;
  write_cell_quality(folder.path() / "cells.tsv", made.screen, made.guides, quality);
  const std::string table = read_text(folder.path() / "cells.tsv");
  EXPECT_THAT(table, HasSubstr("cell\tlabel\tguide\tp_perturbed\nc0\tcontrol\tNT1\tNA\n"));
  EXPECT_THAT(table, HasSubstr("\tg0\ta\t1.0000\n"));
  write_quality(folder.path() / "quality.json", quality);
  EXPECT_EQ(nlohmann::ordered_json::parse(read_text(folder.path() / "quality.json")).dump(), json.dump());
}

/// Two batches, told by the guides' names; the second has thrice the counts of 50 genes, and control cells, label g0,
/// which does nothing, and g1, a fifth of whose cells escape, are in it with other shares.
SimulatedGuides two_batches() {
  SimulatedGuides made = simulated_guides({{"control", "NT1", 200},
                                           {"control", "NT2", 100},
                                           {"g0", "a1", 40},
                                           {"g0", "a2", 160},
                                           {"g1", "b1", 100, 0.2, 20, 40, 1, 1},
                                           {"g1", "b2", 100, 0.2, 20, 40, 1, 1}});
  Screen& screen = made.screen;
  screen.covariates.names = {"batch=1", "batch=2"};
  screen.covariates.strata = {{"batch=1"}, {"batch=2"}};
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    const std::int32_t guide = made.guides.guide_of_cell[static_cast<std::size_t>(cell)];
    const bool second = made.guides.names[static_cast<std::size_t>(guide)].back() == '2';
    screen.covariates.stratum_of_cell.push_back(second ? 1 : 0);
    const auto genes = screen.x.row_indices(cell);
    for (std::size_t k = 0; k < genes.size(); ++k)
      if (second && genes[k] >= 90 && genes[k] < 140)
        screen.x.values[static_cast<std::size_t>(screen.x.indptr[static_cast<std::size_t>(cell)]) + k] *= 3;
  }
  return made;
}

TEST(Quality, BatchesDoNotPassForEffectsWithinStrata) {
  SimulatedGuides made = two_batches();
  const Quality quality = quality_of(made.screen, made.guides);
  EXPECT_LT(std::abs(label_of(quality, "g0").z), 3);
  const LabelQuality& g1 = label_of(quality, "g1");
  EXPECT_EQ(g1.n_cells, 200);
  EXPECT_NEAR(g1.control_like.value, 0.2, 3 * g1.control_like.error + 0.02);
  EXPECT_LT(g1.own_genes.at(0).ratio.value, 0.6);
  EXPECT_LT(g1.own_genes.at(0).p_value, 1e-6);
  ASSERT_EQ(quality.within.size(), 2U);
  const LabelQuality &one = label_of(quality.within[0], "g1"), &two = label_of(quality.within[1], "g1");
  EXPECT_NEAR(g1.effect.value, (one.effect.value + two.effect.value) / 2, 1e-12) << "a hundred cells each";
  EXPECT_NEAR(g1.z, (one.z + two.z) / std::sqrt(2), 1e-12);
  const nlohmann::ordered_json json = quality_json(quality);
  EXPECT_EQ(json["within"][1]["stratum"], "batch=2");
  EXPECT_EQ(json["within"][0]["labels"][1]["cells"], 40);
  made.screen.covariates = {};
  const Quality pooled = quality_of(made.screen, made.guides);
  EXPECT_GT(label_of(pooled, "g0").z, 6) << "what the batches alone do";
  EXPECT_FALSE(quality_json(pooled).contains("within"));
}

}  // namespace
}  // namespace gracevae::impl
