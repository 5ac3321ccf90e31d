#pragma once
/// @file Loops over contiguous numbers, compiled for every instruction set (base/instruction_set.hpp). All sets give
/// the same bits: operations are not fused, and sums are kept in a fixed number of parts.
/// @test tests/unit/kernels/vector_loops_test.cpp
#include <cstdint>

#include "kernels/adam_factors.hpp"

namespace gracevae::impl::kernels {

/// The noise of one cell, [d] each: v = softplus(raw), z = μ + √v·ε.
template <class T>
struct CellNoise {
  const T *mean, *epsilon, *shift;
  T* slope;                    ///< on entry raw, what softplus reads; on return its slope
  T *root, *z, *shifted, *kl;  ///< √v, z, z + shift, 1 + log v − μ² − v
};

/// Gradients of one cell, [d] each, from those to z and z + shift to those to μ and to what softplus reads.
template <class T>
struct CellNoiseGradient {
  const T *of_z, *of_shifted;
  const T *mean, *root, *slope, *epsilon;  ///< as CellNoise left them
  const T* kl_weight;                      ///< of the KL of one cell in the loss
  T *of_mean, *of_raw;
};

/// From decoded rows of genes to counterfactual cells: base + D(u) − D(u0), cut at 0 where asked.
template <class T>
struct Counterfactuals {
  const T* decoded = nullptr;         ///< [n_genes, 2n] D(u0), D(u)
  const T* base = nullptr;            ///< [n_genes, n]; nullptr: 0
  bool less_reconstructions = false;  ///< whether D(u0) is subtracted
  bool nonnegative = false;
};

/// What goes into the decoder's last LeakyReLU, for rows of genes: `decoded` [n_genes, 2n], reconstructions and then
/// counterfactuals, `x` [n_genes, n].
template <class T>
struct DecoderGradient {
  const T *decoded, *x;
  std::int64_t n_genes, n;
  const T* scale;  ///< [n_genes]
  T slope;
  T* grad;  ///< [n_genes, 2n]: on entry the gradient to counterfactual cells in the second half; on return to the input
            ///< of the LeakyReLU, that of the reconstructions being scale·(reconstruction − x)
  T* bias;  ///< [n_genes] receives its sums
  Counterfactuals<T> counterfactuals{};  ///< how they were made of `decoded`
  T* along_base = nullptr;               ///< [n_genes] receives the sums over cells of base times gradient; or nullptr
};

template <class T>
struct VectorLoops {
  /// As adam_step, in the calling thread.
  void (*adam)(T* weight, const T* gradient, T* first_moment, T* second_moment, std::int64_t n,
               const AdamFactors<T>& factors);
  /// Σ over n distances d of K(d) = Σ_i exp(−d/w_i); `slopes`, unless nullptr, receives K'(d) = −Σ_i exp(−d/w_i)/w_i.
  /// The largest bandwidth takes an exp; each next one, half as large, squares the last.
  double (*kernel_sum)(const T* distances, std::int64_t n, double largest_bandwidth, int n_kernels, double* slopes);
  T (*dot)(const T* a, const T* b, std::int64_t n);               ///< Σ a·b, summed in T
  double (*dot_float64)(const T* a, const T* b, std::int64_t n);  ///< Σ a·b, multiplied and summed in double
  double (*sum_of_magnitudes)(const T* values, std::int64_t n);   ///< Σ |value|
  void (*add)(const T* row, std::int64_t n, T* sums);             ///< sums += row
  void (*add_signs)(const T* weights, T factor, std::int64_t n, T* gradient);  ///< gradient += factor·sign(weights)
  /// out = LeakyReLU(from + bias)
  void (*leaky)(const T* from, const T* bias, std::int64_t n, T* out);
  /// out = grad times the slope of LeakyReLU, which the signs of its values tell.
  void (*times_leaky_slope)(const T* grad, const T* values, std::int64_t n, T* out);
  /// rows [n_rows, n] = LeakyReLU(row + its bias), with any slope below 0.
  void (*leaky_rows)(T* rows, const T* bias, std::int64_t n_rows, std::int64_t n, T slope);
  /// out = a·x + b·y + c
  void (*combine)(T a, const T* x, T b, const T* y, T c, std::int64_t n, T* out);
  void (*noise)(const CellNoise<T>& cell, std::int64_t d);
  void (*noise_gradient)(const CellNoiseGradient<T>& cell, std::int64_t d);
  /// out [n_genes, n]
  void (*counterfactuals)(const Counterfactuals<T>& rows, std::int64_t n_genes, std::int64_t n, T* out);
  /// Returns Σ (reconstruction − x)².
  double (*decoder_gradient)(const DecoderGradient<T>& rows);
  /// sums [n_genes]: the same for each gene.
  void (*squared_gaps)(const T* decoded, const T* x, std::int64_t n_genes, std::int64_t n, double* sums);
};

/// Those of the instruction set in use.
template <class T>
const VectorLoops<T>& vector_loops();

struct VectorLoopTables {
  VectorLoops<float> float32;
  VectorLoops<double> float64;
};
extern const VectorLoopTables kBaselineLoops;
#ifdef __x86_64__
extern const VectorLoopTables kAvx2Loops, kAvx512Loops;
#endif

}  // namespace gracevae::impl::kernels
