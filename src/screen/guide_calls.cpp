#include "screen/guide_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "io/guide_tables.hpp"
#include "screen/cell_match.hpp"
#include "screen/guide_counts.hpp"
#include "screen/guide_rules.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kExamples = 3;

/// Guides by cell, and what is said of them.
struct Calls {
  std::vector<std::vector<std::string>> guides;  ///< of every cell of the screen, in order
  std::vector<std::string> said;
};

void put_column(DataFrame& obs, const char* name, Column column) {
  std::erase_if(obs.columns, [&](const auto& entry) { return entry.first == name; });
  obs.add(name, std::move(column));
}

/// "cells by number of guides: 12 with 0, 500 with 1, 40 with 2, 3 with more"
std::string numbers_text(const std::vector<std::vector<std::string>>& guides) {
  std::array<std::size_t, 4> n_cells{};
  for (const auto& of_cell : guides) ++n_cells[std::min(of_cell.size(), n_cells.size() - 1)];
  return fmt::format("cells by number of guides: {} with 0, {} with 1, {} with 2, {} with more", n_cells[0], n_cells[1],
                     n_cells[2], n_cells[3]);
}

bool none_called(const Calls& calls) {
  return std::all_of(calls.guides.begin(), calls.guides.end(), [](const auto& guides) { return guides.empty(); });
}

// ---- a table of calls ----

/// Row of `table.cells` of every call.
std::vector<std::int64_t> rows_of_calls(const GuideCallTable& table) {
  std::unordered_map<std::string_view, std::int64_t> row_of_name;
  for (const std::string& cell : table.cells) row_of_name.emplace(cell, std::ssize(row_of_name));
  std::vector<std::int64_t> rows;
  for (const GuideCall& call : table.calls) rows.push_back(row_of_name.at(call.cell));
  return rows;
}

/// Calls that are left out because of their counts.
struct FewUmis {
  std::size_t n = 0;
  std::int64_t most = 0;
  std::vector<std::string> examples;

  void add(const GuideCall& call) {
    if (++n <= kExamples) examples.push_back(fmt::format("'{}' ({}: {})", call.cell, call.guide, call.umis));
    most = std::max(most, call.umis);
  }
};

[[noreturn]] void throw_no_call(const std::string& file, const FewUmis& few) {
  if (few.most > 0)
    throw InputError(
        {.place = file,
         .found = fmt::format("all {} calls in cells of the screen have fewer UMIs than screen.guide_min_umis", few.n)},
        fmt::format("the most is {}: lower it, to 1 for all: screen.guide_min_umis 1", few.most));
  throw InputError({.place = file, .found = "names no guide for any cell of the screen"},
                   "give the table of calls that belongs to this screen");
}

Calls calls_of_table(const CellSource& source, const GuideCallOptions& options) {
  const GuideCallTable table = read_guide_calls(options.calls);
  const CellMatch match = match_cells({source.obs.index, source.path}, {table.cells, options.calls}, false);
  std::vector<std::int64_t> cell_of_row(table.cells.size(), -1);
  for (std::size_t cell = 0; cell < match.row_of_cell.size(); ++cell)
    if (const std::int64_t row = match.row_of_cell[cell]; row >= 0)
      cell_of_row[static_cast<std::size_t>(row)] = static_cast<std::int64_t>(cell);

  Calls calls;
  calls.guides.resize(source.obs.index.size());
  FewUmis few;
  const std::vector<std::int64_t> rows = rows_of_calls(table);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const std::int64_t cell = cell_of_row[static_cast<std::size_t>(rows[k])];
    if (cell < 0) continue;
    const GuideCall& call = table.calls[k];
    if (call.umis >= 0 && call.umis < options.min_umis)
      few.add(call);
    else
      calls.guides[static_cast<std::size_t>(cell)].push_back(call.guide);
  }
  for (auto& guides : calls.guides) std::sort(guides.begin(), guides.end());
  if (none_called(calls)) throw_no_call(options.calls, few);

  calls.said.push_back(fmt::format("guide calls of {} (column '{}') for {} of {} cells", options.calls,
                                   table.guide_column, match.n_matched, source.obs.index.size()));
  if (!match.how.empty()) calls.said.push_back(match.how);
  if (match.n_strangers > 0)
    calls.said.push_back(fmt::format("{} of {} cells of {} are none of the screen", match.n_strangers,
                                     table.cells.size(), options.calls));
  if (few.n > 0)
    calls.said.push_back(
        fmt::format("{} of {} calls have fewer than {} UMIs (screen.guide_min_umis) and are left out: {}", few.n,
                    table.calls.size(), options.min_umis, fmt::join(few.examples, ", ")));
  if (table.umi_column.empty())
    calls.said.push_back(
        fmt::format("{} has no counts: every call is taken, whatever screen.guide_min_umis is", options.calls));
  calls.said.push_back(numbers_text(calls.guides));
  return calls;
}

// ---- counts ----

/// "called from 5 to 23 UMIs (median 6), in no cell: 'a'"
std::string thresholds_text(const std::vector<GuideCut>& cuts, const std::vector<std::string>& guides) {
  std::vector<double> called;
  std::vector<std::string> never;
  for (std::size_t j = 0; j < cuts.size(); ++j) {
    if (std::isfinite(cuts[j].called))
      called.push_back(cuts[j].called);
    else
      never.push_back(guides[j]);
  }
  if (called.empty()) return fmt::format("no count of {} is signal", first_few(never, kExamples, "'"));
  std::sort(called.begin(), called.end());
  std::string text = called.front() == called.back()
                         ? fmt::format("called from {} UMIs", called.front())
                         : fmt::format("called from {} to {} UMIs (median {})", called.front(), called.back(),
                                       called[called.size() / 2]);
  if (!never.empty()) text += fmt::format("; no count of {} is signal", first_few(never, kExamples, "'"));
  return text;
}

