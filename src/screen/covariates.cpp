#include "screen/covariates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "base/nearest.hpp"
#include "io/delimited.hpp"
#include "io/lines.hpp"
#include "screen/screen.hpp"
#include "stats/distributions.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kMostLevels = 50;
constexpr std::int64_t kFewestOfLevel = 10;
constexpr std::int64_t kFewControls = 20;
constexpr std::size_t kNamesShown = 5;  // in messages

bool is_missing_value(std::string_view word) {
  const std::string small = lower_case(trim(word));
  return small.empty() || small == "nan" || small == "na" || small == "none" || small == "<na>" || small == "null";
}

/// Values of a covariate, one a cell.
struct CovariateColumn {
  const std::string& name;
  const std::vector<std::string>& values;

  std::string place(const std::string& option) const { return fmt::format("{}: obs column '{}'", option, name); }
};

CovariateColumn column_named(const std::string& name, const std::map<std::string, std::vector<std::string>>& kept,
                             const std::string& option, const std::string& label_column,
                             const std::vector<std::string>& cells) {
  if (name == label_column)
    throw InputError({.place = option, .found = fmt::format("'{}' is the column of the labels", name)},
                     "name a column that says something else of the cells, such as their batch");
  const auto found = kept.find(name);
  GRACEVAE_CHECK(found != kept.end(), "the screen was loaded without a covariate's column");
  const CovariateColumn column{found->first, found->second};
  std::int64_t n_missing = 0;
  std::size_t first = 0;
  for (std::size_t i = column.values.size(); i-- > 0;)
    if (is_missing_value(column.values[i])) {
      ++n_missing;
      first = i;
    }
  if (n_missing > 0)
    throw InputError({.place = column.place(option),
                      .found = fmt::format("{} of {} cells have no value, the first is '{}'", n_missing,
                                           column.values.size(), cells[first])},
                     "leave these cells out of the file, or give them a level of their own, such as 'unknown'");
  return column;
}

/// The levels of a category in order, with their cells counted.
std::map<std::string, std::int64_t> levels_of(const CovariateColumn& column) {
  std::map<std::string, std::int64_t> levels;
  for (const std::string& value : column.values) ++levels[value];
  const std::string place = column.place("screen.covariates");
  if (levels.size() < 2)
    throw InputError({.place = place,
                      .found = fmt::format("one level only, '{}'", levels.begin()->first),
                      .expected = "two or more"},
                     "leave the column out of screen.covariates: all cells agree in it");
  if (levels.size() > kMostLevels)
    throw InputError({.place = place,
                      .found = fmt::format("{} levels", levels.size()),
                      .expected = fmt::format("at most {}", kMostLevels)},
                     "a number such as a dose or a time belongs into screen.continuous_covariates; else merge levels");
  for (const auto& [level, n] : levels)
    if (n < kFewestOfLevel)
      throw InputError({.place = place,
                        .found = fmt::format("level '{}' has {} cell{}", level, n, n == 1 ? "" : "s"),
                        .expected = fmt::format("{} or more", kFewestOfLevel)},
                       "merge the level with another one, or leave its cells out of the file");
  return levels;
}

/// The numbers of a continuous covariate.
std::vector<double> numbers_of(const CovariateColumn& column, const std::vector<std::string>& cells) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    double number = 0;
    if (!parse_number(column.values[i], number) || !std::isfinite(number))
      throw InputError({.place = column.place("screen.continuous_covariates"),
                        .found = fmt::format("cell '{}' has '{}'", cells[i], column.values[i]),
                        .expected = "a number"},
                       "name a column of words in screen.covariates instead");
    numbers.push_back(number);
  }
  return numbers;
}

/// Centres a column of the design over control cells; returns its standard deviation there.
double centre(std::vector<double>& column, const std::vector<std::int32_t>& regime_of_cell) {
  double n = 0, sum = 0, squares = 0;
  for (std::size_t i = 0; i < column.size(); ++i)
    if (regime_of_cell[i] == 0) {
      n += 1;
      sum += column[i];
    }
  for (std::size_t i = 0; i < column.size(); ++i) {
    column[i] -= sum / n;
    if (regime_of_cell[i] == 0) squares += column[i] * column[i];
  }
  return std::sqrt(squares / n);
}

/// The numbers centred, in units of their standard deviation over control cells.
std::vector<double> standardised(const CovariateColumn& column, const std::vector<std::string>& cells,
                                 const std::vector<std::int32_t>& regime_of_cell) {
  std::vector<double> numbers = numbers_of(column, cells);
  const double deviation = centre(numbers, regime_of_cell);
  if (!(deviation > 0))
    throw InputError({.place = column.place("screen.continuous_covariates"),
                      .found = "control cells do not vary in it",
                      .expected = "control cells of two or more values: they show what it does by itself"},
                     "leave it out of screen.continuous_covariates");
  for (double& number : numbers) number /= deviation;
  return numbers;
}

