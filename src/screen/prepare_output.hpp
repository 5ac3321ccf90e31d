#pragma once
/// @file What prepare writes besides X. For prepare*.cpp only.
#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/files.hpp"
#include "io/anndata.hpp"
#include "screen/differential.hpp"
#include "screen/highly_variable.hpp"
#include "screen/prepare.hpp"

namespace gracevae::impl::prepare {

/// Adds what the choice of genes found to the var of the genes written; `places` are theirs in the lists of `found`.
void add_choice(DataFrame& var, const HighlyVariable& found, const std::vector<std::int64_t>& places);

/// Where the label column names guides: keeps it as the column guide, if there is none.
/// Where the regimes are not what the label column says word by word: adds the column gracevae_regime. Returns the
/// column that names the groups, for rank_genes_groups.
std::string add_regimes(DataFrame& obs, const PrepareLabels& labels, const std::vector<std::int32_t>& regime_of_row);

/// Names of the genes written.
struct GeneNames {
  std::vector<std::string> symbols, ids;
};

/// Writes the tests of all conditions as they are made: to the long table, and to the tables of records of uns while
/// there are not more conditions than those can name.
class DifferentialOutput {
 public:
  DifferentialOutput(const PrepareLabels& labels, const GeneNames& genes, const PrepareOptions& options);

  /// Tests every condition that can be tested; fills the report's counts.
  void write(const DifferentialTests& tests, const std::filesystem::path& table, PrepareReport& report);
  /// uns/rank_genes_groups, for groups named by this column of obs; empty when there are too many conditions.
  Uns take_records(const std::string& group_column);

 private:
  void add_records(const std::string& label, const ConditionTest& test);
  void add_lines(std::string& text, const std::string& label, const ConditionTest& test) const;

  const PrepareLabels& labels_;
  const GeneNames& genes_;
  const PrepareOptions& options_;
  bool keeps_records_ = true;
  RecordTable names_, scores_, changes_, p_values_, adjusted_;
};

}  // namespace gracevae::impl::prepare
