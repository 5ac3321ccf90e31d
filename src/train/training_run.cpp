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
#include "screen/describe.hpp"
#include "train/diagnostics.hpp"
#include "train/learned_graph.hpp"
#include "train/run_inputs.hpp"
#include "train/start.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kStepsUnread = 64;    // of a device, before its loss is read
constexpr std::size_t kMostValidated = 256;  // cells of a regime, where every epoch is scored

LossValue values_of(const LossTerms& terms) {
  return {terms.total.item<double>(), terms.mmd.item<double>(),      terms.mse.item<double>(),
          terms.kl.item<double>(),    terms.sparsity.item<double>(), terms.smoothness.item<double>()};
}
LossValue values_of(const LossValues& terms) {
  return {terms.total, terms.mmd, terms.mse, terms.kl, terms.sparsity, terms.smoothness};
}

/// Whether the run uses the sliced engine. ConfigError if it is asked for, or needed by bf16, and cannot be used.
bool wants_sliced(const RunOptions& options) {
  const bool rounds = options.model.precision == "bf16";
  if (rounds && options.model.dtype != "float32")
    throw ConfigError("model.precision is bf16, but model.dtype is " + options.model.dtype, "leave one of them out");
  const std::string why_not = options.train.engine == "autograd" ? "train.engine is autograd" : why_not_sliced(options);
  if (rounds && !why_not.empty())
    throw ConfigError("model.precision is bf16, but " + why_not + ", and only the sliced engine has such products",
                      "leave model.precision out");
  if (options.train.engine == "autograd") return false;
  if (options.train.engine == "sliced" && !why_not.empty())
    throw ConfigError("train.engine is sliced, but " + why_not + ", which that engine cannot do",
                      "leave train.engine out: it is then taken wherever it can be");
  log::info("engine: {}", why_not.empty() ? "sliced" + std::string(rounds ? ", products in bf16" : "")
                                          : "autograd, because " + why_not);
  return why_not.empty();
}

/// The content of options.toml: options, what follows from them and the data, inputs and environment.
nlohmann::ordered_json record_of(const RunOptions& options, const RunData& data, const Model& model) {
  OptionTable table;
  RunOptions copy = options;
  copy.bind(table);
  nlohmann::ordered_json sections = table.to_json();
  sections["derived"] = {{"n_cells", data.screen.n_cells()},           {"n_genes", data.shape.n_genes},
                         {"n_pathways", data.shape.n_pathways},        {"n_labels", data.targets.size()},
                         {"n_latents", model.shape().n_latents},       {"n_embedding", data.shape.n_embedding},
                         {"n_parameters", model.parameters().count()}, {"targets", data.targets}};
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
  return result;
}

}  // namespace

TrainingRun::TrainingRun(const RunOptions& options, RunData data, int n_threads, const RunFolder* from)
    : options_(options), data_(std::move(data)), model_(make_resolved_model()),
      weights_(model_->parameters().tensors()),
      adam_(model_->parameters(), {.learning_rate = options_.train.learning_rate, .clamp = options_.train.clamp}),
      stopping_(options_.train.patience, options_.train.least_improvement), step_feeder_(n_threads > 1) {
  options_.screen = resolved(options_.screen, data_.screen);
  say_what_was_read();
  if (from)
    check_batches(data_.screen, data_.split, options_.batches);  // options.toml may have been edited
  else
    check_start(options_, data_, *model_);
  if (options_.batches.backed && trains()) keep_cells_on_disk();
  const bool sliced = trains() && wants_sliced(options_);
  const RegimeMoments moments = trains() && needs_moments(options_) ? regime_moments(data_) : RegimeMoments{};
  if (trains()) prepare_steps(moments);
  if (from)
    resume(*from);
  else
    begin(moments);
  if (!trains()) finish_at_start();
  if (sliced) engine_ = make_sliced_engine(options_.model, data_, *model_, objective_, adam_);
  if (on_device()) {
    device_step_.emplace(DeviceStep::Parts{*model_, adam_, objective_}, data_.screen.rows(), free_device_memory() / 2);
    log::info("the screen is {} the device", device_step_->holds_rows() ? "on" : "too large for");
  }
  log::info("{} cells x {} genes, {} labels, {} latents, {} pathways; {} parameters", data_.screen.n_cells(),
            data_.shape.n_genes, data_.targets.size(), model_->shape().n_latents, data_.shape.n_pathways,
            model_->parameters().count());
}

