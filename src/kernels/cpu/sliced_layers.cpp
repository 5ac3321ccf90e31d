#include "kernels/sliced_layers.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "kernels/activation.hpp"
#include "kernels/cpu/block_product.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/stepper.hpp"
#include "kernels/cpu/transpose.hpp"
#include "kernels/cpu/vector_loops.hpp"

namespace gracevae::impl::kernels {

namespace {

/// A cell has few values in one slice, so several slices are processed at a time, as many as fit into the L2 cache.
constexpr std::int64_t kSlicesTogether = 4;

/// Calls `use(group)` for all slices of a thread's share.
template <class Use>
void each_group(const Share& slices, std::int64_t n_genes, const Use& use) {
  for (std::int64_t first = slices.first, end = 0; first < slices.end; first = end) {
    end = std::min(first + kSlicesTogether, slices.end);
    const std::int64_t first_gene = first * kSliceGenes;
    use(SliceGroup{first, end, first_gene, std::min(end * kSliceGenes, n_genes) - first_gene});
  }
}

/// The values of one cell of the cursor's list in some slices.
struct CellValues {
  std::int64_t index;
  const std::int32_t* genes;
  const float* values;
  std::int64_t count;
};

/// Walks through the values of cells, slice after slice of genes, from the slice `first` on.
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
  /// Calls `use(CellValues)` for every cell's values in the next slices, up to `end_slice`.
  template <class Use>
  void each(std::int64_t end_slice, const Use& use) {
    const std::int64_t end = end_slice * kSliceGenes;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const auto genes = rows_.row_indices(cells_[i]);
      const std::size_t begin = next_[i];
      std::size_t& at = next_[i];
      while (at < genes.size() && genes[at] < end) ++at;
      use(CellValues{static_cast<std::int64_t>(i), genes.data() + begin, rows_.row_values(cells_[i]).data() + begin,
                     static_cast<std::int64_t>(at - begin)});
    }
  }

 private:
  const CsrView<float>& rows_;
  std::span<const std::int64_t> cells_;
  std::vector<std::size_t> next_;
};

/// Loads the cells' next slices, up to `end_slice`, into `out` [genes from `first_gene` on, n_cells], which is zero.
template <class T>
void load(SliceCursor& cursor, std::int64_t end_slice, std::int64_t first_gene, T* out, std::int64_t n_cells) {
  cursor.each(end_slice, [&](const CellValues& cell) {
    for (std::int64_t v = 0; v < cell.count; ++v)
      out[(cell.genes[v] - first_gene) * n_cells + cell.index] = static_cast<T>(cell.values[v]);
  });
}

/// The weights of the inputs from `first_input` on, times the mask if there is one.
template <class T>
const T* masked(const FirstLayer<T>& layer, std::int64_t first_input, std::int64_t n_inputs, std::int64_t width,
                AlignedVector<T>& buffer) {
  const std::int64_t offset = first_input * width, n = n_inputs * width;
  const T* const weight = layer.weight.weight + offset;
  if (!layer.mask) return weight;
  T* const out = fitted(buffer, n);
  for (std::int64_t i = 0; i < n; ++i) out[i] = weight[i] * layer.mask[offset + i];
  return out;
}

/// out [n_cols] += Σ_k values[k]·row (genes[k] − first_gene) of `rows`.
template <class T>
void add_rows(const Block<const T>& rows, std::int64_t first_gene, const CellValues& cell, T* out) {
  const std::array<std::int64_t, 2> all{0, cell.count};
  row_sums<T, float>(
      {rows.data, rows.stride, rows.n_cols, all.data(), 1, cell.genes, first_gene, cell.values, out, true});
}

