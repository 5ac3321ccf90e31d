#pragma once
/// @file The two layers of a model that are as wide as the genes, trained in slices of genes: each thread owns slices,
/// with their weights and Adam's moments, and only [cells, hidden] and [cells, cells] sums cross threads. Neither a
/// gradient of a wide weight nor a dense copy of the screen is ever held.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/csr_view.hpp"
#include "kernels/adam_factors.hpp"
#include "kernels/aligned_matrix.hpp"
#include "kernels/mmd.hpp"
#include "kernels/per_thread.hpp"
#include "kernels/precision.hpp"
#include "kernels/trained.hpp"

namespace gracevae::impl::kernels {

template <class T>
class Stepper;
template <class T>
struct Counterfactuals;
template <class T>
struct Block;

/// Rows of the skip's weights are whole units: two of the longest vectors, which is also a cache line.
inline constexpr std::int64_t kSkipUnit = 16;
constexpr std::int64_t skip_stride_of(std::int64_t n_skip) { return (n_skip + kSkipUnit - 1) / kSkipUnit * kSkipUnit; }

inline constexpr std::int64_t kSliceGenes = 64;
constexpr std::int64_t n_slices_of(std::int64_t n_genes) { return (n_genes + kSliceGenes - 1) / kSliceGenes; }

/// Cells in slices of genes: slice k is a matrix [width(k), n_cells], one row per gene. More rows may follow the genes.
template <class T>
class SlicedRows {
 public:
  void resize(std::int64_t n_cells, std::int64_t n_genes, std::int64_t n_more_rows = 0);
  std::int64_t n_cells() const { return n_cells_; }
  std::int64_t n_slices() const { return n_slices_of(n_genes_); }
  std::int64_t width(std::int64_t k) const { return std::min(kSliceGenes, n_genes_ - k * kSliceGenes); }
  T* slice(std::int64_t k) { return values_.data() + k * kSliceGenes * n_cells_; }
  const T* slice(std::int64_t k) const { return values_.data() + k * kSliceGenes * n_cells_; }
  T* row(std::int64_t i) { return values_.data() + i * n_cells_; }

 private:
  std::int64_t n_cells_ = 0, n_genes_ = 0;
  AlignedVector<T> values_;
};

/// Factors of the first layer's input: own · x + neighbours · (mean of x over the gene's neighbours, pathway nodes
/// included) + offset.
struct Features {
  double own = 1, neighbours = 0, offset = 0;
};

/// The neighbours of genes in the context graph, genes and pathways separately.
template <class T>
struct GeneNeighbours {
  CsrMatrix<T> of_gene;     ///< [n_genes, n_genes]: row i: neighbouring genes, value 1/deg(i)
  CsrMatrix<T> of_pathway;  ///< [n_genes, n_pathways]: row i: its pathways, value 1/deg(i)
};

/// One batch: control and observed cells by their row in `rows`; values of the pathway nodes, [n_pathways] for all
/// cells or [controls, n_pathways]; and other inputs of the first layer, [controls, n_extra].
template <class T>
struct SlicedBatch {
  CsrView<float> rows;
  std::span<const std::int64_t> controls, cells;
  std::span<const T> pathways, extra;
};

struct SlicedShape {
  std::int64_t n_genes = 0;
  std::int64_t n_extra = 0;    ///< inputs of the first layer besides the genes
  std::int64_t width_in = 0;   ///< outputs of the first layer
  std::int64_t width_out = 0;  ///< inputs of the last layer
  std::int64_t n_skip = 0;     ///< latents that it reads beside them, through weights of their own
  Precision precision = Precision::full;
};

/// Slices [first, end) of genes that are processed together.
struct SliceGroup {
  std::int64_t first, end, first_gene, n_genes;
};

/// The first layer, one row per input, genes first.
template <class T>
struct FirstLayer {
  Trained<T> weight;        ///< [n_genes + n_extra, width_in]
  const T* mask = nullptr;  ///< same shape, multiplies the weight; nullptr: all 1
};

/// The last layer, one row per gene.
template <class T>
struct LastLayer {
  Trained<T> weight, bias;            ///< [n_genes, width_out], [n_genes]
  Trained<T> skip{};                  ///< [n_genes, n_skip and zeros up to a whole kSkipUnit], of the latents
  Trained<T> log_variance{};          ///< [n_genes], around the reconstruction; without weight: squared error; without
                                      ///< moments and gradient: it stays
  const T* extra_gradient = nullptr;  ///< [n_genes, width_out], added to the weight's; nullptr: none
};

/// How cells are made of the last layer's outputs, and the loss of these.
struct DecoderLoss {
  double alpha = 1;  ///< weight of the MMD
  MmdOptions mmd{};
  double likelihood = 1;     ///< weight of the Gaussian likelihood, for a layer with variances
  bool leaky = true;         ///< LeakyReLU 0.2 at the end
  bool abduction = false;    ///< counterfactual cell: control + D(u) − D(u0) instead of D(u)
  bool nonnegative = false;  ///< counterfactual values below 0 become 0
};

struct DecoderTerms {
  double mmd = 0, mse = 0;
  double nll = 0;  ///< ½ Σ_g [(x_g − x̂_g)² / σ_g² + log σ_g²], mean over cells; 0 without variances
};

/// What the last layer reads, or its gradients: reconstructions, then counterfactuals.
template <class Number>
struct DecoderRows {
  MatrixView<Number> hidden;   ///< [2·controls, width_out]
  MatrixView<Number> latents;  ///< [2·controls, n_skip]; empty without skip
};

/// Not thread-safe. Runs with OpenMP's number of threads; results depend on it in their last bits.
template <class T>
class SlicedLayers {
 public:
  /// `neighbours` (nullptr: none) must outlive it.
  SlicedLayers(const GeneNeighbours<T>* neighbours, const SlicedShape& shape);

