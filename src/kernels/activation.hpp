#pragma once
/// @file The one non-linearity of the model's layers.

namespace gracevae::kernels {

/// Slope of LeakyReLU below 0. @paper GraCE-VAE (decoder)
inline constexpr double kLeakySlope = 0.2;

}  // namespace gracevae::kernels
