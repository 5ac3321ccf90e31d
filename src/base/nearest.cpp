#include "base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <numeric>
#include <utility>

namespace gracevae::impl {

namespace {
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
constexpr std::size_t kLongestCompared = 200;  // longer names are cut: bad input must not cost quadratic time
}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLongestCompared);
  b = b.substr(0, kLongestCompared);
  std::vector<int> before_last, last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = std::exchange(last, std::exchange(row, std::vector<int>(b.size() + 1)));
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j - 1] + (same ? 0 : 1), last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

namespace {

/// How many edits count as a typing error: one in a short word, more in a long one.
int allowed_distance(std::string_view name) {
  constexpr std::size_t kShort = 5, kMiddle = 11;
  const std::size_t n = std::min(name.size(), kLongestCompared);
  return n <= kShort ? 1 : n <= kMiddle ? 2 : static_cast<int>(n / 4);
}

std::string digits_of(std::string_view name) {
  std::string digits;
  std::copy_if(name.begin(), name.end(), std::back_inserter(digits),
               [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits;
}

template <class Admits>
std::vector<std::string> nearest(std::string_view name, std::span<const std::string> candidates, std::size_t n,
                                 int limit, const Admits& admits) {
  std::vector<std::pair<int, std::size_t>> ranked;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::size_t longer = std::max(name.size(), candidates[i].size()),
                      shorter = std::min(name.size(), candidates[i].size());
    if (longer - shorter > static_cast<std::size_t>(limit) || !admits(candidates[i])) continue;
    const int distance = edit_distance(name, candidates[i]);
    if (distance <= limit) ranked.emplace_back(distance, i);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> result;
  for (std::size_t i = 0; i < std::min(n, ranked.size()); ++i) result.push_back(candidates[ranked[i].second]);
  return result;
}

std::string hint_of(const std::vector<std::string>& near, std::span<const std::string> candidates) {
  if (candidates.empty()) return "";
  if (!near.empty()) {
    std::string text = "did you mean " + near[0];
    for (std::size_t i = 1; i < near.size(); ++i) text += (i + 1 == near.size() ? " or " : ", ") + near[i];
    return text + "?";
  }
  std::string text = "there are: ";
  const std::size_t shown = std::min<std::size_t>(candidates.size(), 8);
  for (std::size_t i = 0; i < shown; ++i) text += (i ? ", " : "") + candidates[i].substr(0, 60);
  return shown < candidates.size() ? text + ", … (" + std::to_string(candidates.size()) + " in all)" : text;
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> candidates, std::size_t n) {
  return nearest(name, candidates, n, allowed_distance(name), [](const std::string&) { return true; });
}

std::vector<std::string> nearest_gene_names(std::string_view name, std::span<const std::string> candidates,
                                            std::size_t n) {
  const std::string digits = digits_of(name);
  return nearest(name, candidates, n, std::min(2, allowed_distance(name)),
                 [&](const std::string& candidate) { return digits_of(candidate) == digits; });
}

std::string nearest_hint(std::string_view name, std::span<const std::string> candidates) {
  return hint_of(nearest_names(name, candidates), candidates);
}

std::string nearest_gene_hint(std::string_view name, std::span<const std::string> candidates) {
  return hint_of(nearest_gene_names(name, candidates), candidates);
}

std::string first_few(std::span<const std::string> names, std::size_t n, std::string_view quote) {
  std::string text;
  for (const auto& name : names.first(std::min(n, names.size())))
    text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", quote, name, quote);
  return names.size() > n ? fmt::format("{} and {} more", text, names.size() - n) : text;
}

}  // namespace gracevae::impl
