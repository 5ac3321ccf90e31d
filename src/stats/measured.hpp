#pragma once
/// @file A number and how sure it is.
#include <limits>

namespace gracevae::impl {

/// A value with its standard error; NaN where it is not known.
struct Measured {
  double value = std::numeric_limits<double>::quiet_NaN();
  double error = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace gracevae::impl
