#pragma once
/// @file Precision of the products of the wide layers.

namespace gracevae::impl::kernels {

/// full: that of the weights. bf16: factors rounded to bfloat16; sums, weights and moments in float32.
enum class Precision { full, bf16 };

}  // namespace gracevae::impl::kernels
