#include "evaluate/unseen.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/temporary_folder.hpp"
#include "unit/effects/grouped_screen.hpp"

namespace gracevae::impl {
namespace {

using Json = nlohmann::ordered_json;
using test::GroupedScreen;

Json row(const char* condition, const char* method, double r2) {
  return {{"condition", condition},
          {"gene_set", "all"},
          {"method", method},
          {"averaged", true},
          {"metrics", {{"r2.corrected", r2}}}};
}

TEST(GapClosed, IsTheRatioOfSumsWithTheJackknifesError) {
  Json rows = Json::array();
  const double mean[] = {0.5, 0.6, 0.7}, model[] = {0.7, 0.6, 0.9}, ceiling[] = {0.9, 1, 1};
  const char* names[] = {"A", "B", "C"};
  for (int k = 0; k < 3; ++k) {
    rows.push_back(row(names[k], "mean-shift", mean[k]));
    rows.push_back(row(names[k], "model", model[k]));
    rows.push_back(row(names[k], "noise-free", ceiling[k]));
  }
  const GapClosed gap = gap_closed(rows, "model", {"A", "B", "C"});
  EXPECT_EQ(gap.n, 3);
  EXPECT_NEAR(gap.value, 0.4 / 1.1, 1e-12);
  const double without[] = {0.2 / 0.7, 0.4 / 0.7, 0.2 / 0.8}, average = (without[0] + without[1] + without[2]) / 3;
  double squares = 0;
  for (const double value : without) squares += (value - average) * (value - average);
  EXPECT_NEAR(gap.error, std::sqrt(squares * 2 / 3), 1e-12);
  EXPECT_NEAR(gap_closed(rows, "model", {"B"}).value, 0, 1e-12);
  EXPECT_TRUE(std::isnan(gap_closed(rows, "model", {"B"}).error));
  EXPECT_EQ(gap_closed(rows, "effects", {"A"}).n, 0);
}

class UnseenTest : public testing::Test {
 protected:
  UnseenTest() {
    GroupedScreen::write_groups(folder_.file("groups.gmt"));
    sources_.gene_sets = (folder_.file("groups.gmt")).string();
    for (const Regime& regime : grouped_.screen.regimes) {
      std::vector<std::int64_t> test = cells_in_fold(regime, grouped_.split, Fold::test);
      if (test.empty()) continue;
      Prediction prediction{regime.label, test, {}, Matrix<float>(std::ssize(test), GroupedScreen::kGenes)};
      for (std::int64_t i = 0; i < std::ssize(test); ++i) {  // control cells
        prediction.controls.push_back(i);
        grouped_.screen.rows().copy_row(i, prediction.values.row(i));
      }
      predictions_.push_back(std::move(prediction));
    }
  }
  Json evaluate(const EffectSources& sources) {
    return evaluate_predictions(grouped_.screen, grouped_.split, predictions_, {}, 1, "", sources);
  }
  static const Json* find(const Json& list, const char* key, const std::string& value) {
    for (const Json& entry : list)
      if (entry.at(key) == value) return &entry;
    return nullptr;
  }

