#pragma once
/// @file Scores beside the baselines and the ceilings (docs/metrics.md), as data.
#include <cstdint>
#include <string>
#include <vector>

#include <gracevae/model.hpp>

namespace gracevae {

/// A method's score of one condition, or its mean over conditions.
struct Score {
  std::string condition;  ///< label; empty in averages
  std::string kind;       ///< single or double
  std::string gene_set;   ///< de, all or paper
  std::string method;     ///< model, control, additive, replicate, …
  std::string metric;     ///< pearson_delta, mmd.unbiased, …
  double value = 0;
  double error = 0;             ///< of averages: standard error over conditions; NaN for one condition
  std::int64_t n_conditions = 1;
};

struct Scores {
  std::vector<Score> by_condition, averages;
  std::vector<std::string> warnings;
  std::string text;  ///< the tables of `gracevae evaluate`
  std::string json;  ///< metrics.json (docs/formats.md)

  /// The average of a method; NaN where there is none.
  double average(const std::string& metric, const std::string& kind = "double", const std::string& method = "model",
                 const std::string& gene_set = "de") const;
};

/// Scores the model on its split's test conditions.
Scores evaluate(const Model& model, const Options& options = {}, const Context& context = {});
/// Scores anybody's predictions of test conditions: of each as many cells as it has test cells, in their order.
/// `controls` may be empty: a control cell is then paired with each. @throws InputError
Scores evaluate(const Screen& screen, const Split& split, const std::vector<PredictedCells>& predictions,
                const Options& options = {}, const Context& context = {});

}  // namespace gracevae
