#include "kernels/sliced_layers.hpp"

#include <omp.h>

#include "base/error.hpp"
#include "kernels/activation.hpp"
#include "kernels/cpu/adam_update.hpp"
#include "kernels/cpu/block_product.hpp"
#include "kernels/cpu/transpose.hpp"
#include "kernels/cpu/vector_clones.hpp"

namespace gracevae::kernels {

namespace {

/// A piece of zeros for each thread, added up in order of the threads.
template <class T>
class ThreadSums {
 public:
  explicit ThreadSums(std::int64_t n) : n_(n), values_(static_cast<std::size_t>(n * omp_get_max_threads()), T{0}) {}
  T* mine() { return values_.data() + omp_get_thread_num() * n_; }
  void add_up(T* out) const {
    std::copy_n(values_.begin(), n_, out);
    for (std::size_t from = static_cast<std::size_t>(n_); from < values_.size(); from += static_cast<std::size_t>(n_))
      for (std::int64_t i = 0; i < n_; ++i) out[i] += values_[from + static_cast<std::size_t>(i)];
  }

 private:
  std::int64_t n_;
  AlignedVector<T> values_;
};

/// The slices that are this thread's, of `n`.
struct Share {
  std::int64_t first, end;
  explicit Share(std::int64_t n)
      : first(n * omp_get_thread_num() / omp_get_num_threads()),
        end(n * (omp_get_thread_num() + 1) / omp_get_num_threads()) {}
};

/// The values of cells, slice after slice of genes from the slice `first` on.
class SliceCursor {
 public:
  SliceCursor(const CsrView<float>& rows, std::span<const std::int64_t> cells, std::int64_t first)
      : rows_(rows), cells_(cells), next_(cells.size()) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto genes = rows.row_indices(cells[i]);
      next_[i] = static_cast<std::size_t>(
          std::lower_bound(genes.begin(), genes.end(), static_cast<std::int32_t>(first * kSliceGenes)) - genes.begin());
    }
  }
  /// `use(cell of the list, gene of the slice, value)` for every value in slice k.
  template <class Use>
  void each(std::int64_t k, const Use& use) {
    const std::int64_t begin = k * kSliceGenes, end = begin + kSliceGenes;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const auto genes = rows_.row_indices(cells_[i]);
      const auto values = rows_.row_values(cells_[i]);
      std::size_t& at = next_[i];
      for (; at < genes.size() && genes[at] < end; ++at)
        use(static_cast<std::int64_t>(i), genes[at] - begin, values[at]);
    }
  }

 private:
  const CsrView<float>& rows_;
  std::span<const std::int64_t> cells_;
  std::vector<std::size_t> next_;
};

/// Values of rows `cells` into columns [first, …) of `out`, the genes of slices `share`.
template <class T>
void load_columns(const CsrView<float>& rows, std::span<const std::int64_t> cells, std::int64_t first,
                  const Share& share, SlicedRows<T>& out) {
  SliceCursor cursor(rows, cells, share.first);
  for (std::int64_t k = share.first; k < share.end; ++k) {
    T* const slice = out.slice(k) + first;
    for (std::int64_t g = 0; g < out.width(k); ++g) std::fill_n(slice + g * out.n_cells(), cells.size(), T{0});
    cursor.each(k, [&](std::int64_t i, std::int64_t g, float value) {
      slice[g * out.n_cells() + i] = static_cast<T>(value);
    });
  }
}

/// What a slice's weights become, or their gradient.
template <class T>
class SliceUpdate {
 public:
  SliceUpdate(const AdamOptions& options, std::int64_t step, std::int64_t largest)
      : factors_(options, step), gradient_(static_cast<std::size_t>(largest)) {}
  /// Where the gradient of n numbers from `offset` on is to be written.
  T* gradient_of(const Trained<T>& trained, std::int64_t offset) {
    return trained.gradient ? trained.gradient + offset : gradient_.data();
  }
  void apply(const Trained<T>& trained, std::int64_t offset, std::int64_t n) const {
    if (trained.gradient) return;
    adam_update(trained.weight + offset, gradient_.data(), trained.first_moment + offset,
                trained.second_moment + offset, n, factors_);
  }

