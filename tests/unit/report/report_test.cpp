#include "report/report.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "evaluate/evaluate.hpp"
#include "report/report_data.hpp"
#include "report/svg_chart.hpp"
#include "report/web_bundle.hpp"
#include "run/run_folder.hpp"
#include "support/thrown.hpp"
#include "unit/report/page.hpp"
#include "unit/report/run_folder.hpp"

namespace gracevae::impl {
namespace {

using test::Cells;
using test::HasCells;
using test::malformed;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

Json metrics_row(const std::string& method, const std::string& gene_set, double value) {
  return {{"gene_set", gene_set},
          {"method", method},
          {"metrics",
           {{"r2.corrected", value},
            {"mmd.unbiased", 1 - value},
            {"pearson_delta", nullptr},
            {"paper.r2", value / 2},
            {"paper.rmse", 0.5},
            {"paper.mmd", 1 - value}}}};
}

/// Scores of one condition of this name, control 0.1, additive 0.7, model 0.6, replicate 0.9.
Json some_metrics(const std::string& condition = "A+B", const std::string& warning = "") {
  Json metrics = {{"format", kMetricsFormat},      {"n_top_genes", 20},          {"min_test_cells", 20},
                  {"not_averaged", Json::array()}, {"missing", Json::array()},   {"no_de_genes", Json::object()},
                  {"summary", Json::array()},      {"conditions", Json::array()}};
  const std::vector<std::pair<std::string, double>> methods = {{"control", 0.1},
                                                               {"additive", 0.7},
                                                               {"model", 0.6},
                                                               {"replicate", 0.9}};
  for (const std::string gene_set : {"de", "all", "paper"})
    for (const auto& [method, value] : methods) {
      Json summary = metrics_row(method, gene_set, value), row = summary;
      summary["kind"] = row["kind"] = "double";
      summary["n_conditions"] = 1;
      row["condition"] = condition;
      row["stratum"] = "seen-2";
      row["n_cells"] = row["n_test_cells"] = 100;
      row["averaged"] = true;
      metrics["summary"].push_back(summary);
      metrics["conditions"].push_back(row);
    }
  metrics["de_genes"] = {{condition, {"KLF1", "<i>HBZ</i>"}}};
  metrics["warnings"] = Json::array();
  if (!warning.empty()) metrics["warnings"].push_back(warning);
  return metrics;
}

class Report : public test::RunFolderTest {
 protected:
  /// The static page, which is well-formed XML.
  std::string page(const std::string& dataset = "auto") const {
    write_report({folder_}, folder_ / "report.html", {.dataset = dataset, .plain = true});
    return read_text(folder_ / "report.html");
  }
  /// The page as the program writes it: with data and script where it was built with them.
  std::string whole_page() const {
    write_report({folder_}, folder_ / "report.html");
    return read_text(folder_ / "report.html");
  }
  template <class Kind>
  Thrown refusal() const {
    Thrown thrown = message_of<Kind>([&] { write_report({folder_}, folder_ / "report.html"); });
    EXPECT_FALSE(std::filesystem::exists(folder_ / "report.html"));
    return thrown;
  }
};

TEST_F(Report, HasWhatTheRunHas) {
  write_options();
  write("history.jsonl",
        epoch(0) + epoch(1, "2.25",
                         R"(, "diagnostics": {"active_units": 3, "latents_used": 5, "n_labels": 5, "max_abs_g": 0})"));
  write("metrics.json", some_metrics().dump());
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, AllOf(HasSubstr("screen.h5ad"), HasSubstr("<dd>7</dd>"), HasSubstr("9.8.7"),
                          HasSubstr("<dd>random</dd>")));
  EXPECT_THAT(html, HasSubstr("Several targets: mean over 1 condition<"));
  EXPECT_THAT(html, HasCells(Cells{"model", "0.600"}));
  EXPECT_THAT(html, HasCells(Cells{"additive", "*0.700*"}));
  EXPECT_THAT(html, HasCells(Cells{"replicate", "0.900"}));
  EXPECT_THAT(html, HasCells(Cells{"A+B", "seen-2", "100", "0.600", "*0.700*"}));
  EXPECT_THAT(html, HasSubstr("KLF1, &lt;i&gt;HBZ&lt;/i&gt;"));
  EXPECT_THAT(html, HasSubstr("Causal Representation Learning from Network Data"));
  EXPECT_THAT(html, HasSubstr("<caption>[train]</caption>"));
  EXPECT_THAT(html, HasSubstr("loss: first 2.5 at epoch 0, last 2.25 at epoch 1"));
  EXPECT_THAT(html, Not(HasSubstr("Read this first")));
}

/// Two programs, one edge above the threshold and one below.
Json some_explanation() {
  const Json gene = {{"gene", "HBZ"}, {"control", 0.2}, {"effect", 0.5}, {"se", 0.02},
                     {"z", 25},       {"sd", 0.1},      {"total", 0.6}};
  const Json set = {{"id", "R1"}, {"name", "Heme & <co>"}, {"among", "genes"}, {"overlap", 3}, {"size", 9}, {"p", 1e-5},
                    {"q", 0.01},  {"rank_q", 0.2}};
  const auto program = [&](int number, const std::string& name) {
    return Json{{"program", number},
                {"name", name},
                {"labels",
                 {{{"label", "KLF1"}, {"share", 0.98}, {"shift", -2.0}, {"main", true}},
                  {{"label", "IRF1"}, {"share", 0.2}, {"shift", 1.0}, {"main", false}}}},
                {"norm", 1.5},
                {"norm_se", 0.2},
                {"strength", number == 0 ? Json(1.25) : Json()},
                {"genes_up", {gene}},
                {"genes_down", Json::array()},
                {"pathways", {set}}};
  };
  const auto edge = [](double weight, const Json& frequency) {
    return Json{{"from", 0}, {"to", 1}, {"weight", weight}, {"frequency", frequency}};
  };
  return {{"format", "gracevae-explain/2"},
          {"mechanism", "relu"},
          {"n_cells", 500},
          {"programs", {program(1, "IRF1"), program(0, "Erythroid <b>")}},  // the strongest first
          {"labels",
           {{{"label", "KLF1"},
             {"n_cells", 321},
             {"strength", 0.75},
             {"genes_up", {gene}},
             {"genes_down", Json::array()},
             {"pathways", Json::array()}}}},
          {"graph",
           {{"threshold", 0.3},
            {"noise", true},
            {"reasons", {"its largest weight is 0.5"}},
            {"edges", {edge(0.5, 0.4), edge(0.1, nullptr)}}}},
          {"interactions",
           {{{"pair", "A+B"},
             {"norm_ab", 2},
             {"norm_deviation", 0.25},
             {"norm_deviation_se", 0.0625},
             {"magnitude", 1.41},
             {"fit", 0.999},
             {"measured",
              {{"cells_ab", 37},
               {"fold", "test"},
               {"norm_deviation", 1.75},
               {"norm_deviation_se", 0.375},
               {"magnitude", 0.9}}},
             {"q", 0.03125},
             {"type", "buffering"}},
            {{"pair", "A+C"},
             {"norm_deviation", 0.5},
             {"measured", {{"cells_ab", 3}, {"fold", "train"}}},
             {"q", nullptr},
             {"type", nullptr}}}},
          {"interaction_rate", 0.1},
          {"warnings", {"the programs move the same genes"}}};
}

TEST_F(Report, ShowsWhatExplainFound) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  EXPECT_THAT(page(), HasSubstr("gracevae explain RUN"));
  std::filesystem::create_directory(folder_ / "explain");
  Json explanation = some_explanation();
  write("explain/explain.json", explanation.dump());
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, AllOf(HasSubstr("Erythroid &lt;b&gt;"), HasSubstr("KLF1 (0.98, -2)"), HasSubstr("HBZ +0.5 ± 0.02"),
                          HasSubstr("Heme &amp; &lt;co&gt; (3 of 9, q 0.01)")));
  EXPECT_THAT(html, Not(HasSubstr("IRF1 (0.20"))) << "not a main target";
  EXPECT_THAT(html, AllOf(HasCells(Cells{"321", "0.75"}), HasCells(Cells{"n/a"}))) << "what is sure";
  EXPECT_LT(html.find("<th scope=\"row\">p1</th>"), html.find("<th scope=\"row\">p0</th>")) << "in its order";
  EXPECT_THAT(html, AllOf(HasSubstr("1 edges from |weight| 0.3"), HasSubstr("no more than noise"),
                          HasSubstr("its largest weight is 0.5"), HasSubstr("p0 Erythroid")));
  EXPECT_THAT(html, AllOf(HasSubstr("A+B"), HasSubstr("the programs move the same genes")));
  EXPECT_THAT(html, AllOf(HasSubstr("37 (test)"), HasSubstr("buffering"), HasSubstr("1.75 ± 0.38"),
                          HasSubstr("0.25 ± 0.06"), HasSubstr("not tested")));
  explanation["programs"] = Json::array();  // a shift model
  explanation["mechanism"] = "none";
  write("explain/explain.json", explanation.dump());
  EXPECT_THAT(page(), AllOf(HasSubstr("Every label"), Not(HasSubstr("Latent graph</h3>"))));
}

