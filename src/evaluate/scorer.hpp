#pragma once
/// @file One condition scored by every method; ranks among conditions when all are there.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/baselines.hpp"
#include "evaluate/de_genes.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "evaluate/profile_scores.hpp"
#include "evaluate/rank_scores.hpp"
#include "evaluate/warnings.hpp"

namespace gracevae::impl {

/// One condition: who it is and where it is scored.
struct ScoredCondition {
  const Regime* regime = nullptr;
  std::string stratum;
  std::int64_t n_cells = 0;  ///< test cells
  bool averaged = true;      ///< false: fewer than --min-test-cells
  bool scored = true;        ///< false: too few cells for any score
  DeChoice de;
  std::vector<std::int32_t> published;  ///< genes of the published protocol

  bool is_single() const { return regime->targets.size() < 2; }
};

/// A method's scores of one condition on one set of genes.
struct MethodScores {
  std::size_t condition;
  std::string method, gene_set;
  std::int64_t n_cells;
  std::map<std::string, double> values;
};

/// A condition scored by every method, and what ranks among conditions need of it.
struct ConditionScores {
  ScoredCondition condition;
  RankedCondition ranked;
  ConditionMeans compared;  ///< the model's mean and the observed one
  std::vector<MethodScores> rows;
  std::map<std::string, PredictedMean> means;  ///< by method, those that are ranked
};

class Scorer {
 public:
  /// `elsewhere` and `predicted`: as Baselines has them.
  Scorer(const Screen& screen, const Split& split, const EvaluateOptions& options, std::uint64_t seed,
         const TrainedShifts* elsewhere = nullptr, const PredictedShifts* predicted = nullptr);
  /// The condition is to be added at this place. Can be called from several threads.
  ConditionScores score(const Prediction& prediction, std::size_t at) const;
  void append(ConditionScores&& scores);
  /// To be called once, after all conditions.
  void add_ranks();

  const std::vector<ScoredCondition>& conditions() const { return conditions_; }
  const std::vector<MethodScores>& rows() const { return rows_; }
  /// The model's and the observed means of the averaged conditions.
  const std::vector<ConditionMeans>& compared() const { return compared_; }

 private:
  struct Observed;
  struct Sample;
  struct Fold;
  class Rows;

  Observed observed_cells(std::span<const std::int64_t> cells) const;
  std::vector<std::int32_t> genes_of(const std::vector<std::string>& targets) const;
  std::vector<std::vector<double>> other_training_means(const Regime& regime, Random random) const;
  double sigma(const ScoredCondition& condition, bool all_genes) const;

  const Screen& screen_;
  const Split& split_;
  const EvaluateOptions& options_;
  std::uint64_t seed_;
  Baselines baselines_;
  DeGenes de_;
  ProfileScorer profiles_;
  std::vector<double> perturbed_mean_;
  std::vector<ScoredCondition> conditions_;
  std::vector<MethodScores> rows_;
  std::vector<RankedCondition> ranked_;
  std::vector<ConditionMeans> compared_;
  std::map<std::string, std::vector<PredictedMean>> means_;  ///< by method, in the order of conditions
};

/// Index of the regime of this label. InputError with the nearest labels where the screen has none.
std::int32_t regime_named(const Screen& screen, const std::string& label);

}  // namespace gracevae::impl
