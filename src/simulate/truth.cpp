#include "simulate/truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/activation.hpp"

namespace gracevae::impl {

namespace {

std::uint64_t seed_of(const SimulateOptions& options) { return static_cast<std::uint64_t>(options.seed); }

/// Edges between positions in the causal order: pairs (earlier, later).
std::vector<std::pair<std::int64_t, std::int64_t>> draw_pairs(const SimulateOptions& o, Random& random) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  const std::int64_t d = o.n_latents;
  if (o.graph == "chain") {
    for (std::int64_t j = 1; j < d; ++j) pairs.emplace_back(j - 1, j);
  } else if (o.graph == "erdos-renyi") {
    const double share = d > 1 ? std::min(1.0, 2 * o.expected_degree / static_cast<double>(d - 1)) : 0;
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = i + 1; j < d; ++j)
        if (random.uniform() < share) pairs.emplace_back(i, j);
  } else {  // scale-free: parents drawn in proportion to 1 + their children (Barabási and Albert 1999)
    std::vector<std::int64_t> tickets;
    for (std::int64_t j = 0; j < d; ++j) {
      const double wanted = o.expected_degree;
      auto n = static_cast<std::int64_t>(wanted) + (random.uniform() < wanted - std::floor(wanted) ? 1 : 0);
      n = std::min(n, j);
      std::vector<std::int64_t> parents;
      while (static_cast<std::int64_t>(parents.size()) < n) {
        const std::int64_t i = tickets[static_cast<std::size_t>(random.below(tickets.size()))];
        if (std::find(parents.begin(), parents.end(), i) == parents.end()) parents.push_back(i);
      }
      for (const std::int64_t i : parents) {
        pairs.emplace_back(i, j);
        tickets.push_back(i);
      }
      tickets.push_back(j);
    }
  }
  return pairs;
}

void draw_graph(const SimulateOptions& o, Truth& truth) {
  const std::int64_t d = o.n_latents;
  truth.causal.resize(static_cast<std::size_t>(d));
  std::iota(truth.causal.begin(), truth.causal.end(), 0);
  if (o.latent_order == "shuffled") Random(seed_of(o), "order").shuffle(truth.causal);
  Random random(seed_of(o), "dag");
  truth.graph = Matrix<double>(d, d);
  for (const auto& [a, b] : draw_pairs(o, random)) {
    const double size = random.uniform(o.weight_low, o.weight_high);
    const double sign = random.uniform() < o.negative_weights ? -1 : 1;
    truth.graph(truth.causal[static_cast<std::size_t>(a)], truth.causal[static_cast<std::size_t>(b)]) = sign * size;
  }
  if (o.mechanism != "mlp") return;
  for (std::int64_t j = 0; j < d; ++j) {
    SimulatedMlp mlp;
    Random own(seed_of(o), "mechanism", static_cast<std::uint64_t>(j));
    mlp.first.resize(static_cast<std::size_t>(SimulatedMlp::kWidth * d));
    mlp.offset.resize(SimulatedMlp::kWidth);
    mlp.last.resize(SimulatedMlp::kWidth);
    own.fill_normal(std::span(mlp.first));
    own.fill_normal(std::span(mlp.offset));
    own.fill_normal(std::span(mlp.last), 1 / std::sqrt(static_cast<double>(SimulatedMlp::kWidth)));
    truth.mlps.push_back(std::move(mlp));
  }
}

/// "TF01", "TF02", …: as many digits as the last needs, at least two.
std::string numbered_name(std::string_view stem, std::int64_t number, std::int64_t last) {
  return fmt::format("{}{:0{}}", stem, number, std::max<std::size_t>(2, std::to_string(last).size()));
}

