#include "screen/guides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "screen/packed_screen.hpp"

namespace gracevae::impl {

namespace {

constexpr std::array<std::string_view, 13> kUsualNames = {"guide",     "guideid",    "guideidentity", "guideids",
                                                          "sgrna",     "sgrnaid",    "grna",          "grnaid",
                                                          "guides",    "guidenames", "guidename",     "sgid",
                                                          "guidecalls"};

bool is_no_guide(const std::string& word) { return word.empty() || says_nothing(word); }

/// Regime of every guide by name, or the first guide that has two.
struct GuideRegimes {
  std::map<std::string, std::int32_t> regime;
  std::optional<std::string> in_two;  ///< "guide 'a' has cells of 'A' and 'B'"
};

GuideRegimes regimes_of(const Screen& screen, const std::vector<std::string>& words) {
  GuideRegimes found;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_no_guide(words[i])) continue;
    const std::int32_t regime = screen.regime_of_cell[i];
    const auto [entry, is_new] = found.regime.emplace(words[i], regime);
    if (is_new || entry->second == regime) continue;
    found.in_two = fmt::format("guide '{}' has cells of '{}' and of '{}'", words[i],
                               screen.regimes[static_cast<std::size_t>(entry->second)].label,
                               screen.regimes[static_cast<std::size_t>(regime)].label);
    return found;
  }
  return found;
}

Guides make_guides(const std::string& column, const std::vector<std::string>& words, const GuideRegimes& found) {
  Guides guides;
  guides.column = column;
  std::vector<std::pair<std::int32_t, std::string>> order;
  for (const auto& [name, regime] : found.regime) order.emplace_back(regime, name);
  std::sort(order.begin(), order.end());
  std::map<std::string_view, std::int32_t> index;
  for (const auto& [regime, name] : order) {
    guides.names.push_back(name);
    guides.regime.push_back(regime);
  }
  for (std::size_t k = 0; k < guides.names.size(); ++k) index[guides.names[k]] = static_cast<std::int32_t>(k);
  for (const std::string& word : words) guides.guide_of_cell.push_back(is_no_guide(word) ? -1 : index.at(word));
  return guides;
}

const std::vector<std::string>& kept_words(const Screen& screen, const std::string& column) {
  const auto found = screen.kept.find(column);
  GRACEVAE_CHECK(found != screen.kept.end(), "the screen keeps the guide column");
  return found->second;
}

}  // namespace

void GuideOptions::bind(OptionTable& table) {
  table.add(
      "quality", "guide_column", guide_column,
      "Column of obs with the guide of every cell. auto: a column named guide, guide_id, sgRNA, gRNA or alike, if "
      "each of its guides belongs to one label and some label has two. none: labels alone.");
  table.add("quality", "quality_seed", quality_seed, "Seed of the folds and draws behind errors and shares.")
      .at_least(0);
}

std::vector<std::string> guide_columns(const DataFrame& obs, const std::string& asked, const std::string& file) {
  if (asked == "none") return {};
  if (asked != "auto") {
    if (obs.find(asked)) return {asked};
    throw InputError({.place = file, .found = fmt::format("obs has no column '{}' (quality.guide_column)", asked)},
                     nearest_hint(asked, obs.names()));
  }
  std::vector<std::string> columns;
  for (const std::string_view usual : kUsualNames)
    for (const auto& [name, column] : obs.columns)
      if (letters_and_digits(name) == usual && is_text(column)) columns.push_back(name);
  return columns;
}

Guides guides_of(const Screen& screen, const std::string& column) {
  const std::vector<std::string>& words = kept_words(screen, column);
  const GuideRegimes found = regimes_of(screen, words);
  if (found.in_two)
    throw InputError({.place = screen.source,
                      .found = fmt::format("obs column '{}': {}", column, *found.in_two),
                      .expected = "every guide to belong to one label"},
                     "name the column that tells the guides of one label apart (quality.guide_column), or do without "
                     "(quality.guide_column none)");
  return make_guides(column, words, found);
}

Guides find_guides(const Screen& screen, const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    const std::vector<std::string>& words = kept_words(screen, column);
    const GuideRegimes found = regimes_of(screen, words);
    if (found.in_two) continue;
    Guides guides = make_guides(column, words, found);
    if (std::adjacent_find(guides.regime.begin(), guides.regime.end()) != guides.regime.end()) return guides;
  }
  return {};
}

Guides chosen_guides(const Screen& screen, const std::vector<std::string>& columns, const std::string& asked) {
  if (asked == "auto") {
    std::vector<std::string> all = columns;
    if (screen.labels_are_guides) all.push_back(screen.dialect.column);
    return find_guides(screen, all);
  }
  return columns.empty() ? Guides{} : guides_of(screen, columns.front());
}

GuidedScreen load_guided_screen(const ScreenOptions& options, const GuideOptions& guides) {
  CellSource cells = open_screen(options);
  const std::vector<std::string> columns = guide_columns(cells.obs, guides.guide_column, options.file);
  GuidedScreen loaded{screen_from_cells(std::move(cells), options, columns), {}};
  for (const auto& warning : loaded.screen.warnings) log::warning("{}: {}", loaded.screen.source, warning);
  loaded.guides = chosen_guides(loaded.screen, columns, guides.guide_column);
  return loaded;
}

}  // namespace gracevae::impl