TrainingRun::TrainingRun(const RunOptions& options, RunData data, int n_threads)
    : TrainingRun(options, std::move(data), n_threads, nullptr) {}

TrainingRun::TrainingRun(const RunOptions& options, RunData data, int n_threads, const RunFolder& from)
    : TrainingRun(options, std::move(data), n_threads, &from) {}

std::unique_ptr<Model> TrainingRun::make_resolved_model() {
  resolve_value_range(options_.model, data_.screen);
  std::unique_ptr<Model> model = make_run_model(options_, data_);
  resolve_start(options_, data_, *model);
  resolve_early_stopping(*model);
  return model;
}

/// Turns early stopping off where there is nothing to stop by.
void TrainingRun::resolve_early_stopping(const Model& model) {
  if (!options_.train.early_stopping) return;
  const auto validates = [&](const Regime& regime) {
    return regime.targets.size() == 1 && count_cells(data_.split, regime, Fold::validation) > 0;
  };
  std::string why_not;
  if (std::ranges::none_of(data_.screen.regimes, validates))
    why_not = "no cell of a single validates";
  else if (options_.train.schedule != "constant")
    why_not = "train.schedule " + options_.train.schedule + " changes the weights of the loss until the last epoch";
  if (!why_not.empty() && model.trains())
    log::info("training does not stop early: {}; it takes all {} epochs, and the model is the last one", why_not,
              options_.train.epochs);
  options_.train.early_stopping = model.trains() && why_not.empty();
}

// ---- parts of the constructor ----

void TrainingRun::say_what_was_read() const {
  log::info("labels: {}", data_.screen.labels_how);
  for (const std::string& note : notes_on(options_)) log::warning("{}", note);
  if (const auto text = unmeasured_text(data_.screen); !text.empty())
    log::warning("{}: they train all the same; a misspelt symbol would show here", text);
}

/// The objective, and how many steps an epoch has.
void TrainingRun::prepare_steps(const RegimeMoments& moments) {
  objective_ = objective_options(options_, moments);
  n_steps_ = std::ssize(batches_of(0)->batches);
  GRACEVAE_CHECK(n_steps_ > 0, "check_batches leaves every regime that trains a batch");
}

void TrainingRun::begin(const RegimeMoments& moments) {
  position_.start = start_model(options_, data_, moments, *model_);
  position_.sums.assign(kTerms.size(), 0);
  data_.screen.release_rows();
}

void TrainingRun::resume(const RunFolder& from) {
  position_ = load_checkpoint(from.checkpoint(), model_->parameters(), adam_);
  position_.sums.resize(kTerms.size(), 0);  // from a version with fewer terms
  for (const std::string& line : position_.history)
    if (const auto epoch = nlohmann::json::parse(line); epoch.at("validation").is_number())
      stopping_.add(epoch["validation"].get<double>());
}

/// For a model that is complete at the start.
void TrainingRun::finish_at_start() {
  position_.epoch = options_.train.epochs;
  position_.best_epoch = 0;
  position_.best_score = 0;
  position_.best_weights = weights_;
}

// ---- steps ----

