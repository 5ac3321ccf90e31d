#include "screen/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/error.hpp"
#include "io/lines.hpp"

namespace gracevae {

KnownGenes::KnownGenes(const std::vector<std::string>& genes, const std::vector<std::string>& gene_ids)
    : symbols(genes.begin(), genes.end()) {
  add_ids(genes, gene_ids);
}

void KnownGenes::add_ids(const std::vector<std::string>& genes, const std::vector<std::string>& ids) {
  for (std::size_t i = 0; i < ids.size() && i < genes.size(); ++i) {
    if (ids[i].empty() || ids[i] == genes[i] || symbols.contains(ids[i])) continue;
    symbol_of_id.emplace(ids[i], genes[i]);
    if (ids[i].starts_with("ENS")) symbol_of_id.emplace(ids[i].substr(0, ids[i].find('.')), genes[i]);
  }
}

std::vector<std::string_view> split_label(std::string_view label, std::string_view separator) {
  if (separator.empty()) return {label};
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto end = label.find(separator);
    pieces.push_back(trim(label.substr(0, end)));
    if (end == std::string_view::npos) return pieces;
    label.remove_prefix(end + separator.size());
  }
}

std::string_view half_of_doubled(std::string_view label) {
  constexpr std::string_view kBetween = "__";
  if (label.size() <= kBetween.size() || (label.size() - kBetween.size()) % 2 != 0) return {};
  const std::size_t half = (label.size() - kBetween.size()) / 2;
  const bool doubled =
      label.substr(half, kBetween.size()) == kBetween && label.substr(0, half) == label.substr(half + kBetween.size());
  return doubled ? label.substr(0, half) : std::string_view{};
}

LabelParser::LabelParser(LabelDialect dialect, const KnownGenes* genes) : dialect_(std::move(dialect)), genes_(genes) {
  dialect_.control = trim(dialect_.control);
}

bool LabelParser::is_control_word(std::string_view word) const {
  if (dialect_.control.ends_with('*'))
    return word.starts_with(std::string_view(dialect_.control).substr(0, dialect_.control.size() - 1));
  return word == dialect_.control;
}

bool LabelParser::is_control(std::string_view label) const {
  label = trim(label);
  if (dialect_.doubled && !label.empty()) label = half_of_doubled(label);
  if (label.empty()) return dialect_.control.empty() && !dialect_.doubled;
  if (is_control_word(label)) return true;
  const auto pieces = split_label(label, dialect_.separator);
  return std::all_of(pieces.begin(), pieces.end(),
                     [&](std::string_view piece) { return !piece.empty() && is_control_word(piece); });
}

bool LabelParser::is_missing(std::string_view label) const {
  label = trim(label);
  if (label.empty()) return !is_control(label);
  if (stands_for_nothing(label) && !is_control(label)) return true;
  return dialect_.doubled && half_of_doubled(label).empty();
}

/// The pieces of a label that is no control, control words among them left out.
std::vector<std::string> LabelParser::pieces_of(std::string_view label) const {
  std::vector<std::string> pieces;
  for (const std::string_view piece : split_label(label, dialect_.separator))
    if (piece.empty() || !is_control_word(piece)) pieces.emplace_back(piece);
  return pieces;
}

/// Pieces joined again where that makes a known gene: the reading with the fewest unknown targets, then the fewest
/// targets. Best over prefixes: O(pieces²).
std::vector<std::string> LabelParser::join_known(const std::vector<std::string>& pieces) const {
  struct Best {
    std::size_t n_unknown = 0, n_targets = 0, start = 0;
  };
  const auto known = [&](const std::string& name) { return genes_ && genes_->contains(name); };
  std::vector<Best> best(pieces.size() + 1);
  std::vector<std::string> last(pieces.size() + 1);
  for (std::size_t end = 1; end <= pieces.size(); ++end) {
    std::string joined;
    bool found = false;
    for (std::size_t start = end; start-- > 0;) {
      joined = joined.empty() ? pieces[start] : pieces[start] + dialect_.separator + joined;
      const bool is_known = known(joined);
      if (start + 1 < end && !is_known) continue;  // only known genes are put together again
      const Best now{best[start].n_unknown + (is_known ? 0U : 1U), best[start].n_targets + 1, start};
      if (found && std::pair(now.n_unknown, now.n_targets) >= std::pair(best[end].n_unknown, best[end].n_targets))
        continue;
      best[end] = now;
      last[end] = joined;
      found = true;
    }
  }
  std::vector<std::string> targets;
  for (std::size_t end = pieces.size(); end > 0; end = best[end].start) targets.push_back(last[end]);
  return targets;
}

std::vector<std::string> LabelParser::targets(const std::string& label, const std::string& place) const {
  if (is_control(label)) return {};
  std::string_view text = trim(label);
  if (dialect_.doubled && !half_of_doubled(text).empty()) text = half_of_doubled(text);
  const std::vector<std::string> pieces = pieces_of(text);
  if (pieces.empty() || std::find(pieces.begin(), pieces.end(), "") != pieces.end())
    throw InputError(fmt::format("{}: label '{}' has an empty target", place, label),
                     fmt::format("targets are separated by '{}': rename the label, or give another --separator",
                                 dialect_.separator));
  std::vector<std::string> targets = join_known(pieces);
  if (genes_)
    for (auto& target : targets)
      if (const auto found = genes_->symbol_of_id.find(target); found != genes_->symbol_of_id.end())
        target = found->second;
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

std::vector<std::string> parse_label(const std::string& label, const LabelDialect& dialect, const std::string& place) {
  return LabelParser(dialect).targets(label, place);
}

std::string label_of(std::span<const std::string> targets) {
  if (targets.empty()) return "control";
  return fmt::format("{}", fmt::join(targets, "+"));
}

bool stands_for_nothing(std::string_view label) {
  static constexpr std::array<std::string_view, 6> kWords{"NaN", "nan", "NA", "<NA>", "N/A", "None"};
  return std::find(kWords.begin(), kWords.end(), label) != kWords.end();
}

bool looks_like_control(std::string_view label) {
  static constexpr std::array<std::string_view, 16> kWords = {
      "",          "ctrl",        "ctl",           "nt",   "ntc",  "negctrl", "neg", "unperturbed",
      "untreated", "nontargeted", "safetargeting", "mock", "dmso", "none",    "nan", "na"};
  std::string plain;
  for (const char c : label)
    if (std::isalnum(static_cast<unsigned char>(c)))
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kWords.begin(), kWords.end(), plain) != kWords.end() || plain.find("control") != std::string::npos ||
         plain.find("nontargeting") != std::string::npos || plain.find("negctrl") != std::string::npos;
}

}  // namespace gracevae
