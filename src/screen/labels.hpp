#pragma once
/// @file From a cell's label ("control", "A", "A+B") to its intervention targets.
#include <span>
#include <string>
#include <vector>

namespace gracevae {

/// How a label column is to be read. The default dialect is PerturBench's; detection of other dialects will live in labels.cpp.
struct LabelDialect {
  std::string column = "condition";
  std::string control = "control";
  std::string separator = "+";
};

/// Targets of one label: sorted, without repeats ("B+A" is {A, B}, "A+A" is {A}); empty for control. White space around names is
/// removed. InputError for an empty target ("A+", "+"), naming `place`.
std::vector<std::string> parse_label(const std::string& label, const LabelDialect& dialect, const std::string& place);

/// The canonical label of sorted targets: "A+B"; "control" for none, whatever the file's own words are.
std::string label_of(std::span<const std::string> targets);

}  // namespace gracevae
