#include "run/diagnostics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "run/graph_verdict.hpp"

namespace gracevae::impl {

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

Diagnostics diagnostics_of(const nlohmann::ordered_json& json) {
  const auto read = [&](const char* key, auto& value) {
    if (const auto found = json.find(key); found != json.end() && !found->is_null()) found->get_to(value);
  };
  Diagnostics d;
  d.active_units = 1;
  d.sharpness = 1;
  d.identifies_graph = true;
  read("active_units", d.active_units);
  for (const auto& kl : json.value("kl_per_latent", nlohmann::ordered_json::array()))
    d.kl_per_latent.push_back(kl.is_number() ? kl.get<double>() : std::nan(""));
  read("change_with_cell", d.change_with_cell);
  read("change_with_noise", d.change_with_noise);
  read("spread", d.spread);
  read("latents_used", d.latents_used);
  read("n_labels", d.n_labels);
  read("sharpness", d.sharpness);
  read("untargeted_latents", d.untargeted);
  read("identifies_graph", d.identifies_graph);
  read("max_abs_g", d.max_abs_g);
  read("mean_abs_g", d.mean_abs_g);
  read("start_max_abs_g", d.start_max_abs_g);
  read("start_mean_abs_g", d.start_mean_abs_g);
  read("mean_change_of_g", d.mean_change_of_g);
  if (const auto found = json.find("change_with_pathways"); found != json.end() && found->is_number())
    d.change_with_pathways = found->get<double>();
  d.has_graph = d.max_abs_g > 0;
  return d;
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

namespace {

/// "A and C; B, D and E": the labels of every latent that has several, by latent.
std::string labels_that_share(const Diagnostics& d) {
  std::map<std::int64_t, std::vector<std::string>> labels;
  for (std::size_t k = 0; k < d.labels.size(); ++k) labels[d.labels[k].latent].push_back(d.names[k]);
  std::erase_if(labels, [](const auto& entry) { return entry.second.size() < 2; });
  std::vector<std::string> groups;
  for (const auto& entry : labels) groups.push_back(fmt::format("{}", fmt::join(entry.second, ", ")));
  return fmt::format("{}", fmt::join(groups, "; "));
}

GraphEvidence evidence_of(const Diagnostics& d) {
  return {.n_latents = std::ssize(d.kl_per_latent),
          .identified = d.identifies_graph,
          .mechanism = d.mechanism,
          .largest = d.max_abs_g,
          .random_start = d.random_start,
          .start_largest = d.start_max_abs_g,
          .start_mean = d.start_mean_abs_g,
          .mean_change = d.mean_change_of_g,
          .agreement = {}};
}

}  // namespace

std::vector<std::string> warnings_of(const Diagnostics& d) {
  constexpr double kNoChange = 0.01, kBlunt = 0.5;
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
    warnings.push_back(fmt::format("the {} labels share {} latents, which do not tell the effects of these apart{}",
                                   d.n_labels, d.latents_used, d.names.empty() ? "" : ": " + labels_that_share(d)));
  if (d.sharpness < kBlunt)
    warnings.push_back(fmt::format(
        "the labels' targets are blunt: the largest share of a label on one latent is {:.2f} in the mean, so no latent can "
        "be named after its label",
        d.sharpness));
  if (!d.untargeted.empty())
    warnings.push_back(
        fmt::format("{} of {} latents are the target of no label: nothing was seen of their interventions",
                    d.untargeted.size(), d.kl_per_latent.size()));
  if (d.has_graph)
    for (const GraphFinding& finding : judge_graph(evidence_of(d))) warnings.push_back(finding.warning());
  return warnings;
}

}  // namespace gracevae::impl
