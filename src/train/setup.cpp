#include "train/setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "run/model_parts.hpp"
#include "screen/packed_screen.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

namespace {

/// The labels of the intervention encoder. @throws InputError without one.
std::vector<std::string> labels_of(const Screen& screen, const Split& split) {
  std::vector<std::string> targets = trained_targets(screen, split);
  if (targets.empty())
    throw InputError({.place = screen.source, .found = "no perturbed regime has training cells"},
                     "check the labels with `gracevae inspect` and the split file");
  return targets;
}

NetworkUse intervention_network(const ModelOptions& options) {
  return is_shift_model(options.model) ? NetworkUse::none
                                       : network_use(kInterventionEncoderNames, options.intervention_encoder);
}
/// Whether one-hots encode nodes of a graph, so that a target needs no training cells of its own.
bool places_by_graph(const ModelOptions& options) {
  const NetworkUse use = intervention_network(options);
  return use == NetworkUse::target_graph || use == NetworkUse::near_targets;
}

void refuse_unseen_singles(const RunOptions& options) {
  if (options.split.kind != "unseen-single" || places_by_graph(options.model) || predicts_unseen(options) ||
      options.model.unknown_targets == "fallback")
    return;
  throw ConfigError(
      "split.split unseen-single tests targets that never train, which model.intervention_encoder " +
          options.model.intervention_encoder + " cannot place: its labels are the targets that train",
      "train with model.effects targets and a network or other screens, with model.intervention_encoder tri-value or "
      "tri-value-1hop, or with model.unknown_targets fallback; for other tools, `gracevae split --split unseen-single` "
      "writes this split");
}

/// @throws InputError naming targets without an edge, unless the run has the fallback.
void check_places(const RunOptions& options, const std::vector<std::string>& targets, const TargetGraph& graph) {
  std::vector<std::string> alone;
  for (const std::string& target : targets) {
    const auto found = std::lower_bound(graph.nodes.begin(), graph.nodes.end(), target);
    if (found == graph.nodes.end() || *found != target || graph.neighbours.row_size(found - graph.nodes.begin()) == 0)
      alone.push_back(target);
  }
  if (alone.empty()) return;
  const std::string text =
      fmt::format("{} of {} targets have no protein interaction with a measured gene or another target: {}",
                  alone.size(), targets.size(), first_few(alone, 10, "'"));
  if (options.model.unknown_targets == "fallback")
    log::warning("{}: those that train have a node without edges, others are read as all labels together", text);
  else
    throw InputError(
        {.place = text,
         .found =
             fmt::format("model.intervention_encoder {} has no place for them", options.model.intervention_encoder)},
        "check the symbols against the file of network.edges (old names: screen.aliases), or train them all the same with "
        "model.unknown_targets fallback");
}

/// Labels, and what one-hots encode: the labels, or the nodes of the target graph.
void place_targets(const RunOptions& options, const NetworkOptions& network, RunData& data) {
  data.has_fallback = options.model.unknown_targets == "fallback";
  if (predicts_unseen(options)) data.effects = std::make_shared<UnseenEffects>(options);
  data.places = data.targets;
  if (places_by_graph(options.model) && !network.empty()) {
    const TargetNames names{targets_of(data.screen), data.targets};
    data.target_graph =
        build_target_graph(data.screen.genes, names, network,
                           intervention_network(options.model) == NetworkUse::near_targets, &data.screen);
    check_places(options, names.candidates, *data.target_graph);
    data.places = data.target_graph->nodes;
  }
}

/// Measured pathway values need a file, and a model that reads them.
void check_features(const RunOptions& options) {
  const bool measured = options.model.pathway_values == "measured";
  if (measured && options.features.pathway_file.empty())
    throw ConfigError("model.pathway_values measured without values", "name their file with features.pathway_file");
  if (!measured && !options.features.pathway_file.empty())
    throw ConfigError("features.pathway_file is given, but model.pathway_values is " + options.model.pathway_values,
                      "add model.pathway_values measured");
  if (measured && !options.features.embedding.empty())
    throw ConfigError("model.pathway_values measured with features.cell_embedding",
                      "beside an embedding pathway nodes are 0: choose one");
  if (measured && !reads_pathway_values(options.model))
    throw ConfigError(
        fmt::format("model.pathway_values measured, but model.model {}{} reads no values of pathways",
                    options.model.model,
                    reads_encoder_option(options.model.model) ? " model.encoder " + options.model.encoder : ""),
        "leave it out with features.pathway_file, or train model.model grace-vae or vgae with model.encoder sage, gcn or gat");
}

at::Device device_of(const std::string& name) {
  if (name == "cuda" && !torch_compat::has_cuda())
    throw ConfigError("train.device is cuda, but this LibTorch (" + torch_compat::version() +
                          ") has no CUDA or no GPU answers",
                      "use train.device cpu, or build against a LibTorch with CUDA (docs/guide.md)");
  return at::Device(name);
}

template <class T>
void fill_rows(const CsrView<float>& rows, std::span<const std::int64_t> cells, T* out) {
  const auto n_genes = static_cast<std::size_t>(rows.n_cols);
  for (std::size_t i = 0; i < cells.size(); ++i) rows.copy_row(cells[i], std::span<T>(out + i * n_genes, n_genes));
}

/// Features of control cells as a tensor [cells.size(), k].
Tensor features_tensor(const CellFeatures& features, std::span<const std::int64_t> cells,
                       const at::TensorOptions& options) {
  Tensor rows = at::empty({std::ssize(cells), features.width()}, at::TensorOptions().dtype(at::kFloat));
  float* out = rows.data_ptr<float>();
  for (const std::int64_t cell : cells) {
    const std::int64_t row = features.row_of_cell[static_cast<std::size_t>(cell)];
    GRACEVAE_CHECK(row >= 0, "features of a cell that is not control");
    out = std::ranges::copy(features.values.row(row), out).out;
  }
  return rows.to(options);
}

}  // namespace

