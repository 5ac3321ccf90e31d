#include "screen/label_detection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/lines.hpp"
#include "screen/control_words.hpp"

namespace gracevae::impl {

namespace {

using LabelCounts = std::vector<std::pair<std::string, std::int64_t>>;  // by number of cells, most first

constexpr std::size_t kNamesShown = 5, kLabelsShown = 3;
constexpr double kMostKnown = 0.5;  // of a column whose name is not a known one
constexpr double kClear = 0.2;      // lead in the share of known labels that decides between columns

/// Formats of published data sets, by preference among column names.
struct Form {
  const char *column, *control, *separator, *name;
  bool doubled = false;
};
constexpr std::array<Form, 8> kForms{{{"condition", "control", "+", "PerturBench"},
                                      {"condition", "ctrl", "+", "Norman 2019, GEARS"},
                                      {"guide_ids", "", ",", "Norman 2019, CPA"},
                                      {"guide_identity", "NegCtrl*", "_", "Norman 2019, GEO", true},
                                      {"perturbation", "control", "_", "scPerturb"},
                                      {"TargetGenes", "NT", "_", "Wessels 2023"},
                                      {"target_gene", "non-targeting", "", "Virtual Cell Challenge"},
                                      {"gene", "non-targeting", "", "Replogle 2022"}}};
constexpr std::array<const char*, 14> kColumnNames{"condition",         "perturbation", "guide_identity", "guide_ids",
                                                   "TargetGenes",       "target_gene",  "gene",           "target",
                                                   "targets",           "label",        "labels",         "gene_target",
                                                   "perturbation_name", "conditions"};
/// Separators in order of preference: those that no gene symbol holds first.
constexpr std::array<const char*, 9> kSeparators{"+", ",", ";", "|", "&", "/", "_", "__", "-"};
constexpr std::size_t kNeverInSymbols = 6;  // how many of these

/// A column that may hold the labels.
struct Candidate {
  std::string column;
  std::vector<std::string> labels;  // of the cells
  LabelCounts counts;
  LabelDialect dialect;
  LabelNames names;
  double known = 0;  // share of the perturbed labels whose targets are all known genes
};

LabelCounts count_labels(const std::vector<std::string>& labels) {
  std::map<std::string, std::int64_t> counted;
  for (const auto& label : labels) ++counted[std::string(trim(label))];
  LabelCounts counts(counted.begin(), counted.end());
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return counts;
}

std::string counts_text(const LabelCounts& counts, std::size_t n_shown) {
  std::string text;
  for (std::size_t i = 0; i < std::min(n_shown, counts.size()); ++i)
    text += fmt::format("{}'{}' ({} cells)", text.empty() ? "" : ", ", counts[i].first, counts[i].second);
  return text;
}

// ---- control's word ----

bool is_doubled(const LabelCounts& counts) {
  std::int64_t n_doubled = 0, n_named = 0;
  for (const auto& [label, n] : counts) {
    if (label.empty()) continue;
    n_named += n;
    if (!half_of_doubled(label).empty()) n_doubled += n;
  }
  return n_named > 0 && 2 * n_doubled > n_named;
}

/// The kind of control that a label's words say; none for a gene.
ControlKind kind_of_words(std::string_view label, const KnownGenes& genes) {
  const ControlKind kind = control_kind(label);
  if (kind == ControlKind::none) return kind;
  const bool numbered = std::isdigit(static_cast<unsigned char>(label.back())) != 0;
  const bool is_gene = (kind == ControlKind::cells || numbered) && genes.contains(std::string(label));
  return is_gene ? ControlKind::none : kind;
}

/// The kind of control of a whole label, as it is or as a guide's name; none if it has a target beside control's word,
/// or is a gene.
ControlKind kind_of_label(std::string_view label, const KnownGenes& genes) {
  if (label.empty() || says_nothing(label)) return ControlKind::none;
  if (const ControlKind kind = kind_of_words(label, genes); kind != ControlKind::none) return kind;
  for (const auto& shape : GuideNames::shapes_of(std::string(label)))
    if (!genes.contains(std::string(label)) && kind_of_words(shape.target, genes) == ControlKind::guide)
      return ControlKind::guide;
  return ControlKind::none;
}

/// Control's words in a label, all of whose pieces by `separator` are control of this kind: themselves, or what a table
/// of guides calls them. Empty for other labels.
std::vector<std::string> control_words_of(std::string_view label, std::string_view separator, ControlKind kind,
                                          const Candidate& candidate, const KnownGenes& genes) {
  std::vector<std::string> words;
  const GuideNames& guides = candidate.names.guides;
  const auto known = [&](const std::string& name) { return genes.contains(name); };
  for (const std::string_view piece : split_label(label, separator)) {
    std::string word(piece);
    if (!guides.by_shape())
      if (const auto target = guides.target_of(word, known)) word = *target;
    if (kind_of_label(word, genes) != kind) return {};
    words.push_back(std::move(word));
  }
  return words;
}

/// The longest common prefix, trailing digits and punctuation removed; "" if it is shorter than two letters or if
/// anything but a number follows it in one of the words.
std::string common_stem(const std::vector<std::string>& words) {
  std::string stem = words.front();
  for (const auto& word : words) {
    const auto differ = std::mismatch(stem.begin(), stem.end(), word.begin(), word.end());
    stem.erase(differ.first, stem.end());
  }
  while (!stem.empty() && std::isalpha(static_cast<unsigned char>(stem.back())) == 0) stem.pop_back();
  const bool numbered = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::none_of(word.begin() + static_cast<std::ptrdiff_t>(stem.size()), word.end(),
                        [](unsigned char c) { return std::isalpha(c) != 0; });
  });
  return stem.size() >= 2 && numbered ? stem : "";
}