TEST_F(Report, RefusesAnExplanationThatItCannotRead) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  std::filesystem::create_directory(folder_ / "explain");
  write("explain/explain.json", "[1");
  EXPECT_THAT(refusal<InputError>(), At("explain.json", "JSON", "RUN"));
  write("explain/explain.json", R"({"format": "other"})");
  EXPECT_THAT(refusal<InputError>(), At("", "\"gracevae-explain/2\""));
  write("explain/explain.json", R"({"format": "gracevae-explain/2"})");
  EXPECT_THAT(refusal<InputError>(), At("explain.json", "RUN"));
}

/// Label A of guides a1 and <a2>, label B without a share.
Json some_quality() {
  const auto group = [](const char* kind, const char* name, const Json& share) {
    return Json{{kind, name},
                {"cells", 120},
                {"own_genes", {{{"gene", "A"}, {"ratio", {{"value", 0.254}, {"error", 0.031}}}, {"p_value", 2e-51}}}},
                {"effect", {{"value", 1.5}, {"error", 0.1}}},
                {"z", 15.25},
                {"agreement", {{"value", nullptr}, {"error", nullptr}}},
                {"control_like", share}};
  };
  const Json share = {{"value", 0.205}, {"error", 0.02}}, none = {{"value", nullptr}, {"error", nullptr}};
  Json control = group("label", "control", none), a = group("label", "A", share), b = group("label", "B", none);
  control["own_genes"] = Json::array();
  a["guides"] = {group("guide", "a1", share), group("guide", "<a2>", none)};
  control["guides"] = b["guides"] = Json::array();
  control["no_share"] = a["no_share"] = "";
  b["no_share"] = "no direction: the effect is not clear";
  b["own_genes"].push_back(b["own_genes"][0]);
  return {{"format", "gracevae-quality/1"},
          {"values", "as they are"},
          {"labels", {control, a, b}},
          {"notes", {"3 cells have no guide in 'guide'"}}};
}

