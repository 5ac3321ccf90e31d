#include "io/table_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_set>

#include "io/cell_names.hpp"

namespace gracevae::impl {

namespace {

using Words = std::unordered_set<std::string_view>;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

/// Lower case, with _ for other characters.
std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    result += std::isalnum(byte) || byte >= 0x80 ? static_cast<char>(std::tolower(byte)) : '_';
  }
  return result;
}

const Words& facts() {
  static const Words words{// sizes of cells
                           "n_counts", "ncounts", "total_counts", "n_umi", "n_umis", "numi", "umi_count", "umi_counts",
                           "total_umis", "read_count", "read_counts", "n_genes", "ngenes", "n_features", "size_factor",
                           "size_factors", "sizefactor", "coverage", "num_features", "num_umis", "number_of_cells",
                           "number_of_guides", "n_guides", "nperts", "library_size",
                           // clusters, samples and states
                           "leiden", "louvain", "cluster", "clusters", "cluster_id", "seurat_clusters", "batch",
                           "batch_id", "gem_group", "gemgroup", "lane", "plate", "sample", "sample_id", "library",
                           "library_id", "replicate", "donor", "donor_id", "patient", "patient_id", "day", "dose",
                           "time", "timepoint", "age", "sex", "phase", "cell_type", "celltype", "pseudotime",
                           "dpt_pseudotime", "doublet", "is_doublet", "predicted_doublet", "predicted_doublets",
                           "orig_ident", "percent_mito", "mt_frac", "pct_mito", "good_coverage", "n_cells",
                           // labels
                           "condition", "perturbation", "perturbations", "guide", "guides", "guide_id", "guide_ids",
                           "guide_identity", "sgrna", "grna", "target", "targets", "target_gene", "targetgenes", "gene",
                           "label", "labels", "treatment", "index",
                           // lines of STAR
                           "n_unmapped", "n_multimapping", "n_nofeature", "n_ambiguous"};
  return words;
}

constexpr std::array kBegins{"ncount_", "nfeature_", "n_counts_", "n_genes_", "n_umi_",   "total_counts_",
                             "pct_",    "percent_",  "log1p_",    "leiden_",  "louvain_", "doublet_",
                             "x_umap",  "x_pca",     "x_tsne",    "__"};
constexpr std::array kEnds{"_score", "_scores"};
constexpr std::array kAxes{"umap", "tsne", "pca", "pc", "phate", "harmony", "lsi", "ica", "diffmap"};

/// "umap_1", "umap1", "pc_2", but not PC1, which could be a gene.
bool is_axis(const std::string& name) {
  return std::any_of(kAxes.begin(), kAxes.end(), [&](std::string_view axis) {
    if (!name.starts_with(axis)) return false;
    std::string_view number = std::string_view(name).substr(axis.size());
    if (number.starts_with('_'))
      number.remove_prefix(1);
    else if (axis.size() < 4)
      return false;
    return !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
  });
}

double share(const std::vector<std::string>& names, bool (*is)(std::string_view)) {
  const auto n = std::count_if(names.begin(), names.end(), is);
  return names.empty() ? 0 : static_cast<double>(n) / static_cast<double>(names.size());
}

/// Capitals and digits, perhaps with "orf"; or a capital and lower case, as in mouse.
bool has_shape_of_symbol(std::string_view name) {
  std::string text(name);
  if (const std::size_t orf = text.find("orf"); orf != text.npos && orf > 1 && is_digit(text[orf - 1]))
    text.replace(orf, 3, "ORF");
  const auto rest = [&](auto&& is_letter) {
    return std::all_of(text.begin() + 1, text.end(),
                       [&](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; });
  };
  return text.size() >= 2 && text.size() <= 30 && is_upper(text[0]) && (rest(is_upper) || rest(is_lower));
}

}  // namespace

bool is_ensembl_gene(std::string_view name) {
  constexpr std::size_t kDigits = 11;
  if (!name.starts_with("ENS")) return false;
  name = name.substr(0, name.find('.'));
  const std::size_t g = name.size() > kDigits ? name.size() - kDigits - 1 : 0;
  return g >= 3 && name[g] == 'G' &&
         std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(g), is_upper) &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(g) + 1, name.end(), is_digit);
}

bool is_gene_like(std::string_view name) {
  return is_ensembl_gene(name) || (has_shape_of_symbol(name) && !is_barcode_like(name));
}

bool is_barcode_like(std::string_view name) { return !barcode_of(name).empty(); }

bool is_cell_fact(std::string_view name) {
  const std::string text = plain(name);
  return facts().contains(text) || is_axis(text) || text.find("_snn_res") != text.npos ||
         std::any_of(kBegins.begin(), kBegins.end(), [&](const char* begin) { return text.starts_with(begin); }) ||
         std::any_of(kEnds.begin(), kEnds.end(), [&](const char* end) { return text.ends_with(end); });
}

bool is_gene_fact(std::string_view name) {
  static const Words words{"length",     "gene_length", "chr",        "chromosome", "start",      "end",     "strand",
                           "gc_content", "entrez_id",   "entrezgene", "entrezid",   "gene_start", "gene_end"};
  return words.contains(plain(name));
}

NameHead name_head(std::string_view name) {
  static const Words cells{"cell",   "cells",    "barcode",   "barcodes",   "cell_barcode", "cell_barcodes", "cell_id",
                           "cellid", "cell_ids", "cell_name", "cell_names", "cb",           "obs_names"},
      genes{"gene",     "genes",       "gene_id",         "gene_ids",   "geneid",  "gene_name", "gene_names",
            "genename", "gene_symbol", "gene_symbols",    "genesymbol", "symbol",  "symbols",   "hgnc_symbol",
            "ensembl",  "ensembl_id",  "ensembl_gene_id", "var_names",  "feature", "features"},
      any{"", "index", "x", "id", "name", "names", "rownames", "row_names", "unnamed__0"};
  const std::string text = plain(name);
  return cells.contains(text)   ? NameHead::cells
         : genes.contains(text) ? NameHead::genes
         : any.contains(text)   ? NameHead::any
                                : NameHead::none;
}

TableRows table_rows(std::string_view first_head, const std::vector<std::string>& heads,
                     const std::vector<std::string>& row_names) {
  constexpr double kMost = 0.8, kFew = 0.2;
  const NameHead head = name_head(first_head);
  if (head == NameHead::cells) return TableRows::cells;
  const auto told_by = [&](bool (*is)(std::string_view), TableRows when_in_rows) {
    const double in_heads = share(heads, is), in_rows = share(row_names, is);
    const TableRows other = when_in_rows == TableRows::genes ? TableRows::cells : TableRows::genes;
    return in_rows >= kMost && in_heads <= kFew   ? when_in_rows
           : in_heads >= kMost && in_rows <= kFew ? other
                                                  : TableRows::unknown;
  };
  if (const TableRows rows = told_by(is_barcode_like, TableRows::cells); rows != TableRows::unknown) return rows;
  if (head == NameHead::genes && share(heads, is_gene_like) < kMost) return TableRows::genes;
  if (const TableRows rows = told_by(is_ensembl_gene, TableRows::genes); rows != TableRows::unknown) return rows;
  return told_by(is_gene_like, TableRows::genes);
}

}  // namespace gracevae::impl
