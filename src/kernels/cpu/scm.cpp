#include "kernels/scm.hpp"

#include <algorithm>
#include <array>
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

/// So many cells go through the latents side by side: what each latent has of all of them is one row [kCells].
constexpr std::int64_t kCells = 32;

template <class T>
using Rows = std::vector<std::array<T, kCells>>;  // [d]

/// Calls `work(first, n, rows...)` for blocks of at most kCells cells, each thread with row buffers of its own.
template <class T, class Work>
void for_each_block(std::int64_t n_cells, std::int64_t d, const Work& work) {
  const std::int64_t n_blocks = (n_cells + kCells - 1) / kCells;
#pragma omp parallel if (n_cells * d * d > 1 << 18)
  {
    Rows<T> sums(static_cast<std::size_t>(d)), values(static_cast<std::size_t>(d));
#pragma omp for schedule(static)
    for (std::int64_t block = 0; block < n_blocks; ++block)
      work(block * kCells, std::min(kCells, n_cells - block * kCells), sums, values);
  }
}

/// row += factor · other
template <class T>
void add_scaled(std::array<T, kCells>& row, T factor, const std::array<T, kCells>& other) {
  for (std::size_t c = 0; c < kCells; ++c) row[c] += factor * other[c];
}

}  // namespace

template <class T>
void solve_scm(const ScmInput<T>& input, MatrixView<T> u) {
  const std::int64_t d = u.n_cols;
  for_each_block<T>(u.n_rows, d, [&](std::int64_t first, std::int64_t n, Rows<T>& sums, Rows<T>& passed) {
    for (auto& row : sums) row.fill(T{0});  // of the parents, filled row by row of G
    for (std::int64_t j = 0; j < d; ++j) {
      auto& own = passed[static_cast<std::size_t>(j)];
      own.fill(T{0});
      for (std::int64_t c = 0; c < n; ++c) {
        const std::int64_t cell = first + c;
        const T value = u(cell, j) =
            input.noise(cell, j) +
            incoming_factor(input, cell, j) * sums[static_cast<std::size_t>(j)][static_cast<std::size_t>(c)];
        own[static_cast<std::size_t>(c)] = passed_on(input.mechanism, value);
      }
      for (std::int64_t k = j + 1; k < d; ++k) add_scaled(sums[static_cast<std::size_t>(k)], input.graph(j, k), own);
    }
  });
}

template <class T>
void solve_scm_backward(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_u,
                        MatrixView<T> grad_noise, MatrixView<T> grad_graph, T* grad_incoming) {
  const std::int64_t d = u.n_cols;
  // In reverse order: the whole gradient of u_j is known once all its children are done.
  for_each_block<T>(u.n_rows, d, [&](std::int64_t first, std::int64_t n, Rows<T>& sums, Rows<T>& rows) {
    for (auto& row : sums) row.fill(T{0});  // of the children
    for (std::int64_t j = d - 1; j >= 0; --j) {
      auto& sum = sums[static_cast<std::size_t>(j)];
      for (std::int64_t k = j + 1; k < d; ++k) add_scaled(sum, input.graph(j, k), rows[static_cast<std::size_t>(k)]);
      auto& weighted = rows[static_cast<std::size_t>(j)];  // by the factor on the weights into the latent
      weighted.fill(T{0});
      for (std::int64_t c = 0; c < n; ++c) {
        const std::int64_t cell = first + c;
        grad_noise(cell, j) = grad_u(cell, j) + slope(input.mechanism, u(cell, j)) * sum[static_cast<std::size_t>(c)];
        weighted[static_cast<std::size_t>(c)] = incoming_factor(input, cell, j) * grad_noise(cell, j);
      }
    }
    if (!grad_incoming) return;
    for (auto& row : sums) row.fill(T{0});  // of the parents
    for (std::int64_t j = 0; j < d; ++j) {
      auto& passed = rows[static_cast<std::size_t>(j)];
      for (std::int64_t c = 0; c < n; ++c) {
        const std::int64_t cell = first + c;
        grad_incoming[cell * d + j] =
            sums[static_cast<std::size_t>(j)][static_cast<std::size_t>(c)] * grad_noise(cell, j);
        passed[static_cast<std::size_t>(c)] = passed_on(input.mechanism, u(cell, j));
      }
      for (std::int64_t k = j + 1; k < d; ++k) add_scaled(sums[static_cast<std::size_t>(k)], input.graph(j, k), passed);
    }
  });
#pragma omp parallel for schedule(static) if (u.n_rows * d * d > 1 << 18)
  for (std::int64_t i = 0; i < d; ++i) {
    const auto row = grad_graph.row(i);
    std::fill(row.begin(), row.end(), T{0});
    for (std::int64_t cell = 0; cell < u.n_rows; ++cell) {
      const T passed = passed_on(input.mechanism, u(cell, i));
      if (passed == 0) continue;
      const T* noise = &grad_noise(cell, 0);
      if (input.incoming) {
        for (std::int64_t j = i + 1; j < d; ++j)
          row[static_cast<std::size_t>(j)] += passed * incoming_factor(input, cell, j) * noise[j];
      } else {
        for (std::int64_t j = i + 1; j < d; ++j) row[static_cast<std::size_t>(j)] += passed * noise[j];
      }
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
