#include "effects/sources.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Rows of pairs (column, value), sorted by column; no value twice.
CsrMatrix<double> csr_of(const std::vector<std::map<std::int64_t, double>>& rows, std::int64_t n_columns) {
  CsrMatrix<double> result;
  result.n_rows = std::ssize(rows);
  result.n_cols = n_columns;
  for (const auto& row : rows) {
    for (const auto& [column, value] : row) {
      if (value == 0) continue;
      result.indices.push_back(static_cast<std::int32_t>(column));
      result.values.push_back(value);
    }
    result.indptr.push_back(std::ssize(result.values));
  }
  return result;
}

/// Numbers for names: the targets' own first, then others as they come.
class Numbers {
 public:
  explicit Numbers(const TargetList& targets) : targets_(targets), next_(targets.n()) {}
  std::int64_t of(const std::string& name) {
    if (const std::int64_t target = targets_.find(name); target >= 0) return target;
    const auto [entry, fresh] = others_.try_emplace(name, next_);
    if (fresh) ++next_;
    return entry->second;
  }
  std::int64_t n() const { return next_; }

 private:
  const TargetList& targets_;
  std::int64_t next_;
  std::unordered_map<std::string, std::int64_t> others_;
};

UnitRows read_edges(const fs::path& file, const TargetList& targets, const EdgeListOptions& scores) {
  std::vector<NamedEdge> edges;
  for_each_edge(file, scores, [&](const Edge& edge) {
    const double size = std::isnan(edge.score) ? 1 : edge.score;
    edges.push_back({std::string(edge.from), std::string(edge.to), edge.sign < 0 ? -std::abs(size) : size});
  });
  return edge_rows(edges, targets);
}
UnitRows read_gene_sets(const fs::path& file, const TargetList& targets, const EdgeListOptions&) {
  return gene_set_rows(read_gmt(file), targets);
}
UnitRows read_embedding(const fs::path& file, const TargetList& targets, const EdgeListOptions&) {
  const NamedRows rows = read_named_rows(file);
  return table_rows(rows.names, rows.values, false, targets);
}
UnitRows read_screen(const fs::path& file, const TargetList& targets, const EdgeListOptions&) {
  const EffectTable table = [&] {
    const EffectTable all = read_effects(file, {});
    return all.only(all.rows_of(1));
  }();
  std::vector<std::string> names;
  for (const auto& condition : table.conditions) names.push_back(condition.front());
  return table_rows(names, table.effects, true, targets);
}

}  // namespace

const std::vector<SourceKind> kSourceKinds{{"edges", read_edges},
                                           {"gene_sets", read_gene_sets},
                                           {"embeddings", read_embedding},
                                           {"screens", read_screen}};

UnitRows edge_rows(const std::vector<NamedEdge>& edges, const TargetList& targets) {
  Numbers numbers(targets);
  std::map<std::pair<std::int64_t, std::int64_t>, double> weights;
  double largest = 0;
  for (const NamedEdge& edge : edges) {
    const std::int64_t a = numbers.of(edge.from), b = numbers.of(edge.to);
    if (a == b || !weights.emplace(std::minmax(a, b), edge.weight).second) continue;
    largest = std::max(largest, std::abs(edge.weight));
  }
  std::vector<std::map<std::int64_t, double>> rows(at(targets.n()));
  std::vector<double> degree(at(numbers.n()), 0.0);
  if (largest == 0) return UnitRows(csr_of(rows, numbers.n()));
  for (const auto& [ends, weight] : weights)
    for (const auto& [i, v] : {ends, std::pair{ends.second, ends.first}}) {
      degree[at(v)] += std::abs(weight) / largest;
      if (i < targets.n()) rows[at(i)][v] = weight / largest;
    }
  for (std::int64_t i = 0; i < targets.n(); ++i) {
    auto& row = rows[at(i)];
    if (row.empty()) continue;
    row[i] = 1;
    for (auto& [v, x] : row) x /= std::sqrt(std::log(2 + degree[at(v)]));
  }
  return UnitRows(csr_of(rows, numbers.n()));
}

UnitRows gene_set_rows(const std::vector<GeneSet>& sets, const TargetList& targets) {
  std::set<std::string_view> genes;
  for (const GeneSet& set : sets) genes.insert(set.genes.begin(), set.genes.end());
  std::vector<std::map<std::int64_t, double>> rows(at(targets.n()));
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const std::set<std::string_view> members(sets[s].genes.begin(), sets[s].genes.end());
    const double weight = std::log(static_cast<double>(genes.size()) / static_cast<double>(members.size()));
    for (const std::string_view gene : members)
      if (const std::int64_t i = targets.find(gene); i >= 0) rows[at(i)][static_cast<std::int64_t>(s)] = weight;
  }
  return UnitRows(csr_of(rows, std::ssize(sets)));
}

UnitRows table_rows(const std::vector<std::string>& names, const Matrix<double>& rows, bool centre,
                    const TargetList& targets) {
  std::vector<double> mean(at(rows.n_cols), 0.0);
  for (std::int64_t i = 0; centre && i < rows.n_rows; ++i)
    for (std::int64_t j = 0; j < rows.n_cols; ++j) mean[at(j)] += rows(i, j) / static_cast<double>(rows.n_rows);
  std::vector<std::int64_t> row_of(at(targets.n()), -1);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (const std::int64_t target = targets.find(names[i]); target >= 0 && row_of[at(target)] < 0)
      row_of[at(target)] = static_cast<std::int64_t>(i);
  CsrMatrix<double> result;
  result.n_rows = targets.n();
  result.n_cols = rows.n_cols;
  for (const std::int64_t row : row_of) {
    for (std::int64_t j = 0; row >= 0 && j < rows.n_cols; ++j)
      if (const double value = rows(row, j) - mean[at(j)]; value != 0) {
        result.indices.push_back(static_cast<std::int32_t>(j));
        result.values.push_back(value);
      }
    result.indptr.push_back(std::ssize(result.values));
  }
  return UnitRows(std::move(result));
}

}  // namespace gracevae::impl
