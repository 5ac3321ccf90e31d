#pragma once
/// @file Names of one cell that differ between files: "AAAC-1", "AAAC.1", "sample1_AAAC". Only for src/io.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gracevae::impl {

/// The barcode in a name: [ACGTN]{8,}, also several with one letter between them, and without other capital letters or
/// digits of it ("GATTACAGATTACA" of "s1_GATTACAGATTACA-1"). "" when there is none.
std::string_view barcode_of(std::string_view name);

/// A change of names that may make those of two files equal.
struct NameChange {
  using Function = std::string (*)(std::string_view);
  const char* what;  ///< "without the number at the end"
  Function cells, rows;
};

/// Those that join_labels tries, in their order: what R makes of names; the number at the end cut (of one side, of
/// both, all of them); what stands before the barcode cut; the barcode alone; small letters.
const std::vector<NameChange>& name_changes();

/// Two lists of names compared, each under its own function.
struct NameFit {
  std::size_t n_common = 0;                                                  ///< rows that name a cell
  std::optional<std::pair<std::size_t, std::size_t>> same_cells, same_rows;  ///< the first two that became one name
  std::optional<std::pair<std::size_t, std::size_t>> example;  ///< cell and row that fit, names differing if possible
  bool unique() const { return !same_cells && !same_rows; }
};

/// Compares the keys of cells and rows; an empty key fits nothing. Cost: linear in the names.
/// @test tests/unit/io/cell_names_test.cpp
NameFit fit_of(const std::vector<std::string>& cells, const std::vector<std::string>& rows);

/// Share of the names of the smaller list that the larger one holds, of some hundred of them taken from all over: tells
/// fast that two lists do not fit.
double sampled_share(const std::vector<std::string>& one, const std::vector<std::string>& other);

/// `change` of every name.
std::vector<std::string> changed(const std::vector<std::string>& names, NameChange::Function change);

/// Whether names are "1" to "n", or "0" to "n-1", in order: numbers in place of names.
bool are_numbers_in_order(const std::vector<std::string>& names);

}  // namespace gracevae::impl
