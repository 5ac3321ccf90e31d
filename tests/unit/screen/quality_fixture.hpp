#pragma once
/// @file Screens of Poisson counts whose escapers are known.
#include <cmath>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "screen/guides.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl::test {

/// Cells of one guide. In perturbed ones, genes [first, first + n) are expressed exp(log_change) times as much, and the
/// gene `own` (−1: none) a fifth.
struct GuideSpec {
  std::string label, guide;
  int n_cells = 100;
  double escapers = 0;
  int first = 0, n_changed = 0;
  double log_change = 0;
  int own = -1;
};

struct SimulatedGuides {
  Screen screen;
  Guides guides;
  std::vector<bool> perturbed;  ///< of every cell
};

inline SimulatedGuides simulated_guides(const std::vector<GuideSpec>& specs, std::uint64_t seed = 1,
                                        std::size_t n_genes = 150, bool counts = true) {
  Random random(seed, "simulated guides");
  std::vector<double> base;
  for (std::size_t g = 0; g < n_genes; ++g) base.push_back(random.gamma(1) * 1.5 + 0.2);
  SimulatedGuides result;
  std::vector<std::string> labels, guides;
  std::vector<std::vector<float>> rows;
  for (const GuideSpec& spec : specs)
    for (int i = 0; i < spec.n_cells; ++i) {
      const bool perturbed = spec.label != "control" && random.uniform() >= spec.escapers;
      const double depth = std::exp(0.3 * random.normal());
      labels.push_back(spec.label);
      guides.push_back(spec.guide);
      result.perturbed.push_back(perturbed);
      rows.emplace_back();
      for (std::size_t g = 0; g < n_genes; ++g) {
        const int gene = static_cast<int>(g);
        double mean = base[g] * depth * random.gamma(5) / 5;
        if (perturbed && gene >= spec.first && gene < spec.first + spec.n_changed) mean *= std::exp(spec.log_change);
        if (perturbed && gene == spec.own) mean *= 0.2;
        rows.back().push_back(static_cast<float>(random.poisson(mean)));
      }
    }
  if (!counts)
    for (auto& row : rows)
      for (float& value : row) value = std::log1p(value);
  AnnData data = data_of(labels, rows);
  data.obs.add("guide", guides);
  result.screen = screen_from_anndata(std::move(data), named_options(), {"guide"});
  result.guides = guides_of(result.screen, "guide");
  return result;
}

}  // namespace gracevae::impl::test
