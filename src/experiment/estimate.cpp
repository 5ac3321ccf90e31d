#include "experiment/estimate.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels/cpu/blas.hpp"

namespace gracevae {

namespace {

constexpr std::int64_t kCells = 32, kGenes = 5000, kHidden = 128;  // of the product that is timed
constexpr std::size_t kStreamed = 16 << 20;  // numbers of each array that is streamed: more than caches hold
constexpr double kSecondsEach = 0.1;
constexpr double kGeneTensorPasses = 30;             // reads and writes of a [batch, genes] tensor in a step
constexpr double kProductEfficiency = 0.6;           // of the timed product's speed, over all shapes of a step
constexpr double kAdamBytes = 7;                     // numbers moved a weight: four read, three written
constexpr double kSecondsAnEdge = 3e-9;              // and cell, forward and backward
constexpr double kStepOverhead = 2e-3;               // hundreds of small operations of LibTorch
constexpr std::int64_t kProcessBytes = 170'000'000;  // LibTorch and OpenBLAS loaded, nothing done

/// Times `work` until kSecondsEach have passed and returns calls a second, the best of the calls.
template <class Work>
double rate_of(Work&& work) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  double best = 0;
  work();
  do {
    const auto before = Clock::now();
    work();
    best = std::max(best, 1 / std::max(std::chrono::duration<double>(Clock::now() - before).count(), 1e-9));
  } while (std::chrono::duration<double>(Clock::now() - start).count() < kSecondsEach);
  return best;
}

}  // namespace

MachineSpeed measure_speed() {
  MachineSpeed speed;
  std::vector<float> cells(kCells * kGenes, 0.5F), weights(kHidden * kGenes, 0.25F), out(kCells * kHidden);
  const double products = rate_of([&] {
    kernels::multiply<float>({cells.data(), kCells, kGenes, kGenes}, {weights.data(), kHidden, kGenes, kGenes},
                             kernels::Second::transposed, {out.data(), kCells, kHidden, kHidden});
  });
  speed.flops = products * 2.0 * kCells * kGenes * kHidden;
  std::vector<float> a(kStreamed, 1), b(kStreamed, 2);
  const double passes = rate_of([&] {
#pragma omp parallel for simd schedule(static)
    for (std::size_t i = 0; i < kStreamed; ++i) a[i] = 0.9F * a[i] + 0.1F * b[i];
  });
  speed.bytes = passes * 3 * sizeof(float) * static_cast<double>(kStreamed);
  return speed;
}

TrainingEstimate estimate_training(const TrainingSize& size, const MachineSpeed& speed) {
  const auto cells = static_cast<double>(size.batch_size), genes = static_cast<double>(size.n_genes);
  const auto hidden = static_cast<double>(size.hidden), bytes = static_cast<double>(size.bytes_a_number);
  const auto latents = static_cast<double>(size.n_latents), labels = static_cast<double>(size.n_labels);
  const double precision = bytes / 4;  // float64 products take twice as long
  const double products = 2 * cells * genes * hidden * (size.n_directed_edges > 0 ? 3 : 2)  // fc1 with its gradients
                          + 2 * 3 * 2 * cells * genes * hidden                              // d2, twice
                          + 2 * (2 * cells) * (2 * cells) * genes                           // Gram matrix
                          + 2 * cells * (2 * cells) * genes;                                // and its gradient
  const double n_weights =
      2 * genes * hidden + genes + hidden * (3 + 4 * latents + labels) + latents * (latents + 3) + labels;
  TrainingEstimate estimate;
  estimate.step_seconds = kStepOverhead + products * precision / (kProductEfficiency * speed.flops) +
                          bytes * (kAdamBytes * n_weights + kGeneTensorPasses * cells * genes) / speed.bytes +
                          kSecondsAnEdge * cells * static_cast<double>(size.n_directed_edges) * precision;
  estimate.seconds = estimate.step_seconds * static_cast<double>(size.steps_an_epoch * size.epochs);
  const double screen = 8.0 * static_cast<double>(size.n_stored) + 200.0 * static_cast<double>(size.n_cells);
  const double step = bytes * cells * (12 * genes + 4 * static_cast<double>(size.n_nodes));
  // Weights, gradients, two moments, and the copy of the best epoch.
  estimate.memory_bytes = kProcessBytes + static_cast<std::int64_t>(screen + step + 5 * bytes * n_weights);
  return estimate;
}

}  // namespace gracevae
