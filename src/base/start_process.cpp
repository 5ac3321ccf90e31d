#include "base/start_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>

namespace gracevae::impl {

namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

/// posix_spawn's two structures, which must be destroyed.
struct SpawnSettings {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  void connect(int descriptor, int target) {
    if (descriptor >= 0)
      ::posix_spawn_file_actions_adddup2(&files, descriptor, target);
    else
      ::posix_spawn_file_actions_addopen(&files, target, "/dev/null", O_WRONLY, 0);
  }
};

}  // namespace

int start_process(ProcessStart start, pid_t& child) {
  SpawnSettings settings;
  settings.connect(start.output, STDOUT_FILENO);
  settings.connect(start.errors, STDERR_FILENO);
  ::posix_spawn_file_actions_addopen(&settings.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (start.keep_open >= 0) ::posix_spawn_file_actions_adddup2(&settings.files, start.keep_open, 3);
  ::posix_spawn_file_actions_addclosefrom_np(&settings.files, start.keep_open >= 0 ? 4 : 3);

  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaddset(&defaults, signal);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &defaults);
  ::posix_spawnattr_setflags(&settings.attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  const auto words = pointers(start.words), environment = pointers(start.environment);
  return ::posix_spawn(&child, words[0], &settings.files, &settings.attributes, words.data(),
                       start.environment.empty() ? environ : environment.data());
}

}  // namespace gracevae::impl
