#pragma once
/// @file The rows of a table of scores: methods of one or several runs, and what the paper printed of them.
#include <string>
#include <vector>

#include "report/run_files.hpp"

namespace gracevae::impl {

/// A method's mean scores of one kind of conditions.
struct ScoreRow {
  std::string method, title;          ///< "model"; "model", or "model, seed1" with several runs
  std::optional<std::size_t> run;     ///< absent where all runs have the same scores
  std::int64_t n_conditions = 0;      ///< that the means are over
  const nlohmann::ordered_json* top;  ///< rows of metrics.json on top DE genes, on all genes and of the published
  const nlohmann::ordered_json* all;  ///< protocol; null for none
  const nlohmann::ordered_json* paper;

  /// "de", "all" or "paper".
  const nlohmann::ordered_json* of(const std::string& gene_set) const {
    return gene_set == "de" ? top : gene_set == "all" ? all : paper;
  }
};

/// Methods in score_methods()'s order. With several runs a row a run, but one row of a baseline that all of them score
/// alike (the same cells). The runs must outlive the rows.
std::vector<ScoreRow> score_rows(const std::vector<RunFiles>& runs, const std::string& kind);

/// A score of such a row, and its standard error over conditions; NaN where there is none.
double value_of(const nlohmann::ordered_json* row, const std::string& id);
double error_of(const nlohmann::ordered_json* row, const std::string& id);

/// What the paper printed of a run's kind of model.
struct PublishedRun {
  std::size_t run = 0;
  std::string dataset, variant;
};

/// The variant of the paper's tables that a run's options describe ("grace-vae", "gat-1", "gg"), "" for none. Only the
/// parts of the model and the graph are compared, not the weights of the loss.
std::string published_variant(const RunFiles& run);
/// The runs that the paper has numbers of, each variant once; of a variant that it has not, those of the model as it
/// was published. `dataset`: norman, replogle-small or replogle-large; "auto" = norman for runs on the split of that
/// name, which is the paper's, else none; "none".
std::vector<PublishedRun> published_runs(const std::vector<RunFiles>& runs, const std::string& dataset);

/// A chart of scores of one kind.
struct ScoreChart {
  std::string gene_set, title;
  std::vector<std::string> metrics;
};
/// The headline scores on top DE genes and, where the paper printed numbers of a run, its own; those that a run has.
std::vector<ScoreChart> score_charts(const std::vector<RunFiles>& runs, const std::string& dataset,
                                     const std::string& kind);

}  // namespace gracevae::impl
