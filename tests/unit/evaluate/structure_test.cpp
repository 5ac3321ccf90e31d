// Structure recovery on graphs small enough to count by hand.
#include "evaluate/structure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "evaluate/consensus.hpp"
#include "io/anndata.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Matrix<double> matrix(const std::vector<std::vector<double>>& rows) {
  Matrix<double> m(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      m(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) = rows[i][j];
  return m;
}

/// Truth 2 → 0 (1), 0 → 1 (−0.5); label Lk hits latent k with shift 3.
KnownGraph truth_of_three() {
  KnownGraph truth;
  truth.source = "truth";
  truth.weights = matrix({{0, -0.5, 0}, {0, 0, 0}, {1, 0, 0}});
  for (std::int64_t k = 0; k < 3; ++k) truth.labels.push_back({"L" + std::to_string(k), {k}, {3}});
  return truth;
}

/// The fit has latent 2 first, 0 second (counted the other way round), 1 last.
LearnedGraph fit_of_three() {
  LearnedGraph fit;
  fit.source = "fit";
  fit.mechanism = "relu";
  fit.identified = true;
  fit.weights = matrix({{0, -0.8, 0.1}, {0, 0, 0.4}, {0, 0, 0}});
  fit.graph = fit.weights;
  fit.labels = {{"L0", 1, 0.9, -2}, {"L1", 2, 0.9, 2}, {"L2", 0, 0.9, 2}};
  fit.threshold = 0.2;
  return fit;
}

TEST(MatchLatents, GoesByTheLabelsAndTheirSigns) {
  const LatentMatch match = match_latents(truth_of_three(), fit_of_three());
  EXPECT_THAT(match.fitted, ElementsAre(1, 2, 0));
  EXPECT_THAT(match.sign, ElementsAre(-1, 1, 1));
  EXPECT_EQ(match.n_labels, 3);
  EXPECT_EQ(match.n_agreeing, 3);
}

TEST(MatchLatents, LabelsThatShareALatentLeaveOthersUnmatched) {
  LearnedGraph fit = fit_of_three();
  fit.labels = {{"L0", 1, 0.9, 1}, {"L1", 1, 0.7, 1}, {"L2", 0, 0.9, 2}, {"Lother", 2, 1, 1}};
  const LatentMatch match = match_latents(truth_of_three(), fit);
  EXPECT_THAT(match.fitted, ElementsAre(1, -1, 0)) << "the sharper label keeps the shared latent";
  EXPECT_EQ(match.n_labels, 3);
  EXPECT_EQ(match.n_agreeing, 2);
}

TEST(MatchLatents, LabelsWithNoLatentOrSeveralTakeNoPart) {
  KnownGraph truth = truth_of_three();
  truth.labels[1] = {"L1", {}, {}};
  truth.labels[2] = {"L2", {0, 2}, {1, 1}};
  const LatentMatch match = match_latents(truth, fit_of_three());
  EXPECT_THAT(match.fitted, ElementsAre(1, -1, -1));
  EXPECT_EQ(match.n_labels, 1);
}

TEST(BestAssignment, IsThatOfTryingAll) {
  Random random(3, "assignment");
  for (const auto& [rows, columns] : {std::pair{4, 4}, std::pair{3, 5}, std::pair{5, 3}, std::pair{1, 1}}) {
    for (int round = 0; round < 20; ++round) {
      Matrix<double> score(rows, columns);
      for (double& value : score.values) value = random.uniform() < 0.3 ? 0 : random.uniform();
      const auto n = static_cast<std::size_t>(std::max(rows, columns));
      std::vector<std::int64_t> order(n);
      std::iota(order.begin(), order.end(), 0);
      double best = 0;
      do {
        double sum = 0;
        for (int i = 0; i < rows; ++i)
          if (order[static_cast<std::size_t>(i)] < columns) sum += score(i, order[static_cast<std::size_t>(i)]);
        best = std::max(best, sum);
      } while (std::next_permutation(order.begin(), order.end()));
      double sum = 0;
      const auto found = best_assignment(score);
      for (int i = 0; i < rows; ++i)
        if (found[static_cast<std::size_t>(i)] >= 0) sum += score(i, found[static_cast<std::size_t>(i)]);
      EXPECT_NEAR(sum, best, 1e-12) << rows << " x " << columns;
    }
  }
}

