#include "kernels/sliced_layers.hpp"

#include <omp.h>

#include "base/error.hpp"
#include "kernels/activation.hpp"
#include "kernels/cpu/adam_update.hpp"
#include "kernels/cpu/blas.hpp"
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
  std::vector<T> values_;
};

/// The slices that are this thread's, of `n`.
struct Share {
  std::int64_t first, end;
  explicit Share(std::int64_t n)
      : first(n * omp_get_thread_num() / omp_get_num_threads()),
        end(n * (omp_get_thread_num() + 1) / omp_get_num_threads()) {}
};

/// Rows of the screen's cells [first_row, …) of `out`, the genes of slices `share`.
template <class T>
void load_rows(const CsrMatrix<float>& screen, std::span<const std::int64_t> cells, std::int64_t first_row,
               const Share& share, SlicedRows<T>& out) {
  constexpr std::int64_t kGenes = SlicedRows<T>::kGenes;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto row = first_row + static_cast<std::int64_t>(i);
    const auto genes = screen.row_indices(cells[i]);
    const auto values = screen.row_values(cells[i]);
    auto at = std::lower_bound(genes.begin(), genes.end(), static_cast<std::int32_t>(share.first * kGenes));
    for (std::int64_t k = share.first; k < share.end; ++k) {
      T* const target = out.row(k, row);
      std::fill_n(target, out.width(k), T{0});
      for (const std::int64_t end = (k + 1) * kGenes; at != genes.end() && *at < end; ++at)
        target[*at - k * kGenes] = static_cast<T>(values[static_cast<std::size_t>(at - genes.begin())]);
    }
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
  std::vector<T> gradient_;
};

/// The weights of a slice, times the mask where there is one.
template <class T>
const T* masked(const T* weight, const T* mask, std::int64_t n, std::vector<T>& buffer) {
  if (!mask) return weight;
  buffer.resize(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) buffer[static_cast<std::size_t>(i)] = weight[i] * mask[i];
  return buffer.data();
}

template <class T>
inline __attribute__((always_inline)) void add_bias_and_bend(T* rows, const T* bias, std::int64_t n_rows,
                                                             std::int64_t width, T slope) {
  for (std::int64_t i = 0; i < n_rows; ++i)
    for (std::int64_t g = 0; g < width; ++g) {
      const T value = rows[i * width + g] + bias[g];
      rows[i * width + g] = value > 0 ? value : slope * value;
    }
}
GRACEVAE_VECTOR_CLONES void bend(float* rows, const float* bias, std::int64_t n_rows, std::int64_t width, float slope) {
  add_bias_and_bend(rows, bias, n_rows, width, slope);
}
GRACEVAE_VECTOR_CLONES void bend(double* rows, const double* bias, std::int64_t n_rows, std::int64_t width,
                                 double slope) {
  add_bias_and_bend(rows, bias, n_rows, width, slope);
}

/// Σ (a − b)², in double over blocks of the number type's sums.
template <class T>
double squared_error(const T* a, const T* b, std::int64_t n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) {
    const double gap = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += gap * gap;
  }
  return sum;
}

}  // namespace

template <class T>
void SlicedRows<T>::resize(std::int64_t n_rows, std::int64_t n_genes) {
  n_rows_ = n_rows;
  n_genes_ = n_genes;
  values_.resize(static_cast<std::size_t>(n_rows * n_genes));
}

template <class T>
SlicedLayers<T>::SlicedLayers(const CsrMatrix<float>& screen, const GeneNeighbours<T>* neighbours,
                              const SlicedShape& shape)
    : screen_(screen), neighbours_(neighbours), shape_(shape) {}

