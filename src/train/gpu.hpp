#pragma once
/// @file GPU features beyond LibTorch's tensors: work that is recorded once and replayed in one launch (CUDA graphs),
/// and the amount of free memory.
#include <cstdint>
#include <functional>
#include <memory>

namespace gracevae::impl {

class RecordedWork {
 public:
  virtual ~RecordedWork() = default;
  /// Launches the recorded work; returns at once.
  virtual void play() = 0;
};

/// While it lives, this thread's work goes to a stream that can be recorded.
class RecordingStream {
 public:
  virtual ~RecordingStream() = default;
  /// Records the device work of `work` without running it. Memory that it uses must stay valid as long as the
  /// recording.
  virtual std::unique_ptr<RecordedWork> record(const std::function<void()>& work) = 0;
};

/// nullptr if built without CUDA.
std::unique_ptr<RecordingStream> make_recording_stream();

/// Free memory of the current device, bytes; 0 if built without CUDA.
std::int64_t free_device_memory();

}  // namespace gracevae::impl
