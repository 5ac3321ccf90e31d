#include "train/latents_file.hpp"

#include <algorithm>
#include <cmath>

#include "base/files.hpp"
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

nlohmann::ordered_json rows_of(const Tensor& matrix) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const Tensor values = matrix.detach().to(at::kCPU).to(at::kDouble).contiguous();
  for (std::int64_t i = 0; i < values.size(0); ++i) {
    const double* row = values.data_ptr<double>() + i * values.size(1);
    rows.push_back(std::vector<double>(row, row + values.size(1)));
  }
  return rows;
}

}  // namespace

void write_latents(const std::filesystem::path& file, const Model& model, const RunOptions& options,
                   const RunData& data, const std::optional<Diagnostics>& diagnostics, const StartRecord& start) {
  const at::NoGradGuard no_grad;
  const Diagnostics found = diagnostics.value_or(Diagnostics{});
  const std::vector<LabelTarget>& labels = found.labels;
  nlohmann::ordered_json json = {{"format", "gracevae-latents/1"},
                                 {"model", options.model.model},
                                 {"mechanism", model.dag().defined() ? options.model.mechanism : "none"},
                                 {"intervention", options.model.intervention},
                                 {"identifies_graph", model.identifies_graph()},
                                 {"tau", final_tau(options.train)}};
  json["labels"] = nlohmann::ordered_json::array();
  for (std::size_t k = 0; k < labels.size(); ++k)
    json["labels"].push_back({{"label", data.targets[k]},
                              {"latent", labels[k].latent},
                              {"sharpness", labels[k].sharpness},
                              {"shift", labels[k].shift}});
  json["noise_sd"] = found.noise_sd;
  json["graph"] = model.dag().defined() ? rows_of(at::triu(model.dag(), 1)) : nlohmann::ordered_json::array();
  const bool fitted = start.values.contains("threshold");
  json["threshold"] = nullptr;
  json["threshold_rule"] = "none: the model has no latent graph";
  if (found.has_graph) {
    json["threshold"] = fitted ? std::max(0.1, start.values.at("threshold").get<double>()) : threshold_of_shifts(found);
    json["threshold_rule"] = fitted ? "the moment fit's choice by the Bayesian information criterion, at least 0.1"
                                    : "the median label's shift moves the child by one standard deviation of its noise";
  }
  json["start"] = start.values.is_null() ? nlohmann::ordered_json::object() : start.values;
  json["diagnostics"] = diagnostics ? to_json(*diagnostics) : nlohmann::ordered_json::object();
  json["warnings"] = diagnostics ? warnings_of(*diagnostics) : std::vector<std::string>{};
  write_text(file, json.dump() + "\n");
}

}  // namespace gracevae::impl
