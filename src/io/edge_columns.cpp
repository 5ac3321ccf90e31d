#include "io/edge_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <set>

#include "base/letters.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

using Words = std::initializer_list<std::string_view>;

/// Columns that hold the same value in this many rows each are categories, not names.
constexpr std::size_t kRowsOfACategory = 5;

bool is_one_of(std::string_view word, Words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_number(std::string_view text) {
  double value = 0;
  return parse_number(text, value);
}

bool is_missing(std::string_view text) { return is_gap(text) || text == "-"; }

/// What kind of values a column has.
struct ColumnContent {
  std::size_t n = 0, n_numbers = 0, n_relations = 0, n_acting = 0, n_signs = 0;
  bool has_minus_one = false;
  std::set<std::string_view> distinct;

  void add(std::string_view text) {
    double value = 0;
    if (is_missing(text)) return;
    ++n;
    const bool number = parse_number(text, value);
    n_numbers += number;
    n_signs += number && (value == 1 || value == -1);
    has_minus_one |= number && value == -1;
    const bool acting = is_directed_relation(text);
    n_acting += acting;
    n_relations += acting || is_undirected(text);
    distinct.insert(text);
  }
  static bool is_undirected(std::string_view text) {
    return is_one_of(letters_and_digits(text),
                     {"pp", "interactswith", "interacts", "binds", "binding", "incomplexwith", "complex", "undirected",
                      "physical", "genetic", "reactswith", "neighborof"}) ||
           text == "--" || text == "---";
  }
  bool is_numbers() const { return n > 0 && n_numbers == n; }
  bool is_relations() const { return n > 0 && n_relations == n && !is_numbers(); }
  bool is_signs() const { return n > 0 && n_signs == n && has_minus_one; }
  bool is_sign_or_direction() const { return is_signs() || (is_relations() && n_acting > 0); }
  bool is_category() const { return n >= kRowsOfACategory && distinct.size() * kRowsOfACategory <= n; }
};

struct EndWords {
  std::string_view first, second;
  bool directed;
};
constexpr std::array kEnds{EndWords{"sourcegenesymbol", "targetgenesymbol", false},
                           EndWords{"source", "target", false},
                           EndWords{"sourcename", "targetname", false},
                           EndWords{"sourcenode", "targetnode", false},
                           EndWords{"from", "to", false},
                           EndWords{"regulator", "target", true},
                           EndWords{"regulator", "gene", true},
                           EndWords{"regulator", "targetgene", true},
                           EndWords{"tf", "target", true},
                           EndWords{"tf", "gene", true},
                           EndWords{"tf", "targetgene", true},
                           EndWords{"kinase", "substrate", true},
                           EndWords{"enzyme", "substrate", true},
                           EndWords{"ligand", "receptor", true},
                           EndWords{"parent", "child", true},
                           EndWords{"subject", "object", false},
                           EndWords{"head", "tail", false}};
/// Pairs of columns that end in A and B or in 1 and 2, the best first.
constexpr std::array<std::string_view, 14> kStems{"officialsymbolinteractor",
                                                  "preferredname",
                                                  "genesymbol",
                                                  "symbol",
                                                  "genename",
                                                  "gene",
                                                  "node",
                                                  "protein",
                                                  "entity",
                                                  "interactor",
                                                  "name",
                                                  "participant",
                                                  "partner",
                                                  "id"};

struct Ends {
  std::size_t first, second;
  bool directed;
  std::string stem;  ///< of numbered columns: "gene" of gene1 and gene2
};

std::optional<std::size_t> position(const EdgeFields& header, std::string_view word) {
  for (std::size_t j = 0; j < header.size(); ++j)
    if (letters_and_digits(header[j]) == word) return j;
  return std::nullopt;
}

std::optional<std::size_t> position(const EdgeFields& header, Words words) {
  for (const std::string_view word : words)
    if (const auto found = position(header, word)) return found;
  return std::nullopt;
}

std::optional<Ends> ends_of(const EdgeFields& header) {
  const auto both = [&](std::string_view first, std::string_view second) -> std::optional<Ends> {
    const auto a = position(header, first), b = position(header, second);
    if (!a || !b) return std::nullopt;
    return Ends{*a, *b, false, ""};
  };
  const auto numbered = [&](std::string_view stem) -> std::optional<Ends> {
    for (const auto& [a, b] : {std::pair{'a', 'b'}, std::pair{'1', '2'}})
      if (auto found = both(std::string(stem) + a, std::string(stem) + b)) {
        found->stem = stem;
        return found;
      }
    return std::nullopt;
  };
  for (const std::string_view stem : {kStems[0], kStems[1]})  // before source and target of the same table
    if (auto found = numbered(stem)) return found;
  for (const EndWords& words : kEnds)
    if (auto found = both(words.first, words.second)) {
      found->directed = words.directed;
      return found;
    }
  for (const std::string_view stem : kStems)
    if (auto found = numbered(stem)) return found;
  return std::nullopt;
}

/// Genes called gene1, gene2, … do not make a header.
bool has_names_like(const std::vector<EdgeFields>& rows, const Ends& ends) {
  const auto is_like = [&](std::string_view text) {
    const std::string word = letters_and_digits(text);
    return !ends.stem.empty() && word.starts_with(ends.stem) && word.size() > ends.stem.size() &&
           std::all_of(word.begin() + static_cast<std::ptrdiff_t>(ends.stem.size()), word.end(),
                       [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  return std::any_of(rows.begin() + 1, rows.end(), [&](const EdgeFields& row) {
    return std::max(ends.first, ends.second) < row.size() && (is_like(row[ends.first]) || is_like(row[ends.second]));
  });
}

/// Words above numbers.
bool stands_above_numbers(const std::vector<EdgeFields>& rows) {
  const EdgeFields& top = rows.front();
  for (std::size_t j = 0; j < top.size(); ++j) {
    if (is_missing(top[j]) || is_number(top[j])) continue;
    ColumnContent below;
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (j < rows[i].size()) below.add(rows[i][j]);
    if (below.is_numbers() && below.n + 1 == rows.size()) return true;
  }
  return false;
}

class ColumnFinder {
 public:
  ColumnFinder(const std::vector<EdgeFields>& rows, const EdgeFields& commented, bool is_sif)
      : rows_(rows), is_sif_(is_sif) {
    find_header(commented);
    std::size_t width = 0;
    for (std::size_t i = first_row(); i < rows_.size(); ++i) width = std::max(width, rows_[i].size());
    contents_.resize(width);
    for (std::size_t i = first_row(); i < rows_.size(); ++i)
      for (std::size_t j = 0; j < rows_[i].size(); ++j) contents_[j].add(rows_[i][j]);
    has_row_names_ = has_header() && is_row_name(columns_.names.front());
  }

  EdgeColumns find(std::string& problem) {
    problem.clear();
    if (!ends_ && !has_header() && looks_like_sif()) {
      columns_.sif = true;
      columns_.second = 2;
      columns_.sign = 1;
      return columns_;
    }
    if (ends_) {
      columns_.first = ends_->first;
      columns_.second = ends_->second;
      columns_.directed = ends_->directed;
    } else if (!find_names(problem)) {
      return columns_;
    }
    find_others();
    if (has_header() || contents_.size() > 3) columns_.n_columns = contents_.size();
    return columns_;
  }

 private:
  bool has_header() const { return !columns_.names.empty(); }
  std::size_t first_row() const { return columns_.header_row ? 1 : 0; }
  bool is_name(std::size_t j) const { return j == columns_.first || j == columns_.second; }
  bool is_row_number(std::size_t j) const { return j == 0 && has_row_names_; }

  bool is_row_name(std::string_view name) const {
    return contents_.size() > 2 &&
           (name.empty() || is_one_of(letters_and_digits(name), {"unnamed0", "index", "rownames"})) &&
           contents_.front().is_numbers();
  }

  void find_header(const EdgeFields& commented) {
    const EdgeFields& top = rows_.front();
    const std::size_t width = rows_.size() > 1 ? rows_[1].size() : top.size();
    if (commented.size() == top.size() && (ends_ = ends_of(commented))) {
      columns_.names = commented;
      return;
    }
    ends_ = ends_of(top);
    if (ends_ && has_names_like(rows_, *ends_)) ends_.reset();
    if (!ends_ && (rows_.size() < 2 || is_sif_ || !stands_above_numbers(rows_))) return;
    columns_.header_row = true;
    columns_.names = top;
    if (top.size() + 1 != width) return;
    columns_.names.insert(columns_.names.begin(), "");  // R does not name the column of row names
    if (ends_) ++ends_->first, ++ends_->second;
  }

  bool looks_like_sif() const {
    if (is_sif_) return true;
    if (contents_.size() < 3) return false;
    const ColumnContent &a = contents_[0], &relation = contents_[1], &b = contents_[2];
    if (a.is_numbers() != b.is_numbers() || relation.is_numbers() || b.is_relations()) return false;
    if (relation.is_relations()) return true;
    return relation.is_category() && !b.is_category() && !b.is_numbers() &&
           relation.distinct.size() <= a.distinct.size();
  }

  /// Finds the columns of names by their values.
  bool find_names(std::string& problem) {
    std::vector<std::size_t> names, texts, all;
    for (std::size_t j = 0; j < contents_.size(); ++j) {
      if (is_row_number(j)) continue;
      all.push_back(j);
      if (contents_[j].is_numbers()) continue;
      texts.push_back(j);
      if (!contents_[j].is_category() && !contents_[j].is_relations()) names.push_back(j);
    }
    const std::vector<std::size_t>& chosen = all.size() == 2    ? all
                                             : names.size() > 1 ? names
                                             : texts.size() > 1 ? texts
                                                                : all;
    if (chosen.size() < 2 || (chosen.size() > 2 && &chosen == &all && texts.size() == 1)) {
      problem = fmt::format("{} column{}, expected 2 names and at most a weight", contents_.size(),
                            contents_.size() == 1 ? "" : "s, of which 1 holds names");
      return false;
    }
    columns_.first = chosen[0];
    columns_.second = chosen[1];
    return true;
  }

  void find_others() {
    const EdgeFields& header = columns_.names;
    columns_.is_directed = position(header, {"isdirected", "directed", "consensusdirection"});
    columns_.is_stimulation = position(header, {"isstimulation", "consensusstimulation"});
    columns_.is_inhibition = position(header, {"isinhibition", "consensusinhibition"});
    const auto taken = {columns_.is_directed, columns_.is_stimulation, columns_.is_inhibition};
    for (std::size_t j = 0; j < contents_.size(); ++j) {
      if (is_name(j) || is_row_number(j)) continue;
      if (std::find(taken.begin(), taken.end(), std::optional(j)) != taken.end()) continue;
      const ColumnContent& content = contents_[j];
      if (!columns_.sign && content.is_sign_or_direction())
        columns_.sign = j;
      else if (content.is_numbers())
        columns_.numbers.push_back(j);
      else if (!has_header() && !content.is_relations() && !content.is_category())
        columns_.weights.push_back(j);
    }
    if (!has_header())
      columns_.weights.insert(columns_.weights.end(), columns_.numbers.begin(), columns_.numbers.end());
    columns_.score = position(header, {"combinedscore", "score", "weight", "importance", "confidence",
                                       "confidencescore", "probability", "prob"});
    if (columns_.score && (is_name(*columns_.score) || *columns_.score >= contents_.size() ||
                           (contents_[*columns_.score].n > 0 && !contents_[*columns_.score].is_numbers())))
      columns_.score.reset();
    if (!columns_.score && columns_.numbers.size() == 1) columns_.score = columns_.numbers.front();
  }

  const std::vector<EdgeFields>& rows_;
  const bool is_sif_;
  EdgeColumns columns_;
  std::optional<Ends> ends_;
  std::vector<ColumnContent> contents_;
  bool has_row_names_ = false;
};

}  // namespace

std::string EdgeColumns::name_of(std::size_t column) const {
  return column < names.size() && !names[column].empty() ? names[column] : fmt::format("column {}", column + 1);
}

EdgeColumns find_edge_columns(const std::vector<EdgeFields>& rows, const EdgeFields& commented, bool is_sif,
                              std::string& problem) {
  return ColumnFinder(rows, commented, is_sif).find(problem);
}

int sign_of_relation(std::string_view text) {
  const std::string word = letters_and_digits(text);
  if (is_one_of(text, {"+", "+1", "1", "->", "-->", "=>"})) return 1;
  if (is_one_of(text, {"-1", "-|", "--|", "|-", "-]"})) return -1;
  if (is_one_of(word, {"activates", "activation", "activating", "activator", "stimulates", "stimulation", "upregulates",
                       "upregulation", "up", "positive", "induces", "induction", "positiveregulation", "expression"}))
    return 1;
  if (is_one_of(word, {"inhibits", "inhibition", "inhibiting", "inhibitor", "represses", "repression", "downregulates",
                       "downregulation", "down", "negative", "suppresses", "suppression", "negativeregulation"}))
    return -1;
  return 0;
}

bool is_directed_relation(std::string_view text) {
  if (sign_of_relation(text) != 0) return true;
  const std::string word = letters_and_digits(text);
  return word.starts_with("controls") ||
         is_one_of(word, {"pd", "regulates", "regulation", "targets", "phosphorylates", "phosphorylation",
                          "ubiquitinates", "ubiquitination", "catalysisprecedes"}) ||
         text == ">";
}

bool is_true_word(std::string_view text) { return is_one_of(lower_case(text), {"1", "true", "yes", "t", "1.0"}); }

}  // namespace gracevae::impl
