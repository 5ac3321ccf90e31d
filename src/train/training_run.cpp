#include "train/training_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "base/runtime.hpp"
#include "train/diagnostics.hpp"
#include "train/learned_graph.hpp"
#include "train/run_inputs.hpp"
#include "train/start.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kMostValidated = 256;  // cells of a regime, where every epoch is scored

/// The content of options.toml: options, what follows from them and the data, inputs and environment.
nlohmann::ordered_json record_of(const RunOptions& options, const RunData& data, const Model& model) {
  OptionTable table;
  RunOptions copy = options;
  copy.bind(table);
  nlohmann::ordered_json sections = table.to_json();
  sections["derived"] = {{"n_cells", data.screen.n_cells()},
                         {"n_genes", data.shape.n_genes},
                         {"n_pathways", data.shape.n_pathways},
                         {"n_labels", data.targets.size()},
                         {"n_latents", model.shape().n_latents},
                         {"n_embedding", data.shape.n_embedding},
                         {"n_covariates", data.shape.n_covariates},
                         {"n_parameters", model.parameters().count()},
                         {"targets", data.targets}};
  auto& derived = sections["derived"];
  if (data.graph) {
    derived["edges_gene_gene"] = data.graph->n_gg;
    derived["edges_pathway_gene"] = data.graph->n_pg;
    derived["edges_pathway_pathway"] = data.graph->n_pp;
  }
  sections["inputs"] = record_inputs(options);
  sections["environment"] = environment_record();
  sections["environment"]["libtorch"] = torch_compat::version();
  return sections;
}

}  // namespace

TrainingRun::TrainingRun(PreparedRun run, int n_threads)
    : options_(std::move(run.options)), data_(std::move(run.data)), model_(std::move(run.model)),
      weights_(model_->parameters().tensors()), adam_(std::move(run.adam)), objective_(run.objective),
      backed_(run.backed), position_(std::move(run.position)),
      stopping_(options_.train.patience, options_.train.least_improvement), step_feeder_(n_threads > 1) {
  if (!trains()) return;
  for (const std::string& line : position_.history)
    if (const auto epoch = nlohmann::json::parse(line); epoch.at("validation").is_number())
      stopping_.add(epoch["validation"].get<double>());
  if (options_.batches.backed)
    feeder_ = std::make_unique<RowFeeder>(*data_.screen.packed,
                                          backed_.controls_stay
                                              ? cells_in_fold(data_.screen.regimes.front(), data_.split, Fold::train)
                                              : std::vector<std::int64_t>());
  n_steps_ = std::ssize(batches_of(0)->batches);
  GRACEVAE_CHECK(n_steps_ > 0, "check_batches leaves every regime that trains a batch");
  if (position_.step >= n_steps_)
    throw InputError({.place = position_.file.string(),
                      .found = fmt::format("is at step {} of an epoch", position_.step),
                      .expected = fmt::format("0 to {}", n_steps_ - 1)},
                     "it is damaged: remove the folder and train again");
  engine_ = make_training_step(run.engine, {options_.model, data_, *model_, adam_, objective_});
}

// ---- steps ----

LossValue TrainingRun::step() {
  if (!epoch_) begin_epoch();
  const Batch& batch = epoch_->batches[static_cast<std::size_t>(position_.step)];
  if (first_step_ == Clock::time_point{}) first_step_ = Clock::now();
  engine_->take(step_feeder_.take(position_.step));
  ++n_unread_;
  cells_ += std::ssize(batch.cells);
  ++position_.step;
  const bool last = position_.step == std::ssize(epoch_->batches);
  if (last || n_unread_ == engine_->read_every()) read_losses();
  if (last) end_epoch();
  return newest_;
}

void TrainingRun::finish_epoch() {
  const std::int64_t epoch = position_.epoch;
  while (!finished() && position_.epoch == epoch) {
    if (interrupt_requested())
      throw Interrupted(fmt::format("stopped at epoch {} step {}", position_.epoch, position_.step));
    step();
  }
}

