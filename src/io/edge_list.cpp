#include "io/edge_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/delimited.hpp"
#include "io/edge_columns.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kSampled = 1000, kNamesShown = 8;
constexpr const char* kHint =
    "an edge list has two columns of names, under a header such as source and target, or alone";

/// The separator of a line; a space if it has no other.
char separator_of(std::string_view line) {
  std::ptrdiff_t n_commas = 0, n_semicolons = 0;
  bool quoted = false;
  for (const char letter : line) {
    if (letter == '"') quoted = !quoted;
    if (quoted) continue;
    if (letter == '\t') return '\t';
    n_commas += letter == ',';
    n_semicolons += letter == ';';
  }
  if (n_commas + n_semicolons == 0) return ' ';
  return n_commas >= n_semicolons ? ',' : ';';
}

std::string_view without_quotes(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? trim(text.substr(1, text.size() - 2)) : text;
}

/// The fields of a line, trimmed and unquoted; views of the line. False if a quote is not closed.
bool split_fields(std::string_view line, char separator, bool quotes, std::vector<std::string_view>& fields) {
  fields.clear();
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (quotes && i < line.size() && line[i] == '"' && (quoted || trim(line.substr(begin, i - begin)).empty()))
      quoted = !quoted;
    if (i < line.size() && (quoted || line[i] != separator)) continue;
    const std::string_view field = trim(line.substr(begin, i - begin));
    if (separator != ' ' || !field.empty()) fields.push_back(without_quotes(field));
    begin = i + 1;
  }
  return !quoted;
}

void split_line(std::string_view line, char separator, const std::filesystem::path& file, std::int64_t number,
                std::vector<std::string_view>& fields) {
  if (split_fields(line, separator, line.find('"') != std::string_view::npos, fields)) return;
  if (separator != '\t')
    throw InputError({.place = line_place(file, number),
                      .found = fmt::format("the quote that opens field {} is not closed", fields.size())},
                     "close it, or take the quotes out of the file");
  split_fields(line, separator, false, fields);  // quotes belong to the text: such tables do not quote fields
}

std::string words_for(char separator) {
  switch (separator) {
    case '\t': return "tab-separated";
    case ',': return "comma-separated";
    case ';': return "semicolon-separated";
    default: return "separated by spaces";
  }
}

class EdgeReader {
 public:
  EdgeReader(const std::filesystem::path& path, const EdgeListOptions& options,
             const std::function<void(const Edge&)>& visit)
      : path_(path), options_(options), visit_(visit) {
    std::string name = path.filename().string();
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    is_sif_ = name.ends_with(".sif") || name.ends_with(".SIF");
  }

  EdgeListSummary read() {
    LineReader lines(path_);
    for (std::string_view line; lines.next(line);) {
      const std::string_view text = trim(line);
      number_ = lines.number();
      if (text.empty()) continue;
      if (text[0] == '#') {
        note_comment(text.substr(1));
        continue;
      }
      if (separator_ == 0) separator_ = separator_of(line);
      if (separator_ == ' ' || line.find(separator_) == std::string_view::npos)
        split_line(text, separator_of(text), path_, number_, fields_);
      else
        split_line(line, separator_, path_, number_, fields_);
      take();
    }
    if (!decided_) decide();
    if (summary_.n_edges == 0 && summary_.n_below > 0) throw_all_below();
    summary_.how = how();
    summary_.plain = columns_.names.empty() && !columns_.sif && !columns_.sign && options_.least_score == 0;
    return summary_;
  }

 private:
  std::string place() const { return line_place(path_, number_); }

  /// Keeps a line that may be the header.
  void note_comment(std::string_view text) {
    if (!rows_.empty() || decided_) return;
    std::vector<std::string_view> fields;
    if (text.find('"') == std::string_view::npos) split_line(text, separator_of(text), path_, number_, fields);
    commented_.assign(fields.begin(), fields.end());
  }

  void take() {
    if (decided_) return add_row();
    rows_.emplace_back(fields_.begin(), fields_.end());
    numbers_.push_back(number_);
    if (rows_.size() == kSampled) decide();
  }

  void decide() {
    decided_ = true;
    if (rows_.empty()) return;
    std::string problem;
    columns_ = find_edge_columns(rows_, commented_, is_sif_, problem);
    const std::int64_t last = number_;
    number_ = numbers_.front();
    if (!problem.empty()) throw InputError({.place = place(), .found = problem}, kHint);
    choose_score();
    for (std::size_t i = columns_.header_row ? 1 : 0; i < rows_.size(); ++i) {
      number_ = numbers_[i];
      fields_.assign(rows_[i].begin(), rows_[i].end());
      add_row();
    }
    rows_.clear();
    number_ = last;
  }

