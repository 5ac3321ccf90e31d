#pragma once
/// @file Cells drawn from a latent graph that the test knows, as the data of a run.
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "train/setup.hpp"

namespace gracevae::impl::test {

/// Labels l0, l1, … each hit one latent; `causal` lists the latents from causes to effects, so that the labels' own
/// order says nothing. graph[i][j]: weight of i → j.
struct KnownScm {
  std::vector<std::size_t> causal;
  std::vector<std::vector<double>> graph;
  double shift = 4;
  double noise_factor = 1;     ///< of the target's noise
  double incoming_factor = 1;  ///< of the weights into the target
  bool relu = true;
  double products = 0;  ///< size of what z_i·z_j add to genes, beside the latents themselves
  double observation_noise = 0.1, centre = 2;
  std::int64_t n_genes = 8, n_control = 4000, n_cells = 1500;

  std::size_t d() const { return causal.size(); }

  std::vector<double> draw(std::int64_t target, Random& random) const {
    std::vector<double> u(d(), 0.0);
    for (const std::size_t j : causal) {
      const bool hit = static_cast<std::int64_t>(j) == target;
      double parents = 0;
      for (std::size_t i = 0; i < d(); ++i) parents += graph[i][j] * (relu ? std::max(u[i], 0.0) : u[i]);
      u[j] = (hit ? incoming_factor : 1) * parents + (hit ? noise_factor : 1) * random.normal() + (hit ? shift : 0);
    }
    return u;
  }
};

/// Three latents, 2 → 0 → 1.
inline KnownScm known_chain() {
  KnownScm scm;
  scm.causal = {2, 0, 1};
  scm.graph.assign(3, std::vector<double>(3, 0));
  scm.graph[2][0] = 1;
  scm.graph[0][1] = 0.8;
  return scm;
}

/// The data of a run without network: all cells train; x = centre + u·W + products·(u_i·u_j)·V + noise with W [d, p]
/// and V [d·(d + 1)/2, p] drawn.
inline RunData known_run_data(const KnownScm& scm, std::uint64_t seed) {
  Random random(seed, "known");
  const std::size_t d = scm.d(), p = static_cast<std::size_t>(scm.n_genes);
  const std::size_t n_inputs = scm.products == 0 ? d : d * (d + 3) / 2;
  std::vector<std::vector<double>> loadings(n_inputs, std::vector<double>(p));
  for (auto& row : loadings)
    for (double& value : row) value = random.normal() / std::sqrt(static_cast<double>(d));
  RunData data;
  Screen& screen = data.screen;
  screen.x.n_cols = scm.n_genes;
  for (std::size_t k = 0; k <= d; ++k) {
    Regime regime{k == 0 ? "control" : "l" + std::to_string(k - 1), {}, {}};
    if (k > 0) regime.targets = {regime.label};
    for (std::int64_t i = 0; i < (k == 0 ? scm.n_control : scm.n_cells); ++i) {
      std::vector<double> u = scm.draw(static_cast<std::int64_t>(k) - 1, random);
      if (scm.products != 0)
        for (std::size_t a = 0; a < d; ++a)
          for (std::size_t b = a; b < d; ++b) u.push_back(scm.products * u[a] * u[b]);
      for (std::size_t g = 0; g < p; ++g) {
        double value = scm.centre + scm.observation_noise * random.normal();
        for (std::size_t j = 0; j < n_inputs; ++j) value += u[j] * loadings[j][g];
        screen.x.indices.push_back(static_cast<std::int32_t>(g));
        screen.x.values.push_back(static_cast<float>(value));
      }
      screen.x.indptr.push_back(static_cast<std::int64_t>(screen.x.values.size()));
      regime.cells.push_back(screen.x.n_rows++);
      screen.regime_of_cell.push_back(static_cast<std::int32_t>(k));
    }
    screen.regimes.push_back(std::move(regime));
    if (k > 0) data.targets.push_back("l" + std::to_string(k - 1));
  }
  data.places = data.targets;
  data.split.fold.assign(static_cast<std::size_t>(screen.x.n_rows), Fold::train);
  const auto n = static_cast<std::int64_t>(d);
  data.shape = {.n_genes = scm.n_genes, .n_pathways = 0, .n_labels = n, .n_latents = n, .hidden = 4 * n};
  return data;
}

inline RunOptions known_run_options() {
  RunOptions options = calibrated_options();
  options.model.model = "cmvae";
  options.model.hidden = 32;
  options.train.start = "moments";
  return options;
}

}  // namespace gracevae::impl::test
