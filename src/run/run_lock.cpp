#include "run/run_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

#include "base/error.hpp"
#include "base/plain_text.hpp"

namespace gracevae::impl {

namespace {

/// The process that holds a lock on this inode, 0 if it is not known (it is on another machine, or in a container).
pid_t holder_of(ino_t inode) {
  std::ifstream locks("/proc/locks");  // "1: FLOCK ADVISORY WRITE 1234 fe:00:5678 0 EOF"
  const std::string end = fmt::format(":{}", inode);
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, how, access, file;
    pid_t pid = 0;
    if (words >> number >> kind >> how >> access >> pid >> file && kind == "FLOCK" && file.ends_with(end)) return pid;
  }
  return 0;
}

/// "process 1234 (gracevae train -o run)"
std::string name_of(pid_t pid) {
  if (pid <= 0) return "another process, here or on another machine,";
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid));
  std::string words((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (words.ends_with('\0')) words.pop_back();
  std::replace(words.begin(), words.end(), '\0', ' ');
  return fmt::format("process {} ({})", pid, escaped_text(words));
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& run)
    : descriptor_(::open(run.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  struct stat folder {};
  ::fstat(descriptor_, &folder);
  ::close(descriptor_);
  throw IoError({.place = run.string(),
                 .found = fmt::format("{} is at work in this folder", name_of(holder_of(folder.st_ino)))},
                "wait until it has ended, or take another folder");
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace gracevae::impl
