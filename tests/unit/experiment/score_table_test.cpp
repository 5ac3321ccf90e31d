#include "experiment/score_table.hpp"
#include "run/run_folder.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "evaluate/evaluate.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::ordered_json;

/// A sweep's folder made by hand: runs are added with one number as R2 for conditions A and B, and one that is too
/// small to be averaged.
class MadeSweep {
 public:
  void add(const std::string& variant, const std::string& setting, int seed, std::vector<double> model,
           const std::string& validation = "null") {
    const std::string name = start(variant, setting, seed);
    Json conditions = Json::array();
    const auto score = [&](const std::string& method, double a, double b) {
      for (const auto& [condition, value] : {std::pair{"A", a}, {"B", b}, {"small", -1.0}})
        for (const auto& [gene_set, scores] :
             {std::pair<const char*, Json>{"de", {{"r2.corrected", value}, {"mmd.unbiased", 1 - value}}},
              {"all", {{"perturbench.rank", 0.25}}},
              {"paper", {{"paper.r2", value}, {"paper.mmd", 1 - value}, {"none", nullptr}}}})
          conditions.push_back({{"condition", condition},
                                {"kind", "double"},
                                {"averaged", condition != std::string("small")},
                                {"gene_set", gene_set},
                                {"method", method},
                                {"metrics", scores}});
    };
    score("chance", 0.05, 0.05);
    score("control", 0.1, 0.1);
    score("additive", 0.8, 0.9);
    score("model", model[0], model[1]);
    const Json metrics = {{"format", kMetricsFormat}, {"conditions", conditions}};
    folder_.write("runs/" + name + "/metrics.json", metrics.dump());
    folder_.write("runs/" + name + "/finished.json", R"({"key": ")" + name + R"(", "seconds": 2})");
    folder_.write("runs/" + name + "/history.jsonl",
                  "{\"epoch\": 0, \"validation\": 99}\n{\"epoch\": 1, \"validation\": " + validation +
                      "}\n{\"epoch\": 2, \"validation\": null}\n");
  }
  void add_failed(const std::string& variant, int seed) {
    const std::string name = start(variant, "", seed);
    folder_.write("runs/" + name + "/failed.json", R"({"key": ")" + name + R"(", "reason": "no such model\nhint"})");
  }
  SweepResults read() {
    folder_.write("sweep.json", Json{{"format", "gracevae-sweep/1"},
                                     {"screen", "x.h5ad"},
                                     {"split", "norman"},
                                     {"dataset", ""},
                                     {"reference", ""},
                                     {"runs", runs_}}
                                    .dump());
    return read_sweep_results(folder_.path());
  }
  TemporaryFolder folder_;

 private:
  std::string start(const std::string& variant, const std::string& setting, int seed) {
    const std::string name = variant + setting + std::to_string(seed);
    std::filesystem::create_directories(folder_.path() / "runs" / name);
    runs_.push_back(
        {{"variant", variant}, {"setting", setting}, {"seed", seed}, {"folder", "runs/" + name}, {"key", name}});
    return name;
  }
  Json runs_ = Json::array();
};

const ScoreId kR2{"double", "paper", "paper.r2"};

TEST(Published, AsThePaperPrintsThem) {
  EXPECT_EQ(published_values().size(), 138U);
  const auto value = published("norman", "double", "paper.r2", "grace-vae");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->mean, 0.7845);
  EXPECT_EQ(value->sd, 0.0241);
  EXPECT_FALSE(published("replogle-small", "double", "paper.r2", "grace-vae"));
  EXPECT_THAT(paper_table(2).datasets, ElementsAre("replogle-small", "replogle-large"));
  EXPECT_THAT(paper_table(4).variants("norman"), ElementsAre("gg", "gg+pg", "gg+pg+pp"));
  EXPECT_THROW(paper_table(7), ConfigError);
}

TEST(SweepResults, RowsOfVariantsThenWhatStandsBeside) {
  MadeSweep made;
  made.add("cmvae", "", 0, {0.2, 0.4});
  made.add("cmvae", "", 1, {0.4, 0.6});
  made.add_failed("vgae", 0);
  const SweepResults results = made.read();
  ASSERT_EQ(results.rows.size(), 5U);
  EXPECT_EQ(results.rows[0].name, "cmvae");
  EXPECT_THAT(results.rows[0].by_seed(kR2), ElementsAre(testing::DoubleEq(0.3), testing::DoubleEq(0.5)));
  EXPECT_THAT(results.rows[0].by_seed({"double", "paper", "none"}), ElementsAre());
  EXPECT_THAT(results.rows[1].problems, ElementsAre(testing::Pair("no such model", ElementsAre(0U))));
  EXPECT_EQ(results.rows[1].n_seeds, 0U);
  EXPECT_EQ(results.rows[2].name, "chance");
  EXPECT_EQ(results.rows[3].name, "control");
  EXPECT_FALSE(results.rows[3].is_variant);
  EXPECT_EQ(results.rows[4].n_seeds, 2U);
  EXPECT_EQ(results.seconds, 4);
}