/// Whether this stem would take a target for control: NT matches NT5E.
bool names_others(const Candidate& candidate, const std::string& stem, const std::vector<std::string>& words,
                  const KnownGenes& genes) {
  const auto other = [&](std::string_view name) {
    return name.starts_with(stem) && std::find(words.begin(), words.end(), name) == words.end();
  };
  for (const auto& entry : candidate.counts)
    for (const char* separator : kSeparators)
      for (const std::string_view piece : split_label(entry.first, separator))
        if (other(piece) && genes.is_target(std::string(piece))) return true;
  return std::any_of(candidate.counts.begin(), candidate.counts.end(), [&](const auto& entry) {
    return !candidate.dialect.doubled && other(entry.first) && kind_of_label(entry.first, genes) == ControlKind::none;
  });
}

/// A word without a trailing guide number: "NTC_g12" → "NTC".
std::string stem_of(const std::string& word) {
  std::string stem = word.substr(0, word.find_last_not_of("0123456789") + 1);
  if (stem.size() < word.size() && stem.size() > 1 && stem.back() == 'g') stem.pop_back();
  while (!stem.empty() && std::isalnum(static_cast<unsigned char>(stem.back())) == 0) stem.pop_back();
  return stem;
}

/// Several words as one value of --control: a pattern for those that differ only in their numbers, if it matches
/// nothing else.
std::string text_of(const std::vector<std::string>& words, const Candidate& candidate, const KnownGenes& genes) {
  if (words.size() == 1 && !candidate.dialect.doubled) return words.front();
  if (const std::string stem = common_stem(words); !stem.empty() && !names_others(candidate, stem, words, genes))
    return stem + "*";
  std::vector<std::string> texts;
  for (const std::string& word : words) {
    const std::string stem = stem_of(word);
    const auto n = std::count_if(words.begin(), words.end(), [&](const auto& other) { return stem_of(other) == stem; });
    std::string text = n > 1 && stem.size() > 1 && !names_others(candidate, stem, words, genes) ? stem + "*" : word;
    std::replace(text.begin(), text.end(), ',', '*');
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(texts, ","));
}

