#include "io/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.hpp"

namespace gracevae {

void for_each_line(const std::filesystem::path& path,
                   const std::function<void(std::string_view, std::int64_t)>& visit) {
  const std::string text = read_text(path);
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  for (std::int64_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    visit(line, number);
  }
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

std::string cell_text(std::string text) {
  for (char& letter : text)
    if (letter == '\t' || letter == '\n' || letter == '\r') letter = ' ';
  return text;
}

}  // namespace gracevae