double TrainingRun::cells_per_second() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - first_step_).count();
  return seconds > 0 ? static_cast<double>(cells_) / seconds : 0;
}

std::shared_ptr<const WindowedBatches> TrainingRun::batches_of(std::int64_t epoch) const {
  const auto counter = static_cast<std::uint64_t>(epoch);
  const bool anew = options_.batches.pairing == "resample";
  const auto pairs = anew ? pair_controls(data_.screen, data_.split, seed(), counter) : data_.pairs;
  const Random random(seed(), "batches", counter);
  WindowedBatches batches;
  if (feeder_)
    batches = make_windowed_batches(data_.screen, data_.split, pairs, options_.batches, backed_, random);
  else
    batches.batches = make_batches(data_.screen, data_.split, pairs, options_.batches, random);
  return std::make_shared<const WindowedBatches>(std::move(batches));
}

/// The input with the batch's targets, which stay on the host.
ModelInput TrainingRun::aimed(ModelInput input, const Batch& batch, double tau) const {
  input.targets = batch_targets(batch, data_, model_->parameters().options().device(at::kCPU));
  input.tau = tau;
  return input;
}

void TrainingRun::begin_epoch() {
  schedule_ = schedule_at(position_.epoch, options_.train.epochs, schedule_options(options_.train));
  epoch_ = batches_of(position_.epoch);
  if (feeder_) feeder_->begin(epoch_);
  step_feeder_.begin(std::ssize(epoch_->batches), [this, epoch = epoch_, tau = schedule_.tau](std::int64_t step) {
    return make_step(epoch->batches[static_cast<std::size_t>(step)], step, tau);
  });
  adam_.set_learning_rate(learning_rate());
  engine_->begin_epoch(schedule_);
  lap_began_ = Clock::now();
}

/// Adds the time since the last call to the epoch's.
void TrainingRun::lap() {
  const auto now = Clock::now();
  position_.seconds += std::chrono::duration<double>(now - lap_began_).count();
  lap_began_ = now;
}

/// Adds what the engine has summed up since the last call.
void TrainingRun::read_losses() {
  const LossSums sums = engine_->take_sums();
  for (std::size_t i = 0; i < sums.sum.size(); ++i) {
    position_.sums[i] += sums.sum[i];
    newest_[i] = sums.sum[i] / static_cast<double>(sums.n_steps);
  }
  n_unread_ = 0;
  check_finite(newest_, epoch_->batches[static_cast<std::size_t>(position_.step - 1)]);
}

/// The inputs of a step. Random streams are (seed, name, epoch, step): independent of thread count and resuming.
StepBatch TrainingRun::make_step(const Batch& batch, std::int64_t step, double tau) {
  const Random random(seed(), "noise", static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(step));
  ModelInput input = aimed(control_features(*model_, data_, options_.model, batch.controls, random), batch, tau);
  input.dropout = draw_dropout(step);
  return {std::move(input),
          feeder_ ? feeder_->rows_of(step) : BatchRows{data_.screen.rows(), batch.controls, batch.cells},
          draw_observation(step, std::ssize(batch.controls))};
}

Tensor TrainingRun::draw_dropout(std::int64_t step) const {
  if (model_->n_dropout() == 0) return {};
  Random random(seed(), "dropout", static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(step));
  Tensor numbers = at::empty({model_->n_dropout()}, at::TensorOptions().dtype(at::kDouble));
  std::generate_n(numbers.data_ptr<double>(), numbers.numel(), [&] { return random.uniform(); });
  return numbers;
}

/// Observation noise of generated cells, where the model has variances.
Tensor TrainingRun::draw_observation(std::int64_t step, std::int64_t n_cells) const {
  if (!objective_.from_prior || !model_->log_variance().defined()) return {};
  Random random(seed(), "observation", static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(step));
  return normal_tensor({n_cells, data_.shape.n_genes}, random,
                       model_->parameters().options().device(at::kCPU).requires_grad(false));
}

