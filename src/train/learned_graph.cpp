#include "train/learned_graph.hpp"

#include <algorithm>
#include <cmath>

#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

/// 1 / the median over labels of |shift| in standard deviations of its latent's noise.
double threshold_of_shifts(const Diagnostics& diagnostics) {
  std::vector<double> sizes;
  for (const LabelTarget& label : diagnostics.labels) {
    const double sd = diagnostics.noise_sd[static_cast<std::size_t>(label.latent)];
    if (sd > 0) sizes.push_back(std::abs(label.shift) / sd);
  }
  if (sizes.empty()) return 1;
  const double median = upper_median(std::move(sizes));
  return median > 0 ? std::clamp(1 / median, 0.05, 1.0) : 1;
}

Matrix<double> matrix_of(const Tensor& tensor) {
  const Tensor values = tensor.detach().to(at::kCPU).to(at::kDouble).contiguous();
  Matrix<double> matrix(values.size(0), values.size(1));
  std::copy_n(values.data_ptr<double>(), values.numel(), matrix.values.begin());
  return matrix;
}

}  // namespace

LearnedGraph learned_graph_of(const Model& model, const RunOptions& options, const RunData& data,
                              const std::optional<Diagnostics>& diagnostics, const StartRecord& start) {
  const at::NoGradGuard no_grad;
  const Diagnostics found = diagnostics.value_or(Diagnostics{});
  LearnedGraph learned;
  learned.model = options.model.model;
  learned.mechanism = model.dag().defined() ? options.model.mechanism : "none";
  learned.intervention = options.model.intervention;
  learned.identified = model.identifies_graph();
  learned.tau = final_tau(options.train);
  for (std::size_t k = 0; k < found.labels.size(); ++k)
    learned.labels.push_back(
        {data.targets[k], found.labels[k].latent, found.labels[k].sharpness, found.labels[k].shift});
  learned.noise_sd = found.noise_sd;
  if (model.dag().defined()) learned.graph = matrix_of(at::triu(model.dag(), 1));
  const bool fitted = start.values.contains("threshold");
  learned.threshold_rule = "none: the model has no latent graph";
  if (found.has_graph) {
    learned.threshold = fitted ? std::max(0.1, start.values.at("threshold").get<double>()) : threshold_of_shifts(found);
    learned.threshold_rule = fitted ? "the moment fit's choice by the Bayesian information criterion, at least 0.1"
                                    : "the median label's shift moves the child by one standard deviation of its noise";
  }
  if (!start.values.is_null()) learned.start = start.values;
  if (diagnostics) {
    learned.diagnostics = to_json(*diagnostics);
    learned.warnings = warnings_of(*diagnostics);
  }
  return learned;
}

}  // namespace gracevae::impl
