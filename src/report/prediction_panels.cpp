#include "report/prediction_panels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "report/panel_numbers.hpp"
#include "run/run_folder.hpp"
#include "screen/differential.hpp"
#include "screen/gene_names.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t kRowsAtOnce = 1024;
enum Source : std::int32_t { kControl = 0, kActual = 1, kGenerated = 2 };

Source source_of(const std::string& text) {
  return text == "Generated Cells" ? kGenerated : text == "Actual Cells" ? kActual : kControl;
}

/// A file of predictions whose names are read.
struct Predictions {
  CellSource cells;
  std::vector<std::string> genes;      ///< symbols
  std::vector<std::string> condition;  ///< of every cell
  std::vector<Source> source;          ///< of every cell
  std::vector<std::string> names;      ///< conditions with generated or actual cells, sorted
  std::vector<std::int32_t> group;     ///< of every cell: 0 control, 1 + 2c generated, 2 + 2c actual of condition c

  std::int64_t n_cells() const { return std::ssize(condition); }
  std::int64_t n_groups() const { return 1 + 2 * std::ssize(names); }
};

std::int64_t generated_of(std::size_t condition) { return 1 + 2 * static_cast<std::int64_t>(condition); }
std::int64_t actual_of(std::size_t condition) { return 2 + 2 * static_cast<std::int64_t>(condition); }

std::vector<std::string> symbols_of(const std::filesystem::path& run_folder, const CellSource& cells) {
  ScreenOptions options;
  options.file = cells.path;
  const auto file = RunFolder{run_folder}.options();
  if (std::filesystem::exists(file)) {
    const Json run = read_toml(file);
    if (const auto section = run.find("screen"); section != run.end() && section->is_object())
      if (const auto column = section->find("gene_column"); column != section->end() && column->is_string())
        options.gene_column = column->get<std::string>();
  }
  return gene_names(cells.var, find_gene_column(cells.var, options, cells.obs));
}

Predictions open_predictions(const std::filesystem::path& run_folder, const std::filesystem::path& file) {
  Predictions result;
  result.cells = open_anndata(file, {});
  result.genes = symbols_of(run_folder, result.cells);
  result.condition = prediction_column(result.cells, "condition");
  for (const std::string& text : prediction_column(result.cells, "source")) result.source.push_back(source_of(text));
  std::set<std::string> names;
  for (std::size_t i = 0; i < result.condition.size(); ++i)
    if (result.source[i] != kControl) names.insert(result.condition[i]);
  result.names.assign(names.begin(), names.end());
  for (std::size_t i = 0; i < result.condition.size(); ++i) {
    const auto at = std::lower_bound(result.names.begin(), result.names.end(), result.condition[i]);
    const auto c = static_cast<std::size_t>(at - result.names.begin());
    result.group.push_back(static_cast<std::int32_t>(result.source[i] == kControl     ? 0
                                                     : result.source[i] == kGenerated ? generated_of(c)
                                                                                      : actual_of(c)));
  }
  return result;
}

/// Calls visit(first, block) with all rows, block by block.
template <class Visit>
void for_each_block(RowReader& reader, const std::string& what, const Visit& visit) {
  Progress progress(what, reader.n_rows());
  for (std::int64_t first = 0; first < reader.n_rows(); first += kRowsAtOnce) {
    stop_if_requested(what);
    const CsrMatrix<float> block = reader.rows(first, std::min(kRowsAtOnce, reader.n_rows() - first));
    visit(first, block);
    progress.update(first + block.n_rows, "");
  }
}

GroupMoments moments_of(const Predictions& predictions) {
  GroupMoments moments(predictions.n_groups(), std::ssize(predictions.genes));
  for_each_block(*predictions.cells.rows, "means of predicted cells", [&](std::int64_t first, const auto& block) {
    moments.add_rows(block, std::span(predictions.group)
                                .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(block.n_rows)));
  });
  return moments;
}

/// What metrics.json says of conditions.
struct Scored {
  std::map<std::string, std::string> kind;
  std::map<std::string, std::vector<std::string>> de_genes;  ///< symbols, the strongest first
  std::map<std::string, Json> r2_all, r2_de;                 ///< r2.corrected of the model
};

