#include "report/prediction_panels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "evaluate/evaluate.hpp"
#include "report/panel_numbers.hpp"
#include "support/predictions_file.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using test::PredictedCell;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

TEST(ShortNumber, HasFourDigits) {
  EXPECT_EQ(short_number(0.123456).dump(), "0.1235");
  EXPECT_EQ(short_number(123456).dump(), "123500");
  EXPECT_EQ(short_number(0).dump(), "0");
  EXPECT_EQ(short_number(1e300).dump(), "1e+300");
  EXPECT_EQ(short_number(-0.00012344, 2).dump(), "-0.00012");
  EXPECT_TRUE(short_number(std::nan("")).is_null());
}

TEST(Distribution, OfFiveValuesByHand) {
  const std::vector<float> values{4, 0, 1, 0, 2};
  const Json d = distribution(values, 0, 4);
  // Sorted 0 0 1 2 4: place 0.05·4 = 0.2 between 0 and 0, 3.8 between 2 and 4.
  EXPECT_THAT(d["quantiles"].get<std::vector<double>>(), ElementsAre(0, 0, 1, 2, 3.6));
  EXPECT_EQ(d["zero"], 0.4);
  const auto density = d["density"].get<std::vector<double>>();
  ASSERT_EQ(density.size(), 24U);
  EXPECT_EQ(density[0], 0.4);
  EXPECT_EQ(density[6], 0.2);
  EXPECT_EQ(density[12], 0.2);
  EXPECT_EQ(density[23], 0.2);
  EXPECT_EQ(d["low"], 0);
  EXPECT_EQ(d["high"], 4);
  EXPECT_TRUE(distribution({}, 0, 1).is_null());
  EXPECT_EQ(distribution(std::vector<float>{3, 3}, 3, 3)["density"][0], 1);
}

class Panels : public ::testing::Test {
 protected:
  void write(const std::vector<PredictedCell>& cells) const {
    write_anndata(folder_.file("predictions.h5ad"), test::predictions_of(cells));
  }
  Json panels(const PanelOptions& options = {}) const { return prediction_panels(folder_.path(), options); }
  TemporaryFolder folder_;
};

/// Two control cells, condition A with two generated and two actual cells, pair A+B with one generated cell.
const std::vector<PredictedCell> kFew = {{"A", "Generated Cells", {1, 0, 2}},   {"A", "Generated Cells", {3, 0, 2}},
                                         {"A+B", "Generated Cells", {0, 9, 0}}, {"A", "Actual Cells", {4, 1, 2}},
                                         {"A", "Actual Cells", {2, 0, 3}},      {"control", "NA", {0, 1, 2}},
                                         {"control", "NA", {1, 1, 2}}};

TEST_F(Panels, MeansByHand) {
  write(kFew);
  folder_.write("metrics.json",
                R"({"conditions": [{"condition": "A", "kind": "single"}], "de_genes": {"A": ["g2", "g0"]}})");
  const Json all = panels();
  EXPECT_EQ(all["n_genes"], 3);
  EXPECT_EQ(all["n_genes_shown"], 3);
  ASSERT_EQ(all["conditions"].size(), 2U);
  const Json& a = all["conditions"][0];
  EXPECT_EQ(a["name"], "A");
  EXPECT_EQ(a["kind"], "single");
  EXPECT_EQ(a["n_generated"], 2);
  EXPECT_EQ(a["n_actual"], 2);
  EXPECT_THAT(a["gene"].get<std::vector<int>>(), ElementsAre(0, 1, 2));
  EXPECT_THAT(all["genes"].get<std::vector<std::string>>(), ElementsAre("g0", "g1", "g2"));
  EXPECT_THAT(a["control"].get<std::vector<double>>(), ElementsAre(0.5, 1, 2));
  EXPECT_THAT(a["predicted"].get<std::vector<double>>(), ElementsAre(2, 0, 2));
  EXPECT_THAT(a["observed"].get<std::vector<double>>(), ElementsAre(3, 0.5, 2.5));
  EXPECT_THAT(a["de"].get<std::vector<int>>(), ElementsAre(1, 0, 1));
  EXPECT_TRUE(a["r2_all"].is_null());  // two cells have none
  EXPECT_TRUE(a["r2_de"].is_null());   // metrics.json does not say it
  const Json& strongest = a["distributions"][0];
  ASSERT_EQ(a["distributions"].size(), 2U);
  EXPECT_EQ(strongest["gene"], 0);  // |3 − 0.5| before |2.5 − 2|
  EXPECT_EQ(strongest["observed"]["quantiles"][2], 3);
  EXPECT_EQ(strongest["control"]["zero"], 0.5);
  EXPECT_EQ(strongest["predicted"]["high"], 4);
  EXPECT_EQ(strongest["predicted"]["low"], 0);

  const Json& pair = all["conditions"][1];
  EXPECT_EQ(pair["kind"], "double");  // two targets: metrics.json does not know it
  EXPECT_EQ(pair["n_actual"], 0);
  EXPECT_TRUE(pair["r2_all"].is_null());
  EXPECT_TRUE(pair["r2_de"].is_null());
  EXPECT_TRUE(pair["observed"][0].is_null());
  EXPECT_EQ(pair["predicted"][1], 9);
}

