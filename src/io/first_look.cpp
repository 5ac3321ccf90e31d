#include "io/first_look.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <compare>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/start_process.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kHelper = GRACEVAE_LIBEXECDIR "/gracevae/gracevae-look";
constexpr double kSeconds = 60;          // that the helper may take
constexpr std::time_t kSettled = 2;      // seconds since the last change that any file system's clock can tell
constexpr int kPollMilliseconds = 10;    // between looks whether the helper still runs
constexpr int kReapMilliseconds = 1000;  // for a killed process to go; longer only where a network disk hangs

/// The folder that this code lies in: the library's, or the program's if it is linked into that.
fs::path own_folder() {
  Dl_info here{};
  std::error_code ignored;
  const bool found = ::dladdr(reinterpret_cast<void*>(&survives_first_look), &here) != 0;
  const fs::path file = found ? here.dli_fname : "";  // of a program this is what its caller calls it
  return (file.is_absolute() ? fs::weakly_canonical(file, ignored) : fs::read_symlink("/proc/self/exe", ignored))
      .parent_path();
}

/// $GRACEVAE_LOOK, else the helper in libexec/ of the own folder or of one or two above it (bin, lib,
/// lib/ARCHITECTURE).
fs::path helper_program(const fs::path& shown_as) {
  if (const char* given = std::getenv("GRACEVAE_LOOK"); given && *given) return given;
  std::vector<std::string> places;
  const fs::path folder = own_folder();
  for (const char* up : {".", "..", "../.."}) {
    const fs::path place = (folder / up / kHelper).lexically_normal();
    std::error_code ignored;
    if (fs::exists(place, ignored)) return place;
    places.push_back(place.string());
  }
  throw IoError({.place = shown_as.string(),
                 .found = "cannot be read safely: gracevae's helper program is missing",
                 .expected = fmt::format("at {}", fmt::join(places, " or "))},
                "install gracevae again, or set GRACEVAE_LOOK to the path of gracevae-look");
}

double seconds_to_wait() {
  const char* given = std::getenv("GRACEVAE_LOOK_SECONDS");
  const double seconds = given ? std::strtod(given, nullptr) : 0;
  return seconds > 0 ? seconds : kSeconds;
}

/// A pipe that no other program inherits.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw IoError(fmt::format("no pipe can be made: {}", std::strerror(errno)));
  }
  ~Pipe() {
    close_writing_end();
    ::close(ends[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writing_end() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
};

/// A started helper; whatever happens, it is gone at the end.
class Helper {
 public:
  Helper(const fs::path& program, const fs::path& file, const fs::path& shown_as) : shown_as_(shown_as) {
    const int error =
        start_process({.words = {program.string(), fs::absolute(file).string()}, .output = pipe_.ends[1]}, child_);
    if (error != 0)
      throw IoError({.place = shown_as.string(),
                     .found = fmt::format("cannot be read safely: {} cannot be started: {}", program.string(),
                                          std::strerror(error))});
    pipe_.close_writing_end();
  }
  ~Helper() {
    for (int i = 0; i < kReapMilliseconds && !has_ended(); ++i) {
      ::kill(child_, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  /// What it writes until the end of a line, its own end or the deadline.
  std::string line(double seconds) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
    std::string text;
    while (!text.ends_with('\n')) {
      const bool ended = has_ended();  // before the last look: what it wrote is in the pipe then
      pollfd reading{pipe_.ends[0], POLLIN, 0};
      if (::poll(&reading, 1, ended ? 0 : kPollMilliseconds) > 0) {
        std::array<char, 64> bytes{};
        const ssize_t n = ::read(pipe_.ends[0], bytes.data(), bytes.size());
        if (n <= 0) break;
        text.append(bytes.data(), static_cast<std::size_t>(n));
      } else if (ended) {
        break;
      } else if (Clock::now() > deadline) {
        throw IoError({.place = shown_as_.string(),
                       .found = fmt::format("gracevae-look did not answer within {:g} s", seconds)},
                      "is the disk slow or gone? GRACEVAE_LOOK_SECONDS=300 in the environment waits longer");
      }
    }
    return text;
  }

 private:
  /// Also true if a handler of the host's has collected it.
  bool has_ended() {
    ended_ = ended_ || ::waitpid(child_, nullptr, WNOHANG) != 0;
    return ended_;
  }

  fs::path shown_as_;
  Pipe pipe_;
  pid_t child_ = -1;
  bool ended_ = false;
};

/// Tells a file, as it is now, from all others and from itself after a change.
struct FileState {
  dev_t device;
  ino_t inode;
  off_t bytes;
  std::time_t seconds;
  long nanoseconds;
  auto operator<=>(const FileState&) const = default;
};

/// Nothing for a file that was changed a moment ago: another change could leave the same time.
std::optional<FileState> settled_state(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || info.st_ctim.tv_sec > std::time(nullptr) - kSettled) return std::nullopt;
  return FileState{info.st_dev, info.st_ino, info.st_size, info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
}

/// The files that were found sound.
class SoundFiles {
 public:
  bool has(const FileState& file) {
    const std::lock_guard lock(mutex_);
    return files_.contains(file);
  }
  void add(const FileState& file) {
    const std::lock_guard lock(mutex_);
    files_.insert(file);
  }

 private:
  std::mutex mutex_;
  std::set<FileState> files_;
};

}  // namespace

bool survives_first_look(const fs::path& path, const fs::path& shown_as) {
  static SoundFiles sound_files;
  const auto state = settled_state(path);
  if (state && sound_files.has(*state)) return true;
  const bool sound = Helper(helper_program(shown_as), path, shown_as).line(seconds_to_wait()) == "sound\n";
  if (sound && state) sound_files.add(*state);
  return sound;
}

}  // namespace gracevae::impl
