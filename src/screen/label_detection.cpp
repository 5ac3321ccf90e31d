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

namespace gracevae {

namespace {

using LabelCounts = std::vector<std::pair<std::string, std::int64_t>>;  // by number of cells, most first

constexpr std::size_t kNamesShown = 5, kLabelsShown = 3;
constexpr double kMostKnown = 0.5;  // of a column whose name says nothing
constexpr double kClear = 0.2;      // share of known labels by which one column is clearly better than another

/// The forms of published data sets. Order is that of preference among column names.
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
constexpr std::array<const char*, 8> kSeparators{"+", ",", ";", "|", "&", "/", "_", "__"};
constexpr std::size_t kNeverInSymbols = 6;  // that many of them

/// One column that may hold the labels.
struct Candidate {
  std::string column;
  std::vector<std::string> labels;  // of the cells
  LabelCounts counts;
  LabelDialect dialect;
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

/// Control's word, a number behind it or not: "NT-12".
bool is_control_or_numbered(std::string_view word) {
  if (looks_like_control(word)) return true;
  const auto last = word.find_last_not_of("0123456789");
  return last != std::string_view::npos && last + 1 < word.size() && looks_like_control(word.substr(0, last + 1)) &&
         word.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos;
}

/// Every word of the label looks like control's.
bool is_all_control(std::string_view label, bool doubled) {
  if (doubled) label = half_of_doubled(label);
  if (label.empty() || stands_for_nothing(label) || !is_control_or_numbered(label)) return false;
  for (const char* separator : kSeparators) {
    const auto pieces = split_label(label, separator);
    if (pieces.size() < 2) continue;
    const bool any_target = std::any_of(pieces.begin(), pieces.end(), [](std::string_view piece) {
      return !piece.empty() && !looks_like_control(piece) &&
             !std::all_of(piece.begin(), piece.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    });
    // "non_targeting" is one word: its pieces are none of control's, but the whole is.
    if (any_target && std::any_of(pieces.begin(), pieces.end(), looks_like_control)) return false;
  }
  return true;
}

/// The longest common beginning without digits and punctuation at its end; "" when it is shorter than two letters or
/// something else than a number follows in one of the words.
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

/// True where a target would be taken for control with this stem: NT takes in NT5E.
bool names_others(const Candidate& candidate, const std::string& stem, const std::vector<std::string>& words,
                  const KnownGenes& genes) {
  const auto other = [&](std::string_view name) {
    return name.starts_with(stem) && std::find(words.begin(), words.end(), name) == words.end();
  };
  for (const auto& entry : candidate.counts)
    for (const char* separator : kSeparators)
      for (const std::string_view piece : split_label(entry.first, separator))
        if (other(piece) && genes.contains(std::string(piece))) return true;
  return std::any_of(candidate.counts.begin(), candidate.counts.end(), [&](const auto& entry) {
    return !candidate.dialect.doubled && other(entry.first) && !is_control_or_numbered(entry.first);
  });
}

/// Control's word in a column; nothing when no label looks like one.
std::optional<std::string> find_control(const Candidate& candidate, const KnownGenes& genes) {
  const bool doubled = candidate.dialect.doubled;
  std::vector<std::string> words;
  for (const auto& [label, n] : candidate.counts) {
    if (!is_all_control(label, doubled)) continue;
    if (!doubled) {
      words.push_back(label);
      continue;
    }
    for (const std::string_view word : split_label(half_of_doubled(label), "_"))
      if (std::find(words.begin(), words.end(), word) == words.end()) words.emplace_back(word);
  }
  if (words.empty())
    return candidate.column == "guide_ids" && !candidate.counts.empty() &&
                   std::any_of(candidate.counts.begin(), candidate.counts.end(),
                               [](const auto& entry) { return entry.first.empty(); })
               ? std::optional<std::string>("")
               : std::nullopt;
  if (words.size() == 1 && !doubled) return words.front();
  if (const std::string stem = common_stem(words); !stem.empty() && !names_others(candidate, stem, words, genes))
    return stem + "*";
  return words.front();
}

// ---- separator ----

const Form* form_of(const LabelDialect& dialect) {
  const auto found = std::find_if(kForms.begin(), kForms.end(), [&](const Form& form) {
    return dialect.column == form.column && dialect.control == form.control && dialect.doubled == form.doubled;
  });
  return found == kForms.end() ? nullptr : found;
}

/// How many labels this separator turns into names that are known otherwise, and how many hold it at all.
struct Support {
  std::int64_t n_known = 0, n_held = 0;
};

Support support_of(const Candidate& candidate, const std::string& separator, const KnownGenes& genes) {
  std::unordered_set<std::string> whole;  // labels of their own
  const auto plain = [&](const std::string& label) {
    return std::string(candidate.dialect.doubled ? half_of_doubled(label) : std::string_view(label));
  };
  for (const auto& entry : candidate.counts) whole.insert(plain(entry.first));
  LabelDialect dialect = candidate.dialect;
  dialect.separator.clear();
  dialect.doubled = false;
  const LabelParser words(dialect);
  Support support;
  for (const auto& entry : candidate.counts) {
    const std::string label = plain(entry.first);
    const auto pieces = split_label(label, separator);
    if (label.empty() || pieces.size() < 2 || genes.contains(label)) continue;
    ++support.n_held;
    const auto n_control = std::count_if(pieces.begin(), pieces.end(), [&](std::string_view piece) {
      return !piece.empty() && words.is_control(piece);
    });
    const bool all_known = std::all_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
      const std::string name(piece);
      return !name.empty() && (genes.contains(name) || words.is_control(name) || whole.contains(name));
    });
    // "A+ctrl" shows its separator whatever A is.
    support.n_known += all_known || (n_control > 0 && n_control + 1 == std::ssize(pieces)) ? 1 : 0;
  }
  return support;
}

std::string find_separator(const Candidate& candidate, const KnownGenes& genes) {
  std::string best;
  std::int64_t most = 0;
  for (const char* separator : kSeparators) {
    const Support support = support_of(candidate, separator, genes);
    if (support.n_known > most) {
      most = support.n_known;
      best = separator;
    }
  }
  if (most > 0) return best;
  if (const Form* form = form_of(candidate.dialect)) return form->separator;
  for (std::size_t i = 0; i < kNeverInSymbols; ++i)
    if (support_of(candidate, kSeparators[i], genes).n_held > 0) return kSeparators[i];
  return "";
}

// ---- columns ----

/// Share of the perturbed labels whose targets are all known.
double share_known(const Candidate& candidate, const KnownGenes& genes) {
  const LabelParser parser(candidate.dialect, &genes);
  std::int64_t n_labels = 0, n_known = 0;
  for (const auto& entry : candidate.counts) {
    if (parser.is_control(entry.first) || parser.is_missing(entry.first)) continue;
    ++n_labels;
    try {
      const auto targets = parser.targets(entry.first, "");
      n_known += std::all_of(targets.begin(), targets.end(), [&](const auto& t) { return genes.contains(t); }) ? 1 : 0;
    } catch (const InputError&) {
    }
  }
  return n_labels > 0 ? static_cast<double>(n_known) / static_cast<double>(n_labels) : 0;
}

bool has_control_and_others(const Candidate& candidate) {
  const LabelParser parser(candidate.dialect);
  bool control = false, other = false;
  for (const auto& entry : candidate.counts) {
    if (parser.is_control(entry.first))
      control = true;
    else if (!parser.is_missing(entry.first))
      other = true;
  }
  return control && other;
}

/// Fills in the candidate's dialect; false where it cannot hold the labels.
bool complete(Candidate& candidate, const KnownGenes& genes, const LabelRequest& request) {
  candidate.dialect.column = candidate.column;
  candidate.dialect.doubled = is_doubled(candidate.counts);
  if (request.control != "auto") {
    candidate.dialect.control = request.control;
  } else {
    const auto control = find_control(candidate, genes);
    if (!control) return false;
    candidate.dialect.control = *control;
  }
  candidate.dialect.separator = request.separator != "auto" ? request.separator : find_separator(candidate, genes);
  if (!has_control_and_others(candidate)) return false;
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

std::size_t rank_of_name(const std::string& column) {
  return static_cast<std::size_t>(std::find(kColumnNames.begin(), kColumnNames.end(), column) - kColumnNames.begin());
}

bool has_known_name(const std::string& column) { return rank_of_name(column) < kColumnNames.size(); }

/// Every cell has the same targets under both.
bool same_regimes(const Candidate& a, const Candidate& b, const KnownGenes& genes) {
  const LabelParser of_a(a.dialect, &genes), of_b(b.dialect, &genes);
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

std::string how_text(const Candidate& candidate, const LabelRequest& request) {
  const LabelDialect& dialect = candidate.dialect;
  const Form* form = form_of(dialect);
  const bool as_published = form && (dialect.separator == form->separator || form->separator == std::string_view());
  const std::string separator =
      dialect.separator.empty() ? "one target a label" : fmt::format("'{}' between targets", dialect.separator);
  std::string text = fmt::format("obs column '{}'{}: '{}' is control, {}", dialect.column,
                                 as_published ? fmt::format(" ({})", form->name) : "", dialect.control, separator);
  if (dialect.doubled) text += ", every label stands twice";
  const bool all_given = request.column != "auto" && request.control != "auto" && request.separator != "auto";
  return text + (all_given ? ""
                 : request.column == "auto" && request.control == "auto" && request.separator == "auto"
                     ? "; detected"
                     : "; partly detected");
}

[[noreturn]] void throw_no_column(const DataFrame& obs, const LabelRequest& request) {
  std::string text;
  for (const auto& [name, column] : obs.columns)
    if (is_text(column))
      text += fmt::format("{}'{}': {}", text.empty() ? "" : "; ", name,
                          counts_text(count_labels(column_as_strings(column)), kLabelsShown));
  throw InputError(
      fmt::format("{}: no column of obs holds control cells and targets{}. {}", request.file,
                  request.control == "auto" ? "" : fmt::format(" with '{}' as control", request.control),
                  text.empty() ? "obs has no text columns at all: the labels of the cells are missing"
                               : "The text columns and their most frequent labels: " + text),
      "name the column with --label-column and the label of unperturbed cells with --control, or give a table of labels with "
      "--labels-file");
}

[[noreturn]] void throw_no_control(const Candidate& candidate, const LabelRequest& request) {
  LabelCounts like_control;
  for (const auto& entry : candidate.counts)
    if (is_all_control(entry.first, candidate.dialect.doubled) || (entry.first.empty())) like_control.push_back(entry);
  const std::string wanted =
      request.control == "auto" ? "no label looks like control" : fmt::format("no label is '{}'", request.control);
  const bool other = !like_control.empty() && like_control.front().first != request.control;
  throw InputError(fmt::format("{}: obs column '{}': no control cells: {}. The most frequent labels: {}", request.file,
                               candidate.column, wanted, counts_text(candidate.counts, kNamesShown)),
                   other ? fmt::format("these look like control: {}: give --control '{}'",
                                       counts_text(like_control, kNamesShown), like_control.front().first)
                         : "name the label of unperturbed cells with --control, or another column with --label-column");
}

DetectedLabels in_column(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request) {
  const Column* column = obs.find(request.column);
  if (!column)
    throw InputError(fmt::format("{}: obs has no column '{}' (--label-column)", request.file, request.column),
                     obs.columns.empty() ? "obs has no columns at all: the labels of the cells are missing"
                                         : nearest_hint(request.column, obs.names()));
  Candidate candidate = candidate_of(request.column, *column);
  if (!complete(candidate, genes, request)) {
    const LabelParser parser(candidate.dialect);
    const bool controls_only = !candidate.counts.empty() &&
                               std::all_of(candidate.counts.begin(), candidate.counts.end(), [&](const auto& entry) {
                                 return request.control == "auto"
                                            ? is_all_control(entry.first, candidate.dialect.doubled)
                                            : parser.is_control(entry.first);
                               });
    if (controls_only)
      throw InputError(fmt::format("{}: obs column '{}': no perturbed cells: every label is '{}'", request.file,
                                   request.column, candidate.counts.front().first),
                       "name the column with the targets with --label-column");
    throw_no_control(candidate, request);
  }
  return {candidate.dialect, how_text(candidate, request)};
}

/// A single column with a name that published data use gets the error that says what is wrong in it.
[[noreturn]] void throw_none(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request) {
  std::vector<std::string> named;
  for (const auto& [name, column] : obs.columns)
    if (is_text(column) && has_known_name(name)) named.push_back(name);
  if (named.size() == 1) in_column(obs, genes, {named[0], request.control, request.separator, request.file});
  throw_no_column(obs, request);
}

}  // namespace

DetectedLabels detect_labels(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request) {
  if (request.column != "auto") return in_column(obs, genes, request);
  std::vector<Candidate> candidates;
  for (const auto& [name, column] : obs.columns) {
    if (!is_text(column)) continue;
    Candidate candidate = candidate_of(name, column);
    if (!complete(candidate, genes, request)) continue;
    if (has_known_name(name) || candidate.known >= kMostKnown) candidates.push_back(std::move(candidate));
  }
  if (candidates.empty()) throw_none(obs, genes, request);
  if (std::any_of(candidates.begin(), candidates.end(), [](const auto& c) { return has_known_name(c.column); }))
    std::erase_if(candidates, [](const auto& c) { return !has_known_name(c.column); });
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.known != b.known ? a.known > b.known : rank_of_name(a.column) < rank_of_name(b.column);
  });
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    const Candidate &first = candidates.front(), &other = candidates[i];
    if (first.known >= other.known + kClear || same_regimes(first, other, genes)) continue;
    throw InputError(
        fmt::format("{}: obs columns '{}' and '{}' both look like labels and mean different regimes: {} against {}",
                    request.file, first.column, other.column, counts_text(first.counts, kLabelsShown),
                    counts_text(other.counts, kLabelsShown)),
        fmt::format("choose one: --label-column {} or --label-column {}", shell_word(first.column),
                    shell_word(other.column)));
  }
  return {candidates.front().dialect, how_text(candidates.front(), request)};
}

}  // namespace gracevae
