#include "run/run_options.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/label_table.hpp"
#include "run/model_parts.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

void RunOptions::bind(OptionTable& table) {
  screen.bind(table);
  network.bind(table);
  features.bind(table);
  split.bind(table);
  model.bind(table);
  train.bind(table);
  batches.bind(table);
}

std::vector<std::string*> RunOptions::files() {
  std::vector<std::string*> files = screen.files();
  files.insert(files.end(), {&split.file, &features.embedding_file, &features.pathway_file});
  return files;
}

std::vector<std::string*> RunOptions::network_paths() {
  return {&network.network, &network.gmt, &network.relations, &network.edges, &network.edge_info};
}

void RunOptions::make_paths_absolute() {
  screen.labels_file = absolute_label_files(screen.labels_file);
  network.make_paths_absolute();
  std::string screens;
  for (const auto& path : file_list(model.effect_screens))
    screens += (screens.empty() ? "" : ",") + std::filesystem::absolute(path).lexically_normal().string();
  model.effect_screens = screens;
  for (const auto& paths : {files(), {&screen.packed}})
    for (std::string* path : paths)
      if (!path->empty() && path != &screen.labels_file)
        *path = std::filesystem::absolute(*path).lexically_normal().string();
}

RunOptions calibrated_options() {
  RunOptions options;
  options.model.intervention_encoder = "table";
  options.model.effects = "auto";
  options.model.mechanism = "relu";
  options.model.combination = "scaled";
  options.model.decoder_output = "linear";
  options.model.likelihood = "gaussian";
  options.model.linear_skip = true;
  options.model.abduction = true;
  options.model.value_range = "data";
  options.batches.pairing = "resample";
  options.batches.fill_short = true;
  options.train.objective = "calibrated";
  options.train.epochs = 0;
  options.train.alpha_max = 8;
  options.train.beta_max = 1;
  options.train.lambda = 1e-3;
  options.train.tau_max = 4;
  options.train.schedule = "constant";
  options.train.mmd_bandwidth = "data";
  options.train.mmd_estimate = "unbiased";
  options.train.start = "auto";
  options.train.shrink_shifts = true;
  options.train.evaluation_tau = "final";
  options.train.early_stopping = true;
  options.train.learning_rate = -1;
  options.train.learning_rate_decay = "cosine";
  return options;
}

bool uses_effect_kernels(const RunOptions& options) {
  const ModelOptions& model = options.model;
  if (model.effects != "auto") return model.effects != "none";
  const bool has_source = !options.network.empty() || !model.effect_screens.empty();
  const bool reads_graph = !is_shift_model(model.model) &&
                           network_use(kInterventionEncoderNames, model.intervention_encoder) != NetworkUse::none;
  return has_source && !reads_graph && model.unknown_targets == "error" && options.network.corrupt == 0;
}

std::vector<std::string> notes_on(const RunOptions& options) {
  const TrainOptions &train = options.train, published;
  std::vector<std::string> notes;
  const auto note = [&](bool holds, const char* text) {
    if (holds) notes.emplace_back(text);
  };
  note(options.batches.keep_short && options.batches.fill_short,
       "train.keep_short has no effect: train.fill_short fills the batches that it would keep");
  note(train.mmd_bandwidth == "data" && train.mmd_sigma != published.mmd_sigma,
       "train.mmd_sigma has no effect: with train.mmd_bandwidth data the bandwidth is that of the cells");
  note(options.model.likelihood == "mse" && train.free_bits > 0,
       "train.free_bits has no effect: with model.likelihood mse the KL presses on every latent");
  note(train.early_stopping && train.validate_every != published.validate_every,
       "train.validate_every is for diagnostics only: with train.early_stopping every epoch has a validation score");
  note(!train.early_stopping &&
           (train.patience != published.patience || train.least_improvement != published.least_improvement),
       "train.patience and train.least_improvement have no effect: training does not stop early");
  return notes;
}

RunOptions load_run_options(const RunFolder& folder) {
  require_readable_file(folder.options(), "options.toml of a run folder");
  RunOptions options;
  OptionTable table;
  options.bind(table);
  table.load_toml(folder.options(), kRecordSections);
  if (options.screen.file.empty())
    throw ConfigError({.place = folder.options().string(), .found = "names no screen", .expected = "screen.file"});
  try {
    table.validate();
  } catch (const ConfigError& error) {
    throw ConfigError({.place = folder.options().string(), .found = error.found(), .expected = error.expected()},
                      error.hint());
  }
  return options;
}

}  // namespace gracevae::impl
