#pragma once
/// @file The numbers that the paper's tables print (experiments/published.tsv, which is built into the program).
#include <optional>
#include <string>
#include <vector>

namespace gracevae::impl {

struct PublishedValue {
  int table = 0;
  std::string dataset, kind, metric, variant;
  double mean = 0, sd = 0;  ///< over ten seeds
};
/// All of them, in the paper's order.
const std::vector<PublishedValue>& published_values();

/// The value of a variant, of whatever table: names of variants mean the same in all. Nothing where none was printed.
std::optional<PublishedValue> published(const std::string& dataset, const std::string& kind, const std::string& metric,
                                        const std::string& variant);

/// A table of the paper.
struct PaperTable {
  int number = 0;
  std::string title;
  std::vector<std::string> datasets;  ///< that it has numbers of, first the default
  std::vector<std::string> variants(const std::string& dataset) const;
};
/// 1 … 6; ConfigError for others.
PaperTable paper_table(int number);

}  // namespace gracevae::impl
