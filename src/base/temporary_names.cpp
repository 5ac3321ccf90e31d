#include "base/temporary_names.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <mutex>
#include <set>
#include <string_view>
#include <vector>

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kTemporary = ".gracevae.tmp";

/// Whether a file's name is that of a temporary file of a process of this machine that is gone.
bool is_stale(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(kTemporary)) return false;
  name.remove_suffix(kTemporary.size());
  const std::size_t dot = name.rfind('.');
  const std::string own = temporary_end(), end = own.substr(0, own.rfind('.', own.size() - kTemporary.size() - 1));
  pid_t pid = 0;
  const auto [stop, error] = std::from_chars(name.data() + dot + 1, name.data() + name.size(), pid);
  return error == std::errc{} && stop == name.data() + name.size() && pid > 0 && name.substr(0, dot).ends_with(end) &&
         ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

std::string temporary_end() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format(".{}.{}{}", host.data(), ::getpid(), kTemporary);
}

void remove_stale_files(const fs::path& folder) {
  static std::mutex mutex;
  static std::set<fs::path> seen;
  std::error_code error;
  const fs::path whole = fs::absolute(folder, error).lexically_normal();
  const std::lock_guard lock(mutex);
  if (error || !seen.insert(whole).second) return;
  std::vector<fs::path> stale;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (is_stale(it->path().filename().string())) stale.push_back(it->path());
  for (const fs::path& file : stale) fs::remove(file, error);
}

}  // namespace gracevae::impl
