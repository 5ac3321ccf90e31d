#include "run/graph_verdict.hpp"

#include <fmt/format.h>

#include <cmath>

namespace gracevae::impl {

namespace {

constexpr double kNoEdge = 0.05, kUnmoved = 0.5;

const char* lead(GraphFault fault) {
  switch (fault) {
    case GraphFault::not_identified:
      return "the latent graph is not identified, and its weights say nothing about causes";
    case GraphFault::no_weight: return "the latent graph does nothing";
    case GraphFault::near_start: return "the latent graph is near its start";
    case GraphFault::within_start: return "the latent graph has no weight beyond its start";
    case GraphFault::by_chance: break;
  }
  return "the latent graph does not come back in other runs";
}

}  // namespace

std::string GraphFinding::warning() const { return fmt::format("{}: {}", lead(fault), reason); }

std::vector<GraphFinding> judge_graph(const GraphEvidence& g) {
  std::vector<GraphFinding> found;
  if (g.n_latents < 2) return found;
  if (!g.identified)
    found.push_back(
        {GraphFault::not_identified,
         fmt::format("with the {} mechanism and these interventions any graph can be moved into the decoder with the "
                     "same predictions",
                     g.mechanism)});
  if (g.largest < kNoEdge) {
    found.push_back({GraphFault::no_weight, fmt::format("its largest weight is {:.2g}", g.largest)});
  } else if (g.random_start) {
    if (g.start_mean >= kNoEdge && g.mean_change < kUnmoved * g.start_mean)
      found.push_back({GraphFault::near_start,
                       fmt::format("its weights moved by {:.2g} in the mean and began, at random, at {:.2g}",
                                   g.mean_change, g.start_mean)});
    if (g.largest <= g.start_largest)
      found.push_back(
          {GraphFault::within_start,
           fmt::format("its largest weight is {:.2g}, and {:.2g} was among the random numbers that it began as",
                       g.largest, g.start_largest)});
  }
  if (g.agreement &&
      static_cast<double>(g.agreement->found) <= g.agreement->by_chance + 2 * std::sqrt(g.agreement->by_chance))
    found.push_back({GraphFault::by_chance,
                     fmt::format("{} edges are in {} or more of {} runs, and chance gives {:.2g}", g.agreement->found,
                                 g.agreement->least, g.agreement->n_runs, g.agreement->by_chance)});
  return found;
}

}  // namespace gracevae::impl
