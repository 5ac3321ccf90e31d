#pragma once
/// @file From a cell's label ("control", "A", "A+B") to its intervention targets.
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gracevae {

/// How a label column is to be read. The defaults are the canonical form that everything else speaks; the forms of
/// other data sets are found by screen/label_detection.hpp.
struct LabelDialect {
  std::string column = "condition";
  std::string control = "control";  ///< control's word; with a star at its end, every word that begins like it
  std::string separator = "+";      ///< between targets; "" = one target a label
  bool doubled = false;             ///< every label stands twice, as in A_B__A_B (pairs of guides on GEO)
};

/// The gene names that a label may mean.
struct KnownGenes {
  std::unordered_set<std::string> symbols;
  std::unordered_map<std::string, std::string> symbol_of_id;  ///< from var's index and columns of ids

  KnownGenes() = default;
  KnownGenes(const std::vector<std::string>& genes, const std::vector<std::string>& gene_ids);
  /// Other names of the genes, one for each: "" and names that are symbols themselves are passed over; an Ensembl id is
  /// known without its version too.
  void add_ids(const std::vector<std::string>& genes, const std::vector<std::string>& ids);
  bool contains(const std::string& name) const { return symbols.contains(name) || symbol_of_id.contains(name); }
};

/// Reads labels of one dialect. `genes`, when given, must outlive it.
class LabelParser {
 public:
  explicit LabelParser(LabelDialect dialect, const KnownGenes* genes = nullptr);

  /// Targets of a label: sorted, without repeats ("B+A" is {A, B}, "A+A" is {A}); empty for control. Control words
  /// between targets are no targets ("A+ctrl" is {A}). White space around names is removed; ids become symbols. A known
  /// gene whose symbol holds the separator is not cut: of all ways to read the pieces, that with the fewest unknown
  /// targets and then the fewest targets is taken. InputError for an empty target ("A+", "+"), naming `place`.
  std::vector<std::string> targets(const std::string& label, const std::string& place) const;

  bool is_control(std::string_view label) const;
  /// True where the label says nothing: blank, NaN or NA that being control's word, or, in a doubled dialect, two
  /// halves that differ.
  bool is_missing(std::string_view label) const;
  const LabelDialect& dialect() const { return dialect_; }

 private:
  bool is_control_word(std::string_view word) const;
  std::vector<std::string> pieces_of(std::string_view label) const;
  std::vector<std::string> join_known(const std::vector<std::string>& pieces) const;

  LabelDialect dialect_;
  const KnownGenes* genes_;
};

/// LabelParser(dialect).targets(label, place).
std::vector<std::string> parse_label(const std::string& label, const LabelDialect& dialect, const std::string& place);

/// The canonical label of sorted targets: "A+B"; "control" for none, whatever the file's own words are.
std::string label_of(std::span<const std::string> targets);

/// True for the words that data sets use for unperturbed cells: "", "ctrl", "NT", "non-targeting", "Negative Control",
/// … (case and punctuation do not matter).
bool looks_like_control(std::string_view label);

/// True for what programs write where a label is missing: NaN, NA, None, …
bool stands_for_nothing(std::string_view label);

/// The half of a doubled label ("A_B__A_B" → "A_B"), "" where it is none.
std::string_view half_of_doubled(std::string_view label);

/// The pieces between separators, white space around them removed; the whole label where the separator is empty.
std::vector<std::string_view> split_label(std::string_view label, std::string_view separator);

}  // namespace gracevae
