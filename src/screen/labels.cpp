#include "screen/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.hpp"
#include "io/lines.hpp"

namespace gracevae {

namespace {

std::vector<std::string_view> pieces_of(std::string_view label, std::string_view separator) {
  if (separator.empty()) return {label};
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto end = label.find(separator);
    pieces.push_back(trim(label.substr(0, end)));
    if (end == std::string_view::npos) return pieces;
    label.remove_prefix(end + separator.size());
  }
}

}  // namespace

// Other dialects (A+ctrl of GEARS, A_NegCtrl0__B_NegCtrl0 of GEO, …) and their detection belong here: each turns a
// label into targets.
std::vector<std::string> parse_label(const std::string& label, const LabelDialect& dialect, const std::string& place) {
  if (is_control_label(label, dialect)) return {};
  std::vector<std::string> targets;
  for (const std::string_view piece : pieces_of(trim(label), dialect.separator)) {
    if (piece.empty())
      throw InputError(fmt::format("{}: label '{}' has an empty target", place, label),
                       fmt::format("targets are separated by '{}': mend the label, or give another --separator",
                                   dialect.separator));
    if (!is_control_label(piece, dialect)) targets.emplace_back(piece);
  }
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

bool is_control_label(std::string_view label, const LabelDialect& dialect) {
  return trim(label) == trim(dialect.control);
}

std::string label_of(std::span<const std::string> targets) {
  if (targets.empty()) return "control";
  return fmt::format("{}", fmt::join(targets, "+"));
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