template <class T>
void SlicedLayers<T>::load(const SlicedBatch<T>& batch) {
  n_controls_ = std::ssize(batch.controls);
  n_observed_ = std::ssize(batch.cells);
  x_.resize(n_controls_, screen_.n_cols);
  decoded_.resize(2 * n_controls_ + n_observed_, screen_.n_cols);
  extra_.assign(batch.extra.begin(), batch.extra.end());
  GRACEVAE_CHECK(std::ssize(extra_) == n_controls_ * shape_.n_extra, "extra inputs of every control cell");
#pragma omp parallel
  {
    const Share share(x_.n_slices());
    load_rows(screen_, batch.controls, 0, share, x_);
    load_rows(screen_, batch.cells, 2 * n_controls_, share, decoded_);
  }
  if (neighbours_) load_means(batch);
}

template <class T>
void SlicedLayers<T>::load_means(const SlicedBatch<T>& batch) {
  constexpr std::int64_t kGenes = SlicedRows<T>::kGenes;
  const std::int64_t n_genes = screen_.n_cols;
  const CsrMatrix<T>& of_pathway = neighbours_->of_pathway;
  const bool one_a_cell = std::ssize(batch.pathways) > of_pathway.n_cols;
  means_.resize(n_controls_, n_genes);
  std::vector<T> shared(static_cast<std::size_t>(n_genes), T{0});
  const auto pathway_mean = [&](std::int64_t gene, const T* values) {
    T sum = 0;
    const auto columns = of_pathway.row_indices(gene);
    const auto shares = of_pathway.row_values(gene);
    for (std::size_t k = 0; k < columns.size(); ++k) sum += shares[k] * values[columns[k]];
    return sum;
  };
  const bool has_pathways = !batch.pathways.empty();
#pragma omp parallel
  {
    if (has_pathways && !one_a_cell) {
#pragma omp for schedule(static)
      for (std::int64_t gene = 0; gene < n_genes; ++gene)
        shared[static_cast<std::size_t>(gene)] = pathway_mean(gene, batch.pathways.data());
    }
    std::vector<T> mean(static_cast<std::size_t>(n_genes));
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < n_controls_; ++i) {
      if (has_pathways && one_a_cell)
        for (std::int64_t gene = 0; gene < n_genes; ++gene)
          mean[static_cast<std::size_t>(gene)] = pathway_mean(gene, batch.pathways.data() + i * of_pathway.n_cols);
      else
        mean = shared;
      const std::int64_t cell = batch.controls[static_cast<std::size_t>(i)];
      const auto genes = screen_.row_indices(cell);
      const auto values = screen_.row_values(cell);
      for (std::size_t j = 0; j < genes.size(); ++j) {
        const auto targets = neighbours_->of_gene.row_indices(genes[j]);
        const auto shares = neighbours_->of_gene.row_values(genes[j]);
        for (std::size_t k = 0; k < targets.size(); ++k)
          mean[static_cast<std::size_t>(targets[k])] += shares[k] * static_cast<T>(values[j]);
      }
      for (std::int64_t k = 0; k < means_.n_slices(); ++k)
        std::copy_n(mean.begin() + k * kGenes, means_.width(k), means_.row(k, i));
    }
  }
}

template <class T>
void SlicedLayers<T>::fill_features(const Features& features, std::int64_t k) {
  constexpr std::int64_t kGenes = SlicedRows<T>::kGenes;
  if (reads_x_only()) return;
  const T own = static_cast<T>(features.own), of_neighbours = static_cast<T>(features.neighbours),
          offset = static_cast<T>(features.offset);
  const std::int64_t n_genes = screen_.n_cols, first = k * kGenes, of_genes = genes_in(k);
  for (std::int64_t i = 0; i < n_controls_; ++i) {
    T* const out = features_.row(k, i);
    if (of_genes > 0) {
      const T* const x = x_.row(k, i);
      if (neighbours_) {
        const T* const mean = means_.row(k, i);
        for (std::int64_t g = 0; g < of_genes; ++g) out[g] = own * x[g] + of_neighbours * mean[g] + offset;
      } else {
        std::copy_n(x, of_genes, out);
      }
    }
    for (std::int64_t g = of_genes; g < features_.width(k); ++g)
      out[g] = extra_[static_cast<std::size_t>(i * shape_.n_extra + first + g - n_genes)];
  }
}

