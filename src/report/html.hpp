#pragma once
/// @file Pieces of HTML that are also well-formed XML. Whatever comes from a file goes through escape_html.
#include <string>
#include <string_view>
#include <vector>

#include "base/xml.hpp"

namespace gracevae::impl {

inline std::string escape_html(std::string_view text) { return escape_xml(text); }

/// "0.215" with `decimals` places; "n/a" when not finite.
std::string fixed_text(double value, int decimals = 3);
/// At most four significant digits: "12.3", "0.00042", "1.2e+07"; "n/a" when not finite.
std::string short_text(double value);

/// A table with a caption and one header row; the first column heads its rows, the others are right-aligned when
/// `numeric`.
struct HtmlTable {
  std::string caption;                         ///< plain text
  std::vector<std::string> columns;            ///< plain text
  std::vector<std::vector<std::string>> rows;  ///< plain text, each of columns.size() cells
  bool numeric = false;
  bool sortable = false;        ///< the script lets the reader sort by a column
  std::string attributes = {};  ///< more of <table>, as markup
};
std::string html_table(const HtmlTable& table);

}  // namespace gracevae::impl
