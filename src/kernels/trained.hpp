#pragma once
/// @file A parameter that a kernel updates itself.

namespace gracevae::impl::kernels {

/// A parameter of any shape with Adam's moments. If `gradient` is set, the gradient is written there and nothing is
/// updated.
template <class T>
struct Trained {
  T *weight = nullptr, *first_moment = nullptr, *second_moment = nullptr, *gradient = nullptr;
};

}  // namespace gracevae::impl::kernels
