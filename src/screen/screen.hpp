#pragma once
/// @file The perturbation screen: cells x genes, and which cells belong to which regime.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/csr_view.hpp"
#include "base/options.hpp"
#include "io/anndata.hpp"
#include "io/packed_rows.hpp"
#include "screen/aliases.hpp"
#include "screen/covariates.hpp"
#include "screen/labels.hpp"

namespace gracevae::impl {

enum class MissingPack;

/// Where the screen is and how it is to be read. Section [screen].
struct ScreenOptions {
  std::string file;                      ///< .h5ad, a Matrix Market folder, or a dense table (io/open_cells.hpp)
  std::string matrix;                    ///< X, raw, layers/NAME; "" = X, or the only other one
  std::string labels_file;               ///< table of the cells' labels; "" = none
  bool genes_in_rows = false;            ///< of a dense table
  std::string label_column = "auto";     ///< obs column with the label of each cell; "auto" = found by its content
  std::string control = "auto";          ///< labels of unperturbed cells (ControlWords)
  std::string separator = "auto";        ///< between the targets of one label; "" = one target a label
  std::string missing_labels = "error";  ///< cells without a label: error, or drop
  std::string gene_column;  ///< var column with gene symbols; "" = found by what it holds (find_gene_column);
                            ///< "index" = the index
  std::string aliases;      ///< table of old names and aliases of genes (screen/aliases.hpp); "" = none
  std::string repeated_genes = "sum";  ///< rows of one symbol: sum, first, keep-ids, error
  std::string cell_list, gene_list;    ///< names for a bare .mtx; "" = found beside it
  std::string modality;                ///< of an .h5mu with the genes; "" = rna, else the only one
  std::string cell_names = "auto";     ///< how names of labels_file are matched: auto, exact, order, or an expression
  std::string guides = "auto";         ///< guide -> target: auto, none, an expression, or a table
  std::string guide_calls;             ///< protospacer_calls_per_cell.csv; "" = none
  std::string guide_counts;            ///< features, a .mtx or folder, obsm/NAME, a modality; "" = none
  std::string guide_list;              ///< names of the guides of a bare .mtx of counts; "" = the table's order
  std::string guide_rule = "auto";     ///< how counts become calls (screen/guide_calls.hpp)
  std::int64_t guide_min_umis = 5;     ///< of the threshold rule; the least that any rule calls

  std::vector<std::string> covariates;             ///< obs columns of categories: batch, donor, treatment
  std::vector<std::string> continuous_covariates;  ///< of numbers: dose, time

  std::string packed;  ///< folder of packed copies (screen/packed_screen.hpp); "" = none

  /// Names that targets may have besides the screen's genes, asked for where a label may have another reading with
  /// them; empty = none. Set by with_names_of (network/context_graph.hpp), not an option.
  std::function<std::vector<std::string>()> more_targets;

  void bind(OptionTable& table);
  /// Those that name files, as this screen has them: all but `packed`.
  std::vector<std::string*> files();
};

/// The cells that had one intervention. Regime 0 is control, then singles by name, then the others by label.
struct Regime {
  std::string label;                 ///< canonical: "control", "A", "A+B"
  std::vector<std::string> targets;  ///< sorted; empty for control
  std::vector<std::int64_t> cells;   ///< rows of the screen, ascending
};

/// One kind of label: how often, and examples.
struct LabelKind {
  std::string kind;  ///< control, guides, combinations, beside control, no label
  std::int64_t n_labels = 0, n_cells = 0;
  std::vector<std::string> examples;  ///< at most three: "KLF1_1 → KLF1"
};

struct Screen {
  CsrMatrix<float> x;  ///< [n_cells, n_genes], scale as in the file (log1p expected); empty when packed
  std::shared_ptr<const PackedRows> packed;  ///< the same in a mapped file instead
  std::vector<std::string> cells;            ///< names, unique
  std::vector<std::string> genes;            ///< symbols, unique, what networks are matched against
  DataFrame var;                             ///< of the file, as read; its index are the genes' ids
  std::vector<Regime> regimes;
  std::vector<std::int32_t> regime_of_cell;  ///< index into regimes; every cell has one
  LabelDialect dialect;
  std::string labels_how;                      ///< how the labels are read, in one line
  std::vector<LabelKind> label_kinds;          ///< what was decided of them
  bool labels_need_names = false;              ///< read otherwise without ScreenOptions::more_targets
  bool labels_are_guides = false;              ///< some labels name guides, whose targets the regimes have
  std::string gene_column;                     ///< which column genes came from ("" = index)
  std::string source;                          ///< file
  std::string format, matrix, encoding;        ///< as CellSource has them
  std::vector<std::string> matrices;           ///< those that could have been chosen
  std::vector<std::string> warnings;           ///< said once, when loaded
  std::shared_ptr<const GeneAliases> aliases;  ///< the table of --aliases, nullptr without one
  AliasUse renamed;                            ///< what it did to targets
  bool labels_are_canonical = false;  ///< every label of the file is its regime's, so that any reader finds the same
  std::map<std::string, std::vector<std::string>> kept;  ///< obs columns that load_screen was to keep, as text
  Covariates covariates;                                 ///< those of ScreenOptions
  std::vector<CovariateCandidate> covariate_candidates;  ///< columns of obs that could be covariates, and are not

