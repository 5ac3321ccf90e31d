#pragma once
/// @file In what the products of the wide layers are computed.

namespace gracevae::impl::kernels {

/// full: in the number type of the weights. bf16: factors rounded to bfloat16, sums, weights and moments in float32.
enum class Precision { full, bf16 };

}  // namespace gracevae::impl::kernels
