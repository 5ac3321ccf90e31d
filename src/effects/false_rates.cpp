#include "effects/false_rates.hpp"

#include <algorithm>

namespace gracevae::impl {

FalseRates::FalseRates(const LeaveOneOut& errors) {
  std::vector<std::pair<double, double>> found;  // ρ, cosine
  for (std::size_t i = 0; i < errors.rho.size(); ++i) found.emplace_back(errors.rho[i], errors.cosine[i]);
  std::ranges::sort(found, [](const auto& a, const auto& b) { return a.first > b.first; });
  double wrong = 0;
  for (const auto& [rho, cosine] : found) {
    wrong += cosine <= 0 ? 1 : 0;
    rates_.emplace_back(rho, std::min(1.0, (2 * wrong + 1) / static_cast<double>(rates_.size() + 1)));
  }
  for (std::size_t i = rates_.size(); i > 1; --i)
    rates_[i - 2].second = std::min(rates_[i - 2].second, rates_[i - 1].second);
}

double FalseRates::of(double rho) const {
  const auto n = std::ranges::count_if(rates_, [&](const auto& entry) { return entry.first >= rho; });
  return rates_.empty() ? 1 : rates_[static_cast<std::size_t>(std::max<std::ptrdiff_t>(n, 1) - 1)].second;
}

}  // namespace gracevae::impl
