#include "train/moment_fit.hpp"

#include <cmath>
#include <numeric>

#include "base/log.hpp"
#include "train/graph_search.hpp"
#include "train/ordered_fit.hpp"

namespace gracevae::impl {

namespace {

/// Moments of control and of each label's regime in the coordinates, each with its own genes' noise taken out.
GraphMoments project(const RunData& data, const RegimeMoments& moments, const ShiftCoordinates& c) {
  const std::int64_t m = c.n_axes();
  GraphMoments result{.count = {}, .mean = at::empty({m + 1, m}, doubles()), .signal = {}, .weight = {}};
  std::vector<Tensor> covariances;
  Tensor pooled = at::zeros({m, m}, doubles());
  for (std::int64_t k = -1; k < m; ++k) {
    const std::int64_t regime = k < 0 ? 0 : 1 + c.labels[static_cast<std::size_t>(k)];
    const Tensor mean = at::mm((moments.mean.select(0, regime) - c.centre).unsqueeze(0), c.projection);
    const RegimeSums sums = c.sums(data.screen, moments.cells[static_cast<std::size_t>(regime)]);
    pooled.add_(sums.scatter);
    const double n = sums.n;
    result.count.push_back(n);
    result.mean.select(0, k + 1).copy_(mean.squeeze(0));
    covariances.push_back(sums.scatter / std::max(n - 1, 1.0));
    result.signal.push_back(covariances.back() - c.noise_seen(sums));
  }
  constexpr double kPriorOfAxis = 20;  // cells of the pooled covariance, of each axis
  constexpr double kRidge = 1e-5;      // of the mean variance: fewer cells than axes
  pooled /= std::max(result.n_cells() - static_cast<double>(m + 1), 1.0);
  pooled = pooled + at::eye(m, doubles()) * (kRidge * pooled.diagonal().mean());
  for (std::size_t k = 0; k < covariances.size(); ++k) {
    // shrunk far towards the pooled covariance: weights that follow a regime's own errors make fitted variances too
    // small
    const double prior = kPriorOfAxis * static_cast<double>(m + 1), n = result.count[k];
    result.weight.push_back(at::linalg_inv((n * covariances[k] + prior * pooled) / (n + prior)));
  }
  return result;
}

/// Mixing [m, m] and offset [m] that take the latents' means [m + 1, m] of every regime to `means` of the coordinates:
/// (U − u0)·mixing = V − v0.
std::pair<Tensor, Tensor> mixing_of(const Tensor& latent_means, const Tensor& means) {
  const std::int64_t m = means.size(1);
  const Tensor u0 = latent_means.narrow(0, 0, 1), v0 = means.narrow(0, 0, 1);
  const Tensor mixing = at::linalg_solve(latent_means.narrow(0, 1, m) - u0, means.narrow(0, 1, m) - v0);
  return {mixing, (v0 - at::mm(u0, mixing)).squeeze(0)};
}

/// The intervention's weights by label; labels without an axis keep their initial ones.
std::vector<Parameter> intervention_weights(const GraphModel& model, const ShiftCoordinates& c, GraphValues& values,
                                            std::int64_t n_labels) {
  std::vector<Parameter> result;
  const auto add = [&](const std::string& name, double initial, std::span<const double> fitted, const auto& scale) {
    Tensor weight = at::ones({n_labels}, doubles()) * initial;
    for (std::size_t i = 0; i < fitted.size(); ++i) weight.select(0, c.labels[i]).fill_(scale(fitted[i]));
    result.push_back({"intervention." + name, weight});
  };
  if (model.widens) add("noise_factor", 1, values.log_noise(), [](double v) { return std::exp(v); });
  if (model.cuts)
    add("cut", 0, values.factor(), [](double v) { return std::log((1 - v) / v); });
  else if (model.factors)
    add("incoming_factor", 1, values.factor(), [](double v) { return v; });
  return result;
}

GraphModel graph_model(const RunOptions& options, const RegimeMoments& moments, bool lowers) {
  const std::string& intervention = options.model.intervention;
  return {.relu = options.model.mechanism != "linear",
          .lowers = lowers,
          .bends = moments.nonnegative,
          .factors = intervention != "shift",
          .cuts = intervention == "cut" || intervention == "knockout",
          .widens = intervention == "scale" || intervention == "knockout"};
}

MomentFit result_of(const GraphMoments& moments, const GraphModel& model, const ShiftCoordinates& c,
                    ChosenGraph& chosen, std::int64_t n_labels) {
  const std::int64_t m = moments.n_axes();
  const auto d = static_cast<double>(m);
  const Tensor index = torch_compat::index_tensor(chosen.order),
               rows = at::cat({at::zeros({1}, index.options()), index + 1});
  const auto both = [&](const Tensor& x) { return x.index_select(0, index).index_select(1, index); };
  const auto of_regimes = [&](const Tensor& x) { return x.index_select(0, rows).index_select(1, index); };
  MomentFit fit;
  fit.order = chosen.order;
  fit.graph = both(at::from_blob(chosen.values.graph().data(), {m, m}, doubles()));
  const double sign = model.lowers ? -1 : 1;
  fit.shift = sign * at::exp(at::from_blob(chosen.values.log_shift().data(), {m}, doubles())).index_select(0, index);
  fit.latent_mean = sign * of_regimes(chosen.latents.mean);
  // with the observed means: the fit has traded them off against covariances
  std::tie(fit.mixing, fit.offset) = mixing_of(fit.latent_mean, of_regimes(moments.mean));
  fit.latent_covariance = both(chosen.latents.covariance);
  fit.others = intervention_weights(model, c, chosen.values, n_labels);
  fit.chi_square = 2 * chosen.half_chi_square;
  fit.degrees = (d + 1) * d * (d + 1) / 2 - static_cast<double>(chosen.n_edges) - d - (model.bends ? d : 0);
  fit.threshold = chosen.threshold;
  return fit;
}

}  // namespace

MomentFit fit_moments(const RunOptions& options, const RunData& data, const RegimeMoments& moments,
                      const ShiftCoordinates& coordinates, bool lowers) {
  const at::NoGradGuard no_grad;
  const GraphMoments projected = project(data, moments, coordinates);
  const GraphModel model = graph_model(options, moments, lowers);
  ChosenGraph chosen = choose_graph(projected, model, static_cast<std::uint64_t>(options.train.seed));
  if (chosen.n_cut > 0)
    log::info("start: {} of the fitted edges closed a cycle and were dropped, the weakest of each", chosen.n_cut);
  if (options.model.mechanism == "mlp") {
    const at::AutoGradMode with_grad(true);
    return fit_in_order(options, data, projected, coordinates, model.bends, chosen.order);
  }
  MomentFit fit = result_of(projected, model, coordinates, chosen, data.shape.n_labels);
  if (options.model.intervention == "knockout") {  // fitted as a cut that may make the noise small; levels for shifts
    fit.others.clear();
    fit.shift = fit.latent_mean.narrow(0, 1, projected.n_axes()).diagonal().contiguous();
  }
  return fit;
}

}  // namespace gracevae::impl