TEST(EdgeScores, ByHand) {
  const KnownGraph truth = truth_of_three();
  const LearnedGraph fit = fit_of_three();
  const Matrix<double> weights = matched_weights(fit, match_latents(truth, fit));
  // In true numbers: 2 → 0 is −0.8 · (−1) = 0.8, 2 → 1 is 0.1, 0 → 1 is 0.4 · (−1) = −0.4.
  EXPECT_EQ(weights(2, 0), 0.8);
  EXPECT_EQ(weights(2, 1), 0.1);
  EXPECT_EQ(weights(0, 1), -0.4);
  const EdgeScores exact = edge_scores(truth.weights, weights, 0.2);
  EXPECT_EQ(exact.n_right, 2);
  EXPECT_EQ(exact.right_sign, 2);
  EXPECT_EQ(exact.hamming, 0);
  EXPECT_EQ(exact.f1(), 1);
  const EdgeScores more = edge_scores(truth.weights, weights, 0.1);
  EXPECT_EQ(more.n_found, 3);
  EXPECT_NEAR(more.precision(), 2.0 / 3, 1e-12);
  EXPECT_EQ(more.recall(), 1);
  EXPECT_EQ(more.hamming, 1);
  EXPECT_NEAR(more.f1(), 0.8, 1e-12);
  const EdgeScores fewer = edge_scores(truth.weights, weights, 0.5);
  EXPECT_EQ(fewer.n_found, 1);
  EXPECT_EQ(fewer.recall(), 0.5);
}

TEST(EdgeScores, AReversedEdgeIsOneStepAway) {
  const Matrix<double> truth = matrix({{0, 1}, {0, 0}}), reversed = matrix({{0, 0}, {1, 0}});
  const EdgeScores scores = edge_scores(truth, reversed, 0.5);
  EXPECT_EQ(scores.hamming, 1);
  EXPECT_EQ(scores.n_right, 0);
  EXPECT_EQ(scores.precision(), 0);
  EXPECT_EQ(edge_scores(truth, matrix({{0, 0}, {0, 0}}), 0).hamming, 1);
}

TEST(AveragePrecision, ByHandAndWithTies) {
  const Matrix<double> truth = matrix({{0, 1, 1}, {0, 0, 0}, {0, 0, 0}});
  // Ranked: 0→1 (right), 1→2 (wrong), 0→2 (right), then zeros: (1/1 + 2/3) / 2.
  EXPECT_NEAR(average_precision(truth, matrix({{0, 0.9, 0.2}, {0, 0, 0.5}, {0, 0, 0}})), (1 + 2.0 / 3) / 2, 1e-12);
  // All equal: the share of true edges.
  EXPECT_NEAR(average_precision(truth, matrix({{0, 0, 0}, {0, 0, 0}, {0, 0, 0}})), 2.0 / 6, 1e-12);
  EXPECT_TRUE(std::isnan(average_precision(matrix({{0, 0}, {0, 0}}), matrix({{0, 1}, {0, 0}}))));
}

TEST(ChanceScores, AgreeWithEveryGraphOfThreeLatents) {
  // One edge anywhere among the 6 ordered pairs; the truth has 2 of them: expected precision 1/3, F1 (1/3)·2/3.
  const KnownGraph truth = truth_of_three();
  const ChanceScores chance = chance_scores(truth.weights, 1, {}, Random(1, "chance"));
  EXPECT_NEAR(chance.precision, 1.0 / 3, 0.05);
  EXPECT_NEAR(chance.f1, 2.0 / 9, 0.04);
  EXPECT_NEAR(chance.f1_sd, std::sqrt(1.0 / 3 * 2 / 3) * 2 / 3, 0.03);
  // Hamming distance: 1 when right; 2 when reversed of a true edge (the pair still differs): 2; on the empty pair: 3.
  EXPECT_NEAR(chance.hamming, (2 * 1 + 2 * 2 + 2 * 3) / 6.0, 0.1);
  // In the true order all 3 pairs at once: always both true edges and one wrong.
  const std::vector<std::int64_t> order{2, 0, 1};
  const ChanceScores full = chance_scores(truth.weights, 3, order, Random(1, "chance"));
  EXPECT_NEAR(full.recall, 1, 1e-9);
  EXPECT_NEAR(full.precision, 2.0 / 3, 1e-9);
  EXPECT_NEAR(full.f1_sd, 0, 1e-9);
}

