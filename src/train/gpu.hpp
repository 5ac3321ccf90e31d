#pragma once
/// @file What LibTorch's own interface does not have of a GPU: work that is recorded once and played again in one
/// launch (CUDA graphs), and how much memory is free.
#include <cstdint>
#include <functional>
#include <memory>

namespace gracevae::impl {

class RecordedWork {
 public:
  virtual ~RecordedWork() = default;
  /// Starts all of it; returns at once.
  virtual void play() = 0;
};

/// While it lives, this thread gives its work to a stream on which it can be recorded.
class RecordingStream {
 public:
  virtual ~RecordingStream() = default;
  /// Records what `work` asks of the device, without doing it. Whatever it reads and writes must stay where it is as
  /// long as the recording lives.
  virtual std::unique_ptr<RecordedWork> record(const std::function<void()>& work) = 0;
};

/// nullptr where this build has no CUDA.
std::unique_ptr<RecordingStream> make_recording_stream();

/// Bytes that nothing holds on the current device; 0 where this build has no CUDA.
std::int64_t free_device_memory();

}  // namespace gracevae::impl
