#include "kernels/sliced_layers.hpp"

#include <array>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "kernels/activation.hpp"
#include "kernels/cpu/block_product.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/stepper.hpp"
#include "kernels/cpu/transpose.hpp"
#include "kernels/cpu/vector_clones.hpp"

namespace gracevae::impl::kernels {

namespace {

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
  /// `use(cell of the list, genes, values, how many)` for what every cell has in the next slices, up to `end_slice`.
  template <class Use>
  void each(std::int64_t end_slice, const Use& use) {
    const std::int64_t end = end_slice * kSliceGenes;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const auto genes = rows_.row_indices(cells_[i]);
      const std::size_t begin = next_[i];
      std::size_t& at = next_[i];
      while (at < genes.size() && genes[at] < end) ++at;
      use(static_cast<std::int64_t>(i), genes.data() + begin, rows_.row_values(cells_[i]).data() + begin,
          static_cast<std::int64_t>(at - begin));
    }
  }

 private:
  const CsrView<float>& rows_;
  std::span<const std::int64_t> cells_;
  std::vector<std::size_t> next_;
};

/// The cells' next slices, up to `end_slice`, into `out`, [genes from `first_gene` on, n_cells], zeros so far.
template <class T>
void load(SliceCursor& cursor, std::int64_t end_slice, std::int64_t first_gene, T* out, std::int64_t n_cells) {
  cursor.each(end_slice, [&](std::int64_t i, const std::int32_t* genes, const float* values, std::int64_t count) {
    for (std::int64_t v = 0; v < count; ++v) out[(genes[v] - first_gene) * n_cells + i] = static_cast<T>(values[v]);
  });
}

/// The weights of a slice, times the mask where there is one.
template <class T>
const T* masked(const T* weight, const T* mask, std::int64_t n, AlignedVector<T>& buffer) {
  if (!mask) return weight;
  T* const out = fitted(buffer, n);
  for (std::int64_t i = 0; i < n; ++i) out[i] = weight[i] * mask[i];
  return out;
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

/// LeakyReLU(row + bias) of rows [n_genes, n].
template <class T>
inline __attribute__((always_inline)) void bend_rows(T* rows, const T* bias, std::int64_t n_genes, std::int64_t n,
                                                     T slope) {
  for (std::int64_t g = 0; g < n_genes; ++g) {
    T* const row = rows + g * n;
    const T offset = bias[g];
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = row[i] + offset;
      row[i] = value > 0 ? value : slope * value;
    }
  }
}