/// Calls `use(block)` for every slice of a group's rows.
template <class T, class Use>
void each_slice(const Block<const T>& group, Use&& use) {
  for (std::int64_t first = 0; first < group.n_rows; first += kSliceGenes)
    use(Block<const T>{group.data + first * group.stride, std::min(kSliceGenes, group.n_rows - first), group.n_cols,
                       group.stride});
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
    row += kSliceGenes;  // away from another thread's rows
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
    const auto index_of = [&](std::int64_t gene) {
      return static_cast<std::size_t>(std::lower_bound(genes.begin(), genes.end(), gene) - genes.begin());
    };
    T* const column = x_.row(0) + i;
    const auto load = [&](std::size_t from, std::size_t to) {
      for (std::size_t v = from; v < to; ++v)
        column[mine.row_of_gene[static_cast<std::size_t>(genes[v])] * n_controls_] = static_cast<T>(values[v]);
    };
    load(0, index_of(mine.first_gene));
    load(index_of(mine.end_gene), genes.size());
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
                                            const FirstLayer<T>& layer) {
  const std::int64_t n = n_controls_ = std::ssize(batch.controls);
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
    load_controls();
    if (neighbours_) load_halo();
    encode_genes(layer);
  }
  add_up_encoded();
  if (shape_.n_extra > 0) add_extra(layer);
  return std::as_const(encoded_).view();
}

template <class T>
void SlicedLayers<T>::load_controls() {
  const Share slices(x_.n_slices());
  SliceCursor cursor(batch_.rows, batch_.controls, slices.first);
  for (std::int64_t k = slices.first; k < slices.end; ++k) {
    std::fill_n(x_.slice(k), x_.width(k) * n_controls_, T{0});
    load(cursor, k + 1, k * kSliceGenes, x_.slice(k), n_controls_);
  }
}

template <class T>
void SlicedLayers<T>::encode_genes(const FirstLayer<T>& layer) {
  const std::int64_t n = n_controls_, width = shape_.width_in;
  const Share slices(x_.n_slices());
  for (std::int64_t k = slices.first; neighbours_ && k < slices.end; ++k) find_means(k);
  Work& work = work_.mine();
  T *const of_x = zeros(work.of_x, n * width), *const of_means = zeros(work.of_means, neighbours_ ? n * width : 0),
           *const of_one = zeros(work.of_one, neighbours_ ? width : 0);
  SliceCursor cursor(batch_.rows, batch_.controls, slices.first);
  each_group(slices, shape_.n_genes, [&](const SliceGroup& group) {
    const T* const weights = masked(layer, group.first_gene, group.n_genes, width, work.weights);
    cursor.each(group.end, [&](const CellValues& cell) {
      add_rows<T>({weights, group.n_genes, width, width}, group.first_gene, cell, of_x + cell.index * width);
    });
    for (std::int64_t k = group.first; neighbours_ && k < group.end; ++k) {
      const std::int64_t genes = x_.width(k);
      const Block<const T> of_slice{weights + (k - group.first) * kSliceGenes * width, genes, width, width};
      block_product_transposed<T>({means_.slice(k), genes, n, n}, of_slice, {of_means, n, width, width}, true,
                                  shape_.precision);
      add_rows<T>(of_slice, 0, {0, kAllRows.data(), kOnes.data(), genes}, of_one);
    }
  });
}

template <class T>
void SlicedLayers<T>::add_up_encoded() {
  const std::int64_t n = n_controls_, width = shape_.width_in;
  for (auto* matrix : {&of_x_, &of_means_, &encoded_}) matrix->fit(n, width);
  work_.add_up(&Work::of_x, n * width, of_x_.row(0));
  std::copy_n(of_x_.row(0), n * width, encoded_.row(0));
  if (!neighbours_) return;
  of_one_.resize(static_cast<std::size_t>(width));
  work_.add_up(&Work::of_means, n * width, of_means_.row(0));
  work_.add_up(&Work::of_one, width, of_one_.data());
  const T own = static_cast<T>(features_.own), neighbours = static_cast<T>(features_.neighbours),
          offset = static_cast<T>(features_.offset);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t h = 0; h < width; ++h)
      encoded_.row(i)[h] =
          own * of_x_.row(i)[h] + neighbours * of_means_.row(i)[h] + offset * of_one_[static_cast<std::size_t>(h)];
}