 private:
  AdamFactors<T> factors_;
  AlignedVector<T> gradient_;
};

/// The weights of a slice, times the mask where there is one.
template <class T>
const T* masked(const T* weight, const T* mask, std::int64_t n, AlignedVector<T>& buffer) {
  if (!mask) return weight;
  buffer.resize(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) buffer[static_cast<std::size_t>(i)] = weight[i] * mask[i];
  return buffer.data();
}

// Loops over the cells of a gene, for the widest vectors that there are. Sums are kept in eight parts whatever the
// width is, so that it changes no bit.
constexpr std::int64_t kParts = 8;

template <class T>
inline __attribute__((always_inline)) double sum_of_parts(const T (&parts)[kParts]) {
  double sum = 0;
  for (const T part : parts) sum += static_cast<double>(part);
  return sum;
}

/// LeakyReLU(row + bias) of rows [n_genes, n], `stride` apart.
template <class T>
inline __attribute__((always_inline)) void bend_rows(T* rows, const T* bias, std::int64_t n_genes, std::int64_t n,
                                                     std::int64_t stride, T slope) {
  for (std::int64_t g = 0; g < n_genes; ++g) {
    T* const row = rows + g * stride;
    const T offset = bias[g];
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = row[i] + offset;
      row[i] = value > 0 ? value : slope * value;
    }
  }
}

/// Σ (a − b)² of rows [n_genes, n], `stride_a` apart and without gaps.
template <class T>
inline __attribute__((always_inline)) double error_of_rows(const T* a, std::int64_t stride_a, const T* b,
                                                           std::int64_t n_genes, std::int64_t n) {
  double parts[kParts]{};
  for (std::int64_t g = 0; g < n_genes; ++g, a += stride_a, b += n) {
    std::int64_t i = 0;
    for (; i + kParts <= n; i += kParts)
      for (std::int64_t l = 0; l < kParts; ++l) {
        const double gap = static_cast<double>(a[i + l]) - static_cast<double>(b[i + l]);
        parts[l] += gap * gap;
      }
    for (; i < n; ++i) {
      const double gap = static_cast<double>(a[i]) - static_cast<double>(b[i]);
      parts[0] += gap * gap;
    }
  }
  return sum_of_parts(parts);
}

/// Gradient to what the last layer's LeakyReLU reads, in place: `grad` [n_genes, 2n], of which the second half is
/// that of the counterfactual cells already; the first becomes scale·(reconstruction − x). `bias` [n_genes]: its sums.
template <class T>
inline __attribute__((always_inline)) void decoder_slopes(const T* decoded, std::int64_t stride, const T* x, T* grad,
                                                          T* bias, std::int64_t n_genes, std::int64_t n, T scale,
                                                          T slope) {
  for (std::int64_t g = 0; g < n_genes; ++g, decoded += stride, x += n, grad += 2 * n) {
    for (std::int64_t i = 0; i < n; ++i) grad[i] = scale * (decoded[i] - x[i]);
    for (std::int64_t i = 0; i < 2 * n; ++i) grad[i] *= decoded[i] > 0 ? T{1} : slope;
    T parts[kParts]{};
    std::int64_t i = 0;
    for (; i + kParts <= 2 * n; i += kParts)
      for (std::int64_t l = 0; l < kParts; ++l) parts[l] += grad[i + l];
    for (; i < 2 * n; ++i) parts[0] += grad[i];
    T sum = 0;
    for (const T part : parts) sum += part;
    bias[g] = sum;
  }
}

