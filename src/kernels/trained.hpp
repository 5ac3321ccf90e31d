#pragma once
/// @file A parameter that a kernel moves itself.

namespace gracevae::impl::kernels {

/// A parameter and Adam's moments, any shape. With `gradient`, that is written instead and nothing moves.
template <class T>
struct Trained {
  T *weight = nullptr, *first_moment = nullptr, *second_moment = nullptr, *gradient = nullptr;
};

}  // namespace gracevae::impl::kernels
