#include "base/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

int open_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0)
    throw IoError({.place = file.string(), .found = fmt::format("cannot be made: {}", std::strerror(errno))});
  return descriptor;
}

[[noreturn]] void throw_unlockable(const std::filesystem::path& file) {
  throw IoError({.place = file.string(), .found = fmt::format("cannot be locked: {}", std::strerror(errno))});
}

}  // namespace

std::optional<FileLock> FileLock::take(const std::filesystem::path& file) {
  FileLock lock(open_file(file));
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) throw_unlockable(file);
  return std::nullopt;
}

FileLock FileLock::wait(const std::filesystem::path& file) {
  FileLock lock(open_file(file));
  while (::flock(lock.descriptor_, LOCK_EX) != 0)
    if (errno != EINTR) throw_unlockable(file);
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace gracevae::impl
