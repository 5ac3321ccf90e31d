#include "screen/prepare_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "io/frame_rows.hpp"
#include "io/lines.hpp"

namespace gracevae::impl::prepare {

namespace {

constexpr double kSignificant = 0.05;           // adjusted p-value from which a gene is counted
constexpr std::size_t kAtOnce = 64;             // conditions tested in parallel
constexpr std::size_t kMostTypeBytes = 58'000;  // an HDF5 type must fit in 64 KiB, and takes about this a field:

std::size_t field_bytes(const std::string& name) { return (name.size() / 8 + 1) * 8 + 56; }

bool fits_records(const std::vector<std::string>& names) {
  std::size_t bytes = 0;
  for (const std::string& name : names) bytes += field_bytes(name);
  return !names.empty() && bytes <= kMostTypeBytes &&
         std::none_of(names.begin(), names.end(), [](const std::string& name) { return name.empty(); });
}

/// Values of one gene order as a field of records.
template <class T>
RecordField field(const std::string& label, const std::vector<double>& values, const std::vector<std::int32_t>& order) {
  std::vector<T> ordered;
  ordered.reserve(order.size());
  for (const std::int32_t gene : order) ordered.push_back(static_cast<T>(values[static_cast<std::size_t>(gene)]));
  return {label, std::move(ordered)};
}

}  // namespace

void add_choice(DataFrame& var, const HighlyVariable& found, const std::vector<std::int64_t>& places) {
  const auto add = [&](const char* name, const std::vector<double>& values) {
    if (!values.empty()) set_column(var, name, entries_of(values, places));
  };
  if (!found.chosen.empty()) set_column(var, "highly_variable", entries_of(found.chosen, places));
  add("means", found.means);
  add("dispersions", found.dispersions);
  add("dispersions_norm", found.dispersions_norm);
  add("variances", found.variances);
  add("variances_norm", found.variances_norm);
  add("highly_variable_rank", found.rank);
}

std::string add_regimes(DataFrame& obs, const PrepareLabels& labels, const std::vector<std::int32_t>& regime_of_row) {
  const Column* column = obs.find(labels.column);
  if (column && labels.are_guides && !obs.find("guide")) {
    obs.add("guide", Column(*column));
    column = obs.find(labels.column);
  }
  if (column) {
    const std::vector<std::string> words = column_as_strings(*column);
    bool same = true;
    for (std::size_t i = 0; i < words.size() && same; ++i)
      same = words[i] == labels.regimes[static_cast<std::size_t>(regime_of_row[i])];
    if (same) return labels.column;
  }
  set_column(obs, "gracevae_regime", Categorical{regime_of_row, labels.regimes, false});
  return "gracevae_regime";
}

DifferentialOutput::DifferentialOutput(const PrepareLabels& labels, const GeneNames& genes,
                                       const PrepareOptions& options)
    : labels_(labels), genes_(genes), options_(options) {}

void DifferentialOutput::write(const DifferentialTests& tests, const std::filesystem::path& table,
                               PrepareReport& report) {
  std::vector<std::int64_t> groups;
  std::vector<std::string> names;
  for (std::int64_t group = 1; group < tests.moments().n_groups(); ++group) {
    const std::string& name = labels_.regimes[static_cast<std::size_t>(group)];
    (tests.can_test(group) ? names : report.untested).push_back(name);
    if (tests.can_test(group)) groups.push_back(group);
  }
  keeps_records_ = fits_records(names);
  report.has_records = keeps_records_;
  std::ofstream stream(table, std::ios::binary);
  stream << "condition\trank\tgene\tgene_id\tscore\tlog2_fold_change\tp_value\tp_adjusted\n";
  for (std::size_t first = 0; first < groups.size(); first += kAtOnce) {
    stop_if_requested("testing");
    std::vector<ConditionTest> results(std::min(kAtOnce, groups.size() - first));
#pragma omp parallel for schedule(dynamic)
    for (std::size_t k = 0; k < results.size(); ++k) results[k] = tests.test(groups[first + k]);
    for (std::size_t k = 0; k < results.size(); ++k) {
      std::string text;
      add_lines(text, names[first + k], results[k]);
      stream << text;
      if (keeps_records_) add_records(names[first + k], results[k]);
      report.de_counts.push_back(std::count_if(results[k].adjusted.begin(), results[k].adjusted.end(),
                                               [](double p) { return p < kSignificant; }));
    }
  }
  stream.close();
  if (!stream) throw IoError({.place = table.string(), .found = "cannot be written"}, "is the disk full?");
}

void DifferentialOutput::add_lines(std::string& text, const std::string& label, const ConditionTest& test) const {
  const auto n_all = static_cast<std::int64_t>(test.scores.size());
  const std::vector<std::int32_t> genes = top_genes(test.scores, options_.de_genes ? options_.de_genes : n_all);
  for (std::size_t rank = 0; rank < genes.size(); ++rank) {
    const auto gene = static_cast<std::size_t>(genes[rank]);
    fmt::format_to(std::back_inserter(text), "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", cell_text(label), rank + 1,
                   cell_text(genes_.symbols[gene]), cell_text(genes_.ids[gene]), test.scores[gene],
                   test.log2_fold_changes[gene], test.p_values[gene], test.adjusted[gene]);
  }
}

void DifferentialOutput::add_records(const std::string& label, const ConditionTest& test) {
  const std::vector<std::int32_t> order = genes_by_score(test.scores);
  std::vector<std::string> names;
  for (const std::int32_t gene : order) names.push_back(genes_.ids[static_cast<std::size_t>(gene)]);
  names_.fields.push_back({label, std::move(names)});
  scores_.fields.push_back(field<float>(label, test.scores, order));
  changes_.fields.push_back(field<float>(label, test.log2_fold_changes, order));
  p_values_.fields.push_back(field<double>(label, test.p_values, order));
  adjusted_.fields.push_back(field<double>(label, test.adjusted, order));
}

Uns DifferentialOutput::take_records(const std::string& group_column) {
  Uns uns;
  if (!keeps_records_) return uns;
  const std::string group = "rank_genes_groups/";
  uns[group + "params/groupby"] = group_column;
  uns[group + "params/reference"] = labels_.regimes.front();
  uns[group + "params/method"] = scanpy_method(options_.de_method);
  uns[group + "params/use_raw"] = false;
  uns[group + "params/corr_method"] = std::string("benjamini-hochberg");
  if (options_.de_method == "wilcoxon")
    uns[group + "params/tie_correct"] = !options_.no_tie_correction;
  else
    uns[group + "params/variance_floor"] = options_.variance_floor;
  uns[group + "names"] = std::move(names_);
  uns[group + "scores"] = std::move(scores_);
  uns[group + "logfoldchanges"] = std::move(changes_);
  uns[group + "pvals"] = std::move(p_values_);
  uns[group + "pvals_adj"] = std::move(adjusted_);
  return uns;
}

}  // namespace gracevae::impl::prepare
