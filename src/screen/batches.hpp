#pragma once
/// @file Pairs of control and perturbed cells, cut into batches of one regime, or of several small ones.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/csr_view.hpp"
#include "base/options.hpp"
#include "base/random.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

/// Part of section [train].
struct BatchOptions {
  std::int64_t batch_size = 32;  ///< cells of one regime a step
  bool keep_short =
      false;  ///< keep a regime's last batch when it has fewer cells (default: it is dropped, as published)
  bool fill_short = false;  ///< fill that batch up with other cells of the regime instead
  std::string pairing =
      "fixed";  ///< fixed: one control cell drawn for each cell for the whole run; resample: drawn anew each epoch

  bool backed = false;                ///< cells stay on disk, in the packed copy of the screen
  std::int64_t backed_memory = 1024;  ///< megabytes of cells that a backed run holds; ignored without `backed`

  void bind(OptionTable& table);
};

/// The cells of a batch, by their row in `rows`.
struct BatchRows {
  CsrView<float> rows;
  std::span<const std::int64_t> controls, cells;
};

struct Batch {
  /// Of a batch whose cells have targets of their own.
  static constexpr std::int32_t kMixed = -1;
  std::int32_t regime;                 ///< of all cells, or kMixed
  std::vector<std::int64_t> controls;  ///< rows x, as many as cells
  std::vector<std::int64_t> cells;     ///< rows y
};

/// The batches' cells: of one regime, or of all small combinations together (Batch::kMixed).
struct CellPool {
  std::int32_t regime;
  std::vector<std::int64_t> cells;
};

/// Cells in `fold` of every perturbed regime that has any, in the order of the screen; then the cells of all
/// combinations with fewer of them than `whole`, which share batches: cell i of such a batch is predicted under its own
/// targets, and the MMD compares the two mixtures, in which every combination has the same share.
std::vector<CellPool> cell_pools(const Screen& screen, const Split& split, Fold fold, std::int64_t whole);

/// For every cell that has a fold and a perturbed regime, a control cell drawn uniformly with replacement from those of
/// its stratum (screen/covariates.hpp) in the training fold (−1 for all others). The split's own pairs are taken where
/// it has them, but for training cells with an `epoch`, for which pairing = resample draws them anew. Stream "pairs" of
/// `seed`. InputError when no control cell, or none of a stratum, is in the training fold.
/// @paper GraCE-VAE (training pairs)
std::vector<std::int64_t> pair_controls(const Screen& screen, const Split& split, std::uint64_t seed,
                                        std::optional<std::uint64_t> epoch = std::nullopt);

/// The batches of one epoch: each of cell_pools (training combinations of fewer than batch_size cells share one) is
/// shuffled and cut, its last short batch dropped unless keep_short; all batches are shuffled together.
std::vector<Batch> make_batches(const Screen& screen, const Split& split, const std::vector<std::int64_t>& pairs,
                                const BatchOptions& options, Random random, Fold fold = Fold::train);

/// How many batches an epoch has.
std::int64_t count_batches(const Screen& screen, const Split& split, const BatchOptions& options);

/// InputError when a single, or all small combinations together, would never fill a batch (fewer than batch_size cells
/// and not keep_short): names the regimes and their sizes; hints at the options that help.
void check_batches(const Screen& screen, const Split& split, const BatchOptions& options);

}  // namespace gracevae::impl