void draw_labels(const SimulateOptions& o, Truth& truth) {
  const std::int64_t c = o.n_labels();
  Random random(seed_of(o), "labels");
  const auto size = [&] { return o.shift * random.uniform(1 - o.shift_spread, 1 + o.shift_spread); };
  for (std::int64_t k = 0; k < c; ++k) {
    SimulatedLabel label{numbered_name("TF", k + 1, c), {}, {}};
    if (k < o.n_latents * o.labels_per_latent) {
      label.latents.push_back(k % o.n_latents);
      label.shifts.push_back(size());
      if (random.uniform() < o.off_targets && o.n_latents > 1) {
        const auto other = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(o.n_latents - 1)));
        label.latents.push_back(other + (other >= label.latents[0] ? 1 : 0));
        label.shifts.push_back(size() / 2);
      }
    }
    truth.labels.push_back(std::move(label));
  }
}

/// A program takes its labels' own genes, then the next ones of the shuffled others: programs overlap only if genes run
/// out.
void draw_programs(const SimulateOptions& o, Truth& truth) {
  const std::int64_t d = o.n_latents, c = o.n_labels();
  Random random(seed_of(o), "programs");
  std::vector<std::int64_t> others(static_cast<std::size_t>(o.n_genes - c));
  std::iota(others.begin(), others.end(), c);
  random.shuffle(others);
  std::size_t next = 0;
  for (std::int64_t latent = 0; latent < d; ++latent) {
    std::vector<std::int64_t> genes;
    for (std::int64_t k = latent;
         k < d * o.labels_per_latent && static_cast<std::int64_t>(genes.size()) < o.genes_per_program; k += d)
      genes.push_back(k);
    while (static_cast<std::int64_t>(genes.size()) < o.genes_per_program)
      genes.push_back(others[next++ % others.size()]);
    std::sort(genes.begin(), genes.end());
    std::vector<double> loadings;
    for (const std::int64_t gene : genes) {
      const double size = random.uniform(0.15, 0.45);
      const double sign = random.uniform() < 0.25 ? -1 : 1;
      loadings.push_back(gene < c ? 0.45 : sign * size);
    }
    truth.programs.push_back(std::move(genes));
    truth.loadings.push_back(std::move(loadings));
  }
}

/// Makes rows orthonormal (Gram-Schmidt).
Matrix<double> orthogonal(std::int64_t n, Random& random) {
  Matrix<double> q(n, n);
  random.fill_normal(std::span(q.values));
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < i; ++k) {
      double dot = 0;
      for (std::int64_t j = 0; j < n; ++j) dot += q(i, j) * q(k, j);
      for (std::int64_t j = 0; j < n; ++j) q(i, j) -= dot * q(k, j);
    }
    double norm = 0;
    for (const double value : q.row(i)) norm += value * value;
    for (double& value : q.row(i)) value /= std::sqrt(norm);
  }
  return q;
}

void draw_dense(const SimulateOptions& o, Truth& truth) {
  const std::int64_t d = o.n_latents, p = o.n_genes;
  Random random(seed_of(o), "loadings");
  const std::int64_t n_inputs = o.mixing == "polynomial" ? d + d * (d + 1) / 2 : d;
  truth.dense = Matrix<double>(n_inputs, p);
  if (o.loadings == "identity")
    for (std::int64_t j = 0; j < d; ++j) truth.dense(j, j) = 1;
  else
    random.fill_normal(std::span(truth.dense.values), 1 / std::sqrt(static_cast<double>(d)));
  constexpr double kSquares = 0.1;  // of the squares and products, beside the latents themselves
  for (std::int64_t i = d; i < n_inputs; ++i)
    for (double& value : truth.dense.row(i)) value *= kSquares;
  if (o.mixing == "mlp") truth.first_layer = orthogonal(d, random);
}

}  // namespace