TEST(SweepResults, TheSettingThatValidatesBestStandsForTheVariant) {
  MadeSweep made;
  made.add("a", "beta_max=1", 0, {0.9, 0.9}, "3");
  made.add("a", "beta_max=1", 1, {0.9, 0.9}, "3");
  made.add("a", "beta_max=2", 0, {0.1, 0.1}, "1");
  made.add("a", "beta_max=2", 1, {0.1, 0.1}, "4");
  made.add("a", "beta_max=3", 0, {0.5, 0.5}, "0");
  const SweepResults results = made.read();
  EXPECT_THAT(results.rows[0].by_seed(kR2), ElementsAre(0.1, 0.1))
      << "mean 2.5 against 3; test scores have no part, nor has a setting with one seed of two";
  ASSERT_EQ(results.choices.size(), 1U);
  EXPECT_THAT(results.choices[0], HasSubstr("a: beta_max=2 (mean validation score 2.5000), chosen on validation cells "
                                            "among 2 settings (1 are not finished)"));
}

TEST(SweepResults, Errors) {
  MadeSweep made;
  made.add_failed("vgae", 0);
  expect_error<InputError>([&] { made.read(); }, {"no run of this sweep is finished"});
  made.add("cmvae", "", 0, {0.2, 0.4});
  made.folder_.write("runs/cmvae0/metrics.json", R"({"format": "gracevae-metrics/1", "conditions": []})");
  expect_error<InputError>([&] { made.read(); }, {"gracevae-metrics/1", "gracevae-metrics/2", "gracevae evaluate"});
  made.folder_.write("sweep.json", "{");
  expect_error<InputError>([&] { read_sweep_results(made.folder_.path()); }, {"sweep.json: is no JSON"});
  made.folder_.write("sweep.json", "{}");
  expect_error<InputError>([&] { read_sweep_results(made.folder_.path()); }, {"is not as gracevae writes it"});
  expect_error<IoError>([&] { read_sweep_results(made.folder_.path() / "none"); }, {"sweep.json"});
}

TEST(ChooseSetting, LowestMeanOfWholeOnes) {
  EXPECT_EQ(choose_setting({{3, 1}, {1, 2}, {0}}, 2), 1U);
  EXPECT_EQ(choose_setting({{1}, {1}}, 1), 0U) << "ties: the first";
  EXPECT_EQ(choose_setting({{1}}, 2), std::nullopt);
}

class Tables : public testing::Test {
 protected:
  /// grace-vae, another that is `by` better in every seed and condition, additive better than both or not.
  SweepResults results(double by, int n_seeds) {
    MadeSweep made;
    for (int seed = 0; seed < n_seeds; ++seed) {
      const double base = 0.3 + 0.01 * seed;
      made.add("grace-vae", "", seed, {base, base + 0.2});
      made.add("cmvae", "", seed, {base + by, base + 0.2 + by});
    }
    made.add_failed("vgae", 0);
    return made.read();
  }
  const TableRequest request_{paper_table(1), "", ""};
};

TEST_F(Tables, ADifferenceWithinTheSpreadIsNoise) {
  const auto all = comparisons(results(0.01, 8), "grace-vae");
  ASSERT_EQ(all.size(), 8U) << "cmvae and additive, R2 and MMD, on held-out and on published genes";
  EXPECT_EQ(all[0].row, "cmvae");
  EXPECT_NEAR(all[0].difference.mean, 0.01, 1e-12);
  EXPECT_EQ(all[0].difference.p_seeds, 2.0 / 256);
  EXPECT_EQ(all[0].difference.p_conditions, 0.5) << "two conditions show nothing of conditions";
  EXPECT_EQ(all[0].verdict(), "within the spread");
  EXPECT_EQ(all[2].id.metric, "mmd.unbiased");
  EXPECT_EQ(all[4].id.gene_set, "paper");
  EXPECT_FALSE(all[2].higher_is_better);
}

TEST_F(Tables, VerdictsByHand) {
  Comparison c{"cmvae", kR2, true, {.n_seeds = 8, .n_conditions = 8, .mean = 0.5, .spread = 0.1}, 0.04};
  EXPECT_EQ(c.verdict(), "better");
  c.higher_is_better = false;
  EXPECT_EQ(c.verdict(), "worse");
  c.p_holm = 0.06;
  EXPECT_EQ(c.verdict(), "not shown");
  c.difference.spread = 0.5;
  EXPECT_EQ(c.verdict(), "within the spread");
  c.difference.spread = std::nan("");
  EXPECT_EQ(c.verdict(), "one seed");
}

