#include "io/lines.hpp"

#include <fmt/format.h>

#include <cstring>
#include <span>

namespace gracevae::impl {

namespace {

constexpr std::size_t kBlockBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kShownLetters = 60;

}  // namespace

LineBlocks::LineBlocks(const std::filesystem::path& path) : bytes_(path), buffer_(kBlockBytes) {}

std::string_view LineBlocks::next() {
  std::size_t searched = filled_ - used_;
  std::memmove(buffer_.data(), buffer_.data() + used_, searched);
  used_ = 0;
  filled_ = searched;
  for (;;) {
    // One byte is reserved for the line end that the last line may lack.
    filled_ += bytes_.read(std::span(buffer_).subspan(filled_, buffer_.size() - 1 - filled_));
    std::size_t start = 0;
    if (first_ && std::string_view(buffer_.data(), filled_).starts_with(kByteOrderMark)) start = kByteOrderMark.size();
    if (filled_ + 1 < buffer_.size()) {  // the file has ended
      if (filled_ > start && buffer_[filled_ - 1] != '\n') buffer_[filled_++] = '\n';
      used_ = filled_;
    } else {
      const std::size_t last = std::string_view(buffer_.data() + searched, filled_ - searched).rfind('\n');
      if (last != std::string_view::npos) used_ = searched + last + 1;
    }
    if (used_ > 0 || filled_ == 0) {
      first_ = false;
      return {buffer_.data() + start, used_ - start};
    }
    searched = filled_;
    buffer_.resize(2 * buffer_.size());  // a line longer than the buffer
  }
}

bool LineReader::next(std::string_view& line) {
  if (rest_.empty()) rest_ = blocks_.next();
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++number_;
  return true;
}

void for_each_line(const std::filesystem::path& path,
                   const std::function<void(std::string_view, std::int64_t)>& visit) {
  LineReader reader(path);
  for (std::string_view line; reader.next(line);) visit(line, reader.number());
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t end = line.find(separator);
    cells.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string line_place(const std::filesystem::path& path, std::int64_t number) {
  return fmt::format("{} line {}", path.string(), number);
}

std::string shown(std::string_view text) {
  const bool cut = text.size() > kShownLetters;
  std::string result(text.substr(0, cut ? kShownLetters : text.size()));
  // Do not split a UTF-8 character.
  while (cut && !result.empty() && (text[result.size()] & 0xC0) == 0x80) result.pop_back();
  for (char& letter : result)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) letter = '?';
  return cut ? fmt::format("{}... ({} characters)", result, text.size()) : result;
}

std::string cell_text(std::string text) {
  for (char& letter : text)
    if (letter == '\t' || letter == '\n' || letter == '\r') letter = ' ';
  return text;
}

}  // namespace gracevae::impl
