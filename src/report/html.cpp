#include "report/html.hpp"

#include <fmt/format.h>

#include <cmath>

namespace gracevae::impl {

std::string fixed_text(double value, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "n/a";
}

std::string short_text(double value) { return std::isfinite(value) ? fmt::format("{:.4g}", value) : "n/a"; }

std::string html_table(const HtmlTable& table) {
  std::string html = fmt::format("<table{}{}{}{}>\n<caption>{}</caption>\n<thead><tr>",
                                 table.numeric ? " class=\"numbers\"" : "", table.sortable ? " data-sortable=\"\"" : "",
                                 table.attributes.empty() ? "" : " ", table.attributes, escape_html(table.caption));
  for (const auto& column : table.columns) html += fmt::format("<th scope=\"col\">{}</th>", escape_html(column));
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      html += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", escape_html(row[i]))
                     : fmt::format("<td>{}</td>", escape_html(row[i]));
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n";
}

}  // namespace gracevae::impl
