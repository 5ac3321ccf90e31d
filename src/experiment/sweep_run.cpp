#include "experiment/sweep_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <fstream>
#include <list>
#include <thread>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "experiment/job_process.hpp"
#include "experiment/sweep_board.hpp"
#include "screen/packed_screen.hpp"

namespace gracevae::impl {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{20}, kRedraw{500};
constexpr int kInterruptedCode = 130;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string config_text(SweepJob job) {
  OptionTable table;
  job.run.options.run.bind(table);
  return to_toml(table.to_json());
}

std::vector<std::string> train_words(const fs::path& program, const SweepJob& job, bool resume) {
  std::vector<std::string> words{program.string(), "train", "-o", job.folder.string()};
  if (resume)
    words.emplace_back("--resume");
  else
    words.insert(words.end(), {"--config", RunFolder{job.folder}.config().string()});
  return words;
}

std::vector<std::string> evaluate_words(const fs::path& program, SweepJob job) {
  std::vector<std::string> words{program.string(), "evaluate", job.folder.string()};
  OptionTable table;
  job.run.options.evaluate.bind(table);
  for (const Option& option : table.options()) words.push_back(option.flag() + "=" + value_text(option.value()));
  return words;
}

/// Empties a job's folder but for its lock and lays its options down, or leaves it as it is where training can go on
/// from there. Returns whether it can.
bool prepare_folder(const SweepJob& job) {
  const RunFolder files{job.folder};
  const std::string config = config_text(job);
  const bool resume =
      fs::exists(files.checkpoint()) && fs::exists(files.config()) && read_text(files.config()) == config;
  fs::remove(files.failed());
  if (resume) return true;
  for (const auto& entry : fs::directory_iterator(job.folder))
    if (entry.path() != files.lock()) fs::remove_all(entry.path());
  write_text(files.config(), config);
  return false;
}

/// A job that runs: first training, then scoring.
struct Running {
  const SweepJob* job;
  FileLock lock;
  bool resumed;
  bool scoring = false;
  JobProcess process;
  std::uintmax_t log_start;  ///< where this program's words begin
  std::int64_t peak_bytes = 0;
  Clock::time_point start = Clock::now();
};

std::uintmax_t log_size(const SweepJob& job) {
  std::error_code none;
  const auto size = fs::file_size(RunFolder{job.folder}.log(), none);
  return none ? 0 : size;
}

std::int64_t n_jobs_of(const SweepPlan& plan, const TaskPart& part) {
  std::int64_t n = 0;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) n += part.holds(i);
  return n;
}

