#include "explain/enrichment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "screen/multiple_testing.hpp"

namespace gracevae::impl {

namespace {

double log_choose(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

/// Ranks from 1, ties at their mean, and Σ(t³ − t) over their sizes t.
struct Ranks {
  std::vector<double> of;
  double ties = 0;
};

Ranks ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  Ranks ranks{std::vector<double>(values.size()), 0};
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const auto size = static_cast<double>(end - first);
    for (std::size_t i = first; i < end; ++i) ranks.of[order[i]] = static_cast<double>(first + end + 1) / 2;
    ranks.ties += size * size * size - size;
  }
  return ranks;
}

double rank_z(const Ranks& ranks, const std::vector<std::size_t>& members) {
  const auto n = static_cast<double>(ranks.of.size()), n_members = static_cast<double>(members.size()),
             n_others = n - n_members;
  double sum = 0;
  for (const std::size_t member : members) sum += ranks.of[member];
  const double variance = n_members * n_others / 12 * (n + 1 - ranks.ties / (n * (n - 1)));
  return variance > 0 ? (sum - n_members * (n + 1) / 2) / std::sqrt(variance) : 0;
}

void adjust(std::vector<SetTest>& tests, double SetTest::*p, double SetTest::*q) {
  std::vector<double> values;
  for (const SetTest& test : tests) values.push_back(test.*p);
  const std::vector<double> adjusted = benjamini_hochberg(values);
  for (std::size_t i = 0; i < tests.size(); ++i) tests[i].*q = adjusted[i];
}

}  // namespace

double hypergeometric_tail(std::int64_t k, std::int64_t n_total, std::int64_t n_marked, std::int64_t n_drawn) {
  const std::int64_t most = std::min(n_marked, n_drawn),
                     least = std::max<std::int64_t>(0, n_drawn - (n_total - n_marked));
  if (k <= least) return 1;
  const auto total = static_cast<double>(n_total), marked = static_cast<double>(n_marked),
             drawn = static_cast<double>(n_drawn);
  const double all = log_choose(total, drawn);
  double sum = 0;
  for (std::int64_t i = most; i >= k; --i) {  // the smallest terms first
    const auto x = static_cast<double>(i);
    sum += std::exp(log_choose(marked, x) + log_choose(total - marked, drawn - x) - all);
  }
  return std::min(1.0, sum);
}

GeneSetTests::GeneSetTests(const std::vector<GeneSet>& sets, std::vector<std::string> background, std::int64_t least,
                           std::int64_t most)
    : background_(std::move(background)) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < background_.size(); ++i) places.emplace(background_[i], i);
  for (const GeneSet& set : sets) {
    Set kept{set.id, set.name, {}};
    for (const std::string& gene : set.genes)
      if (const auto found = places.find(gene); found != places.end()) kept.members.push_back(found->second);
    std::sort(kept.members.begin(), kept.members.end());
    kept.members.erase(std::unique(kept.members.begin(), kept.members.end()), kept.members.end());
    if (const auto size = std::ssize(kept.members); size >= least && size <= most) sets_.push_back(std::move(kept));
  }
}

std::vector<SetTest> GeneSetTests::test(std::span<const std::size_t> list, std::span<const double> values) const {
  std::vector<bool> listed(background_.size(), false);
  for (const std::size_t place : list) listed[place] = true;
  const Ranks ranks = ranks_of(values);
  std::vector<SetTest> tests;
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    const auto& members = sets_[i].members;
    SetTest test;
    test.set = i;
    test.size = std::ssize(members);
    test.overlap = std::count_if(members.begin(), members.end(), [&](std::size_t place) { return listed[place]; });
    test.p = hypergeometric_tail(test.overlap, std::ssize(background_), test.size, std::ssize(list));
    if (!values.empty()) {
      test.rank_z = rank_z(ranks, members);
      test.rank_p = normal_two_sided(test.rank_z);
    }
    tests.push_back(test);
  }
  adjust(tests, &SetTest::p, &SetTest::q);
  adjust(tests, &SetTest::rank_p, &SetTest::rank_q);
  return tests;
}

}  // namespace gracevae::impl