LossValue TrainingRun::step() {
  if (!epoch_) begin_epoch();
  const Batch& batch = epoch_->batches[static_cast<std::size_t>(position_.step)];
  if (first_step_ == Clock::time_point{}) first_step_ = Clock::now();
  take_step(batch);
  cells_ += std::ssize(batch.cells);
  ++position_.step;
  const bool last = position_.step == std::ssize(epoch_->batches);
  if (device_step_ && (n_unread_ == kStepsUnread || last)) read_device();
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

void TrainingRun::keep_cells_on_disk() {
  backed_ = backed_sizes(data_.screen, data_.split, options_.batches);
  feeder_ = std::make_unique<RowFeeder>(*data_.screen.packed,
                                        backed_.controls_stay
                                            ? cells_in_fold(data_.screen.regimes.front(), data_.split, Fold::train)
                                            : std::vector<std::int64_t>());
  const auto in_mb = [](std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  log::info("cells stay on disk in {}; two windows of {:.1f} MB, pieces of {} cells; control cells {}",
            data_.screen.packed->path().string(), in_mb(backed_.window_bytes), backed_.piece_cells,
            backed_.controls_stay ? fmt::format("are held ({:.1f} MB)", in_mb(backed_.control_bytes))
                                  : "do not fit: those beside the cells of a window are drawn from some of them, anew "
                                    "for each window");
}

/// The input with a regime's targets, which stay on the host.
ModelInput TrainingRun::aimed(ModelInput input, std::int32_t regime, double tau) const {
  input.targets = target_tensors(data_.screen.regimes[static_cast<std::size_t>(regime)].targets, data_,
                                 model_->parameters().options().device(at::kCPU));
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
  lap_began_ = Clock::now();
}

/// Adds the time since the last call to the epoch's.
void TrainingRun::lap() {
  const auto now = Clock::now();
  position_.seconds += std::chrono::duration<double>(now - lap_began_).count();
  lap_began_ = now;
}

/// Whether steps run asynchronously on a device.
bool TrainingRun::on_device() const {
  return model_->trains() && options_.train.device != "cpu" && options_.train.generate_from == "posterior" &&
         !options_.batches.backed;
}

/// Adds what the device has summed up since the last call.
void TrainingRun::read_device() {
  const Batch& batch = epoch_->batches[static_cast<std::size_t>(position_.step - 1)];
  const std::vector<double> sums = device_step_->take_sums();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    position_.sums[i] += sums[i];
    newest_[i] = sums[i] / static_cast<double>(n_unread_);
  }
  n_unread_ = 0;
  check_finite(newest_, batch);
}

void TrainingRun::take(const LossValue& values, const Batch& batch) {
  check_finite(values, batch);
  for (std::size_t i = 0; i < values.size(); ++i) position_.sums[i] += values[i];
  newest_ = values;
}

/// The inputs of a step. Random streams are (seed, name, epoch, step): independent of thread count and resuming.
StepBatch TrainingRun::make_step(const Batch& batch, std::int64_t step, double tau) {
  const Random random(seed(), "noise", static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(step));
  ModelInput input = aimed(control_features(*model_, data_, options_.model, batch.controls, random), batch.regime, tau);
  input.dropout = draw_dropout(step);
  return {std::move(input),
          feeder_ ? feeder_->rows_of(step) : BatchRows{data_.screen.rows(), batch.controls, batch.cells}};
}

void TrainingRun::take_step(const Batch& batch) {
  auto [input, rows] = step_feeder_.take(position_.step);
  if (engine_) return take(values_of(engine_->step(input, rows, schedule_)), batch);
  if (device_step_) {
    ++n_unread_;
    return device_step_->run(input, rows, schedule_);
  }
  input.x = cells_tensor(rows.rows, rows.controls, model_->parameters().options());
  input = beside_weights(std::move(input), *model_);
  const Tensor y = cells_tensor(rows.rows, rows.cells, model_->parameters().options());
  ModelOutput output = model_->forward(input);
  if (options_.train.generate_from == "prior") output.y_hat = generate(input, schedule_.tau);
  const LossTerms terms = objective(*model_, output, input.x, y, schedule_, objective_);
  take(values_of(terms), batch);
  adam_.step(torch_compat::gradients(terms.total, weights_));
}

Tensor TrainingRun::draw_dropout(std::int64_t step) const {
  if (model_->n_dropout() == 0) return {};
  Random random(seed(), "dropout", static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(step));
  Tensor numbers = at::empty({model_->n_dropout()}, at::TensorOptions().dtype(at::kDouble));
  std::generate_n(numbers.data_ptr<double>(), numbers.numel(), [&] { return random.uniform(); });
  return numbers;
}

/// Cells of the regime from latents of the prior: D(u), u of z = ε, with the observation noise of a Gaussian
/// likelihood, the numbers of the stream (seed, "observation", epoch, step).
Tensor TrainingRun::generate(const ModelInput& input, double tau) const {
  const Tensor cells = model_->decode(model_->latents(input.epsilon, input.targets, tau, input.dropout));
  const Tensor& log_variance = model_->log_variance();
  Tensor generated = cells;
  if (log_variance.defined()) {
    Random random(seed(), "observation", static_cast<std::uint64_t>(position_.epoch),
                  static_cast<std::uint64_t>(position_.step));
    generated = cells + at::exp(0.5 * log_variance) * normal_tensor(cells.sizes().vec(), random, cells.options());
  }
  return options_.model.value_range == "nonnegative" ? at::clamp_min(generated, 0) : generated;
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
  throw NumericalError({.place = fmt::format("epoch {} step {} (regime {})", position_.epoch, position_.step,
                                             data_.screen.regimes[static_cast<std::size_t>(batch.regime)].label),
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
        beside_weights(aimed(control_input(*model_, data_, options_.model, set.controls, random), set.regime, tau),
                       *model_);
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
  if (engine_) engine_->store();
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
  engine_.reset();  // it holds the last ones
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
  if (n_unread_ > 0) read_device();
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
