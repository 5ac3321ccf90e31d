#include "train/step_feeder.hpp"

#include <utility>

#include "base/runtime.hpp"

namespace gracevae::impl {

StepFeeder::StepFeeder(bool ahead) {
  if (ahead) thread_ = std::thread([this] { work(); });
}

StepFeeder::~StepFeeder() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StepFeeder::work() {
  set_threads(1);  // for this thread: LibTorch would start another team for it
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return wanted_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    try {
      made_ = make_(coming_);
    } catch (...) {
      error_ = std::current_exception();
    }
    lock.lock();
    wanted_ = false;
    changed_.notify_all();
  }
}

void StepFeeder::wait_until_made() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !wanted_; });
}

void StepFeeder::begin(std::int64_t end, Make make) {
  wait_until_made();
  error_ = nullptr;
  coming_ = -1;
  end_ = end;
  make_ = std::move(make);
}

StepBatch StepFeeder::take(std::int64_t step) {
  wait_until_made();
  if (coming_ != step) {
    error_ = nullptr;
    made_ = make_(step);
  }
  coming_ = -1;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  StepBatch batch = std::move(made_);
  if (thread_.joinable() && step + 1 < end_) {
    coming_ = step + 1;
    {
      const std::lock_guard lock(mutex_);
      wanted_ = true;
    }
    changed_.notify_all();
  }
  return batch;
}

}  // namespace gracevae::impl
