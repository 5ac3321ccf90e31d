#pragma once
/// @file Whether two variants differ by more than chance: tests on paired differences.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gracevae::impl {

/// Scores of one row: seed → condition → value.
using PairedScores = std::map<std::uint64_t, std::map<std::string, double>>;

/// What differs between a row and the reference on the seeds and conditions that both have.
struct PairedDifference {
  std::size_t n_seeds = 0, n_conditions = 0;
  double mean = 0;           ///< row − reference: mean over seeds of the mean over conditions
  double spread = 0;         ///< the larger of the two rows' standard deviations over these seeds; NaN for one seed
  std::size_t n_higher = 0;  ///< conditions where the row's mean over seeds is higher
  double p_seeds = 1;        ///< sign-flip test over seeds (the mean over conditions): does it hold for new seeds?
  double p_conditions = 1;   ///< over conditions (the mean over seeds): for new conditions?
  /// Both must hold: the larger of the two, a valid p of "one of them does not hold" (intersection-union test).
  double p() const { return p_seeds > p_conditions ? p_seeds : p_conditions; }
};
PairedDifference compare(const PairedScores& row, const PairedScores& reference);

/// Means of both on the seeds and conditions that both have: over seeds of the mean over conditions.
struct CommonMeans {
  std::vector<double> row, reference;                      ///< of each seed; none without a common condition
  std::map<std::string, std::vector<double>> differences;  ///< row − reference, by condition, of each seed
};
CommonMeans common_means(const PairedScores& row, const PairedScores& reference);

}  // namespace gracevae::impl