template <class T>
Matrix<T> SlicedLayers<T>::encode(const Features& features, const Trained<T>& weight, const T* mask) {
  constexpr std::int64_t kGenes = SlicedRows<T>::kGenes;
  const std::int64_t width = shape_.width_in;
  features_.resize(n_controls_, screen_.n_cols + shape_.n_extra);
  ThreadSums<T> sums(n_controls_ * width);
#pragma omp parallel
  {
    std::vector<T> buffer;
    const Share share(features_.n_slices());
    for (std::int64_t k = share.first; k < share.end; ++k) {
      fill_features(features, k);
      const std::int64_t genes = features_.width(k), offset = k * kGenes * width;
      const T* const w = masked(weight.weight + offset, mask ? mask + offset : nullptr, genes * width, buffer);
      multiply<T>({this->features(k), n_controls_, genes, genes}, {w, genes, width, width}, Second::plain,
                  {sums.mine(), n_controls_, width, width}, T{1});
    }
  }
  Matrix<T> out(n_controls_, width);
  sums.add_up(out.values.data());
  return out;
}

template <class T>
Features SlicedLayers<T>::encode_backward(MatrixView<const T> grad, const Trained<T>& weight, const T* mask,
                                          std::int64_t step, const AdamOptions& adam) {
  constexpr std::int64_t kGenes = SlicedRows<T>::kGenes;
  const std::int64_t width = shape_.width_in;
  ThreadSums<double> factors(3);
#pragma omp parallel
  {
    SliceUpdate<T> update(adam, step, kGenes * width);
    std::vector<T> buffer, of_features(static_cast<std::size_t>(n_controls_ * kGenes));
    const Share share(features_.n_slices());
    double* const sums = factors.mine();
    for (std::int64_t k = share.first; k < share.end; ++k) {
      const std::int64_t genes = features_.width(k), offset = k * kGenes * width;
      const Block<const T> rows{grad.data, n_controls_, width, width};
      if (neighbours_) {
        const T* const w = masked(weight.weight + offset, mask ? mask + offset : nullptr, genes * width, buffer);
        multiply<T>(rows, {w, genes, width, width}, Second::transposed,
                    {of_features.data(), n_controls_, genes, genes});
        double own = 0, of_neighbours = 0, of_offset = 0;
        const std::int64_t of_genes = genes_in(k);
        for (std::int64_t i = 0; of_genes > 0 && i < n_controls_; ++i) {
          const T *const x = x_.row(k, i), *const mean = means_.row(k, i);
          const T* const slope = of_features.data() + i * genes;
#pragma omp simd reduction(+ : own, of_neighbours, of_offset)
          for (std::int64_t g = 0; g < of_genes; ++g) {
            const auto value = static_cast<double>(slope[g]);
            own += value * static_cast<double>(x[g]);
            of_neighbours += value * static_cast<double>(mean[g]);
            of_offset += value;
          }
        }
        sums[0] += own;
        sums[1] += of_neighbours;
        sums[2] += of_offset;
      }
      T* const gradient = update.gradient_of(weight, offset);
      multiply_transposed<T>({this->features(k), n_controls_, genes, genes}, rows, {gradient, genes, width, width});
      if (mask)
        for (std::int64_t i = 0; i < genes * width; ++i) gradient[i] *= mask[offset + i];
      update.apply(weight, offset, genes * width);
    }
  }
  double total[3];
  factors.add_up(total);
  return {total[0], total[1], total[2]};
}