template <class T>
void SlicedLayers<T>::add_extra(const FirstLayer<T>& layer) {
  const std::int64_t n = n_controls_, n_extra = shape_.n_extra, width = shape_.width_in;
  AlignedVector<T> buffer;
  block_product<T>({batch_.extra.data(), n, n_extra, n_extra},
                   {masked(layer, shape_.n_genes, n_extra, width, buffer), n_extra, width, width},
                   {encoded_.row(0), n, width, width}, true, shape_.precision);
}

template <class T>
Features SlicedLayers<T>::encode_backward(MatrixView<const T> grad, const FirstLayer<T>& layer,
                                          const AdamFactors<T>& adam) {
  const std::int64_t n = n_controls_, n_genes = shape_.n_genes, width = shape_.width_in, n_gene_slices = x_.n_slices();
  const auto own = static_cast<T>(features_.own), neighbours = static_cast<T>(features_.neighbours),
             offset = static_cast<T>(features_.offset);
  work_.open();
#pragma omp parallel
  {
    Work& work = work_.mine();
    Stepper<T> stepper(adam, work.gradient);
    T* const features = fitted(work.inputs, kSliceGenes * n);
    const Share slices(n_gene_slices + n_slices_of(shape_.n_extra));
    SliceCursor cursor(batch_.rows, batch_.controls, slices.first);
    for (std::int64_t k = slices.first; k < slices.end; ++k) {
      const bool is_gene = k < n_gene_slices;
      const std::int64_t first = is_gene ? k * kSliceGenes : n_genes + (k - n_gene_slices) * kSliceGenes,
                         count = is_gene ? x_.width(k) : std::min(kSliceGenes, n_genes + shape_.n_extra - first),
                         size = count * width;
      T* const gradient = stepper.gradient_of(layer.weight, first * width, size);
      if (is_gene && !neighbours_) {
        std::fill_n(gradient, size, T{0});
        cursor.each(k + 1, [&](const CellValues& cell) {
          row_adds<T>({&grad(cell.index, 0), width, cell.count, cell.genes, first, cell.values, gradient, width});
        });
      } else {
        if (is_gene)
          vector_loops<T>().combine(own, x_.slice(k), neighbours, means_.slice(k), offset, count * n, features);
        const T* const inputs = is_gene ? features : extra_.data() + (first - n_genes) * n;
        block_product<T>({inputs, count, n, n}, {grad.data, n, width, width}, {gradient, count, width, width}, false,
                         shape_.precision);
      }
      if (layer.mask)
        for (std::int64_t i = 0; i < size; ++i) gradient[i] *= layer.mask[first * width + i];
      stepper.move(layer.weight, first * width, size);
    }
  }
  return factor_gradients(grad);
}

template <class T>
Features SlicedLayers<T>::factor_gradients(MatrixView<const T> grad) const {
  Features result{.own = 0};
  if (!neighbours_) return result;
  const VectorLoops<T>& loops = vector_loops<T>();
  for (std::int64_t i = 0; i < grad.n_rows; ++i) {
    const T* const row = &grad(i, 0);
    result.own += loops.dot_float64(row, of_x_.row(i), grad.n_cols);
    result.neighbours += loops.dot_float64(row, of_means_.row(i), grad.n_cols);
    result.offset += loops.dot_float64(row, of_one_.data(), grad.n_cols);
  }
  return result;
}