TEST_F(Report, ShowsTheQualityOfLabelsAndGuides) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  EXPECT_THAT(page(), Not(HasSubstr("Quality of labels")));
  write("quality.json", some_quality().dump());
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html,
              AllOf(HasSubstr("<section id=\"quality\">"), HasSubstr("Quality of labels"), HasSubstr("data-sortable")));
  EXPECT_THAT(html,
              HasCells(Cells{"A", "120", "0.25 ± 0.03 (p 2e-51)", "1.50 ± 0.10", "15.2", "n/a", "0.20 ± 0.02", ""}));
  EXPECT_THAT(html, AllOf(HasSubstr("A 0.25 ± 0.03 (p 2e-51), A 0.25"), HasSubstr("the effect is not clear"),
                          HasCells(Cells{"<a2>", "A"}), HasSubstr("3 cells have no guide")));
  EXPECT_THAT(html, Not(HasCells(Cells{"control", "120"}))) << "control is no label to judge";
}

TEST_F(Report, RefusesAQualityThatItCannotRead) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  for (const char* text : {"[1", R"({"format": "other"})", R"({"format": "gracevae-quality/1"})"}) {
    write("quality.json", text);
    EXPECT_THAT(refusal<InputError>(), At("quality.json", "RUN")) << text;
  }
  write("quality.json", R"({"format": "other"})");
  EXPECT_THAT(refusal<InputError>(), At("", "\"gracevae-quality/1\""));
}

