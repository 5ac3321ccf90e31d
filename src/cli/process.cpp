#include "cli/process.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace gracevae::cli {

namespace {

/// How often a thread looks whether there is work before it sleeps: about as long as the pauses within a step.
constexpr const char* kSpins = "4000";

volatile std::sig_atomic_t received = 0;
int signal_pipe[2] = {-1, -1};

void on_signal(int signal) {
  if (received != 0) std::_Exit(128 + signal);
  received = signal;
  const char byte = 0;
  if (::write(signal_pipe[1], &byte, 1) < 0) std::_Exit(128 + signal);
}

}  // namespace

void restart_with_environment(char** argv) {
  bool changed = false;
  const auto set = [&](const char* name, const char* value) { changed |= ::setenv(name, value, 1) == 0; };
  if (!std::getenv("OMP_WAIT_POLICY") && !std::getenv("GOMP_SPINCOUNT")) {
    set("OMP_WAIT_POLICY", "passive");
    set("GOMP_SPINCOUNT", kSpins);
  }
  if (!std::getenv("GLIBC_TUNABLES")) set("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
  if (!changed) return;
  std::error_code error;  // by its own path, so that lists of processes show its name
  ::execv(std::filesystem::read_symlink("/proc/self/exe", error).c_str(), argv);
  ::execv("/proc/self/exe", argv);  // another program is at that path now, or none
}

void end_with_parent() {
  constexpr const char* kParent = "GRACEVAE_PARENT";
  const char* const parent = std::getenv(kParent);
  if (!parent) return;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (std::to_string(::getppid()) != parent) ::_exit(1);  // it died before it could be watched
  ::unsetenv(kParent);
}

void keep_freed_memory() {
  // glibc gives the heap back and maps large blocks anew at every step: a million page faults in 200 steps.
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
}

void keep_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF)
      ::open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  std::signal(SIGPIPE, SIG_IGN);
}

void bound_memory() {
  auto bytes =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream container("/sys/fs/cgroup/memory.max");
  if (std::uint64_t most = 0; container >> most) bytes = std::min(bytes, most);  // "max" is no number
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0 || limit.rlim_cur <= bytes) return;
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_DATA, &limit);
}

std::stop_token stop_on_signals() {
  static std::stop_source source;
  if (::pipe2(signal_pipe, O_CLOEXEC) != 0)
    return source.get_token();  // signals end the program, as they do by default
  // A handler may not request a stop itself, which is not safe in a signal: it wakes this thread.
  std::thread([] {
    char byte = 0;
    while (::read(signal_pipe[0], &byte, 1) != 1) {
    }
    source.request_stop();
  }).detach();
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return source.get_token();
}

const char* signal_received() { return received == SIGINT ? "SIGINT" : received == SIGTERM ? "SIGTERM" : nullptr; }

}  // namespace gracevae::cli