TEST_F(Tables, MarkdownHasThePaperBesideTheBaselinesTheTestsAndPlainWords) {
  const std::string text = to_markdown(score_document(results(0.01, 2), request_));
  for (
      const char* part :
      {"# Table 1: Models on Norman et al. 2019\n", "Screen x.h5ad, split norman, 2 seeds (0, 1)",
       "| variant | R2 | printed R2 | RMSE | printed RMSE | MMD | printed MMD |\n",
       "| grace-vae | 0.4050 ± 0.0071 | 0.7845 ± 0.0241 | – | 0.5204 ± 0.0037 | 0.5950 ± 0.0071 | 0.7090 ± 0.0529 |\n",
       "| sena (not run) | – | 0.6638 ± 0.0992 |", "| vgae (0 of 2 seeds) | – | 0.7168 ± 0.0640 |",
       "| additive | 0.8500 ± 0.0000 |  |", "| variant | rank |\n", "| chance | 0.2500 ± 0.0000 |\n| control |",
       "| cmvae | double | R2 | +0.0100 | 0.0071 | 2 of 2 | 0.5 | 0.5 | 1 | not shown |\n",
       "- Additive wins. Several targets: adding up the targets' mean shifts, without any model, beats every variant, on the conditions "
       "that both predict, in R2 (0.8500; best variant cmvae: 0.4150), MMD (0.1500; best variant cmvae: 0.5850).\n",
       "With 2 seeds no p can be below 0.5", "- Missing: vgae, 1 seed (0): no such model\n"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("Single targets")));
}

TEST_F(Tables, OnlyNoiseIsSaid) {
  MadeSweep made;
  for (int seed = 0; seed < 2; ++seed) {
    made.add("grace-vae", "", seed, {0.9 + 0.05 * seed, 0.95});
    made.add("cmvae", "", seed, {0.95 - 0.05 * seed, 0.95});
  }
  SweepResults results = made.read();
  std::erase_if(results.rows, [](const ResultRow& row) { return row.name == "additive"; });
  const std::string text = to_markdown(score_document(results, request_));
  EXPECT_THAT(text,
              HasSubstr("No difference from grace-vae is larger than the spread over seeds: what differs is noise."));
  EXPECT_THAT(text, Not(HasSubstr("Additive wins")));
}

TEST_F(Tables, Latex) {
  const std::string text = to_latex(score_document(results(0.01, 2), request_));
  for (const char* part : {"\\begin{tabular}{lrrrrrr}\n\\toprule\nvariant & R2 & printed R2", "0.4050 $\\pm$ 0.0071",
                           "\\midrule\nchance &", "\\bottomrule", "corrected"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("±")));
  const Document special{"T", {}, {{"a_b", {{"x", "y&z"}, {{"50%", "Δ<1"}}}, 0}}, {}};
  EXPECT_THAT(to_latex(special), HasSubstr("\\caption{a\\_b}"));
  EXPECT_THAT(to_latex(special), HasSubstr("50\\% & $\\Delta$$<$1 \\\\"));
  EXPECT_THAT(to_markdown({"T", {}, {{"b", {{"x"}, {{"a|b"}}}, 0}}, {}}), HasSubstr("| a\\|b |"));
}

TEST_F(Tables, Tsv) {
  const Table table = score_tsv(results(0.01, 2), request_);
  ASSERT_FALSE(table.rows.empty());
  std::vector<std::size_t> widths;
  for (const auto& row : table.rows) widths.push_back(row.size());
  EXPECT_THAT(widths, Each(table.columns.size()));
  EXPECT_EQ(table.rows[0][table.column("row", "")], "grace-vae");
  EXPECT_EQ(table.rows[0][table.column("published_mean", "")], "0.7845");
  EXPECT_EQ(table.rows[0][table.column("verdict", "")], "NA");
  EXPECT_EQ(table.rows[1][table.column("verdict", "")], "not shown");
}

TEST_F(Tables, ReferenceAndDataset) {
  const SweepResults made = results(0.01, 2);
  EXPECT_EQ(reference_of(made, ""), "grace-vae");
  EXPECT_EQ(reference_of(made, "additive"), "additive");
  expect_error<ConfigError>([&] { reference_of(made, "cmva"); }, {"no row 'cmva'", "cmvae"});
  expect_error<ConfigError>(
      [&] {
        score_document(made, {paper_table(1), "replogle-small", ""});
      },
      {"table 1 has no published numbers of 'replogle-small'", "norman"});
}

}  // namespace
}  // namespace gracevae::impl