  /// The column of --edge-score-column, else the detected one.
  void choose_score() {
    if (!options_.score_column.empty()) {
      columns_.score = column_of(options_.score_column);
      return;
    }
    if (options_.least_score == 0 || columns_.score) return;
    std::vector<std::string> names;
    for (const std::size_t j : columns_.numbers) names.push_back(columns_.name_of(j));
    if (names.empty())
      throw InputError({.place = path_.string(), .found = "no column of numbers, so that edges have no score"},
                       "leave network.edge_score out");
    throw InputError({.place = path_.string(),
                      .found = fmt::format("{} columns could be the score of the edges: {}", names.size(),
                                           first_few(names, kNamesShown))},
                     fmt::format("name it with network.edge_score_column {}, or leave network.edge_score out",
                                 columns_.names.empty() ? std::to_string(columns_.numbers.front() + 1)
                                                        : shell_word(names.front())));
  }

  std::size_t column_of(const std::string& name) const {
    if (columns_.sif)
      throw InputError({.place = path_.string(), .found = "a SIF file has no scores (network.edge_score_column)"},
                       "leave network.edge_score_column out");
    const auto found = std::find(columns_.names.begin(), columns_.names.end(), name);
    if (found != columns_.names.end()) return static_cast<std::size_t>(found - columns_.names.begin());
    const std::size_t width = columns_.n_columns > 0 ? columns_.n_columns : 3;
    double number = 0;
    if (parse_number(name, number) && number >= 1 && number <= static_cast<double>(width) &&
        number == std::floor(number))
      return static_cast<std::size_t>(number) - 1;
    throw InputError({.place = path_.string(),
                      .found = fmt::format("no column '{}' (network.edge_score_column)", name)},
                     columns_.names.empty()
                         ? fmt::format("the file has no header: columns are numbers from 1 to {}", width)
                         : nearest_hint(name, columns_.names));
  }

  void add_row() {
    if (columns_.sif) return add_sif();
    check_row();
    const std::string_view from = fields_[columns_.first], to = fields_[columns_.second];
    const bool header = !columns_.names.empty();
    for (const auto& [name, column] : {std::pair{from, columns_.first}, std::pair{to, columns_.second}}) {
      if (name.empty() && header) {
        ++summary_.n_unnamed;
        return;
      }
      if (name.empty() || (!header && name.find_first_of(" \t") != std::string_view::npos))
        throw InputError({.place = place(),
                          .found = fmt::format("'{}' in column {}", shown(name), column + 1),
                          .expected = "a name without spaces"},
                         kHint);
    }
    Edge edge{.from = from, .to = to, .directed = columns_.directed};
    if (!read_score(edge)) return;
    if (columns_.sign && *columns_.sign < fields_.size()) set_relation(fields_[*columns_.sign], edge);
    if (columns_.is_directed) edge.directed = is_true(columns_.is_directed);
    if (is_true(columns_.is_stimulation) != is_true(columns_.is_inhibition))
      edge.sign = is_true(columns_.is_stimulation) ? 1 : -1;
    visit(edge);
  }

  void check_row() const {
    const std::size_t n = fields_.size();
    if (columns_.n_columns > 0 && n != columns_.n_columns)
      throw InputError({.place = place(),
                        .found = fmt::format("{} columns", n),
                        .expected = fmt::format("{} as in the lines above", columns_.n_columns)},
                       "is the last line whole?");
    if (columns_.n_columns == 0 && n != 2 && n != 3)
      throw InputError(
          {.place = place(), .found = fmt::format("{} columns", n), .expected = "2 names and at most a weight"}, kHint);
    std::vector<std::size_t> weights = columns_.weights;
    if (columns_.n_columns == 0 && n == 3 && !columns_.sign) weights = {2};  // some lines have a weight
    for (const std::size_t j : weights) {
      double value = 0;
      if (j < n && !is_missing(fields_[j]) && !parse_number(fields_[j], value))
        throw InputError({.place = place(),
                          .found = fmt::format("'{}' in column {}", shown(fields_[j]), j + 1),
                          .expected = "a number (a weight) or nothing"},
                         kHint);
    }
  }

