// metrics.json's "structure", on graphs small enough to count by hand.
#include "evaluate/structure.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/error.hpp"
#include "evaluate/warnings.hpp"
#include "io/table.hpp"
#include "support/temporary_folder.hpp"
#include "unit/evaluate/small_graphs.hpp"

namespace gracevae::impl {
namespace {

using test::fit_of_three;
using test::matrix;
using test::truth_of_three;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

Json record_of(const LearnedGraph& fit, const Matrix<double>& correlation = {}) {
  return structure_record(truth_of_three(), fit, correlation, 5);
}

std::string warnings_of(const Json& record) { return record.at("warnings").dump(); }

TEST(StructureRecord, OfAnExactFit) {
  const Json record = record_of(fit_of_three(), matrix({{0.1, -0.6, 0}, {0, 0, 0.9}, {0.6, 0, 0.3}}));
  EXPECT_EQ(record.at("at_threshold").at("threshold"), 0.2);
  EXPECT_EQ(record.at("at_threshold").at("f1"), 1.0);
  EXPECT_EQ(record.at("at_threshold").at("shd"), 0);
  EXPECT_EQ(record.at("target_accuracy"), 1.0);
  EXPECT_EQ(record.at("order_violations"), 0);
  EXPECT_EQ(record.at("auprc"), 1.0);
  EXPECT_NEAR(record.at("latent_correlation").get<double>(), 0.7, 1e-12);
  EXPECT_NEAR(record.at("chance").at("latent_correlation").get<double>(), 2.5 / 9, 1e-12);
  EXPECT_EQ(record.at("chance").at("order_violations"), 1.0);
  EXPECT_EQ(record.at("chance").at("random_order"), record.at("at_threshold").at("chance").at("random_order"));
  // Three weights ranked at random, 1/2 of the true edges among them: see graph_scores_test.cpp for the formula.
  EXPECT_GT(record.at("chance").at("auprc"), 2.0 / 6);
  EXPECT_LT(record.at("chance").at("auprc"), record.at("chance").at("auprc_fitted_order"));
  EXPECT_EQ(record.at("chance").at("empty_graph").at("shd"), 2);
  EXPECT_EQ(record.at("chance").at("empty_graph").at("recall"), 0.0);
  const Json& first = record.at("matching").at(0);
  EXPECT_EQ(first.dump(), R"({"true":0,"fitted":1,"sign":-1,"by":"labels","correlation":-0.6,"labels":["L0"],)"
                          R"("fitted_labels":["L0"]})");
  EXPECT_THAT(warnings_of(record), AllOf(HasSubstr("1 latents have the opposite sign"), Not(HasSubstr("chance"))));
}

TEST(StructureRecord, HasChanceAtEveryThreshold) {
  const Json record = record_of(fit_of_three());
  ASSERT_EQ(record.at("thresholds").size(), 100U);
  EXPECT_EQ(record.at("thresholds").front().at("threshold"), 0.01);
  EXPECT_EQ(record.at("thresholds").back().at("threshold"), 1.0);
  const Json& row = record.at("thresholds").at(49);
  EXPECT_EQ(row.at("threshold"), 0.5);
  EXPECT_EQ(row.at("edges"), 1);
  // One edge on one of 3 pairs: right with 1/3 in a random order, 2/3 in the fitted order; F1 of a hit is 2/3.
  EXPECT_NEAR(row.at("chance").at("random_order").at("f1").get<double>(), 2.0 / 9, 1e-12);
  EXPECT_NEAR(row.at("chance").at("fitted_order").at("f1").get<double>(), 4.0 / 9, 1e-12);
  EXPECT_TRUE(record.at("metrics").contains("structure.shd"));
  EXPECT_EQ(record.at("metrics").at("structure.shd").at("higher_is_better"), false);
}

TEST(StructureRecord, JudgesEveryEdge) {
  LearnedGraph fit = fit_of_three();
  std::swap(fit.labels[1].latent, fit.labels[2].latent);  // order 1, 0, 2: both true edges stand against it
  const Json record = record_of(fit);
  EXPECT_EQ(record.at("order_violations"), 2);
  std::vector<std::string> verdicts;
  for (const auto& edge : record.at("edges"))
    verdicts.push_back(edge.at("from").dump() + edge.at("to").dump() + edge.at("verdict").get<std::string>());
  EXPECT_THAT(verdicts, ElementsAre("10reversed", "01missing", "02reversed", "20missing"));
  EXPECT_EQ(record.at("at_threshold").at("reversed"), 2);
  EXPECT_EQ(record.at("at_threshold").at("shd"), 2);
  EXPECT_THAT(warnings_of(record), HasSubstr("no better than chance: F1 0.00"));
}

TEST(StructureRecord, WarnsWhereLabelsShareALatent) {
  LearnedGraph fit = fit_of_three();
  fit.labels[0].latent = 2;  // with L1, which is as sharp; the graph keeps its edges at latent 1
  fit.labels[0].sharpness = 0.5;
  const Json record = record_of(fit);
  EXPECT_EQ(record.at("lost_edges"), 2);
  EXPECT_TRUE(record.at("matching").at(0).at("fitted").is_null());
  EXPECT_EQ(record.at("unmatched_fitted").dump(), "[1]");
  EXPECT_EQ(record.at("off_match_labels").dump(), R"(["L0"])");
  EXPECT_NEAR(record.at("target_accuracy").get<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(record.at("at_threshold").at("edges"), 2) << "edges of a latent without a match are wrong, not forgotten";
  EXPECT_THAT(warnings_of(record),
              AllOf(HasSubstr("1 of 3 true latents have no match"), HasSubstr("1 of 3 labels hit a latent"),
                    HasSubstr("2 edges of the fit are at one of 1 latents that stand for no true one")));
}

TEST(StructureRecord, WarnsOfAGraphThatIsNotIdentifiedAndOfAnEmptyOne) {
  LearnedGraph fit = fit_of_three();
  fit.mechanism = "linear";
  fit.identified = false;
  fit.threshold = 5;
  const Json record = record_of(fit);
  EXPECT_THAT(warnings_of(record), AllOf(HasSubstr("linear mechanism"), HasSubstr("not identified"),
                                         HasSubstr("no edge at its threshold"), Not(HasSubstr("opposite sign"))));
  EXPECT_EQ(record.at("at_threshold").at("shd"), 2);
  EXPECT_TRUE(record.at("latent_correlation").is_null());
}

TEST(StructureRecord, WithoutAThresholdOfItsOwn) {
  LearnedGraph fit = fit_of_three();
  fit.threshold.reset();
  const Json record = record_of(fit);
  EXPECT_TRUE(record.at("at_threshold").is_null());
  EXPECT_TRUE(record.at("chance").at("random_order").is_null());
  EXPECT_EQ(record.at("auprc"), 1.0);
  EXPECT_THAT(warnings_of(record), HasSubstr("no threshold of its own"));
  EXPECT_THAT(structure_text(record), Not(HasSubstr("its own threshold")));
}

TEST(StructureRecord, RefusesAModelWithoutAGraph) {
  LearnedGraph fit = fit_of_three();
  fit.weights = fit.graph = {};
  try {
    record_of(fit);
    FAIL() << "expected an InputError";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("fit: this model has no latent graph"), HasSubstr("leave evaluate.truth out")));
  }
}

TEST(StructureText, HasFitChanceAndNoEdge) {
  const std::string text = structure_text(record_of(fit_of_three()));
  EXPECT_THAT(text, AllOf(HasSubstr("2 true edges of 3 latents"), HasSubstr("fit, its own threshold"),
                          HasSubstr("as many, random order"), HasSubstr("no edge"), HasSubstr("AUPRC 1.00 (chance 0."),
                          HasSubstr("order violations 0 (chance 1.0)"), HasSubstr("mean correlation of latents -")));
}

TEST(StructureTsv, HasARowAThreshold) {
  const TemporaryFolder folder;
  write_structure_tsv(folder.path() / "s.tsv", record_of(fit_of_three()));
  const Table table = read_tsv(folder.path() / "s.tsv");
  ASSERT_EQ(table.rows.size(), 101U);
  EXPECT_EQ(table.rows[0][0], "own");
  EXPECT_EQ(table.rows[0][table.column("f1", "s.tsv")], "1");
  EXPECT_EQ(table.rows[50][table.column("threshold", "s.tsv")], "0.5");
}

TEST(AddStructure, RepeatsNoWarning) {
  Json metrics = {{"warnings", {"of the scores"}}};
  add_warnings({"of the fit", "of the scores", "of the fit"}, metrics);
  EXPECT_EQ(metrics.at("warnings").dump(), R"(["of the scores","of the fit"])");
  LearnedGraph fit = fit_of_three();
  fit.identified = false;
  add_structure(truth_of_three(), fit, "not read: the truth has no cells", 5, metrics);
  add_structure(truth_of_three(), fit, "not read: the truth has no cells", 5, metrics);
  EXPECT_EQ(metrics.at("warnings").size(), 2 + metrics.at("structure").at("warnings").size());
}

}  // namespace
}  // namespace gracevae::impl