/// Control's words of one kind, the most frequent first.
std::vector<std::string> words_of_kind(const Candidate& candidate, const std::string& separator, ControlKind kind,
                                       const KnownGenes& genes) {
  std::vector<std::string> words;
  const bool doubled = candidate.dialect.doubled;
  const auto add_words = [&](std::string_view between) {
    for (const auto& [label, n] : candidate.counts)
      for (std::string& word : control_words_of(doubled ? half_of_doubled(label) : std::string_view(label), between,
                                                kind, candidate, genes))
        if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  };
  add_words(doubled ? "_" : separator);
  // No control guide stands alone: several in every control cell.
  for (std::size_t i = 0; words.empty() && !doubled && separator.empty() && i < kNeverInSymbols; ++i)
    add_words(kSeparators[i]);
  return words;
}

/// Control's words in a column; nullopt if no label looks like one.
std::optional<std::string> find_control(const Candidate& candidate, const std::string& separator,
                                        const KnownGenes& genes) {
  if (const auto words = words_of_kind(candidate, separator, ControlKind::guide, genes); !words.empty())
    return text_of(words, candidate, genes);
  const auto words = words_of_kind(candidate, separator, ControlKind::cells, genes);
  if (!words.empty() && std::all_of(words.begin(), words.end(),
                                    [&](const auto& word) { return stem_of(word) == stem_of(words.front()); }))
    return text_of(words, candidate, genes);
  const bool any_empty = std::any_of(candidate.counts.begin(), candidate.counts.end(),
                                     [](const auto& entry) { return entry.first.empty(); });
  return candidate.column == "guide_ids" && any_empty ? std::optional<std::string>("") : std::nullopt;
}

// ---- guides ----

constexpr double kOfShape = 0.5, kSeveral = 0.8;

/// Adds the targets of guides whose names have a shape that most labels share.
void add_targets_of_shapes(Candidate& candidate, const KnownGenes& genes) {
  if (!candidate.names.guides.by_shape()) return;
  std::map<std::size_t, std::map<std::string, std::int64_t>> guides_of;  // by shape and target
  std::int64_t n_labels = 0;
  for (const auto& [label, n] : candidate.counts) {
    if (label.empty() || says_nothing(label) || kind_of_label(label, genes) != ControlKind::none) continue;
    ++n_labels;
    std::map<std::size_t, std::string> first;  // a label counts once per shape
    for (std::size_t i = 0; i < kNeverInSymbols; ++i)
      for (const std::string_view piece : split_label(label, kSeparators[i]))
        if (const std::string name(piece); !genes.is_target(name))
          for (const auto& shape : GuideNames::shapes_of(name)) first.emplace(shape.number, shape.target);
    for (const auto& [number, target] : first) ++guides_of[number][target];
  }
  for (const auto& [number, targets] : guides_of) {
    std::int64_t n_of_shape = 0, n_several = 0;
    for (const auto& [target, n] : targets) {
      n_of_shape += n;
      n_several += n > 1 || genes.is_target(target) ? 1 : 0;
    }
    if (targets.size() < 2 || static_cast<double>(n_of_shape) < kOfShape * static_cast<double>(n_labels) ||
        static_cast<double>(n_several) < kSeveral * static_cast<double>(targets.size()))
      continue;
    for (const auto& entry : targets)
      if (control_kind(entry.first) != ControlKind::guide) candidate.names.targets.insert(entry.first);
  }
}

// ---- separator ----

const Form* form_of(const LabelDialect& dialect) {
  const auto found = std::find_if(kForms.begin(), kForms.end(), [&](const Form& form) {
    return dialect.column == form.column && dialect.control == form.control && dialect.doubled == form.doubled;
  });
  return found == kForms.end() ? nullptr : found;
}

/// How many labels this separator splits into known names, and how many contain it at all.
struct Support {
  std::int64_t n_known = 0, n_held = 0;
  std::map<std::string, std::int64_t> labels_of;  // by piece
};

