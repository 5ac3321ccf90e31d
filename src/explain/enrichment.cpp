#include "explain/enrichment.hpp"

#include <algorithm>
#include <unordered_map>

#include "stats/distributions.hpp"
#include "stats/multiple_testing.hpp"
#include "stats/rank_sum.hpp"

namespace gracevae::impl {

namespace {

void adjust(std::vector<SetTest>& tests, double SetTest::*p, double SetTest::*q) {
  std::vector<double> values;
  for (const SetTest& test : tests) values.push_back(test.*p);
  const std::vector<double> adjusted = benjamini_hochberg(values);
  for (std::size_t i = 0; i < tests.size(); ++i) tests[i].*q = adjusted[i];
}

}  // namespace

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
      test.rank_z = rank_sum_z(ranks, members);
      test.rank_p = normal_two_sided(test.rank_z);
    }
    tests.push_back(test);
  }
  adjust(tests, &SetTest::p, &SetTest::q);
  adjust(tests, &SetTest::rank_p, &SetTest::rank_q);
  return tests;
}

}  // namespace gracevae::impl