Scored scored_conditions(const std::filesystem::path& file) {
  Scored scored;
  if (!std::filesystem::exists(file)) return scored;
  try {
    const Json metrics = Json::parse(read_text(file));
    for (const Json& row : metrics.at("conditions")) {
      scored.kind[row.at("condition")] = row.at("kind");
      if (row.value("method", "") != "model") continue;
      const std::string gene_set = row.at("gene_set");
      const Json r2 = row.at("metrics").value("r2.corrected", Json());
      if (gene_set == "all") scored.r2_all[row.at("condition")] = r2;
      if (gene_set == "de") scored.r2_de[row.at("condition")] = r2;
    }
    if (metrics.contains("de_genes")) scored.de_genes = metrics["de_genes"].get<decltype(scored.de_genes)>();
  } catch (const nlohmann::json::exception& error) {
    throw InputError({.place = file.string(), .found = error.what()}, "make it again: `gracevae evaluate RUN`");
  }
  return scored;
}

/// One condition's means over genes, and which of them are shown.
struct Panel {
  std::vector<double> control, predicted, observed;  ///< [genes], NaN without such cells
  std::vector<std::int32_t> de;                      ///< columns, the strongest first
  std::vector<std::int32_t> shown;                   ///< columns, ascending
  std::vector<std::int32_t> distributions;           ///< columns, the largest change first
};

std::vector<double> means_of(const GroupMoments& moments, std::int64_t group) {
  std::vector<double> means;
  for (std::int64_t g = 0; g < moments.n_columns(); ++g) means.push_back(moments.mean(group, g));
  return means;
}

std::vector<double> sizes(const std::vector<double>& mean, const std::vector<double>& control) {
  std::vector<double> result(mean.size());
  for (std::size_t g = 0; g < mean.size(); ++g) {
    const double size = std::abs(mean[g] - control[g]);
    result[g] = std::isfinite(size) ? size : 0;
  }
  return result;
}

/// Makes panels; holds what all of them need.
class PanelMaker {
 public:
  PanelMaker(const Predictions& predictions, const GroupMoments& moments, Scored scored, ExpectedMeans expected,
             const PanelOptions& options)
      : predictions_(predictions), moments_(moments), scored_(std::move(scored)), expected_(std::move(expected)),
        options_(options), control_(means_of(moments, 0)) {
    for (std::size_t g = 0; g < predictions.genes.size(); ++g)
      column_.emplace(predictions.genes[g], static_cast<std::int32_t>(g));
  }

  Panel panel(std::size_t condition) const {
    Panel panel;
    panel.control = control_;
    const auto expected = expected_.find(predictions_.names[condition]);
    panel.predicted = expected != expected_.end() ? expected->second : means_of(moments_, generated_of(condition));
    panel.observed = means_of(moments_, actual_of(condition));
    panel.de = de_genes(condition);
    const std::vector<double> observed_change = sizes(panel.observed, control_),
                              predicted_change = sizes(panel.predicted, control_);
    panel.shown = shown(panel.de, observed_change, predicted_change);
    const bool is_observed = moments_.n_rows(actual_of(condition)) > 0;
    const std::vector<double>& change = is_observed ? observed_change : predicted_change;
    panel.distributions = panel.de.empty() ? panel.shown : panel.de;
    std::stable_sort(panel.distributions.begin(), panel.distributions.end(), [&](std::int32_t a, std::int32_t b) {
      return change[static_cast<std::size_t>(a)] > change[static_cast<std::size_t>(b)];
    });
    if (std::ssize(panel.distributions) > options_.n_distributions)
      panel.distributions.resize(static_cast<std::size_t>(options_.n_distributions));
    return panel;
  }

  std::string kind(std::size_t condition) const {
    const std::string& name = predictions_.names[condition];
    if (const auto found = scored_.kind.find(name); found != scored_.kind.end()) return found->second;
    return parse_label(name, LabelDialect{}, "condition").size() < 2 ? "single" : "double";
  }

 private:
  /// Those of metrics.json.
  std::vector<std::int32_t> de_genes(std::size_t condition) const {
    std::vector<std::int32_t> columns;
    if (const auto found = scored_.de_genes.find(predictions_.names[condition]); found != scored_.de_genes.end())
      for (const std::string& symbol : found->second)
        if (const auto column = column_.find(symbol); column != column_.end()) columns.push_back(column->second);
    return columns;
  }

