#pragma once
/// @file From a cell's label ("control", "A", "A+B") to its intervention targets.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gracevae {

/// How a label column is to be read. The default dialect is PerturBench's; detection of other dialects will live in
/// labels.cpp.
struct LabelDialect {
  std::string column = "condition";
  std::string control = "control";
  std::string separator = "+";
};

/// Targets of one label: sorted, without repeats ("B+A" is {A, B}, "A+A" is {A}); empty for control. The control word
/// between targets is no target ("A+ctrl" is {A}). White space around names is removed. With an empty separator the
/// whole label is one target. InputError for an empty target ("A+", "+"), naming `place`.
std::vector<std::string> parse_label(const std::string& label, const LabelDialect& dialect, const std::string& place);

/// True when the label, white space around it aside, is the dialect's control word.
bool is_control_label(std::string_view label, const LabelDialect& dialect);

/// The canonical label of sorted targets: "A+B"; "control" for none, whatever the file's own words are.
std::string label_of(std::span<const std::string> targets);

/// True for the words that data sets use for unperturbed cells: "", "ctrl", "NT", "non-targeting", "Negative Control",
/// … (case and punctuation do not matter). For hints and warnings only: nothing is read as control because of it.
bool looks_like_control(std::string_view label);

}  // namespace gracevae
