#include "evaluate/latent_graph.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata.hpp"
#include "run/json_file.hpp"
#include "simulate/simulate.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::json;

/// Takes away latents without parents as long as there are any.
void require_acyclic(const Matrix<double>& graph, const std::string& place) {
  std::vector<bool> gone(static_cast<std::size_t>(graph.n_rows), false);
  for (std::int64_t n_gone = 0; n_gone < graph.n_rows; ++n_gone) {
    const auto free = [&](std::int64_t j) {
      for (std::int64_t i = 0; i < graph.n_rows; ++i)
        if (!gone[static_cast<std::size_t>(i)] && graph(i, j) != 0) return false;
      return true;
    };
    std::int64_t next = 0;
    while (next < graph.n_rows && (gone[static_cast<std::size_t>(next)] || !free(next))) ++next;
    if (next == graph.n_rows)
      throw InputError({.place = place, .found = "the true latent graph has a cycle", .expected = "none"},
                       "rows are parents and columns children; an edge from a latent to itself is a cycle too");
    gone[static_cast<std::size_t>(next)] = true;
  }
}

/// The screen beside the truth: the latents of its cells.
void read_cell_latents(const std::filesystem::path& screen, KnownGraph& truth) {
  AnnData data = read_anndata(screen, {.read_x = false, .read_uns = false});
  const auto found = data.obsm.find("u");
  if (found == data.obsm.end() || found->second.n_cols != truth.n_latents()) return;
  truth.u = std::move(found->second);
  truth.cells = std::move(data.obs.index);
}

KnownGraph simulated_truth(const Json& json, const std::string& source) {
  KnownGraph truth;
  truth.source = source;
  const std::string format = json.at("format");
  if (format == "gracevae-simulation/1")
    throw InputError({.place = source,
                      .found = std::string("format '") + format + "' is of an older version",
                      .expected = "gracevae-simulation/2"},
                     "simulate the screen again with this version and the same seed");
  if (!format.starts_with("gracevae-simulation/"))
    throw InputError({.place = source,
                      .found = std::string("format '") + format + "' is no truth of a simulated screen"},
                     "give truth.json of `gracevae simulate`");
  constexpr std::int64_t kMostLatents = 5000;  // as many as `simulate` makes
  const auto n = json.at("n_latents").get<std::int64_t>();
  if (n < 0 || n > kMostLatents)
    throw InputError({.place = source,
                      .found = fmt::format("n_latents is {}", n),
                      .expected = fmt::format("0 to {}", kMostLatents)});
  truth.weights = Matrix<double>(n, n);
  for (const Json& edge : json.at("edges")) {
    const auto from = edge.at("from").get<std::int64_t>(), to = edge.at("to").get<std::int64_t>();
    require_latent(from, n, source);
    require_latent(to, n, source);
    truth.weights(from, to) = edge.at("weight").get<double>();
  }
  for (const Json& label : json.at("labels")) {
    truth.labels.push_back({label.at("label"), label.at("latents").get<std::vector<std::int64_t>>(),
                            label.at("shifts").get<std::vector<double>>()});
    const auto& added = truth.labels.back();
    for (const auto latent : added.latents) require_latent(latent, n, source);
    if (added.latents.size() != added.shifts.size())
      throw InputError({.place = source,
                        .found = fmt::format("label '{}' has {} latents and {} shifts", added.label,
                                             added.latents.size(), added.shifts.size()),
                        .expected = "as many"});
  }
  require_acyclic(truth.weights, source);
  return truth;
}

/// The published toy's form: uns/true_latent_graph, label k hits latent k.
KnownGraph truth_of_h5ad(const std::filesystem::path& file) {
  AnnData data = read_anndata(file, {.read_x = false});
  const auto found = data.uns.find("true_latent_graph");
  if (found == data.uns.end() || !std::holds_alternative<Matrix<double>>(found->second))
    throw InputError({.place = file.string(), .found = "uns has no matrix true_latent_graph"},
                     "give truth.json of `gracevae simulate`, or an .h5ad that keeps its graph there");
  KnownGraph truth;
  truth.source = file.string();
  truth.weights = std::get<Matrix<double>>(found->second);
  if (truth.weights.n_rows != truth.weights.n_cols)
    throw InputError(
        {.place = truth.source,
         .found = fmt::format("uns/true_latent_graph is {} x {}", truth.weights.n_rows, truth.weights.n_cols),
         .expected = "as many rows as columns"});
  require_acyclic(truth.weights, truth.source);
  for (std::int64_t i = 0; i < truth.n_latents(); ++i) truth.labels.push_back({std::to_string(i), {i}, {1.0}});
  if (const auto u = data.obsm.find("u"); u != data.obsm.end() && u->second.n_cols == truth.n_latents()) {
    truth.u = std::move(u->second);
    truth.cells = std::move(data.obs.index);
  }
  return truth;
}

}  // namespace

std::int64_t KnownGraph::n_edges() const {
  return std::count_if(weights.values.begin(), weights.values.end(), [](double w) { return w != 0; });
}

KnownGraph read_known_graph(const std::filesystem::path& file) {
  require_readable_file(file, "truth");
  if (file.extension() == ".h5ad") return truth_of_h5ad(file);
  KnownGraph truth = read_json(file, "give truth.json of `gracevae simulate`, or an .h5ad with uns/true_latent_graph",
                               [&](const Json& json) { return simulated_truth(json, file.string()); });
  if (const auto screen = SimulatedFolder{file.parent_path()}.screen(); std::filesystem::exists(screen))
    read_cell_latents(screen, truth);
  return truth;
}

}  // namespace gracevae::impl
