#include "screen/gene_names.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/nearest.hpp"

namespace gracevae {

std::string find_gene_column(const DataFrame& var, const ScreenOptions& options) {
  if (!options.gene_column.empty()) {
    if (var.find(options.gene_column)) return options.gene_column;
    if (options.gene_column == "index") return "";
    throw InputError(fmt::format("{}: var has no column '{}' (--gene-column)", options.file, options.gene_column),
                     var.columns.empty() ? "var has no columns: leave --gene-column out to take its index"
                                         : nearest_hint(options.gene_column, var.names()));
  }
  for (const char* name : {"gene_symbols", "gene_name", "feature_name", "gene_symbol"})
    if (var.find(name)) return name;
  return "";
}

std::vector<std::string> gene_names(const DataFrame& var, const std::string& column) {
  return column.empty() ? var.index : column_as_strings(*var.find(column));
}

}  // namespace gracevae
