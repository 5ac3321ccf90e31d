#include "train/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "causal/losses.hpp"

namespace gracevae {

namespace {
constexpr std::size_t kMostCells = 2000;
constexpr double kActiveDeviation = 0.01;

std::vector<double> to_doubles(const Tensor& tensor) {
  const Tensor values = tensor.detach().to(at::kCPU).to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}
}  // namespace

std::int64_t count_active_units(const Tensor& mu) {
  const std::vector<double> variances = to_doubles(at::square(mu - mu.mean(0, true)).mean(0));
  return std::count_if(variances.begin(), variances.end(),
                       [](double variance) { return variance > kActiveDeviation * kActiveDeviation; });
}

Diagnostics diagnose(const Model& model, const RunData& data, const RunOptions& options, double tau) {
  const at::NoGradGuard no_grad;
  const at::TensorOptions& tensors = model.parameters().options();
  const auto& controls = data.screen.regimes.front().cells;
  const std::span<const std::int64_t> cells(controls.data(), std::min(controls.size(), kMostCells));
  Noise noise = draw_noise(model, options.model.pathway_values, static_cast<std::int64_t>(cells.size()),
                           Random(static_cast<std::uint64_t>(options.train.seed), "diagnostics"));
  const ModelOutput output = model.forward({.x = cells_tensor(data.screen, cells, tensors),
                                            .epsilon = noise.epsilon,
                                            .pathway_values = noise.pathway_values,
                                            .targets = {},
                                            .tau = tau});
  Diagnostics result;
  result.kl_per_latent = to_doubles(gaussian_kl_per_latent(output.mu, output.var));
  result.active_units = count_active_units(output.mu);

  const std::int64_t c = data.shape.n_labels;
  const EncodedTarget labels = model.encode_target(at::eye(c, tensors), tau);
  std::set<double> used;
  for (const double latent : to_doubles(at::argmax(labels.b, 1))) used.insert(latent);
  result.latents_used = static_cast<std::int64_t>(used.size());
  result.n_labels = c;

  if (const Tensor g = model.dag(); g.defined()) {
    const Tensor weights = at::abs(at::triu(g, 1));
    const auto d = static_cast<double>(g.size(0));
    result.max_abs_g = weights.max().item<double>();
    result.mean_abs_g = d > 1 ? weights.sum().item<double>() / (d * (d - 1) / 2) : 0;
  }
  return result;
}

nlohmann::ordered_json to_json(const Diagnostics& d) {
  return {{"active_units", d.active_units}, {"kl_per_latent", d.kl_per_latent}, {"max_abs_g", d.max_abs_g},
          {"mean_abs_g", d.mean_abs_g},     {"latents_used", d.latents_used},   {"n_labels", d.n_labels}};
}

std::string to_text(const Diagnostics& d) {
  const double kl = std::accumulate(d.kl_per_latent.begin(), d.kl_per_latent.end(), 0.0);
  return fmt::format(
      "active units {} of {}, KL {:.3g} nats, labels use {} latents ({} labels), |G| max {:.3g} mean {:.3g}",
      d.active_units, d.kl_per_latent.size(), kl, d.latents_used, d.n_labels, d.max_abs_g, d.mean_abs_g);
}

std::vector<std::string> warnings_of(const Diagnostics& d) {
  std::vector<std::string> warnings;
  if (d.active_units == 0)
    warnings.push_back(
        "posterior collapse: no latent varies over cells, so the encoder, and with it the context graph, has no influence on "
        "the predictions");
  if (d.latents_used < d.n_labels)
    warnings.push_back(
        fmt::format("the {} labels share {} latents: their effects are not told apart by the latent graph", d.n_labels,
                    d.latents_used));
  return warnings;
}

}  // namespace gracevae