double TrainingRun::learning_rate() const {
  const double rate = options_.train.learning_rate;
  if (options_.train.learning_rate_decay == "none") return rate;
  return rate * 0.5 *
         (1 + std::cos(std::numbers::pi * static_cast<double>(position_.epoch) /
                       static_cast<double>(options_.train.epochs)));
}

void TrainingRun::check_finite(const LossValue& values, const Batch& batch) const {
  if (std::isfinite(values[0])) return;
  std::string terms;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (!std::isfinite(values[i])) terms += fmt::format("{}{} is {}", terms.empty() ? "" : ", ", kTerms[i], values[i]);
  const std::string regime = batch.regime == Batch::kMixed
                                 ? "several combinations"
                                 : "regime " + data_.screen.regimes[static_cast<std::size_t>(batch.regime)].label;
  throw NumericalError({.place = fmt::format("epoch {} step {} ({})", position_.epoch, position_.step, regime),
                        .found =
                            fmt::format("the loss is {} ({})", values[0],
                                        terms.empty() ? "every term is finite: their weighted sum overflows" : terms)},
                       "try a lower train.learning_rate or model.dtype float64, in another folder");
}

// ---- ends of epochs ----

/// Mean over regimes with validation cells of MMD² + MSE, all their cells as one set, with early stopping the same few
/// in every epoch; nullopt when no cell validates.
std::optional<double> TrainingRun::validation_score(double tau) const {
  const at::NoGradGuard no_grad;
  BatchOptions whole;
  whole.batch_size = data_.screen.n_cells();
  whole.keep_short = true;
  double sum = 0;
  auto sets =
      make_batches(data_.screen, data_.split, data_.pairs, whole, Random(seed(), "validation"), Fold::validation);
  for (Batch& set : sets) {
    if (options_.train.early_stopping && set.cells.size() > kMostValidated) {
      set.cells.resize(kMostValidated);
      set.controls.resize(kMostValidated);
    }
    const Random random(seed(), "validation", static_cast<std::uint64_t>(set.regime));
    const ModelInput input =
        beside_weights(aimed(control_input(*model_, data_, options_.model, set.controls, random), set, tau), *model_);
    const ModelOutput output = model_->forward(input);
    const Tensor y = cells_tensor(data_.screen, set.cells, model_->parameters().options());
    sum += mmd2(output.y_hat, y, objective_.mmd).item<double>() +
           reconstruction_error(output.x_hat, input.x).item<double>();
    data_.screen.release_rows();
  }
  if (sets.empty()) return std::nullopt;
  return sum / static_cast<double>(sets.size());
}

void TrainingRun::end_epoch() {
  lap();
  store();
  const std::vector<Batch>& batches = epoch_->batches;
  const std::int64_t n_steps = std::ssize(batches);
  std::size_t n_cells = 0;
  for (const Batch& batch : batches) n_cells += batch.cells.size();
  const bool due =
      position_.epoch + 1 == options_.train.epochs || (position_.epoch + 1) % options_.train.validate_every == 0;
  nlohmann::ordered_json line = {{"epoch", position_.epoch}, {"step", (position_.epoch + 1) * n_steps}};
  for (std::size_t i = 0; i < kTerms.size(); ++i) line[kTerms[i]] = position_.sums[i] / static_cast<double>(n_steps);
  line["alpha"] = schedule_.alpha;
  line["beta"] = schedule_.beta;
  line["tau"] = schedule_.tau;
  line["seconds"] = position_.seconds;
  line["cells_per_second"] = position_.seconds > 0 ? static_cast<double>(n_cells) / position_.seconds : 0.0;
  line["validation"] = nullptr;
  if (due || options_.train.early_stopping) {
    const std::optional<double> score = validation_score(schedule_.tau);
    if (score) line["validation"] = *score;
    if (score) stopping_.add(*score);
    keep_best(score ? *score : line["mmd"].get<double>() + line["mse"].get<double>());
  }
  if (due || finished()) {
    line["diagnostics"] = to_json(diagnose(*model_, data_, options_, schedule_.tau, position_.start.graph));
    data_.screen.release_rows();
  }
  position_.history.push_back(line.dump());
  epoch_.reset();
  position_.epoch += 1;
  position_.step = 0;
  position_.seconds = 0;
  position_.sums.assign(kTerms.size(), 0);
  if (finished() && options_.train.early_stopping) end_with_best();
}

