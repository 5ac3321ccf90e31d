#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae::impl {

namespace {

std::string section_table(const RunFiles& run, const std::string& section) {
  HtmlTable table{"[" + section + "]", {"name", "value"}, {}};
  for (const auto& [name, value] : run.options.at(section).items())
    table.rows.push_back({name, option_text(run, section, name)});
  return "<div class=\"card settings\">" + html_table(table) + "</div>\n";
}

bool is_record(const std::string& section) {
  return section == "derived" || section == "start" || section == "inputs" || section == "environment";
}

/// Options that some run has otherwise, a column a run.
std::string differing_options(const Runs& runs) {
  std::set<std::pair<std::string, std::string>> keys;
  for (const RunFiles& run : runs)
    for (const auto& [section, values] : run.options.items())
      if (values.is_object())
        for (const auto& [name, value] : values.items()) keys.emplace(section, name);
  HtmlTable table{"Options and records that differ", {"name"}, {}};
  for (const RunFiles& run : runs) table.columns.push_back(run.name);
  for (const auto& [section, name] : keys) {
    std::vector<std::string> row{section + "." + name};
    for (const RunFiles& run : runs) row.push_back(option_text(run, section, name, "–"));
    if (std::any_of(row.begin() + 2, row.end(), [&](const std::string& text) { return text != row[1]; }))
      table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) return "<p>All options and records are the same.</p>\n";
  table.sortable = true;
  return "<div class=\"wide differing\">" + html_table(table) + "</div>\n";
}

}  // namespace

std::vector<Section> settings_sections(const Runs& runs) {
  std::vector<Section> sections;
  if (runs.size() > 1) sections.push_back({"differences", "Settings that differ", differing_options(runs)});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::string options, records;
    for (const auto& [section, values] : runs[i].options.items())
      if (values.is_object() && !values.empty())
        (is_record(section) ? records : options) += section_table(runs[i], section);
    const std::string suffix = run_suffix(runs, i), number = i == 0 ? "" : fmt::format("-{}", i);
    sections.push_back(
        {"settings" + number, "Settings" + suffix,
         "<p class=\"note\">Every option of options.toml.</p>\n<div class=\"cards\">\n" + options + "</div>\n"});
    sections.push_back(
        {"environment" + number, "Inputs and environment" + suffix, "<div class=\"cards\">\n" + records + "</div>\n"});
  }
  return sections;
}

}  // namespace gracevae::impl