template <class T>
DecoderTerms SlicedLayers<T>::decode(const DecoderRows<const T>& rows, std::span<const T> observation,
                                     const DecoderLoss& loss, const LastLayer<T>& layer, const AdamFactors<T>& adam,
                                     const DecoderRows<T>& gradients) {
  const std::int64_t n = n_controls_, size = 2 * n * shape_.width_out, n_skip = shape_.n_skip,
                     stride = skip_stride_of(n_skip);
  GRACEVAE_CHECK(rows.hidden.n_rows == 2 * n && rows.hidden.n_cols == shape_.width_out,
                 "a row for every reconstruction and counterfactual");
  GRACEVAE_CHECK(observation.empty() || layer.log_variance.weight, "noise in units of variances");
  transpose(rows.hidden, fitted(transposed_rows_, size));
  if (n_skip > 0) {
    transpose(rows.latents, fitted(transposed_latents_, 2 * n * n_skip));
    wide_latents_.fit(2 * n, stride);
    grad_latents_.fit(2 * n, stride);
    for (std::int64_t i = 0; i < 2 * n; ++i)
      std::fill(std::copy_n(&rows.latents(i, 0), n_skip, wide_latents_.row(i)), wide_latents_.row(i) + stride, T{0});
  }
  has_noise_ = !observation.empty();
  has_made_ = loss.abduction || loss.nonnegative || has_noise_;
  decoded_.resize(2 * n, shape_.n_genes);
  if (has_made_) made_.resize(n, shape_.n_genes);
  if (has_noise_) noise_.resize(n, shape_.n_genes);
  work_.open();
#pragma omp parallel
  decode_genes(layer, observation, loss);

  DecoderTerms terms;
  terms.mmd = compare(loss);
  work_.open();
#pragma omp parallel
  move_decoder(rows.hidden, loss, layer, adam);
  work_.add_up(&Work::error, 1, &terms.mse);
  terms.mse /= static_cast<double>(n * shape_.n_genes);
  work_.add_up(&Work::nll, 1, &terms.nll);
  work_.add_up(&Work::grad_rows, size, gradients.hidden.data);
  if (n_skip > 0) {
    work_.add_up(&Work::grad_latents, 2 * n * stride, grad_latents_.row(0));
    for (std::int64_t i = 0; i < 2 * n; ++i) std::copy_n(grad_latents_.row(i), n_skip, &gradients.latents(i, 0));
  }
  return terms;
}

template <class T>
Block<const T> SlicedLayers<T>::compared(const SliceGroup& group) const {
  const std::int64_t n = n_controls_;
  if (has_made_) return {made_.slice(group.first), group.n_genes, n, n};
  return {decoded_.slice(group.first) + n, group.n_genes, n, 2 * n};
}

template <class T>
Counterfactuals<T> SlicedLayers<T>::made_of(const SliceGroup& group, const DecoderLoss& loss) const {
  const T* base = nullptr;
  if (loss.abduction) base = x_.slice(group.first);
  if (has_noise_) base = noise_.slice(group.first);
  return {decoded_.slice(group.first), base, loss.abduction, loss.nonnegative};
}

template <class T>
void SlicedLayers<T>::find_noise(const SliceGroup& group, std::span<const T> observation, const T* log_variance) {
  const std::int64_t n = n_controls_;
  T* out = noise_.slice(group.first);
  for (std::int64_t gene = group.first_gene; gene < group.first_gene + group.n_genes; ++gene) {
    const T deviation = std::exp(log_variance[gene] / 2);
    for (std::int64_t i = 0; i < n; ++i)
      *out++ = deviation * observation[static_cast<std::size_t>(i * shape_.n_genes + gene)];
  }
}