class SweepRunner {
 public:
  SweepRunner(const SweepPlan& plan, const TaskPart& part, std::int64_t n_jobs, fs::path program)
      : plan_(plan), n_jobs_(n_jobs), program_(std::move(program)), progress_("sweep", n_jobs_of(plan, part)) {
    for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
      if (!part.holds(i)) continue;
      ++state_.n_total;
      if (status_of(plan.jobs[i]).state == JobState::finished)
        ++state_.n_found;
      else
        waiting_.push_back(&plan.jobs[i]);
    }
    state_.n_finished = state_.n_found;
  }

  SweepOutcome run() {
    if (waiting_.size() > 1) share_screen();
    while (!waiting_.empty() || !running_.empty()) {
      if (interrupt_requested() && !stopping_) stop_all();
      if (stopping_ && running_.empty()) break;
      while (!stopping_ && std::ssize(running_) < n_jobs_ && start_next()) {
      }
      running_.remove_if([this](Running& running) { return !step(running); });
      show();
      std::this_thread::sleep_for(kPoll);
    }
    state_.running.clear();
    state_.seconds = seconds_since(start_);
    drop_shared_screen();
    if (stopping_)
      throw Interrupted(fmt::format("stopped: {}; everything is saved in {}", headline(state_), plan_.folder.string()),
                        "the same command goes on from here");
    return {state_.n_finished, state_.n_found, state_.failed, state_.seconds};
  }

 private:
  /// One copy of the screen's values for all runs, mapped by each: they neither read the file again nor hold it twice.
  void share_screen() const {
    const RunOptions& run = plan_.jobs.front().run.options.run;
    const ScreenOptions screen = with_names_of(run.network, run.screen);
    CellSource source = open_screen(screen);
    const UnreadScreen names = read_screen_names(source, screen);
    packed_rows(names, source, screen, MissingPack::make);
  }

  /// When nobody needs it any more. Backed runs do: it is where their cells are.
  void drop_shared_screen() const {
    const RunOptions& run = plan_.jobs.front().run.options.run;
    const fs::path shared = SweepFolder{fs::absolute(plan_.folder)}.packed();
    const bool ours = fs::path(run.screen.packed) == shared.lexically_normal();
    const bool done = std::all_of(plan_.jobs.begin(), plan_.jobs.end(),
                                  [](const SweepJob& job) { return status_of(job).state == JobState::finished; });
    if (ours && done && !run.batches.backed) fs::remove_all(shared);
  }

  /// Starts the first waiting job that no other sweep holds; one that another has finished meanwhile is counted.
  bool start_next() {
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      const SweepJob& job = **it;
      fs::create_directories(job.folder);
      std::optional<FileLock> lock = FileLock::take(RunFolder{job.folder}.lock());
      if (!lock) continue;
      waiting_.erase(it);
      if (status_of(job).state == JobState::finished) {
        ++state_.n_finished;
        ++state_.n_found;
      } else {
        start(job, std::move(*lock));
      }
      return true;
    }
    return false;
  }

  void start(const SweepJob& job, FileLock lock) {
    const bool resume = prepare_folder(job);
    const std::uintmax_t begin = log_size(job);
    JobProcess process(train_words(program_, job, resume), RunFolder{job.folder}.log(), threads_of(job),
                       lock.descriptor());
    running_.push_back({&job, std::move(lock), resume, false, process, begin});
    say(fmt::format("{}: {}", job.run.title(), resume ? "goes on" : "begins"));
  }

  static std::int64_t threads_of(const SweepJob& job) { return job.run.options.run.train.threads; }

  /// Looks after a running job; false when it is over.
  bool step(Running& running) {
    const auto end = running.process.end();
    if (!end) return true;
    running.peak_bytes = std::max(running.peak_bytes, end->peak_bytes);
    const bool good = end->signal == 0 && end->code == 0;
    if (good && !running.scoring && !stopping_) {
      running.scoring = true;
      running.log_start = log_size(*running.job);
      running.process = JobProcess(evaluate_words(program_, *running.job), RunFolder{running.job->folder}.log(),
                                   threads_of(*running.job), running.lock.descriptor());
      return true;
    }
    if (good && running.scoring)
      finish(running);
    else if (!stopping_)
      fail(running, *end);
    return false;
  }

  void finish(const Running& running) {
    const RunFolder folder{running.job->folder};
    fs::remove(folder.checkpoint());
    if (!plan_.options.keep_predictions) fs::remove(folder.predictions());
    const double seconds = seconds_since(running.start);
    write_text(folder.finished(), Json{{"format", kFinishedFormat},
                                       {"key", running.job->key},
                                       {"seconds", seconds},
                                       {"resumed", running.resumed},
                                       {"peak_memory_bytes", running.peak_bytes}}
                                          .dump(1) +
                                      "\n");
    ++state_.n_finished;
    say(fmt::format("{}: finished in {} ({} of {})", running.job->run.title(), duration_text(seconds),
                    state_.n_finished, state_.n_total));
  }

  void fail(const Running& running, const ProcessEnd& end) {
    const std::string log = read_text(RunFolder{running.job->folder}.log());
    std::string reason = last_words(log.substr(std::min<std::size_t>(running.log_start, log.size())));
    if (end.signal != 0)
      reason = fmt::format("ended by signal {} ({}){}{}", end.signal, ::strsignal(end.signal),
                           reason.empty() ? "" : ", after: ", reason);
    else if (end.code == kInterruptedCode)
      reason = "stopped from outside: " + reason;
    write_text(RunFolder{running.job->folder}.failed(), Json{{"format", kFailedFormat},
                                                             {"key", running.job->key},
                                                             {"stage", running.scoring ? "evaluate" : "train"},
                                                             {"exit_code", end.code},
                                                             {"signal", end.signal},
                                                             {"reason", reason}}
                                                                .dump(1) +
                                                            "\n");
    state_.failed.push_back(running.job->run.title() + ": " + reason);
    say(fmt::format("{}: failed: {}", running.job->run.title(), reason));
  }

  void stop_all() {
    stopping_ = true;
    say(fmt::format("stopping: {} runs save and end", running_.size()));
    for (const Running& running : running_) running.process.stop();
  }

  void show() {
    if (Clock::now() - last_draw_ < kRedraw) return;
    last_draw_ = Clock::now();
    state_.seconds = seconds_since(start_);
    state_.running.clear();
    for (const Running& running : running_)
      state_.running.push_back({running.job->run.title(), running.scoring ? "scoring" : epoch_text(*running.job),
                                seconds_since(running.start)});
    progress_.update(state_.n_finished + std::ssize(state_.failed), board_text(state_));
  }

  static void say(const std::string& event) { log::info("{}", event); }

  static std::string epoch_text(const SweepJob& job) {
    std::ifstream history(RunFolder{job.folder}.history());
    const auto n = std::count(std::istreambuf_iterator<char>(history), std::istreambuf_iterator<char>(), '\n');
    const std::int64_t most = job.run.options.run.train.epochs;  // 0: the run itself will know
    return most > 0 ? fmt::format("epoch {} of {}", n, most) : fmt::format("epoch {}", n);
  }

  const SweepPlan& plan_;
  std::int64_t n_jobs_;
  fs::path program_;
  std::deque<const SweepJob*> waiting_;
  std::list<Running> running_;
  SweepState state_;
  Progress progress_;
  bool stopping_ = false;
  Clock::time_point start_ = Clock::now(), last_draw_{};
};

}  // namespace

std::string last_words(const std::string& log) {
  std::string text = log.substr(0, log.find_last_not_of(" \n") + 1);
  const std::size_t error = text.rfind("\ngracevae: ");
  if (error != text.npos)
    text = text.substr(error + 11);
  else if (text.starts_with("gracevae: "))
    text = text.substr(10);
  else
    text = text.substr(text.rfind('\n') + 1);
  return text.starts_with("error: ") ? text.substr(7) : text;
}

SweepOutcome run_sweep(const SweepPlan& plan, const TaskPart& part, std::int64_t n_jobs,
                       const std::filesystem::path& program) {
  return SweepRunner(plan, part, n_jobs, program).run();
}

}  // namespace gracevae::impl
