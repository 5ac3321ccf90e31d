#pragma once
/// @file Prepares the input of a training step while the step before it runs.
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "train/training_step.hpp"

namespace gracevae::impl {

/// Gives the batches of an epoch's steps in order, from any step on. With `ahead` a thread makes the next one in the
/// meantime. A batch, with its random streams, must depend on its step's number only, so that an unused one has no
/// effect. take rethrows errors of make.
/// @test tests/unit/train/step_feeder_test.cpp
class StepFeeder {
 public:
  /// Called for one step at a time, on this class's thread or the caller's of take.
  using Make = std::function<StepBatch(std::int64_t step)>;

  explicit StepFeeder(bool ahead);
  ~StepFeeder();
  StepFeeder(const StepFeeder&) = delete;
  StepFeeder& operator=(const StepFeeder&) = delete;

  /// Steps of the epoch end before `end`. What `make` refers to must stay valid until the next call.
  void begin(std::int64_t end, Make make);
  StepBatch take(std::int64_t step);

 private:
  void work();
  void wait_until_made();

  Make make_;
  std::int64_t end_ = 0, coming_ = -1;  ///< coming: the step whose batch is being made, −1: none
  StepBatch made_;
  std::exception_ptr error_;
  bool wanted_ = false, stopping_ = false;  ///< set for the thread, under the mutex
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace gracevae::impl