TEST_F(Panels, TheEmbeddingHasEveryCell) {
  write(kFew);
  const Json drawn = panels()["embedding"];
  EXPECT_EQ(drawn["of"], 7);
  EXPECT_EQ(drawn["n_cells"], 7);
  EXPECT_THAT(drawn["source"].get<std::vector<int>>(), ElementsAre(2, 2, 2, 1, 1, 0, 0));
  EXPECT_THAT(drawn["names"].get<std::vector<std::string>>(), ElementsAre("A", "A+B", "control"));
  EXPECT_THAT(drawn["condition"].get<std::vector<int>>(), ElementsAre(0, 0, 1, 0, 0, 2, 2));
  EXPECT_EQ(drawn["x"].size(), 7U);
  EXPECT_EQ(drawn["settings"]["n_neighbors"], 15);
}

TEST_F(Panels, TheEmbeddingOfTheFileIsTaken) {
  AnnData data = test::predictions_of(kFew);
  Matrix<float>& places = data.obsm["X_umap"] = Matrix<float>(7, 2, std::nanf(""));
  places(1, 0) = 1.234F;
  places(1, 1) = -5.678F;
  places(6, 0) = places(6, 1) = 2;
  data.uns["umap/params/min_dist"] = 0.3;
  write_anndata(folder_.file("predictions.h5ad"), data);
  const Json drawn = panels()["embedding"];
  EXPECT_EQ(drawn["x"].dump(), "[1.23,2.0]");
  EXPECT_EQ(drawn["y"].dump(), "[-5.68,2.0]");
  EXPECT_EQ(drawn["source"].dump(), "[2,0]");
  EXPECT_EQ(drawn["n_cells"], 2);
  EXPECT_EQ(drawn["of"], 7);
  EXPECT_EQ(drawn["settings"].dump(), "{\"min_dist\":0.3}");
}

TEST_F(Panels, WithoutPredictionsThereIsNone) { EXPECT_TRUE(panels().is_null()); }

/// A screen's cells: control and conditions over more genes than are shown.
std::vector<PredictedCell> many_cells() {
  std::vector<PredictedCell> cells;
  Random random(4, "panel cells");
  const auto add = [&](int n, const std::string& condition, const std::string& source, double shift) {
    for (int i = 0; i < n; ++i) {
      PredictedCell cell{condition, source, std::vector<float>(300)};
      for (std::size_t g = 0; g < 300; ++g)
        cell.values[g] = static_cast<float>(std::max(0.0, random.normal() + (g % 50 == 7 ? shift : 0)));
      cells.push_back(cell);
    }
  };
  for (const std::string condition : {"A", "B", "A+B"}) {
    add(25, condition, "Generated Cells", 1);
    add(25, condition, "Actual Cells", 2);
  }
  add(40, "control", "NA", 0);
  return cells;
}

TEST_F(Panels, OfManyGenesTheLargestChangesAreShown) {
  write(many_cells());
  PanelOptions options;
  options.n_genes = 10;
  options.n_points = 60;
  const Json all = panels(options);
  EXPECT_EQ(all["n_genes_shown"], 10);
  for (const Json& condition : all["conditions"]) {
    EXPECT_EQ(condition["gene"].size(), 10U);
    EXPECT_EQ(condition["distributions"].size(), 6U);
    std::set<std::string> names;
    for (const auto& distribution : condition["distributions"])
      names.insert(all["genes"][distribution["gene"].get<std::size_t>()]);
    EXPECT_EQ(names, (std::set<std::string>{"g7", "g57", "g107", "g157", "g207", "g257"}));
    for (const auto& size : {"control", "predicted", "observed", "de"}) EXPECT_EQ(condition[size].size(), 10U);
  }
  EXPECT_EQ(all["embedding"]["n_cells"], 60);
  EXPECT_EQ(all["embedding"]["of"], 190);
  EXPECT_EQ(all.dump(), panels(options).dump());
}

