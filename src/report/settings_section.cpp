#include <fmt/format.h>

#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae {

namespace {

std::string section_table(const RunFiles& run, const std::string& section) {
  HtmlTable table{"[" + section + "]", {"name", "value"}, {}};
  for (const auto& [name, value] : run.options.at(section).items())
    table.rows.push_back({name, option_text(run, section, name)});
  return "<div class=\"card settings\">" + html_table(table) + "</div>\n";
}

}  // namespace

std::string settings_section(const RunFiles& run) {
  std::string options, records;
  for (const auto& [section, values] : run.options.items()) {
    if (!values.is_object() || values.empty()) continue;
    const bool is_record = section == "derived" || section == "inputs" || section == "environment";
    (is_record ? records : options) += section_table(run, section);
  }
  return fmt::format(
      "<section>\n<h2>Settings</h2>\n<p class=\"note\">Every option of options.toml.</p>\n"
      "<div class=\"cards\">\n{}</div>\n</section>\n"
      "<section>\n<h2>Inputs and environment</h2>\n<div class=\"cards\">\n{}</div>\n</section>\n",
      options, records);
}

}  // namespace gracevae
