#include "screen/control_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/letters.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Of a word in letters and digits.
ControlKind kind_of_plain(std::string_view plain) {
  static constexpr std::array<std::string_view, 11> kParts{"control",    "nontarget",  "negctrl",     "negctl",
                                                           "safetarget", "safeharbor", "safeharbour", "intergenic",
                                                           "nongenes",   "nosite",     "notarget"};
  static constexpr std::array<std::string_view, 11> kGuides{"ctrl",  "ctl",    "nt",       "ntc",       "neg", "ntctrl",
                                                            "aavs1", "rosa26", "scramble", "scrambled", "scr"};
  static constexpr std::array<std::string_view, 20> kCells{"unperturbed", "untreated", "unstimulated", "mock",
                                                           "dmso",        "vehicle",   "pbs",          "wt",
                                                           "wildtype",    "ev",        "emptyvector",  "gfp",
                                                           "egfp",        "lacz",      "luciferase",   "noguide",
                                                           "none",        "baseline",  "parental",     "nosgrna"};
  if (std::any_of(kParts.begin(), kParts.end(),
                  [&](auto part) { return plain.find(part) != std::string_view::npos; }) ||
      is_one_of(kGuides, plain))
    return ControlKind::guide;
  return is_one_of(kCells, plain) ? ControlKind::cells : ControlKind::none;
}

std::string_view without_end(std::string_view word, std::string_view end) {
  return word.ends_with(end) ? word.substr(0, word.size() - end.size()) : word;
}

}  // namespace

namespace {

/// Of a word as a whole, whatever it is made of.
ControlKind kind_of_word(std::string_view word) {
  const std::string plain = letters_and_digits(word);
  if (const ControlKind kind = kind_of_plain(plain); kind != ControlKind::none) return kind;
  // sgNTC, NTC_g1, NTg4, NegCtrl0, sgCtrl1
  std::string_view stem = plain;
  if (const ControlKind kind = stem.starts_with("sg") ? kind_of_plain(stem.substr(2)) : ControlKind::none;
      kind != ControlKind::none)
    return kind;
  const auto last = stem.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == stem.size()) return ControlKind::none;
  stem = stem.substr(0, last + 1);
  for (const std::string_view shorter : {stem, without_end(stem, "grna"), without_end(without_end(stem, "g"), "s")})
    for (const std::string_view whole : {shorter, shorter.starts_with("sg") ? shorter.substr(2) : shorter})
      if (const ControlKind kind = kind_of_plain(whole); kind != ControlKind::none) return kind;
  return ControlKind::none;
}

/// A word that may stand beside control's in its name, or a guide's number: "3", "g1".
bool is_neutral(std::string_view piece) {
  static constexpr std::array<std::string_view, 20> kWords{"negative", "human", "mouse",  "guide",     "guides",
                                                           "grna",     "sgrna", "target", "targeting", "non",
                                                           "no",       "safe",  "harbor", "harbour",   "site",
                                                           "one",      "gene",  "empty",  "vector",    ""};
  if (is_one_of(kWords, letters_and_digits(piece))) return true;
  while (!piece.empty() && std::islower(static_cast<unsigned char>(piece.front())) != 0) piece.remove_prefix(1);
  return piece.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Some piece is a word for control, and another is something else: "control_KLF1".
bool has_something_beside(std::string_view word) {
  for (const char separator : std::string_view("+,;|&/_-")) {
    bool control = false, other = false;
    for (const std::string_view piece : split(word, separator)) {
      if (kind_of_word(piece) != ControlKind::none)
        control = true;
      else if (!is_neutral(piece))
        other = true;
    }
    if (control && other) return true;
  }
  return false;
}

}  // namespace

ControlKind control_kind(std::string_view word) {
  const ControlKind kind = kind_of_word(word);
  return kind != ControlKind::none && has_something_beside(word) ? ControlKind::none : kind;
}

bool says_nothing(std::string_view word) {
  static constexpr std::array<std::string_view, 6> kMissing{"NaN", "nan", "NA", "<NA>", "N/A", "None"};
  static constexpr std::array<std::string_view, 15> kUnknown{"multiplet",  "multiplets", "doublet",     "doublets",
                                                             "unassigned", "unknown",    "ambiguous",   "undetermined",
                                                             "negative",   "uncalled",   "notassigned", "nocall",
                                                             "multiple",   "unmapped",   "multiguide"};
  word = trim(word);
  return word == "*" || is_one_of(kMissing, word) || is_one_of(kUnknown, letters_and_digits(word));
}

namespace {

/// Whether a word fits a pattern with stars.
bool fits(std::string_view word, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return word == pattern;
  if (!word.starts_with(pattern.substr(0, star))) return false;
  word.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  if (pattern.empty()) return true;
  for (std::size_t i = 0; i <= word.size(); ++i)
    if (fits(word.substr(i), pattern)) return true;
  return false;
}

}  // namespace

ControlWords::ControlWords(std::string_view text) {
  text = trim(text);
  words_.emplace_back(text);
  if (text.find(',') == std::string_view::npos) return;
  for (const auto part : split(text, ','))
    if (const auto word = trim(part); !word.empty()) words_.emplace_back(word);
}

bool ControlWords::match(std::string_view word) const {
  return std::any_of(words_.begin(), words_.end(), [&](const std::string& pattern) {
    return pattern == "*" ? word == pattern : fits(word, pattern);  // "*" is what some files call several guides
  });
}

bool ControlWords::contain(std::string_view word) const {
  return std::find(words_.begin(), words_.end(), word) != words_.end();
}

}  // namespace gracevae::impl