  void add_sif() {
    if (fields_.size() == 1) return;  // a node without edges
    if (fields_.size() == 2)
      throw InputError({.place = place(), .found = "2 columns", .expected = "a name, a relation and names"}, kHint);
    for (std::size_t i = 2; i < fields_.size(); ++i) {
      if (fields_[i].empty()) continue;
      Edge edge{.from = fields_[0], .to = fields_[i]};
      set_relation(fields_[1], edge);
      if (options_.least_score != 0) {
        ++summary_.n_below;
        continue;
      }
      visit(edge);
    }
  }

  static bool is_missing(std::string_view text) { return is_gap(text) || text == "-"; }

  bool is_true(const std::optional<std::size_t>& column) const {
    return column && *column < fields_.size() && is_true_word(fields_[*column]);
  }

  static void set_relation(std::string_view relation, Edge& edge) {
    edge.sign = sign_of_relation(relation);
    edge.directed |= is_directed_relation(relation);
  }

  /// False if the edge is left out.
  bool read_score(Edge& edge) {
    if (!columns_.score) return true;
    const std::string_view text = *columns_.score < fields_.size() ? fields_[*columns_.score] : std::string_view();
    if (!is_missing(text) && !parse_number(text, edge.score)) {
      if (options_.least_score == 0 && options_.score_column.empty()) return true;
      throw InputError({.place = place(),
                        .found = fmt::format("'{}' in {}", shown(text), columns_.name_of(*columns_.score)),
                        .expected = "a number (the score of the edge)"},
                       "network.edge_score_column names another column");
    }
    if (!std::isnan(edge.score)) {
      smallest_ = std::isnan(smallest_) ? edge.score : std::min(smallest_, edge.score);
      largest_ = std::isnan(largest_) ? edge.score : std::max(largest_, edge.score);
    }
    if (options_.least_score == 0 || edge.score >= options_.least_score) return true;
    ++summary_.n_below;
    return false;
  }

  void visit(const Edge& edge) {
    ++summary_.n_edges;
    visit_(edge);
  }

  [[noreturn]] void throw_all_below() const {
    const std::string column = columns_.score ? columns_.name_of(*columns_.score) : "none";
    if (std::isnan(largest_))
      throw InputError({.place = path_.string(),
                        .found = fmt::format("none of {} edges has a score ({})", summary_.n_below,
                                             columns_.sif ? "SIF has none" : column)},
                       columns_.sif
                           ? "leave network.edge_score out"
                           : "leave network.edge_score out, or name another column with network.edge_score_column");
    throw InputError(
        {.place = path_.string(),
         .found = fmt::format("none of {} edges has a score of at least {} (network.edge_score): {} goes from {} to {}",
                              summary_.n_below, options_.least_score, column, smallest_, largest_)},
        "take a smaller network.edge_score, or leave it out");
  }

  std::string how() const {
    std::string text = fmt::format("{}: {}", path_.string(), words_for(separator_));
    if (columns_.sif) return text + ", a name, a relation and names a line (SIF)";
    const bool header = !columns_.names.empty();
    text +=
        header ? fmt::format(", columns {} and {}", columns_.name_of(columns_.first), columns_.name_of(columns_.second))
               : fmt::format(", no header, names in columns {} and {}", columns_.first + 1, columns_.second + 1);
    if (columns_.score) text += fmt::format(", score {}", columns_.name_of(*columns_.score));
    if (columns_.sign) text += fmt::format(", sign {}", columns_.name_of(*columns_.sign));
    if (options_.least_score != 0)
      text += fmt::format("; {} edges have a score of at least {}, {} less or none", summary_.n_edges,
                          options_.least_score, summary_.n_below);
    if (summary_.n_unnamed > 0) text += fmt::format("; {} lines without a name are left out", summary_.n_unnamed);
    return text;
  }

  std::filesystem::path path_;
  EdgeListOptions options_;
  const std::function<void(const Edge&)>& visit_;
  bool is_sif_ = false, decided_ = false;
  char separator_ = 0;
  std::int64_t number_ = 0;
  std::vector<std::string_view> fields_;
  std::vector<EdgeFields> rows_;  ///< the first ones, until the columns are known
  std::vector<std::int64_t> numbers_;
  EdgeFields commented_;
  EdgeColumns columns_;
  double smallest_ = std::numeric_limits<double>::quiet_NaN(), largest_ = smallest_;
  EdgeListSummary summary_;
};

}  // namespace

EdgeListSummary for_each_edge(const std::filesystem::path& path, const EdgeListOptions& options,
                              const std::function<void(const Edge&)>& visit) {
  return EdgeReader(path, options, visit).read();
}

}  // namespace gracevae::impl