TEST_F(Report, ShowsTheRecoveredStructureBesideChance) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  Json metrics = some_metrics();
  EXPECT_THAT(page(), Not(HasSubstr("Structure recovery")));
  const Json chance = {{"precision", 0.4}, {"recall", 0.2}, {"f1", 0.27},
                       {"f1_sd", 0.17},    {"shd", 7.2},    {"shd_sd", 1.4}};
  metrics["structure"] = {
      {"true_edges", 8},
      {"n_latents", 5},
      {"threshold_rule", "half of <the> best"},
      {"at_threshold",
       {{"threshold", 0.1},
        {"edges", 4},
        {"right", 3},
        {"precision", 0.75},
        {"recall", 0.375},
        {"f1", 0.5},
        {"shd", 6}}},
      {"auprc", 0.81},
      {"target_accuracy", 1},
      {"order_violations", 2},
      {"latent_correlation", nullptr},
      {"chance",
       {{"random_order", chance},
        {"fitted_order", chance},
        {"empty_graph", {{"edges", 0}, {"right", 0}, {"precision", 0}, {"recall", 0}, {"f1", 0}, {"shd", 8}}},
        {"auprc", 0.3},
        {"target_accuracy", 0.2},
        {"order_violations", 4},
        {"latent_correlation", 0.1}}},
      {"edges", {{{"from", 1}, {"to", 2}, {"true_weight", 0.57}, {"weight", -0.08}, {"verdict", "missing"}}}}};
  write("metrics.json", metrics.dump());
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, HasSubstr("8 true edges among 5 latents"));
  EXPECT_THAT(html, HasSubstr("Threshold: half of &lt;the&gt; best."));
  EXPECT_THAT(html, HasCells(Cells{"fit, |weight| from 0.1", "4", "3", "0.75"}));
  EXPECT_THAT(html, HasCells(Cells{"0.27 ± 0.17", "7.2 ± 1.4"}));
  EXPECT_THAT(html, HasCells(Cells{"order violations ↓", "2.0", "4.0"}));
  EXPECT_THAT(html, HasCells(Cells{"mean correlation of latents ↑", "n/a", "0.10"}));
  EXPECT_THAT(html, HasCells(Cells{"1 → 2", "0.57", "-0.08", "missing"}));
  metrics["structure"]["at_threshold"] = nullptr;
  metrics["structure"]["threshold_rule"] = nullptr;
  write("metrics.json", metrics.dump());
  EXPECT_THAT(page(), AllOf(HasSubstr("no edge"), Not(HasSubstr("as many, ")), Not(HasSubstr("Threshold:"))));
}

TEST_F(Report, IsSelfContained) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  const std::string html = page();
  for (const char* word : {"<script", "<link", "src=", "url(", "@import"}) EXPECT_THAT(html, Not(HasSubstr(word)));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html,
              AllOf(HasSubstr("prefers-color-scheme: dark"), HasSubstr("@media print"), HasSubstr("lang=\"en\"")));
  EXPECT_EQ(html, page());  // the same files give the same bytes
}

TEST_F(Report, WithoutMetricsSaysHowToMakeThem) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  EXPECT_THAT(page(), HasSubstr("<code>gracevae evaluate " + folder_.string() + "</code>"));
}

TEST_F(Report, OneEpoch) {
  write_options("cmvae", 100);
  write("history.jsonl", epoch(0));
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, HasSubstr("<circle"));
  EXPECT_THAT(html, HasSubstr("Training has done 1 of 100 epochs"));
  EXPECT_THAT(html, HasSubstr("no values"));  // diagnostics
}

