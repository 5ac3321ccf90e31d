#include "kernels/scm.hpp"

#include <algorithm>
#include <vector>

namespace gracevae::kernels {

namespace {

template <class T>
T passed_on(Mechanism mechanism, T value) {
  return mechanism == Mechanism::relu ? std::max(value, T{0}) : value;
}

template <class T>
T slope(Mechanism mechanism, T value) {
  return mechanism == Mechanism::linear || value > 0 ? T{1} : T{0};
}

template <class T>
T incoming_factor(const ScmInput<T>& input, std::int64_t cell, std::int64_t latent) {
  return input.incoming ? input.incoming[cell * input.incoming_row_stride + latent] : T{1};
}

}  // namespace

template <class T>
void solve_scm(const ScmInput<T>& input, MatrixView<T> u) {
  const std::int64_t d = u.n_cols;
#pragma omp parallel for schedule(static) if (u.n_rows * d * d > 1 << 18)
  for (std::int64_t cell = 0; cell < u.n_rows; ++cell) {
    std::vector<T> sums(static_cast<std::size_t>(d), T{0});  // of the parents, filled row by row of G
    for (std::int64_t j = 0; j < d; ++j) {
      const T value = u(cell, j) =
          input.noise(cell, j) + incoming_factor(input, cell, j) * sums[static_cast<std::size_t>(j)];
      const T passed = passed_on(input.mechanism, value);
      if (passed == 0) continue;
      for (std::int64_t k = j + 1; k < d; ++k) sums[static_cast<std::size_t>(k)] += passed * input.graph(j, k);
    }
  }
}

template <class T>
void solve_scm_backward(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_u,
                        MatrixView<T> grad_noise, MatrixView<T> grad_graph, T* grad_incoming) {
  const std::int64_t d = u.n_cols;
#pragma omp parallel for schedule(static) if (u.n_rows * d * d > 1 << 18)
  for (std::int64_t cell = 0; cell < u.n_rows; ++cell) {
    // In reverse order: the whole gradient of u_j is known once all its children are done.
    for (std::int64_t j = d - 1; j >= 0; --j) {
      T from_children = 0;
      for (std::int64_t k = j + 1; k < d; ++k)
        from_children += input.graph(j, k) * incoming_factor(input, cell, k) * grad_noise(cell, k);
      grad_noise(cell, j) = grad_u(cell, j) + slope(input.mechanism, u(cell, j)) * from_children;
    }
    if (!grad_incoming) continue;
    for (std::int64_t j = 0; j < d; ++j) {
      T sum = 0;
      for (std::int64_t i = 0; i < j; ++i) sum += input.graph(i, j) * passed_on(input.mechanism, u(cell, i));
      grad_incoming[cell * d + j] = sum * grad_noise(cell, j);
    }
  }
#pragma omp parallel for schedule(static) if (u.n_rows * d * d > 1 << 18)
  for (std::int64_t i = 0; i < d; ++i) {
    const auto row = grad_graph.row(i);
    std::fill(row.begin(), row.end(), T{0});
    for (std::int64_t cell = 0; cell < u.n_rows; ++cell) {
      const T passed = passed_on(input.mechanism, u(cell, i));
      if (passed == 0) continue;
      for (std::int64_t j = i + 1; j < d; ++j)
        row[static_cast<std::size_t>(j)] += passed * incoming_factor(input, cell, j) * grad_noise(cell, j);
    }
  }
}

template void solve_scm(const ScmInput<float>&, MatrixView<float>);
template void solve_scm(const ScmInput<double>&, MatrixView<double>);
template void solve_scm_backward(const ScmInput<float>&, MatrixView<const float>, MatrixView<const float>,
                                 MatrixView<float>, MatrixView<float>, float*);
template void solve_scm_backward(const ScmInput<double>&, MatrixView<const double>, MatrixView<const double>,
                                 MatrixView<double>, MatrixView<double>, double*);

}  // namespace gracevae::kernels
