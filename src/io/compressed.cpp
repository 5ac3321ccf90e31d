#include "io/compressed.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace gracevae::impl {

std::optional<std::int32_t> sort_entries(CsrMatrix<float>& x, std::size_t first, std::size_t end) {
  const auto begin = x.indices.begin() + static_cast<std::ptrdiff_t>(first);
  const auto last = x.indices.begin() + static_cast<std::ptrdiff_t>(end);
  if (std::adjacent_find(begin, last, std::greater_equal<>()) == last) return std::nullopt;
  const auto values = x.values.begin() + static_cast<std::ptrdiff_t>(first);
  if (std::adjacent_find(begin, last, std::less_equal<>()) == last) {  // as Cell Ranger 1 and 2 write it
    std::reverse(begin, last);
    std::reverse(values, values + (last - begin));
    return std::nullopt;
  }
  std::vector<std::pair<std::int32_t, float>> entries(end - first);
  for (std::size_t k = 0; k < entries.size(); ++k) entries[k] = {x.indices[first + k], x.values[first + k]};
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t k = 0; k < entries.size(); ++k) std::tie(x.indices[first + k], x.values[first + k]) = entries[k];
  const auto repeated = std::adjacent_find(begin, last);
  return repeated == last ? std::nullopt : std::optional(*repeated);
}

void drop_zeros(CsrMatrix<float>& x) {
  std::size_t kept = 0;
  std::int64_t begin = 0;
  for (std::size_t i = 1; i < x.indptr.size(); ++i) {
    const std::int64_t end = x.indptr[i];
    for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
      if (x.values[k] == 0) continue;
      x.indices[kept] = x.indices[k];
      x.values[kept++] = x.values[k];
    }
    begin = end;
    x.indptr[i] = static_cast<std::int64_t>(kept);
  }
  x.indices.resize(kept);
  x.values.resize(kept);
}

}  // namespace gracevae::impl