TEST_F(Report, ShowsTheTermsThatTheModelHas) {
  const auto with = [&](const std::string& model, const std::string& terms) {
    write("options.toml", "[model]\nmodel = \"" + model +
                              "\"\nencoder = \"sage\"\nintervention_encoder = \"mlp\"\n[network]\nlevel = \"gg\"\n");
    write("history.jsonl", R"({"epoch": 0, )" + terms + "}\n");
    return page();
  };
  const char *smoothness = "<strong>Smoothness</strong>", *sparsity = "<strong>Sparsity</strong>",
             *network = "<dt>Context graph</dt>", *graph = "<strong>Latent graph</strong>";
  EXPECT_THAT(with("vgae", R"("sparsity": 0, "smoothness": 0.5, "diagnostics": {"max_abs_g": 0, "mean_abs_g": 0})"),
              AllOf(HasSubstr(smoothness), Not(HasSubstr(sparsity)), Not(HasSubstr(graph)), HasSubstr(network),
                    HasSubstr("vgae, encoder sage")));
  EXPECT_THAT(with("cmvae", R"("sparsity": 3, "smoothness": 0, "diagnostics": {"max_abs_g": 1, "mean_abs_g": 1})"),
              AllOf(Not(HasSubstr(smoothness)), HasSubstr(sparsity), HasSubstr(graph), Not(HasSubstr(network)),
                    Not(HasSubstr("encoder sage"))));
  EXPECT_THAT(with("sena", R"("sparsity": 3)"), AllOf(HasSubstr(network), Not(HasSubstr("encoder sage"))));
}

TEST_F(Report, NullAndAbsentValues) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1, "null") + "\n{\"epoch\": 2}\n");
  auto metrics = some_metrics();
  for (auto& row : metrics["summary"]) row["metrics"]["r2.corrected"] = nullptr;
  write("metrics.json", metrics.dump());
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, HasSubstr("The loss of epoch 1 is not a number"));
  EXPECT_THAT(html, HasCells(Cells{"–"}));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST_F(Report, ErrorsStandBesideScoresAndTiesAreBoldTogether) {
  write_options();
  write("history.jsonl", epoch(0));
  auto metrics = some_metrics();
  for (auto& row : metrics["summary"])
    row["standard_errors"] = {{"r2.corrected", row["method"] == "model" ? 0.2 : 0.01}};
  metrics["not_averaged"] = {{{"condition", "C+D"}, {"kind", "double"}, {"n_test_cells", 12}, {"scored", true}}};
  metrics["missing"] = {{{"kind", "double"},
                         {"gene_set", "all"},
                         {"metric", "vcc.des"},
                         {"reason", "no gene of the observed cells differs from control"},
                         {"conditions", {"A+B"}}}};
  write("metrics.json", metrics.dump());
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, AllOf(HasCells(Cells{"*0.700* ± 0.010"}), HasCells(Cells{"*0.600* ± 0.200"}),
                          Not(HasSubstr("<strong>0.100</strong>"))));
  EXPECT_THAT(html,
              AllOf(HasSubstr("C+D: 12 test cells, fewer than 20: not averaged"),
                    HasSubstr("DES: without 1 conditions (no gene of the observed cells differs from control): A+B")));
}

TEST_F(Report, HostileNamesStayText) {
  const std::string hostile = "</td><script>alert('x')</script>&\"";
  write("options.toml", "[model]\nmodel = '''" + hostile + "'''\n[\"<b>\"]\n\"<i>\" = '''" + hostile + "'''\n");
  write("history.jsonl", epoch(0));
  write("metrics.json", some_metrics(hostile, "warned of " + hostile).dump());
  const std::string html = page();
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<b>")), Not(HasSubstr("<i>"))));
  EXPECT_THAT(html, HasSubstr("warned of &lt;/td&gt;&lt;script&gt;"));
}

TEST_F(Report, WarnsOfLatentsThatMeanNothing) {
  write_options();
  write("history.jsonl",
        epoch(0) + epoch(1, "1",
                         R"(, "diagnostics": {"active_units": 0, "latents_used": 6, "n_labels": 18, "max_abs_g": 0.2,)"
                         R"( "kl_per_latent": [0, 0], "identifies_graph": false})"));
  const std::string html = page();
  EXPECT_THAT(html, AllOf(HasSubstr("posterior collapse"), HasSubstr("the 18 labels share 6 latents"),
                          HasSubstr("the latent graph is not identified")));
}