  /// (Features, extra) · (weight ⊙ mask) of a batch's control cells, [controls, width_in]. The batch must stay valid
  /// until encode_backward. Genes enter by their non-zero values, neighbour means by a product.
  MatrixView<const T> encode(const SlicedBatch<T>& batch, const Features& features, const FirstLayer<T>& layer);
  /// D = f(hidden·weightᵀ + latents·skipᵀ + bias). Returns the terms of the loss α·MMD²(counterfactual, observed) +
  /// MSE(reconstruction, control), or α·MMD² + likelihood·NLL; writes its gradient with respect to `rows` into
  /// `gradients`, and makes one Adam step of the layer. `observation` [controls, n_genes], unless empty, is standard
  /// normal noise, which is added to counterfactual cells in units of the layer's variances.
  DecoderTerms decode(const DecoderRows<const T>& rows, std::span<const T> observation, const DecoderLoss& loss,
                      const LastLayer<T>& layer, const AdamFactors<T>& adam, const DecoderRows<T>& gradients);
  /// One Adam step of the first layer, from grad [controls, width_in]. Returns the gradients of own, neighbours and
  /// offset at the weights that encode had (0 without neighbours).
  Features encode_backward(MatrixView<const T> grad, const FirstLayer<T>& layer, const AdamFactors<T>& adam);

 private:
  /// Workspace of one thread.
  struct Work {
    AlignedVector<T> of_x, of_means, of_one, gram, grad_rows, grad_latents;  // its part of sums over genes
    AlignedVector<double> error, nll;
    AlignedVector<T> weights, gradient, bias_gradient, inputs, observed, grad;  // of one or several slices
    AlignedVector<T> scale, along_noise;                                        // of one or several slices' genes
    AlignedVector<double> squares;
  };
  /// Where threads read the neighbours of their genes: genes of their own slices in place, all others in copies that
  /// each thread loads for itself, in rows after the genes. Reading what another thread has just written is slow.
  struct Halo {
    struct OfThread {
      std::int64_t first_gene = 0, end_gene = 0;  // its own
      std::int64_t first_row = 0, end_row = 0;    // the copies
      std::vector<std::int32_t> row_of_gene;      // where a gene is loaded; the last one for genes that are not read
    };
    std::vector<OfThread> threads;
    std::vector<std::int32_t> rows;  // row of each value of GeneNeighbours::of_gene
    std::int64_t n_copies = 0;
  };
  void find_halo(int n_threads);

  // Parts of a pass, each for the calling thread's slices.
  void load_halo();
  void load_controls();
  /// Neighbour means of slice k's genes.
  void find_means(std::int64_t k);
  void encode_genes(const FirstLayer<T>& layer);
  void decode_genes(const LastLayer<T>& layer, std::span<const T> observation, const DecoderLoss& loss);
  void move_decoder(MatrixView<const T> hidden, const DecoderLoss& loss, const LastLayer<T>& layer,
                    const AdamFactors<T>& adam);
  void move_rows(const Trained<T>& weight, std::int64_t first_gene, const Block<const T>& grad,
                 MatrixView<const T> inputs, const T* extra_gradient, Stepper<T>& stepper, T* grad_inputs) const;
  /// Observation noise of the group's genes.
  void find_noise(const SliceGroup& group, std::span<const T> observation, const T* log_variance);
  /// How the group's counterfactual cells are made.
  Counterfactuals<T> made_of(const SliceGroup& group, const DecoderLoss& loss) const;
  /// The group's counterfactual cells, [genes, controls].
  Block<const T> compared(const SliceGroup& group) const;
  /// Moves the variances of the group's genes and returns their part of the NLL.
  double move_variances(const SliceGroup& group, const DecoderLoss& loss, const Trained<T>& log_variance,
                        Stepper<T>& stepper, Work& work) const;

  void add_up_encoded();
  void add_extra(const FirstLayer<T>& layer);
  /// MMD² of counterfactual and observed cells; sets transposed_weights_ to the weights of its gradient.
  double compare(const DecoderLoss& loss);
  Features factor_gradients(MatrixView<const T> grad) const;

  const GeneNeighbours<T>* neighbours_;
  SlicedShape shape_;
  PerThread<Work> work_;
  Halo halo_;
  std::int64_t n_controls_ = 0, n_observed_ = 0;
  SlicedBatch<T> batch_;
  Features features_;
  SlicedRows<T> x_, means_;  // [genes, controls] control cells and their neighbour means
  SlicedRows<T> decoded_;    // [genes, 2·controls] D(u0), D(u)
  SlicedRows<T> made_;       // [genes, controls] counterfactual cells, where these are not D(u)
  SlicedRows<T> noise_;      // [genes, controls] observation noise
  bool has_made_ = false, has_noise_ = false;
  AlignedVector<T> extra_;  // [n_extra, controls]
  // The first layer's output from x alone, from the means alone and from all, [controls, width_in]; from the constant,
  // [width_in].
  AlignedMatrix<T> of_x_, of_means_, encoded_;
  AlignedVector<T> of_one_;
  // For the decoder's products: [width_out or n_skip, 2·controls], [controls + observed, controls].
  AlignedVector<T> transposed_rows_, transposed_latents_, transposed_weights_;
  AlignedMatrix<T> wide_latents_, grad_latents_;  // [2·controls, skip_stride_of(n_skip)]
};

}  // namespace gracevae::impl::kernels