/// The weights that a run with early stopping ends with.
void TrainingRun::end_with_best() {
  if (position_.best_epoch < 0) return;  // no score was a number
  if (position_.epoch < options_.train.epochs)
    log::info("training stops after epoch {}: the validation score has not fallen by {:g} % in {} epochs",
              position_.epoch - 1, 100 * options_.train.least_improvement, options_.train.patience);
  log::info("the model is that of epoch {}, whose validation score is {:.4g}", position_.best_epoch,
            position_.best_score);
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i].copy_(position_.best_weights[i]);
  engine_->load();  // it held the last ones
}

void TrainingRun::keep_best(double score) {
  if (!(score < position_.best_score)) return;
  position_.best_score = score;
  position_.best_epoch = position_.epoch;
  position_.best_weights.clear();
  for (const Tensor& weight : weights_) position_.best_weights.push_back(weight.detach().clone());
}

// ---- files ----

void TrainingRun::store() {
  if (engine_) engine_->store();
}

void TrainingRun::write_start(const RunFolder& folder) const {
  nlohmann::ordered_json record = record_of(options_, data_, *model_);
  record["derived"]["mmd_sigma_used"] = objective_.mmd.sigma;
  if (!position_.start.values.empty()) record["start"] = position_.start.values;
  require_writable_folder(folder.path);
  write_split(folder.split(), data_.screen, data_.split);
  write_text(folder.options(), to_toml(record));
}

void TrainingRun::write_history(const RunFolder& folder) { history_file_.write(folder.history(), position_.history); }

void TrainingRun::write_checkpoint(const RunFolder& folder) {
  if (n_unread_ > 0) read_losses();
  if (epoch_) lap();
  store();
  save_checkpoint(folder.checkpoint(), model_->parameters(), adam_, position_);
}

void TrainingRun::write_model(const std::filesystem::path& file, const std::vector<Tensor>& weights,
                              std::int64_t epoch) const {
  SafeTensors content;
  store_tensors(content, "", model_->parameters(), weights);
  content.metadata = {{"format", kModelFormat},
                      {"model", options_.model.model},
                      {"epoch", std::to_string(epoch)},
                      {"targets", nlohmann::json(data_.targets).dump()}};
  write_safetensors(file, content);
}

void TrainingRun::write_result(const RunFolder& folder) {
  store();
  write_model(folder.model(), weights_,
              options_.train.early_stopping ? position_.best_epoch : options_.train.epochs - 1);
  if (position_.best_epoch >= 0) write_model(folder.best_model(), position_.best_weights, position_.best_epoch);
  std::optional<Diagnostics> diagnostics;
  if (model_->trains())
    diagnostics = diagnose(*model_, data_, options_, final_tau(options_.train), position_.start.graph);
  write_learned_graph(folder.latents(), learned_graph_of(*model_, options_, data_, diagnostics, position_.start));
  if (diagnostics) {
    log::info("{}", to_text(*diagnostics));
    for (const auto& warning : warnings_of(*diagnostics)) log::warning("{}", warning);
  }
  log::info("peak memory {:.0f} MB; best model of epoch {}; wrote {}", static_cast<double>(peak_memory()) / 1e6,
            position_.best_epoch, folder.path.string());
}

}  // namespace gracevae::impl
