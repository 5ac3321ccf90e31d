#include "train/polynomial_coordinates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/log.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kMostGenes = 2000;
constexpr std::size_t kMostCells = 20000;

/// Training cells in those principal directions that stand out from the noise.
struct Signal {
  Tensor directions;  ///< [p, s] orthonormal
  Tensor variance;    ///< [s] of the signal, without the noise
  double noise = 0;   ///< variance of every gene's noise
  Tensor cells;       ///< [n, s] centred, each direction divided by the root of its signal's variance

  std::int64_t rank() const { return variance.size(0); }
};

/// Rows of the screen in every regime, evenly thinned to kMostCells.
std::vector<std::int64_t> some_cells(const RegimeMoments& moments) {
  std::vector<std::int64_t> all;
  for (const auto& regime : moments.cells) all.insert(all.end(), regime.begin(), regime.end());
  if (all.size() <= kMostCells) return all;
  std::vector<std::int64_t> some(kMostCells);
  for (std::size_t i = 0; i < kMostCells; ++i) some[i] = all[i * all.size() / kMostCells];
  return some;
}

/// At most `most_directions` of them.
Signal find_signal(const Screen& screen, const RegimeMoments& moments, std::int64_t n_genes,
                   std::int64_t most_directions) {
  const std::vector<std::int64_t> cells = some_cells(moments);
  constexpr double kStandsOut = 10;  // standard errors of a variance
  const auto n = static_cast<double>(cells.size());
  Tensor sum = at::zeros({n_genes}, doubles()), products = at::zeros({n_genes, n_genes}, doubles());
  for_each_block(screen, moments.covariate_effects, cells, [&](const Tensor& rows) {
    sum.add_(rows.sum(0));
    products.add_(at::mm(rows.t(), rows));
  });
  const Tensor mean = sum / n;
  const Tensor covariance = products / n - at::mm(mean.unsqueeze(1), mean.unsqueeze(0));
  const auto [rising, vectors] = at::linalg_eigh(covariance);  // the last are the largest
  const auto variance_of_rest = [&, values = rising](std::int64_t rank) {
    return values.narrow(0, 0, n_genes - rank).mean().item<double>();
  };
  const double least = variance_of_rest(most_directions) * (1 + kStandsOut * std::sqrt(2 / n));
  Signal signal;
  const std::int64_t rank = std::min(most_directions, rising.gt(least).sum().item<std::int64_t>());
  signal.noise = variance_of_rest(rank);
  signal.directions = vectors.narrow(1, n_genes - rank, rank).contiguous();
  signal.variance = rising.narrow(0, n_genes - rank, rank) - signal.noise;
  std::vector<Tensor> blocks;
  const Tensor scaled = signal.directions / at::sqrt(signal.variance);
  for_each_block(screen, moments.covariate_effects, cells,
                 [&](const Tensor& rows) { blocks.push_back(at::mm(rows - mean, scaled)); });
  signal.cells = at::cat(blocks);
  return signal;
}

/// The part of the genes' signal that polynomials of degree two in z = cells·weights leave unexplained.
class Unexplained {
 public:
  Unexplained(const Signal& signal, std::int64_t n_axes) : signal_(signal) {
    std::vector<std::int64_t> first, second;
    for (std::int64_t i = 0; i < n_axes; ++i)
      for (std::int64_t j = i; j < n_axes; ++j) {
        first.push_back(i);
        second.push_back(j);
      }
    first_ = torch_compat::index_tensor(first);
    second_ = torch_compat::index_tensor(second);
    covariance_ = at::mm(signal.cells.t(), signal.cells) / n();
  }

  /// For weights [s, d], squared and summed over genes, with `share` of the noise subtracted from all moments: tr
  /// E[y·yᵀ] − tr B·G⁻¹·Bᵀ with y the signal, B = E[y·φᵀ], G = E[φ·φᵀ], φ = (z, z_i·z_j), all centred. Normal noise
  /// adds to the second moments, through them to the fourth, and nothing to the third. A hundred times the signal if G
  /// is not positive definite, which sampling errors can cause once noise is subtracted.
  Tensor operator()(const Tensor& weights, double share) const {
    const double noise = share * signal_.noise;
    const Tensor scale = at::sqrt(signal_.variance).unsqueeze(1);  // [s, 1]
    const Tensor z = at::mm(signal_.cells, weights), z_left = z.index_select(1, first_),
                 z_right = z.index_select(1, second_);
    const Tensor products = z_left * z_right, centred = products - products.mean(0, true);
    const Tensor seen = at::mm(z.t(), z) / n();
    const Tensor clean = seen - noise * at::mm(weights.t(), weights / at::square(scale));
    const Tensor mixed = at::mm(z.t(), centred) / n();
    const Tensor fourth = at::mm(centred.t(), centred) / n() - covariance_if_normal(seen) + covariance_if_normal(clean);
    const Tensor gram = at::cat({at::cat({clean, mixed}, 1), at::cat({mixed.t(), fourth}, 1)});
    const Tensor with_axes = scale * at::mm(covariance_, weights) - noise * weights / scale;
    const Tensor with_products = scale * at::mm(signal_.cells.t(), centred) / n();
    const auto [root, failed] = at::linalg_cholesky_ex(gram);
    if (failed.item<int>() != 0) return weights.sum() * 0 + 100 * total(0);
    const Tensor explained = at::linalg_solve_triangular(root, at::cat({with_axes, with_products}, 1).t(), false);
    return total(share) - at::square(explained).sum();
  }