/// Gradient to what the last layer's LeakyReLU reads, in place: `grad` [n_genes, 2n], of which the second half is
/// that of the counterfactual cells already; the first becomes scale·(reconstruction − x). `bias` [n_genes]: its sums.
/// Returns Σ (reconstruction − x)².
template <class T>
inline __attribute__((always_inline)) double decoder_slopes(const T* decoded, const T* x, T* grad, T* bias,
                                                            std::int64_t n_genes, std::int64_t n, T scale, T slope) {
  double errors[kParts]{};
  for (std::int64_t g = 0; g < n_genes; ++g, decoded += 2 * n, x += n, grad += 2 * n) {
    std::int64_t cell = 0;
    for (; cell + kParts <= n; cell += kParts)
      for (std::int64_t l = 0; l < kParts; ++l) {
        const double gap = static_cast<double>(decoded[cell + l]) - static_cast<double>(x[cell + l]);
        errors[l] += gap * gap;
      }
    for (; cell < n; ++cell) {
      const double gap = static_cast<double>(decoded[cell]) - static_cast<double>(x[cell]);
      errors[0] += gap * gap;
    }
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
  return sum_of_parts(errors);
}

/// out = own·x + neighbours·mean + offset of n numbers.
template <class T>
inline __attribute__((always_inline)) void combine(const T* x, const T* mean, T own, T neighbours, T offset,
                                                   std::int64_t n, T* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = own * x[i] + neighbours * mean[i] + offset;
}

/// Σ a·b in double precision.
template <class T>
inline __attribute__((always_inline)) double dot_of(const T* a, const T* b, std::int64_t n) {
  double parts[kParts]{};
  std::int64_t i = 0;
  for (; i + kParts <= n; i += kParts)
    for (std::int64_t l = 0; l < kParts; ++l) parts[l] += static_cast<double>(a[i + l]) * static_cast<double>(b[i + l]);
  for (; i < n; ++i) parts[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum_of_parts(parts);
}

#define GRACEVAE_LOOPS_OF(T)                                                                                           \
  GRACEVAE_VECTOR_CLONES void bend(T* rows, const T* bias, std::int64_t n_genes, std::int64_t n, T slope) {            \
    bend_rows(rows, bias, n_genes, n, slope);                                                                          \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES double decoder_gradient(const T* decoded, const T* x, T* grad, T* bias, std::int64_t n_genes, \
                                                 std::int64_t n, T scale, T slope) {                                   \
    return decoder_slopes(decoded, x, grad, bias, n_genes, n, scale, slope);                                           \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void features_of(const T* x, const T* mean, T own, T neighbours, T offset, std::int64_t n,    \
                                          T* out) {                                                                    \
    combine(x, mean, own, neighbours, offset, n, out);                                                                 \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES double dot(const T* a, const T* b, std::int64_t n) { return dot_of(a, b, n); }
GRACEVAE_LOOPS_OF(float)
GRACEVAE_LOOPS_OF(double)
#undef GRACEVAE_LOOPS_OF

/// A cell has few values in one slice, so those of several are summed up at a time, as many as the second level of the
/// caches has room for.
constexpr std::int64_t kSlicesTogether = 4;

/// out [n] += Σ_k factors[k]·row (which[k] − first) of rows that lie `stride` apart.
template <class T>
void add_rows(const T* rows, std::int64_t stride, std::int64_t n, const std::int32_t* which, std::int64_t first,
              const float* factors, std::int64_t count, T* out) {
  const std::array<std::int64_t, 2> all{0, count};
  row_sums<T, float>({rows, stride, n, all.data(), 1, which, first, factors, out, true});
}

/// All rows of a slice with the factor 1.
constexpr auto kAllRows = [] {
  std::array<std::int32_t, kSliceGenes> result{};
  std::iota(result.begin(), result.end(), 0);
  return result;
}();
constexpr auto kOnes = [] {
  std::array<float, kSliceGenes> result{};
  result.fill(1);
  return result;
}();

}  // namespace

template <class T>
void SlicedRows<T>::resize(std::int64_t n_cells, std::int64_t n_genes, std::int64_t n_more_rows) {
  n_cells_ = n_cells;
  n_genes_ = n_genes;
  values_.resize(static_cast<std::size_t>(n_cells * (n_genes + n_more_rows)));
}

template <class T>
SlicedLayers<T>::SlicedLayers(const GeneNeighbours<T>* neighbours, const SlicedShape& shape)
    : neighbours_(neighbours), shape_(shape) {}

template <class T>
void SlicedLayers<T>::find_halo(int n_threads) {
  const CsrMatrix<T>& of_gene = neighbours_->of_gene;
  halo_ = {};
  halo_.rows = of_gene.indices;
  std::int64_t row = shape_.n_genes;
  for (int thread = 0; thread < n_threads; ++thread) {
    const Share slices(n_slices_of(shape_.n_genes), 1, thread, n_threads);
    auto& mine = halo_.threads.emplace_back();
    mine.first_gene = slices.first * kSliceGenes;
    mine.end_gene = std::min(slices.end * kSliceGenes, shape_.n_genes);
    row += kSliceGenes;  // away from what is another thread's
    mine.first_row = row;
    mine.row_of_gene.assign(static_cast<std::size_t>(shape_.n_genes), -1);
    const auto at = [&](std::int64_t gene) {
      return static_cast<std::size_t>(of_gene.indptr[static_cast<std::size_t>(gene)]);
    };
    for (std::size_t k = at(mine.first_gene); k < at(mine.end_gene); ++k) {
      const std::int32_t gene = of_gene.indices[k];
      if (gene >= mine.first_gene && gene < mine.end_gene) continue;
      std::int32_t& copy = mine.row_of_gene[static_cast<std::size_t>(gene)];
      if (copy < 0) copy = static_cast<std::int32_t>(row++);
      halo_.rows[k] = copy;
    }
    std::replace(mine.row_of_gene.begin(), mine.row_of_gene.end(), -1, static_cast<std::int32_t>(row++));
    mine.end_row = row;
  }
  halo_.n_copies = row - shape_.n_genes;
  x_.resize(n_controls_, shape_.n_genes, halo_.n_copies);
}

template <class T>
void SlicedLayers<T>::load_halo() {
  const auto& mine = halo_.threads[static_cast<std::size_t>(omp_get_thread_num())];
  std::fill(x_.row(mine.first_row), x_.row(mine.end_row), T{0});
  for (std::int64_t i = 0; i < n_controls_; ++i) {
    const std::int64_t cell = batch_.controls[static_cast<std::size_t>(i)];
    const auto genes = batch_.rows.row_indices(cell);
    const auto values = batch_.rows.row_values(cell);
    const auto place_of = [&](std::int64_t gene) {
      return static_cast<std::size_t>(std::lower_bound(genes.begin(), genes.end(), gene) - genes.begin());
    };
    T* const column = x_.row(0) + i;
    const auto load = [&](std::size_t from, std::size_t to) {
      for (std::size_t v = from; v < to; ++v)
        column[mine.row_of_gene[static_cast<std::size_t>(genes[v])] * n_controls_] = static_cast<T>(values[v]);
    };
    load(0, place_of(mine.first_gene));
    load(place_of(mine.end_gene), genes.size());
  }
}

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
  row_sums<T, T>({x_.slice(0), n, n, of_gene.indptr.data() + first, end - first, halo_.rows.data(), 0,
                  of_gene.values.data(), means, true});
}

template <class T>
MatrixView<const T> SlicedLayers<T>::encode(const SlicedBatch<T>& batch, const Features& features,
                                            const Trained<T>& weight, const T* mask) {
  const std::int64_t n = n_controls_ = std::ssize(batch.controls), width = shape_.width_in;
  n_observed_ = std::ssize(batch.cells);
  batch_ = batch;
  features_ = features;
  x_.resize(n, shape_.n_genes, halo_.n_copies);
  if (neighbours_) means_.resize(n, shape_.n_genes);
  GRACEVAE_CHECK(std::ssize(batch.extra) == n * shape_.n_extra, "extra inputs of every control cell");
  transpose(MatrixView<const T>{batch.extra.data(), n, shape_.n_extra}, fitted(extra_, n * shape_.n_extra));
  work_.open();
#pragma omp parallel
  {
    if (neighbours_ && std::ssize(halo_.threads) != omp_get_num_threads()) {
#pragma omp barrier
#pragma omp single
      find_halo(omp_get_num_threads());
    }
    const Share share(x_.n_slices());
    SliceCursor loader(batch.rows, batch.controls, share.first), cursor = loader;
    for (std::int64_t k = share.first; k < share.end; ++k) {
      std::fill_n(x_.slice(k), x_.width(k) * n, T{0});
      load(loader, k + 1, k * kSliceGenes, x_.slice(k), n);
    }
    if (neighbours_) load_halo();
    for (std::int64_t k = share.first; neighbours_ && k < share.end; ++k) find_means(k);
    Work& work = work_.mine();
    T *const my_x = zeros(work.of_x, n * width), *const my_means = zeros(work.of_means, neighbours_ ? n * width : 0),
             *const my_one = zeros(work.of_one, neighbours_ ? width : 0);
    for (std::int64_t first = share.first, end = 0; first < share.end; first = end) {
      end = std::min(first + kSlicesTogether, share.end);
      const std::int64_t first_gene = first * kSliceGenes, offset = first_gene * width,
                         n_genes = std::min(end * kSliceGenes, shape_.n_genes) - first_gene;
      const T* const weights =
          masked(weight.weight + offset, mask ? mask + offset : nullptr, n_genes * width, work.weights);
      cursor.each(end, [&](std::int64_t i, const std::int32_t* which, const float* values, std::int64_t count) {
        add_rows(weights, width, width, which, first_gene, values, count, my_x + i * width);
      });
      for (std::int64_t k = first; neighbours_ && k < end; ++k) {
        const std::int64_t genes = x_.width(k);
        const T* const w = weights + (k - first) * kSliceGenes * width;
        block_product_transposed<T>({means_.slice(k), genes, n, n}, {w, genes, width, width},
                                    {my_means, n, width, width}, true, shape_.precision);
        add_rows(w, width, width, kAllRows.data(), 0, kOnes.data(), genes, my_one);
      }
    }
  }
  for (auto* matrix : {&of_x_, &of_means_, &encoded_}) matrix->fit(n, width);
  work_.add_up(&Work::of_x, n * width, of_x_.row(0));
  std::copy_n(of_x_.row(0), n * width, encoded_.row(0));
  if (neighbours_) {
    of_one_.resize(static_cast<std::size_t>(width));
    work_.add_up(&Work::of_means, n * width, of_means_.row(0));
    work_.add_up(&Work::of_one, width, of_one_.data());
    const T own = static_cast<T>(features.own), of_neighbours = static_cast<T>(features.neighbours),
            constant = static_cast<T>(features.offset);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t h = 0; h < width; ++h)
        encoded_.row(i)[h] = own * of_x_.row(i)[h] + of_neighbours * of_means_.row(i)[h] +
                             constant * of_one_[static_cast<std::size_t>(h)];
  }
  if (shape_.n_extra > 0) {
    AlignedVector<T> buffer;
    const std::int64_t offset = shape_.n_genes * width;
    const T* const w = masked(weight.weight + offset, mask ? mask + offset : nullptr, shape_.n_extra * width, buffer);
    block_product<T>({batch.extra.data(), n, shape_.n_extra, shape_.n_extra}, {w, shape_.n_extra, width, width},
                     {encoded_.row(0), n, width, width}, true, shape_.precision);
  }
  return std::as_const(encoded_).view();
}

template <class T>
Features SlicedLayers<T>::encode_backward(MatrixView<const T> grad, const Trained<T>& weight, const T* mask,
                                          std::int64_t step, const AdamOptions& adam) {
  const std::int64_t n = n_controls_, width = shape_.width_in;
  const std::int64_t of_genes = x_.n_slices(), of_extra = n_slices_of(shape_.n_extra);
  work_.open();
#pragma omp parallel
  {
    Work& work = work_.mine();
    Stepper<T> stepper(adam, step, work.gradient);
    T* const features = fitted(work.inputs, kSliceGenes * n);
    const Share share(of_genes + of_extra);
    SliceCursor cursor(batch_.rows, batch_.controls, share.first);
    for (std::int64_t k = share.first; k < share.end; ++k) {
      const bool is_extra = k >= of_genes;
      const std::int64_t first = is_extra ? (k - of_genes) * kSliceGenes : k * kSliceGenes,
                         count = is_extra ? std::min(kSliceGenes, shape_.n_extra - first) : x_.width(k),
                         offset = (first + (is_extra ? shape_.n_genes : 0)) * width;
      T* const gradient = stepper.gradient_of(weight, offset, count * width);
      if (!is_extra && !neighbours_) {
        std::fill_n(gradient, count * width, T{0});
        cursor.each(k + 1, [&](std::int64_t i, const std::int32_t* which, const float* values, std::int64_t n_values) {
          row_adds<T>({&grad(i, 0), width, n_values, which, first, values, gradient, width});
        });
      } else {
        const T* inputs = extra_.data() + first * n;
        if (!is_extra) {
          features_of(x_.slice(k), means_.slice(k), static_cast<T>(features_.own), static_cast<T>(features_.neighbours),
                      static_cast<T>(features_.offset), count * n, features);
          inputs = features;
        }
        block_product<T>({inputs, count, n, n}, {grad.data, n, width, width}, {gradient, count, width, width}, false,
                         shape_.precision);
      }
      if (mask)
        for (std::int64_t i = 0; i < count * width; ++i) gradient[i] *= mask[offset + i];
      stepper.move(weight, offset, count * width);
    }
  }
  return factor_gradients(grad);
}

template <class T>
Features SlicedLayers<T>::factor_gradients(MatrixView<const T> grad) const {
  Features result{.own = 0};
  if (!neighbours_) return result;
  for (std::int64_t i = 0; i < grad.n_rows; ++i) {
    const T* const row = &grad(i, 0);
    result.own += dot(row, of_x_.row(i), grad.n_cols);
    result.neighbours += dot(row, of_means_.row(i), grad.n_cols);
    result.offset += dot(row, of_one_.data(), grad.n_cols);
  }
  return result;
}

template <class T>
DecoderTerms SlicedLayers<T>::decode(MatrixView<const T> rows, const DecoderLoss& loss, const Trained<T>& weight,
                                     const Trained<T>& bias, const T* extra, std::int64_t step, const AdamOptions& adam,
                                     MatrixView<T> grad_rows) {
  const std::int64_t n = n_controls_, n_decoded = 2 * n, n_compared = n + n_observed_, width = shape_.width_out;
  GRACEVAE_CHECK(rows.n_rows == n_decoded && rows.n_cols == width, "a row for every reconstruction and counterfactual");
  const auto slope = static_cast<T>(loss.leaky ? kLeakySlope : 1);
  const Precision precision = shape_.precision;
  T* const rows_t = fitted(turned_rows_, n_decoded * width);
  transpose(rows, rows_t);
  decoded_.resize(n_decoded, shape_.n_genes);
  work_.open();
#pragma omp parallel
  {
    Work& work = work_.mine();
    T* const gram = zeros(work.gram, n_compared * n_compared);
    const Share share(decoded_.n_slices());
    SliceCursor loader(batch_.rows, batch_.cells, share.first), cursor = loader;
    for (std::int64_t first = share.first, end = 0; first < share.end; first = end) {
      end = std::min(first + kSlicesTogether, share.end);
      for (std::int64_t k = first; k < end; ++k) {
        const std::int64_t genes = decoded_.width(k);
        T* const slice = decoded_.slice(k);
        block_product<T>({weight.weight + k * kSliceGenes * width, genes, width, width},
                         {rows_t, width, n_decoded, n_decoded}, {slice, genes, n_decoded, n_decoded}, false, precision);
        bend(slice, bias.weight + k * kSliceGenes, genes, n_decoded, slope);
        const Block<const T> made{slice + n, genes, n, n_decoded};
        block_product_transposed<T>(made, made, {gram, n, n, n_compared}, true, precision);
      }
      // Observed cells with all, value by value.
      const std::int64_t first_gene = first * kSliceGenes;
      T* const observed = zeros(work.observed, kSlicesTogether * kSliceGenes * n_observed_);
      load(loader, end, first_gene, observed, n_observed_);
      cursor.each(end, [&](std::int64_t i, const std::int32_t* which, const float* values, std::int64_t count) {
        T* const sums = gram + (n + i) * n_compared;
        add_rows<T>(decoded_.slice(first) + n, n_decoded, n, which, first_gene, values, count, sums);
        add_rows<T>(observed, n_observed_, n_observed_, which, first_gene, values, count, sums + n);
      });
    }
  }
  Matrix<T> gram(n_compared, n_compared), weights;
  work_.add_up(&Work::gram, n_compared * n_compared, gram.values.data());
  for (std::int64_t i = 0; i < n; ++i)  // on and above the diagonal is what is read
    for (std::int64_t j = n; j < n_compared; ++j) gram(i, j) = gram(j, i);
  DecoderTerms terms;
  const auto n_values = static_cast<double>(n * shape_.n_genes);
  terms.mmd = mmd2_of_gram(gram, n, loss.mmd, weights);
  for (T& value : weights.values) value *= static_cast<T>(loss.alpha);
  T* const weights_t = fitted(turned_weights_, n * n_compared);
  transpose(std::as_const(weights).view(), weights_t);

  work_.open();
#pragma omp parallel
  {
    Work& work = work_.mine();
    Stepper<T> stepper(adam, step, work.gradient), bias_stepper(adam, step, work.bias_gradient);
    T* const grad = fitted(work.grad, n_decoded * kSlicesTogether * kSliceGenes);
    T* const my_rows = zeros(work.grad_rows, n_decoded * width);
    double& error = *zeros(work.error, 1);
    const Share share(decoded_.n_slices());
    SliceCursor cursor(batch_.rows, batch_.cells, share.first);
    for (std::int64_t first = share.first, end = 0; first < share.end; first = end) {
      end = std::min(first + kSlicesTogether, share.end);
      const std::int64_t first_gene = first * kSliceGenes,
                         n_genes = std::min(end * kSliceGenes, shape_.n_genes) - first_gene;
      const T* const decoded = decoded_.slice(first);
      block_product<T>({decoded + n, n_genes, n, n_decoded}, {weights_t, n, n, n}, {grad + n, n_genes, n, n_decoded},
                       false, precision);
      cursor.each(end, [&](std::int64_t i, const std::int32_t* which, const float* values, std::int64_t count) {
        row_adds<T>({weights_t + (n + i) * n, n, count, which, first_gene, values, grad + n, n_decoded});
      });
      error += decoder_gradient(decoded, x_.slice(first), grad, bias_stepper.gradient_of(bias, first_gene, n_genes),
                                n_genes, n, static_cast<T>(2 / n_values), slope);
      bias_stepper.move(bias, first_gene, n_genes);
      for (std::int64_t k = first; k < end; ++k) {
        const std::int64_t genes = decoded_.width(k), offset = k * kSliceGenes * width;
        const Block<const T> of_slice{grad + (k - first) * kSliceGenes * n_decoded, genes, n_decoded, n_decoded};
        block_product_transposed<T>(of_slice, {weight.weight + offset, genes, width, width},
                                    {my_rows, n_decoded, width, width}, true, precision);
        T* const gradient = stepper.gradient_of(weight, offset, genes * width);
        block_product<T>(of_slice, {rows.data, n_decoded, width, width}, {gradient, genes, width, width}, false,
                         precision);
        if (extra)
          for (std::int64_t i = 0; i < genes * width; ++i) gradient[i] += extra[offset + i];
        stepper.move(weight, offset, genes * width);
      }
    }
  }
  work_.add_up(&Work::error, 1, &terms.mse);
  terms.mse /= n_values;
  work_.add_up(&Work::grad_rows, n_decoded * width, grad_rows.data);
  return terms;
}

template class SlicedRows<float>;
template class SlicedRows<double>;
template class SlicedLayers<float>;
template class SlicedLayers<double>;

}  // namespace gracevae::impl::kernels
