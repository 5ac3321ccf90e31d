#include "train/trainer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/runtime.hpp"
#include "run/run_lock.hpp"
#include "train/run_inputs.hpp"
#include "train/training_run.hpp"

namespace gracevae::impl {

namespace {

constexpr std::chrono::milliseconds kShowEvery{50};

void warn_of_other_threads(const RunFolder& folder) {
  const nlohmann::json record = read_toml(folder.options()), now = environment_record().at("threads");
  const auto threads = "/environment/threads"_json_pointer;
  const nlohmann::json then = record.contains(threads) ? record.at(threads) : nlohmann::json();
  if (then != now)
    log::warning("the run began with {} threads and goes on with {}: the last bits may differ", then.dump(),
                 now.dump());
}

/// The loop of `gracevae train`: progress, checkpoints, interruption.
class Loop {
 public:
  Loop(TrainingRun& run, const RunFolder& folder, std::int64_t stop_after_steps)
      : run_(run), folder_(folder), steps_left_(stop_after_steps > 0 ? stop_after_steps : -1) {}

  void go() {
    const std::int64_t n_steps = run_.steps_per_epoch(), every = run_.options().train.checkpoint_every;
    const std::int64_t n_all = run_.options().train.epochs * n_steps;
    const auto n_done = [&] {
      return run_.finished() ? n_all : run_.position().epoch * n_steps + run_.position().step;
    };
    Progress progress(run_.options().train.early_stopping ? "training, at most" : "training", n_all, n_done());
    while (!run_.finished()) {
      if (interrupt_requested() || steps_left_ == 0) stop();
      --steps_left_;
      const std::int64_t epoch = run_.position().epoch;
      const LossValue loss = run_.step();
      const bool ended = run_.position().epoch > epoch;
      show(progress, n_done(), epoch, loss, ended);
      if (!ended) continue;
      run_.write_history(folder_);
      if (run_.finished() || run_.position().epoch % every == 0) run_.write_checkpoint(folder_);
    }
  }

 private:
  void show(Progress& progress, std::int64_t n_done, std::int64_t epoch, const LossValue& loss, bool ended) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < kShowEvery && !ended) return;
    shown_ = now;
    progress.update(n_done, fmt::format("epoch {}  loss {:.4g}  mmd {:.4g}  mse {:.4g}  kl {:.3g}  {:.0f} cells/s",
                                        epoch, loss[0], loss[1], loss[2], loss[3], run_.cells_per_second()));
  }

  [[noreturn]] void stop() {
    run_.write_checkpoint(folder_);
    throw Interrupted({.place = folder_.path.string(),
                       .found = fmt::format("stopped at epoch {} step {}, everything is saved", run_.position().epoch,
                                            run_.position().step)},
                      "the run can be resumed from there");
  }

  TrainingRun& run_;
  const RunFolder& folder_;
  std::int64_t steps_left_;  ///< until stop_after_steps; negative: no limit
  std::chrono::steady_clock::time_point shown_{};
};

void require_no_run(const RunFolder& folder) {
  if (std::filesystem::exists(folder.options()))
    throw ConfigError({.place = folder.path.string(), .found = "holds a run already"},
                      "choose another folder, go on with it (gracevae train --resume), or remove it");
}

/// `lock`: taken where the folder is made.
std::unique_ptr<TrainingRun> make_run(const TrainRequest& request, int n_threads, std::optional<RunLock>& lock) {
  RunOptions options = request.options;
  const RunFolder& folder = request.folder;
  if (options.batches.backed && options.screen.packed.empty())
    options.screen.packed = std::filesystem::absolute(folder.packed()).lexically_normal().string();
  RunData data = load_run_data(options, request.resume ? folder.split() : "");
  if (!request.resume) {
    auto run = std::make_unique<TrainingRun>(begin_run(options, std::move(data)), n_threads);
    require_writable_folder(folder.path);
    if (!lock) lock.emplace(folder.path);
    require_no_run(folder);  // another may have begun meanwhile
    run->write_start(folder);
    return run;
  }
  auto run = std::make_unique<TrainingRun>(resume_run(options, std::move(data), folder), n_threads);
  warn_of_other_threads(folder);
  if (run->finished())
    log::info("{} is finished: nothing is left to train", folder.path.string());
  else
    log::info("resuming at epoch {} step {}", run->position().epoch, run->position().step);
  return run;
}

}  // namespace

void train(const TrainRequest& request) {
  const int n_threads = set_threads(static_cast<int>(request.options.train.threads));
  torch_compat::set_threads(n_threads);
  const RunFolder& folder = request.folder;
  std::optional<RunLock> lock;
  if (std::filesystem::is_directory(folder.path)) lock.emplace(folder.path);
  if (!request.resume) require_no_run(folder);
  if (request.resume) check_inputs_unchanged(request.options, folder);
  const std::unique_ptr<TrainingRun> run = make_run(request, n_threads, lock);
  try {
    Loop(*run, folder, request.stop_after_steps).go();
  } catch (const NumericalError& error) {
    if (!std::filesystem::exists(folder.checkpoint())) throw;
    throw NumericalError(error.message(),
                         "the last good state is " + folder.checkpoint().string() + "; " + error.hint());
  }
  if (!run->trains()) {
    run->write_history(folder);
    run->write_checkpoint(folder);
  }
  run->write_result(folder);
}

}  // namespace gracevae::impl