  /// The values, wherever they are: [n_cells, n_genes].
  CsrView<float> rows() const { return packed ? packed->rows() : CsrView<float>(x); }
  StoredValues values() const { return packed ? packed->values() : stored_values(x); }
  std::int64_t n_stored() const { return packed ? packed->values().n_stored : x.n_nonzero(); }
  /// After a look at many rows: what was mapped for it leaves this process's memory.
  void release_rows() const {
    if (packed) packed->release();
  }
  std::int64_t n_cells() const { return rows().n_rows; }
  std::int64_t n_genes() const { return rows().n_cols; }
  /// Index of the regime with these sorted targets, −1 if there is none.
  std::int32_t find_regime(const std::vector<std::string>& targets) const;
};

/// Loads and checks a screen. InputError: no such column (nearest names), no control cells (labels that look like
/// control are named), cells without a label, repeated cell names, or gene symbols where options.repeated_genes says so
/// (the first few named), a target called control beside another word, fewer than 1 perturbed regime. Warnings (logged,
/// and kept in Screen::warnings): negative values in X (allowed), X that looks like raw counts, targets that look like
/// control, genes and targets of which one are Ensembl ids and the other symbols (name_mismatch). A target that is no
/// gene by its own name is one by its Ensembl id without version, or by --aliases, whose symbol it gets where it is not
/// measured. Genes that are Ensembl ids get the symbols that --aliases has for them, unless
/// --gene-column is given.
/// `kept_columns`: obs columns to keep in Screen::kept; InputError with the nearest names where one is absent.
/// Where `options.packed` names a folder, the values are those of the copy there; `missing` says what is done without.
Screen load_screen(const ScreenOptions& options, const std::vector<std::string>& kept_columns = {},
                   MissingPack missing = MissingPack{});

/// A screen whose values are not read.
struct UnreadScreen {
  Screen screen;                   ///< without x
  std::vector<std::int64_t> rows;  ///< of the file, one for each cell of the screen: all but cells without a label
};
/// Names, labels and regimes of an opened file, with the checks of load_screen that need no values.
UnreadScreen read_screen_names(const CellSource& source, const ScreenOptions& options,
                               const std::vector<std::string>& kept_columns = {});

/// The screen of an opened file: names and labels are checked before the values are read.
Screen screen_from_cells(CellSource&& source, const ScreenOptions& options,
                         const std::vector<std::string>& kept_columns = {}, MissingPack missing = MissingPack{});

/// The same from data in memory; `options.file` is the name that messages give. Other file formats come in here.
Screen screen_from_anndata(AnnData&& data, const ScreenOptions& options,
                           const std::vector<std::string>& kept_columns = {});

/// The options with everything that was found filled in: a run keeps these, so that later commands read the file the
/// same way.
ScreenOptions resolved(const ScreenOptions& options, const Screen& screen);

/// Opens the screen's file as the options say.
CellSource open_screen(const ScreenOptions& options);

/// Targets of all regimes, sorted.
std::vector<std::string> targets_of(const Screen& screen);

/// Row i of x as dense values, for a list of cells: [cells.size(), n_genes].
Matrix<float> dense_rows(const Screen& screen, std::span<const std::int64_t> cells);
/// Mean over a list of cells, one value a gene, accumulated in double.
std::vector<double> mean_of_cells(const Screen& screen, std::span<const std::int64_t> cells);

}  // namespace gracevae::impl
