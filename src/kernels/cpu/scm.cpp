#include "kernels/scm.hpp"

#include <algorithm>
#include <vector>

#include "kernels/cpu/block_product.hpp"

namespace gracevae::impl::kernels {

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

/// Cells that are solved side by side: each latent has one row [kCells].
constexpr std::int64_t kCells = 32;
/// Latents that are solved one by one; what they pass on to all others is one product.
constexpr std::int64_t kLatents = 48;

/// A row [kCells] for every latent.
template <class T>
class LatentRows {
 public:
  explicit LatentRows(std::int64_t d) : values_(static_cast<std::size_t>(d * kCells)) {}
  T* row(std::int64_t j) { return values_.data() + j * kCells; }
  /// Cells [first, first + n) of a matrix [·, d]; the other columns keep their values, which are not read.
  void load(MatrixView<const T> cells, std::int64_t first, std::int64_t n) {
    for (std::int64_t c = 0; c < n; ++c)
      for (std::int64_t j = 0; j < cells.n_cols; ++j) row(j)[c] = cells(first + c, j);
  }
  void store(MatrixView<T> cells, std::int64_t first, std::int64_t n) {
    for (std::int64_t c = 0; c < n; ++c)
      for (std::int64_t j = 0; j < cells.n_cols; ++j) cells(first + c, j) = row(j)[c];
  }
  void clear() { std::fill(values_.begin(), values_.end(), T{0}); }
  /// Rows [first, end).
  Block<T> block(std::int64_t first, std::int64_t end) { return {row(first), end - first, kCells, kCells}; }
  Block<const T> seen(std::int64_t first, std::int64_t end) { return {row(first), end - first, kCells, kCells}; }

 private:
  std::vector<T> values_;
};

/// Multiplies what enters latent j, for cells [first, first + n), by its incoming factors.
template <class T>
void weigh(const ScmInput<T>& input, std::int64_t first, std::int64_t n, std::int64_t j, T* row) {
  for (std::int64_t c = 0; input.incoming && c < n; ++c) row[c] *= incoming_factor(input, first + c, j);
}

/// Workspace of one thread for a block of cells.
template <class T>
struct BlockRows {
  LatentRows<T> sums, passed, own, u;
  explicit BlockRows(std::int64_t d) : sums(d), passed(d), own(d), u(d) {}
};

/// Calls `work(first, n, rows)` for blocks of at most kCells cells, with the thread's own rows.
template <class T, class Work>
void for_each_block(std::int64_t n_cells, std::int64_t d, const Work& work) {
  const std::int64_t n_blocks = (n_cells + kCells - 1) / kCells;
#pragma omp parallel if (n_cells * d * d > 1 << 18)
  {
    BlockRows<T> rows(d);
#pragma omp for schedule(static)
    for (std::int64_t block = 0; block < n_blocks; ++block)
      work(block * kCells, std::min(kCells, n_cells - block * kCells), rows);
  }
}

/// Rows [first, first + n) of the graph, columns [column, column + m).
template <class T>
Block<const T> part_of(MatrixView<const T> graph, std::int64_t first, std::int64_t n, std::int64_t column,
                       std::int64_t m) {
  return {&graph(first, column), n, m, graph.n_cols};
}

/// Σ_i G_ij·passed_i in row j of `sums`, latent by latent: `find(j)` computes passed_j once the sum of its parents is
/// complete.
template <class T, class Find>
void from_parents(MatrixView<const T> graph, LatentRows<T>& sums, LatentRows<T>& passed, const Find& find) {
  const std::int64_t d = graph.n_cols;
  sums.clear();
  for (std::int64_t first = 0; first < d; first += kLatents) {
    const std::int64_t end = std::min(first + kLatents, d);
    for (std::int64_t j = first; j < end; ++j) {
      find(j);
      if (j + 1 < end)
        block_product_transposed<T>(part_of(graph, j, 1, j + 1, end - j - 1), passed.seen(j, j + 1),
                                    sums.block(j + 1, end), true);
    }
    if (end < d)
      block_product_transposed<T>(part_of(graph, first, end - first, end, d - end), passed.seen(first, end),
                                  sums.block(end, d), true);
  }
}

/// Σ_k G_jk·passed_k in row j of `sums`, from the last latent to the first.
template <class T, class Find>
void from_children(MatrixView<const T> graph, LatentRows<T>& sums, LatentRows<T>& passed, const Find& find) {
  const std::int64_t d = graph.n_cols;
  sums.clear();
  for (std::int64_t end = d, first = 0; end > 0; end = first) {
    first = (end - 1) / kLatents * kLatents;
    for (std::int64_t j = end - 1; j >= first; --j) {
      if (j + 1 < end)
        block_product<T>(part_of(graph, j, 1, j + 1, end - j - 1), passed.seen(j + 1, end), sums.block(j, j + 1), true);
      find(j);
    }
    if (first > 0)
      block_product<T>(part_of(graph, 0, first, first, end - first), passed.seen(first, end), sums.block(0, first),
                       true);
  }
}

}  // namespace

