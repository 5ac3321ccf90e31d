// The product's kernels, compiled once for every set of instructions: GRACEVAE_KERNELS names the namespace,
// GRACEVAE_VECTOR_BYTES the width of a vector, GRACEVAE_TILE_ROWS x GRACEVAE_TILE_VECTORS how much of the result is
// held in registers. No function of the standard library is used here: one that is not inlined would be compiled with
// instructions that other callers may not have.

namespace gracevae::kernels::detail {
namespace GRACEVAE_KERNELS {
namespace {

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(GRACEVAE_VECTOR_BYTES), aligned(alignof(T)), may_alias));
};

constexpr int kRows = GRACEVAE_TILE_ROWS, kVectors = GRACEVAE_TILE_VECTORS;

/// `Rows` rows and `Vectors` vectors of the result, of the last of which only `in_last` entries are there (Whole: all).
template <class T, int Rows, int Vectors, bool Whole>
inline __attribute__((always_inline)) void tile(const ProductCall<T>& call, std::int64_t i, std::int64_t j,
                                                std::int64_t in_last) {
  using Vector = typename VectorOf<T>::type;
  constexpr std::int64_t kLanes = GRACEVAE_VECTOR_BYTES / sizeof(T);
  const auto read = [&](const T* from, int vector) {
    if (Whole || vector + 1 < Vectors) return *reinterpret_cast<const Vector*>(from);
    Vector value{};
    __builtin_memcpy(&value, from, static_cast<unsigned long>(in_last) * sizeof(T));
    return value;
  };
  const T *a = call.a + i * call.a_row, *b = call.b + j;
  T* const out = call.out + i * call.out_stride + j;
  Vector sums[Rows][Vectors];
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v)
      sums[r][v] = call.add ? read(out + r * call.out_stride + v * kLanes, v) : Vector{};
  for (std::int64_t k = 0; k < call.k; ++k, a += call.a_column, b += call.b_stride) {
    Vector second[Vectors];
    for (int v = 0; v < Vectors; ++v) second[v] = read(b + v * kLanes, v);
    for (int r = 0; r < Rows; ++r) {
      const T first = a[r * call.a_row];
      for (int v = 0; v < Vectors; ++v) sums[r][v] += first * second[v];
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v) {
      T* const to = out + r * call.out_stride + v * kLanes;
      if (Whole || v + 1 < Vectors)
        *reinterpret_cast<Vector*>(to) = sums[r][v];
      else
        __builtin_memcpy(to, &sums[r][v], static_cast<unsigned long>(in_last) * sizeof(T));
    }
}

/// All rows of a strip of columns.
template <class T, int Vectors, bool Whole>
void strip(const ProductCall<T>& call, std::int64_t j, std::int64_t in_last) {
  std::int64_t i = 0;
  for (; i + kRows <= call.m; i += kRows) tile<T, kRows, Vectors, Whole>(call, i, j, in_last);
  for (; i + 4 <= call.m; i += 4) tile<T, 4, Vectors, Whole>(call, i, j, in_last);
  for (; i < call.m; ++i) tile<T, 1, Vectors, Whole>(call, i, j, in_last);
}

template <class T>
void product(const ProductCall<T>& call) {
  constexpr std::int64_t kLanes = GRACEVAE_VECTOR_BYTES / sizeof(T);
  std::int64_t j = 0;
  for (; j + kVectors * kLanes <= call.n; j += kVectors * kLanes) strip<T, kVectors, true>(call, j, kLanes);
  for (; j + kLanes <= call.n; j += kLanes) strip<T, 1, true>(call, j, kLanes);
  if (j < call.n) strip<T, 1, false>(call, j, call.n - j);
}

/// `Vectors` vectors of one row of the result, of the last of which only `in_last` entries are there (Whole: all).
template <class T, class Factor, int Vectors, bool Whole>
inline __attribute__((always_inline)) void part_of_sum(const RowSums<T, Factor>& call, std::int64_t i, std::int64_t j,
                                                       std::int64_t in_last) {
  using Vector = typename VectorOf<T>::type;
  constexpr std::int64_t kLanes = GRACEVAE_VECTOR_BYTES / sizeof(T);
  const auto read = [&](const T* from, int vector) {
    if (Whole || vector + 1 < Vectors) return *reinterpret_cast<const Vector*>(from);
    Vector value{};
    __builtin_memcpy(&value, from, static_cast<unsigned long>(in_last) * sizeof(T));
    return value;
  };
  T* const out = call.out + i * call.n + j;
  Vector sums[Vectors];
  for (int v = 0; v < Vectors; ++v) sums[v] = call.add ? read(out + v * kLanes, v) : Vector{};
  for (std::int64_t k = call.begin[i]; k < call.begin[i + 1]; ++k) {
    const T* const row = call.rows + (call.which[k] - call.first) * call.n + j;
    const T factor = static_cast<T>(call.factors[k]);
    for (int v = 0; v < Vectors; ++v) sums[v] += factor * read(row + v * kLanes, v);
  }
  for (int v = 0; v < Vectors; ++v) {
    if (Whole || v + 1 < Vectors)
      *reinterpret_cast<Vector*>(out + v * kLanes) = sums[v];
    else
      __builtin_memcpy(out + v * kLanes, &sums[v], static_cast<unsigned long>(in_last) * sizeof(T));
  }
}

template <class T, class Factor>
void row_sums(const RowSums<T, Factor>& call) {
  constexpr std::int64_t kLanes = GRACEVAE_VECTOR_BYTES / sizeof(T);
  for (std::int64_t i = 0; i < call.n_sums; ++i) {
    std::int64_t j = 0;
    for (; j + 8 * kLanes <= call.n; j += 8 * kLanes) part_of_sum<T, Factor, 8, true>(call, i, j, kLanes);
    for (; j + 2 * kLanes <= call.n; j += 2 * kLanes) part_of_sum<T, Factor, 2, true>(call, i, j, kLanes);
    for (; j + kLanes <= call.n; j += kLanes) part_of_sum<T, Factor, 1, true>(call, i, j, kLanes);
    if (j < call.n) part_of_sum<T, Factor, 1, false>(call, i, j, call.n - j);
  }
}

constexpr ProductKernels kKernels{&product<float>, &product<double>, &row_sums<float, float>, &row_sums<double, double>,
                                  &row_sums<double, float>};

}  // namespace
}  // namespace GRACEVAE_KERNELS
}  // namespace gracevae::kernels::detail