TEST(StructureRecord, HoldsEverythingAndWarns) {
  const auto record = structure_record(truth_of_three(), fit_of_three(), 0.7, 5);
  EXPECT_EQ(record.at("at_threshold").at("f1"), 1.0);
  EXPECT_EQ(record.at("target_accuracy"), 1.0);
  EXPECT_EQ(record.at("order_violations"), 0);
  EXPECT_EQ(record.at("latent_correlation"), 0.7);
  EXPECT_EQ(record.at("auprc"), 1.0);
  EXPECT_EQ(record.at("matching").at(0).at("fitted"), 1);
  EXPECT_EQ(record.at("matching").at(0).at("sign"), -1);
  EXPECT_THAT(structure_text(record), HasSubstr("2 true edges of 3 latents"));
  LearnedGraph wrong = fit_of_three();
  wrong.identified = false;
  wrong.weights = matrix({{0, 0, 0.9}, {0, 0, 0}, {0, 0, 0}});
  const auto warned = structure_record(truth_of_three(), wrong, std::nan(""), 5);
  EXPECT_THAT(warned.at("warnings").dump(), HasSubstr("not identified"));
  EXPECT_THAT(warned.at("warnings").dump(), HasSubstr("no better than chance"));
  EXPECT_TRUE(warned.at("latent_correlation").is_null());
  wrong.labels[0].latent = 2;  // now 0 and 1 share one, which the sharper label keeps
  wrong.labels[0].sharpness = 0.5;
  EXPECT_EQ(structure_record(truth_of_three(), wrong, 0, 5).at("order_violations"), 2)
      << "both edges touch latent 0 or 1";
}

TEST(LearnedGraph, IsReadInUnitsOfTheNoise) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "latents.json";
  const std::string good =
      R"({"format":"gracevae-latents/1","mechanism":"relu","identifies_graph":true,"labels":[{"label":"A","latent":1,)"
      R"("sharpness":1,"shift":2}],"noise_sd":[2,0.5],"graph":[[0,0.3],[0,0]],"threshold":null,"threshold_rule":"r",)"
      R"("warnings":["w"]})";
  folder.write("latents.json", good);
  const LearnedGraph fit = read_learned_graph(file);
  EXPECT_DOUBLE_EQ(fit.weights(0, 1), 0.3 * 2 / 0.5);
  EXPECT_EQ(fit.graph(0, 1), 0.3);
  EXPECT_EQ(fit.threshold, 0);
  const auto error_of = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    folder.write("latents.json", text);
    try {
      read_learned_graph(file);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error_of("latents/1", "latents/9"), HasSubstr("expected \"gracevae-latents/1\""));
  EXPECT_THAT(error_of("[0,0.3]", "[0]"), HasSubstr("row 1 of the graph has 1 numbers, expected 2"));
  EXPECT_THAT(error_of("\"latent\":1", "\"latent\":7"), HasSubstr("latent 7, expected 0 to 1"));
  EXPECT_THAT(error_of("\"noise_sd\":[2,0.5]", "\"noise_sd\":[2]"), HasSubstr("noise_sd has 1 numbers"));
  EXPECT_THAT(error_of("\"labels\"", "\"label\""), HasSubstr("latents.json"));
  EXPECT_THROW(read_learned_graph(folder.path() / "none.json"), IoError);
}

TEST(KnownGraph, OfBothForms) {
  const TemporaryFolder folder;
  folder.write("truth.json",
               R"({"format":"gracevae-simulation/2","n_latents":3,"edges":[{"from":2,"to":0,"weight":-1.5}],)"
               R"("labels":[{"label":"A","latents":[2],"shifts":[4]},{"label":"B","latents":[],"shifts":[]}]})");
  const KnownGraph truth = read_known_graph(folder.path() / "truth.json");
  EXPECT_EQ(truth.n_edges(), 1);
  EXPECT_EQ(truth.weights(2, 0), -1.5);
  EXPECT_TRUE(truth.labels[1].latents.empty());
  AnnData data;
  data.x.n_rows = 1;
  data.x.n_cols = 1;
  data.x.indptr = {0, 0};
  data.obs.index = {"c"};
  data.var.index = {"g"};
  data.uns["true_latent_graph"] = matrix({{0, 1}, {0, 0}});
  write_anndata(folder.path() / "toy.h5ad", data);
  const KnownGraph toy = read_known_graph(folder.path() / "toy.h5ad");
  EXPECT_EQ(toy.n_edges(), 1);
  EXPECT_EQ(toy.labels[1].label, "1");
  data.uns.clear();
  write_anndata(folder.path() / "none.h5ad", data);
  EXPECT_THROW(read_known_graph(folder.path() / "none.h5ad"), InputError);
  folder.write("other.json", R"({"format":"something"})");
  EXPECT_THROW(read_known_graph(folder.path() / "other.json"), InputError);
  folder.write("broken.json", "{");
  EXPECT_THROW(read_known_graph(folder.path() / "broken.json"), InputError);
}

