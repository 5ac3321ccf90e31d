#include "screen/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/error.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

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

void KnownGenes::add_unmeasured(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (name.size() > 1 && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
        control_kind(name) == ControlKind::none && !says_nothing(name))
      unmeasured.insert(name);
}

namespace {

/// Behind the bracket or quote that closes what opens at `begin`; `begin` + 1 where nothing does.
std::size_t behind_pair(std::string_view text, std::size_t begin) {
  constexpr std::string_view kOpen = "([{<\"", kClose = ")]}>\"";
  const auto kind = kOpen.find(text[begin]);
  if (kind == std::string_view::npos) return begin + 1;
  int depth = 1;
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == kClose[kind] && --depth == 0) return i + 1;
    if (text[i] == kOpen[kind]) ++depth;
  }
  return begin + 1;
}

}  // namespace

std::vector<std::string_view> split_label(std::string_view label, std::string_view separator) {
  if (separator.empty()) return {label};
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < label.size();) {
    if (label.substr(i).starts_with(separator)) {
      pieces.push_back(trim(label.substr(begin, i - begin)));
      begin = i += separator.size();
    } else {
      i = behind_pair(label, i);
    }
  }
  pieces.push_back(trim(label.substr(begin)));
  return pieces;
}

std::string_view half_of_doubled(std::string_view label) {
  constexpr std::string_view kBetween = "__";
  if (label.size() <= kBetween.size() || (label.size() - kBetween.size()) % 2 != 0) return {};
  const std::size_t half = (label.size() - kBetween.size()) / 2;
  const bool doubled =
      label.substr(half, kBetween.size()) == kBetween && label.substr(0, half) == label.substr(half + kBetween.size());
  return doubled ? label.substr(0, half) : std::string_view{};
}

LabelParser::LabelParser(LabelDialect dialect, const KnownGenes* genes, LabelNames names)
    : dialect_(std::move(dialect)), control_(dialect_.control), genes_(genes), names_(std::move(names)) {
  dialect_.control = trim(dialect_.control);
}

bool LabelParser::is_known(const std::string& name) const {
  return (genes_ && genes_->is_target(name)) || names_.targets.contains(name);
}

std::optional<std::string> LabelParser::target_of_guide(const std::string& name) const {
  return names_.guides.target_of(name, [&](const std::string& target) { return is_known(target); });
}

/// One of control's words, or a guide against none: its target is a control word.
bool LabelParser::is_control_word(std::string_view word) const {
  if (control_.match(word)) return true;
  if (!names_.guides.any()) return false;
  const auto target = target_of_guide(std::string(word));
  return target && (control_.match(*target) || (control_kind(*target) == ControlKind::guide && !is_known(*target)));
}

bool LabelParser::is_control(std::string_view label) const {
  label = trim(label);
  if (dialect_.doubled && !label.empty()) label = half_of_doubled(label);
  if (label.empty()) return dialect_.control.empty() && !dialect_.doubled;
  if (control_.contain(label)) return true;
  const auto pieces = split_label(label, dialect_.separator);
  if (pieces.size() < 2) return is_control_word(label);
  if (std::all_of(pieces.begin(), pieces.end(),
                  [&](std::string_view piece) { return !piece.empty() && is_control_word(piece); }))
    return true;
  return is_control_of_pieces(label, pieces);
}

/// "non_targeting_1", where "_" is the separator: a control word that holds it, and no target.
bool LabelParser::is_control_of_pieces(std::string_view joined, std::span<const std::string_view> pieces) const {
  const bool in_words = dialect_.separator.find_first_not_of("_-") == std::string::npos;
  return in_words && is_control_word(joined) && std::none_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
           const std::string name(piece);
           return !is_control_word(piece) && (is_known(name) || target_of_guide(name));
         });
}

bool LabelParser::is_missing(std::string_view label) const {
  label = trim(label);
  if (label.empty() || says_nothing(label)) return !is_control(label);
  return dialect_.doubled && half_of_doubled(label).empty();
}

/// Pieces joined again where that makes a known name or a guide's: the reading with the fewest unknown targets, then
/// the fewest targets. Best over prefixes: O(pieces²).
std::vector<std::string> LabelParser::join_known(const std::vector<std::string_view>& pieces) const {
  struct Best {
    std::size_t n_unknown = 0, n_targets = 0, start = 0;
  };
  std::vector<Best> best(pieces.size() + 1);
  std::vector<std::string> last(pieces.size() + 1);
  for (std::size_t end = 1; end <= pieces.size(); ++end) {
    std::string joined;
    bool found = false;
    for (std::size_t start = end; start-- > 0;) {
      joined = joined.empty() ? std::string(pieces[start])
                              : fmt::format("{}{}{}", pieces[start], dialect_.separator, joined);
      const bool alone = start + 1 == end;
      const bool known = is_known(joined) || target_of_guide(joined) ||
                         (alone ? is_control_word(joined)
                                : is_control_of_pieces(joined, std::span(pieces).subspan(start, end - start)));
      if (!alone && !known) continue;  // only known names are put together again
      const Best now{best[start].n_unknown + (known ? 0U : 1U), best[start].n_targets + 1, start};
      if (found && std::pair(now.n_unknown, now.n_targets) >= std::pair(best[end].n_unknown, best[end].n_targets))
        continue;
      best[end] = now;
      last[end] = joined;
      found = true;
    }
  }
  std::vector<std::string> names;
  for (std::size_t end = pieces.size(); end > 0; end = best[end].start) names.push_back(last[end]);
  return names;
}

/// The target that a name stands for.
std::string LabelParser::piece_of(const std::string& name, LabelReading& reading) const {
  std::string target = name;
  if (!is_known(name) || !names_.guides.by_shape())
    if (const auto of_guide = target_of_guide(name)) {
      target = *of_guide;
      reading.guides.push_back(name);
    }
  if (!genes_) return target;
  const auto symbol = genes_->symbol_of_id.find(target);
  return symbol == genes_->symbol_of_id.end() ? target : symbol->second;
}

LabelReading LabelParser::read(const std::string& label, const std::string& place) const {
  LabelReading reading;
  if (is_control(label)) return reading;
  std::string_view text = trim(label);
  if (dialect_.doubled && !half_of_doubled(text).empty()) text = half_of_doubled(text);
  const std::vector<std::string_view> pieces = split_label(text, dialect_.separator);
  if (std::find(pieces.begin(), pieces.end(), "") != pieces.end())
    throw InputError({.place = place, .found = fmt::format("label '{}' has an empty target", label)},
                     fmt::format("targets are separated by '{}': rename the label, or give another screen.separator",
                                 dialect_.separator));
  for (const std::string& name : join_known(pieces)) {
    ++reading.n_names;
    if (pieces.size() > 1 && is_control_word(name)) {
      ++reading.n_control;
      continue;
    }
    const std::size_t n_guides = reading.guides.size();
    reading.targets.push_back(piece_of(name, reading));
    if (reading.guides.size() == n_guides && !is_known(name)) ++reading.n_unknown;
  }
  std::sort(reading.targets.begin(), reading.targets.end());
  reading.targets.erase(std::unique(reading.targets.begin(), reading.targets.end()), reading.targets.end());
  return reading;
}

std::vector<std::string> parse_label(const std::string& label, const LabelDialect& dialect, const std::string& place) {
  return LabelParser(dialect).targets(label, place);
}

std::string label_of(std::span<const std::string> targets) {
  if (targets.empty()) return "control";
  return fmt::format("{}", fmt::join(targets, "+"));
}

}  // namespace gracevae::impl
