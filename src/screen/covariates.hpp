#pragma once
/// @file Covariates of cells: batches, donors, treatments, doses. What is compared is compared within a stratum.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

struct ScreenOptions;
struct DataFrame;

/// What is known of the cells besides their perturbation. A stratum holds the cells that agree in every categorical
/// covariate.
struct Covariates {
  std::vector<std::vector<std::string>> strata;  ///< levels of each, "treatment=stimulated"; none = no categories
  std::vector<std::int32_t> stratum_of_cell;     ///< index into strata; empty where there are none
  std::vector<std::string> names;                ///< of the design's columns: every level, every number
  Matrix<float> design;  ///< [n_cells, names] indicators and numbers, centred over control cells; numbers in units of
                         ///< their standard deviation there

  bool empty() const { return names.empty(); }
  /// At least 1: without categories all cells are one stratum.
  std::int64_t n_strata() const { return strata.empty() ? 1 : static_cast<std::int64_t>(strata.size()); }
  std::int32_t stratum(std::int64_t cell) const {
    return strata.empty() ? 0 : stratum_of_cell[static_cast<std::size_t>(cell)];
  }
  /// "treatment=stimulated, donor=2"; "" without categories.
  std::string stratum_name(std::int32_t stratum) const;
  /// Which strata have all of these levels ("treatment=stimulated"); all of them for none. @throws InputError with the
  /// nearest names for a level that no stratum has; `place` is the option that names it.
  std::vector<bool> strata_with(const std::vector<std::string>& levels, const std::string& place) const;
};

/// Rows of `cells`, cut by stratum.
std::vector<std::vector<std::int64_t>> by_stratum(const Covariates& covariates, std::span<const std::int64_t> cells);

/// Reads the columns that `options` names. `kept`: column → text of every cell; `regime_of_cell`: 0 is control.
/// @throws InputError a missing value, one level only, more than 50 levels, a level of fewer than 10 cells, a stratum
/// with perturbed cells and no control cell, a number that is none, a number that does not vary, no column but the
/// labels' own: each with the way out. `warnings`: strata of few control cells.
/// @test tests/unit/screen/covariates_test.cpp
Covariates read_covariates(const ScreenOptions& options, const std::map<std::string, std::vector<std::string>>& kept,
                           const std::vector<std::string>& cells, const std::vector<std::int32_t>& regime_of_cell,
                           const std::string& label_column, std::vector<std::string>& warnings);

/// How a column of obs hangs together with the perturbations.
struct CovariateCandidate {
  std::string column;
  std::int64_t n_levels = 0;
  std::string level;         ///< the level whose share differs most between control cells and some label
  double control_share = 0;  ///< of control cells in it
  double lowest_share = 0, highest_share = 0;  ///< of a label's cells in it, over labels of 20 cells or more
  double cramers_v = 0;                        ///< of cells' conditions and levels, 0 to 1, corrected for chance
  bool associated = false;                     ///< beyond chance (p < 0.001), and a share off by 0.1 or more
  bool by_design = false;  ///< unless its name says that it is what cells became: a cluster, a phase, …
};

/// Columns of obs that read_covariates would take, most of whose cells are in levels with several conditions: what
/// screen.covariates could name, by name. `rows`: of the file, one for each cell; `taken`: columns that are not looked
/// at, such as the labels' own. Those of guides are none.
/// @test tests/unit/screen/covariates_test.cpp
std::vector<CovariateCandidate> covariate_candidates(const DataFrame& obs, std::span<const std::int64_t> rows,
                                                     const std::vector<std::int32_t>& regime_of_cell,
                                                     const std::vector<std::string>& taken);

/// "treatment: 2 levels; stimulated are 70 % of control cells, 36 to 62 % of a target's".
std::string candidate_text(const CovariateCandidate& candidate);

}  // namespace gracevae::impl