/// A stratum needs control cells: they are what its effects are measured against.
void check_controls(const Covariates& covariates, const std::vector<std::int32_t>& regime_of_cell,
                    std::vector<std::string>& warnings) {
  std::vector<std::int64_t> n_controls(covariates.strata.size()), n_perturbed(covariates.strata.size());
  for (std::size_t cell = 0; cell < regime_of_cell.size(); ++cell)
    ++(regime_of_cell[cell] == 0 ? n_controls
                                 : n_perturbed)[static_cast<std::size_t>(covariates.stratum_of_cell[cell])];
  std::vector<std::string> without, few;
  for (std::size_t s = 0; s < covariates.strata.size(); ++s) {
    const std::string name = covariates.stratum_name(static_cast<std::int32_t>(s));
    if (n_perturbed[s] > 0 && n_controls[s] == 0)
      without.push_back(fmt::format("{} ({} perturbed cells)", name, n_perturbed[s]));
    else if (n_controls[s] > 0 && n_controls[s] < kFewControls)
      few.push_back(fmt::format("{} ({})", name, n_controls[s]));
  }
  if (!without.empty())
    throw InputError({.place = "screen.covariates",
                      .found = fmt::format("no control cell in {}", first_few(without, kNamesShown))},
                     "effects are measured against control cells of the same stratum: leave these cells out of the "
                     "file, merge levels, or name fewer columns in screen.covariates");
  if (!few.empty())
    warnings.push_back(
        fmt::format("strata of covariates with fewer than {} control cells, whose effects are uncertain: {}",
                    kFewControls, first_few(few, kNamesShown)));
}

}  // namespace

std::string Covariates::stratum_name(std::int32_t stratum) const {
  return strata.empty() ? "" : fmt::format("{}", fmt::join(strata[static_cast<std::size_t>(stratum)], ", "));
}

std::vector<bool> Covariates::strata_with(const std::vector<std::string>& levels, const std::string& place) const {
  std::vector<bool> wanted(static_cast<std::size_t>(n_strata()), true);
  if (levels.empty()) return wanted;
  if (strata.empty())
    throw InputError({.place = place,
                      .found = fmt::format("'{}', but the screen was read without screen.covariates", levels.front())},
                     "name the column in screen.covariates, when the run is trained");
  std::set<std::string> known;
  for (const auto& stratum : strata) known.insert(stratum.begin(), stratum.end());
  for (const std::string& level : levels)
    if (!known.contains(level))
      throw InputError({.place = place, .found = fmt::format("no cells of '{}'", level)},
                       nearest_hint(level, std::vector<std::string>(known.begin(), known.end())));
  bool any = false;
  std::vector<std::string> all_strata;
  for (std::size_t s = 0; s < strata.size(); ++s) {
    all_strata.push_back(stratum_name(static_cast<std::int32_t>(s)));
    wanted[s] = std::ranges::all_of(levels, [&](const std::string& level) {
      return std::ranges::find(strata[s], level) != strata[s].end();
    });
    any |= wanted[s];
  }
  if (!any)
    throw InputError({.place = place, .found = fmt::format("no cells of {} together", fmt::join(levels, ", "))},
                     fmt::format("strata with cells: {}", first_few(all_strata, kNamesShown)));
  return wanted;
}

std::vector<std::vector<std::int64_t>> by_stratum(const Covariates& covariates, std::span<const std::int64_t> cells) {
  std::vector<std::vector<std::int64_t>> result(static_cast<std::size_t>(covariates.n_strata()));
  for (const std::int64_t cell : cells) result[static_cast<std::size_t>(covariates.stratum(cell))].push_back(cell);
  return result;
}

