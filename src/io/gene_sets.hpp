#pragma once
/// @file Gene sets (.gmt) and pairs of names (edge lists, Reactome relations).
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gracevae {

/// One line of a .gmt: name, id, genes.
struct GeneSet {
  std::string name, id;
  std::vector<std::string> genes;
};

/// Reads a .gmt (tab-separated: name, id or URL, genes…). InputError with the line number for lines of fewer than 3
/// columns, an empty id, or an id that repeats; empty file is an error. CRLF line ends and a last line without end are
/// fine; blank lines are skipped.
std::vector<GeneSet> read_gmt(const std::filesystem::path& path);

/// Reads pairs, two names a line separated by white space or a comma. Lines starting with # and blank lines are
/// skipped; a third column that is a number (a weight) is ignored, anything else is an InputError with line number. A
/// first line `source target`-like is NOT guessed: it is a pair like any other and will match no node.
std::vector<std::pair<std::string, std::string>> read_pairs(const std::filesystem::path& path);

void write_gmt(const std::filesystem::path& path, const std::vector<GeneSet>& sets);
void write_pairs(const std::filesystem::path& path, const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace gracevae
