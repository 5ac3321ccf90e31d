// From latents to the values of a cell.
#include <algorithm>
#include <cmath>

#include "kernels/activation.hpp"
#include "simulate/truth.hpp"

namespace gracevae::impl {

namespace {
constexpr double kTotal = 1e4;  // counts are scaled to it before log1p

void append_value(std::int64_t gene, double value, CsrMatrix<float>& x) {
  x.indices.push_back(static_cast<std::int32_t>(gene));
  x.values.push_back(static_cast<float>(value));
}

void end_row(CsrMatrix<float>& x) {
  ++x.n_rows;
  x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
}

/// Negative-binomial count with size r = 1/dispersion, by inversion; `u` uniform in [0, 1). P(count > 0) is below the
/// mean, so for small means one comparison usually suffices.
double draw_count(double mean, double size, double u) {
  if (u >= mean) return 0;
  double left = 1 - u;  // probability mass from 0 up
  double mass = std::exp(-size * std::log1p(mean / size));
  const double ratio = mean / (mean + size);
  double count = 0;
  constexpr double kMost = 1e5;
  while (left > mass && count < kMost) {
    left -= mass;
    mass *= (count + size) / (count + 1) * ratio;
    count += 1;
  }
  return count;
}

}  // namespace

Observer::Observer(const SimulateOptions& options, const Truth& truth) : options_(options), truth_(truth) {}

void Observer::mix(std::span<const double> u, std::span<double> values) const {
  std::copy(truth_.baseline.begin(), truth_.baseline.end(), values.begin());
  if (options_.loadings == "programs") {
    for (std::size_t latent = 0; latent < truth_.programs.size(); ++latent)
      for (std::size_t k = 0; k < truth_.programs[latent].size(); ++k)
        values[static_cast<std::size_t>(truth_.programs[latent][k])] += u[latent] * truth_.loadings[latent][k];
    return;
  }
  std::vector<double> inputs(u.begin(), u.end());
  if (options_.mixing == "polynomial")
    for (std::size_t i = 0; i < u.size(); ++i)
      for (std::size_t j = i; j < u.size(); ++j) inputs.push_back(u[i] * u[j]);
  if (options_.mixing == "mlp")
    for (std::size_t h = 0; h < u.size(); ++h) {
      double sum = 0;
      for (std::size_t i = 0; i < u.size(); ++i)
        sum += truth_.first_layer(static_cast<std::int64_t>(h), static_cast<std::int64_t>(i)) * u[i];
      inputs[h] = sum > 0 ? sum : kernels::kLeakySlope * sum;
    }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::span<const double> row = truth_.dense.row(static_cast<std::int64_t>(i));
    for (std::size_t g = 0; g < values.size(); ++g) values[g] += inputs[i] * row[g];
  }
}

void Observer::append_gaussian(std::span<double> values, Random& random, CsrMatrix<float>& x) const {
  for (std::size_t g = 0; g < values.size(); ++g) {
    const double value = values[g] + (options_.noise > 0 ? options_.noise * random.normal() : 0);
    if (value > 0 || (options_.negative_values && value != 0)) append_value(static_cast<std::int64_t>(g), value, x);
  }
}

void Observer::append_counts(std::span<double> values, Random& random, CsrMatrix<float>& x) const {
  constexpr double kLargest = 8;  // of a gene's logarithm: no gene fills a whole cell
  double sum = 0;
  for (double& value : values) sum += value = std::exp(std::min(value, kLargest));
  const double library = options_.library_size * std::exp(options_.library_spread * random.normal());
  const double measured = library * options_.measured_share;
  const double scale = measured / sum, size = 1 / options_.dispersion;
  const auto first = static_cast<std::ptrdiff_t>(x.values.size());
  double total = std::round(library - measured);
  for (std::size_t g = 0; g < values.size(); ++g) {
    const double count = draw_count(values[g] * scale, size, random.uniform());
    if (count == 0 || (options_.dropout > 0 && random.uniform() < options_.dropout)) continue;
    append_value(static_cast<std::int64_t>(g), count, x);
    total += count;
  }
  if (options_.raw_counts || total == 0) return;
  std::transform(x.values.begin() + first, x.values.end(), x.values.begin() + first, [&](float count) {
    return static_cast<float>(std::log1p(static_cast<double>(count) * kTotal / total));
  });
}

void Observer::append(std::span<const double> u, Random& random, CsrMatrix<float>& x) const {
  std::vector<double> values(truth_.baseline.size());
  mix(u, values);
  if (options_.observation == "counts")
    append_counts(values, random, x);
  else
    append_gaussian(values, random, x);
  end_row(x);
}

}  // namespace gracevae::impl
