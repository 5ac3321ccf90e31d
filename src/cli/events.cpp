#include "cli/events.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae::cli {

namespace {

constexpr const char* kVariable = "GRACEVAE_EVENTS";
int descriptor = -1;

const char* word_of(Message::Level level) {
  return level == Message::Level::warning ? "warning" : level == Message::Level::info ? "info" : "debug";
}

const char* word_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::config: return "config";
    case ErrorCode::input: return "input";
    case ErrorCode::io: return "io";
    case ErrorCode::numerical: return "numerical";
    case ErrorCode::interrupted: return "interrupted";
  }
  return "internal";
}

/// Names in messages come from files: what is no UTF-8 is replaced.
void write_line(const nlohmann::json& event) {
  const std::string line = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  for (std::size_t at = 0; at < line.size();) {
    const ssize_t n = ::write(descriptor, line.data() + at, line.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody reads any more
    at += static_cast<std::size_t>(n);
  }
}

}  // namespace

void open_events() {
  const char* const text = std::getenv(kVariable);
  if (!text) return;
  const int asked = static_cast<int>(std::strtol(text, nullptr, 10));
  if (asked > STDERR_FILENO && ::fcntl(asked, F_SETFD, FD_CLOEXEC) == 0) descriptor = asked;
  ::unsetenv(kVariable);
  std::signal(SIGPIPE, SIG_IGN);
}

bool has_events() { return descriptor >= 0; }

void send(const Message& message) {
  write_line({{"event", "message"}, {"level", word_of(message.level)}, {"text", message.text}});
}

void send(const ProgressReport& report) {
  write_line({{"event", "progress"},
              {"task", report.task},
              {"done", report.done},
              {"total", report.total},
              {"seconds", report.seconds},
              {"seconds_left", report.seconds_left},
              {"detail", report.detail}});
}

void send(const Error& error) {
  write_line({{"event", "error"},
              {"code", word_of(error.code())},
              {"message", error.message()},
              {"place", error.place()},
              {"found", error.found()},
              {"expected", error.expected()},
              {"hint", error.hint()}});
}

}  // namespace gracevae::cli