std::string plain_label(const Candidate& candidate, const std::string& label) {
  return std::string(candidate.dialect.doubled ? half_of_doubled(label) : std::string_view(label));
}

/// Reads the candidate's labels with this separator; labels without it count as known names.
LabelParser parser_with(const Candidate& candidate, const std::string& separator, const KnownGenes& genes) {
  LabelDialect dialect = candidate.dialect;
  dialect.separator = separator;
  dialect.doubled = false;
  LabelNames names = candidate.names;
  const LabelParser whole(dialect, &genes, names);
  for (const auto& entry : candidate.counts) {
    const std::string label = plain_label(candidate, entry.first);
    if (label.empty() || says_nothing(label) || split_label(label, separator).size() > 1) continue;
    if (!whole.is_control(label) && !whole.target_of_guide(label)) names.targets.insert(label);
  }
  return LabelParser(dialect, &genes, std::move(names));
}

Support support_of(const Candidate& candidate, const std::string& separator, const KnownGenes& genes) {
  const LabelParser parser = parser_with(candidate, separator, genes);
  LabelDialect dialect = parser.dialect();
  dialect.separator.clear();
  const LabelParser whole(dialect, &genes, candidate.names);
  Support support;
  for (const auto& entry : candidate.counts) {
    const std::string label = plain_label(candidate, entry.first);
    const auto pieces = split_label(label, separator);
    if (label.empty() || says_nothing(label) || pieces.size() < 2 ||
        std::find(pieces.begin(), pieces.end(), "") != pieces.end())
      continue;
    if (genes.is_target(label) || whole.is_control(label) || whole.target_of_guide(label)) continue;
    ++support.n_held;
    for (const std::string_view piece : pieces) ++support.labels_of[std::string(piece)];
    const LabelReading reading = parser.read(label, "");
    const bool several = reading.n_names > 1 && reading.n_control < reading.n_names;
    // "A+ctrl" shows its separator even if A is unknown.
    const bool beside_control = reading.n_control > 0 && reading.n_names == reading.n_control + 1;
    support.n_known += several && (reading.n_unknown == 0 || beside_control) ? 1 : 0;
  }
  return support;
}

/// Letters, digits, dots and hyphens.
bool could_be_symbol(const std::string& name) {
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-'; });
}

/// Whether most pieces occur in several labels and all could be symbols: targets that occur in combinations only.
bool pieces_come_back(const Support& support) {
  const auto n = std::count_if(support.labels_of.begin(), support.labels_of.end(),
                               [](const auto& entry) { return entry.second > 1; });
  return support.n_held > 1 && 2 * n > std::ssize(support.labels_of) &&
         std::all_of(support.labels_of.begin(), support.labels_of.end(),
                     [](const auto& entry) { return could_be_symbol(entry.first); });
}

std::string find_separator(const Candidate& candidate, const KnownGenes& genes) {
  std::string best;
  std::int64_t most = 0;
  std::map<std::string, Support> supports;
  for (const char* separator : kSeparators) {
    const Support& support = supports[separator] = support_of(candidate, separator, genes);
    // Many symbols contain a hyphen: most of its pieces must be known.
    if (std::string_view(separator) == "-" && 2 * support.n_known < support.n_held) continue;
    if (support.n_known > most) {
      most = support.n_known;
      best = separator;
    }
  }
  if (most > 0) return best;
  if (const Form* form = form_of(candidate.dialect)) {
    const Support& support = supports[form->separator];
    const bool in_symbols = std::string_view(form->separator).starts_with('_');
    const bool symbols = std::all_of(support.labels_of.begin(), support.labels_of.end(),
                                     [](const auto& entry) { return could_be_symbol(entry.first); });
    if (support.n_held == 0 || (!in_symbols && symbols)) return form->separator;
  }
  for (std::size_t i = 0; i < kNeverInSymbols; ++i)
    if (pieces_come_back(supports[kSeparators[i]])) return kSeparators[i];
  return "";
}

// ---- columns ----

