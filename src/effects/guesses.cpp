#include "effects/guesses.hpp"

namespace gracevae::impl {

namespace {
std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
}  // namespace

std::vector<double> mean_effect(const EffectTable& table) {
  std::vector<double> mean(table.genes.size(), 0.0);
  for (std::int64_t i = 0; i < table.effects.n_rows; ++i)
    for (std::size_t g = 0; g < mean.size(); ++g)
      mean[g] += table.effects.row(i)[g] / static_cast<double>(table.effects.n_rows);
  return mean;
}

std::vector<double> nearest_mean(const EffectPrediction& said, const EffectTable& measured,
                                 const std::vector<double>& mean) {
  if (said.nearest.empty()) return mean;
  std::vector<double> result(mean.size(), 0.0);
  for (const auto& [row, similarity] : said.nearest)
    for (std::size_t g = 0; g < result.size(); ++g)
      result[g] += measured.effects.row(row)[g] / static_cast<double>(said.nearest.size());
  return result;
}

Transfer::Transfer(const OtherScreen& other, const EffectTable& measured)
    : other_(other), mean_(mean_effect(measured)), of_other_(measured.genes.size(), 0.0) {
  const EffectTable& table = other.effects;
  std::unordered_map<std::string, std::int64_t> of_gene;
  for (std::int64_t g = 0; g < std::ssize(table.genes); ++g) of_gene.emplace(table.genes[at(g)], g);
  for (const std::string& gene : measured.genes) {
    const auto found = of_gene.find(gene);
    column_.push_back(found == of_gene.end() ? -1 : found->second);
  }
  const auto singles = table.rows_of(1);
  for (const std::int64_t i : singles) {
    row_.emplace(table.conditions[at(i)].front(), i);
    for (std::size_t g = 0; g < column_.size(); ++g)
      if (column_[g] >= 0) of_other_[g] += table.effects(i, column_[g]) / static_cast<double>(singles.size());
  }
  double above = 0, below = 0;
  for (std::int64_t i = 0; i < std::ssize(measured.conditions); ++i) {
    const auto moved = change(measured.conditions[at(i)].front());
    for (std::size_t g = 0; g < moved.size(); ++g) {
      above += moved[g] * (measured.effects.row(i)[g] - mean_[g]);
      below += moved[g] * moved[g];
    }
  }
  slope_ = below > 0 ? above / below : 0;
}

std::vector<double> Transfer::change(const std::string& target) const {
  std::vector<double> result(column_.size(), 0.0);
  const auto found = row_.find(target);
  for (std::size_t g = 0; found != row_.end() && g < result.size(); ++g)
    if (column_[g] >= 0) result[g] = other_.effects.effects(found->second, column_[g]) - of_other_[g];
  return result;
}

std::vector<double> Transfer::guess(const std::string& target) const {
  std::vector<double> result = change(target);
  for (std::size_t g = 0; g < result.size(); ++g) result[g] = mean_[g] + slope_ * result[g];
  return result;
}

}  // namespace gracevae::impl