  /// DE genes, then the largest changes, one observed and one predicted in turn.
  std::vector<std::int32_t> shown(const std::vector<std::int32_t>& de, const std::vector<double>& observed_change,
                                  const std::vector<double>& predicted_change) const {
    const auto n = static_cast<std::size_t>(std::min(options_.n_genes, moments_.n_columns()));
    std::set<std::int32_t> chosen;
    for (const std::int32_t gene : de)
      if (chosen.size() < n) chosen.insert(gene);
    const auto by_observed = top_genes(observed_change, static_cast<std::int64_t>(n)),
               by_predicted = top_genes(predicted_change, static_cast<std::int64_t>(n));
    for (std::size_t i = 0; i < n && chosen.size() < n; ++i) {
      chosen.insert(by_observed[i]);
      if (chosen.size() < n) chosen.insert(by_predicted[i]);
    }
    return {chosen.begin(), chosen.end()};
  }

  const Predictions& predictions_;
  const GroupMoments& moments_;
  Scored scored_;
  ExpectedMeans expected_;
  const PanelOptions& options_;
  std::vector<double> control_;
  std::unordered_map<std::string, std::int32_t> column_;
};

/// Values of some genes in the cells of every group: values[group][gene] in the order of the file.
using GroupValues = std::vector<std::map<std::int32_t, std::vector<float>>>;

GroupValues values_of(const Predictions& predictions, const std::vector<Panel>& panels) {
  GroupValues values(static_cast<std::size_t>(predictions.n_groups()));
  bool any = false;
  for (std::size_t c = 0; c < panels.size(); ++c)
    for (const std::int32_t gene : panels[c].distributions) {
      for (const std::int64_t group : {std::int64_t{0}, generated_of(c), actual_of(c)})
        values[static_cast<std::size_t>(group)][gene];
      any = true;
    }
  if (!any) return values;
  std::vector<float> row(predictions.genes.size());
  for_each_block(*predictions.cells.rows, "distributions of genes", [&](std::int64_t first, const auto& block) {
    for (std::int64_t i = 0; i < block.n_rows; ++i) {
      auto& genes = values[static_cast<std::size_t>(predictions.group[static_cast<std::size_t>(first + i)])];
      if (genes.empty()) continue;
      block.copy_row(i, std::span(row));
      for (auto& [gene, of_gene] : genes) of_gene.push_back(row[static_cast<std::size_t>(gene)]);
    }
  });
  return values;
}

// ---- JSON

/// Numbers genes as they are used.
class GeneList {
 public:
  explicit GeneList(const std::vector<std::string>& symbols) : symbols_(symbols) {}
  std::int64_t index(std::int32_t column) {
    const auto [found, is_new] = index_.emplace(column, static_cast<std::int64_t>(names_.size()));
    if (is_new) names_.push_back(symbols_[static_cast<std::size_t>(column)]);
    return found->second;
  }
  const Json& names() const { return names_; }

 private:
  const std::vector<std::string>& symbols_;
  std::map<std::int32_t, std::int64_t> index_;
  Json names_ = Json::array();
};

/// Of all genes where metrics.json does not say it.
Json r2_of(const Panel& panel) {
  const double value = r2_corrected(panel.predicted, panel.observed);
  return std::isfinite(value) ? Json(value) : Json();
}

Json distributions_json(const GroupValues& values, std::size_t condition, const Panel& panel, GeneList& genes) {
  Json all = Json::array();
  for (const std::int32_t gene : panel.distributions) {
    std::vector<std::pair<const char*, std::span<const float>>> groups;
    for (const auto& [name, group] : {std::pair<const char*, std::int64_t>{"control", 0},
                                      {"predicted", generated_of(condition)},
                                      {"observed", actual_of(condition)}})
      groups.emplace_back(name, values[static_cast<std::size_t>(group)].at(gene));
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const auto& [name, of_group] : groups)
      for (const float value : of_group) {
        low = std::min(low, static_cast<double>(value));
        high = std::max(high, static_cast<double>(value));
      }
    Json entry = {{"gene", genes.index(gene)}};
    for (const auto& [name, of_group] : groups) entry[name] = distribution(of_group, low, high);
    all.push_back(std::move(entry));
  }
  return all;
}

/// Lists over the genes that are shown.
void add_genes(const Panel& panel, GeneList& genes, Json& to) {
  for (const char* list : {"gene", "control", "predicted", "observed", "de"}) to[list] = Json::array();
  for (const std::int32_t column : panel.shown) {
    const auto g = static_cast<std::size_t>(column);
    to["gene"].push_back(genes.index(column));
    to["control"].push_back(short_number(panel.control[g]));
    to["predicted"].push_back(short_number(panel.predicted[g]));
    to["observed"].push_back(short_number(panel.observed[g]));
    to["de"].push_back(std::find(panel.de.begin(), panel.de.end(), column) != panel.de.end() ? 1 : 0);
  }
}