/// Of one gene, the means of N cells: Σ_j share_j·x_j, added to `mean`.
template <std::int64_t N, class T>
inline __attribute__((always_inline)) void add_neighbours_of(std::int64_t begin, std::int64_t end,
                                                             const std::int32_t* indices, const T* shares, const T* x,
                                                             std::int64_t stride, T* mean) {
  T sums[N];
  for (std::int64_t i = 0; i < N; ++i) sums[i] = mean[i];
  for (std::int64_t k = begin; k < end; ++k) {
    const T* const of_neighbour = x + indices[k] * stride;
    const T share = shares[k];
    for (std::int64_t i = 0; i < N; ++i) sums[i] += share * of_neighbour[i];
  }
  for (std::int64_t i = 0; i < N; ++i) mean[i] = sums[i];
}

/// Rows [first, end) of the means over neighbours of x [n_genes, n], added to `means`.
template <class T>
inline __attribute__((always_inline)) void add_neighbours(const std::int64_t* indptr, const std::int32_t* indices,
                                                          const T* shares, const T* x, std::int64_t n,
                                                          std::int64_t first, std::int64_t end, T* means) {
  for (std::int64_t gene = first; gene < end; ++gene, means += n) {
    const std::int64_t begin = indptr[gene], stop = indptr[gene + 1];
    std::int64_t i = 0;
    for (; i + 32 <= n; i += 32) add_neighbours_of<32>(begin, stop, indices, shares, x + i, n, means + i);
    for (; i + 8 <= n; i += 8) add_neighbours_of<8>(begin, stop, indices, shares, x + i, n, means + i);
    for (; i < n; ++i) add_neighbours_of<1>(begin, stop, indices, shares, x + i, n, means + i);
  }
}

/// out = own·x + neighbours·mean + offset of n numbers.
template <class T>
inline __attribute__((always_inline)) void combine(const T* x, const T* mean, T own, T neighbours, T offset,
                                                   std::int64_t n, T* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = own * x[i] + neighbours * mean[i] + offset;
}

/// row += factor·other
template <class T>
inline __attribute__((always_inline)) void add_row(const T* other, T factor, std::int64_t n, T* row) {
  for (std::int64_t i = 0; i < n; ++i) row[i] += factor * other[i];
}

