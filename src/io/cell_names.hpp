#pragma once
/// @file Matching names of a cell that differ between files: "AAAC-1", "AAAC.1", "sample1_AAAC". Only for src/io.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gracevae::impl {

/// The barcode in a name: [ACGTN]{8,}, or several with one letter between, not next to other capitals or digits
/// ("GATTACAGATTACA" in "s1_GATTACAGATTACA-1"). "" if there is none.
std::string_view barcode_of(std::string_view name);

/// A change of names that may make two files' names equal.
struct NameChange {
  using Function = std::string (*)(std::string_view);
  const char* what;  ///< "without the number at the end"
  Function cells, rows;
};

/// The changes that join_labels tries, in order: R's form of names; without the number at the end (on one side, on
/// both, all numbers); without the text before the barcode; the barcode alone; lower case.
const std::vector<NameChange>& name_changes();

/// Comparison of two lists of names, each under its own function.
struct NameFit {
  std::size_t n_common = 0;                                                  ///< rows that name a cell
  std::optional<std::pair<std::size_t, std::size_t>> same_cells, same_rows;  ///< the first two with equal keys
  std::optional<std::pair<std::size_t, std::size_t>>
      example;  ///< a matching cell and row, with different names if possible
  bool unique() const { return !same_cells && !same_rows; }
};

/// Compares the keys of cells and rows; an empty key matches nothing. Cost: linear in the names.
/// @test tests/unit/io/cell_names_test.cpp
NameFit fit_of(const std::vector<std::string>& cells, const std::vector<std::string>& rows);

/// Share of the smaller list's names that the larger one holds, from a sample of some hundred: a quick test whether two
/// lists match.
double sampled_share(const std::vector<std::string>& one, const std::vector<std::string>& other);

/// Applies `change` to every name.
std::vector<std::string> changed(const std::vector<std::string>& names, NameChange::Function change);

/// Whether the names are just "1" to "n", or "0" to "n-1", in order.
bool are_numbers_in_order(const std::vector<std::string>& names);

}  // namespace gracevae::impl
