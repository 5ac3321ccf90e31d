#pragma once
/// @file Which guides a cell got, by its counts of them.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// How counts become calls; stats/count_mixture.hpp has the mixtures.
enum class GuideRule {
  threshold,     ///< a count of min_umis or more
  cell_ranger,   ///< two normal distributions of log10(count + 1), over all cells
  poisson_gauss  ///< background Poisson, signal normal on log2 counts, over the cells with a count
};
/// "auto" is poisson_gauss. @throws ConfigError another name than threshold, cellranger, poisson-gauss and auto.
GuideRule guide_rule_of(const std::string& name);
const char* guide_rule_name(GuideRule rule);

/// From which count on a guide is called, and from which on with how much certainty. Infinity: no count of it is.
struct GuideCut {
  double maybe = 0;         ///< probability of signal above 0.2
  double called = 0;        ///< 0.5 or more
  double sure = 0;          ///< 0.8 or more
  std::int64_t n_with = 0;  ///< cells with a count above 0
  bool fitted = false;      ///< false: the threshold took the rule's place
  std::function<double(double count)> probability;
};

/// Cells whose guides cannot be told: see call_guides_from_counts.
struct AmbiguousCell {
  std::int64_t cell = 0;
  std::int32_t guide = 0;  ///< its likeliest
  double count = 0, probability = 0;
};

struct CalledGuides {
  std::vector<std::int64_t> first;       ///< cell i has guides[first[i]] to guides[first[i + 1]]
  std::vector<std::int32_t> guides;      ///< in ascending order in a cell
  std::vector<GuideCut> cuts;            ///< of every guide
  std::vector<AmbiguousCell> ambiguous;  ///< by cell
};

/// Calls guides from `counts`, whole numbers [cells, guides]. With each rule a guide is called in a cell whose count is
/// at least `min_umis`, and with a mixture, fitted for each guide over all cells, is signal with a probability of 0.5
/// or more. A guide with a count in fewer than 10 cells, or that cannot be fitted, goes by the threshold. A cell whose
/// only guide that could be signal (above 0.2) is not sure (below 0.8) is ambiguous and gets no call. Cost: a sort of
/// the counts of every guide and EM over their distinct values; memory: twice the counts.
/// @test tests/unit/screen/guide_rules_test.cpp
CalledGuides call_guides_from_counts(const CsrMatrix<float>& counts, GuideRule rule, std::int64_t min_umis);

}  // namespace gracevae::impl