TEST_F(Panels, ScoresAreThoseOfMetricsJson) {
  // The same cells as a screen of their own, scored by evaluate.
  std::vector<PredictedCell> cells = many_cells(), screen_cells;
  std::vector<Prediction> predictions;
  for (const auto& cell : cells)
    if (cell.source != "Generated Cells") screen_cells.push_back(cell);
  ScreenOptions options;
  options.file = "made here";
  AnnData data = test::predictions_of(screen_cells);
  data.obs.columns.pop_back();
  const Screen screen = screen_from_anndata(std::move(data), options);
  Split split;
  split.fold.assign(screen.cells.size(), Fold::test);
  for (const std::int64_t cell : screen.regimes.front().cells) split.fold[static_cast<std::size_t>(cell)] = Fold::train;
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.empty()) continue;
    if (regime.targets.size() == 1)  // something must train
      for (std::size_t i = 0; i < 5; ++i) split.fold[static_cast<std::size_t>(regime.cells[i])] = Fold::train;
    Prediction prediction{regime.label, regime.cells, {}, Matrix<float>(std::ssize(regime.cells), 300)};
    std::int64_t row = 0;
    for (const auto& cell : cells)
      if (cell.source == "Generated Cells" && cell.condition == regime.label) {
        std::copy(cell.values.begin(), cell.values.end(), prediction.values.row(row++).begin());
        prediction.controls.push_back(screen.regimes.front().cells.front());
      }
    predictions.push_back(std::move(prediction));
  }
  EvaluateOptions scored;
  scored.min_test_cells = scored.de_min_cells = 1;
  const auto metrics = evaluate_predictions(screen, split, predictions, scored, 1);
  write(cells);
  for (const bool with_file : {true, false}) {  // with its scores, and with the means alone
    if (with_file)
      folder_.write("metrics.json", metrics.dump());
    else
      std::filesystem::remove(folder_.file("metrics.json"));
    const Json all = panels();
    int n_compared = 0;
    for (const Json& condition : all["conditions"])
      for (const auto& row : metrics["conditions"]) {
        if (row["method"] != "model" || row["condition"] != condition["name"].get<std::string>()) continue;
        if (row["gene_set"] == "paper" || (row["gene_set"] == "de" && !with_file)) continue;
        const double expected = row["metrics"]["r2.corrected"];
        EXPECT_NEAR(condition[row["gene_set"] == "de" ? "r2_de" : "r2_all"].get<double>(), expected, 1e-9);
        EXPECT_EQ(condition["kind"], row["kind"].get<std::string>());
        ++n_compared;
      }
    EXPECT_EQ(n_compared, with_file ? 6 : 3);
  }
}

TEST_F(Panels, GenesGoByTheirSymbols) {
  AnnData data = test::predictions_of(kFew);
  data.var.add("gene_name", std::vector<std::string>{"KLF1", "HBZ", "GATA1"});
  data.var.add("other", std::vector<std::string>{"x", "y", "z"});
  write_anndata(folder_.file("predictions.h5ad"), data);
  EXPECT_THAT(panels()["genes"].get<std::vector<std::string>>(), ElementsAre("KLF1", "HBZ", "GATA1"));
  folder_.write("options.toml", "[screen]\ngene_column = \"other\"\n");
  EXPECT_THAT(panels()["genes"].get<std::vector<std::string>>(), ElementsAre("x", "y", "z"));
}

TEST_F(Panels, ExpectedMeansOfTheFileAreShown) {
  AnnData data = test::predictions_of(kFew);
  Matrix<float> expected(3, 1);
  expected.values = {2.5F, 0.25F, 2};
  data.varm["gracevae_expected"] = expected;
  data.uns["gracevae/expected_conditions"] = std::vector<std::string>{"A"};
  write_anndata(folder_.file("predictions.h5ad"), data);
  const Json all = panels();
  EXPECT_THAT(all["conditions"][0]["predicted"].get<std::vector<double>>(), ElementsAre(2.5, 0.25, 2));
  EXPECT_EQ(all["conditions"][1]["predicted"][1], 9);  // of its cells
}

TEST_F(Panels, SayWhatIsWrong) {
  write(kFew);
  folder_.write("metrics.json", "{}");
  EXPECT_THROW(panels(), InputError);
  folder_.write("metrics.json", "nothing");
  EXPECT_THROW(panels(), InputError);
}

}  // namespace
}  // namespace gracevae::impl
