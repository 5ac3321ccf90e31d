#include "report/report_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "report/curves.hpp"
#include "report/published.hpp"
#include "report/score_rows.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

/// Five significant digits: the page is smaller, and no drawing shows more. Null for what is not finite.
Json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(fmt::format("{:.5g}", value).c_str(), nullptr);
}

Json rounded_all(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(rounded(value));
  return list;
}

/// The keys of an object that it has, numbers rounded.
Json picked(const Json& object, std::initializer_list<const char*> keys) {
  Json result = Json::object();
  for (const char* key : keys) {
    const auto found = object.find(key);
    if (found == object.end()) continue;
    result[key] = found->is_number_float() ? rounded(found->get<double>()) : *found;
  }
  return result;
}

Json picked_all(const Json& rows, std::initializer_list<const char*> keys) {
  Json list = Json::array();
  for (const Json& row : rows) list.push_back(picked(row, keys));
  return list;
}

Json explanation_data(const RunFiles& run) {
  if (!run.explanation) return nullptr;
  const Json& explanation = *run.explanation;
  Json programs = explanation.at("programs"), strongest = nullptr;  // the script finds programs by their number
  if (!programs.empty()) strongest = programs.front().at("program");
  std::sort(programs.begin(), programs.end(), [](const Json& a, const Json& b) {
    return a.at("program").get<std::int64_t>() < b.at("program").get<std::int64_t>();
  });
  for (Json& program : programs) {
    Json row = picked(program, {"program", "name", "sd", "noise_sd", "norm", "strength"});
    row["labels"] = picked_all(program.at("labels"), {"label", "share", "shift", "main"});
    for (const char* genes : {"genes_up", "genes_down"})
      row[genes] = picked_all(program.at(genes), {"gene", "control", "effect", "se", "sd", "total"});
    row["pathways"] =
        picked_all(program.at("pathways"), {"id", "name", "among", "overlap", "size", "q", "rank_q", "members"});
    program = std::move(row);
  }
  const Json& graph = explanation.at("graph");
  Json shown = picked(graph, {"threshold", "threshold_rule", "noise", "reasons"});
  shown["edges"] = picked_all(graph.at("edges"), {"from", "to", "weight", "frequency"});
  return {{"mechanism", explanation.at("mechanism")},
          {"n_cells", explanation.at("n_cells")},
          {"programs", std::move(programs)},
          {"strongest", std::move(strongest)},
          {"graph", std::move(shown)}};
}

/// As prediction_panels() gives them, but densities in whole thousandths, which draw alike at a third of the size.
Json predictions_data(const RunFiles& run) {
  Json predictions = run.predictions;
  if (predictions.is_null()) return predictions;
  for (Json& condition : predictions.at("conditions"))
    for (Json& gene : condition.at("distributions"))
      for (const char* cells : {"control", "predicted", "observed"})
        if (Json& distribution = gene.at(cells); distribution.is_object())
          for (Json& share : distribution.at("density")) share = std::lround(1000 * share.get<double>());
  return predictions;
}

Json axis_data(const ChartAxis& axis) {
  const auto value = [&](double end) { return axis.logarithmic ? std::pow(10.0, end) : end; };
  Json texts = Json::array();
  for (const double tick : axis.ticks) texts.push_back(tick_text(tick));
  return {{"low", value(axis.low)},
          {"high", value(axis.high)},
          {"logarithmic", axis.logarithmic},
          {"ticks", axis.ticks},
          {"texts", std::move(texts)}};
}

Json curves_data(const std::vector<RunFiles>& runs) {
  Json curves = Json::array();
  for (const TrainingCurve& curve : training_curves(runs)) {
    Json series = Json::array();
    for (const ChartSeries& line : curve.chart.series)
      series.push_back({{"name", line.name}, {"x", rounded_all(line.x)}, {"y", rounded_all(line.y)}});
    curves.push_back({{"id", curve.chart.id},
                      {"title", curve.chart.title},
                      {"x_label", curve.chart.x_label},
                      {"axes", nullptr},
                      {"series", std::move(series)}});
    if (const auto axes = chart_axes(curve.chart))
      curves.back()["axes"] = {{"x", axis_data(axes->x)}, {"y", axis_data(axes->y)}};
  }
  return curves;
}

Json metric_data(const std::string& id, const std::string& kind, const std::vector<PublishedRun>& papers) {
  const MetricInfo& metric = metric_info(id);
  Json printed = Json::array();
  for (const PublishedRun& paper : papers)
    if (const auto value = published(paper.dataset, kind, id, paper.variant))
      printed.push_back({{"run", paper.run},
                         {"variant", paper.variant},
                         {"dataset", paper.dataset},
                         {"mean", value->mean},
                         {"sd", value->sd}});
  return {{"id", id},
          {"title", metric.title},
          {"higher_is_better", metric.higher_is_better},
          {"published", std::move(printed)}};
}

Json scores_data(const std::vector<RunFiles>& runs, const std::string& dataset) {
  const std::vector<PublishedRun> papers = published_runs(runs, dataset);
  Json blocks = Json::array();
  for (const std::string kind : {"single", "double"})
    for (const ScoreChart& chart : score_charts(runs, dataset, kind)) {
      Json metrics = Json::array(), methods = Json::array();
      for (const std::string& id : chart.metrics) metrics.push_back(metric_data(id, kind, papers));
      for (const ScoreRow& row : score_rows(runs, kind)) {
        if (!row.of(chart.gene_set)) continue;
        std::vector<double> values;
        for (const std::string& id : chart.metrics) values.push_back(value_of(row.of(chart.gene_set), id));
        methods.push_back(
            {{"name", row.method}, {"run", row.run ? Json(*row.run) : Json()}, {"values", rounded_all(values)}});
      }
      blocks.push_back({{"kind", kind},
                        {"gene_set", chart.gene_set},
                        {"title", chart.title},
                        {"metrics", std::move(metrics)},
                        {"methods", std::move(methods)}});
    }
  return blocks;
}

}  // namespace

Json report_data(const std::vector<RunFiles>& runs, const std::string& dataset) {
  Json data = {{"format", "gracevae-report/1"}, {"runs", Json::array()}};
  for (const RunFiles& run : runs)
    data["runs"].push_back(
        {{"name", run.name}, {"explanation", explanation_data(run)}, {"predictions", predictions_data(run)}});
  data["frame"] = {{"width", kChartFrame.width}, {"height", kChartFrame.height}, {"left", kChartFrame.left},
                   {"right", kChartFrame.right}, {"top", kChartFrame.top},       {"bottom", kChartFrame.bottom}};
  data["curves"] = curves_data(runs);
  data["scores"] = scores_data(runs, dataset);
  return data;
}

std::string script_json(const Json& json) {
  std::string text;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

}  // namespace gracevae::impl
