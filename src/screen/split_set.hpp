#pragma once
/// @file The same split with several seeds, written at once: what every model of a sweep is to be trained on.
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "screen/split.hpp"

namespace gracevae::impl {

/// "0-9", "0,3,7", "5" or "0-2,7": the seeds in this order. ConfigError: anything else, a range that descends, a seed
/// named twice, more than 1,000 seeds.
std::vector<std::uint64_t> parse_seeds(const std::string& text);

/// What a split holds.
struct SplitSummary {
  std::array<std::int64_t, 4> cells{};                  ///< perturbed cells by Fold
  std::array<std::int64_t, 4> control_cells{};          ///< control cells by Fold
  std::map<std::string, std::int64_t> strata{};         ///< test conditions by stratum (stratum_of)
  std::map<std::string, std::int64_t> stratum_cells{};  ///< their test cells
};
SplitSummary summarise_split(const Screen& screen, const Split& split);

struct SplitSet {
  std::filesystem::path folder;  ///< made when it is not there
  std::vector<std::uint64_t> seeds;
  bool force = false;  ///< overwrite files that differ
};

/// Makes and checks the split of every seed, then writes split_seed<seed>.tsv (write_split) and split_seed<seed>.json
/// (kind, options, seed, the screen's name and XXH3-128, counts of cells and conditions). A seed's files do not depend
/// on the other seeds. Nothing is written when a split leaks or a file with other content is there (ConfigError that
/// names it; not with `force`). Returns a summary a seed. Cost: about 30 bytes of memory a cell and seed.
std::vector<SplitSummary> write_split_set(const Screen& screen, const SplitOptions& options, const SplitSet& set);

/// A line a seed: cells of each fold, test conditions of each stratum. For a terminal.
std::string split_set_text(const std::vector<std::uint64_t>& seeds, const std::vector<SplitSummary>& summaries);

}  // namespace gracevae::impl