Tensor covariates_tensor(const Screen& screen, std::span<const std::int64_t> cells, const at::TensorOptions& options) {
  const Matrix<float>& design = screen.covariates.design;
  Tensor rows = at::empty({std::ssize(cells), design.n_cols}, at::TensorOptions().dtype(at::kFloat));
  float* out = rows.data_ptr<float>();
  for (const std::int64_t cell : cells) out = std::ranges::copy(design.row(cell), out).out;
  return rows.to(options);
}

double smallest_possible_value(const Screen& screen) {
  return screen.values().n_negative > 0 ? -std::numeric_limits<double>::infinity() : 0;
}

void resolve_value_range(ModelOptions& options, const Screen& screen) {
  if (options.value_range != "data") return;
  options.value_range = smallest_possible_value(screen) < 0 ? "any" : "nonnegative";
}

RunData make_run_data(const RunOptions& options, Screen screen, Split split, bool begun) {
  refuse_unseen_singles(options);
  check_features(options);
  RunData data;
  data.screen = std::move(screen);
  data.split = std::move(split);
  if (!begun) check_batches(data.screen, data.split, options.batches);
  data.pairs = pair_controls(data.screen, data.split, static_cast<std::uint64_t>(options.train.seed));
  data.targets = labels_of(data.screen, data.split);
  NetworkOptions network = options.network;
  if (begun) network.allow_empty = true;  // an existing run began with it
  place_targets(options, network, data);
  data.shape = {.n_genes = data.screen.n_genes(),
                .n_pathways = 0,
                .n_labels = std::ssize(data.places),
                .n_latents = options.model.n_latents > 0 ? options.model.n_latents
                                                         : static_cast<std::int64_t>(data.targets.size()),
                .hidden = options.model.hidden};
  if (needs_network(options.model) && !network.empty()) {
    data.graph = build_context_graph(data.screen.genes, network, &data.screen);
    for (const std::string& note : data.graph->notes) log::info("{}", note);
    for (const std::string& warning : data.graph->warnings) log::warning("{}", warning);
    if (!data.graph->names_how.empty()) log::info("{}", data.graph->names_how);
    data.neighbours = mean_adjacency(*data.graph);
    data.shape.n_pathways = data.graph->n_pathways();
    data.pathways = read_pathway_values(options.features, data.screen, data.graph->pathway_ids);
  }
  if (!is_shift_model(options.model.model)) data.embedding = read_embedding(options.features, data.screen);
  data.shape.n_embedding = data.embedding.width();
  if (!is_shift_model(options.model.model)) data.shape.n_covariates = std::ssize(data.screen.covariates.names);
  return data;
}

RunData load_run_data(const RunOptions& options, const std::filesystem::path& stored_split) {
  refuse_unseen_singles(options);
  check_features(options);
  Screen screen = load_screen(with_names_of(options.network, options.screen), options.split.kept_columns(),
                              options.batches.backed ? MissingPack::make : MissingPack::read_screen);
  const bool begun = !stored_split.empty();
  const std::filesystem::path split_file = begun ? stored_split : std::filesystem::path(options.split.file);
  Split split = split_file.empty() ? make_split(screen, options.split, static_cast<std::uint64_t>(options.train.seed))
                                   : read_split(split_file, screen);
  if (!begun) check_split(screen, split, options.split);
  return make_run_data(options, std::move(screen), std::move(split), begun);
}

