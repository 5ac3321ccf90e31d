#include "io/cell_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>
#include <unordered_map>

#include "base/letters.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kShortestBarcode = 8;
constexpr std::string_view kBases = "ACGTN";

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_capital(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }

/// Where the bases that begin at `begin` end.
std::size_t end_of_bases(std::string_view name, std::size_t begin) {
  return std::min(name.find_first_not_of(kBases, begin), name.size());
}

std::string same(std::string_view name) { return std::string(name); }

/// The name as R's make.names leaves it; any other character that is neither letter nor digit becomes a point, too.
std::string as_in_r(std::string_view name) {
  std::string result(!name.empty() && !is_letter(name[0]) ? "X" : "");
  for (const char c : name) result += is_letter(c) || is_digit(c) ? c : '.';
  return result;
}

std::string without_number(std::string_view name) {
  std::size_t end = name.size();
  while (end > 0 && is_digit(name[end - 1])) --end;
  const bool cut =
      end < name.size() && end > 1 && std::string_view("-_.").find(name[end - 1]) != std::string_view::npos;
  return std::string(cut ? name.substr(0, end - 1) : name);
}

std::string without_numbers(std::string_view name) {
  std::string now(name), next = without_number(now);
  while (next.size() < now.size()) {
    now = std::move(next);
    next = without_number(now);
  }
  return now;
}

std::string from_barcode(std::string_view name) {
  const std::string_view barcode = barcode_of(name);
  return std::string(barcode.empty() ? name : name.substr(static_cast<std::size_t>(barcode.data() - name.data())));
}

std::string barcode_alone(std::string_view name) {
  const std::string_view barcode = barcode_of(name);
  return std::string(barcode.empty() ? name : barcode);
}

using Index = std::unordered_map<std::string_view, std::size_t>;

/// The first name of each key, and the first two names that share one.
Index index_of(const std::vector<std::string>& keys, std::optional<std::pair<std::size_t, std::size_t>>& twice) {
  Index index;
  index.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].empty()) continue;
    const auto [first, fresh] = index.emplace(keys[i], i);
    if (!fresh && !twice) twice = {first->second, i};
  }
  return index;
}

}  // namespace

std::string_view barcode_of(std::string_view name) {
  for (std::size_t begin = name.find_first_of(kBases); begin < name.size();
       begin = name.find_first_of(kBases, begin + 1)) {
    std::size_t end = end_of_bases(name, begin);
    const bool alone = (begin == 0 || !is_capital(name[begin - 1])) && (end == name.size() || !is_capital(name[end]));
    if (end - begin < kShortestBarcode || !alone) {
      begin = end;
      continue;
    }
    // Combinatorial indexing: several barcodes in a row.
    while (end + 1 < name.size() && !is_letter(name[end]) &&
           end_of_bases(name, end + 1) - (end + 1) >= kShortestBarcode)
      end = end_of_bases(name, end + 1);
    return name.substr(begin, end - begin);
  }
  return {};
}

const std::vector<NameChange>& name_changes() {
  static const std::vector<NameChange> changes{
      {"with points in place of other signs and X before a digit, as R writes names", as_in_r, as_in_r},
      {"without the number at the end", without_number, without_number},
      {"without the number at the end of the matrix's", without_number, same},
      {"without the number at the end of the table's", same, without_number},
      {"without all numbers at the end", without_numbers, without_numbers},
      {"without what stands before the barcode", from_barcode, from_barcode},
      {"by the barcode alone", barcode_alone, barcode_alone},
      {"in small letters", lower_case, lower_case},
  };
  return changes;
}

NameFit fit_of(const std::vector<std::string>& cells, const std::vector<std::string>& rows) {
  NameFit fit;
  const Index cell_of = index_of(cells, fit.same_cells);
  index_of(rows, fit.same_rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto cell = cell_of.find(rows[i]);
    if (cell == cell_of.end()) continue;
    if (fit.n_common++ == 0) fit.example = {cell->second, i};
  }
  return fit;
}

double sampled_share(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  constexpr std::uint64_t kSample = 500, kStep = 2654435761;
  const auto& [smaller, larger] = one.size() <= other.size() ? std::tie(one, other) : std::tie(other, one);
  std::unordered_map<std::string_view, bool> is_found;
  const std::uint64_t n = smaller.size();
  for (std::uint64_t k = 0; k < std::min(n, kSample); ++k)
    is_found.emplace(smaller[n <= kSample ? k : k * kStep % n], false);
  for (const std::string& name : larger)
    if (const auto found = is_found.find(name); found != is_found.end()) found->second = true;
  const auto n_found = std::count_if(is_found.begin(), is_found.end(), [](const auto& entry) { return entry.second; });
  return is_found.empty() ? 0 : static_cast<double>(n_found) / static_cast<double>(is_found.size());
}

std::vector<std::string> changed(const std::vector<std::string>& names, NameChange::Function change) {
  std::vector<std::string> result;
  result.reserve(names.size());
  for (const auto& name : names) result.push_back(change(name));
  return result;
}

bool are_numbers_in_order(const std::vector<std::string>& names) {
  if (names.empty() || (names[0] != "0" && names[0] != "1")) return false;
  const std::size_t first = names[0] == "1" ? 1 : 0;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != fmt::format_int(i + first).c_str()) return false;
  return true;
}

}  // namespace gracevae::impl
