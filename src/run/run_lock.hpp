#pragma once
/// @file One process at a time that writes into a run folder.
#include <filesystem>

namespace gracevae::impl {

/// Holds a lock on the folder itself, without a file. A folder that is not there, or on a disk without such locks, is
/// not held. Released when the process ends, however it does.
/// @test tests/unit/run/run_lock_test.cpp
class RunLock {
 public:
  /// @throws IoError naming the process that is at work there
  explicit RunLock(const std::filesystem::path& run);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace gracevae::impl
