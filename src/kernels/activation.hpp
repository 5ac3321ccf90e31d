#pragma once
/// @file The one non-linearity of the model's layers.

namespace gracevae::impl::kernels {

/// Slope of LeakyReLU below 0. @paper GraCE-VAE (decoder)
inline constexpr double kLeakySlope = 0.2;

}  // namespace gracevae::impl::kernels
