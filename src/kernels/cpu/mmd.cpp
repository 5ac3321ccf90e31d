#include "kernels/mmd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/aligned_vector.hpp"
#include "base/error.hpp"
#include "kernels/cpu/block_product.hpp"
#include "kernels/cpu/vector_loops.hpp"

namespace gracevae::impl::kernels {

namespace {

// Work is cut into pieces of fixed size, each done by one thread, so that no sum depends on the number of threads.
constexpr std::int64_t kTileRows = 64;      // of the Gram matrix
constexpr std::int64_t kTileGenes = 128;    // transposed at a time
constexpr std::int64_t kGeneColumns = 512;  // of the gradient
constexpr std::int64_t kFewRows = 128;      // up to which one thread is faster than waking the others

/// Inner products of the stacked rows [a; b], on and above the diagonal (entries below it are unspecified).
template <class T>
Matrix<T> upper_gram(MatrixView<const T> a, MatrixView<const T> b) {
  const std::int64_t n = a.n_rows, size = n + b.n_rows, p = a.n_cols;
  const std::int64_t tiles_of_a = (n + kTileRows - 1) / kTileRows,
                     n_tiles = tiles_of_a + (b.n_rows + kTileRows - 1) / kTileRows;
  Matrix<T> gram(size, size);
  AlignedVector<T> columns(static_cast<std::size_t>(kTileGenes * size));
#pragma omp parallel if (size > 2 * kFewRows)
  for (std::int64_t gene = 0; gene < p; gene += kTileGenes) {
    const std::int64_t genes = std::min(kTileGenes, p - gene);
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < size; ++i) {
      const T* const row = (i < n ? &a(i, 0) : &b(i - n, 0)) + gene;
      for (std::int64_t g = 0; g < genes; ++g) columns[static_cast<std::size_t>(g * size + i)] = row[g];
    }
#pragma omp for schedule(dynamic)
    for (std::int64_t tile = 0; tile < n_tiles; ++tile) {
      const bool in_a = tile < tiles_of_a;
      const MatrixView<const T> side = in_a ? a : b;
      const std::int64_t first = (in_a ? tile : tile - tiles_of_a) * kTileRows, start = in_a ? first : n + first,
                         n_rows = std::min(kTileRows, side.n_rows - first);
      block_product<T>({&side(first, gene), n_rows, genes, p}, {columns.data() + start, genes, size - start, size},
                       {&gram(start, start), n_rows, size - start, size}, true);
    }
  }
  return gram;
}

/// Sums of K over ordered pairs of different rows: within a, within b, and over a x b.
struct KernelSums {
  double aa = 0, bb = 0, ab = 0;
};

/// `slopes` [n, n+m], if not null, receives dK/dD of the rows of a against all rows (0 on the diagonal).
template <class T>
KernelSums kernel_sums(const Matrix<T>& distances, std::int64_t n, const MmdOptions& options,
                       Matrix<double>* slopes = nullptr) {
  const std::int64_t size = distances.n_rows;
  const double largest = options.sigma * std::exp2(options.n_kernels - 1 - options.n_kernels / 2);
  const VectorLoops<T>& loops = vector_loops<T>();
  std::vector<KernelSums> of_row(static_cast<std::size_t>(size));
#pragma omp parallel for schedule(dynamic, 16) if (size > kFewRows)
  for (std::int64_t i = 0; i < size; ++i) {
    KernelSums sums;
    const auto between = [&](std::int64_t from, std::int64_t to) {
      return loops.kernel_sum(distances.row(i).data() + from, to - from, largest, options.n_kernels,
                              slopes && i < n ? slopes->row(i).data() + from : nullptr);
    };
    if (i < n) {
      sums.aa = between(i + 1, n);
      sums.ab = between(n, size);
      for (std::int64_t j = i + 1; slopes && j < n; ++j) (*slopes)(j, i) = (*slopes)(i, j);
    } else {
      sums.bb = between(i + 1, size);
    }
    of_row[static_cast<std::size_t>(i)] = sums;
  }
  KernelSums total;
  for (const auto& sums : of_row) {
    total.aa += 2 * sums.aa;
    total.bb += 2 * sums.bb;
    total.ab += sums.ab;
  }
  return total;
}

/// mean(K) over the ordered pairs of one set; `others` is the sum over different rows.
double mean_within(double others, std::int64_t n, const MmdOptions& options, bool unbiased) {
  const auto count = static_cast<double>(n);
  if (unbiased) return n < 2 ? std::numeric_limits<double>::quiet_NaN() : others / (count * (count - 1));
  return (others + count * options.n_kernels) / (count * count);
}

double estimate(const KernelSums& sums, std::int64_t n, std::int64_t m, const MmdOptions& options, bool unbiased) {
  return mean_within(sums.aa, n, options, unbiased) + mean_within(sums.bb, m, options, unbiased) -
         2 * sums.ab / (static_cast<double>(n) * static_cast<double>(m));
}

/// ∂MMD²/∂a_i = Σ_j c_ij (a_i − r_j) over the stacked rows r, c_ij = ±4·(dK/dD)_ij/count: returns the weights [n, n+m]
/// that multiply r.
template <class T>
Matrix<T> gradient_weights(const Matrix<double>& slopes, const MmdOptions& options) {
  const std::int64_t n = slopes.n_rows, size = slopes.n_cols;
  const auto count_a = static_cast<double>(n), count_b = static_cast<double>(size - n);
  const double within = 4 / (count_a * (options.unbiased ? count_a - 1 : count_a)), between = -4 / (count_a * count_b);
  Matrix<T> weights(n, size);
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < size; ++j) {
      if (j == i) continue;
      const double c = slopes(i, j) * (j < n ? within : between);
      sum += c;
      weights(i, j) = static_cast<T>(-c);
    }
    weights(i, i) = static_cast<T>(sum);
  }
  return weights;
}