/// Share of the perturbed labels whose targets are all known.
double share_known(const Candidate& candidate, const KnownGenes& genes) {
  const LabelParser parser(candidate.dialect, &genes, candidate.names);
  std::int64_t n_labels = 0, n_known = 0;
  for (const auto& entry : candidate.counts) {
    if (parser.is_control(entry.first) || parser.is_missing(entry.first)) continue;
    ++n_labels;
    try {
      const auto targets = parser.targets(entry.first, "");
      n_known += std::all_of(targets.begin(), targets.end(), [&](const auto& t) { return genes.is_target(t); }) ? 1 : 0;
    } catch (const InputError&) {
    }
  }
  return n_labels > 0 ? static_cast<double>(n_known) / static_cast<double>(n_labels) : 0;
}

bool has_control_and_others(const Candidate& candidate, const KnownGenes& genes) {
  const LabelParser parser(candidate.dialect, &genes, candidate.names);
  bool control = false, other = false;
  for (const auto& entry : candidate.counts) {
    if (parser.is_control(entry.first))
      control = true;
    else if (!parser.is_missing(entry.first))
      other = true;
  }
  return control && other;
}

/// Whether some label contains a word given for control, or a guide of it.
bool holds_given_control(const Candidate& candidate, const KnownGenes& genes) {
  const LabelParser parser(candidate.dialect, &genes, candidate.names);
  const ControlWords given(candidate.dialect.control);
  const auto is_given = [&](std::string_view word) {
    const auto target = parser.target_of_guide(std::string(word));
    return given.match(word) || (target && given.match(*target));
  };
  return std::any_of(candidate.counts.begin(), candidate.counts.end(), [&](const auto& entry) {
    const std::string label = plain_label(candidate, entry.first);
    const auto pieces = split_label(label, candidate.dialect.separator);
    return is_given(label) || std::any_of(pieces.begin(), pieces.end(), is_given);
  });
}

/// Takes single labels as known targets.
void add_labels_alone(Candidate& candidate, const KnownGenes& genes) {
  const LabelParser parser(candidate.dialect, &genes, candidate.names);
  for (const auto& entry : candidate.counts) {
    const std::string label = plain_label(candidate, entry.first);
    if (label.empty() || parser.is_missing(entry.first) || parser.is_control(entry.first)) continue;
    if (split_label(label, candidate.dialect.separator).size() == 1 && !parser.target_of_guide(label))
      candidate.names.targets.insert(label);
    else if (const auto target = parser.target_of_guide(label))
      candidate.names.targets.insert(*target);
  }
}

/// Fills in the candidate's dialect; false if the column cannot hold the labels.
bool complete(Candidate& candidate, const KnownGenes& genes, const LabelRequest& request) {
  candidate.dialect.column = candidate.column;
  candidate.dialect.doubled = is_doubled(candidate.counts);
  candidate.names.guides = request.guides;
  const bool given = request.separator != "auto";
  if (request.control != "auto") {
    candidate.dialect.control = request.control;
  } else {
    const auto control = find_control(candidate, given ? request.separator : "", genes);
    if (!control) return false;
    candidate.dialect.control = *control;
  }
  add_targets_of_shapes(candidate, genes);
  candidate.dialect.separator = given ? request.separator : find_separator(candidate, genes);
  add_labels_alone(candidate, genes);
  if (request.control != "auto" && !holds_given_control(candidate, genes)) return false;
  if (!has_control_and_others(candidate, genes)) return false;
  candidate.known = share_known(candidate, genes);
  return true;
}

Candidate candidate_of(const std::string& name, const Column& column) {
  Candidate candidate;
  candidate.column = name;
  candidate.labels = column_as_strings(column);
  candidate.counts = count_labels(candidate.labels);
  return candidate;
}

/// Whether most cells have a unique label, as in a column of barcodes.
bool mostly_single_cells(const Candidate& candidate) {
  constexpr std::size_t kFewCells = 200;
  return candidate.labels.size() > kFewCells && 2 * candidate.counts.size() > candidate.labels.size();
}

