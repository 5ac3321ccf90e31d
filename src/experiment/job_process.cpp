#include "experiment/job_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/error.hpp"
#include "base/start_process.hpp"

namespace gracevae::impl {

namespace {

constexpr const char* kParent = "GRACEVAE_PARENT";  // what the program's end_with_parent() reads

std::vector<std::string> environment_with(std::int64_t threads) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry; ++entry)
    if (std::strncmp(*entry, "OMP_NUM_THREADS=", 16) != 0) environment.emplace_back(*entry);
  if (threads > 0) environment.push_back(fmt::format("OMP_NUM_THREADS={}", threads));
  environment.push_back(fmt::format("{}={}", kParent, ::getpid()));
  return environment;
}

}  // namespace

JobProcess::JobProcess(const std::vector<std::string>& words, const std::filesystem::path& log, std::int64_t threads,
                       int keep_open) {
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0)
    throw IoError({.place = log.string(), .found = fmt::format("cannot be written: {}", std::strerror(errno))});
  const int error = start_process({.words = words,
                                   .environment = environment_with(threads),
                                   .output = file,
                                   .errors = file,
                                   .keep_open = keep_open},
                                  pid_);
  ::close(file);
  if (error != 0)
    throw IoError({.place = words[0], .found = fmt::format("cannot be started: {}", std::strerror(error))},
                  "fewer sweep.jobs");
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
