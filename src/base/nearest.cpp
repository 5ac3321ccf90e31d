#include "base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace gracevae {

namespace {
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
constexpr std::size_t kLongestCompared = 200;  // longer names are cut, so that bad input cannot cost quadratic time
}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLongestCompared);
  b = b.substr(0, kLongestCompared);
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int substituted = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> candidates, std::size_t n) {
  std::vector<std::pair<int, std::size_t>> ranked;
  const int limit = std::max(2, static_cast<int>(std::min(name.size(), kLongestCompared)) / 2);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const int distance = edit_distance(name, candidates[i]);
    if (distance <= limit) ranked.emplace_back(distance, i);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> result;
  for (std::size_t i = 0; i < std::min(n, ranked.size()); ++i) result.push_back(candidates[ranked[i].second]);
  return result;
}

std::string nearest_hint(std::string_view name, std::span<const std::string> candidates) {
  if (candidates.empty()) return "";
  std::vector<std::string> names = nearest_names(name, candidates);
  if (!names.empty()) {
    std::string text = "did you mean " + names[0];
    for (std::size_t i = 1; i < names.size(); ++i) text += (i + 1 == names.size() ? " or " : ", ") + names[i];
    return text + "?";
  }
  std::string text = "there are: ";
  const std::size_t shown = std::min<std::size_t>(candidates.size(), 8);
  for (std::size_t i = 0; i < shown; ++i) text += (i ? ", " : "") + candidates[i].substr(0, 60);
  return shown < candidates.size() ? text + ", … (" + std::to_string(candidates.size()) + " in all)" : text;
}

std::string first_few(std::span<const std::string> names, std::size_t n, std::string_view quote) {
  std::string text;
  for (const auto& name : names.first(std::min(n, names.size())))
    text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", quote, name, quote);
  return names.size() > n ? fmt::format("{} and {} more", text, names.size() - n) : text;
}

}  // namespace gracevae