  TemporaryFolder folder_;
  GroupedScreen grouped_;
  EffectOptions sources_;
  std::vector<Prediction> predictions_;
};

TEST_F(UnseenTest, ProcessClosesTheGapThatTheModelLeaves) {
  const Json metrics = evaluate([this] { return sources_; });
  const Json& unseen = metrics.at("unseen");
  EXPECT_EQ(unseen.at("n_singles"), 10);
  EXPECT_EQ(unseen.at("sources").at(0).at("known"), 10);
  ASSERT_EQ(unseen.at("strata").size(), 2U);
  for (const char* name : {"unseen-single", "seen-0"}) {
    const Json* stratum = find(unseen.at("strata"), "stratum", name);
    ASSERT_NE(stratum, nullptr) << name;
    const auto closed = [&](const char* method) {
      return find(stratum->at("methods"), "method", method)->at("gap_closed").get<double>();
    };
    EXPECT_GT(closed("effects"), 0.8) << name;
    EXPECT_GT(closed("nearest-10"), 0.8) << name;
    EXPECT_NEAR(closed("model"), closed("control"), 1e-6) << name;
    EXPECT_LT(closed("model"), 0.3) << name;
    EXPECT_EQ(find(stratum->at("methods"), "method", "additive"), nullptr) << "no target of it trains";
    EXPECT_EQ(stratum->at("abstained"), std::string(name) == "seen-0" ? 1 : 0);
    const Json& risk = stratum->at("risk").back();
    EXPECT_NEAR(risk.at("risk").at("effects").get<double>(), 1 - closed("effects"), 1e-12);
    EXPECT_EQ(risk.at("kept"), 1);
  }
  EXPECT_NE(find(metrics.at("conditions"), "method", "effects"), nullptr);
  EXPECT_NE(unseen_text(unseen).find("nearest-10"), std::string::npos);
}

TEST_F(UnseenTest, IntervalsHold) {
  const Json metrics = evaluate([this] { return sources_; });
  const Json& rows = find(metrics.at("unseen").at("strata"), "stratum", "unseen-single")->at("coverage");
  EXPECT_EQ(rows.size(), 6U);  // three levels, all and varying genes
  for (const Json& entry : rows) {
    const double level = entry.at("level"), n = entry.at("genes") == "all" ? 40 : 10;
    EXPECT_GT(entry.at("covered").get<double>(), level - 3 * std::sqrt(level * (1 - level) / n));
    EXPECT_LT(entry.at("width").get<double>(), 1);
  }
  const Json& of_pairs = find(metrics.at("unseen").at("strata"), "stratum", "seen-0")->at("coverage");
  EXPECT_TRUE(of_pairs.empty()) << "no pair trains";
}

TEST_F(UnseenTest, SourcesAreNotReadWhereEveryTargetTrains) {
  std::ranges::fill(grouped_.split.fold, Fold::train);
  for (Prediction& prediction : predictions_)
    for (std::size_t i = 0; i < prediction.cells.size(); i += 2)
      grouped_.split.fold[static_cast<std::size_t>(prediction.cells[i])] = Fold::test;
  std::erase_if(predictions_, [&](const Prediction& p) { return p.condition.find('+') != std::string::npos; });
  bool read = false;
  evaluate([&] {
    read = true;
    return sources_;
  });
  EXPECT_FALSE(read);
}

TEST_F(UnseenTest, WithoutSourcesOnlyTheGapIsThere) {
  const EffectOptions none;
  for (const EffectSources& sources : {EffectSources([&] { return none; }), EffectSources()}) {
    const Json metrics = evaluate(sources);
    const Json* stratum = find(metrics.at("unseen").at("strata"), "stratum", "unseen-single");
    ASSERT_NE(stratum, nullptr);
    EXPECT_FALSE(stratum->contains("risk"));
    EXPECT_EQ(find(stratum->at("methods"), "method", "effects"), nullptr);
    EXPECT_NE(find(stratum->at("methods"), "method", "model"), nullptr);
  }
}

TEST_F(UnseenTest, SeenConditionsHaveNone) {
  for (Fold& fold : grouped_.split.fold) fold = Fold::train;
  for (const std::int64_t cell : {45, 46, 47, 48, 49, 50})
    grouped_.split.fold[static_cast<std::size_t>(cell)] = Fold::test;
  predictions_.resize(1);
  predictions_[0].cells = {45, 46, 47, 48, 49, 50};
  predictions_[0].condition = "T0";
  predictions_[0].controls.resize(6);
  Matrix<float> values(6, GroupedScreen::kGenes);
  predictions_[0].values = values;
  EXPECT_FALSE(evaluate([this] { return sources_; }).contains("unseen"));
}

}  // namespace
}  // namespace gracevae::impl
