#pragma once
/// @file Whether a learned latent graph is more than noise: decided here, shown by training, explain and report.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gracevae::impl {

/// What a graph is judged by. Weights are |G| over the strict upper triangle.
struct GraphEvidence {
  std::int64_t n_latents = 0;
  bool identified = true;  ///< whether data can tell one graph of this mechanism from another
  std::string mechanism;
  double largest = 0;
  bool random_start = true;                  ///< whether G began as random numbers
  double start_largest = 0, start_mean = 0;  ///< of G before the first step
  double mean_change = 0;                    ///< mean |G − start|
  struct Agreement {
    std::int64_t n_runs = 0, least = 0, found = 0;  ///< edges that `least` of `n_runs` runs or more have
    double by_chance = 0;                           ///< expected
  };
  std::optional<Agreement> agreement;  ///< of several runs
};

enum class GraphFault {
  not_identified,  ///< any graph can be moved into the decoder
  no_weight,       ///< largest weight under 0.05
  near_start,      ///< began at random (mean from 0.05) and moved by less than half the mean
  within_start,    ///< began at random, and no weight is beyond the largest there
  by_chance        ///< runs agree on no more edges than chance gives, with two standard deviations (Poisson)
};

struct GraphFinding {
  GraphFault fault;
  std::string reason;  ///< a clause: "its largest weight is 0.02"
  /// A sentence without a full stop.
  std::string warning() const;
};

/// Why a graph is no more than noise; empty where nothing speaks against it, or where there is one latent.
/// @test tests/unit/run/graph_verdict_test.cpp
std::vector<GraphFinding> judge_graph(const GraphEvidence& evidence);

}  // namespace gracevae::impl