// Decodes cells and sums the thread's part of the inner products of counterfactual and observed cells.
template <class T>
void SlicedLayers<T>::decode_genes(const LastLayer<T>& layer, std::span<const T> observation, const DecoderLoss& loss) {
  const std::int64_t n = n_controls_, n_decoded = 2 * n, n_compared = n + n_observed_, width = shape_.width_out,
                     n_skip = shape_.n_skip, stride = skip_stride_of(n_skip);
  const auto slope = static_cast<T>(loss.leaky ? kLeakySlope : 1);
  Work& work = work_.mine();
  T* const gram = zeros(work.gram, n_compared * n_compared);
  const Share slices(decoded_.n_slices());
  SliceCursor loader(batch_.rows, batch_.cells, slices.first), cursor = loader;
  each_group(slices, shape_.n_genes, [&](const SliceGroup& group) {
    for (std::int64_t k = group.first; k < group.end; ++k) {
      const std::int64_t genes = decoded_.width(k), first = k * kSliceGenes;
      const Block<T> decoded{decoded_.slice(k), genes, n_decoded, n_decoded};
      block_product<T>({layer.weight.weight + first * width, genes, width, width},
                       {transposed_rows_.data(), width, n_decoded, n_decoded}, decoded, false, shape_.precision);
      if (n_skip > 0)
        block_product<T>({layer.skip.weight + first * stride, genes, n_skip, stride},
                         {transposed_latents_.data(), n_skip, n_decoded, n_decoded}, decoded, true, shape_.precision);
      vector_loops<T>().leaky_rows(decoded.data, layer.bias.weight + first, genes, n_decoded, slope);
    }
    if (has_noise_) find_noise(group, observation, layer.log_variance.weight);
    if (has_made_) vector_loops<T>().counterfactuals(made_of(group, loss), group.n_genes, n, made_.slice(group.first));
    const Block<const T> counterfactual = compared(group);
    each_slice(counterfactual, [&](const Block<const T>& slice) {
      block_product_transposed<T>(slice, slice, {gram, n, n, n_compared}, true, shape_.precision);
    });
    // Observed cells against all, by their non-zero values.
    T* const observed = zeros(work.observed, kSlicesTogether * kSliceGenes * n_observed_);
    load(loader, group.end, group.first_gene, observed, n_observed_);
    cursor.each(group.end, [&](const CellValues& cell) {
      T* const sums = gram + (n + cell.index) * n_compared;
      add_rows<T>(counterfactual, group.first_gene, cell, sums);
      add_rows<T>({observed, group.n_genes, n_observed_, n_observed_}, group.first_gene, cell, sums + n);
    });
  });
}

template <class T>
double SlicedLayers<T>::compare(const DecoderLoss& loss) {
  const std::int64_t n = n_controls_, n_compared = n + n_observed_;
  Matrix<T> gram(n_compared, n_compared), weights;
  work_.add_up(&Work::gram, n_compared * n_compared, gram.values.data());
  for (std::int64_t i = 0; i < n; ++i)  // only entries on and above the diagonal are read
    for (std::int64_t j = n; j < n_compared; ++j) gram(i, j) = gram(j, i);
  const double mmd = mmd2_of_gram(gram, n, loss.mmd, weights);
  for (T& value : weights.values) value *= static_cast<T>(loss.alpha);
  transpose(std::as_const(weights).view(), fitted(transposed_weights_, n * n_compared));
  return mmd;
}

template <class T>
double SlicedLayers<T>::move_variances(const SliceGroup& group, const DecoderLoss& loss, const Trained<T>& log_variance,
                                       Stepper<T>& stepper, Work& work) const {
  const std::int64_t n = n_controls_;
  double* const squares = fitted(work.squares, group.n_genes);
  vector_loops<T>().squared_gaps(decoded_.slice(group.first), x_.slice(group.first), group.n_genes, n, squares);
  const bool learned = log_variance.gradient || log_variance.first_moment;
  T* const gradient = learned ? stepper.gradient_of(log_variance, group.first_gene, group.n_genes) : nullptr;
  double nll = 0;
  for (std::int64_t g = 0; g < group.n_genes; ++g) {
    const double log_of = static_cast<double>(log_variance.weight[group.first_gene + g]),
                 error = squares[g] / static_cast<double>(n) * std::exp(-log_of);
    nll += (error + log_of) / 2;
    if (learned)
      gradient[g] = static_cast<T>(loss.likelihood * (1 - error) / 2) +
                    (has_noise_ ? work.along_noise[static_cast<std::size_t>(g)] / 2 : T{0});
  }
  if (learned) stepper.move(log_variance, group.first_gene, group.n_genes);
  return nll;
}