// ---- embedding

/// Cells with a place: made here, or found in the file.
StoredPlaces places_of(Predictions& predictions, const PanelOptions& options) {
  if (auto stored = stored_places(predictions.cells.path, predictions.n_cells()); stored && !stored->rows.empty())
    return std::move(*stored);
  CellEmbedding made = embed_cells(predictions.cells, options.embedding);
  const auto settings = embedding_settings(options.embedding, std::ssize(made.rows));
  return {std::move(made.rows), std::move(made.places), settings};
}

Json embedding_json(Predictions& predictions, const PanelOptions& options) {
  if (predictions.n_cells() < 2) return nullptr;
  const StoredPlaces stored = places_of(predictions, options);
  std::vector<std::string> labels;
  for (const std::int64_t row : stored.rows) {
    const auto i = static_cast<std::size_t>(row);
    labels.push_back(fmt::format("{}\t{}", static_cast<int>(predictions.source[i]), predictions.condition[i]));
  }
  const std::vector<std::int64_t> shown =
      stratified_sample(labels, options.n_points, static_cast<std::uint64_t>(options.embedding.umap.seed));
  Json x = Json::array(), y = x, source = x, condition = x, names = x;
  std::map<std::string, std::int64_t> index;
  for (const std::int64_t k : shown) {
    const auto i = static_cast<std::size_t>(stored.rows[static_cast<std::size_t>(k)]);
    const auto two_decimals = [](float value) { return std::round(static_cast<double>(value) * 100) / 100; };
    x.push_back(two_decimals(stored.places(k, 0)));
    y.push_back(two_decimals(stored.places(k, 1)));
    source.push_back(static_cast<int>(predictions.source[i]));
    const auto [found, is_new] = index.emplace(predictions.condition[i], static_cast<std::int64_t>(names.size()));
    if (is_new) names.push_back(predictions.condition[i]);
    condition.push_back(found->second);
  }
  Json settings = Json::object();
  for (const auto& [name, value] : stored.settings) settings[name] = short_number(value);
  return {{"x", std::move(x)},           {"y", std::move(y)},
          {"source", std::move(source)}, {"condition", std::move(condition)},
          {"names", std::move(names)},   {"n_cells", std::ssize(shown)},
          {"of", predictions.n_cells()}, {"settings", std::move(settings)}};
}

}  // namespace

nlohmann::json prediction_panels(const std::filesystem::path& run_folder, const PanelOptions& options) {
  const auto file = RunFolder{run_folder}.predictions();
  if (!std::filesystem::exists(file)) return nullptr;
  Predictions predictions = open_predictions(run_folder, file);
  const GroupMoments moments = moments_of(predictions);
  const Scored scored = scored_conditions(RunFolder{run_folder}.metrics());
  const PanelMaker maker(predictions, moments, scored, read_expected_means(file), options);
  std::vector<Panel> panels;
  for (std::size_t c = 0; c < predictions.names.size(); ++c) panels.push_back(maker.panel(c));
  const GroupValues values = values_of(predictions, panels);

  GeneList genes(predictions.genes);
  Json conditions = Json::array();
  std::size_t n_shown = 0;
  for (std::size_t c = 0; c < panels.size(); ++c) {
    const std::string& name = predictions.names[c];
    Json condition = {{"name", name},
                      {"kind", maker.kind(c)},
                      {"n_generated", moments.n_rows(generated_of(c))},
                      {"n_actual", moments.n_rows(actual_of(c))},
                      {"r2_all", scored.r2_all.contains(name)                    ? scored.r2_all.at(name)
                                 : moments.n_rows(actual_of(c)) >= kFewestScored ? r2_of(panels[c])
                                                                                 : Json()},
                      {"r2_de", scored.r2_de.contains(name) ? scored.r2_de.at(name) : Json()}};
    add_genes(panels[c], genes, condition);
    condition["distributions"] = distributions_json(values, c, panels[c], genes);
    conditions.push_back(std::move(condition));
    n_shown = std::max(n_shown, panels[c].shown.size());
  }
  return {{"genes", genes.names()},
          {"conditions", std::move(conditions)},
          {"n_genes_shown", n_shown},
          {"n_genes", predictions.genes.size()},
          {"embedding", embedding_json(predictions, options)}};
}

}  // namespace gracevae::impl