std::size_t rank_of_name(const std::string& column) {
  return static_cast<std::size_t>(std::find(kColumnNames.begin(), kColumnNames.end(), column) - kColumnNames.begin());
}

bool has_known_name(const std::string& column) { return rank_of_name(column) < kColumnNames.size(); }

/// Whether every cell has the same targets under both.
bool same_regimes(const Candidate& a, const Candidate& b, const KnownGenes& genes) {
  const LabelParser of_a(a.dialect, &genes, a.names), of_b(b.dialect, &genes, b.names);
  std::map<std::pair<std::string, std::string>, bool> known;
  for (std::size_t i = 0; i < a.labels.size(); ++i) {
    const auto [found, fresh] = known.try_emplace({a.labels[i], b.labels[i]}, false);
    if (fresh) {
      try {
        found->second = of_a.targets(a.labels[i], "") == of_b.targets(b.labels[i], "");
      } catch (const InputError&) {
      }
    }
    if (!found->second) return false;
  }
  return true;
}

const char* how_much_detected(const LabelRequest& request) {
  constexpr std::array<const char*, 4> kByNumberGiven{"; detected", "; partly detected", "; partly detected", ""};
  const std::array parts{&request.column, &request.control, &request.separator};
  return kByNumberGiven[static_cast<std::size_t>(
      std::ranges::count_if(parts, [](const std::string* part) { return *part != "auto"; }))];
}

std::string how_text(const Candidate& candidate, const LabelRequest& request) {
  const LabelDialect& dialect = candidate.dialect;
  const Form* form = form_of(dialect);
  const bool as_published = form && (dialect.separator == form->separator || form->separator == std::string_view());
  const std::string separator =
      dialect.separator.empty() ? "one target a label" : fmt::format("'{}' between targets", dialect.separator);
  std::string text = fmt::format("obs column '{}'{}: '{}' is control, {}", dialect.column,
                                 as_published ? fmt::format(" ({})", form->name) : "", dialect.control, separator);
  if (dialect.doubled) text += ", every label stands twice";
  return text + how_much_detected(request);
}

[[noreturn]] void throw_no_column(const DataFrame& obs, const LabelRequest& request) {
  std::string text;
  for (const auto& [name, column] : obs.columns)
    if (is_text(column))
      text += fmt::format("{}'{}': {}", text.empty() ? "" : "; ", name,
                          counts_text(count_labels(column_as_strings(column)), kLabelsShown));
  throw InputError(
      {.place = request.file,
       .found = fmt::format("no column of obs holds control cells and targets{}. {}",
                            request.control == "auto" ? "" : fmt::format(" with '{}' as control", request.control),
                            text.empty() ? "obs has no text columns at all: the labels of the cells are missing"
                                         : "The text columns and their most frequent labels: " + text)},
      request.has_guides
          ? "the file has counts of guides: screen.guide_counts features calls them; or give a table of calls with "
            "screen.guide_calls, or of labels with screen.labels_file"
          : "name the column with screen.label_column and the label of unperturbed cells with screen.control, or give a table of "
            "labels with screen.labels_file, or of guides with screen.guide_calls");
}

[[noreturn]] void throw_no_control(const Candidate& candidate, const LabelRequest& request) {
  LabelCounts like_control;
  for (const auto& entry : candidate.counts)
    if (control_kind(plain_label(candidate, entry.first)) != ControlKind::none && !says_nothing(entry.first))
      like_control.push_back(entry);
  const std::string wanted =
      request.control == "auto" ? "no label looks like control" : fmt::format("no label is '{}'", request.control);
  const bool other = !like_control.empty() && like_control.front().first != request.control;
  throw InputError(
      {.place = request.file,
       .found = fmt::format("obs column '{}': no control cells: {}. The most frequent labels: {}", candidate.column,
                            wanted, counts_text(candidate.counts, kNamesShown))},
      other ? fmt::format("these look like control: {}: give screen.control '{}'",
                          counts_text(like_control, kNamesShown), like_control.front().first)
            : "name the label of unperturbed cells with screen.control, or another column with screen.label_column");
}

