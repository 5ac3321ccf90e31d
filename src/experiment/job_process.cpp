#include "experiment/job_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

/// Only calls that are safe between fork and exec in a program with threads.
[[noreturn]] void become(char* const* words, char* const* environment, int log, int keep_open, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died before it could be watched
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (keep_open >= 0) ::fcntl(keep_open, F_SETFD, 0);
  ::execve(words[0], words, environment);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(std::int64_t threads) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry; ++entry)
    if (std::strncmp(*entry, "OMP_NUM_THREADS=", 16) != 0) environment.emplace_back(*entry);
  if (threads > 0) environment.push_back(fmt::format("OMP_NUM_THREADS={}", threads));
  return environment;
}

}  // namespace

JobProcess::JobProcess(const std::vector<std::string>& words, const std::filesystem::path& log, std::int64_t threads,
                       int keep_open) {
  std::vector<std::string> copy = words, environment = environment_with(threads);
  const auto argument_pointers = pointers(copy), environment_pointers = pointers(environment);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) throw IoError(fmt::format("{}: cannot be written: {}", log.string(), std::strerror(errno)));
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(argument_pointers.data(), environment_pointers.data(), file, keep_open, parent);
  const int error = errno;
  ::close(file);
  if (pid_ < 0) throw IoError(fmt::format("no process can be made: {}", std::strerror(error)), "fewer --jobs");
}

std::optional<ProcessEnd> JobProcess::end() {
  int status = 0;
  rusage usage{};
  const pid_t ended = ::wait4(pid_, &status, WNOHANG, &usage);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  GRACEVAE_CHECK(ended == pid_, "nobody else waits for a job's process");
  return ProcessEnd{WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                    static_cast<std::int64_t>(usage.ru_maxrss) * 1024};
}

void JobProcess::stop() const { ::kill(pid_, SIGTERM); }

}  // namespace gracevae::impl