/// Said where most cells have no guide: half of them have no count as great as this.
std::string few_called_text(const CsrMatrix<float>& counts, std::int64_t min_umis) {
  std::vector<float> greatest;
  for (std::int64_t i = 0; i < counts.n_rows; ++i) {
    const auto values = counts.row_values(i);
    greatest.push_back(values.empty() ? 0 : *std::max_element(values.begin(), values.end()));
  }
  return fmt::format(
      "most cells have no guide: the greatest count of a cell is {} in the median, screen.guide_min_umis is {}",
      upper_median(std::move(greatest)), min_umis);
}

std::vector<std::string> names_without_fit(const CalledGuides& calls, const std::vector<std::string>& guides) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < guides.size(); ++j)
    if (!calls.cuts[j].fitted) names.push_back(guides[j]);
  return names;
}

std::string ambiguous_text(const CellSource& source, const GuideCounts& counts, const CalledGuides& calls) {
  std::vector<std::string> examples;
  for (std::size_t k = 0; k < std::min(kExamples, calls.ambiguous.size()); ++k) {
    const AmbiguousCell& cell = calls.ambiguous[k];
    examples.push_back(fmt::format("'{}' ({}: {} UMIs, probability {:.2f})",
                                   source.obs.index[static_cast<std::size_t>(cell.cell)],
                                   counts.guides[static_cast<std::size_t>(cell.guide)], cell.count, cell.probability));
  }
  return fmt::format("{} of {} cells are ambiguous and left out: {}", calls.ambiguous.size(), source.obs.index.size(),
                     fmt::join(examples, ", "));
}

[[noreturn]] void throw_none_called(const GuideCounts& counts, const CalledGuides& calls, std::int64_t min_umis) {
  const auto& values = counts.counts.values;
  const float most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  const std::string place =
      fmt::format("{}: no guide is called in any cell ({} cells are ambiguous)", counts.place, calls.ambiguous.size());
  if (most == 0)
    throw InputError({.place = counts.place, .found = "all counts of the screen's cells are 0"},
                     "give the counts of guides of these cells, or calls: screen.guide_calls FILE");
  if (most < static_cast<float>(min_umis))
    throw InputError(
        {.place = place, .found = fmt::format("the greatest count is {}, screen.guide_min_umis is {}", most, min_umis)},
        "lower it and take every count from there on: screen.guide_rule threshold screen.guide_min_umis 1");
  throw InputError(place, "call by the count alone: screen.guide_rule threshold");
}

Calls calls_of_counts(const CellSource& source, const GuideCallOptions& options) {
  const GuideRule rule = guide_rule_of(options.rule);
  const GuideCounts counts = find_guide_counts(source, options);
  const CalledGuides called = call_guides_from_counts(counts.counts, rule, options.min_umis);
  Calls calls;
  for (std::size_t cell = 0; cell + 1 < called.first.size(); ++cell) {
    auto& guides = calls.guides.emplace_back();
    for (std::int64_t k = called.first[cell]; k < called.first[cell + 1]; ++k)
      guides.push_back(counts.guides[static_cast<std::size_t>(called.guides[static_cast<std::size_t>(k)])]);
  }
  if (none_called(calls)) throw_none_called(counts, called, options.min_umis);

  calls.said = counts.said;
  calls.said.push_back(fmt::format("{} guides of {} by the rule {}: {}", counts.guides.size(), counts.place,
                                   guide_rule_name(rule), thresholds_text(called.cuts, counts.guides)));
  if (const auto names = names_without_fit(called, counts.guides); rule != GuideRule::threshold && !names.empty())
    calls.said.push_back(fmt::format(
        "{} of {} guides go by the threshold of {} UMIs, with counts in fewer than 10 cells or all alike: {}",
        names.size(), counts.guides.size(), options.min_umis, first_few(names, kExamples, "'")));
  if (!called.ambiguous.empty()) calls.said.push_back(ambiguous_text(source, counts, called));
  calls.said.push_back(numbers_text(calls.guides));
  const auto n_without =
      std::count_if(calls.guides.begin(), calls.guides.end(), [](const auto& guides) { return guides.empty(); });
  if (2 * n_without > std::ssize(calls.guides)) calls.said.push_back(few_called_text(counts.counts, options.min_umis));
  return calls;
}

}  // namespace

std::string call_guides(CellSource& source, const GuideCallOptions& options) {
  if (options.calls.empty() && options.counts.empty()) return "";
  if (!options.calls.empty() && !options.counts.empty())
    throw ConfigError(
        "screen.guide_calls and screen.guide_counts: guides are either called already or called from counts",
        "leave one of the two away");
  const Calls calls = options.calls.empty() ? calls_of_counts(source, options) : calls_of_table(source, options);
  std::vector<std::string> joined;
  std::vector<std::int64_t> numbers;
  for (const auto& guides : calls.guides) {
    joined.push_back(fmt::format("{}", fmt::join(guides, "|")));
    numbers.push_back(std::ssize(guides));
  }
  put_column(source.obs, kGuideCallsColumn, std::move(joined));
  put_column(source.obs, kGuideNumberColumn, std::move(numbers));
  return fmt::format("{}", fmt::join(calls.said, "\n"));
}

}  // namespace gracevae::impl
