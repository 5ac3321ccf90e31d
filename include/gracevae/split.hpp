#pragma once
/// @file Which cells train, validate and test.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gracevae/fold.hpp>
#include <gracevae/screen.hpp>

namespace gracevae {

/// Immutable; copies share the data.
class Split {
 public:
  /// A new split by the options of section split (docs/splits.md): unseen-double by default. Deterministic from `seed`.
  static Split make(const Screen& screen, std::uint64_t seed, const Options& options = {});
  /// A split file: cell, fold and, optionally, the control cell paired with it.
  static Split read(const Screen& screen, const std::filesystem::path& file);
  /// The caller's own: one fold a cell. @throws InputError another number of cells, or a split that leaks
  static Split from_folds(const Screen& screen, std::vector<Fold> folds);

  std::span<const Fold> folds() const;
  /// Rows of the test cells of a condition, ascending.
  std::vector<std::int64_t> test_cells(const std::string& label) const;
  /// Labels of the conditions with test cells, in the screen's order.
  std::vector<std::string> test_conditions() const;
  void write(const std::filesystem::path& file) const;

  struct Impl;
  explicit Split(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }  ///< for the library itself

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Writes the split of screen.file for every seed ("0-9", "0,3,7"), split_seed<seed>.tsv and .json, with the options of
/// sections screen and split. Files that differ stay and are a ConfigError, unless `force`. Returns what each split
/// holds, for people.
std::string write_splits(const std::filesystem::path& folder, const std::string& seeds, const Options& options,
                         bool force = false, const Context& context = {});

}  // namespace gracevae
