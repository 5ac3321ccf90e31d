#include "run/history.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "run/json_file.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

/// Adds to a file and brings it to the disk.
void append(const fs::path& file, const std::string& text) {
  const auto fail = [&] {
    throw IoError({.place = file.string(), .found = fmt::format("cannot be written: {}", std::strerror(errno))},
                  "is the disk full?");
  };
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor < 0) fail();
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(descriptor, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  const bool whole = done == text.size() && (::fsync(descriptor) == 0 || errno == EINVAL);
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  if (!whole) fail();
}

}  // namespace

void HistoryFile::write(const fs::path& file, const std::vector<std::string>& lines) {
  std::error_code error;
  const bool grows = file == file_ && lines.size() >= n_lines_ && fs::file_size(file, error) == size_ && !error;
  std::string text;
  for (std::size_t i = grows ? n_lines_ : 0; i < lines.size(); ++i) text += lines[i] + "\n";
  if (grows)
    append(file, text);
  else
    write_text(file, text);
  file_ = file;
  n_lines_ = lines.size();
  size_ = (grows ? size_ : 0) + text.size();
}

std::vector<nlohmann::json> read_history(const fs::path& file) {
  require_readable_file(file, "training history of a run folder");
  std::vector<nlohmann::json> history;
  std::istringstream text(read_text(file));
  std::int64_t number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto epoch = parsed_json<nlohmann::json>(line);
    if (epoch.is_discarded() && text.eof()) break;
    if (!epoch.is_object() || !epoch.contains("epoch") || !epoch["epoch"].is_number())
      throw InputError({.place = fmt::format("{} line {}", file.string(), number),
                        .found = "not a JSON object with an epoch"},
                       "one object a line is expected; remove the line, or train again");
    history.push_back(std::move(epoch));
  }
  return history;
}

std::optional<double> validation_score_of(const std::vector<nlohmann::json>& history, bool early_stopping) {
  std::optional<double> score;
  for (const nlohmann::json& epoch : history) {
    if (!epoch.contains("validation") || !epoch["validation"].is_number()) continue;
    const double of_epoch = epoch["validation"].get<double>();
    if (!early_stopping || !score || of_epoch < *score) score = of_epoch;
  }
  return score;
}

}  // namespace gracevae::impl
