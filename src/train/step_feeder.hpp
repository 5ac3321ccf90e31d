#pragma once
/// @file What a step of training reads, made while the step before it runs.
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "model/model.hpp"
#include "screen/batches.hpp"

namespace gracevae::impl {

/// What a step reads besides the weights.
struct StepBatch {
  ModelInput input;  ///< on the host, without x
  BatchRows rows;
};

/// Gives the batches of an epoch's steps, in their order from any step on. With `ahead` a thread makes the next one
/// while one is in use. A batch must follow from the number of its step alone, its random streams too: then one that
/// was made and not used leaves no trace, in a checkpoint or anywhere. Errors of making one come out of take.
/// @test tests/unit/train/step_feeder_test.cpp
class StepFeeder {
 public:
  /// Called for one step at a time, by the thread of this class or by that of take.
  using Make = std::function<StepBatch(std::int64_t step)>;

  explicit StepFeeder(bool ahead);
  ~StepFeeder();
  StepFeeder(const StepFeeder&) = delete;
  StepFeeder& operator=(const StepFeeder&) = delete;

  /// The steps of an epoch end before `end`. What `make` refers to must stay until the next call.
  void begin(std::int64_t end, Make make);
  StepBatch take(std::int64_t step);

 private:
  void work();
  void wait_until_made();

  Make make_;
  std::int64_t end_ = 0, coming_ = -1;  ///< coming: the step whose batch is being made, −1: none
  StepBatch made_;
  std::exception_ptr error_;
  bool wanted_ = false, stopping_ = false;  ///< what the thread is told, under the mutex
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace gracevae::impl