std::unique_ptr<Model> make_run_model(const RunOptions& options, const RunData& data) {
  return make_model(options.model, {.shape = data.shape,
                                    .neighbours = data.graph ? &data.neighbours : nullptr,
                                    .target_graph = data.target_graph ? &*data.target_graph : nullptr,
                                    .device = device_of(options.train.device),
                                    .seed = static_cast<std::uint64_t>(options.train.seed)});
}

Tensor cells_tensor(const CsrView<float>& rows, std::span<const std::int64_t> cells, const at::TensorOptions& options) {
  Tensor result = at::empty({std::ssize(cells), rows.n_cols}, options.device(at::kCPU));
  if (result.scalar_type() == at::kDouble)
    fill_rows(rows, cells, result.data_ptr<double>());
  else
    fill_rows(rows, cells, result.data_ptr<float>());
  return result.to(options.device());
}

namespace {

/// Index of a target in target_nodes, by its name or by --aliases; nullopt if absent.
std::optional<std::int64_t> place_of(const RunData& data, const std::string& target) {
  const auto find = [&](std::string_view name) -> std::optional<std::int64_t> {
    const auto found = std::lower_bound(data.places.begin(), data.places.end(), name);
    if (found == data.places.end() || *found != name) return std::nullopt;
    return found - data.places.begin();
  };
  if (const auto place = find(target); place || !data.screen.aliases) return place;
  const std::int64_t gene = GeneIndex(data.screen.genes, data.screen.aliases.get()).find(target);
  return find(gene >= 0 ? data.screen.genes[static_cast<std::size_t>(gene)] : data.screen.aliases->symbol_of(target));
}

}  // namespace

bool has_places(const RunData& data, const std::vector<std::string>& regime_targets) {
  return data.has_fallback || data.effects ||
         std::all_of(regime_targets.begin(), regime_targets.end(),
                     [&](const std::string& target) { return place_of(data, target).has_value(); });
}

std::vector<Tensor> target_tensors(const std::vector<std::string>& regime_targets, const RunData& data,
                                   const at::TensorOptions& options) {
  std::vector<Tensor> result;
  for (const auto& target : regime_targets) {
    Tensor row = at::zeros({1, std::ssize(data.places)}, options.device(at::kCPU));
    const auto set = [&](std::int64_t place, double share) { row.select(0, 0).select(0, place).fill_(share); };
    if (const auto place = place_of(data, target))
      set(*place, 1);
    else if (data.has_fallback)
      for (const std::string& label : data.targets)
        set(*place_of(data, label), 1 / static_cast<double>(data.targets.size()));
    else
      throw InputError("target '" + target + "' was never trained" +
                           (data.target_graph ? " and has no protein interactions" : "") +
                           ", so the model cannot place it",
                       nearest_gene_hint(target, data.places));
    result.push_back(row.to(options.device()));
  }
  return result;
}

void set_targets(ModelInput& input, const std::vector<std::string>& targets, const RunData& data,
                 const at::TensorOptions& options, PosteriorDraws* draws) {
  std::vector<std::string> placed;
  std::vector<const PredictedEffect*> added;
  for (const std::string& target : targets) {
    if (!data.effects || place_of(data, target))
      placed.push_back(target);
    else
      added.push_back(&data.effects->of(data.screen, data.split, target));
  }
  const auto tensor_of = [&](const std::vector<const PredictedEffect*>& effects) {
    const std::int64_t n_rows = draws ? draws->n_cells : 1;
    Tensor sum = at::zeros({n_rows, data.screen.n_genes()}, at::kDouble);
    for (const PredictedEffect* each : effects) {
      const auto values = [&](const std::vector<double>& list) {
        return at::from_blob(const_cast<double*>(list.data()), {1, std::ssize(list)}, at::kDouble);
      };
      sum += values(each->effect);
      if (draws)
        sum += at::nan_to_num(values(each->error)) *
               normal_tensor({n_rows, data.screen.n_genes()}, draws->random, at::TensorOptions().dtype(at::kDouble));
    }
    return sum.to(options);
  };
  input.targets = target_tensors(placed, data, options);
  input.n_added = std::ssize(added);
  if (!added.empty()) input.added = tensor_of(added);
  if (!data.effects || !added.empty() || targets.size() != 2) return;
  if (const PredictedEffect* pair = data.effects->besides(data.screen, data.split, targets))
    input.besides = tensor_of({pair});
}

