#pragma once
/// @file The layers between a model's two wide ones (kernels/sliced_layers.hpp): hidden units → exogenous noise →
/// causal latents → hidden units of the decoder. Forward, hand-written backward and Adam step.
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/adam_factors.hpp"
#include "kernels/aligned_matrix.hpp"
#include "kernels/per_thread.hpp"
#include "kernels/scm.hpp"
#include "kernels/trained.hpp"

namespace gracevae::impl::kernels {

template <class T>
class Stepper;

struct LatentShape {
  std::int64_t width_in = 0, n_latents = 0, width_out = 0;  ///< H1, d, H
  bool has_graph = true;                                    ///< false: u = z + shift
  Mechanism mechanism = Mechanism::linear;
  bool from_prior = false;  ///< u of ε + shift instead of z + shift
};

/// Weights in LibTorch's layout: [outputs, inputs], row-major.
template <class T>
struct LatentWeights {
  Trained<T> first_bias;                                    ///< [H1]
  Trained<T> mean_weight, mean_bias, var_weight, var_bias;  ///< [d, H1], [d]
  Trained<T> graph;                                         ///< [d, d]; unused without a graph
  Trained<T> out_weight, out_bias;                          ///< [H, d], [H]
};

/// Weights of the KL and sparsity terms in the loss.
struct LatentLoss {
  double beta = 1, lambda = 0;
  double free_bits = 0;  ///< nats per latent below which the KL is not reduced
};

struct LatentTerms {
  double kl = 0, sparsity = 0;
  double bounded_kl = 0;  ///< Σ_latents max(free_bits, KL of the latent)
};

/// Runs with OpenMP's number of threads, which share first the cells, then the weights; it does not change the results.
template <class T>
class LatentLayers {
 public:
  explicit LatentLayers(const LatentShape& shape) : shape_(shape) {}

  /// first [B, H1], the first layer's output without its bias; epsilon [B, d]; shift [1 or B, d] Σ b_k s_k. μ and v =
  /// softplus of linear maps of h = LeakyReLU(first + bias), z = μ + √v·ε, u0 of z and u of z + shift through the
  /// graph, rows [2B, H] = LeakyReLU of a linear map of u0 and then u.
  /// @paper GraCE-VAE (encoder, causal decoder)
  LatentTerms forward(MatrixView<const T> first, std::span<const T> epsilon, MatrixView<const T> shift,
                      const LatentLoss& loss, const LatentWeights<T>& weights);
  MatrixView<const T> rows() const { return rows_.view(); }
  /// u0, then u, [2B, d].
  MatrixView<const T> latents() const { return (shape_.has_graph ? latents_ : noise_).view(); }

  /// After forward: one Adam step of all weights, from grad_rows [2B, H], the gradient of what else reads the latents
  /// (grad_latents [2B, d], or empty), and the gradients of β·bounded KL and λ·‖triu(G, 1)‖₁. The gradients of first
  /// and shift use the weights before the step.
  void backward(MatrixView<const T> grad_rows, MatrixView<const T> grad_latents, std::span<const T> epsilon,
                const LatentLoss& loss, const LatentWeights<T>& weights, const AdamFactors<T>& adam);
  MatrixView<const T> grad_first() const { return grad_first_.view(); }
  /// As many rows as the shift had.
  MatrixView<const T> grad_shift() const {
    if (n_shifts_ == n_cells_) return grad_noise().rows(n_cells_, 2 * n_cells_);
    return {grad_shift_.data(), 1, shape_.n_latents};
  }

 private:
  /// Input of the solver for rows [first, end).
  ScmInput<T> scm_of(std::int64_t first, std::int64_t end, const LatentWeights<T>& weights) const {
    return {.noise = noise_.rows(first, end),
            .graph = {weights.graph.weight, shape_.n_latents, shape_.n_latents},
            .mechanism = shape_.mechanism};
  }
  const AlignedMatrix<T>& grad_noise() const { return shape_.has_graph ? grad_noise_ : grad_latents_; }

  /// Workspace of one thread.
  struct Work {
    AlignedVector<T> columns, result;  // of a product: a transposed factor, and the result
    AlignedVector<T> gradient;
  };
  /// rows·weightᵀ, weight [n_out, n_in].
  static void linear(MatrixView<const T> rows, const T* weight, Work& work, MatrixView<T> out);

  // The calling thread's part of a pass.
  void find_noise(MatrixView<const T> first, std::span<const T> epsilon, MatrixView<const T> shift,
                  const LatentWeights<T>& weights);
  void find_rows(const LatentWeights<T>& weights);
  void find_sparsity(const LatentWeights<T>& weights);
  void find_noise_gradient(MatrixView<const T> grad_rows, MatrixView<const T> grad_latents,
                           const LatentWeights<T>& weights);
  void find_first_gradient(std::span<const T> epsilon, const LatentWeights<T>& weights);
  void move_graph(Stepper<T>& stepper, T lambda, const LatentWeights<T>& weights);

  LatentShape shape_;
  PerThread<Work> work_;
  std::int64_t n_cells_ = 0, n_shifts_ = 1;
  AlignedMatrix<T> hidden_, mean_, root_, slope_;  // [B, H1], [B, d] μ, √v and the softplus's slope
  AlignedMatrix<T> noise_, latents_, rows_;        // [2B, d] z and z + shift, [2B, d], [2B, H]
  AlignedMatrix<T> grad_out_, grad_latents_, grad_noise_, grad_mean_, grad_raw_, grad_first_;
  AlignedMatrix<T> kl_;                     // [B, d] −2·KL of each cell and latent
  std::vector<T> kl_weight_, no_gradient_;  // [d] of a cell's KL in the loss; zeros
  std::vector<double> sparsity_;            // [d]
  std::vector<T> grad_shift_;

  LatentTerms terms_of(const LatentLoss& loss);
};

}  // namespace gracevae::impl::kernels
