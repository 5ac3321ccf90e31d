#pragma once
/// @file From a cell's label ("control", "A", "A+B") to its intervention targets.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "screen/control_words.hpp"
#include "screen/guide_names.hpp"

namespace gracevae {

/// How a label column is to be read. The defaults are the canonical form that everything else speaks; the forms of
/// other data sets are found by screen/label_detection.hpp.
struct LabelDialect {
  std::string column = "condition";
  std::string control = "control";  ///< control's words and patterns (ControlWords)
  std::string separator = "+";      ///< between targets; "" = one target a label
  bool doubled = false;             ///< every label stands twice, as in A_B__A_B (pairs of guides on GEO)
};

/// The gene names that a label may mean.
struct KnownGenes {
  std::unordered_set<std::string> symbols;
  std::unordered_map<std::string, std::string> symbol_of_id;  ///< from var's index and columns of ids
  std::unordered_set<std::string> unmeasured;                 ///< other names that targets may have

  KnownGenes() = default;
  KnownGenes(const std::vector<std::string>& genes, const std::vector<std::string>& gene_ids);
  /// Other names of the genes, one for each: "" and names that are symbols themselves are passed over; an Ensembl id is
  /// known without its version too.
  void add_ids(const std::vector<std::string>& genes, const std::vector<std::string>& ids);
  /// Names of networks and tables of aliases. Those that no symbol could be (Entrez ids, single letters) and control's
  /// words are passed over.
  void add_unmeasured(const std::vector<std::string>& names);
  /// A gene of the screen.
  bool contains(const std::string& name) const { return symbols.contains(name) || symbol_of_id.contains(name); }
  /// A gene, measured or not.
  bool is_target(const std::string& name) const { return contains(name) || unmeasured.contains(name); }
};

/// What names in labels may be, besides genes.
struct LabelNames {
  GuideNames guides;                        ///< none by default
  std::unordered_set<std::string> targets;  ///< labels that stand alone, and targets of guides
};

/// What a label says.
struct LabelReading {
  std::vector<std::string> targets;  ///< sorted, without repeats; empty for control
  std::vector<std::string> guides;   ///< names in the label that are guides', as they stand
  std::size_t n_names = 0;           ///< names in the label: genes, guides, control words, others
  std::size_t n_control = 0;         ///< of them: control words or guides beside targets, which are dropped
  std::size_t n_unknown = 0;         ///< of them: neither known, nor guides, nor control words
};

/// Reads labels of one dialect. `genes`, when given, must outlive it.
class LabelParser {
 public:
  explicit LabelParser(LabelDialect dialect, const KnownGenes* genes = nullptr, LabelNames names = {});

  /// A label's targets ("B+A" is {A, B}, "A+A" is {A}). Control words between targets are no targets ("A+ctrl" is {A}),
  /// nor are control guides ("NTg4|CMTM6g2" is {CMTM6}). White space around names is removed; guides become their
  /// targets and ids symbols. A known name that holds the separator is not cut: of all ways to read the pieces, that
  /// with the fewest unknown targets and then the fewest targets is taken; nothing is cut inside brackets or quotes
  /// ("(+)-JQ1"). InputError for an empty target ("A+", "+"), naming `place`.
  LabelReading read(const std::string& label, const std::string& place) const;
  std::vector<std::string> targets(const std::string& label, const std::string& place) const {
    return read(label, place).targets;
  }

  /// Control's word, or nothing but control words. A pattern's star takes in a separator only where no piece is a known
  /// target: "non_targeting_1" fits non_targeting*, "NTg4_CMTM6g2" does not fit NTg*.
  bool is_control(std::string_view label) const;
  /// True where the label says nothing of the cell: blank, NaN, "*", multiplet, unassigned, … those being control's
  /// word, or, in a doubled dialect, two halves that differ.
  bool is_missing(std::string_view label) const;
  /// A gene, or one of LabelNames::targets.
  bool is_known(const std::string& name) const;
  /// The target of a guide's name; nothing where it is none.
  std::optional<std::string> target_of_guide(const std::string& name) const;
  const LabelDialect& dialect() const { return dialect_; }

 private:
  bool is_control_word(std::string_view word) const;
  bool is_control_of_pieces(std::string_view joined, std::span<const std::string_view> pieces) const;
  std::string piece_of(const std::string& name, LabelReading& reading) const;
  std::vector<std::string> join_known(const std::vector<std::string_view>& pieces) const;

  LabelDialect dialect_;
  ControlWords control_;
  const KnownGenes* genes_;
  LabelNames names_;
};

/// LabelParser(dialect).targets(label, place).
std::vector<std::string> parse_label(const std::string& label, const LabelDialect& dialect, const std::string& place);

/// The canonical label of sorted targets: "A+B"; "control" for none, whatever the file's own words are.
std::string label_of(std::span<const std::string> targets);

/// The half of a doubled label ("A_B__A_B" → "A_B"), "" where it is none.
std::string_view half_of_doubled(std::string_view label);

/// The pieces between separators that stand in no pair of brackets or quotes, white space around them removed; the
/// whole label where the separator is empty.
std::vector<std::string_view> split_label(std::string_view label, std::string_view separator);

}  // namespace gracevae