Truth draw_truth(const SimulateOptions& options) {
  Truth truth;
  draw_graph(options, truth);
  draw_labels(options, truth);
  const std::int64_t c = options.n_labels();
  for (const auto& label : truth.labels) truth.genes.push_back(label.name);
  for (std::int64_t k = c; k < options.n_genes; ++k)
    truth.genes.push_back(numbered_name("GENE", k - c + 1, options.n_genes - c));
  Random random(seed_of(options), "baseline");
  const bool programs = options.loadings == "programs";
  for (std::int64_t k = 0; k < options.n_genes; ++k)
    truth.baseline.push_back(!programs                         ? 0
                             : options.observation == "counts" ? options.baseline_spread * random.normal()
                                                               : random.uniform(-1.0, 0.75));
  programs ? draw_programs(options, truth) : draw_dense(options, truth);
  draw_context(options, truth);
  return truth;
}

LatentSampler::LatentSampler(const SimulateOptions& options, const Truth& truth,
                             const std::vector<std::int64_t>& labels, const std::vector<double>& factors)
    : options_(options), truth_(truth), shift_(static_cast<std::size_t>(truth.n_latents()), 0.0),
      noise_factor_(shift_.size(), 1.0), incoming_factor_(shift_.size(), 1.0), parents_(shift_.size()) {
  const bool fixes = options.intervention == "knockout";
  for (std::size_t at = 0; at < labels.size(); ++at) {
    const SimulatedLabel& label = truth.labels[static_cast<std::size_t>(labels[at])];
    for (std::size_t i = 0; i < label.latents.size(); ++i) {
      const auto latent = static_cast<std::size_t>(label.latents[i]);
      shift_[latent] += label.shifts[i] * (factors.empty() ? 1 : factors[at]);
      if (options.intervention == "scale") noise_factor_[latent] *= options.noise_factor;
      if (options.intervention != "shift") incoming_factor_[latent] *= fixes ? 0 : options.incoming_factor;
      if (fixes) noise_factor_[latent] = 0;
    }
  }
  for (std::int64_t i = 0; i < truth.n_latents(); ++i)
    for (std::int64_t j = 0; j < truth.n_latents(); ++j)
      if (truth.graph(i, j) != 0) parents_[static_cast<std::size_t>(j)].push_back(i);
}

double LatentSampler::parents_of(std::int64_t latent, std::span<const double> u) const {
  const auto& parents = parents_[static_cast<std::size_t>(latent)];
  if (parents.empty()) return 0;
  double sum = 0;
  if (options_.mechanism != "mlp") {
    for (const std::int64_t i : parents) {
      const double value = u[static_cast<std::size_t>(i)];
      sum += truth_.graph(i, latent) * (options_.mechanism == "relu" ? std::max(0.0, value) : value);
    }
    return sum;
  }
  const SimulatedMlp& mlp = truth_.mlps[static_cast<std::size_t>(latent)];
  for (std::int64_t h = 0; h < SimulatedMlp::kWidth; ++h) {
    double hidden = mlp.offset[static_cast<std::size_t>(h)];
    for (const std::int64_t i : parents)
      hidden += mlp.first[static_cast<std::size_t>(h * truth_.n_latents() + i)] * truth_.graph(i, latent) *
                u[static_cast<std::size_t>(i)];
    sum += mlp.last[static_cast<std::size_t>(h)] * (hidden > 0 ? hidden : kernels::kLeakySlope * hidden);
  }
  return sum;
}

void LatentSampler::draw(std::span<double> u, Random& random) const {
  const auto noise = [&] {
    if (options_.latent_noise == "normal") return random.normal();
    const double v = random.uniform() - 0.5;
    if (options_.latent_noise == "uniform") return v * std::sqrt(12.0);
    return (v < 0 ? 1 : -1) * std::log(1 - 2 * std::abs(v)) / std::sqrt(2.0);  // Laplace
  };
  for (const std::int64_t j : truth_.causal) {
    const auto latent = static_cast<std::size_t>(j);
    u[latent] = noise_factor_[latent] * noise() + shift_[latent] + incoming_factor_[latent] * parents_of(j, u);
  }
}

}  // namespace gracevae::impl
