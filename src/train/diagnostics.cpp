#include "train/diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "causal/losses.hpp"

namespace gracevae::impl {

namespace {
constexpr std::ptrdiff_t kMostCells = 2000;
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

namespace {

/// Changes of predictions under a few labels when one input changes: root mean squares over cells, genes and labels.
struct Changes {
  double with_cell = 0, with_noise = 0, with_pathways = 0;
};

/// A model's predictions for control cells, a few at a time, because a forward pass needs ten times its input.
class Predictions {
 public:
  Predictions(const Model& model, const RunData& data, const RunOptions& options, double tau)
      : model_(model), data_(data), tau_(tau) {
    const auto& controls = data.screen.regimes.front().cells;
    cells_.assign(controls.begin(), controls.begin() + std::min(std::ssize(controls), kMostCells));
    others_ = cells_;
    std::rotate(others_.begin(), others_.begin() + 1, others_.end());
    const auto stream = [&](std::uint64_t number) {
      return Random(static_cast<std::uint64_t>(options.train.seed), "diagnostics", number);
    };
    input_ = redrawn_ = control_features(model, data, options.model, cells_, stream(0));
    of_others_ = control_features(model, data, options.model, others_, stream(0));
    draw_noise(model, data, options.model, stream(1), redrawn_);
    has_pathway_noise_ = gracevae::impl::has_pathway_noise(model, data, options.model);
  }

  bool has_pathway_noise() const { return has_pathway_noise_; }

  /// mu, var and z of all cells.
  ModelOutput control() const {
    std::vector<Tensor> mu, var, z;
    for_each_part([&](std::int64_t first, std::int64_t n) {
      const ModelOutput output = model_.forward(part_of(input_, cells_, first, n));
      mu.push_back(output.mu);
      var.push_back(output.var);
      z.push_back(output.z);
    });
    ModelOutput all;
    all.mu = at::cat(mu);
    all.var = at::cat(var);
    all.z = at::cat(z);
    return all;
  }

  Changes changes() const {
    const std::vector<std::vector<Tensor>> targets = shown_targets();
    Changes sums;
    for_each_part([&](std::int64_t first, std::int64_t n) {
      const ModelInput input = part_of(input_, cells_, first, n);
      ModelInput noise = input, pathways = input;
      noise.epsilon = redrawn_.epsilon.narrow(0, first, n);
      if (has_pathway_noise_) pathways.pathway_values = part_of_pathways(redrawn_.pathway_values, first, n);
      const ModelInput other = part_of(of_others_, others_, first, n);
      for (const auto& target : targets) {
        const Tensor decoded = decoded_of(input, target);
        const auto change = [&](const ModelInput& changed) {
          return at::square(decoded_of(changed, target) - decoded).sum(at::kDouble).item<double>();
        };
        sums.with_cell += change(other);
        sums.with_noise += change(noise);
        if (has_pathway_noise_) sums.with_pathways += change(pathways);
      }
    });
    const double n_values = static_cast<double>(targets.size()) * static_cast<double>(std::ssize(cells_)) *
                            static_cast<double>(data_.shape.n_genes);
    const auto root = [&](double sum) { return std::sqrt(sum / n_values); };
    return {root(sums.with_cell), root(sums.with_noise), root(sums.with_pathways)};
  }

  /// Root of the genes' mean variance over the cells, n.
  double spread() const {
    const std::vector<double> means = mean_of_cells(data_.screen, cells_);
    Tensor mean = at::empty({std::ssize(means)}, at::TensorOptions().dtype(at::kDouble));
    std::ranges::copy(means, mean.data_ptr<double>());
    mean = mean.to(double_options());
    double sum = 0;
    for_each_part([&](std::int64_t first, std::int64_t n) {
      sum += at::square(x_of(cells_, first, n).to(double_options()) - mean).sum().item<double>();
    });
    return std::sqrt(sum / (static_cast<double>(std::ssize(cells_)) * static_cast<double>(data_.shape.n_genes)));
  }

 private:
  static constexpr std::size_t kLabels = 3;
  static constexpr std::int64_t kCellsAtOnce = 250;

