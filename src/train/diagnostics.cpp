#include "train/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "causal/losses.hpp"

namespace gracevae {

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

/// Predictions under a few labels, and how they move when one thing is changed.
class Predictions {
 public:
  Predictions(const Model& model, const RunData& data, const RunOptions& options, double tau)
      : model_(model), data_(data), options_(options), tau_(tau) {
    const auto& controls = data.screen.regimes.front().cells;
    cells_.assign(controls.begin(), controls.begin() + std::min(std::ssize(controls), kMostCells));
    input_ = redrawn_ = input_of(cells_);
    draw_noise(model, data, options.model, stream(1), redrawn_);
    const std::vector<Tensor> labels = target_tensors(data.targets, data, model.parameters().options());
    const std::size_t n_shown = std::min(labels.size(), kLabels);
    for (std::size_t i = 0; i < n_shown; ++i) targets_.push_back({labels[i * labels.size() / n_shown]});
    for (const auto& target : targets_) decoded_.push_back(run(input_, target).decoded);
  }

  const Tensor& x() const { return input_.x; }
  ModelOutput control() const { return run(input_, {}); }

  double change(const ModelInput& other) const {
    double sum = 0;
    for (std::size_t i = 0; i < targets_.size(); ++i)
      sum += at::square(run(other, targets_[i]).decoded - decoded_[i]).mean().item<double>();
    return std::sqrt(sum / static_cast<double>(targets_.size()));
  }
  double change_with_cell() const {
    std::vector<std::int64_t> others = cells_;
    std::rotate(others.begin(), others.begin() + 1, others.end());
    return change(input_of(others));
  }
  double change_with_noise() const {
    ModelInput other = input_;
    other.epsilon = redrawn_.epsilon;
    return change(other);
  }
  std::optional<double> change_with_pathways() const {
    if (!has_pathway_noise(model_, data_, options_.model)) return std::nullopt;
    ModelInput other = input_;
    other.pathway_values = redrawn_.pathway_values;
    return change(other);
  }

 private:
  static constexpr std::size_t kLabels = 3;
  static constexpr std::int64_t kCellsAtOnce = 250;

  Random stream(std::uint64_t number) const {
    return Random(static_cast<std::uint64_t>(options_.train.seed), "diagnostics", number);
  }
  ModelInput input_of(const std::vector<std::int64_t>& cells) const {
    return control_input(model_, data_, options_.model, cells, stream(0));
  }
  /// What is looked at of the output, a few cells at a time: a forward pass holds ten times its input.
  ModelOutput run(const ModelInput& input, const std::vector<Tensor>& targets) const {
    std::vector<Tensor> mu, var, z, decoded;
    const std::int64_t n_cells = input.x.size(0);
    for (std::int64_t first = 0; first < n_cells; first += kCellsAtOnce) {
      ModelInput part = cells_of(input, first, std::min(kCellsAtOnce, n_cells - first));
      part.targets = targets;
      part.tau = tau_;
      const ModelOutput output = model_.forward(part);
      mu.push_back(output.mu);
      var.push_back(output.var);
      z.push_back(output.z);
      decoded.push_back(output.decoded);
    }
    ModelOutput all;
    all.mu = at::cat(mu);
    all.var = at::cat(var);
    all.z = at::cat(z);
    all.decoded = at::cat(decoded);
    return all;
  }
  static ModelInput cells_of(const ModelInput& input, std::int64_t first, std::int64_t n_cells) {
    ModelInput part = input;
    part.x = input.x.narrow(0, first, n_cells);
    part.epsilon = input.epsilon.narrow(0, first, n_cells);
    if (input.embedding.defined()) part.embedding = input.embedding.narrow(0, first, n_cells);
    if (input.pathway_values.defined() && input.pathway_values.dim() == 2)
      part.pathway_values = input.pathway_values.narrow(0, first, n_cells);
    return part;
  }

