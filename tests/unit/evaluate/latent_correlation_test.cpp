// Correlation of latents, on cells made by hand.
#include "evaluate/latent_correlation.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "io/anndata.hpp"
#include "support/temporary_folder.hpp"
#include "unit/evaluate/small_graphs.hpp"

namespace gracevae::impl {
namespace {

using test::fit_of_three;
using test::truth_of_three;

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
  const auto correlation = latent_correlations(truth, fit, folder.path() / "p.h5ad");
  ASSERT_EQ(correlation.n_rows, 3);
  ASSERT_EQ(correlation.n_cols, 3);
  EXPECT_NEAR(correlation(2, 0), 1, 1e-5);
  EXPECT_NEAR(correlation(0, 1), -1, 1e-5) << "true latent 0 is counted the other way round";
  EXPECT_NEAR(matched_correlation(correlation, match), 1, 1e-5);
  double all = 0;
  for (const double value : correlation.values) all += std::abs(value) / 9;
  EXPECT_NEAR(correlation_by_chance(correlation, match), all, 1e-12);
  EXPECT_LT(all, 0.8);
  fit.mechanism = "mlp";
  EXPECT_EQ(latent_correlations(truth, fit, folder.path() / "p.h5ad").n_rows, 0);
  fit.mechanism = "relu";
  truth.cells.assign(truth.cells.size(), "another screen's");
  EXPECT_EQ(latent_correlations(truth, fit, folder.path() / "p.h5ad").n_rows, 0);
  truth.cells.clear();
  EXPECT_EQ(latent_correlations(truth, fit, "not even read").n_rows, 0);
  EXPECT_TRUE(std::isnan(matched_correlation({}, match)));
}

}  // namespace
}  // namespace gracevae::impl