std::vector<Tensor> batch_targets(const Batch& batch, const RunData& data, const at::TensorOptions& options) {
  const auto targets_of = [&](std::int32_t regime) -> const std::vector<std::string>& {
    return data.screen.regimes[static_cast<std::size_t>(regime)].targets;
  };
  if (batch.regime != Batch::kMixed) return target_tensors(targets_of(batch.regime), data, options);
  std::vector<Tensor> result;
  for (std::size_t i = 0; i < batch.cells.size(); ++i) {
    const std::int32_t regime = data.screen.regime_of_cell[static_cast<std::size_t>(batch.cells[i])];
    const std::vector<Tensor> rows = target_tensors(targets_of(regime), data, options.device(at::kCPU));
    while (result.size() < rows.size())
      result.push_back(at::zeros({std::ssize(batch.cells), std::ssize(data.places)}, options.device(at::kCPU)));
    for (std::size_t k = 0; k < rows.size(); ++k)
      result[k].select(0, static_cast<std::int64_t>(i)).copy_(rows[k].squeeze(0));
  }
  for (Tensor& rows : result) rows = rows.to(options.device());
  return result;
}

Tensor normal_tensor(const std::vector<std::int64_t>& shape, Random& random, const at::TensorOptions& options) {
  Tensor values = at::empty(shape, options.device(at::kCPU));
  const auto n = static_cast<std::size_t>(values.numel());
  if (values.scalar_type() == at::kDouble)
    random.fill_normal(std::span<double>(values.data_ptr<double>(), n));
  else
    random.fill_normal(std::span<float>(values.data_ptr<float>(), n));
  return values.to(options.device());
}

ScheduleOptions schedule_options(const TrainOptions& train) {
  return {.alpha_max = train.alpha_max,
          .beta_max = train.beta_max,
          .tau_max = train.tau_max,
          .constant = train.schedule == "constant",
          .paper_text = train.schedule == "paper-text"};
}

double final_tau(const TrainOptions& train) {
  return schedule_at(train.epochs - 1, train.epochs, schedule_options(train)).tau;
}

bool has_pathway_noise(const Model& model, const RunData& data, const ModelOptions& options) {
  return model.has_pathways() && data.embedding.width() == 0 &&
         (options.pathway_values == "shared" || options.pathway_values == "per-cell");
}

void draw_noise(const Model& model, const RunData& data, const ModelOptions& options, Random random,
                ModelInput& input) {
  const at::TensorOptions tensors = input.epsilon.options();
  const std::int64_t n_cells = input.epsilon.size(0), q = model.shape().n_pathways;
  input.epsilon = normal_tensor({n_cells, model.shape().n_latents}, random, tensors);
  if (has_pathway_noise(model, data, options))
    input.pathway_values = options.pathway_values == "shared" ? normal_tensor({q}, random, tensors)
                                                              : normal_tensor({n_cells, q}, random, tensors);
}

ModelInput control_input(const Model& model, const RunData& data, const ModelOptions& options,
                         std::span<const std::int64_t> controls, Random random) {
  ModelInput input = control_features(model, data, options, controls, random);
  input.x = cells_tensor(data.screen, controls, model.parameters().options());
  return beside_weights(std::move(input), model);
}

ModelInput beside_weights(ModelInput input, const Model& model) {
  const at::Device device = model.parameters().options().device();
  for (Tensor* tensor :
       {&input.x, &input.epsilon, &input.embedding, &input.covariates, &input.pathway_values, &input.dropout})
    if (tensor->defined()) *tensor = tensor->to(device);
  for (Tensor& target : input.targets) target = target.to(device);
  return input;
}

ModelInput control_features(const Model& model, const RunData& data, const ModelOptions& options,
                            std::span<const std::int64_t> controls, Random random) {
  const at::TensorOptions tensors = model.parameters().options().device(at::kCPU);
  ModelInput input{.x = Tensor(), .epsilon = at::empty({std::ssize(controls), model.shape().n_latents}, tensors)};
  if (data.embedding.width() > 0) input.embedding = features_tensor(data.embedding, controls, tensors);
  if (model.shape().n_covariates > 0) input.covariates = covariates_tensor(data.screen, controls, tensors);
  if (model.has_pathways())
    input.pathway_values = data.pathways.width() > 0 ? features_tensor(data.pathways, controls, tensors)
                                                     : at::zeros({model.shape().n_pathways}, tensors);
  draw_noise(model, data, options, random, input);
  return input;
}

}  // namespace gracevae::impl