Covariates read_covariates(const ScreenOptions& options, const std::map<std::string, std::vector<std::string>>& kept,
                           const std::vector<std::string>& cells, const std::vector<std::int32_t>& regime_of_cell,
                           const std::string& label_column, std::vector<std::string>& warnings) {
  Covariates result;
  std::vector<std::vector<double>> design;
  std::vector<std::vector<std::string>> levels_of_cell(options.covariates.empty() ? 0 : cells.size());
  for (const std::string& name : options.covariates) {
    const CovariateColumn column = column_named(name, kept, "screen.covariates", label_column, cells);
    for (const auto& entry : levels_of(column)) {
      std::vector<double>& indicator = design.emplace_back();
      for (const std::string& value : column.values) indicator.push_back(value == entry.first ? 1 : 0);
      centre(indicator, regime_of_cell);
      result.names.push_back(fmt::format("{}={}", name, entry.first));
    }
    for (std::size_t i = 0; i < cells.size(); ++i)
      levels_of_cell[i].push_back(fmt::format("{}={}", name, column.values[i]));
  }
  for (const std::string& name : options.continuous_covariates) {
    const CovariateColumn column = column_named(name, kept, "screen.continuous_covariates", label_column, cells);
    design.push_back(standardised(column, cells, regime_of_cell));
    result.names.push_back(name);
  }
  result.design = Matrix<float>(std::ssize(cells), std::ssize(design));
  for (std::size_t j = 0; j < design.size(); ++j)
    for (std::size_t i = 0; i < cells.size(); ++i)
      result.design(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) = static_cast<float>(design[j][i]);
  if (options.covariates.empty()) return result;
  std::map<std::vector<std::string>, std::int32_t> number;
  for (const auto& levels : levels_of_cell) number.emplace(levels, 0);
  for (auto& [levels, index] : number) {
    index = static_cast<std::int32_t>(result.strata.size());
    result.strata.push_back(levels);
  }
  for (const auto& levels : levels_of_cell) result.stratum_of_cell.push_back(number.at(levels));
  check_controls(result, regime_of_cell, warnings);
  return result;
}

namespace {

/// Parts of names of columns that say what a cell became or got, not what else was done to it.
constexpr std::array<std::string_view, 15> kOutcomeWords{"leiden",    "louvain",     "cluster",  "phase",   "celltype",
                                                         "cell_type", "annot",       "mixscape", "doublet", "predicted",
                                                         "qc",        "pass_filter", "guide",    "nperts",  "umi"};

/// Conditions x levels.
struct Contingency {
  std::vector<std::string> levels;
  std::map<std::int32_t, std::vector<double>> counts;  ///< by regime, one number a level
  double n = 0;
};

/// The table of a column without missing values and with 2 to kMostLevels levels. `value_of`: of a row; `text_of`: of a
/// value.
template <class Value, class Text>
std::optional<Contingency> contingency_of(std::span<const std::int64_t> rows,
                                          const std::vector<std::int32_t>& regime_of_cell, const Value& value_of,
                                          const Text& text_of) {
  std::unordered_map<std::remove_cvref_t<decltype(value_of(0))>, std::size_t> number;
  std::vector<std::pair<std::string, std::size_t>> levels;
  std::map<std::int32_t, std::array<double, kMostLevels>> counts;
  for (std::size_t cell = 0; cell < rows.size(); ++cell) {
    const auto value = value_of(static_cast<std::size_t>(rows[cell]));
    const auto [found, is_new] = number.try_emplace(value, levels.size());
    if (is_new) {
      levels.emplace_back(text_of(value), levels.size());
      if (levels.size() > kMostLevels || is_missing_value(levels.back().first)) return std::nullopt;
    }
    ++counts[regime_of_cell[cell]][found->second];
  }
  if (levels.size() < 2) return std::nullopt;
  std::ranges::sort(levels);
  Contingency table{{}, {}, static_cast<double>(rows.size())};
  for (const auto& [name, code] : levels) {
    table.levels.push_back(name);
    for (const auto& [regime, row] : counts) table.counts[regime].push_back(row[code]);
  }
  return table;
}

/// None where the column cannot be a category.
std::optional<Contingency> contingency_of(const Column& column, std::span<const std::int64_t> rows,
                                          const std::vector<std::int32_t>& regime_of_cell) {
  const auto of = [&](const auto& value_of, const auto& text_of) {
    return contingency_of(rows, regime_of_cell, value_of, text_of);
  };
  if (const auto* categories = std::get_if<Categorical>(&column))
    return of([&](std::size_t row) { return categories->codes[row]; },
              [&](std::int32_t code) {
                return code < 0 ? std::string() : categories->categories[static_cast<std::size_t>(code)];
              });
  if (const auto* words = std::get_if<std::vector<std::string>>(&column))
    return of([&](std::size_t row) -> std::string_view { return (*words)[row]; },
              [](std::string_view word) { return std::string(word); });
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&column))
    return of([&](std::size_t row) { return (*numbers)[row]; },
              [](std::int64_t value) { return std::to_string(value); });
  if (const auto* flags = std::get_if<std::vector<bool>>(&column))
    return of([&](std::size_t row) -> bool { return (*flags)[row]; },
              [](bool flag) { return std::string(flag ? "True" : "False"); });
  return std::nullopt;
}

