#include "report/published.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/error.hpp"
#include "io/lines.hpp"
#include "report/published_text.hpp"

namespace gracevae::impl {

namespace {

constexpr std::array kTitles{
    "Models on Norman et al. 2019", "Models on Replogle et al. 2022", "Graph encoders",
    "Levels of the context graph",  "A corrupted context graph",      "Intervention encoders and cell embeddings"};

template <class Number>
Number number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  GRACEVAE_CHECK(error == std::errc{} && end == text.data() + text.size(), "published.tsv holds numbers");
  return value;
}

std::vector<PublishedValue> parse() {
  std::vector<PublishedValue> values;
  for (const std::string_view line : split(kPublishedText, '\n')) {
    const auto cells = split(line, '\t');
    if (cells.size() != 7 || cells[0] == "table") continue;  // the header, the end
    values.push_back({number_of<int>(cells[0]), std::string(cells[1]), std::string(cells[2]), std::string(cells[3]),
                      std::string(cells[4]), number_of<double>(cells[5]), number_of<double>(cells[6])});
  }
  return values;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

const std::vector<PublishedValue>& published_values() {
  static const std::vector<PublishedValue> values = parse();
  return values;
}

std::optional<PublishedValue> published(const std::string& dataset, const std::string& kind, const std::string& metric,
                                        const std::string& variant) {
  for (const PublishedValue& value : published_values())
    if (value.dataset == dataset && value.kind == kind && value.metric == metric && value.variant == variant)
      return value;
  return std::nullopt;
}

std::vector<std::string> PaperTable::variants(const std::string& dataset) const {
  std::vector<std::string> names;
  for (const PublishedValue& value : published_values())
    if (value.table == number && value.dataset == dataset) add_once(names, value.variant);
  return names;
}

PaperTable paper_table(int number) {
  if (number < 1 || number > static_cast<int>(kTitles.size()))
    throw ConfigError(fmt::format("the paper has no table {}", number), "1 to 6: gracevae table 1 --runs OUT");
  PaperTable table{number, kTitles[static_cast<std::size_t>(number - 1)], {}};
  for (const PublishedValue& value : published_values())
    if (value.table == number) add_once(table.datasets, value.dataset);
  return table;
}

}  // namespace gracevae::impl