#define GRACEVAE_LOOPS_OF(T)                                                                                           \
  GRACEVAE_VECTOR_CLONES void bend(T* rows, const T* bias, std::int64_t n_genes, std::int64_t n, std::int64_t stride,  \
                                   T slope) {                                                                          \
    bend_rows(rows, bias, n_genes, n, stride, slope);                                                                  \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES double squared_error(const T* a, std::int64_t stride_a, const T* b, std::int64_t n_genes,     \
                                              std::int64_t n) {                                                        \
    return error_of_rows(a, stride_a, b, n_genes, n);                                                                  \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void decoder_gradient(const T* decoded, std::int64_t stride, const T* x, T* grad, T* bias,    \
                                               std::int64_t n_genes, std::int64_t n, T scale, T slope) {               \
    decoder_slopes(decoded, stride, x, grad, bias, n_genes, n, scale, slope);                                          \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void neighbour_sums(const std::int64_t* indptr, const std::int32_t* indices, const T* shares, \
                                             const T* x, std::int64_t n, std::int64_t first, std::int64_t end,         \
                                             T* means) {                                                               \
    add_neighbours(indptr, indices, shares, x, n, first, end, means);                                                  \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void features_of(const T* x, const T* mean, T own, T neighbours, T offset, std::int64_t n,    \
                                          T* out) {                                                                    \
    combine(x, mean, own, neighbours, offset, n, out);                                                                 \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void add_scaled(const T* other, T factor, std::int64_t n, T* row) {                           \
    add_row(other, factor, n, row);                                                                                    \
  }
GRACEVAE_LOOPS_OF(float)
GRACEVAE_LOOPS_OF(double)
#undef GRACEVAE_LOOPS_OF

}  // namespace

template <class T>
void SlicedRows<T>::resize(std::int64_t n_cells, std::int64_t n_genes) {
  n_cells_ = n_cells;
  n_genes_ = n_genes;
  values_.resize(static_cast<std::size_t>(n_cells * n_genes));
}

template <class T>
SlicedLayers<T>::SlicedLayers(const GeneNeighbours<T>* neighbours, const SlicedShape& shape)
    : neighbours_(neighbours), shape_(shape) {}

template <class T>
void SlicedLayers<T>::find_means(std::int64_t k) {
  const CsrMatrix<T>&of_gene = neighbours_->of_gene, &of_pathway = neighbours_->of_pathway;
  const std::int64_t n = n_controls_, first = k * kSliceGenes, end = first + means_.width(k);
  const bool one_a_cell = std::ssize(batch_.pathways) > of_pathway.n_cols;
  T* const means = means_.slice(k);
  std::fill_n(means, (end - first) * n, T{0});
  for (std::int64_t gene = first; !batch_.pathways.empty() && gene < end; ++gene) {
    const auto columns = of_pathway.row_indices(gene);
    const auto shares = of_pathway.row_values(gene);
    T* const mean = means + (gene - first) * n;
    for (std::int64_t i = 0; i < (one_a_cell ? n : 1); ++i) {
      const T* const values = batch_.pathways.data() + i * of_pathway.n_cols;
      T sum = 0;
      for (std::size_t j = 0; j < columns.size(); ++j) sum += shares[j] * values[columns[j]];
      mean[i] = sum;
    }
    if (!one_a_cell) std::fill_n(mean, n, T{*mean});
  }
  neighbour_sums(of_gene.indptr.data(), of_gene.indices.data(), of_gene.values.data(), x_.slice(0), n, first, end,
                 means);
}

template <class T>
Matrix<T> SlicedLayers<T>::encode(const SlicedBatch<T>& batch, const Features& features, const Trained<T>& weight,
                                  const T* mask) {
  const std::int64_t n = n_controls_ = std::ssize(batch.controls), width = shape_.width_in;
  n_observed_ = std::ssize(batch.cells);
  batch_ = batch;
  features_ = features;
  x_.resize(n, shape_.n_genes);
  decoded_.resize(2 * n + n_observed_, shape_.n_genes);
  if (neighbours_) means_.resize(n, shape_.n_genes);
  GRACEVAE_CHECK(std::ssize(batch.extra) == n * shape_.n_extra, "extra inputs of every control cell");
  extra_ = transposed(MatrixView<const T>{batch.extra.data(), n, shape_.n_extra});
  ThreadSums<T> of_x(n * width), of_means(neighbours_ ? n * width : 0), of_one(neighbours_ ? width : 0);
#pragma omp parallel
  {
    const Share of_genes(x_.n_slices());
    load_columns(batch.rows, batch.controls, 0, of_genes, x_);
    load_columns(batch.rows, batch.cells, 2 * n, of_genes, decoded_);
#pragma omp barrier  // a gene's neighbours are in any slice
    AlignedVector<T> buffer;
    SliceCursor cursor(batch.rows, batch.controls, of_genes.first);
    for (std::int64_t k = of_genes.first; k < of_genes.end; ++k) {
      const std::int64_t genes = x_.width(k), offset = k * kSliceGenes * width;
      const T* const w = masked(weight.weight + offset, mask ? mask + offset : nullptr, genes * width, buffer);
      cursor.each(k, [&](std::int64_t i, std::int64_t g, float value) {
        add_scaled(w + g * width, static_cast<T>(value), width, of_x.mine() + i * width);
      });
      if (!neighbours_) continue;
      find_means(k);
      block_product_transposed<T>({means_.slice(k), genes, n, n}, {w, genes, width, width},
                                  {of_means.mine(), n, width, width}, true, shape_.precision);
      for (std::int64_t g = 0; g < genes; ++g) add_scaled(w + g * width, T{1}, width, of_one.mine());
    }
  }
  Matrix<T> out(n, width);
  of_x_ = of_means_ = out;
  of_x.add_up(of_x_.values.data());
  out = of_x_;
  if (neighbours_) {
    of_one_.resize(static_cast<std::size_t>(width));
    of_means.add_up(of_means_.values.data());
    of_one.add_up(of_one_.data());
    const T own = static_cast<T>(features.own), of_neighbours = static_cast<T>(features.neighbours),
            constant = static_cast<T>(features.offset);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t h = 0; h < width; ++h)
        out(i, h) =
            own * of_x_(i, h) + of_neighbours * of_means_(i, h) + constant * of_one_[static_cast<std::size_t>(h)];
  }
  if (shape_.n_extra > 0) {
    AlignedVector<T> buffer;
    const std::int64_t offset = shape_.n_genes * width;
    const T* const w = masked(weight.weight + offset, mask ? mask + offset : nullptr, shape_.n_extra * width, buffer);
    block_product<T>({batch.extra.data(), n, shape_.n_extra, shape_.n_extra}, {w, shape_.n_extra, width, width},
                     {out.values.data(), n, width, width}, true, shape_.precision);
  }
  return out;
}

template <class T>
Features SlicedLayers<T>::encode_backward(MatrixView<const T> grad, const Trained<T>& weight, const T* mask,
                                          std::int64_t step, const AdamOptions& adam) {
  const std::int64_t n = n_controls_, width = shape_.width_in;
  const std::int64_t of_genes = x_.n_slices(), of_extra = (shape_.n_extra + kSliceGenes - 1) / kSliceGenes;
#pragma omp parallel
  {
    SliceUpdate<T> update(adam, step, kSliceGenes * width);
    AlignedVector<T> features(static_cast<std::size_t>(kSliceGenes * n));
    const Share share(of_genes + of_extra);
    SliceCursor cursor(batch_.rows, batch_.controls, share.first);
    for (std::int64_t k = share.first; k < share.end; ++k) {
      const bool is_extra = k >= of_genes;
      const std::int64_t first = is_extra ? (k - of_genes) * kSliceGenes : k * kSliceGenes,
                         count = is_extra ? std::min(kSliceGenes, shape_.n_extra - first) : x_.width(k),
                         offset = (first + (is_extra ? shape_.n_genes : 0)) * width;
      T* const gradient = update.gradient_of(weight, offset);
      if (!is_extra && !neighbours_) {
        std::fill_n(gradient, count * width, T{0});
        cursor.each(k, [&](std::int64_t i, std::int64_t g, float value) {
          add_scaled(grad.data + i * width, static_cast<T>(value), width, gradient + g * width);
        });
      } else {
        const T* inputs = extra_.data() + first * n;
        if (!is_extra) {
          features_of(x_.slice(k), means_.slice(k), static_cast<T>(features_.own), static_cast<T>(features_.neighbours),
                      static_cast<T>(features_.offset), count * n, features.data());
          inputs = features.data();
        }
        block_product<T>({inputs, count, n, n}, {grad.data, n, width, width}, {gradient, count, width, width}, false,
                         shape_.precision);
      }
      if (mask)
        for (std::int64_t i = 0; i < count * width; ++i) gradient[i] *= mask[offset + i];
      update.apply(weight, offset, count * width);
    }
  }
  return factor_gradients(grad);
}

template <class T>
Features SlicedLayers<T>::factor_gradients(MatrixView<const T> grad) const {
  Features result{.own = 0};
  if (!neighbours_) return result;
  for (std::int64_t i = 0; i < grad.n_rows; ++i)
    for (std::int64_t h = 0; h < grad.n_cols; ++h) {
      const auto value = static_cast<double>(grad(i, h));
      result.own += value * static_cast<double>(of_x_(i, h));
      result.neighbours += value * static_cast<double>(of_means_(i, h));
      result.offset += value * static_cast<double>(of_one_[static_cast<std::size_t>(h)]);
    }
  return result;
}

template <class T>
DecoderTerms SlicedLayers<T>::decode(MatrixView<const T> rows, const DecoderLoss& loss, const Trained<T>& weight,
                                     const Trained<T>& bias, const T* extra, std::int64_t step, const AdamOptions& adam,
                                     MatrixView<T> grad_rows) {
  const std::int64_t n = n_controls_, n_decoded = 2 * n, n_compared = n + n_observed_, n_all = n + n_compared,
                     width = shape_.width_out;
  GRACEVAE_CHECK(rows.n_rows == n_decoded && rows.n_cols == width, "a row for every reconstruction and counterfactual");
  const auto slope = static_cast<T>(loss.leaky ? kLeakySlope : 1);
  const Precision precision = shape_.precision;
  const AlignedVector<T> rows_t = transposed(rows);
  ThreadSums<T> grams(n_compared * n_compared);
  ThreadSums<double> errors(1);
#pragma omp parallel
  {
    const Share share(decoded_.n_slices());
    for (std::int64_t k = share.first; k < share.end; ++k) {
      const std::int64_t genes = decoded_.width(k);
      T* const slice = decoded_.slice(k);
      block_product<T>({weight.weight + k * kSliceGenes * width, genes, width, width},
                       {rows_t.data(), width, n_decoded, n_decoded}, {slice, genes, n_decoded, n_all}, false,
                       precision);
      bend(slice, bias.weight + k * kSliceGenes, genes, n_decoded, n_all, slope);
      *errors.mine() += squared_error(slice, n_all, x_.slice(k), genes, n);
      // On and above the diagonal: counterfactual cells with all compared ones, observed cells with each other.
      const Block<const T> made{slice + n, genes, n, n_all}, observed{slice + n_decoded, genes, n_observed_, n_all};
      block_product_transposed<T>(made, {slice + n, genes, n_compared, n_all},
                                  {grams.mine(), n, n_compared, n_compared}, true, precision);
      block_product_transposed<T>(observed, observed,
                                  {grams.mine() + n * (n_compared + 1), n_observed_, n_observed_, n_compared}, true,
                                  precision);
    }
  }
  Matrix<T> gram(n_compared, n_compared), weights;
  grams.add_up(gram.values.data());
  DecoderTerms terms;
  errors.add_up(&terms.mse);
  const auto n_values = static_cast<double>(n * shape_.n_genes);
  terms.mse /= n_values;
  terms.mmd = mmd2_of_gram(gram, n, loss.mmd, weights);
  for (T& value : weights.values) value *= static_cast<T>(loss.alpha);
  const AlignedVector<T> weights_t = transposed(std::as_const(weights).view());

  ThreadSums<T> grads(n_decoded * width);
#pragma omp parallel
  {
    SliceUpdate<T> update(adam, step, kSliceGenes * width), bias_update(adam, step, kSliceGenes);
    AlignedVector<T> grad(static_cast<std::size_t>(n_decoded * kSliceGenes));
    const Share share(decoded_.n_slices());
    for (std::int64_t k = share.first; k < share.end; ++k) {
      const std::int64_t genes = decoded_.width(k), offset = k * kSliceGenes * width;
      const T* const slice = decoded_.slice(k);
      block_product<T>({slice + n, genes, n_compared, n_all}, {weights_t.data(), n_compared, n, n},
                       {grad.data() + n, genes, n, n_decoded}, false, precision);
      T* const bias_gradient = bias_update.gradient_of(bias, k * kSliceGenes);
      decoder_gradient(slice, n_all, x_.slice(k), grad.data(), bias_gradient, genes, n, static_cast<T>(2 / n_values),
                       slope);
      const Block<const T> of_slice{grad.data(), genes, n_decoded, n_decoded};
      block_product_transposed<T>(of_slice, {weight.weight + offset, genes, width, width},
                                  {grads.mine(), n_decoded, width, width}, true, precision);
      T* const gradient = update.gradient_of(weight, offset);
      block_product<T>(of_slice, {rows.data, n_decoded, width, width}, {gradient, genes, width, width}, false,
                       precision);
      if (extra)
        for (std::int64_t i = 0; i < genes * width; ++i) gradient[i] += extra[offset + i];
      update.apply(weight, offset, genes * width);
      bias_update.apply(bias, k * kSliceGenes, genes);
    }
  }
  grads.add_up(grad_rows.data);
  return terms;
}

template class SlicedRows<float>;
template class SlicedRows<double>;
template class SlicedLayers<float>;
template class SlicedLayers<double>;

}  // namespace gracevae::kernels
