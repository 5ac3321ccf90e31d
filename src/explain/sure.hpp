#pragma once
/// @file What of an effect is sure, and the order that follows from it.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace gracevae::impl {

/// What is left of an effect at the near end of its 95 % interval: sign(e)·max(0, |e| − 1.96·se); NaN where se is.
double sure_part(double effect, double se);

/// All genes: those with a standard error first, largest |sure part| first, then largest |effect|/se; behind them those
/// without one, by |effect|; ties by place.
std::vector<std::size_t> surest_first(std::span<const double> effect, std::span<const double> se);

/// Sizes over genes.
struct Strength {
  double norm = 0;     ///< ‖e‖
  double norm_se = 0;  ///< ‖se‖, what noise alone would give; of genes with a standard error, NaN where none has one
  double sure = 0;     ///< ‖sure part‖, likewise
};
/// @test tests/unit/explain/sure_test.cpp
Strength strength_of(std::span<const double> effect, std::span<const double> se);

/// Whether the first is listed before the second: what is surer, then what is larger; what has no standard error comes
/// last.
bool is_stronger(const Strength& a, const Strength& b);

/// Programs or labels, the strongest first, ties in their order.
template <class T>
std::vector<const T*> strongest_first(const std::vector<T>& explained) {
  std::vector<const T*> order;
  for (const T& one : explained) order.push_back(&one);
  std::stable_sort(order.begin(), order.end(),
                   [](const T* a, const T* b) { return is_stronger(a->strength, b->strength); });
  return order;
}

/// Up to six digits, or "NA" for what is not known.
std::string number_or_na(double value);

}  // namespace gracevae::impl
