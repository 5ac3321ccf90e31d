#pragma once
/// @file What a reader sees in a page's tables, whatever the markup is.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gracevae::impl::test {

/// A piece of HTML as plain text: without tags, *bold* between stars, entities as the characters they stand for.
inline std::string plain_text(const std::string& html) {
  static const std::vector<std::pair<std::string, std::string>> kEntities = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
  std::string text;
  for (std::size_t at = 0; at < html.size();) {
    if (html[at] == '<') {
      const std::size_t end = std::min(html.find('>', at), html.size() - 1);
      const std::string tag = html.substr(at, end - at + 1);
      if (tag == "<strong>" || tag == "</strong>") text += '*';
      at = end + 1;
      continue;
    }
    const auto entity = std::find_if(kEntities.begin(), kEntities.end(), [&](const auto& known) {
      return html.compare(at, known.first.size(), known.first) == 0;
    });
    if (entity == kEntities.end()) {
      text += html[at++];
    } else {
      text += entity->second;
      at += entity->first.size();
    }
  }
  return text;
}

/// The rows of all tables, a text for each cell.
inline std::vector<std::vector<std::string>> rows_of(const std::string& html) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t at = html.find("<tr"); at != std::string::npos; at = html.find("<tr", at + 1)) {
    const std::size_t end = html.find("</tr>", at);
    rows.emplace_back();
    const auto next_cell = [&](std::size_t from) { return std::min(html.find("<td", from), html.find("<th", from)); };
    for (std::size_t cell = next_cell(at); cell < end; cell = next_cell(cell + 1)) {
      const std::size_t from = html.find('>', cell) + 1,
                        to = std::min(html.find("</td>", from), html.find("</th>", from));
      rows.back().push_back(plain_text(html.substr(from, to - from)));
    }
  }
  return rows;
}

/// A page in which these cells stand beside each other in a row of a table.
MATCHER_P(HasCells, cells, "has the cells " + testing::PrintToString(cells)) {
  const auto rows = rows_of(arg);
  return std::any_of(rows.begin(), rows.end(), [&](const std::vector<std::string>& row) {
    return std::search(row.begin(), row.end(), cells.begin(), cells.end()) != row.end();
  });
}

/// Texts of cells.
using Cells = std::vector<std::string>;

}  // namespace gracevae::impl::test
