#pragma once
/// @file A file that only one process at a time holds.
#include <filesystem>
#include <optional>

namespace gracevae::impl {

/// Held on this machine or on another that shares the disk; the lock goes when all who inherited it are gone.
class FileLock {
 public:
  /// Nothing when another holds it. IoError when the file cannot be made.
  static std::optional<FileLock> take(const std::filesystem::path& file);
  /// Waits for whoever holds it.
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