  const Model& model_;
  const RunData& data_;
  const RunOptions& options_;
  double tau_;
  std::vector<std::int64_t> cells_;
  ModelInput input_, redrawn_;
  std::vector<std::vector<Tensor>> targets_;
  std::vector<Tensor> decoded_;
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
  result.change_with_cell = predictions.change_with_cell();
  result.change_with_pathways = predictions.change_with_pathways();
  result.change_with_noise = predictions.change_with_noise();
  const Tensor& x = predictions.x();
  result.spread = std::sqrt(at::square(x - x.mean(0, true)).mean().item<double>());
  result.random_start = options.train.start == "random";
  diagnose_labels(model, data, tau, result);
  diagnose_graph(model, graph_start, result);
  return result;
}

nlohmann::ordered_json to_json(const Diagnostics& d) {
  nlohmann::ordered_json json = {{"active_units", d.active_units},
                                 {"kl_per_latent", d.kl_per_latent},
                                 {"change_with_cell", d.change_with_cell},
                                 {"change_with_pathways", nullptr},
                                 {"change_with_noise", d.change_with_noise},
                                 {"spread", d.spread},
                                 {"latents_used", d.latents_used},
                                 {"n_labels", d.n_labels},
                                 {"sharpness", d.sharpness},
                                 {"untargeted_latents", d.untargeted},
                                 {"identifies_graph", d.identifies_graph},
                                 {"max_abs_g", d.max_abs_g},
                                 {"mean_abs_g", d.mean_abs_g},
                                 {"start_max_abs_g", d.start_max_abs_g},
                                 {"start_mean_abs_g", d.start_mean_abs_g},
                                 {"mean_change_of_g", d.mean_change_of_g}};
  if (d.change_with_pathways) json["change_with_pathways"] = *d.change_with_pathways;
  return json;
}

std::string to_text(const Diagnostics& d) {
  const double kl = std::accumulate(d.kl_per_latent.begin(), d.kl_per_latent.end(), 0.0);
  std::string text = fmt::format(
      "active units {} of {}, KL {:.3g} nats; predictions change by {:.3g} with another control cell, {:.3g} with other "
      "noise",
      d.active_units, d.kl_per_latent.size(), kl, d.change_with_cell, d.change_with_noise);
  if (d.change_with_pathways) text += fmt::format(", {:.3g} with other pathway noise", *d.change_with_pathways);
  text += fmt::format(" (cells spread by {:.3g}); {} labels use {} latents, sharpness {:.2f}", d.spread, d.n_labels,
                      d.latents_used, d.sharpness);
  if (d.has_graph)
    text += fmt::format("; |G| max {:.3g} mean {:.3g}, at the start {:.3g} and {:.3g}", d.max_abs_g, d.mean_abs_g,
                        d.start_max_abs_g, d.start_mean_abs_g);
  return text;
}

std::vector<std::string> warnings_of(const Diagnostics& d) {
  constexpr double kNoChange = 0.01, kBlunt = 0.5, kUnmoved = 0.5, kNoEdge = 0.05;
  std::vector<std::string> warnings;
  if (d.active_units == 0)
    warnings.emplace_back(
        "posterior collapse: no latent varies over cells, so the encoder, and with it the context graph, has no influence on "
        "the predictions");
  else if (d.change_with_cell < kNoChange * d.spread)
    warnings.push_back(fmt::format(
        "the encoder does next to nothing: reading another control cell changes what is decoded by {:.2g}, cells spread "
        "by {:.2g}; the context graph, which acts through the encoder, does no more",
        d.change_with_cell, d.spread));
  if (d.latents_used < d.n_labels)
    warnings.push_back(
        fmt::format("the {} labels share {} latents: their effects are not told apart by the latent graph", d.n_labels,
                    d.latents_used));
  if (d.sharpness < kBlunt)
    warnings.push_back(fmt::format(
        "the labels' targets are blunt: the largest share of a label on one latent is {:.2f} in the mean, so no latent can "
        "be named after its label",
        d.sharpness));
  if (!d.untargeted.empty())
    warnings.push_back(
        fmt::format("{} of {} latents are the target of no label: nothing was seen of their interventions",
                    d.untargeted.size(), d.kl_per_latent.size()));
  if (d.has_graph && !d.identifies_graph)
    warnings.emplace_back(
        "the latent graph is not identified: with the linear mechanism and shifts alone any graph can be moved into the "
        "decoder with the same predictions, so its weights say nothing about causes");
  if (d.has_graph && d.kl_per_latent.size() > 1 && d.max_abs_g < kNoEdge)
    warnings.push_back(fmt::format("the latent graph does nothing: its largest weight is {:.2g}", d.max_abs_g));
  else if (d.has_graph && d.random_start && d.identifies_graph && d.mean_change_of_g < kUnmoved * d.start_mean_abs_g &&
           d.start_mean_abs_g >= kNoEdge)
    warnings.push_back(
        fmt::format("the latent graph is near its start: its weights moved by {:.2g} in the mean, and began at {:.2g}",
                    d.mean_change_of_g, d.start_mean_abs_g));
  return warnings;
}

}  // namespace gracevae
