#include "screen/aliases.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/nearest.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kExamples = 3;

void add_unique(std::vector<std::string>& symbols, const std::string& symbol) {
  if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end()) symbols.push_back(symbol);
}

}  // namespace

bool looks_like_ensembl(std::string_view name) {
  const std::size_t digits = name.find_first_of("0123456789");
  return name.starts_with("ENS") && digits != std::string_view::npos && digits >= 4 && name[digits - 1] == 'G' &&
         name.size() >= digits + 11;
}

std::string_view without_version(std::string_view name) {
  return looks_like_ensembl(name) ? name.substr(0, name.find('.')) : name;
}

GeneAliases::GeneAliases(const std::vector<GeneNameRow>& rows, std::string source) : source_(std::move(source)) {
  for (const GeneNameRow& row : rows) {
    symbols_.insert(row.symbol);
    for (const std::string& name : row.previous) add_unique(previous_[std::string(without_version(name))], row.symbol);
    for (const std::string& name : row.aliases) add_unique(aliases_[name], row.symbol);
  }
}

GeneAliases::GeneAliases(const std::filesystem::path& file) : GeneAliases(read_alias_table(file), file.string()) {}

/// The genes that have this name in the way that counts most.
const std::vector<std::string>* GeneAliases::find(std::string_view name) const {
  name = without_version(name);
  for (const SymbolsOf* names : {&previous_, &aliases_})
    if (const auto found = names->find(name); found != names->end()) return &found->second;
  return nullptr;
}

std::string_view GeneAliases::symbol_of(std::string_view name) const {
  if (is_symbol(name)) return name;
  const std::vector<std::string>* symbols = find(name);
  return symbols && symbols->size() == 1 ? std::string_view(symbols->front()) : name;
}

bool GeneAliases::is_ambiguous(std::string_view name) const {
  const std::vector<std::string>* symbols = find(name);
  return !is_symbol(name) && symbols && symbols->size() > 1;
}

std::vector<std::string> GeneAliases::others_of(std::string_view name) const {
  std::set<std::string> others;
  for (const SymbolsOf* names : {&previous_, &aliases_})
    if (const auto found = names->find(without_version(name)); found != names->end())
      others.insert(found->second.begin(), found->second.end());
  others.erase(std::string(name));
  return {others.begin(), others.end()};
}

std::vector<std::string> GeneAliases::names() const {
  std::vector<std::string> all(symbols_.begin(), symbols_.end());
  for (const SymbolsOf* names : {&previous_, &aliases_})
    for (const auto& entry : *names) all.push_back(entry.first);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

GeneIndex::GeneIndex(const std::vector<std::string>& genes, const GeneAliases* aliases) : aliases_(aliases) {
  by_name_.reserve(genes.size());
  by_key_.reserve(genes.size());
  for (std::size_t i = 0; i < genes.size(); ++i) by_name_.emplace(genes[i], static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < genes.size(); ++i) {
    const std::string_view key = key_of(genes[i]);
    if (key == genes[i] || by_name_.contains(key)) continue;
    const auto [entry, fresh] = by_key_.emplace(key, static_cast<std::int64_t>(i));
    if (!fresh) entry->second = -1;  // two genes go by old names of one
  }
}

std::string_view GeneIndex::key_of(std::string_view name) const {
  const std::string_view stem = without_version(name);
  return aliases_ ? aliases_->symbol_of(stem) : stem;
}

std::int64_t GeneIndex::find(std::string_view name) const {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  const std::string_view key = key_of(name);
  if (const auto found = by_name_.find(key); found != by_name_.end()) return found->second;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? -1 : found->second;
}

std::string use_text(const AliasUse& use, std::string_view what, const std::string& source) {
  std::vector<std::string> mapped, left;
  for (const auto& [name, now] : use.read_as) mapped.push_back(fmt::format("{} → {}", name, now));
  for (const auto& [name, others] : use.not_applied)
    left.push_back(fmt::format("{} ({})", name, fmt::join(others, " or ")));
  std::string text;
  if (!mapped.empty())
    text =
        fmt::format("{} {} read by other names in {}: {}", mapped.size(), what, source, first_few(mapped, kExamples));
  if (!left.empty())
    text += fmt::format("{}{} not applied, because the name could be another gene: {}", text.empty() ? "" : "; ",
                        left.size(), first_few(left, kExamples));
  return text;
}

}  // namespace gracevae::impl
