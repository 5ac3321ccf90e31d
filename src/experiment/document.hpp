#pragma once
/// @file Tables with notes as Markdown and LaTeX.
#include <string>
#include <vector>

#include "io/table.hpp"

namespace gracevae::impl {

struct DocumentBlock {
  std::string title;
  Table table;
  std::size_t n_above_rule = 0;  ///< rows before a rule (LaTeX only), 0 = none
};

struct Document {
  std::string title;
  std::vector<std::string> introduction;  ///< sentences
  std::vector<DocumentBlock> blocks;
  std::vector<std::string> notes;  ///< sentences
};

/// Pipe tables below headings. | in cells is escaped.
std::string to_markdown(const Document& document);
/// A tabular (booktabs) a block in a table environment; notes as text. LaTeX's own characters are escaped, ± and Δ are
/// set in mathematics.
std::string to_latex(const Document& document);

}  // namespace gracevae::impl
