#include "io/gene_sets.hpp"

#include <fmt/format.h>

#include <charconv>
#include <unordered_map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/lines.hpp"

namespace gracevae {

namespace {

constexpr const char* kGmtHint =
    "each line of a .gmt is a name, an id or URL, then one or more genes, separated by tabs";

GeneSet parse_gene_set(std::string_view line, const std::string& place) {
  const auto cells = split(line, '\t');
  GeneSet set;
  set.name = trim(cells[0]);
  if (cells.size() > 1) set.id = trim(cells[1]);
  for (std::size_t i = 2; i < cells.size(); ++i)
    if (const auto gene = trim(cells[i]); !gene.empty()) set.genes.emplace_back(gene);
  if (cells.size() < 3)
    throw InputError(fmt::format("{}: {} tab-separated columns, expected at least 3", place, cells.size()), kGmtHint);
  if (set.id.empty())
    throw InputError(fmt::format("{}: the id (second column) of '{}' is empty", place, set.name), kGmtHint);
  if (set.genes.empty())
    throw InputError(fmt::format("{}: no genes in '{}', expected at least 1", place, set.name), kGmtHint);
  return set;
}

bool is_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// The words of a line. Commas separate where there are any, else tabs, else spaces, so that an empty cell is seen.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  const char separator = line.find(',') != line.npos ? ',' : line.find('\t') != line.npos ? '\t' : ' ';
  for (const auto cell : split(line, separator))
    if (const auto word = trim(cell); separator != ' ' || !word.empty()) words.push_back(word);
  return words;
}

std::pair<std::string, std::string> parse_pair(std::string_view line, const std::string& place) {
  const auto words = words_of(line);
  if (words.size() != 2 && words.size() != 3)
    throw InputError(fmt::format("{}: {} columns, expected 2 names and at most a weight", place, words.size()));
  for (std::size_t i = 0; i < 2; ++i)
    if (words[i].empty() || words[i].find_first_of(" \t") != words[i].npos)
      throw InputError(fmt::format("{}: '{}' in column {}, expected a name without spaces", place, words[i], i + 1));
  if (words.size() == 3 && !is_number(words[2]))
    throw InputError(fmt::format("{}: '{}' in column 3, expected a number (a weight) or nothing", place, words[2]));
  return {std::string(words[0]), std::string(words[1])};
}

}  // namespace

std::vector<GeneSet> read_gmt(const std::filesystem::path& path) {
  std::vector<GeneSet> sets;
  std::unordered_map<std::string, std::int64_t> line_of_id;
  for_each_line(path, [&](std::string_view line, std::int64_t number) {
    if (trim(line).empty()) return;
    const std::string place = line_place(path, number);
    sets.push_back(parse_gene_set(line, place));
    const auto [first, fresh] = line_of_id.emplace(sets.back().id, number);
    if (!fresh)
      throw InputError(fmt::format("{}: the id '{}' stands in line {} already, expected each once", place,
                                   sets.back().id, first->second));
  });
  if (sets.empty()) throw InputError(fmt::format("{}: no gene sets", path.string()), kGmtHint);
  return sets;
}

std::vector<std::pair<std::string, std::string>> read_pairs(const std::filesystem::path& path) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for_each_line(path, [&](std::string_view line, std::int64_t number) {
    const auto text = trim(line);
    if (!text.empty() && text[0] != '#') pairs.push_back(parse_pair(text, line_place(path, number)));
  });
  return pairs;
}

void write_gmt(const std::filesystem::path& path, const std::vector<GeneSet>& sets) {
  std::string text;
  for (const auto& set : sets) {
    text += cell_text(set.name) + '\t' + cell_text(set.id);
    for (const auto& gene : set.genes) text += '\t' + cell_text(gene);
    text += '\n';
  }
  write_text(path, text);
}

void write_pairs(const std::filesystem::path& path, const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  for (const auto& [from, to] : pairs) text += cell_text(from) + '\t' + cell_text(to) + '\n';
  write_text(path, text);
}

}  // namespace gracevae
