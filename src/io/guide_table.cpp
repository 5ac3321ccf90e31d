#include "io/guide_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

using Fields = std::vector<std::string_view>;

/// In order of preference.
constexpr std::array<std::string_view, 13> kGuideNames{"guide",       "guideid", "guidename", "guideidentity", "sgrna",
                                                       "sgrnaid",     "grna",    "grnaid",    "grnaname",      "sgid",
                                                       "protospacer", "name",    "id"};
constexpr std::array<std::string_view, 11> kTargetNames{"target",      "targetgenename", "targetgene",  "grnatarget",
                                                        "sgrnatarget", "guidetarget",    "gene",        "genesymbol",
                                                        "symbol",      "genename",       "targetgeneid"};

template <std::size_t N>
std::optional<std::size_t> find_column(const std::vector<std::string>& header,
                                       const std::array<std::string_view, N>& names) {
  for (const std::string_view name : names)
    if (const auto found = std::find(header.begin(), header.end(), name); found != header.end())
      return static_cast<std::size_t>(found - header.begin());
  return std::nullopt;
}

struct Columns {
  std::size_t guide = 0, target = 1;
  bool header = true;
  std::optional<std::size_t> id = {};
};

Columns columns_of(const Fields& first, const std::filesystem::path& path) {
  std::vector<std::string> header;
  for (const auto field : first) header.push_back(letters_and_digits(field));
  const auto guide = find_column(header, kGuideNames);
  const auto target = find_column(header, kTargetNames);
  const auto id = std::find(header.begin(), header.end(), "id");
  const auto at = static_cast<std::size_t>(id - header.begin());
  if (guide && target)
    return {*guide, *target, true, id == header.end() || at == *guide ? std::nullopt : std::optional(at)};
  if (first.size() == 2) return {0, 1, guide.has_value() || target.has_value(), std::nullopt};
  throw InputError({.place = path.string(),
                    .found = fmt::format("no columns for guides and targets among: {}", fmt::join(first, ", "))},
                   "call them guide and target, or give a table of these two columns");
}

}  // namespace

std::vector<GuideRow> read_guide_table(const std::filesystem::path& path) {
  std::vector<GuideRow> rows;
  std::unordered_map<std::string, std::string> target_of;
  std::optional<Columns> columns;
  std::size_t n_fields = 0;
  DelimitedReader reader(path);
  for (Fields fields; reader.next(fields);) {
    if (!columns) {
      columns = columns_of(fields, path);
      n_fields = fields.size();
      if (columns->header) continue;
    }
    if (fields.size() != n_fields)
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} fields", fields.size()),
                        .expected = fmt::format("{} as in the first line", n_fields)});
    GuideRow row{std::string(trim(fields[columns->guide])), std::string(trim(fields[columns->target])),
                 columns->id ? std::string(trim(fields[*columns->id])) : ""};
    if (row.guide.empty()) throw InputError({.place = reader.place(), .found = "the guide has no name"});
    if (row.target.empty())
      throw InputError({.place = reader.place(), .found = fmt::format("the guide '{}' has no target", row.guide)},
                       "name the gene, or control's word (non-targeting) for a guide without one");
    const auto [known, fresh] = target_of.emplace(row.guide, row.target);
    if (!fresh && known->second != row.target)
      throw InputError({.place = reader.place(),
                        .found = fmt::format("the guide '{}' is against '{}', but against '{}' above", row.guide,
                                             row.target, known->second)},
                       "give every guide one target");
    if (fresh) rows.push_back(std::move(row));
  }
  if (rows.empty())
    throw InputError({.place = path.string(), .found = "holds no guides"}, "a line is a guide and its target");
  return rows;
}

}  // namespace gracevae::impl
