#include "experiment/document.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gracevae::impl {

namespace {

std::string replaced(const std::string& text, const auto& pairs) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    bool found = false;
    for (const auto& [from, to] : pairs)
      if (text.compare(i, from.size(), from) == 0) {
        result += to;
        i += from.size();
        found = true;
        break;
      }
    if (!found) result += text[i++];
  }
  return result;
}

using Pair = std::pair<std::string_view, std::string_view>;

std::string markdown_cell(const std::string& text) {
  static constexpr std::array kPairs{Pair{"|", "\\|"}, Pair{"\n", " "}};
  return replaced(text, kPairs);
}

std::string latex_text(const std::string& text) {
  static constexpr std::array kPairs{Pair{"\\", "\\textbackslash{}"},
                                     Pair{"&", "\\&"},
                                     Pair{"%", "\\%"},
                                     Pair{"$", "\\$"},
                                     Pair{"#", "\\#"},
                                     Pair{"_", "\\_"},
                                     Pair{"{", "\\{"},
                                     Pair{"}", "\\}"},
                                     Pair{"~", "\\textasciitilde{}"},
                                     Pair{"^", "\\textasciicircum{}"},
                                     Pair{"±", "$\\pm$"},
                                     Pair{"Δ", "$\\Delta$"},
                                     Pair{"−", "$-$"},
                                     Pair{"<", "$<$"},
                                     Pair{">", "$>$"}};
  return replaced(text, kPairs);
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + markdown_cell(cell) + " |";
  return line + "\n";
}

std::string latex_row(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) line += (line.empty() ? "" : " & ") + latex_text(cell);
  return line + " \\\\\n";
}

std::string latex_block(const DocumentBlock& block) {
  std::string text =
      fmt::format("\\begin{{table}}\n\\caption{{{}}}\n\\begin{{tabular}}{{l{}}}\n\\toprule\n{}\\midrule\n",
                  latex_text(block.title), std::string(block.table.columns.size() - 1, 'r'),
                  latex_row(block.table.columns));
  for (std::size_t i = 0; i < block.table.rows.size(); ++i) {
    if (i > 0 && i == block.n_above_rule) text += "\\midrule\n";
    text += latex_row(block.table.rows[i]);
  }
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n\n";
}

}  // namespace

std::string to_markdown(const Document& document) {
  std::string text = "# " + document.title + "\n\n";
  for (const auto& sentence : document.introduction) text += sentence + "\n";
  for (const auto& block : document.blocks) {
    text += "\n## " + block.title + "\n\n" + markdown_row(block.table.columns) + "| ---";
    for (std::size_t i = 1; i < block.table.columns.size(); ++i) text += " | ---:";
    text += " |\n";
    for (const auto& row : block.table.rows) text += markdown_row(row);
  }
  if (!document.notes.empty()) text += "\n## How to read it\n\n";
  for (const auto& note : document.notes) text += "- " + note + "\n";
  return text;
}

std::string to_latex(const Document& document) {
  std::string text = "% " + document.title + "; needs \\usepackage{booktabs}\n";
  for (const auto& sentence : document.introduction) text += "% " + sentence + "\n";
  text += "\n";
  for (const auto& block : document.blocks) text += latex_block(block);
  for (const auto& note : document.notes) text += latex_text(note) + "\n\n";
  return text;
}

}  // namespace gracevae::impl
