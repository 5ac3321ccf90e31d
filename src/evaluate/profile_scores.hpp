#pragma once
/// @file Scores of whole profiles: those that need more of the screen than the condition's own cells.
#include <map>
#include <span>
#include <string>
#include <vector>

#include "stats/principal_components.hpp"
#include "stats/wilcoxon_reference.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

struct Screen;

/// What is made of the cells of one condition, real or predicted.
struct Profile {
  std::vector<double> mean;               ///< [genes]
  std::vector<std::int32_t> significant;  ///< genes that differ from control, by column
  Matrix<double> components;              ///< [n, 50]
  bool finite = true;                     ///< false: there is a NaN, and only `mean` is filled
};

/// Holds what is made once for a screen: the genes most expressed in control, its control cells sorted gene by gene,
/// and 50 principal components of at most 5,000 cells drawn with the seed.
class ProfileScorer {
 public:
  ProfileScorer(const Screen& screen, std::vector<double> control_mean, std::uint64_t seed);
  /// Of several sets of cells [n, genes].
  std::vector<Profile> profiles(std::span<const CommonRows* const> cells) const;
  /// vcc.des and e_distance of predicted against observed cells. Left out where the observed cells do not define them:
  /// vcc.des when no gene differs from control, e_distance with fewer than two cells on a side. NaN where the predicted
  /// cells are no numbers.
  std::map<std::string, double> score(const Profile& predicted, const Profile& observed) const;
  /// l2 of a mean, and what the true mean would get for these squared errors of the observed mean.
  double l2(std::span<const double> predicted, std::span<const double> observed) const;
  double noise_free_l2(std::span<const double> observed_error) const;

 private:
  std::vector<double> control_mean_;
  std::vector<std::int32_t> expressed_;
  WilcoxonReference control_;
  PrincipalComponents components_;
};

/// |top_|S|(Ŝ) ∩ S| / |S|: `observed` are the genes S, `predicted` those of Ŝ, `effect` [genes] the size by which Ŝ is
/// cut to |S| (ties by column). S must not be empty.
double overlap_of_genes(std::span<const std::int32_t> predicted, std::span<const std::int32_t> observed,
                        std::span<const double> effect);

}  // namespace gracevae::impl