  template <class Work>
  void for_each_part(const Work& work) const {
    const std::int64_t n_cells = std::ssize(cells_);
    for (std::int64_t first = 0; first < n_cells; first += kCellsAtOnce)
      work(first, std::min(kCellsAtOnce, n_cells - first));
  }
  std::vector<std::vector<Tensor>> shown_targets() const {
    const std::vector<Tensor> labels = target_tensors(data_.targets, data_, model_.parameters().options());
    const std::size_t n_shown = std::min(labels.size(), kLabels);
    std::vector<std::vector<Tensor>> targets;
    for (std::size_t i = 0; i < n_shown; ++i) targets.push_back({labels[i * labels.size() / n_shown]});
    return targets;
  }
  at::TensorOptions double_options() const { return model_.parameters().options().dtype(at::kDouble); }
  Tensor decoded_of(ModelInput input, const std::vector<Tensor>& targets) const {
    input.targets = targets;
    return model_.forward(input).decoded;
  }
  Tensor x_of(const std::vector<std::int64_t>& cells, std::int64_t first, std::int64_t n) const {
    return cells_tensor(data_.screen,
                        std::span(cells).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n)),
                        model_.parameters().options());
  }
  static Tensor part_of_pathways(const Tensor& values, std::int64_t first, std::int64_t n) {
    return values.defined() && values.dim() == 2 ? values.narrow(0, first, n) : values;
  }
  ModelInput part_of(const ModelInput& features, const std::vector<std::int64_t>& cells, std::int64_t first,
                     std::int64_t n) const {
    ModelInput part = features;
    part.x = x_of(cells, first, n);
    part.epsilon = features.epsilon.narrow(0, first, n);
    if (features.embedding.defined()) part.embedding = features.embedding.narrow(0, first, n);
    if (features.covariates.defined()) part.covariates = features.covariates.narrow(0, first, n);
    part.pathway_values = part_of_pathways(features.pathway_values, first, n);
    part.tau = tau_;
    return part;
  }

  const Model& model_;
  const RunData& data_;
  double tau_;
  bool has_pathway_noise_ = false;
  std::vector<std::int64_t> cells_, others_;
  ModelInput input_, redrawn_, of_others_;  // without x
};

void diagnose_labels(const Model& model, const RunData& data, double tau, Diagnostics& result) {
  const auto n_labels = std::ssize(data.targets);
  const EncodedTarget encoded =
      model.encode_target(at::cat(target_tensors(data.targets, data, model.parameters().options())), tau);
  const std::vector<double> latents = to_doubles(at::argmax(encoded.b, 1)), shares = to_doubles(at::amax(encoded.b, 1)),
                            shifts = to_doubles(encoded.s);
  std::set<std::int64_t> used;
  for (std::size_t k = 0; k < latents.size(); ++k) {
    result.labels.push_back({static_cast<std::int64_t>(latents[k]), shares[k], shifts[k]});
    used.insert(result.labels.back().latent);
    result.sharpness += shares[k] / static_cast<double>(n_labels);
  }
  result.names = data.targets;
  result.latents_used = static_cast<std::int64_t>(used.size());
  result.n_labels = n_labels;
  for (std::int64_t latent = 0; latent < encoded.b.size(1); ++latent)
    if (!used.contains(latent)) result.untargeted.push_back(latent);
}

void diagnose_graph(const Model& model, const Tensor& start, Diagnostics& result) {
  result.identifies_graph = model.identifies_graph();
  if (!model.dag().defined()) return;
  result.has_graph = true;
  const Tensor g = at::triu(model.dag(), 1), start_g = start.to(g.options());
  const auto d = static_cast<double>(g.size(0));
  const double pairs = std::max(1.0, d * (d - 1) / 2);
  const auto largest = [](const Tensor& x) { return at::abs(x).max().item<double>(); };
  const auto mean = [&](const Tensor& x) { return at::abs(x).sum().item<double>() / pairs; };
  result.max_abs_g = largest(g);
  result.mean_abs_g = mean(g);
  result.start_max_abs_g = largest(start_g);
  result.start_mean_abs_g = mean(start_g);
  result.mean_change_of_g = mean(g - start_g);
}

}  // namespace

Diagnostics diagnose(const Model& model, const RunData& data, const RunOptions& options, double tau,
                     const Tensor& graph_start) {
  const at::NoGradGuard no_grad;
  const Predictions predictions(model, data, options, tau);
  const ModelOutput control = predictions.control();
  Diagnostics result;
  result.kl_per_latent = to_doubles(gaussian_kl_per_latent(control.mu, control.var));
  result.noise_sd = to_doubles(at::sqrt(at::square(control.z - control.z.mean(0, true)).mean(0)));
  result.active_units = count_active_units(control.mu);
  const Changes changes = predictions.changes();
  result.change_with_cell = changes.with_cell;
  if (predictions.has_pathway_noise()) result.change_with_pathways = changes.with_pathways;
  result.change_with_noise = changes.with_noise;
  result.spread = predictions.spread();
  result.random_start = options.train.start == "random";
  result.mechanism = options.model.mechanism;
  diagnose_labels(model, data, tau, result);
  diagnose_graph(model, graph_start, result);
  return result;
}

}  // namespace gracevae::impl