template <class T>
void solve_scm(const ScmInput<T>& input, MatrixView<T> u) {
  for_each_block<T>(u.n_rows, u.n_cols, [&](std::int64_t first, std::int64_t n, BlockRows<T>& rows) {
    rows.own.load(input.noise, first, n);
    from_parents(input.graph, rows.sums, rows.passed, [&](std::int64_t j) {
      T *const sum = rows.sums.row(j), *const own = rows.own.row(j), *const passed = rows.passed.row(j);
      weigh(input, first, n, j, sum);
      for (std::int64_t c = 0; c < kCells; ++c) own[c] += sum[c];
      for (std::int64_t c = 0; c < kCells; ++c) passed[c] = passed_on(input.mechanism, own[c]);
    });
    rows.own.store(u, first, n);
  });
}

template <class T>
void solve_scm_backward(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_u,
                        MatrixView<T> grad_noise, T* grad_incoming) {
  const std::int64_t d = u.n_cols;
  // In reverse order: the gradient of u_j is complete once all its children are done.
  for_each_block<T>(u.n_rows, d, [&](std::int64_t first, std::int64_t n, BlockRows<T>& rows) {
    rows.own.load(grad_u, first, n);
    if (input.mechanism == Mechanism::relu || grad_incoming) rows.u.load(u, first, n);  // else not read
    // Passed on: gradients times the factor on the weights into the latent.
    from_children(input.graph, rows.sums, rows.passed, [&](std::int64_t j) {
      const T *const sum = rows.sums.row(j), *const value = rows.u.row(j);
      T *const own = rows.own.row(j), *const passed = rows.passed.row(j);
      for (std::int64_t c = 0; c < kCells; ++c) own[c] += slope(input.mechanism, value[c]) * sum[c];
      std::copy_n(own, kCells, passed);
      weigh(input, first, n, j, passed);
    });
    rows.own.store(grad_noise, first, n);
    if (!grad_incoming) return;
    from_parents(input.graph, rows.sums, rows.passed, [&](std::int64_t j) {
      for (std::int64_t c = 0; c < n; ++c)
        grad_incoming[(first + c) * d + j] = rows.sums.row(j)[c] * rows.own.row(j)[c];
      for (std::int64_t c = 0; c < kCells; ++c) rows.passed.row(j)[c] = passed_on(input.mechanism, rows.u.row(j)[c]);
    });
  });
}

template <class T>
void scm_graph_gradient(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_noise,
                        MatrixView<T> grad_graph) {
#pragma omp parallel for schedule(dynamic) if (u.n_rows * u.n_cols * u.n_cols > 1 << 18)
  for (std::int64_t first = 0; first < u.n_cols; first += kLatents)
    scm_graph_gradient_rows(input, u, grad_noise, first, std::min(kLatents, u.n_cols - first), &grad_graph(first, 0));
}

template <class T>
void scm_graph_gradient_rows(const ScmInput<T>& input, MatrixView<const T> u, MatrixView<const T> grad_noise,
                             std::int64_t first, std::int64_t count, T* rows) {
  const std::int64_t n = u.n_rows, d = u.n_cols;
  std::vector<T> passed, weighted;
  Block<const T> parents{u.data + first, n, count, d}, children{grad_noise.data + first, n, d - first, d};
  if (input.mechanism == Mechanism::relu) {
    passed.resize(static_cast<std::size_t>(n * count));
    for (std::int64_t cell = 0; cell < n; ++cell)
      for (std::int64_t i = 0; i < count; ++i)
        passed[static_cast<std::size_t>(cell * count + i)] = passed_on(input.mechanism, u(cell, first + i));
    parents = {passed.data(), n, count, count};
  }
  if (input.incoming) {
    weighted.resize(static_cast<std::size_t>(n * (d - first)));
    for (std::int64_t cell = 0; cell < n; ++cell)
      for (std::int64_t j = first; j < d; ++j)
        weighted[static_cast<std::size_t>(cell * (d - first) + j - first)] =
            grad_noise(cell, j) * incoming_factor(input, cell, j);
    children = {weighted.data(), n, d - first, d - first};
  }
  block_product_transposed<T>(parents, children, {rows + first, count, d - first, d}, false);
  for (std::int64_t i = 0; i < count; ++i) std::fill_n(rows + i * d, first + i + 1, T{0});
}

#define GRACEVAE_SCM_OF(T)                                                                                           \
  template void solve_scm(const ScmInput<T>&, MatrixView<T>);                                                        \
  template void solve_scm_backward(const ScmInput<T>&, MatrixView<const T>, MatrixView<const T>, MatrixView<T>, T*); \
  template void scm_graph_gradient(const ScmInput<T>&, MatrixView<const T>, MatrixView<const T>, MatrixView<T>);     \
  template void scm_graph_gradient_rows(const ScmInput<T>&, MatrixView<const T>, MatrixView<const T>, std::int64_t,  \
                                        std::int64_t, T*);
GRACEVAE_SCM_OF(float)
GRACEVAE_SCM_OF(double)
#undef GRACEVAE_SCM_OF

}  // namespace gracevae::impl::kernels
