#pragma once
/// @file Structural causal models over the latents, solved in order of the latents, with hand-written gradients.
#include <cstdint>

#include <gracevae/matrix.hpp>

namespace gracevae::impl::kernels {

/// How a parent enters its child's mechanism.
enum class Mechanism { linear, relu };

/// Input of the solver. Only the strict upper triangle of G [d, d] is read. `incoming` [d] or [B, d] multiplies all
/// weights into a latent: 1 without intervention, 0 when the latent is cut from its parents; nullptr: all 1.
template <class T>
struct ScmInput {
  MatrixView<const T> noise;             ///< [B, d] exogenous noise, interventions on it included
  MatrixView<const T> graph;             ///< [d, d]
  const T* incoming = nullptr;           ///< [d] or [B, d]
  std::int64_t incoming_row_stride = 0;  ///< 0: one row for all cells; d: one row per cell
  Mechanism mechanism = Mechanism::relu;
};

/// u_j = noise_j + incoming_j · Σ_{i<j} G_ij f(u_i), f the identity or relu; u [B, d]. Cost O(B d²).
/// @paper GraCE-VAE (causal decoder)
template <class T>
void solve_scm(const ScmInput<T>& input, MatrixView<T> u);

/// Gradients of a scalar from its gradient with respect to u: `grad_noise` [B, d] and `grad_incoming` [B, d] (one row
/// per cell; nullptr: not wanted). relu has slope 0 at 0.
template <class T>
void solve_scm_backward(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_u,
                        MatrixView<T> grad_noise, T* grad_incoming);

/// After solve_scm_backward: the gradient of the graph [d, d], Σ over cells f(u_i)·incoming_j·grad_noise_j for i < j,
/// else 0. Cells are summed in order, so results do not depend on the thread count.
template <class T>
void scm_graph_gradient(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_noise,
                        MatrixView<T> grad_graph);
/// Rows [first, first + count) of it, [count, d], computed by the calling thread.
template <class T>
void scm_graph_gradient_rows(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_noise,
                             std::int64_t first, std::int64_t count, T* rows);

}  // namespace gracevae::impl::kernels