TEST_F(Report, SaysWhichResultsAreOlderThanTheModel) {
  write_options();
  write("history.jsonl", epoch(0) + epoch(1));
  write("metrics.json", some_metrics().dump());
  write("model.safetensors", "");
  const auto made = std::filesystem::last_write_time(folder_ / "metrics.json");
  std::filesystem::last_write_time(folder_ / "model.safetensors", made);
  EXPECT_THAT(page(), Not(HasSubstr("Older than the model")));
  std::filesystem::last_write_time(folder_ / "model.safetensors", made + std::chrono::seconds(1));
  EXPECT_THAT(page(), HasSubstr("Older than the model, and so of other weights: metrics.json."));
}

TEST_F(Report, TakesTheRunsOwnWordsOnItsLatentsAndOnce) {
  write_options();
  write("history.jsonl", epoch(0, "1", R"(, "diagnostics": {"active_units": 0, "latents_used": 6, "n_labels": 18})"));
  write("latents.json", "{}");
  EXPECT_THAT(refusal<InputError>(), At("latents.json"));
  write("latents.json", R"({"warnings": ["the encoder does next to nothing"]})");
  write("metrics.json", some_metrics("A", "the encoder does next to nothing").dump());
  const std::string html = page(), words = "the encoder does next to nothing";
  EXPECT_THAT(html, AllOf(HasSubstr(words), Not(HasSubstr("posterior collapse"))));
  EXPECT_EQ(html.find(words), html.rfind(words));
}

TEST_F(Report, MissingAndMalformedFiles) {
  EXPECT_THAT(refusal<IoError>(), At("options.toml"));
  write("options.toml", "[train\n");
  EXPECT_THAT(refusal<ConfigError>(), At("options.toml line 1"));
  write_options();
  EXPECT_THAT(refusal<IoError>(), At("history.jsonl"));
  write("history.jsonl", "\n");
  EXPECT_THAT(refusal<InputError>(), HasSubstr("no epoch"));
  write("history.jsonl", epoch(0) + "{\"epoch\": 1, \"lo\n");
  EXPECT_THAT(refusal<InputError>(), At("history.jsonl line 2", "JSON"));
  write("history.jsonl", epoch(0));
  write("metrics.json", "[1, 2");
  EXPECT_THAT(refusal<InputError>(), At("metrics.json", "JSON", "RUN"));
  write("metrics.json", R"({"format": "other/2"})");
  EXPECT_THAT(refusal<InputError>(), At("", "other/2", "\"gracevae-metrics/2\""));
  write("metrics.json", R"({"format": "gracevae-metrics/2"})");
  EXPECT_THAT(refusal<InputError>(), At("", "n_top_genes"));
  auto metrics = some_metrics();
  metrics["conditions"][0].erase("gene_set");
  write("metrics.json", metrics.dump());
  EXPECT_THAT(refusal<InputError>(), At("metrics.json"));
}

/// The embedded JSON of a page; null where it has none.
Json data_of(const std::string& html) {
  const std::string begin = "id=\"report-data\">";
  const std::size_t at = html.find(begin);
  if (at == std::string::npos) return nullptr;
  const std::size_t from = at + begin.size();
  return Json::parse(html.substr(from, html.find("</script>", from) - from));
}

