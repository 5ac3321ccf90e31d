#include "screen/prepare_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "screen/describe.hpp"

namespace gracevae::impl::prepare {

std::vector<std::string> other_matrices(const CellSource& source) {
  std::vector<std::string> others;
  for (const std::string& matrix : source.matrices)
    if (!is_read(source.matrix, matrix)) others.push_back("screen.matrix " + matrix);
  return others;
}

void ValueCheck::look_at(std::int64_t first, const CsrMatrix<float>& rows) {
  if (!input_.options.scales()) values_.add(rows.values);
  if (!are_counts_ && !input_.options.log_only) return;
  const auto odd = std::find_if(rows.values.begin(), rows.values.end(), [&](float value) {
    return value < 0 || (value != std::floor(value) && !input_.options.log_only);
  });
  if (odd == rows.values.end()) return;
  are_counts_ = false;
  if (input_.options.no_normalise) return;
  const std::int64_t at = odd - rows.values.begin();
  const auto row = std::upper_bound(rows.indptr.begin(), rows.indptr.end(), at) - rows.indptr.begin() - 1;
  refuse(first + row, rows.indices[static_cast<std::size_t>(at)], *odd);
}

void ValueCheck::refuse(std::int64_t cell, std::int32_t gene, float value) const {
  const std::vector<std::string> others = other_matrices(input_.source);
  const std::string found = fmt::format("{}: cell '{}', gene '{}' is {}", input_.place(),
                                        input_.source.obs.index[static_cast<std::size_t>(cell)],
                                        input_.source.var.index[static_cast<std::size_t>(gene)], value);
  if (input_.options.log_only)
    throw InputError(
        {.found = found, .expected = "values of at least 0, which have a logarithm"},
        others.empty()
            ? "values below zero are scaled or corrected: take the file from before that"
            : fmt::format(
                  "name the normalised values, or without prepare.log_only the counts, if they are there too ({})",
                  fmt::join(others, ", ")));
  const char* logged = input_.labels.log1p_base
                           ? ". The file's uns/log1p says that it was log-transformed, and twice would be wrong"
                           : "";
  throw InputError(
      {.found = found + ", no count", .expected = std::string("whole numbers of at least 0") + logged},
      fmt::format(
          "{}if the values are log1p already, prepare.no_normalise only filters, chooses genes and tests them; if they "
          "are normalised but not logged, prepare.log_only logs them",
          others.empty() ? "" : fmt::format("name the counts if they are there too ({}); ", fmt::join(others, ", "))));
}

std::vector<std::string> ValueCheck::check_scale() const {
  if (!input_.options.log_only) return {};
  const CellSource& source = input_.source;
  const ValueSummary found = summarise_values(values_, source.rows->n_rows(), source.rows->n_cols());
  const bool says_log1p = input_.labels.log1p_base && source.matrix == "X";
  if (found.scale == ValueScale::linear) {
    if (!says_log1p) return {};
    return {fmt::format(
        "uns/log1p says that the values were log-transformed, but the largest is {:g}: they were taken as linear",
        found.largest)};
  }
  if (found.whole)
    throw InputError(
        {.place = input_.place(),
         .found = fmt::format(
             "all values are whole numbers (up to {:g}), like counts: prepare.log_only expects values that are normalised already",
             found.largest)},
        "without prepare.log_only, counts are scaled to one total and then logged");
  throw InputError(
      {.place = input_.place(),
       .found = fmt::format("no value is above {:g}{}: they look log-transformed already, and twice would be wrong",
                            found.largest, says_log1p ? ", and uns/log1p says that they were log-transformed" : "")},
      "values on a log1p scale need no preparing; prepare.no_normalise filters, chooses genes and tests them");
}

}  // namespace gracevae::impl::prepare
