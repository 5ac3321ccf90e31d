#pragma once
/// @file Batches for cells that stay on disk: the same kind as in memory, but in windows that memory can hold.
#include <cstdint>
#include <span>
#include <vector>

#include "screen/batches.hpp"

namespace gracevae::impl {

/// What a backed run may hold at a time. Made from --backed-memory by backed_sizes.
struct BackedSizes {
  bool controls_stay = true;       ///< all control cells of the training fold are held for the run
  std::int64_t control_bytes = 0;  ///< theirs; 0 when they do not stay
  std::int64_t window_bytes = 0;   ///< of one window; there are two, that in use and the next
  std::int64_t piece_cells = 0;    ///< cells of a regime that are read together, a multiple of the batch size
};

/// Control cells stay when they take at most half of the memory; the rest is two windows. A piece is 8 batches, fewer
/// where a window would hold fewer than 16 pieces.
/// @throws ConfigError when a window cannot hold a batch, and when control cells do not fit though the split says which
/// cell stands beside which, or strata which may: names the memory that would do.
BackedSizes backed_sizes(const Screen& screen, const Split& split, const BatchOptions& options);

/// The batches of an epoch in windows.
struct WindowedBatches {
  std::vector<Batch> batches;
  std::vector<std::int64_t> ends;  ///< of each window, the number of batches up to there
};

/// Each training cell of a regime of one target is in one batch an epoch but for those of a short one, as make_batches
/// has it. The cells of a regime, in the order in which they are stored (random within it), are turned by a number
/// drawn anew, so that another place ends short each epoch, and cut into pieces; the pieces of all regimes are shuffled
/// and fill windows; in a window the cells of a regime are shuffled together and cut into batches, and its batches are
/// shuffled. Control cells are those of `pairs`, or, where they do not stay, drawn from runs of them that take a
/// quarter of the window. Depends on nothing but its arguments.
/// @test tests/unit/screen/backed_batches_test.cpp
WindowedBatches make_windowed_batches(const Screen& screen, const Split& split, std::span<const std::int64_t> pairs,
                                      const BatchOptions& options, const BackedSizes& sizes, Random random);

/// Cells in the order in which their rows are stored.
void sort_as_stored(const CsrView<float>& rows, std::vector<std::int64_t>& cells);

}  // namespace gracevae::impl
