#include "screen/batches.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

Batch batch_of(std::int32_t regime, std::span<const std::int64_t> cells, const std::vector<std::int64_t>& pairs) {
  Batch batch{regime, {}, {cells.begin(), cells.end()}};
  batch.controls.reserve(cells.size());
  for (const std::int64_t cell : cells) {
    const std::int64_t control = pairs[static_cast<std::size_t>(cell)];
    GRACEVAE_CHECK(control >= 0, "a cell of a batch has no control cell");
    batch.controls.push_back(control);
  }
  return batch;
}

/// cells[first], … up to `size` of them; where they end, cells of the whole list drawn uniformly with replacement.
std::vector<std::int64_t> filled(const std::vector<std::int64_t>& cells, std::size_t first, std::size_t size,
                                 Random& random) {
  const std::size_t last = std::min(first + size, cells.size());
  std::vector<std::int64_t> batch(cells.begin() + static_cast<std::ptrdiff_t>(first),
                                  cells.begin() + static_cast<std::ptrdiff_t>(last));
  while (batch.size() < size) batch.push_back(cells[static_cast<std::size_t>(random.below(cells.size()))]);
  return batch;
}

}  // namespace

void BatchOptions::bind(OptionTable& table) {
  table
      .add("train", "batch_size", batch_size,
           "Cells a step: of one regime, or of several combinations that have fewer.")
      .range(1, 1e6);
  table.add("train", "keep_short", keep_short,
            "Keep the last batch of a regime when it has fewer cells than batch_size. Without it that batch is "
            "dropped, as published.");
  table.add(
      "train", "fill_short", fill_short,
      "Fill the last batch of a regime up with cells of the regime drawn again, so that every cell trains in every "
      "epoch and all batches have one size. Wins over keep_short.");
  table
      .add("train", "pairing", pairing,
           "Which control cell stands beside each perturbed cell. fixed: drawn once for the run. resample: drawn "
           "anew each epoch, whatever a split file says; its pairs are then kept for cells that do not train.")
      .one_of({"fixed", "resample"});
  table.add(
      "train", "backed", backed,
      "Cells stay on disk, for screens larger than memory: training reads a packed copy of the screen (screen.packed, "
      "RUN/packed by default), which is made where it is missing, in windows of shuffled pieces of regimes.");
  table
      .add(
          "train", "backed_memory", backed_memory,
          "Megabytes of cells that train.backed holds at a time: control cells, a window and the next one. Another number "
          "gives other batches. Ignored without train.backed.")
      .range(1, 1e9);
}

std::vector<std::int64_t> pair_controls(const Screen& screen, const Split& split, std::uint64_t seed,
                                        std::optional<std::uint64_t> epoch) {
  const std::vector<std::int64_t> controls = cells_in_fold(screen.regimes[0], split, Fold::train);
  if (controls.empty())
    throw InputError({.place = std::string("split"), .found = "no control cell is in train"},
                     "control cells are the source of every prediction: put some into train");
  const std::vector<std::vector<std::int64_t>> of_stratum = by_stratum(screen.covariates, controls);
  Random random(seed, "pairs", epoch.value_or(0));
  std::vector<std::int64_t> pairs(static_cast<std::size_t>(screen.n_cells()), -1);
  for (std::size_t cell = 0; cell < pairs.size(); ++cell) {
    if (screen.regime_of_cell[cell] == 0 || split.fold[cell] == Fold::unused) continue;
    const std::int32_t stratum = screen.covariates.stratum(static_cast<std::int64_t>(cell));
    const std::vector<std::int64_t>& among = of_stratum[static_cast<std::size_t>(stratum)];
    if (among.empty())
      throw InputError({.place = "split",
                        .found =
                            fmt::format("no control cell of {} is in train", screen.covariates.stratum_name(stratum))},
                       "control cells are the source of every prediction: put some of every stratum into train");
    const std::int64_t drawn = among[static_cast<std::size_t>(random.below(among.size()))];
    const bool given = split.paired_control[cell] >= 0 && !(epoch && split.fold[cell] == Fold::train);
    pairs[cell] = given ? split.paired_control[cell] : drawn;
  }
  return pairs;
}

std::vector<CellPool> cell_pools(const Screen& screen, const Split& split, Fold fold, std::int64_t whole) {
  std::vector<CellPool> pools;
  CellPool mixed{Batch::kMixed, {}};
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    std::vector<std::int64_t> cells = cells_in_fold(regime, split, fold);
    if (cells.empty()) continue;
    if (regime.targets.size() > 1 && std::ssize(cells) < whole)
      mixed.cells.insert(mixed.cells.end(), cells.begin(), cells.end());
    else
      pools.push_back({static_cast<std::int32_t>(k), std::move(cells)});
  }
  if (!mixed.cells.empty()) pools.push_back(std::move(mixed));
  return pools;
}

std::vector<Batch> make_batches(const Screen& screen, const Split& split, const std::vector<std::int64_t>& pairs,
                                const BatchOptions& options, Random random, Fold fold) {
  const auto size = static_cast<std::size_t>(options.batch_size);
  std::vector<Batch> batches;
  for (auto& [regime, cells] : cell_pools(screen, split, fold, fold == Fold::train ? options.batch_size : 1)) {
    random.shuffle(cells);
    for (std::size_t first = 0; first < cells.size(); first += size) {
      const std::size_t n = std::min(size, cells.size() - first);
      if (n == size || options.fill_short)
        batches.push_back(batch_of(regime, filled(cells, first, size, random), pairs));
      else if (options.keep_short)
        batches.push_back(batch_of(regime, std::span(cells).subspan(first, n), pairs));
    }
  }
  random.shuffle(batches);
  return batches;
}

std::int64_t count_batches(const Screen& screen, const Split& split, const BatchOptions& options) {
  const std::int64_t size = options.batch_size, room = options.keep_short || options.fill_short ? size - 1 : 0;
  std::int64_t n = 0;
  for (const CellPool& pool : cell_pools(screen, split, Fold::train, size)) n += (std::ssize(pool.cells) + room) / size;
  return n;
}

void check_batches(const Screen& screen, const Split& split, const BatchOptions& options) {
  if (options.keep_short || options.fill_short) return;
  std::string small;
  std::size_t n_small = 0, smallest = 0;
  for (const CellPool& pool : cell_pools(screen, split, Fold::train, options.batch_size)) {
    const std::size_t n = pool.cells.size();
    if (n >= static_cast<std::size_t>(options.batch_size)) continue;
    constexpr std::size_t kShown = 10;
    const std::string name = pool.regime == Batch::kMixed ? "small combinations together"
                                                          : screen.regimes[static_cast<std::size_t>(pool.regime)].label;
    if (n_small < kShown) small += fmt::format("{}{} ({})", n_small ? ", " : "", name, n);
    if (n_small == kShown) small += ", …";
    smallest = n_small == 0 ? n : std::min(smallest, n);
    ++n_small;
  }
  if (n_small > 0)
    throw InputError({.place = screen.source,
                      .found = fmt::format("{} fewer training cells than one batch of {} and would never train: {}",
                                           n_small == 1 ? "1 regime has" : fmt::format("{} regimes have", n_small),
                                           options.batch_size, small)},
                     fmt::format("give train.fill_short, train.keep_short, or train.batch_size {}", smallest));
}

}  // namespace gracevae::impl
