#include "kernels/mmd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/aligned_vector.hpp"
#include "base/error.hpp"
#include "kernels/common_rows_mmd.hpp"
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

/// What rows do not have in common, each value less the common one.
std::vector<double> differences(const CommonRows& x) {
  std::vector<double> values(x.others.values.begin(), x.others.values.end());
  for (std::size_t k = 0; k < values.size(); ++k)
    values[k] -= static_cast<double>(x.common[static_cast<std::size_t>(x.others.indices[k])]);
  return values;
}

/// The stacked differences of a and b, row by row; a piece of some columns at a time.
class StackedDifferences {
 public:
  StackedDifferences(const CommonRows& a, const CommonRows& b)
      : a_(a), b_(b), of_a_(differences(a)), of_b_(differences(b)), next_(static_cast<std::size_t>(n_rows()), 0) {}

  std::int64_t n_rows() const { return a_.n_rows() + b_.n_rows(); }
  /// A row's values in the piece, as row_sums reads them.
  struct Piece {
    const std::int32_t* columns;
    const double* values;
    std::int64_t n;
  };
  const Piece& piece(std::int64_t i) const { return pieces_[static_cast<std::size_t>(i)]; }
  /// Goes on to a row's values in columns up to `end`; pieces are asked for from left to right.
  const Piece& read(std::int64_t i, std::int64_t end) {
    const bool in_a = i < a_.n_rows();
    const CommonRows& side = in_a ? a_ : b_;
    const std::int64_t row = in_a ? i : i - a_.n_rows();
    const auto columns = side.others.row_indices(row);
    std::size_t& next = next_[static_cast<std::size_t>(i)];
    const std::size_t first = next;
    while (next < columns.size() && columns[next] < end) ++next;
    const auto start = static_cast<std::size_t>(side.others.indptr[static_cast<std::size_t>(row)]) + first;
    return pieces_[static_cast<std::size_t>(i)] = {columns.data() + first, (in_a ? of_a_ : of_b_).data() + start,
                                                   static_cast<std::int64_t>(next - first)};
  }

 private:
  const CommonRows &a_, &b_;
  std::vector<double> of_a_, of_b_;
  std::vector<std::size_t> next_;
  std::vector<Piece> pieces_ = std::vector<Piece>(next_.size());
};

/// Inner products of the stacked differences, on and above the diagonal (entries below it are unspecified).
Matrix<double> upper_gram(const CommonRows& a, const CommonRows& b) {
  constexpr std::int64_t kSparse = 4;  // products of single values are faster up to one value in so many
  StackedDifferences rows(a, b);
  const std::int64_t size = rows.n_rows(), n_tiles = (size + kTileRows - 1) / kTileRows;
  Matrix<double> gram(size, size);
  AlignedVector<double> columns(static_cast<std::size_t>(kTileGenes * size));
#pragma omp parallel if (size > 2 * kFewRows)
  for (std::int64_t gene = 0; gene < a.n_cols(); gene += kTileGenes) {
    const std::int64_t genes = std::min(kTileGenes, a.n_cols() - gene);
#pragma omp for schedule(static)
    for (std::int64_t g = 0; g < genes; ++g) std::fill_n(columns.begin() + g * size, size, 0.0);
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < size; ++i) {
      const auto& piece = rows.read(i, gene + genes);
      for (std::int64_t k = 0; k < piece.n; ++k)
        columns[static_cast<std::size_t>((piece.columns[k] - gene) * size + i)] = piece.values[k];
    }
#pragma omp for schedule(dynamic)
    for (std::int64_t tile = 0; tile < n_tiles; ++tile) {
      const std::int64_t first = tile * kTileRows, end = std::min(first + kTileRows, size);
      std::int64_t n_values = 0;
      for (std::int64_t i = first; i < end; ++i) n_values += rows.piece(i).n;
      if (n_values * kSparse > (end - first) * genes) {
        block_product_transposed<double>({columns.data() + first, genes, end - first, size},
                                         {columns.data() + first, genes, size - first, size},
                                         {&gram(first, first), end - first, size - first, size}, true);
        continue;
      }
      for (std::int64_t i = first; i < end; ++i) {
        const auto& piece = rows.piece(i);
        const std::int64_t begin[] = {0, piece.n};
        row_sums<double, double>(
            {columns.data() + i, size, size - i, begin, 1, piece.columns, gene, piece.values, &gram(i, i), true});
      }
    }
  }
  return gram;
}

/// Adds to the distances between a and b what comes from different common rows: with d = common(a) − common(b), those
/// of differences x and y grow by d² + 2d·(x − y).
void add_common(const CommonRows& a, const CommonRows& b, Matrix<double>& distances) {
  std::vector<double> gap(a.common.begin(), a.common.end());
  double square = 0;
  for (std::size_t g = 0; g < gap.size(); ++g) {
    gap[g] -= static_cast<double>(b.common[g]);
    square += gap[g] * gap[g];
  }
  if (square == 0) return;
  const auto along_gap = [&](const CommonRows& x) {
    const std::vector<double> values = differences(x);
    std::vector<double> products(static_cast<std::size_t>(x.n_rows()), 0.0);
    for (std::size_t i = 0; i < products.size(); ++i)
      for (auto k = static_cast<std::size_t>(x.others.indptr[i]); k < static_cast<std::size_t>(x.others.indptr[i + 1]);
           ++k)
        products[i] += gap[static_cast<std::size_t>(x.others.indices[k])] * values[k];
    return products;
  };
  const std::vector<double> of_a = along_gap(a), of_b = along_gap(b);
  for (std::int64_t i = 0; i < a.n_rows(); ++i)
    for (std::int64_t j = 0; j < b.n_rows(); ++j) {
      double& distance = distances(i, a.n_rows() + j);
      distance += square + 2 * (of_a[static_cast<std::size_t>(i)] - of_b[static_cast<std::size_t>(j)]);
      if (distance < 0) distance = 0;  // not std::max: NaN must stay NaN
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

MmdEstimates mmd2_estimates(const CommonRows& a, const CommonRows& b, const MmdOptions& options) {
  GRACEVAE_CHECK(a.n_cols() == b.n_cols(), "MMD of rows of different lengths");
  GRACEVAE_CHECK(a.n_rows() > 0 && b.n_rows() > 0 && a.n_cols() > 0, "MMD of an empty set");
  Matrix<double> distances = upper_gram(a, b);
  to_squared_distances(distances);
  add_common(a, b, distances);
  const KernelSums sums = kernel_sums(distances, a.n_rows(), options);
  return {estimate(sums, a.n_rows(), b.n_rows(), options, false),
          estimate(sums, a.n_rows(), b.n_rows(), options, true)};
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
