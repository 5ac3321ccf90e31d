#pragma once
/// @file Runs tests/support/scanpy_reference.py and reads its tables.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "io/table.hpp"
#include "support/python.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl::test {

/// The Python that has SciPy and pandas, "" when there is none: Debian's comes first, since another in PATH may not.
inline const std::string& python() {
  static const std::string found = python_with("anndata, scipy, pandas");
  return found;
}

inline std::string reference_script() { return support_script("scanpy_reference.py").string(); }

/// Why the reference cannot run, "" when it can.
inline std::string no_reference() {
  if (!std::filesystem::exists(reference_script())) return "set GRACEVAE_SOURCE_DIR to the repository (ctest does)";
  return python().empty() ? "no python3 with anndata: apt-get install python3-anndata" : "";
}

/// The exit status of the script with these arguments.
inline int run_reference(const std::string& arguments) {
  return std::system(fmt::format("{} '{}' {}", python(), reference_script(), arguments).c_str());
}

/// The tables of `scanpy_reference.py functions`, made once for all tests of the program; "" when that cannot be.
inline const std::filesystem::path& reference_tables() {
  static const TemporaryFolder folder;
  static const std::filesystem::path path =
      no_reference().empty() && run_reference(fmt::format("functions '{}'", folder.path().string())) == 0
          ? folder.path()
          : std::filesystem::path();
  return path;
}

inline std::vector<double> numbers_of(const Table& table, const std::string& column) {
  const std::size_t at = table.column(column, "reference");
  std::vector<double> numbers;
  for (const auto& row : table.rows) numbers.push_back(std::strtod(row[at].c_str(), nullptr));
  return numbers;
}

/// Every entry within `tolerance` relative; NaN and infinities equal; below 1e-300 absolutely.
inline void expect_close(const std::vector<double>& found, const std::vector<double>& expected, const std::string& what,
                         double tolerance = 1e-6) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  int n_wrong = 0;
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]) ? std::isnan(found[i]) : found[i] == expected[i]) continue;
    const double error = std::abs(found[i] - expected[i]) / std::max(std::abs(expected[i]), 1e-300);
    if (std::isfinite(error)) worst = std::max(worst, error);
    if (!(error <= tolerance) && ++n_wrong <= 5)
      ADD_FAILURE() << what << " " << i << ": " << found[i] << ", expected " << expected[i];
  }
  EXPECT_EQ(n_wrong, 0) << what;
  ::testing::Test::RecordProperty("worst_" + what, fmt::format("{:.2g}", worst));
}

}  // namespace gracevae::impl::test