/// out [n, p] = weights [n, n+m] times the stacked rows.
template <class T>
void weighted_rows(const Matrix<T>& weights, MatrixView<const T> a, MatrixView<const T> b, T* out) {
  const std::int64_t n = a.n_rows, m = b.n_rows, p = a.n_cols;
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t first = 0; first < p; first += kGeneColumns) {
    const std::int64_t columns = std::min(kGeneColumns, p - first);
    const Block<T> part{out + first, n, columns, p};
    block_product<T>({weights.values.data(), n, n, n + m}, {a.data + first, n, columns, p}, part, false);
    block_product<T>({weights.values.data() + n, n, m, n + m}, {b.data + first, m, columns, p}, part, true);
  }
}

template <class T>
void check_shapes(MatrixView<const T> a, MatrixView<const T> b) {
  GRACEVAE_CHECK(a.n_cols == b.n_cols, "MMD of rows of different lengths");
  GRACEVAE_CHECK(a.n_rows > 0 && b.n_rows > 0 && a.n_cols > 0, "MMD of an empty set");
}

/// In place, on and above the diagonal: inner products to squared distances.
template <class T>
void to_squared_distances(Matrix<T>& result) {
  const std::int64_t size = result.n_rows;
  std::vector<T> norms(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i) norms[static_cast<std::size_t>(i)] = result(i, i);
#pragma omp parallel for schedule(dynamic, 16) if (size > kFewRows)
  for (std::int64_t i = 0; i < size; ++i) {
    T* const row = result.row(i).data();
    const T norm = norms[static_cast<std::size_t>(i)];
    row[i] = 0;
    for (std::int64_t j = i + 1; j < size; ++j) {
      const T distance = norm + norms[static_cast<std::size_t>(j)] - 2 * row[j];
      row[j] = distance < 0 ? T{0} : distance;  // not std::max: NaN must stay NaN
    }
  }
}

/// Squared distances of the stacked rows [a; b], on and above the diagonal.
template <class T>
Matrix<T> upper_distances(MatrixView<const T> a, MatrixView<const T> b) {
  check_shapes(a, b);
  Matrix<T> result = upper_gram(a, b);
  to_squared_distances(result);
  return result;
}

}  // namespace

template <class T>
Matrix<T> squared_distances(MatrixView<const T> a, MatrixView<const T> b) {
  Matrix<T> result = upper_gram(a, b);
  to_squared_distances(result);
#pragma omp parallel for schedule(dynamic, 16) if (result.n_rows > kFewRows)
  for (std::int64_t i = 0; i < result.n_rows; ++i)
    for (std::int64_t j = 0; j < i; ++j) result(i, j) = result(j, i);
  return result;
}

template <class T>
double mmd2_of_gram(Matrix<T>& gram, std::int64_t n, const MmdOptions& options, Matrix<T>& weights) {
  to_squared_distances(gram);
  Matrix<double> slopes(n, gram.n_cols);
  const KernelSums sums = kernel_sums(gram, n, options, &slopes);
  weights = gradient_weights<T>(slopes, options);
  return estimate(sums, n, gram.n_rows - n, options, options.unbiased);
}

template <class T>
double mmd2(MatrixView<const T> a, MatrixView<const T> b, const MmdOptions& options, T* grad_a) {
  const Matrix<T> distances = upper_distances(a, b);
  Matrix<double> slopes;
  if (grad_a) slopes = Matrix<double>(a.n_rows, distances.n_cols);
  const KernelSums sums = kernel_sums(distances, a.n_rows, options, grad_a ? &slopes : nullptr);
  if (grad_a) weighted_rows(gradient_weights<T>(slopes, options), a, b, grad_a);
  return estimate(sums, a.n_rows, b.n_rows, options, options.unbiased);
}

template <class T>
MmdEstimates mmd2_estimates(MatrixView<const T> a, MatrixView<const T> b, const MmdOptions& options) {
  const KernelSums sums = kernel_sums(upper_distances(a, b), a.n_rows, options);
  return {estimate(sums, a.n_rows, b.n_rows, options, false), estimate(sums, a.n_rows, b.n_rows, options, true)};
}

template Matrix<float> squared_distances(MatrixView<const float>, MatrixView<const float>);
template Matrix<double> squared_distances(MatrixView<const double>, MatrixView<const double>);
template double mmd2_of_gram(Matrix<float>&, std::int64_t, const MmdOptions&, Matrix<float>&);
template double mmd2_of_gram(Matrix<double>&, std::int64_t, const MmdOptions&, Matrix<double>&);
template double mmd2(MatrixView<const float>, MatrixView<const float>, const MmdOptions&, float*);
template double mmd2(MatrixView<const double>, MatrixView<const double>, const MmdOptions&, double*);
template MmdEstimates mmd2_estimates(MatrixView<const float>, MatrixView<const float>, const MmdOptions&);
template MmdEstimates mmd2_estimates(MatrixView<const double>, MatrixView<const double>, const MmdOptions&);

}  // namespace gracevae::impl::kernels
