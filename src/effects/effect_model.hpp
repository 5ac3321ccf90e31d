#pragma once
/// @file Effects of targets that were not measured, with intervals, and where they come from.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "effects/effect_table.hpp"
#include "effects/process.hpp"

namespace gracevae::impl {

/// What is said of one target or pair.
struct EffectPrediction {
  std::int64_t item = 0;                          ///< its number in the kernels
  bool measured = false;                          ///< its own effect, shrunk by its error
  std::vector<double> effect;                     ///< [genes]
  std::vector<double> error;                      ///< [genes] s_g√v*; NaN where nothing is known of it
  std::shared_ptr<const Matrix<double>> factors;  ///< [levels, genes] half widths of the intervals over `error`
  double rho = 0;                                 ///< expected cosine with the truth, both without the mean
  double bound = 0;            ///< ρ* + Q_10 %(cosine − ρ), by leave-one-out: nine of ten targets reach more
  bool abstained = false;      ///< bound ≤ 0: the effect is μ (of pairs: c times the sum), with the interval of that
  std::vector<double> shares;  ///< one a part: of what the measured say, how much comes by it
  std::vector<std::pair<std::int64_t, double>> nearest;  ///< measured rows of largest prior correlation, and that

  double half_width(std::size_t gene, std::size_t level = 0) const {
    return (*factors)(static_cast<std::int64_t>(level), static_cast<std::int64_t>(gene)) * error[gene];
  }
};

struct EffectModelOptions {
  std::vector<double> levels{0.9};  ///< of intervals
  std::int64_t n_nearest = 5;
  bool abstain = true;  ///< false: what is called abstained keeps its own prediction
  EffectProcess::Options process = {};
};

/// Predicts effects by one process for each pattern of sources that know the target: weights fitted together would be
/// wrong for targets that a source lacks.
/// @test tests/unit/effects/effect_model_test.cpp
class EffectModel {
 public:
  using Pattern = std::vector<std::size_t>;

  /// `measured`: conditions of two rows or more; `items`: their numbers in `kernels`. Both must outlive it.
  /// @throws as require_effects
  EffectModel(const EffectTable& measured, std::vector<std::int64_t> items, const Kernels& kernels,
              const EffectModelOptions& options);

  /// Visits what is said of items, those of one pattern after the other. One process is in memory at a time, 8n² bytes
  /// for n measured conditions, and each takes n³/3 + 2n²·genes operations.
  /// Returns the weights of each pattern.
  std::map<Pattern, KernelWeights> predict(std::span<const std::int64_t> items,
                                           const std::function<void(EffectPrediction&&)>& visit) const;

  /// Parts that know an item and two measured ones, ascending.
  Pattern pattern(std::int64_t item) const;

 private:
  KernelWeights predict_alike(const Pattern& parts, const std::vector<std::int64_t>& items,
                              const std::function<void(EffectPrediction&&)>& visit) const;
  /// Rows that every one of these parts knows; all where they are few.
  std::vector<std::int64_t> rows_alike(const Pattern& parts) const;

  const EffectTable& measured_;
  std::vector<std::int64_t> items_;
  std::map<std::int64_t, std::int64_t> row_of_;  // of an item
  const Kernels& kernels_;
  EffectModelOptions options_;
  Pattern useful_;  // parts that know two measured items
};

/// @throws InputError fewer than two rows, or all effects are 0
void require_effects(const EffectTable& measured);

/// Bytes of a process over n conditions and their effects on genes.
double process_bytes(std::int64_t n, std::int64_t n_genes, std::size_t n_parts);

}  // namespace gracevae::impl
