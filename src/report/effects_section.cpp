#include "report/effects_section.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "effects/effect_cards.hpp"
#include "io/delimited.hpp"
#include "report/html.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kGenesShown = 6;

/// The table of `design`, its header first; empty without the file.
std::vector<std::vector<std::string>> read_plan(const std::filesystem::path& file) {
  std::vector<std::vector<std::string>> rows;
  if (!std::filesystem::exists(file)) return rows;
  DelimitedReader reader(file);
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    if (!rows.empty() && fields.size() != rows.front().size())
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} fields", fields.size()),
                        .expected = fmt::format("{} as in the header", rows.front().size())},
                       "make it again: `gracevae design`");
    rows.emplace_back(fields.begin(), fields.end());
  }
  return rows;
}

std::string genes_of(const Json& card) {
  std::vector<std::string> texts;
  for (const Json& gene : card.at("genes"))
    if (texts.size() < kGenesShown) texts.push_back(gene_effect_text(gene));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string known_of(const Json& card) {
  if (card.at("measured").get<bool>()) return "measured";
  if (card.at("abstained").get<bool>()) return "abstained";
  return fmt::format("{}, bound {}", fixed_text(number_at(card, "rho"), 2), fixed_text(number_at(card, "bound"), 2));
}

std::string singles_table(const Json& effects) {
  if (effects.at("singles").empty()) return "";
  HtmlTable table{"Targets: effects by the process over targets",
                  {"Target", "Expected cosine", "Strongest effects", "Sources", "Nearest measured"},
                  {}};
  for (const Json& card : effects.at("singles"))
    table.rows.push_back({card.at("condition").get<std::string>(), known_of(card), genes_of(card),
                          shares_text(card.at("sources")), shares_text(card.at("nearest"))});
  table.sortable = true;
  table.attributes = "data-effects=\"targets\" data-search=\"target, gene\"";
  return "<div class=\"wide tall\">" + html_table(table) + "</div>\n";
}

std::string pairs_table(const Json& effects) {
  if (effects.at("pairs").empty()) return "";
  HtmlTable table{"Pairs, by predicted interaction",
                  {"Pair", "False discovery rate", "Deviation over the sum",
                   "Expected cosine of what is beside c times "
                   "the sum",
                   "Strongest effects", "Nearest measured"},
                  {}};
  for (const Json& card : effects.at("pairs"))
    table.rows.push_back({card.at("condition").get<std::string>(), fixed_text(number_at(card, "false_rate"), 2),
                          fixed_text(number_at(card, "interaction"), 2), known_of(card), genes_of(card),
                          shares_text(card.at("nearest"))});
  table.sortable = true;
  table.attributes = "data-effects=\"pairs\" data-search=\"target, gene\"";
  return fmt::format(
             "<h3>Pairs</h3>\n<p class=\"note\">False discovery rate: among measured pairs with such an expected cosine "
             "or more, twice the share whose interaction points the other way than the others predict. {} of {} pairs "
             "are shown.</p>\n",
             table.rows.size(), effects.at("n_pairs").get<std::int64_t>()) +
         "<div class=\"wide tall\">" + html_table(table) + "</div>\n";
}

std::string unseen_tables(const Json& unseen) {
  std::string html;
  for (const Json& stratum : unseen.at("strata")) {
    HtmlTable table{fmt::format("Stratum {}: share of the gap from the training mean to noise-free, R2 on all genes",
                                stratum.at("stratum").get<std::string>()),
                    {"Method", "Conditions", "Gap closed", "\u00b1", "PDS"},
                    {},
                    true};
    for (const Json& row : stratum.at("methods"))
      table.rows.push_back({row.at("method").get<std::string>(), std::to_string(row.at("n").get<std::int64_t>()),
                            fixed_text(number_at(row, "gap_closed")), fixed_text(number_at(row, "error")),
                            fixed_text(number_at(row, "pds"))});
    if (table.rows.empty()) continue;
    table.attributes = fmt::format("data-unseen=\"{}\"", stratum.at("stratum").get<std::string>());
    html += html_table(table);
    if (!stratum.contains("coverage") || stratum.at("coverage").empty()) continue;
    HtmlTable intervals{
        "Predicted intervals: which share of effects they hold, and width over that of intervals around "
        "the training mean",
        {"Level", "Genes", "Held", "Width"},
        {},
        true};
    for (const Json& row : stratum.at("coverage"))
      intervals.rows.push_back({short_text(number_at(row, "level")), row.at("genes").get<std::string>(),
                                fixed_text(number_at(row, "covered")), fixed_text(number_at(row, "width"), 2)});
    html += html_table(intervals);
  }
  return html.empty() ? "" : "<h3>Test conditions with unseen targets</h3>\n" + html;
}

std::string plan_table(const std::vector<std::vector<std::string>>& plan) {
  if (plan.size() < 2) return "";
  HtmlTable table{"What to measure next", plan.front(), {plan.begin() + 1, plan.end()}};
  table.attributes = "data-effects=\"plan\"";
  return "<h3>Plan</h3>\n<div class=\"tall\">" + html_table(table) + "</div>\n";
}

}  // namespace

Section effects_section(const Runs& runs, std::size_t run) {
  const RunFiles& files = runs[run];
  const Json effects = read_effect_cards(effects_folder(files.folder));
  std::string body;
  if (!effects.is_null()) {
    body += fmt::format(
                "<p class=\"note\">Predicted from measured effects, networks and other screens, without the "
                "model; intervals hold {} of effects. Abstained: no better than the mean is known.</p>\n",
                short_text(number_at(effects, "level"))) +
            singles_table(effects) + pairs_table(effects);
  }
  if (files.metrics && files.metrics->contains("unseen")) body += unseen_tables(files.metrics->at("unseen"));
  body += plan_table(read_plan(plan_file(effects_folder(files.folder))));
  return {run == 0 ? "effects" : fmt::format("effects-{}", run), "Predicted effects" + run_suffix(runs, run), body};
}

}  // namespace gracevae::impl