TEST(LatentCorrelation, ComparesControlCellsThroughTheFittedGraph) {
  const TemporaryFolder folder;
  KnownGraph truth = truth_of_three();
  LearnedGraph fit = fit_of_three();
  Random random(2, "cells");
  const std::int64_t n = 50;
  truth.u = Matrix<float>(n, 3);
  AnnData data;
  data.obsm["mu"] = Matrix<float>(n, 3);
  std::vector<std::string> controls;
  for (std::int64_t i = 0; i < n; ++i) {
    truth.cells.push_back("c" + std::to_string(i));
    controls.push_back(truth.cells.back());
    data.obs.index.push_back("p" + std::to_string(i));
    std::vector<double> z(3), u(3);
    for (std::size_t j = 0; j < 3; ++j)
      data.obsm["mu"](i, static_cast<std::int64_t>(j)) = static_cast<float>(z[j] = random.normal());
    u[0] = z[0];
    u[1] = z[1] - 0.8 * std::max(u[0], 0.0);
    u[2] = z[2] + 0.1 * std::max(u[0], 0.0) + 0.4 * std::max(u[1], 0.0);
    // True latents 2, 0, 1; latent 0 with the other sign and another scale.
    truth.u(i, 2) = static_cast<float>(u[0]);
    truth.u(i, 0) = static_cast<float>(-3 * u[1] + 1);
    truth.u(i, 1) = static_cast<float>(u[2]);
  }
  data.x.n_rows = n;
  data.x.n_cols = 1;
  data.x.indptr.assign(static_cast<std::size_t>(n) + 1, 0);
  data.var.index = {"g"};
  data.obs.add("paired_control", controls);
  write_anndata(folder.path() / "p.h5ad", data);
  const LatentMatch match = match_latents(truth, fit);
  EXPECT_NEAR(latent_correlation(truth, fit, match, folder.path() / "p.h5ad"), 1, 1e-5);
  fit.mechanism = "mlp";
  EXPECT_TRUE(std::isnan(latent_correlation(truth, fit, match, folder.path() / "p.h5ad")));
}

TEST(Consensus, CountsEdgesBetweenLabels) {
  LearnedGraph a = fit_of_three(), b = fit_of_three();
  // b: another order of the latents (L2 0, L1 1, L0 2), only L2 → L0 is an edge, with the other sign.
  b.labels = {{"L0", 2, 1, 1}, {"L1", 1, 1, 1}, {"L2", 0, 1, 1}};
  b.weights = matrix({{0, 0.1, 0.6}, {0, 0, 0}, {0, 0, 0}});
  const auto result = consensus({a, b}, std::nullopt, truth_of_three());
  ASSERT_EQ(result.at("edges").size(), 2U);
  const auto& first = result.at("edges").at(0);
  EXPECT_EQ(first.at("from"), "L2");
  EXPECT_EQ(first.at("to"), "L0");
  EXPECT_EQ(first.at("count"), 2);
  EXPECT_EQ(first.at("positive"), 1);
  EXPECT_EQ(first.at("negative"), 1);
  EXPECT_NEAR(first.at("mean_weight").get<double>(), -0.1, 1e-12);
  EXPECT_TRUE(first.at("is_true").get<bool>());
  const auto& second = result.at("edges").at(1);
  EXPECT_EQ(second.at("to"), "L1");
  EXPECT_EQ(second.at("frequency"), 0.5);
  EXPECT_EQ(second.at("possible"), 1) << "b has L1 before L0";
  EXPECT_NEAR(result.at("chance_frequency").get<double>(), 3.0 / 2 / 6, 1e-12);
  EXPECT_EQ(consensus({a, b}, 0.05, std::nullopt).at("edges").size(), 3U);
  EXPECT_THAT(consensus_text(result, 0.9), HasSubstr("1 edges below 0.9 of the runs are left out"));
}

TEST(Consensus, RefusesRunsThatCannotBeCompared) {
  LearnedGraph other = fit_of_three();
  EXPECT_THROW(consensus({other}, std::nullopt, std::nullopt), ConfigError);
  other.labels[0].label = "X";
  try {
    consensus({fit_of_three(), other}, std::nullopt, std::nullopt);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("stands in one of them only"));
  }
  other = fit_of_three();
  other.identified = false;
  EXPECT_EQ(consensus({fit_of_three(), other}, std::nullopt, std::nullopt).at("warnings").size(), 1U);
  other.weights = {};
  EXPECT_THROW(consensus({fit_of_three(), other}, std::nullopt, std::nullopt), InputError);
}

}  // namespace
}  // namespace gracevae
