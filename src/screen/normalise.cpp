#include "screen/normalise.hpp"

#include <algorithm>
#include <cmath>

namespace gracevae::impl {

double median_of_positive(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !(value > 0); });
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

void normalise_log1p(std::span<float> values, double total, double target) {
  if (!(total > 0)) return;
  const double factor = target / total;
  for (float& value : values) value = static_cast<float>(std::log1p(static_cast<double>(value) * factor));
}

}  // namespace gracevae::impl
