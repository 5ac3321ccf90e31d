#include "io/child_process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

namespace gracevae::impl {

namespace {

constexpr rlim_t kSeconds = 20;

[[noreturn]] void run_and_leave(const std::function<bool()>& work) {
  const rlimit no_core{0, 0}, processor_time{kSeconds, kSeconds};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::setrlimit(RLIMIT_CPU, &processor_time);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT}) std::signal(signal, SIG_DFL);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  bool good = true;
  // A new thread has a heap of its own, with nothing behind it: what goes beyond its blocks does not go far.
  std::thread([&] {
    try {
      good = work();
    } catch (...) {
    }
  }).join();
  ::_exit(good ? 0 : 1);  // without the destructors and buffers that belong to the parent
}

}  // namespace

bool survives(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child < 0) return true;
  if (child == 0) run_and_leave(work);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return true;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace gracevae::impl
