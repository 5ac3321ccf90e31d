#pragma once
/// @file What the runs of a sweep scored, by row of a table.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "experiment/paired_test.hpp"

namespace gracevae::impl {

/// One number of a table: "single" or "double"; "de", "all" or "paper"; a metric's id.
struct ScoreId {
  std::string kind, gene_set, metric;
  auto operator<=>(const ScoreId&) const = default;  // NOLINT(modernize-use-nullptr): a false alarm of clang-tidy 14
};

/// A row: a variant of the sweep, or what stands beside it (a baseline, the ceiling).
struct ResultRow {
  std::string name;
  bool is_variant = false;
  std::map<ScoreId, PairedScores> scores;  ///< seed → condition → value; conditions without one are left out
  std::size_t n_seeds = 0, n_wanted = 0;   ///< finished, of the sweep
  std::map<std::string, std::vector<std::uint64_t>> problems;  ///< why seeds are missing

  /// Mean over conditions of every seed that has one.
  std::vector<double> by_seed(const ScoreId& id) const;
};

struct SweepResults {
  std::string screen, split, dataset, reference;  ///< as sweep.json has them
  std::vector<std::uint64_t> seeds;
  std::vector<ResultRow> rows;       ///< variants in the sweep's order, then the others as metrics.json has them
  std::vector<std::string> choices;  ///< which setting stands for a variant, and what it was chosen from
  double seconds = 0;                ///< that the finished runs took, one after the other
};

/// Reads sweep.json of `folder` and the runs that it names. A run without a finished.json of its key is missing. Of a
/// variant with several settings the one with the lowest mean validation score over seeds stands for it, among those
/// whose seeds are all finished; test scores have no part in it. IoError when the folder is no sweep, InputError when
/// no run is finished or a file is broken.
SweepResults read_sweep_results(const std::filesystem::path& folder);

/// Index of the setting with the lowest mean; settings without a score for each of `n_seeds` seeds have no part. Ties:
/// the first. Nothing when none is left.
std::optional<std::size_t> choose_setting(const std::vector<std::vector<double>>& scores, std::size_t n_seeds);

}  // namespace gracevae::impl