template <class T>
DecoderTerms SlicedLayers<T>::decode(MatrixView<const T> rows, const DecoderLoss& loss, const Trained<T>& weight,
                                     const Trained<T>& bias, const T* extra, std::int64_t step, const AdamOptions& adam,
                                     MatrixView<T> grad_rows) {
  constexpr std::int64_t kGenes = SlicedRows<T>::kGenes;
  const std::int64_t n = n_controls_, n_decoded = 2 * n, n_compared = n + n_observed_, width = shape_.width_out;
  GRACEVAE_CHECK(rows.n_rows == n_decoded && rows.n_cols == width, "a row for every reconstruction and counterfactual");
  const auto slope = static_cast<T>(loss.leaky ? kLeakySlope : 1);
  ThreadSums<T> grams(n_compared * n_compared);
  ThreadSums<double> errors(1);
#pragma omp parallel
  {
    const Share share(decoded_.n_slices());
    for (std::int64_t k = share.first; k < share.end; ++k) {
      const std::int64_t genes = decoded_.width(k);
      T* const slice = decoded_.slice(k);
      multiply<T>({rows.data, n_decoded, width, width}, {weight.weight + k * kGenes * width, genes, width, width},
                  Second::transposed, {slice, n_decoded, genes, genes});
      bend(slice, bias.weight + k * kGenes, n_decoded, genes, slope);
      *errors.mine() += squared_error(slice, x_.slice(k), n * genes);
      const Block<const T> compared{slice + n * genes, n_compared, genes, genes};
      multiply<T>(compared, compared, Second::transposed, {grams.mine(), n_compared, n_compared, n_compared}, T{1});
    }
  }
  Matrix<T> gram(n_compared, n_compared), weights;
  grams.add_up(gram.values.data());
  DecoderTerms terms;
  errors.add_up(&terms.mse);
  const auto n_values = static_cast<double>(n * screen_.n_cols);
  terms.mse /= n_values;
  terms.mmd = mmd2_of_gram(gram, n, loss.mmd, weights);
  for (T& value : weights.values) value *= static_cast<T>(loss.alpha);

  ThreadSums<T> grads(n_decoded * width);
#pragma omp parallel
  {
    SliceUpdate<T> update(adam, step, kGenes * width), bias_update(adam, step, kGenes);
    std::vector<T> grad(static_cast<std::size_t>(n_decoded * kGenes));
    const auto of_error = static_cast<T>(2 / n_values);
    const Share share(decoded_.n_slices());
    for (std::int64_t k = share.first; k < share.end; ++k) {
      const std::int64_t genes = decoded_.width(k), offset = k * kGenes * width;
      const T *const slice = decoded_.slice(k), *const x = x_.slice(k);
      for (std::int64_t i = 0; i < n * genes; ++i) grad[static_cast<std::size_t>(i)] = of_error * (slice[i] - x[i]);
      multiply<T>({weights.values.data(), n, n_compared, n_compared}, {slice + n * genes, n_compared, genes, genes},
                  Second::plain, {grad.data() + n * genes, n, genes, genes});
      for (std::int64_t i = 0; i < n_decoded * genes; ++i)
        grad[static_cast<std::size_t>(i)] *= slice[i] > 0 ? T{1} : slope;
      const Block<const T> grad_slice{grad.data(), n_decoded, genes, genes};
      multiply<T>(grad_slice, {weight.weight + offset, genes, width, width}, Second::plain,
                  {grads.mine(), n_decoded, width, width}, T{1});
      T* const gradient = update.gradient_of(weight, offset);
      multiply_transposed<T>(grad_slice, {rows.data, n_decoded, width, width}, {gradient, genes, width, width});
      if (extra)
        for (std::int64_t i = 0; i < genes * width; ++i) gradient[i] += extra[offset + i];
      update.apply(weight, offset, genes * width);
      T* const bias_gradient = bias_update.gradient_of(bias, k * kGenes);
      std::fill_n(bias_gradient, genes, T{0});
      for (std::int64_t i = 0; i < n_decoded; ++i)
        for (std::int64_t g = 0; g < genes; ++g) bias_gradient[g] += grad[static_cast<std::size_t>(i * genes + g)];
      bias_update.apply(bias, k * kGenes, genes);
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