TEST_F(Report, EmbedsWhatTheScriptReads) {
  if (web_bundle().empty()) GTEST_SKIP() << "built without npm";
  write_options();
  write("history.jsonl", epoch(0) + epoch(1, "2.123456789"));
  write("metrics.json", some_metrics().dump());
  std::filesystem::create_directory(folder_ / "explain");
  write("explain/explain.json", some_explanation().dump());
  const std::string html = whole_page();
  EXPECT_THAT(html, AllOf(HasSubstr(std::string(web_bundle().script)), HasSubstr(std::string(web_bundle().style))));
  const Json data = data_of(html);
  EXPECT_EQ(data.at("format"), "gracevae-report/1");
  const Json& run = data.at("runs").at(0);
  EXPECT_EQ(run.at("name"), folder_.filename().string());
  EXPECT_TRUE(run.at("predictions").is_null());
  EXPECT_EQ(run.at("explanation").at("programs").at(0).at("name"), "Erythroid <b>") << "in the order of their numbers";
  EXPECT_EQ(run.at("explanation").at("strongest"), 1);
  EXPECT_EQ(run.at("explanation").at("graph").at("edges").size(), 2U) << "those below the threshold too: the slider";
  const Json& loss = data.at("curves").at(0);
  EXPECT_EQ(loss.at("id"), "loss");
  EXPECT_EQ(loss.at("series").at(0).at("y"), Json({2.5, 2.1235})) << "five significant digits";
  EXPECT_EQ(loss.at("axes").at("x").at("ticks"), Json({0.0, 1.0}));
  EXPECT_EQ(loss.at("axes").at("y").at("texts").size(), loss.at("axes").at("y").at("ticks").size());
  EXPECT_EQ(data.at("frame").at("left"), kChartFrame.left);
  const Json& scores = data.at("scores").at(0);
  EXPECT_EQ(scores.at("kind"), "double");
  EXPECT_EQ(scores.at("methods").at(2).at("name"), "model");
  EXPECT_EQ(scores.at("methods").at(2).at("values"), Json({0.6, 0.4, nullptr}));
  EXPECT_TRUE(scores.at("metrics").at(0).at("published").empty());
}

TEST_F(Report, HostileNamesCannotLeaveTheData) {
  if (web_bundle().empty()) GTEST_SKIP() << "built without npm";
  const std::string hostile = "</script><script>alert('x')</script><!--\xff";
  write_options();
  write("history.jsonl", epoch(0));
  std::filesystem::create_directory(folder_ / "explain");
  Json explanation = some_explanation();
  explanation["programs"][1]["name"] = "</script><script>alert('x')</script><!--";
  write("explain/explain.json", explanation.dump());
  const std::string html = whole_page();
  EXPECT_EQ(data_of(html).at("runs").at(0).at("explanation").at("programs").at(0).at("name"),
            "</script><script>alert('x')</script><!--");
  std::size_t n_scripts = 0;
  for (std::size_t at = html.find("<script"); at != std::string::npos; at = html.find("<script", at + 1)) ++n_scripts;
  EXPECT_EQ(n_scripts, 2U) << "the data and the script";
  EXPECT_THAT(script_json({{"a", hostile}}), AllOf(Not(HasSubstr("<")), HasSubstr("\\u003c/script>")));
}

TEST_F(Report, ThePapersNumbersStandBesideItsSplitOrWhereAsked) {
  const auto page_of = [&](const std::string& split, const std::string& dataset, const std::string& model) {
    write("options.toml", "[split]\nsplit = \"" + split + "\"\n[model]\n" + model + "\n");
    write("history.jsonl", epoch(0));
    write("metrics.json", some_metrics().dump());
    return page(dataset);
  };
  const std::string grace = "model = \"grace-vae\"\nencoder = \"sage\"";
  const auto row = HasCells(Cells{"paper: grace-vae on norman", "0.784 ± 0.024"});  // table 1: 0.7845, 0.0241
  EXPECT_THAT(page_of("norman", "auto", grace), row);
  EXPECT_THAT(page_of("random", "auto", grace), Not(HasSubstr("paper: ")));
  EXPECT_THAT(page_of("random", "norman", grace), row);
  EXPECT_THAT(page_of("norman", "none", grace), Not(HasSubstr("paper: ")));
  EXPECT_THAT(page_of("norman", "auto", "model = \"grace-vae\"\nencoder = \"gat\""),
              HasCells(Cells{"paper: gat-1 on norman", "0.759 ± 0.020"}));
  EXPECT_THAT(page_of("norman", "auto", "model = \"grace-vae\"\nintervention_encoder = \"table\""), row)
      << "no variant of the paper: the model as published";
  EXPECT_THAT(page_of("norman", "auto", "model = \"linear\""), Not(HasSubstr("paper: ")));
}

