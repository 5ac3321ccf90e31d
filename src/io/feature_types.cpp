#include "io/feature_types.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <memory>
#include <numeric>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/column_map.hpp"
#include "io/frame_rows.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

namespace {

constexpr const char* kNoGenesHint =
    "give the matrix that has the genes; counts of guides beside it are given with screen.guide_counts";

/// Lower case, '_' as a space.
std::string simplified(std::string_view type) {
  std::string text(trim(type));
  for (char& letter : text)
    letter = letter == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

bool is_gene_type(std::string_view type) {
  constexpr std::array<std::string_view, 6> kGenes{"gene expression", "gene", "genes", "gex", "rna", "mrna"};
  return std::find(kGenes.begin(), kGenes.end(), simplified(type)) != kGenes.end();
}

/// Types other than genes that Cell Ranger writes.
bool is_known_type(std::string_view type) {
  const std::string text = simplified(type);
  return is_beside_genes(type) || text == "peaks" || text == "custom";
}

/// Types in order of first appearance, each with its features.
struct Kinds {
  std::vector<std::string> types;
  std::vector<std::vector<std::int64_t>> features;
  std::vector<std::int64_t> genes;

  /// "60 Gene Expression, 2 Antibody Capture"
  std::string text() const {
    std::vector<std::string> parts;
    for (std::size_t k = 0; k < types.size(); ++k)
      parts.push_back(fmt::format("{} {}", features[k].size(), types[k].empty() ? "without a type" : types[k]));
    return fmt::format("{}", fmt::join(parts, ", "));
  }
};

Kinds kinds_of(const Column& column) {
  Kinds kinds;
  std::map<std::string, std::size_t> known;
  const auto types = column_as_strings(column);
  for (std::size_t j = 0; j < types.size(); ++j) {
    const std::string type(trim(types[j]));
    const auto [found, fresh] = known.try_emplace(type, kinds.types.size());
    if (fresh) {
      kinds.types.push_back(type);
      kinds.features.emplace_back();
    }
    kinds.features[found->second].push_back(static_cast<std::int64_t>(j));
    if (is_gene_type(type)) kinds.genes.push_back(static_cast<std::int64_t>(j));
  }
  return kinds;
}

/// New column of each kept feature, by its old one.
std::vector<std::int32_t> columns_of(const std::vector<std::int64_t>& kept, std::int64_t n_features) {
  std::vector<std::int32_t> column_of(static_cast<std::size_t>(n_features), -1);
  for (std::size_t k = 0; k < kept.size(); ++k)
    column_of[static_cast<std::size_t>(kept[k])] = static_cast<std::int32_t>(k);
  return column_of;
}

/// The first of these columns that holds text, else the index.
std::vector<std::string> names_in(const DataFrame& var, std::initializer_list<const char*> columns) {
  for (const char* name : columns)
    if (const Column* column = var.find(name); column && is_text(*column)) return column_as_strings(*column);
  return var.index;
}

}  // namespace

const Column* feature_types_of(const DataFrame& var) {
  for (const char* name : {"feature_types", "feature_type"})
    if (const Column* column = var.find(name); column && is_text(*column)) return column;
  return nullptr;
}

std::string only_feature_type(const DataFrame& var) {
  const Column* column = feature_types_of(var);
  if (!column) return "";
  const Kinds kinds = kinds_of(*column);
  return kinds.types.size() == 1 ? kinds.types[0] : "";
}

bool is_beside_genes(std::string_view type) {
  const std::string text = simplified(type);
  const auto has = [&](std::string_view word) { return text.find(word) != std::string::npos; };
  return has("crispr") || has("guide") || has("antibody") || has("hashtag") || has("multiplexing") ||
         has("antigen capture");
}

OtherFeatures other_features(std::string type, const DataFrame& var, const std::vector<std::int64_t>& kept,
                             std::shared_ptr<RowReader> reader) {
  const DataFrame part = rows_of(var, kept);
  OtherFeatures other;
  other.type = std::move(type);
  other.ids = names_in(part, {"gene_ids", "gene_id", "feature_id"});
  other.names = names_in(part, {"gene_symbols", "gene_name", "feature_name", "gene_symbol"});
  other.counts = [reader = std::move(reader), kept] {
    CellSource source;
    source.rows = map_columns(reader, columns_of(kept, reader->n_cols()), std::ssize(kept));
    return read_all_rows(source);
  };
  return other;
}

void keep_genes(CellSource& source) {
  const Column* column = feature_types_of(source.var);
  if (!column) return;
  const Kinds kinds = kinds_of(*column);
  if (kinds.types.size() == 1 && is_beside_genes(kinds.types[0]))
    throw InputError({.place = source.path,
                      .found =
                          fmt::format("all {} features are of the type {}", source.var.index.size(), kinds.types[0]),
                      .expected = "genes"},
                     kNoGenesHint);
  if (kinds.types.size() <= 1) return;
  if (kinds.genes.empty()) {
    if (std::any_of(kinds.types.begin(), kinds.types.end(), is_known_type))
      throw InputError({.place = source.path,
                        .found = fmt::format("has the feature types {}", kinds.text()),
                        .expected = "Gene Expression among them"},
                       kNoGenesHint);
    return;
  }
  const std::shared_ptr<RowReader> all = std::move(source.rows);
  for (std::size_t k = 0; k < kinds.types.size(); ++k)
    if (!is_gene_type(kinds.types[k]))
      source.others.push_back(other_features(kinds.types[k], source.var, kinds.features[k], all));
  log::info("{}: {}: only Gene Expression is read as genes", source.path, kinds.text());
  source.rows = map_columns(all, columns_of(kinds.genes, all->n_cols()), std::ssize(kinds.genes));
  source.var = rows_of(source.var, kinds.genes);
}

}  // namespace gracevae::impl
