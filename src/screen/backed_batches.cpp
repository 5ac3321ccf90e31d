#include "screen/backed_batches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kPieceBatches = 8, kLeastPieces = 16;
constexpr std::int64_t kMegabyte = 1'000'000;
constexpr std::int64_t kControlShare = 4;  // of a window's bytes, where control cells do not stay: one part in so many

std::int64_t bytes_of(const CsrView<float>& rows, std::int64_t cell) {
  return 8 * static_cast<std::int64_t>(rows.row_size(cell)) + 8;
}

std::int64_t bytes_of(const CsrView<float>& rows, std::span<const std::int64_t> cells) {
  std::int64_t bytes = 0;
  for (const std::int64_t cell : cells) bytes += bytes_of(rows, cell);
  return bytes;
}

std::int64_t megabytes(std::int64_t bytes) { return (bytes + kMegabyte - 1) / kMegabyte; }

/// Runs of the cells that train, each of one pool, shuffled.
std::vector<CellPool> make_pieces(const Screen& screen, const Split& split, std::int64_t batch_size,
                                  const BackedSizes& sizes, Random& random) {
  const CsrView<float> rows = screen.rows();
  std::vector<CellPool> pieces;
  for (auto& [regime, cells] : cell_pools(screen, split, Fold::train, batch_size)) {
    sort_as_stored(rows, cells);
    std::rotate(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(random.below(cells.size())), cells.end());
    const auto n = static_cast<std::size_t>(sizes.piece_cells);
    for (std::size_t first = 0; first < cells.size(); first += n) {
      const auto begin = cells.begin() + static_cast<std::ptrdiff_t>(first);
      pieces.push_back({regime, {begin, begin + static_cast<std::ptrdiff_t>(std::min(n, cells.size() - first))}});
    }
  }
  random.shuffle(pieces);
  return pieces;
}

/// Control cells of a window where not all stay: runs of them from places drawn at random, of so many bytes together.
std::vector<std::int64_t> draw_controls(const CsrView<float>& rows, const std::vector<std::int64_t>& stored,
                                        std::int64_t bytes, Random& random) {
  constexpr std::size_t kRun = 64;
  std::vector<std::int64_t> drawn;
  while (bytes > 0) {
    const std::size_t first = static_cast<std::size_t>(random.below(stored.size()));
    for (std::size_t i = first; i < std::min(first + kRun, stored.size()) && bytes > 0; ++i) {
      drawn.push_back(stored[i]);
      bytes -= bytes_of(rows, stored[i]);
    }
  }
  return drawn;
}

class WindowMaker {
 public:
  WindowMaker(const Screen& screen, std::span<const std::int64_t> pairs, const BatchOptions& options)
      : rows_(screen.rows()), pairs_(pairs), options_(options) {}

  /// Control cells to draw pairs from in the next window; none: `pairs`.
  std::vector<std::int64_t> controls;

  void add(const CellPool& piece) {
    auto& cells = cells_[piece.regime];
    cells.insert(cells.end(), piece.cells.begin(), piece.cells.end());
  }
  bool empty() const { return cells_.empty(); }

  /// The batches of the pieces added since the last call.
  std::vector<Batch> take(Random& random) {
    std::vector<Batch> batches;
    for (auto& [regime, cells] : cells_) {
      random.shuffle(cells);
      cut(regime, cells, random, batches);
    }
    random.shuffle(batches);
    cells_.clear();
    return batches;
  }

 private:
  void cut(std::int32_t regime, const std::vector<std::int64_t>& cells, Random& random, std::vector<Batch>& batches) {
    const auto size = static_cast<std::size_t>(options_.batch_size);
    for (std::size_t first = 0; first < cells.size(); first += size) {
      const std::size_t n = std::min(size, cells.size() - first);
      if (n < size && !options_.fill_short && !options_.keep_short) continue;
      Batch batch{regime, {}, {}};
      for (std::size_t i = first; i < first + n; ++i) batch.cells.push_back(cells[i]);
      while (options_.fill_short && batch.cells.size() < size)
        batch.cells.push_back(cells[static_cast<std::size_t>(random.below(cells.size()))]);
      for (const std::int64_t cell : batch.cells) batch.controls.push_back(control_of(cell, random));
      batches.push_back(std::move(batch));
    }
  }
  std::int64_t control_of(std::int64_t cell, Random& random) const {
    if (!controls.empty()) return controls[static_cast<std::size_t>(random.below(controls.size()))];
    return pairs_[static_cast<std::size_t>(cell)];
  }

  CsrView<float> rows_;
  std::span<const std::int64_t> pairs_;
  const BatchOptions& options_;
  std::map<std::int32_t, std::vector<std::int64_t>> cells_;  // of the pieces of this window, by regime
};

}  // namespace

