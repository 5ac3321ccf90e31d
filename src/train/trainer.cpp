#include "train/trainer.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/runtime.hpp"
#include "base/shell.hpp"
#include "screen/describe.hpp"
#include "screen/row_feeder.hpp"
#include "train/checkpoint.hpp"
#include "train/device_step.hpp"
#include "train/diagnostics.hpp"
#include "train/latents_file.hpp"
#include "train/objective.hpp"
#include "train/run_inputs.hpp"
#include "train/setup.hpp"
#include "train/sliced_engine.hpp"
#include "train/start.hpp"
#include "train/step_feeder.hpp"

namespace gracevae {

namespace {

constexpr std::array<const char*, 6> kTerms{"loss", "mmd",      "mse",
                                            "kl",   "sparsity", "smoothness"};  ///< order of Position::sums
using Values = std::array<double, kTerms.size()>;
constexpr std::int64_t kStepsUnread = 64;  // of a device, before its loss is looked at
constexpr std::chrono::milliseconds kShowEvery{50};

Values values_of(const LossTerms& terms) {
  return {terms.total.item<double>(), terms.mmd.item<double>(),      terms.mse.item<double>(),
          terms.kl.item<double>(),    terms.sparsity.item<double>(), terms.smoothness.item<double>()};
}
Values values_of(const LossValues& terms) {
  return {terms.total, terms.mmd, terms.mse, terms.kl, terms.sparsity, terms.smoothness};
}

/// Whether a run has the sliced engine; ConfigError where it is asked for and cannot be, or where bf16 needs it.
bool wants_sliced(const RunOptions& options) {
  const bool rounds = options.model.precision == "bf16";
  if (rounds && options.model.dtype != "float32")
    throw ConfigError("--precision is bf16, but --dtype is " + options.model.dtype, "leave one of them out");
  const std::string why_not = options.train.engine == "autograd" ? "--engine is autograd" : why_not_sliced(options);
  if (rounds && !why_not.empty())
    throw ConfigError("--precision is bf16, but " + why_not + ", and only the sliced engine has such products",
                      "leave --precision out");
  if (options.train.engine == "autograd") return false;
  if (options.train.engine == "sliced" && !why_not.empty())
    throw ConfigError("--engine is sliced, but " + why_not + ", which that engine cannot do",
                      "leave --engine out: it is then taken wherever it can be");
  log::info("engine: {}", why_not.empty() ? "sliced" + std::string(rounds ? ", products in bf16" : "")
                                          : "autograd, because " + why_not);
  return why_not.empty();
}

/// What options.toml keeps besides the options: whatever follows from them and the data, and where the run was made.
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

void warn_of_other_threads(const RunFolder& folder) {
  const int then = read_toml(folder.options()).value("/environment/threads"_json_pointer, 0);
  const int now = environment_record().at("threads").get<int>();
  if (then != now)
    log::warning("the run began with {} threads and goes on with {}: the last bits may differ", then, now);
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

class Trainer {
 public:
  Trainer(const TrainRequest& request, int n_threads)
      : options_(request.options), folder_(request.folder),
        data_(load_run_data(options_, request.resume ? folder_.split() : "")), model_(make_resolved_model()),
        weights_(model_->parameters().tensors()),
        adam_(model_->parameters(), {.learning_rate = options_.train.learning_rate, .clamp = options_.train.clamp}),
        steps_left_(request.stop_after_steps > 0 ? request.stop_after_steps : -1), step_feeder_(n_threads > 1) {
    options_.screen = resolved(options_.screen, data_.screen);
    log::info("labels: {}", data_.screen.labels_how);
    if (const auto text = unmeasured_text(data_.screen); !text.empty())
      log::warning("{}: they train all the same; a misspelt symbol would show here", text);
    if (!request.resume) check_start(options_, data_, *model_);
    if (options_.batches.backed && model_->trains()) keep_cells_on_disk();
    const bool sliced = model_->trains() && wants_sliced(options_);
    RegimeMoments moments;
    if (model_->trains()) {
      if (needs_moments(options_)) moments = regime_moments(data_);
      objective_ = objective_options(options_, moments);
    }
    if (!request.resume) {
      const InterruptGuard guard;
      position_.start = start_model(options_, data_, moments, *model_);
      data_.screen.release_rows();
    }
    if (request.resume) {
      warn_of_other_threads(folder_);
      position_ = load_checkpoint(folder_.checkpoint(), model_->parameters(), adam_);
      position_.sums.resize(kTerms.size(), 0);  // a run of a version with fewer terms
      if (position_.epoch >= options_.train.epochs)
        log::info("{} is finished: nothing is left to train", folder_.path.string());
      else
        log::info("resuming at epoch {} step {}", position_.epoch, position_.step);
    } else {
      nlohmann::ordered_json record = record_of(options_, data_, *model_);
      record["derived"]["mmd_sigma_used"] = objective_.mmd.sigma;
      if (!position_.start.values.empty()) record["start"] = position_.start.values;
      position_.sums.assign(kTerms.size(), 0);
      require_writable_folder(folder_.path);
      write_split(folder_.split(), data_.screen, data_.split);
      write_text(folder_.options(), to_toml(record));
    }
    if (sliced) engine_ = make_sliced_engine(options_.model, data_, *model_, objective_, adam_);
    if (on_device()) {
      device_step_.emplace(DeviceStep::Parts{*model_, adam_, objective_}, data_.screen.rows(),
                           free_device_memory() / 2);
      log::info("the screen is {} the device", device_step_->holds_rows() ? "on" : "too large for");
    }
    log::info("{} cells x {} genes, {} labels, {} latents, {} pathways; {} parameters", data_.screen.n_cells(),
              data_.shape.n_genes, data_.targets.size(), model_->shape().n_latents, data_.shape.n_pathways,
              model_->parameters().count());
  }

  void run() {
    const InterruptGuard guard;
    if (!model_->trains()) return finish_at_once();
    const std::int64_t n_steps = std::ssize(batches_of(0)->batches);
    if (n_steps == 0)
      throw InputError(options_.screen.file + ": no regime has a whole batch of " +
                           std::to_string(options_.batches.batch_size) + " training cells",
                       "lower --batch-size or give --fill-short");
    Progress progress("training", options_.train.epochs * n_steps, position_.epoch * n_steps + position_.step);
    progress_ = &progress;
    for (; position_.epoch < options_.train.epochs; ++position_.epoch) run_epoch(n_steps);
    progress.finish();
    finish();
  }

 private:
  std::unique_ptr<Model> make_resolved_model() {
    resolve_value_range(options_.model, data_.screen);
    return make_run_model(options_, data_);
  }

  std::uint64_t seed() const { return static_cast<std::uint64_t>(options_.train.seed); }

  std::shared_ptr<const WindowedBatches> batches_of(std::int64_t epoch) const {
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

  void keep_cells_on_disk() {
    backed_ = backed_sizes(data_.screen, data_.split, options_.batches);
    feeder_ = std::make_unique<RowFeeder>(*data_.screen.packed,
                                          backed_.controls_stay
                                              ? cells_in_fold(data_.screen.regimes.front(), data_.split, Fold::train)
                                              : std::vector<std::int64_t>());
    const auto in_mb = [](std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; };
    log::info("cells stay on disk in {}; two windows of {:.1f} MB, pieces of {} cells; control cells {}",
              data_.screen.packed->path().string(), in_mb(backed_.window_bytes), backed_.piece_cells,
              backed_.controls_stay
                  ? fmt::format("are held ({:.1f} MB)", in_mb(backed_.control_bytes))
                  : "do not fit: those beside the cells of a window are drawn from some of them, anew "
                    "for each window");
  }

  /// The input under a regime's targets, those on the host.
  ModelInput aimed(ModelInput input, std::int32_t regime, double tau) const {
    input.targets = target_tensors(data_.screen.regimes[static_cast<std::size_t>(regime)].targets, data_,
                                   model_->parameters().options().device(at::kCPU));
    input.tau = tau;
    return input;
  }

  void run_epoch(std::int64_t n_steps) {
    const Schedule schedule = schedule_at(position_.epoch, options_.train.epochs, schedule_options(options_.train));
    const std::shared_ptr<const WindowedBatches> epoch = batches_of(position_.epoch);
    const std::vector<Batch>& batches = epoch->batches;
    if (feeder_) feeder_->begin(epoch);
    step_feeder_.begin(std::ssize(batches), [this, epoch, tau = schedule.tau](std::int64_t step) {
      return make_step(epoch->batches[static_cast<std::size_t>(step)], step, tau);
    });
    adam_.set_learning_rate(learning_rate());
    auto started = std::chrono::steady_clock::now();
    const auto lap = [&] {
      const auto now = std::chrono::steady_clock::now();
      position_.seconds += std::chrono::duration<double>(now - started).count();
      started = now;
    };
    for (; position_.step < static_cast<std::int64_t>(batches.size()); ++position_.step) {
      if (interrupt_requested() || steps_left_ == 0) {
        if (n_unread_ > 0) read_device(batches[static_cast<std::size_t>(position_.step - 1)]);
        lap();
        stop();
      }
      --steps_left_;
      const Batch& batch = batches[static_cast<std::size_t>(position_.step)];
      step(batch, schedule);
      if (device_step_ && (n_unread_ == kStepsUnread || position_.step + 1 == std::ssize(batches))) read_device(batch);
      cells_ += static_cast<std::int64_t>(batches[static_cast<std::size_t>(position_.step)].cells.size());
      show_progress(n_steps, newest_);
    }
    lap();
    end_epoch(schedule, batches);
  }

  /// Whether steps are left to a device that is not waited for.
  bool on_device() const {
    return model_->trains() && options_.train.device != "cpu" && options_.train.generate_from == "posterior" &&
           !options_.batches.backed;
  }

  /// Adds what a device has summed up since it was asked last.
  void read_device(const Batch& batch) {
    const std::vector<double> sums = device_step_->take_sums();
    for (std::size_t i = 0; i < sums.size(); ++i) {
      position_.sums[i] += sums[i];
      newest_[i] = sums[i] / static_cast<double>(n_unread_);
    }
    n_unread_ = 0;
    check_finite(newest_, batch);
  }

  void take(const Values& values, const Batch& batch) {
    check_finite(values, batch);
    for (std::size_t i = 0; i < values.size(); ++i) position_.sums[i] += values[i];
    newest_ = values;
  }

  /// What the batch of a step brings along; the numbers of its streams (seed, name, epoch, step) are the same whatever
  /// the thread count, resumed or not.
  StepBatch make_step(const Batch& batch, std::int64_t step, double tau) {
    const Random random(seed(), "noise", static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(step));
    ModelInput input =
        aimed(control_features(*model_, data_, options_.model, batch.controls, random), batch.regime, tau);
    input.dropout = draw_dropout(step);
    return {std::move(input),
            feeder_ ? feeder_->rows_of(step) : BatchRows{data_.screen.rows(), batch.controls, batch.cells}};
  }

  void step(const Batch& batch, const Schedule& schedule) {
    auto [input, rows] = step_feeder_.take(position_.step);
    if (engine_) return take(values_of(engine_->step(input, rows, schedule)), batch);
    if (device_step_) {
      ++n_unread_;
      return device_step_->run(input, rows, schedule);
    }
    input.x = cells_tensor(rows.rows, rows.controls, model_->parameters().options());
    input = beside_weights(std::move(input), *model_);
    const Tensor y = cells_tensor(rows.rows, rows.cells, model_->parameters().options());
    ModelOutput output = model_->forward(input);
    if (options_.train.generate_from == "prior") output.y_hat = generate(input, schedule.tau);
    const LossTerms terms = objective(*model_, output, input.x, y, schedule, objective_);
    take(values_of(terms), batch);
    adam_.step(torch_compat::gradients(terms.total, weights_));
  }

  Tensor draw_dropout(std::int64_t step) const {
    if (model_->n_dropout() == 0) return {};
    Random random(seed(), "dropout", static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(step));
    Tensor numbers = at::empty({model_->n_dropout()}, at::TensorOptions().dtype(at::kDouble));
    std::generate_n(numbers.data_ptr<double>(), numbers.numel(), [&] { return random.uniform(); });
    return numbers;
  }

  /// Cells of the regime from latents of the prior: D(u), u of z = ε, with the observation noise of a Gaussian
  /// likelihood, the numbers of the stream (seed, "observation", epoch, step).
  Tensor generate(const ModelInput& input, double tau) const {
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

  double learning_rate() const {
    const double rate = options_.train.learning_rate;
    if (options_.train.learning_rate_decay == "none") return rate;
    return rate * 0.5 *
           (1 + std::cos(std::numbers::pi * static_cast<double>(position_.epoch) /
                         static_cast<double>(options_.train.epochs)));
  }

  void check_finite(const Values& values, const Batch& batch) const {
    if (std::isfinite(values[0])) return;
    std::string terms;
    for (std::size_t i = 1; i < values.size(); ++i)
      if (!std::isfinite(values[i]))
        terms += fmt::format("{}{} is {}", terms.empty() ? "" : ", ", kTerms[i], values[i]);
    throw NumericalError(fmt::format("epoch {} step {} (regime {}): the loss is {} ({})", position_.epoch,
                                     position_.step, data_.screen.regimes[static_cast<std::size_t>(batch.regime)].label,
                                     values[0],
                                     terms.empty() ? "every term is finite: their weighted sum overflows" : terms),
                         std::filesystem::exists(folder_.checkpoint())
                             ? "the last good state is " + folder_.checkpoint().string() +
                                   "; try a lower --learning-rate or --dtype float64"
                             : "try a lower --learning-rate or --dtype float64");
  }

  void show_progress(std::int64_t n_steps, const Values& values) {
    const auto now = std::chrono::steady_clock::now();
    if (first_step_ == std::chrono::steady_clock::time_point{}) first_step_ = now;
    if (now - shown_ < kShowEvery && position_.step + 1 < n_steps) return;
    shown_ = now;
    const double seconds = std::chrono::duration<double>(now - first_step_).count();
    progress_->update(position_.epoch * n_steps + position_.step + 1,
                      fmt::format("epoch {}  loss {:.4g}  mmd {:.4g}  mse {:.4g}  kl {:.3g}  {:.0f} cells/s",
                                  position_.epoch, values[0], values[1], values[2], values[3],
                                  seconds > 0 ? static_cast<double>(cells_) / seconds : 0.0));
  }

  /// Mean over regimes with validation cells of MMD² + MSE, all their cells as one set; nullopt when no cell validates.
  std::optional<double> validation_score(double tau) const {
    const at::NoGradGuard no_grad;
    BatchOptions whole;
    whole.batch_size = data_.screen.n_cells();
    whole.keep_short = true;
    double sum = 0;
    const auto sets =
        make_batches(data_.screen, data_.split, data_.pairs, whole, Random(seed(), "validation"), Fold::validation);
    for (const Batch& set : sets) {
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

  void end_epoch(const Schedule& schedule, const std::vector<Batch>& batches) {
    if (engine_) engine_->store();
    const auto n_steps = static_cast<std::int64_t>(batches.size());
    std::size_t n_cells = 0;
    for (const Batch& batch : batches) n_cells += batch.cells.size();
    const bool last = position_.epoch + 1 == options_.train.epochs;
    nlohmann::ordered_json line = {{"epoch", position_.epoch}, {"step", (position_.epoch + 1) * n_steps}};
    for (std::size_t i = 0; i < kTerms.size(); ++i) line[kTerms[i]] = position_.sums[i] / static_cast<double>(n_steps);
    line["alpha"] = schedule.alpha;
    line["beta"] = schedule.beta;
    line["tau"] = schedule.tau;
    line["seconds"] = position_.seconds;
    line["cells_per_second"] = position_.seconds > 0 ? static_cast<double>(n_cells) / position_.seconds : 0.0;
    line["validation"] = nullptr;
    if (last || (position_.epoch + 1) % options_.train.validate_every == 0) {
      const std::optional<double> score = validation_score(schedule.tau);
      if (score) line["validation"] = *score;
      keep_best(score ? *score : line["mmd"].get<double>() + line["mse"].get<double>());
      line["diagnostics"] = to_json(diagnose(*model_, data_, options_, schedule.tau, position_.start.graph));
      data_.screen.release_rows();
    }
    position_.history.push_back(line.dump());
    write_history();
    Position next = position_;
    next.epoch += 1;
    next.step = 0;
    next.seconds = 0;
    next.sums.assign(kTerms.size(), 0);
    if (last || (position_.epoch + 1) % options_.train.checkpoint_every == 0)
      save_checkpoint(folder_.checkpoint(), model_->parameters(), adam_, next);
    next.epoch -= 1;  // run() counts on
    position_ = std::move(next);
  }

  void keep_best(double score) {
    if (!(score < position_.best_score)) return;
    position_.best_score = score;
    position_.best_epoch = position_.epoch;
    position_.best_weights.clear();
    for (const Tensor& weight : weights_) position_.best_weights.push_back(weight.detach().clone());
  }

  void write_history() const {
    std::string text;
    for (const auto& line : position_.history) text += line + "\n";
    write_text(folder_.history(), text);
  }

  [[noreturn]] void stop() {
    progress_->finish();
    if (engine_) engine_->store();
    save_checkpoint(folder_.checkpoint(), model_->parameters(), adam_, position_);
    throw Interrupted(fmt::format("{} at epoch {} step {}: everything is saved in {}",
                                  interrupt_requested() ? interrupt_name() : "stopped", position_.epoch, position_.step,
                                  folder_.path.string()),
                      "go on with: gracevae train --resume -o " + shell_word(folder_.path.string()));
  }

  void write_model(const std::filesystem::path& file, const std::vector<Tensor>& weights, std::int64_t epoch) const {
    SafeTensors content;
    store_tensors(content, "", model_->parameters(), weights);
    content.metadata = {{"format", "gracevae-model/1"},
                        {"model", options_.model.model},
                        {"epoch", std::to_string(epoch)},
                        {"targets", nlohmann::json(data_.targets).dump()}};
    write_safetensors(file, content);
  }

  /// A shift model is all there at the start.
  void finish_at_once() {
    position_.epoch = options_.train.epochs;
    position_.best_epoch = 0;
    position_.best_score = 0;
    position_.best_weights = weights_;
    write_history();
    save_checkpoint(folder_.checkpoint(), model_->parameters(), adam_, position_);
    finish();
  }

  void finish() {
    write_model(folder_.model(), weights_, options_.train.epochs - 1);
    if (position_.best_epoch >= 0) write_model(folder_.best_model(), position_.best_weights, position_.best_epoch);
    std::optional<Diagnostics> diagnostics;
    if (model_->trains())
      diagnostics = diagnose(*model_, data_, options_, final_tau(options_.train), position_.start.graph);
    write_latents(folder_.latents(), *model_, options_, data_, diagnostics, position_.start);
    if (diagnostics) {
      log::info("{}", to_text(*diagnostics));
      for (const auto& warning : warnings_of(*diagnostics)) log::warning("{}", warning);
    }
    log::info("peak memory {:.0f} MB; best model of epoch {}; wrote {}", static_cast<double>(peak_memory()) / 1e6,
              position_.best_epoch, folder_.path.string());
  }

  RunOptions options_;
  RunFolder folder_;
  RunData data_;
  std::unique_ptr<Model> model_;
  std::vector<Tensor> weights_;
  Adam adam_;
  ObjectiveOptions objective_;
  std::unique_ptr<SlicedEngine> engine_;   // none: autograd
  std::optional<DeviceStep> device_step_;  // autograd on a device
  std::int64_t n_unread_ = 0;              // steps of it whose loss was not looked at
  Values newest_{};                        // loss terms, of the newest step that was looked at or mean of several
  BackedSizes backed_;
  std::unique_ptr<RowFeeder> feeder_;  // none: cells are in memory
  Position position_;
  Progress* progress_ = nullptr;
  std::int64_t cells_ = 0;
  std::int64_t steps_left_;  ///< until the asked stop; negative: none was asked for
  std::chrono::steady_clock::time_point first_step_{}, shown_{};
  StepFeeder step_feeder_;  // last: what its thread reads is there until it ends
};

}  // namespace

void train(const TrainRequest& request) {
  const int n_threads = set_threads(static_cast<int>(request.options.train.threads));
  torch_compat::set_threads(n_threads);
  if (!request.resume && std::filesystem::exists(request.folder.options()))
    throw ConfigError(request.folder.path.string() + ": holds a run already",
                      "choose another --output, go on with --resume, or remove the folder");
  if (request.resume) check_inputs_unchanged(request.options, request.folder);
  TrainRequest placed = request;
  std::string& packed = placed.options.screen.packed;
  if (placed.options.batches.backed && packed.empty())
    packed = std::filesystem::absolute(request.folder.path / "packed").lexically_normal().string();
  Trainer(placed, n_threads).run();
}

}  // namespace gracevae