/// Whether read_covariates would take the column, and most cells are in levels with several conditions.
bool can_be_covariate(const Contingency& table) {
  constexpr double kCrossed = 0.9;
  const auto control = table.counts.find(0);
  if (control == table.counts.end()) return false;
  double crossed = 0;
  for (std::size_t l = 0; l < table.levels.size(); ++l) {
    double all = 0;
    int n_conditions = 0;
    for (const auto& [regime, row] : table.counts) {
      all += row[l];
      n_conditions += regime != 0 && row[l] > 0 ? 1 : 0;
    }
    if (control->second[l] == 0 || all < static_cast<double>(kFewestOfLevel)) return false;
    if (n_conditions > 1) crossed += all;
  }
  return crossed >= kCrossed * table.n;
}

double sum_of(const std::vector<double>& row) {
  double sum = 0;
  for (const double value : row) sum += value;
  return sum;
}

/// Pearson's chi-square of independence, its degrees of freedom, and Cramér's V with Bergsma's correction.
void measure_association(const Contingency& table, CovariateCandidate& candidate, double& p) {
  std::vector<double> columns(table.levels.size(), 0.0);
  for (const auto& entry : table.counts)
    for (std::size_t l = 0; l < columns.size(); ++l) columns[l] += entry.second[l];
  double chi_square = 0;
  for (const auto& entry : table.counts)
    for (std::size_t l = 0; l < columns.size(); ++l) {
      const double expected = sum_of(entry.second) * columns[l] / table.n;
      if (expected > 0) chi_square += (entry.second[l] - expected) * (entry.second[l] - expected) / expected;
    }
  const auto r = static_cast<double>(table.counts.size()), k = static_cast<double>(columns.size());
  const double degrees = (r - 1) * (k - 1);
  p = chi_square_tail(chi_square, degrees);
  const double phi = std::max(0.0, chi_square / table.n - degrees / (table.n - 1));
  const double r_bar = r - (r - 1) * (r - 1) / (table.n - 1), k_bar = k - (k - 1) * (k - 1) / (table.n - 1);
  candidate.cramers_v = std::sqrt(phi / std::max(std::min(r_bar, k_bar) - 1, 1e-9));
}

/// The level whose shares differ most.
double find_shares(const Contingency& table, CovariateCandidate& candidate) {
  constexpr double kFewest = 20;  // cells of a label
  const std::vector<double>& control = table.counts.at(0);
  double largest = -1;
  for (std::size_t l = 0; l < table.levels.size(); ++l) {
    const double share = control[l] / sum_of(control);
    double low = 1, high = 0;
    for (const auto& [regime, row] : table.counts) {
      if (regime == 0 || sum_of(row) < kFewest) continue;
      low = std::min(low, row[l] / sum_of(row));
      high = std::max(high, row[l] / sum_of(row));
    }
    const double difference = low > high ? 0 : std::max(std::abs(share - low), std::abs(share - high));
    if (difference <= largest) continue;
    largest = difference;
    candidate.level = table.levels[l];
    candidate.control_share = share;
    candidate.lowest_share = low > high ? share : low;
    candidate.highest_share = low > high ? share : high;
  }
  return largest;
}

}  // namespace

std::vector<CovariateCandidate> covariate_candidates(const DataFrame& obs, std::span<const std::int64_t> rows,
                                                     const std::vector<std::int32_t>& regime_of_cell,
                                                     const std::vector<std::string>& taken) {
  constexpr double kChance = 1e-3, kDifference = 0.1;
  std::vector<CovariateCandidate> result;
  for (const auto& [name, column] : obs.columns) {
    if (std::ranges::find(taken, name) != taken.end()) continue;
    const std::optional<Contingency> found = contingency_of(column, rows, regime_of_cell);
    if (!found || !can_be_covariate(*found)) continue;
    const Contingency& table = *found;
    CovariateCandidate candidate;
    candidate.column = name;
    candidate.n_levels = std::ssize(table.levels);
    double p = 1;
    measure_association(table, candidate, p);
    const double difference = find_shares(table, candidate);
    candidate.associated = p < kChance && difference >= kDifference;
    const std::string small = lower_case(name);
    candidate.by_design = std::ranges::none_of(kOutcomeWords, [&](std::string_view word) {
      return small.find(word) != std::string::npos;
    });
    result.push_back(std::move(candidate));
  }
  std::ranges::sort(result, {}, &CovariateCandidate::column);
  return result;
}

std::string candidate_text(const CovariateCandidate& candidate) {
  return fmt::format("{}: {} levels; '{}' are {:.0f} % of control cells, {:.0f} to {:.0f} % of a label's",
                     candidate.column, candidate.n_levels, candidate.level, 100 * candidate.control_share,
                     100 * candidate.lowest_share, 100 * candidate.highest_share);
}

}  // namespace gracevae::impl
