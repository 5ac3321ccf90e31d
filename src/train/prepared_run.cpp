#include "train/prepared_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "screen/describe.hpp"

namespace gracevae::impl {

namespace {

void say_engine(Engine engine, const RunOptions& options) {
  if (options.train.engine == "autograd") return;
  if (engine == Engine::sliced)
    log::info("engine: sliced{}", options.model.precision == "bf16" ? ", products in bf16" : "");
  else
    log::info("engine: autograd, because {}", why_not_sliced(options));
}

bool needs_moments(const RunOptions& options) {
  return options.train.start != "random" || options.train.mmd_bandwidth == "data" || options.model.likelihood != "mse";
}

ObjectiveOptions objective_options(const RunOptions& options, const RegimeMoments& moments) {
  ObjectiveOptions result{.lambda = options.train.lambda,
                          .smoothness = options.train.smoothness,
                          .mmd = {.sigma = options.train.mmd_sigma,
                                  .unbiased = options.train.mmd_estimate == "unbiased"},
                          .free_bits = options.train.free_bits};
  if (options.train.mmd_bandwidth == "data") result.mmd.sigma = moments.mean_distance();
  if (options.model.likelihood != "mse") result.elbo_scale = 2 / (1 / moments.floored_variance()).sum().item<double>();
  result.from_prior = options.train.generate_from == "prior";
  return result;
}

/// Turns early stopping off where there is nothing to stop by.
void resolve_early_stopping(RunOptions& options, const RunData& data, const Model& model) {
  if (!options.train.early_stopping) return;
  const auto validates = [&](const Regime& regime) {
    return !regime.targets.empty() && count_cells(data.split, regime, Fold::validation) > 0;
  };
  std::string why_not;
  if (std::ranges::none_of(data.screen.regimes, validates))
    why_not = "no perturbed cell validates";
  else if (options.train.schedule != "constant")
    why_not = "train.schedule " + options.train.schedule + " changes the weights of the loss until the last epoch";
  if (!why_not.empty() && model.trains())
    log::info("training does not stop early: {}; it takes all {} epochs, and the model is the last one", why_not,
              options.train.epochs);
  options.train.early_stopping = model.trains() && why_not.empty();
}

void say_what_was_read(const RunOptions& options, const Screen& screen) {
  log::info("labels: {}", screen.labels_how);
  for (const std::string& note : notes_on(options)) log::warning("{}", note);
  if (const auto text = unmeasured_text(screen); !text.empty())
    log::warning("{}: they train all the same; a misspelt symbol would show here", text);
}

BackedSizes sizes_on_disk(const RunOptions& options, const RunData& data) {
  const BackedSizes sizes = backed_sizes(data.screen, data.split, options.batches);
  const auto in_mb = [](std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  log::info("cells stay on disk in {}; two windows of {:.1f} MB, pieces of {} cells; control cells {}",
            data.screen.packed->path().string(), in_mb(sizes.window_bytes), sizes.piece_cells,
            sizes.controls_stay ? fmt::format("are held ({:.1f} MB)", in_mb(sizes.control_bytes))
                                : "do not fit: those beside the cells of a window are drawn from some of them, anew "
                                  "for each window");
  return sizes;
}

/// For a model that is complete at the start.
void finish_at_start(PreparedRun& run) {
  run.position.epoch = run.options.train.epochs;
  run.position.best_epoch = 0;
  run.position.best_score = 0;
  run.position.best_weights = run.model->parameters().tensors();
}

/// Everything but weights and position.
PreparedRun without_position(const RunOptions& given, RunData data) {
  RunOptions options = given;
  resolve_value_range(options.model, data.screen);
  if (options.model.effects == "auto") options.model.effects = predicts_unseen(options) ? "targets" : "none";
  options.screen = resolved(options.screen, data.screen);
  std::unique_ptr<Model> model = make_run_model(options, data);
  resolve_start(options, data, *model);
  resolve_early_stopping(options, data, *model);
  Adam adam(model->parameters(), {.learning_rate = options.train.learning_rate, .clamp = options.train.clamp});
  PreparedRun run{.options = std::move(options),
                  .data = std::move(data),
                  .model = std::move(model),
                  .adam = std::move(adam)};
  say_what_was_read(run.options, run.data.screen);
  return run;
}

/// What steps need besides; after the checks.
RegimeMoments prepare_steps(PreparedRun& run) {
  if (!run.model->trains()) return {};
  if (run.options.batches.backed) run.backed = sizes_on_disk(run.options, run.data);
  run.engine = choose_engine(run.options);
  say_engine(run.engine, run.options);
  const RegimeMoments moments =
      needs_moments(run.options) ? regime_moments(run.data, run.options.model.scales_combinations()) : RegimeMoments{};
  run.objective = objective_options(run.options, moments);
  return moments;
}

void say_sizes(const PreparedRun& run) {
  log::info("{} cells x {} genes, {} labels, {} latents, {} pathways; {} parameters", run.data.screen.n_cells(),
            run.data.shape.n_genes, run.data.targets.size(), run.model->shape().n_latents, run.data.shape.n_pathways,
            run.model->parameters().count());
}

}  // namespace

PreparedRun begin_run(const RunOptions& options, RunData data) {
  PreparedRun run = without_position(options, std::move(data));
  check_start(run.options, run.data, *run.model);
  const RegimeMoments moments = prepare_steps(run);
  run.position.start = start_model(run.options, run.data, moments, *run.model);
  run.position.sums.assign(kTerms.size(), 0);
  run.data.screen.release_rows();
  if (!run.model->trains()) finish_at_start(run);
  say_sizes(run);
  return run;
}

PreparedRun resume_run(const RunOptions& options, RunData data, const RunFolder& from) {
  PreparedRun run = without_position(options, std::move(data));
  check_batches(run.data.screen, run.data.split, run.options.batches);  // options.toml may have been edited
  prepare_steps(run);
  run.position = load_checkpoint(from.checkpoint(), run.model->parameters(), run.adam);
  run.position.sums.resize(kTerms.size(), 0);  // from a version with fewer terms
  const std::int64_t epoch = run.position.epoch;
  if (epoch > options.train.epochs || (run.model->trains() && std::ssize(run.position.history) != epoch))
    throw InputError({.place = from.checkpoint().string(),
                      .found = fmt::format("is of epoch {}, with a history of {}", epoch, run.position.history.size()),
                      .expected = fmt::format("as many, up to {}", options.train.epochs)},
                     "it is damaged: remove the folder and train again");
  if (!run.model->trains()) finish_at_start(run);
  say_sizes(run);
  return run;
}

}  // namespace gracevae::impl
