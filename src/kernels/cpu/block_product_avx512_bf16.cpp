// Compiled with -mavx512f -mavx512bw -mavx512bf16 (cmake/rooms.cmake).
#include "kernels/cpu/block_product_table.hpp"

#ifdef __x86_64__
#include <immintrin.h>

namespace gracevae::impl::kernels {

namespace {

constexpr std::int64_t kLanes = 16, kTile = 2 * kLanes;

/// Two rows (nullptr: zeros) as pairs of bfloat16, one pair per lane.
inline __attribute__((always_inline)) __m512i pairs_of(const float* first, const float* second, __mmask16 there) {
  const __m512 low = _mm512_maskz_loadu_ps(there, first);
  const __m512 high = second ? _mm512_maskz_loadu_ps(there, second) : _mm512_setzero_ps();
  const __m512i both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
  const __m512i side_by_side = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                                6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(side_by_side, both);
}

inline __mmask16 first_lanes(std::int64_t n) {
  return n >= kLanes ? static_cast<__mmask16>(0xffff) : static_cast<__mmask16>((1U << n) - 1);
}

/// Rows k and k + 1 of [n_k, n] side by side: out [⌈n_k/2⌉, stride] pairs.
void pack_rows(const float* rows, std::int64_t stride, std::int64_t n_k, std::int64_t n, std::uint32_t* out,
               std::int64_t out_stride) {
  for (std::int64_t k = 0; k < n_k; k += 2, out += out_stride)
    for (std::int64_t j = 0; j < n; j += kLanes) {
      const float* const first = rows + k * stride + j;
      _mm512_storeu_si512(out + j, pairs_of(first, k + 1 < n_k ? first + stride : nullptr, first_lanes(n - j)));
    }
}

/// Neighbours in a row as pairs: out [⌈n/2⌉].
void pack_row(const float* row, std::int64_t n, std::uint32_t* out) {
  for (std::int64_t k = 0; k < n; k += 2 * kLanes) {
    const __m512 low = _mm512_maskz_loadu_ps(first_lanes(n - k), row + k);
    const __m512 high =
        n - k > kLanes ? _mm512_maskz_loadu_ps(first_lanes(n - k - kLanes), row + k + kLanes) : _mm512_setzero_ps();
    _mm512_storeu_si512(out + k / 2, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
  }
}

/// Factors as pairs of bfloat16: element pair (i, k) of the first at a[i·a_row + k·a_column].
struct Packed {
  std::int64_t n_pairs;
  const std::uint32_t* a;
  std::int64_t a_row, a_column;
  const std::uint32_t* b;
  std::int64_t b_stride;
};

template <int Rows, int Vectors>
inline __attribute__((always_inline)) void tile(const ProductCall<float>& call, const Packed& packed, std::int64_t i,
                                                std::int64_t j) {
  const __mmask16 in_last = first_lanes(call.n - j - (Vectors - 1) * kLanes);
  const auto lanes = [&](int v) { return v + 1 < Vectors ? static_cast<__mmask16>(0xffff) : in_last; };
  float* const out = call.out + i * call.out_stride + j;
  const std::uint32_t *a = packed.a + i * packed.a_row, *b = packed.b + j;
  __m512 sums[Rows][Vectors];
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v)
      sums[r][v] =
          call.add ? _mm512_maskz_loadu_ps(lanes(v), out + r * call.out_stride + v * kLanes) : _mm512_setzero_ps();
  for (std::int64_t k = 0; k < packed.n_pairs; ++k, a += packed.a_column, b += packed.b_stride) {
    __m512i second[Vectors];
    for (int v = 0; v < Vectors; ++v) second[v] = _mm512_loadu_si512(b + v * kLanes);
    for (int r = 0; r < Rows; ++r) {
      const __m512i first = _mm512_set1_epi32(static_cast<int>(a[r * packed.a_row]));
      for (int v = 0; v < Vectors; ++v)
        sums[r][v] =
            _mm512_dpbf16_ps(sums[r][v], reinterpret_cast<__m512bh>(first), reinterpret_cast<__m512bh>(second[v]));
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v)
      _mm512_mask_storeu_ps(out + r * call.out_stride + v * kLanes, lanes(v), sums[r][v]);
}

template <int Vectors>
void strip(const ProductCall<float>& call, const Packed& packed, std::int64_t j) {
  std::int64_t i = 0;
  for (; i + 8 <= call.m; i += 8) tile<8, Vectors>(call, packed, i, j);
  for (; i + 4 <= call.m; i += 4) tile<4, Vectors>(call, packed, i, j);
  for (; i < call.m; ++i) tile<1, Vectors>(call, packed, i, j);
}

/// Layout of the packed factors in the workspace, b first.
struct Layout {
  std::int64_t n_pairs, b_stride, a_stride, a_size;
  bool by_rows;  // else a[k, i]: rows k and k + 1 side by side
  explicit Layout(const ProductCall<float>& call)
      : n_pairs((call.k + 1) / 2), b_stride(rounded_up(call.n, kTile)), by_rows(call.a_column == 1) {
    a_stride = rounded_up(by_rows ? n_pairs : call.m, kLanes);
    a_size = (by_rows ? call.m : n_pairs) * a_stride;
  }
  static std::int64_t rounded_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }
};

}  // namespace

std::int64_t avx512_bf16_workspace(const ProductCall<float>& call) {
  const Layout layout(call);
  return layout.n_pairs * layout.b_stride + layout.a_size;
}

void avx512_bf16_product(const ProductCall<float>& call, std::uint32_t* workspace) {
  const Layout layout(call);
  const std::int64_t n_pairs = layout.n_pairs, b_stride = layout.b_stride, a_stride = layout.a_stride;
  std::uint32_t *const b = workspace, *const a = b + n_pairs * b_stride;
  pack_rows(call.b, call.b_stride, call.k, call.n, b, b_stride);
  if (layout.by_rows)
    for (std::int64_t i = 0; i < call.m; ++i) pack_row(call.a + i * call.a_row, call.k, a + i * a_stride);
  else
    pack_rows(call.a, call.a_column, call.k, call.m, a, a_stride);
  const Packed packed{n_pairs, a, layout.by_rows ? a_stride : 1, layout.by_rows ? 1 : a_stride, b, b_stride};
  std::int64_t j = 0;
  for (; j + kTile <= call.n; j += kTile) strip<2>(call, packed, j);
  for (; j < call.n; j += kLanes) strip<1>(call, packed, j);
}

}  // namespace gracevae::impl::kernels
#endif