void sort_as_stored(const CsrView<float>& rows, std::vector<std::int64_t>& cells) {
  std::sort(cells.begin(), cells.end(), [&](std::int64_t a, std::int64_t b) {
    return rows.begins[a] != rows.begins[b] ? rows.begins[a] < rows.begins[b] : a < b;
  });
}

BackedSizes backed_sizes(const Screen& screen, const Split& split, const BatchOptions& options) {
  const CsrView<float> rows = screen.rows();
  const std::int64_t memory = options.backed_memory * kMegabyte;
  const std::int64_t control_bytes = bytes_of(rows, cells_in_fold(screen.regimes[0], split, Fold::train));
  BackedSizes sizes;
  sizes.controls_stay = 2 * control_bytes <= memory;
  sizes.control_bytes = sizes.controls_stay ? control_bytes : 0;
  sizes.window_bytes = (memory - sizes.control_bytes) / 2;
  std::int64_t largest = 0;
  for (std::int64_t cell = 0; cell < rows.n_rows; ++cell) largest = std::max(largest, bytes_of(rows, cell));
  const std::int64_t least = 4 * options.batch_size * largest;
  const bool split_pairs = std::any_of(split.paired_control.begin(), split.paired_control.end(),
                                       [](std::int64_t control) { return control >= 0; });
  if (!sizes.controls_stay && split_pairs && options.pairing == "fixed")
    throw ConfigError(
        fmt::format(
            "train.backed_memory is {}, but the control cells of the training fold take {} MB, and the split says "
            "which of them stands beside each cell",
            options.backed_memory, megabytes(control_bytes)),
        fmt::format("train.backed_memory {}, or train.pairing resample",
                    megabytes(control_bytes + std::max(control_bytes, 2 * least))));
  if (!sizes.controls_stay && screen.covariates.n_strata() > 1)
    throw ConfigError(
        fmt::format("train.backed_memory is {}, but the control cells of the training fold take {} MB, and with "
                    "screen.covariates every cell needs one of its own stratum",
                    options.backed_memory, megabytes(control_bytes)),
        fmt::format("train.backed_memory {}", megabytes(control_bytes + std::max(control_bytes, 2 * least))));
  if (sizes.window_bytes < least) {
    const bool would_stay = 2 * control_bytes <= std::max(memory, megabytes(2 * least) * kMegabyte);
    throw ConfigError(
        fmt::format("train.backed_memory is {}, which leaves {} MB for a window of cells, too few for batches "
                    "of {} cells of up to {} bytes",
                    options.backed_memory, sizes.window_bytes / kMegabyte, options.batch_size, largest),
        fmt::format("train.backed_memory {}", megabytes(2 * least + (would_stay ? control_bytes : 0))));
  }
  const double mean =
      rows.n_rows > 0 ? 8 + 8 * static_cast<double>(screen.n_stored()) / static_cast<double>(rows.n_rows) : 8;
  const auto window_cells = static_cast<std::int64_t>(static_cast<double>(sizes.window_bytes) / mean);
  sizes.piece_cells =
      options.batch_size * std::clamp<std::int64_t>(window_cells / kLeastPieces / options.batch_size, 1, kPieceBatches);
  return sizes;
}

WindowedBatches make_windowed_batches(const Screen& screen, const Split& split, std::span<const std::int64_t> pairs,
                                      const BatchOptions& options, const BackedSizes& sizes, Random random) {
  const CsrView<float> rows = screen.rows();
  std::vector<std::int64_t> controls;
  if (!sizes.controls_stay) {
    controls = cells_in_fold(screen.regimes[0], split, Fold::train);
    sort_as_stored(rows, controls);
  }
  const std::int64_t for_controls = sizes.controls_stay ? 0 : sizes.window_bytes / kControlShare;
  WindowMaker maker(screen, pairs, options);
  WindowedBatches result;
  const auto end_window = [&] {
    if (!sizes.controls_stay) maker.controls = draw_controls(rows, controls, for_controls, random);
    for (Batch& batch : maker.take(random)) result.batches.push_back(std::move(batch));
    if (result.ends.empty() || std::ssize(result.batches) > result.ends.back())
      result.ends.push_back(std::ssize(result.batches));
  };
  std::int64_t bytes = for_controls;
  for (const CellPool& piece : make_pieces(screen, split, options.batch_size, sizes, random)) {
    const std::int64_t more = bytes_of(rows, piece.cells);
    if (!maker.empty() && bytes + more > sizes.window_bytes) {
      end_window();
      bytes = for_controls;
    }
    maker.add(piece);
    bytes += more;
  }
  if (!maker.empty()) end_window();
  return result;
}

}  // namespace gracevae::impl
