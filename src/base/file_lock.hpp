#pragma once
/// @file A lock file that one process holds at a time.
#include <filesystem>
#include <optional>

namespace gracevae::impl {

/// Valid across machines that share the disk. Released when every process that inherited it has ended.
class FileLock {
 public:
  /// Returns nullopt if the lock is taken. Throws IoError if the file cannot be created.
  static std::optional<FileLock> take(const std::filesystem::path& file);
  /// Waits until the lock is free.
  static FileLock wait(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FileLock& operator=(FileLock&&) = delete;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();
  int descriptor() const { return descriptor_; }

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace gracevae::impl
