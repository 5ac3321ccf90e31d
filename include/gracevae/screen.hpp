#pragma once
/// @file A perturbation screen: cells x genes on a log1p scale, and which condition every cell is of.
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gracevae/context.hpp>
#include <gracevae/matrix.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

/// The cells that had one perturbation.
struct Condition {
  std::string label;                 ///< canonical: "control", "A", "A+B"
  std::vector<std::string> targets;  ///< sorted; empty for control
  std::int64_t n_cells = 0;
};

/// A screen that the caller holds in memory.
struct ScreenData {
  CsrMatrix<float> values;          ///< [cells, genes], log1p scale
  std::vector<std::string> cells;   ///< names, unique; empty = numbered
  std::vector<std::string> genes;   ///< symbols, or Ensembl ids
  std::vector<std::string> labels;  ///< one a cell, in any published form ("control", "KLF1+MAP2K6", "sgKLF1_2", …)
  std::map<std::string, std::vector<std::string>> columns =
      {};  ///< what else is known of every cell, for screen.covariates and split.split column:NAME
};
/// A dense matrix as ScreenData::values.
CsrMatrix<float> sparse_of(const Matrix<float>& dense);

/// Immutable; copies share the data.
class Screen {
 public:
  /// Reads .h5ad, 10x, .h5mu, loom, zarr or a table (docs/your-data.md) with the options of the sections screen and
  /// network (names of targets). @throws InputError, IoError, ConfigError
  static Screen read(const std::filesystem::path& file, const Options& options = {}, const Context& context = {});
  /// Takes what the caller holds; labels are read as in a file. @throws InputError
  static Screen from_data(ScreenData data, const Options& options = {}, const Context& context = {});

  std::int64_t n_cells() const;
  std::int64_t n_genes() const;
  const std::vector<std::string>& cells() const;
  const std::vector<std::string>& genes() const;
  /// Control first, then single targets by name, then combinations by label.
  const std::vector<Condition>& conditions() const;
  /// Index into conditions() of every cell.
  std::span<const std::int32_t> condition_of_cell() const;
  /// One cell's values, [genes].
  std::vector<float> cell(std::int64_t i) const;
  /// Mean over the cells of a condition, [genes]. InputError with the nearest labels for one that the screen lacks.
  std::vector<double> mean(const std::string& label) const;
  /// What was understood, for people (`gracevae inspect`).
  std::string describe() const;
  const std::vector<std::string>& warnings() const;

  struct Impl;
  explicit Screen(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }  ///< for the library itself

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gracevae
