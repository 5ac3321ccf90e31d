#include "train/setup.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/nearest.hpp"

namespace gracevae {

namespace {

/// Singles that train, by name: the labels of the intervention encoder.
std::vector<std::string> trained_targets(const Screen& screen, const Split& split) {
  std::vector<std::string> targets;
  for (const auto& regime : screen.regimes) {
    if (regime.targets.size() != 1) continue;
    const bool trains = std::any_of(regime.cells.begin(), regime.cells.end(), [&](std::int64_t cell) {
      return split.fold[static_cast<std::size_t>(cell)] == Fold::train;
    });
    if (trains) targets.push_back(regime.targets.front());
  }
  std::sort(targets.begin(), targets.end());
  if (targets.empty())
    throw InputError(screen.source + ": no regime of a single target has training cells",
                     "the model learns from singles: check the labels with `gracevae inspect` and the split file");
  return targets;
}

/// The intervention encoders there are read one-hot labels of targets that train alone: no other target has a place.
void refuse_unseen_singles(const RunOptions& options) {
  if (options.split.kind == "unseen-single")
    throw ConfigError("--split unseen-single tests targets that never train, which --intervention-encoder " +
                          options.model.intervention_encoder +
                          " cannot place: its labels are the targets that train alone",
                      "train with --split unseen-double, random or norman; for other tools, `gracevae split --split "
                      "unseen-single` writes this split");
}

at::Device device_of(const std::string& name) {
  if (name == "cuda" && !torch_compat::has_cuda())
    throw ConfigError("--device is cuda, but this LibTorch (" + torch_compat::version() +
                          ") has no CUDA or no GPU answers",
                      "use --device cpu, or build against a LibTorch with CUDA (docs/guide.md)");
  return at::Device(name);
}

template <class T>
void fill_rows(const Screen& screen, std::span<const std::int64_t> cells, T* out) {
  const auto n_genes = static_cast<std::size_t>(screen.n_genes());
  for (std::size_t i = 0; i < cells.size(); ++i) screen.x.copy_row(cells[i], std::span<T>(out + i * n_genes, n_genes));
}

}  // namespace

void resolve_value_range(ModelOptions& options, const Screen& screen) {
  if (options.value_range != "data") return;
  const auto& values = screen.x.values;
  const bool negative = std::any_of(values.begin(), values.end(), [](float value) { return value < 0; });
  options.value_range = negative ? "any" : "nonnegative";
}

RunData load_run_data(const RunOptions& options, const std::filesystem::path& stored_split) {
  refuse_unseen_singles(options);
  RunData data;
  data.screen = load_screen(options.screen, options.split.kept_columns());
  const auto seed = static_cast<std::uint64_t>(options.train.seed);
  const std::filesystem::path split_file =
      stored_split.empty() ? std::filesystem::path(options.split.file) : stored_split;
  data.split = split_file.empty() ? make_split(data.screen, options.split, seed) : read_split(split_file, data.screen);
  if (stored_split.empty()) {
    check_split(data.screen, data.split, options.split);
    check_batches(data.screen, data.split, options.batches);
  }
  data.pairs = pair_controls(data.screen, data.split, seed);
  data.targets = trained_targets(data.screen, data.split);
  data.shape = {.n_genes = data.screen.n_genes(),
                .n_pathways = 0,
                .n_labels = static_cast<std::int64_t>(data.targets.size()),
                .n_latents = options.model.n_latents > 0 ? options.model.n_latents
                                                         : static_cast<std::int64_t>(data.targets.size()),
                .hidden = options.model.hidden};
  if (needs_network(options.model) && !options.network.empty()) {
    data.graph = build_context_graph(data.screen.genes, options.network);
    data.neighbours = mean_adjacency(*data.graph);
    data.shape.n_pathways = data.graph->n_pathways();
  }
  return data;
}

std::unique_ptr<Model> make_run_model(const RunOptions& options, const RunData& data) {
  return make_model(options.model, {.shape = data.shape,
                                    .neighbours = data.graph ? &data.neighbours : nullptr,
                                    .device = device_of(options.train.device),
                                    .seed = static_cast<std::uint64_t>(options.train.seed)});
}

Tensor cells_tensor(const Screen& screen, std::span<const std::int64_t> cells, const at::TensorOptions& options) {
  Tensor rows = at::empty({static_cast<std::int64_t>(cells.size()), screen.n_genes()}, options.device(at::kCPU));
  if (rows.scalar_type() == at::kDouble)
    fill_rows(screen, cells, rows.data_ptr<double>());
  else
    fill_rows(screen, cells, rows.data_ptr<float>());
  return rows.to(options.device());
}

std::vector<Tensor> target_tensors(const std::vector<std::string>& regime_targets,
                                   const std::vector<std::string>& trained, const at::TensorOptions& options) {
  std::vector<Tensor> result;
  for (const auto& target : regime_targets) {
    const auto found = std::lower_bound(trained.begin(), trained.end(), target);
    if (found == trained.end() || *found != target)
      throw InputError("target '" + target + "' was never trained on its own, so the model cannot place it",
                       nearest_hint(target, trained));
    Tensor row = at::zeros({1, static_cast<std::int64_t>(trained.size())}, options.device(at::kCPU));
    row.select(0, 0).select(0, found - trained.begin()).fill_(1);
    result.push_back(row.to(options.device()));
  }
  return result;
}

Tensor normal_tensor(const std::vector<std::int64_t>& shape, Random& random, const at::TensorOptions& options) {
  Tensor values = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
  random.fill_normal(std::span<double>(values.data_ptr<double>(), static_cast<std::size_t>(values.numel())));
  return values.to(options);
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

Noise draw_noise(const Model& model, const std::string& mode, std::int64_t n_cells, Random random) {
  const at::TensorOptions& options = model.parameters().options();
  Noise noise;
  noise.epsilon = normal_tensor({n_cells, model.shape().n_latents}, random, options);
  if (!model.has_pathways()) return noise;
  const std::int64_t q = model.shape().n_pathways;
  noise.pathway_values = mode == "zero"       ? at::zeros({q}, options)
                         : mode == "per-cell" ? normal_tensor({n_cells, q}, random, options)
                                              : normal_tensor({q}, random, options);
  return noise;
}

}  // namespace gracevae