/// Whether every label is control, as given or by its look.
bool only_controls(const Candidate& candidate, const KnownGenes& genes, const LabelRequest& request) {
  const LabelParser parser(candidate.dialect, &genes, candidate.names);
  const auto is_control = [&](const std::string& label) {
    if (request.control != "auto") return parser.is_control(label);
    return kind_of_label(plain_label(candidate, label), genes) != ControlKind::none;
  };
  return !candidate.counts.empty() &&
         std::ranges::all_of(candidate.counts, [&](const auto& entry) { return is_control(entry.first); });
}

DetectedLabels in_column(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request) {
  const Column* column = obs.find(request.column);
  if (!column)
    throw InputError({.place = request.file,
                      .found = fmt::format("obs has no column '{}' (screen.label_column)", request.column)},
                     obs.columns.empty() ? "obs has no columns at all: the labels of the cells are missing"
                                         : nearest_hint(request.column, obs.names()));
  Candidate candidate = candidate_of(request.column, *column);
  if (!complete(candidate, genes, request)) {
    if (only_controls(candidate, genes, request))
      throw InputError({.place = request.file,
                        .found = fmt::format("obs column '{}': no perturbed cells: every label is '{}'", request.column,
                                             candidate.counts.front().first)},
                       "name the column with the targets with screen.label_column");
    throw_no_control(candidate, request);
  }
  return {candidate.dialect, candidate.names, how_text(candidate, request)};
}

/// If exactly one column has a known name, the error says what is wrong with it.
[[noreturn]] void throw_none(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request) {
  std::vector<std::string> named;
  for (const auto& [name, column] : obs.columns)
    if (is_text(column) && has_known_name(name)) named.push_back(name);
  if (named.size() == 1)
    in_column(obs, genes,
              {named[0], request.control, request.separator, request.file, request.guides, request.has_guides});
  throw_no_column(obs, request);
}

/// Columns that may hold the labels, best first: those with known names or, without any, those of mostly known genes.
std::vector<Candidate> candidates_of(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request) {
  std::vector<Candidate> candidates;
  for (const auto& [name, column] : obs.columns) {
    if (!is_text(column)) continue;
    Candidate candidate = candidate_of(name, column);
    if (!has_known_name(name) && mostly_single_cells(candidate)) continue;
    if (!complete(candidate, genes, request)) continue;
    if (has_known_name(name) || candidate.known >= kMostKnown) candidates.push_back(std::move(candidate));
  }
  if (std::ranges::any_of(candidates, has_known_name, &Candidate::column))
    std::erase_if(candidates, [](const Candidate& candidate) { return !has_known_name(candidate.column); });
  std::ranges::stable_sort(candidates, [](const Candidate& a, const Candidate& b) {
    return a.known != b.known ? a.known > b.known : rank_of_name(a.column) < rank_of_name(b.column);
  });
  return candidates;
}

}  // namespace

DetectedLabels detect_labels(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request) {
  if (request.column != "auto") return in_column(obs, genes, request);
  const std::vector<Candidate> candidates = candidates_of(obs, genes, request);
  if (candidates.empty()) throw_none(obs, genes, request);
  const Candidate& first = candidates.front();
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    const Candidate& other = candidates[i];
    if (first.known >= other.known + kClear || same_regimes(first, other, genes)) continue;
    throw InputError({.place = request.file,
                      .found = fmt::format(
                          "obs columns '{}' and '{}' both look like labels and mean different regimes: {} against {}",
                          first.column, other.column, counts_text(first.counts, kLabelsShown),
                          counts_text(other.counts, kLabelsShown))},
                     fmt::format("choose one: screen.label_column {} or screen.label_column {}",
                                 shell_word(first.column), shell_word(other.column)));
  }
  return {first.dialect, first.names, how_text(first, request)};
}

}  // namespace gracevae::impl
