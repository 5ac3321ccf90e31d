#pragma once
/// @file Whether the members of a gene set stand out in a list of genes.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/gene_sets.hpp"

namespace gracevae::impl {

/// One gene set against one list.
struct SetTest {
  std::size_t set = 0;                        ///< place in GeneSetTests::sets()
  std::int64_t overlap = 0, size = 0;         ///< members on the list; members in the background
  double p = 1, q = 1;                        ///< hypergeometric_tail, and Benjamini-Hochberg over the tested sets
  double rank_z = 0, rank_p = 1, rank_q = 1;  ///< rank test, likewise
};

/// Gene sets cut to a background, and tests of lists against them. Both tests take background that is in no set too.
/// @test tests/unit/explain/enrichment_test.cpp
class GeneSetTests {
 public:
  struct Set {
    std::string id, name;
    std::vector<std::size_t> members;  ///< places in the background, ascending
  };

  /// Sets with `least` to `most` members in the background are tested. `background`: names, each once.
  GeneSetTests(const std::vector<GeneSet>& sets, std::vector<std::string> background, std::int64_t least,
               std::int64_t most);

  const std::vector<Set>& sets() const { return sets_; }
  const std::vector<std::string>& background() const { return background_; }

  /// `list`: places in the background, each once. `values` [background]: what the rank test ranks, larger first: z of
  /// Mann and Whitney's U of members against all others, ties at their mean rank, corrected for them, without
  /// correction for continuity, p two-sided (SciPy's mannwhitneyu, asymptotic); empty: no rank test. In the order of
  /// sets().
  std::vector<SetTest> test(std::span<const std::size_t> list, std::span<const double> values) const;

 private:
  std::vector<std::string> background_;
  std::vector<Set> sets_;
};

}  // namespace gracevae::impl
