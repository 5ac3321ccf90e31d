#include "train/encoder_start.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "kernels/activation.hpp"

namespace gracevae::impl {

namespace {

constexpr double kSlope = kernels::kLeakySlope;

double number(const Tensor& scalar) { return scalar.item<double>(); }

/// Sets a graph encoder so that fc1 reads the genes themselves; false where it cannot, as with a layer of gene sets.
bool pass_genes_on(const Model& model) {
  bool passes = true;
  for (const Parameter& weight : model.parameters().all()) {
    if (weight.name == "sets.weight") passes = false;
    if (!weight.name.starts_with("gnn.")) continue;
    if (weight.name == "gnn.self.weight")
      weight.value.fill_(1);
    else if (weight.name == "gnn.neighbour.weight" || weight.name == "gnn.bias")
      weight.value.zero_();
    else
      passes = false;
  }
  return passes;
}

/// Posterior of u, the latents with their effects on each other, in the linear model: û = x·to_u + bias by least
/// squares with the prior's covariance.
struct LinearPosterior {
  Tensor to_u;              ///< [p, m]
  Tensor bias;              ///< [m]
  Tensor mean, covariance;  ///< [m], [m, m] of û over control
  Tensor variance;          ///< [m] that û leaves
};

LinearPosterior linear_posterior(const ShiftCoordinates& c, const MomentFit& fit) {
  const Tensor index = torch_compat::index_tensor(fit.order);
  const Tensor noise = c.noise.index_select(0, index).index_select(1, index);
  const Tensor signal = at::matmul(at::matmul(fit.mixing.t(), fit.latent_covariance), fit.mixing);
  const Tensor gain = at::linalg_solve(signal + noise, signal);  // v̂ − mean = (v − mean)·gain
  const Tensor unmix = at::linalg_inv(fit.mixing);
  const Tensor to_u = at::mm(at::mm(c.projection.index_select(1, index), gain), unmix);
  // The mean of control in the coordinates is 0, which stands for u = −offset·unmix.
  const Tensor at_centre = -at::mm(fit.offset.unsqueeze(0), unmix);
  const Tensor seen = at::mm(signal, gain);
  const auto of_u = [&](const Tensor& covariance) { return at::mm(at::mm(unmix.t(), covariance), unmix); };
  return {to_u, (at_centre - at::mm(c.centre.unsqueeze(0), to_u)).squeeze(0), at_centre.squeeze(0), of_u(seen),
          of_u(signal - seen).diagonal()};
}

/// The mechanism undone: z = û·linear − relu(û)·bent.
struct Exogenous {
  Tensor linear, bent;  ///< [m, m]
};

Exogenous exogenous(const MomentFit& fit, const std::string& mechanism) {
  const Tensor same = at::eye(fit.graph.size(0), doubles());
  if (mechanism == "relu") return {same, fit.graph};
  return {mechanism == "linear" ? same - fit.graph : same, at::zeros_like(fit.graph)};
}

/// relu(û) ≈ slope·û + offset by least squares for each normal û.
struct LineOfRelu {
  Tensor slope, offset;  ///< [m]
  Tensor unexplained;    ///< [m] variance of relu(û) about the line
};

LineOfRelu line_of_relu(const LinearPosterior& posterior) {
  LineOfRelu line{at::empty_like(posterior.mean), at::empty_like(posterior.mean), at::empty_like(posterior.mean)};
  for (std::int64_t i = 0; i < posterior.mean.size(0); ++i) {
    const double mean = number(posterior.mean.select(0, i));
    const double deviation = std::sqrt(std::max(number(posterior.covariance.select(0, i).select(0, i)), 1e-24));
    const double ratio = mean / deviation, above = 0.5 * std::erfc(-ratio / std::numbers::sqrt2);
    const double density = std::exp(-0.5 * ratio * ratio) / std::sqrt(2 * std::numbers::pi);
    const double first = mean * above + deviation * density;
    const double second = (mean * mean + deviation * deviation) * above + mean * deviation * density;
    line.slope.select(0, i).fill_(above);
    line.offset.select(0, i).fill_(first - above * mean);
    line.unexplained.select(0, i).fill_(std::max(second - first * first - above * above * deviation * deviation, 0.0));
  }
  return line;
}

/// Pairs of hidden units ±a with a = û·of_u, and the latents' means from them:
/// z ≈ a·linear − relu(a)·bent + constant.
struct HiddenPairs {
  Tensor of_u;          ///< [m, pairs]
  Tensor linear, bent;  ///< [pairs, m]
  Tensor constant;      ///< [m]
  Tensor lost;          ///< [m] variance of z that they do not hold
};

/// The latents in `own` have pairs of their own; as many others as make up n_pairs pass on, of what û of the other
/// latents has besides, the directions with the largest variance of z.
HiddenPairs pairs_with(const LinearPosterior& posterior, const Exogenous& z, const LineOfRelu& line,
                       const std::vector<std::int64_t>& own, std::int64_t n_pairs) {
  const std::int64_t m = posterior.bias.size(0);
  std::vector<std::int64_t> others;
  for (std::int64_t i = 0; i < m; ++i)
    if (!std::binary_search(own.begin(), own.end(), i)) others.push_back(i);
  const Tensor mine = torch_compat::index_tensor(own), rest = torch_compat::index_tensor(others);
  const Tensor same = at::eye(m, doubles());
  const Tensor line_of_rest = z.linear - line.slope.unsqueeze(1) * z.bent;
  HiddenPairs pairs{same.index_select(1, mine), z.linear.index_select(0, mine), z.bent.index_select(0, mine),
                    at::zeros({m}, doubles()), at::zeros({m}, doubles())};
  if (others.empty()) return pairs;
  const auto block = [&](const Tensor& rows, const Tensor& columns) {
    return posterior.covariance.index_select(0, rows).index_select(1, columns);
  };
  // û of the others = û of the own·from_own + what they have besides, which gives z by `to_z`.
  Tensor besides = same.index_select(1, rest), left = block(rest, rest);  // [m, rest] of û; its covariance
  const Tensor to_z = line_of_rest.index_select(0, rest);                 // [rest, m]
  if (!own.empty()) {
    const Tensor of_own = block(mine, mine), tiny = 1e-12 * of_own.diagonal().mean();
    const Tensor from_own =
        at::linalg_solve(of_own + tiny * at::eye(of_own.size(0), doubles()), block(mine, rest));  // [own, rest]
    besides = besides - at::mm(same.index_select(1, mine), from_own);
    left = left - at::mm(block(rest, mine), from_own);
    pairs.linear = pairs.linear + at::mm(from_own, to_z);
  }
  const Tensor covariance = at::mm(at::mm(to_z.t(), left), to_z);
  const Tensor vectors = std::get<1>(at::linalg_eigh(covariance));  // the last have the largest variance
  const std::int64_t n_shared = n_pairs - static_cast<std::int64_t>(own.size());
  const Tensor leading = vectors.narrow(1, m - n_shared, n_shared);
  const Tensor dropped = same - at::mm(leading, leading.t());
  pairs.of_u = at::cat({pairs.of_u, at::mm(at::mm(besides, to_z), leading)}, 1);
  pairs.linear = at::cat({pairs.linear, leading.t()});
  pairs.bent = at::cat({pairs.bent, at::zeros({n_shared, m}, doubles())});
  const Tensor mean_besides = at::mm(posterior.mean.unsqueeze(0), besides);
  const Tensor bent_of_rest = z.bent.index_select(0, rest);
  pairs.constant = (at::mm(at::mm(mean_besides, to_z), dropped) -
                    at::mm(line.offset.index_select(0, rest).unsqueeze(0), bent_of_rest))
                       .squeeze(0);
  pairs.lost = at::clamp_min(at::mm(at::mm(dropped, covariance), dropped).diagonal(), 0) +
               at::mm(line.unexplained.index_select(0, rest).unsqueeze(0), at::square(bent_of_rest)).squeeze(0);
  return pairs;
}

/// The latents by what only units of their own pass on, the most first.
std::vector<std::int64_t> latents_by_need(const LinearPosterior& posterior, const Exogenous& z,
                                          const LineOfRelu& line) {
  const Tensor bends = line.unexplained * at::square(z.bent).sum(1), spread = posterior.covariance.diagonal();
  std::vector<std::pair<double, double>> need;
  for (std::int64_t i = 0; i < spread.size(0); ++i)
    need.emplace_back(number(bends.select(0, i)), number(spread.select(0, i)));
  std::vector<std::int64_t> order(need.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return need[static_cast<std::size_t>(a)] > need[static_cast<std::size_t>(b)];
  });
  return order;
}

/// Of all, half and none of the pairs as latents' own, the choice that loses least.
HiddenPairs best_pairs(const LinearPosterior& posterior, const Exogenous& z, const LineOfRelu& line,
                       std::int64_t n_pairs) {
  const std::vector<std::int64_t> order = latents_by_need(posterior, z, line);
  std::optional<HiddenPairs> best;
  for (const std::int64_t n_own : {n_pairs, n_pairs / 2, std::int64_t{0}}) {
    std::vector<std::int64_t> own(order.begin(), order.begin() + n_own);
    std::sort(own.begin(), own.end());
    HiddenPairs pairs = pairs_with(posterior, z, line, own, n_pairs);
    if (!best || number(pairs.lost.sum()) < number(best->lost.sum())) best = std::move(pairs);
    if (n_pairs == std::ssize(order)) break;  // every latent has its own, nothing is lost
  }
  return *best;
}

/// fc1: the first hidden units are a, as many after them −a.
void start_first_layer(const LinearPosterior& posterior, const HiddenPairs& pairs, const Tensor& covariate_effects,
                       const Parameters& weights) {
  const std::int64_t n = pairs.linear.size(0);
  const Tensor of_genes = at::mm(posterior.to_u, pairs.of_u).t();
  const Tensor of_bias = at::mm(posterior.bias.unsqueeze(0), pairs.of_u).squeeze(0);
  const Tensor fc1 = weights.at("fc1.weight"), bias = weights.at("fc1.bias");
  fc1.narrow(0, 0, 2 * n).zero_();  // also the columns after the genes: multihot's, an embedding's
  const Tensor genes = fc1.narrow(1, 0, of_genes.size(1));
  genes.narrow(0, 0, n).copy_(of_genes);
  genes.narrow(0, n, n).copy_(-of_genes);
  bias.narrow(0, 0, n).copy_(of_bias);
  bias.narrow(0, n, n).copy_(-of_bias);
  if (!covariate_effects.defined()) return;
  const Tensor taken_out = at::mm(of_genes, covariate_effects.t());  // û is of cells without w·C
  const Tensor covariates = fc1.narrow(1, fc1.size(1) - taken_out.size(1), taken_out.size(1));
  covariates.narrow(0, 0, n).copy_(-taken_out);
  covariates.narrow(0, n, n).copy_(taken_out);
}

/// fc_mean: a = (L(a) − L(−a)) / (1 + slope) and relu(a) = (L(a) + slope·L(−a)) / (1 − slope²), L the LeakyReLU.
void start_latent_means(const HiddenPairs& pairs, const Parameters& weights) {
  const std::int64_t n = pairs.linear.size(0), m = pairs.linear.size(1);
  const Tensor linear = pairs.linear.t() / (1 + kSlope), bent = pairs.bent.t() / (1 - kSlope * kSlope);
  const Tensor of_axes = weights.at("fc_mean.weight").narrow(0, 0, m);
  of_axes.zero_();
  of_axes.narrow(1, 0, n).copy_(linear - bent);
  of_axes.narrow(1, n, n).copy_(-linear - kSlope * bent);
  weights.at("fc_mean.bias").narrow(0, 0, m).copy_(pairs.constant);
}

/// fc_var: the same variance for every cell.
void start_latent_variances(const Tensor& left, const Parameters& weights) {
  const std::int64_t m = left.size(0);
  const Tensor variance = at::clamp(left, 1e-3, 1);
  weights.at("fc_var.bias").narrow(0, 0, m).copy_(at::log(at::exp(variance) - 1));  // softplus^{-1}
  weights.at("fc_var.weight").narrow(0, 0, m).zero_();
}

/// Variance of z over control as û gives it.
double total_variance(const LinearPosterior& posterior, const Exogenous& z, const LineOfRelu& line) {
  const Tensor to_z = z.linear - line.slope.unsqueeze(1) * z.bent;
  return number((at::mm(posterior.covariance, to_z) * to_z).sum() +
                (line.unexplained * at::square(z.bent).sum(1)).sum());
}

}  // namespace

std::optional<double> start_encoder(const ShiftCoordinates& c, const MomentFit& fit, const ModelOptions& options,
                                    const Model& model) {
  const std::int64_t n_pairs = std::min(model.shape().hidden / 2, c.n_axes());
  if (n_pairs == 0 || !pass_genes_on(model)) return std::nullopt;
  const LinearPosterior posterior = linear_posterior(c, fit);
  const Exogenous z = exogenous(fit, options.mechanism);
  const LineOfRelu line = line_of_relu(posterior);
  const HiddenPairs pairs = best_pairs(posterior, z, line, n_pairs);
  start_first_layer(posterior, pairs, c.covariate_effects, model.parameters());
  start_latent_means(pairs, model.parameters());
  start_latent_variances(posterior.variance + pairs.lost, model.parameters());
  const double total = total_variance(posterior, z, line);
  return total > 0 ? std::clamp(1 - number(pairs.lost.sum()) / total, 0.0, 1.0) : 1.0;
}

}  // namespace gracevae::impl
