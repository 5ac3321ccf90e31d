#pragma once
/// @file One of the paper's tables from the runs of a sweep.
#include <string>
#include <vector>

#include "experiment/document.hpp"
#include "experiment/sweep_results.hpp"
#include "report/published.hpp"

namespace gracevae::impl {

/// A row against the reference in one score.
struct Comparison {
  std::string row;
  ScoreId id;
  bool higher_is_better = true;
  PairedDifference difference;
  double p_holm = 1;  ///< corrected over the rows of one score
  /// "one seed" (no spread), "within the spread" (|difference| ≤ spread), "not shown" (p_holm > 0.05), "better" or
  /// "worse".
  std::string verdict() const;
};

/// Every variant and the additive baselines against the reference in the headline scores and in the paper's on top DE
/// genes, singles and doubles apart.
std::vector<Comparison> comparisons(const SweepResults& results, const std::string& reference);

/// The row that others are compared with: what the sweep says, else grace-vae, else the first variant. ConfigError with
/// the nearest names for one that it has not.
std::string reference_of(const SweepResults& results, const std::string& asked);

/// "Additive beats every variant …": for each kind, the headline scores on top genes and the field's on all genes in
/// which the mean of additive is better than that of every variant by more than the difference's error; empty where
/// there is none.
std::vector<std::string> additive_sentences(const SweepResults& results);

/// What a table is made for.
struct TableRequest {
  PaperTable paper;
  std::string dataset;    ///< of the published numbers; "" = as the sweep says, else the table's first
  std::string reference;  ///< "" = as the sweep says
};

/// The table for people: the paper's layout with the published value beside each score, the other scores, the tests,
/// and what they say in plain words. ConfigError for a data set that the table has not.
Document score_document(const SweepResults& results, const TableRequest& request);
/// All of it as one long table, a row a score: kind, gene_set, metric, row, role, seeds, mean, sd, published, tests.
Table score_tsv(const SweepResults& results, const TableRequest& request);

}  // namespace gracevae::impl
