#include "stats/rank_sum.hpp"

#include <algorithm>
#include <numeric>

namespace gracevae::impl {

Ranks ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  Ranks ranks{std::vector<double>(values.size()), 0};
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    for (std::size_t i = first; i < end; ++i) ranks.of[order[i]] = static_cast<double>(first + end + 1) / 2;
    ranks.ties += tie_term(static_cast<double>(end - first));
  }
  return ranks;
}

double rank_sum_z(const Ranks& ranks, std::span<const std::size_t> members) {
  double sum = 0;
  for (const std::size_t member : members) sum += ranks.of[member];
  const auto n_members = static_cast<double>(members.size());
  return rank_sum_z(sum, ranks.ties, n_members, static_cast<double>(ranks.of.size()) - n_members);
}

}  // namespace gracevae::impl