/// Two runs side by side in folders a/seed and b/seed.
class Comparison : public Report {
 protected:
  std::vector<std::filesystem::path> two_runs() const {
    for (const std::string run : {"a", "b"}) {
      std::filesystem::create_directories(folder_ / run / "seed/explain");
      write(run + "/seed/options.toml",
            "[model]\nmodel = \"cmvae\"\n[train]\nseed = " + std::string(run == "a" ? "1" : "2") +
                "\nepochs = 2\n[split]\nsplit = \"random\"\n");
      write(run + "/seed/history.jsonl", epoch(0) + epoch(1, run == "a" ? "2" : "3"));
      Json metrics = some_metrics("A+B", run == "a" ? "only a says this" : "");
      metrics["warnings"].push_back("both say this");
      for (auto& rows : {&metrics["summary"], &metrics["conditions"]})
        for (auto& score : *rows)
          if (score["method"] == "model") score["metrics"]["r2.corrected"] = run == "a" ? 0.6 : 0.8;
      write(run + "/seed/metrics.json", metrics.dump());
      write(run + "/seed/explain/explain.json", some_explanation().dump());
    }
    return {folder_ / "a/seed", folder_ / "b/seed/"};
  }
};

TEST_F(Comparison, PutsRunsSideBySide) {
  write_report(two_runs(), folder_ / "two.html", {.dataset = "auto", .plain = true});
  const std::string html = read_text(folder_ / "two.html");
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, AllOf(HasSubstr("Comparison of 2 runs"),
                          HasSubstr("<th scope=\"col\">a/seed</th><th scope=\"col\">b/seed</th>")));
  EXPECT_THAT(html, HasCells(Cells{"model, a/seed", "0.600"}));
  EXPECT_THAT(html, HasCells(Cells{"model, b/seed", "*0.800*"}));
  EXPECT_THAT(html, HasCells(Cells{"additive", "0.700"})) << "the same in both: one row";
  EXPECT_THAT(html, HasCells(Cells{"A+B", "seen-2", "100", "0.600", "*0.800*", "0.700"}));
  EXPECT_THAT(html, HasCells(Cells{"train.seed", "1", "2"}));
  EXPECT_THAT(html, Not(HasCells(Cells{"train.epochs", "2", "2"}))) << "the same in both";
  EXPECT_THAT(html,
              AllOf(HasSubstr("<li>a/seed: only a says this</li>"), HasSubstr("<li>All runs: both say this</li>")));
  EXPECT_THAT(html, HasSubstr("b/seed: first 2.5 at epoch 0, last 3 at epoch 1"));
  EXPECT_THAT(html, AllOf(HasSubstr("What it learned: a/seed"), HasSubstr("What it learned: b/seed")));
}

TEST_F(Comparison, BaselinesThatDifferHaveARowEach) {
  const auto runs = two_runs();
  Json metrics = some_metrics();
  for (auto& row : metrics["summary"])
    if (row["method"] == "additive") row["metrics"]["r2.corrected"] = 0.65;
  write("b/seed/metrics.json", metrics.dump());
  write_report(runs, folder_ / "two.html", {.dataset = "auto", .plain = true});
  EXPECT_THAT(read_text(folder_ / "two.html"),
              AllOf(HasCells(Cells{"additive, a/seed", "*0.700*"}), HasCells(Cells{"additive, b/seed", "0.650"})));
}

TEST_F(Comparison, RunsWithoutMetricsOrHistoryHaveTheirPlace) {
  const auto runs = two_runs();
  std::filesystem::remove(folder_ / "b/seed/metrics.json");
  write("b/seed/options.toml", "[model]\nmodel = \"additive\"\n");
  write("b/seed/history.jsonl", "");
  write_report(runs, folder_ / "two.html", {.dataset = "auto", .plain = true});
  const std::string html = read_text(folder_ / "two.html");
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, AllOf(HasSubstr("gracevae evaluate " + (folder_ / "b/seed/").string()),
                          HasSubstr("id=\"training\""), HasSubstr("model, a/seed"), Not(HasSubstr("model, b/seed"))));
}

TEST(ReportOptions, NoRunIsRefused) { EXPECT_THROW(write_report({}, "report.html"), ConfigError); }

}  // namespace
}  // namespace gracevae::impl