// Updates the layer and sums the thread's part of the gradient of the rows and of the errors.
template <class T>
void SlicedLayers<T>::move_decoder(MatrixView<const T> hidden, const DecoderLoss& loss, const LastLayer<T>& layer,
                                   const AdamFactors<T>& adam) {
  const std::int64_t n = n_controls_, n_decoded = 2 * n;
  const bool has_variances = layer.log_variance.weight != nullptr;
  const T* const mmd_weights = transposed_weights_.data();
  const T slope = static_cast<T>(loss.leaky ? kLeakySlope : 1);
  Work& work = work_.mine();
  Stepper<T> stepper(adam, work.gradient), bias_stepper(adam, work.bias_gradient);
  T* const grad = fitted(work.grad, n_decoded * kSlicesTogether * kSliceGenes);
  T* const scale = fitted(work.scale, kSlicesTogether * kSliceGenes);
  T* const along_noise = has_noise_ ? fitted(work.along_noise, kSlicesTogether * kSliceGenes) : nullptr;
  std::fill_n(scale, kSlicesTogether * kSliceGenes, static_cast<T>(2 / static_cast<double>(n * shape_.n_genes)));
  zeros(work.grad_rows, n_decoded * shape_.width_out);
  zeros(work.grad_latents, n_decoded * skip_stride_of(shape_.n_skip));
  double &error = *zeros(work.error, 1), &nll = *zeros(work.nll, 1);
  const Share slices(decoded_.n_slices());
  SliceCursor cursor(batch_.rows, batch_.cells, slices.first);
  each_group(slices, shape_.n_genes, [&](const SliceGroup& group) {
    block_product<T>(compared(group), {mmd_weights, n, n, n}, {grad + n, group.n_genes, n, n_decoded}, false,
                     shape_.precision);
    cursor.each(group.end, [&](const CellValues& cell) {
      row_adds<T>({mmd_weights + (n + cell.index) * n, n, cell.count, cell.genes, group.first_gene, cell.values,
                   grad + n, n_decoded});
    });
    for (std::int64_t g = 0; has_variances && g < group.n_genes; ++g)
      scale[g] = static_cast<T>(loss.likelihood / static_cast<double>(n)) *
                 std::exp(-layer.log_variance.weight[group.first_gene + g]);
    T* const bias_gradient = bias_stepper.gradient_of(layer.bias, group.first_gene, group.n_genes);
    error += vector_loops<T>().decoder_gradient({decoded_.slice(group.first), x_.slice(group.first), group.n_genes, n,
                                                 scale, slope, grad, bias_gradient, made_of(group, loss), along_noise});
    bias_stepper.move(layer.bias, group.first_gene, group.n_genes);
    if (has_variances) nll += move_variances(group, loss, layer.log_variance, bias_stepper, work);
    each_slice(Block<const T>{grad, group.n_genes, n_decoded, n_decoded},
               [&, gene = group.first_gene](const Block<const T>& slice) mutable {
                 move_rows(layer.weight, gene, slice, hidden, layer.extra_gradient, stepper, work.grad_rows.data());
                 if (shape_.n_skip > 0)
                   move_rows(layer.skip, gene, slice, std::as_const(wide_latents_).view(), nullptr, stepper,
                             work.grad_latents.data());
                 gene += slice.n_rows;
               });
  });
}

// Updates a slice's rows of a weight [n_genes, width] from the gradient `grad` [genes, 2·controls] of its outputs at
// `inputs` [2·controls, width], whose own gradient is added up.
template <class T>
void SlicedLayers<T>::move_rows(const Trained<T>& weight, std::int64_t first_gene, const Block<const T>& grad,
                                MatrixView<const T> inputs, const T* extra_gradient, Stepper<T>& stepper,
                                T* grad_inputs) const {
  const std::int64_t width = inputs.n_cols, offset = first_gene * width, size = grad.n_rows * width;
  block_product_transposed<T>(grad, {weight.weight + offset, grad.n_rows, width, width},
                              {grad_inputs, inputs.n_rows, width, width}, true, shape_.precision);
  T* const gradient = stepper.gradient_of(weight, offset, size);
  block_product<T>(grad, {inputs.data, inputs.n_rows, width, width}, {gradient, grad.n_rows, width, width}, false,
                   shape_.precision);
  if (extra_gradient)
    for (std::int64_t i = 0; i < size; ++i) gradient[i] += extra_gradient[offset + i];
  stepper.move(weight, offset, size);
}

template class SlicedRows<float>;
template class SlicedRows<double>;
template class SlicedLayers<float>;
template class SlicedLayers<double>;

}  // namespace gracevae::impl::kernels
