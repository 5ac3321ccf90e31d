#include "screen/normalise.hpp"

#include <cmath>

namespace gracevae::impl {

void normalise_log1p(std::span<float> values, double total, double target) {
  if (!(total > 0)) return;
  const double factor = target / total;
  for (float& value : values) value = static_cast<float>(std::log1p(static_cast<double>(value) * factor));
}

}  // namespace gracevae::impl