  /// Of the signal with the remaining noise.
  double total(double share) const {
    return (covariance_.diagonal() * signal_.variance).sum().item<double>() -
           share * signal_.noise * static_cast<double>(signal_.rank());
  }
  double n() const { return static_cast<double>(signal_.cells.size(0)); }

 private:
  /// Covariance of the products z_i·z_j of a normal z with this covariance [d, d].
  Tensor covariance_if_normal(const Tensor& c) const {
    const auto part = [&](const Tensor& rows, const Tensor& columns) {
      return c.index_select(0, rows).index_select(1, columns);
    };
    return part(first_, first_) * part(second_, second_) + part(first_, second_) * part(second_, first_);
  }

  const Signal& signal_;
  Tensor first_, second_;  ///< the products' factors
  Tensor covariance_;      ///< [s, s] of the cells
};

/// Weights [s, d] that leave least unexplained; nullopt if that is too much for polynomials. Noise is subtracted step
/// by step: where it is large in the weakest directions, subtracting all at once would lead to a spurious minimum.
std::optional<Tensor> find_weights(const Signal& signal, const Tensor& start) {
  constexpr double kMostUnexplained = 0.01;  // of the signal
  constexpr int kIterations = 300;
  constexpr double kTolerance = 1e-6;
  const Unexplained unexplained(signal, start.size(1));
  const double unit = unexplained.n() / std::max(signal.noise, 1e-9 * unexplained.total(0));
  Tensor weights = start.clone().requires_grad_(true), best = start;
  double least = std::numeric_limits<double>::infinity();
  for (const double share : {0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0}) {
    const auto loss = [&] {
      stop_if_interrupted();
      return 0.5 * unit * unexplained(weights, share);
    };
    const double left = torch_compat::minimise(loss, {weights}, {Tensor()}, kIterations, kTolerance) / (0.5 * unit);
    log::debug("polynomial mixing: {:.2g} of the noise taken out, {:.2e} of the signal unexplained", share,
               left / unexplained.total(share));
    if (!(left > 0 && left < least)) break;  // sampling errors: less than nothing, or no Gram matrix
    least = left;
    best = weights.detach().clone();
  }
  return least < kMostUnexplained * unexplained.total(1) ? std::optional(best) : std::nullopt;
}

}  // namespace

std::optional<ShiftCoordinates> polynomial_coordinates(const RunData& data, const RegimeMoments& moments,
                                                       const ShiftCoordinates& linear) {
  const std::int64_t d = linear.n_axes(), p = data.shape.n_genes, rank = d * (d + 3) / 2;
  if (d < 2 || d > kMostPolynomialAxes || p < rank + 2 || p > kMostGenes) return std::nullopt;
  const Signal signal = find_signal(data.screen, moments, p, rank);
  if (signal.rank() <= d) return std::nullopt;
  const Tensor shifts = linear.directions * linear.size.unsqueeze(1);  // [d, p]
  const Tensor to_signal = signal.directions / at::sqrt(signal.variance);
  const Tensor along = at::mm(shifts, to_signal).t();  // [s, d]
  const std::optional<Tensor> weights = [&] {
    const at::AutoGradMode with_grad(true);
    return find_weights(signal, along / at::sqrt(at::square(along).sum(0)));
  }();
  if (!weights) return std::nullopt;
  ShiftCoordinates c = linear;
  c.projection = at::mm(to_signal, *weights);
  c.projection = at::mm(c.projection, at::linalg_inv(at::mm(shifts, c.projection)));
  c.span = signal.directions.t().contiguous();
  c.span_projection = signal.directions;
  c.equal_noise = true;
  scale_axes(data, moments, shifts, c);
  return c;
}

}  // namespace gracevae::impl
