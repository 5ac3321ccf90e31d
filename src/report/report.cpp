#include "report/report.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "effects/effect_cards.hpp"
#include "report/effects_section.hpp"
#include "report/html.hpp"
#include "report/report_data.hpp"
#include "report/sections.hpp"
#include "report/web_bundle.hpp"
#include "run/run_folder.hpp"

namespace gracevae::impl {

namespace {

/// Something made from files of which only the format was checked on reading.
template <class Make>
auto from_file(const std::filesystem::path& file, const char* command, const Make& make) {
  try {
    return make();
  } catch (const nlohmann::json::exception& error) {
    throw InputError({.place = file.string(), .found = error.what()}, std::string("make it again: `") + command + "`");
  }
}

std::string title_of(const Runs& runs) {
  if (runs.size() > 1) return fmt::format("gracevae: comparison of {} runs", runs.size());
  return "gracevae: " + option_text(runs.front(), "model", "model", "run") + ", seed " +
         option_text(runs.front(), "train", "seed", "?");
}

void append(std::vector<Section>& sections, std::vector<Section> more) {
  for (Section& section : more)
    if (!section.body.empty()) sections.push_back(std::move(section));
}

std::vector<Section> sections_of(const Runs& runs, const ReportOptions& options, bool interactive) {
  std::vector<Section> sections;
  append(sections, metrics_sections(runs, options.dataset));
  for (std::size_t run = 0; run < runs.size(); ++run)
    append(sections, from_file(RunFolder{runs[run].folder}.quality(), "gracevae evaluate RUN",
                               [&] { return std::vector<Section>{quality_section(runs, run)}; }));
  append(sections, prediction_sections(runs, !interactive));
  for (std::size_t run = 0; run < runs.size(); ++run)
    append(sections,
           from_file(ExplanationFolder{RunFolder{runs[run].folder}.explanation()}.record(), "gracevae explain RUN",
                     [&] { return std::vector<Section>{programs_section(runs, run)}; }));
  for (std::size_t run = 0; run < runs.size(); ++run)
    append(sections, from_file(effects_record(effects_folder(runs[run].folder)), "gracevae effects RUN --all-pairs",
                               [&] { return std::vector<Section>{effects_section(runs, run)}; }));
  for (std::size_t run = 0; run < runs.size(); ++run) append(sections, {structure_section(runs, run)});
  append(sections, {training_section(runs)});
  append(sections, settings_sections(runs));
  return sections;
}

/// Links to the parts; of several runs not to the settings of each.
std::string contents(const Runs& runs, const std::vector<Section>& sections) {
  std::string html = "<nav aria-label=\"Contents\">\n";
  for (const Section& section : sections)
    if (!section.id.starts_with("environment") && (runs.size() == 1 || !section.id.starts_with("settings")))
      html += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, escape_html(section.title));
  return html + "</nav>\n";
}

/// The part of a page that people see.
std::string body(const Runs& runs, const ReportOptions& options, bool interactive) {
  const std::vector<Section> sections = sections_of(runs, options, interactive);
  std::string html = "<a class=\"skip\" href=\"#main\">To the scores</a>\n" + header_section(runs) +
                     contents(runs, sections) + warnings_section(runs) + "<main id=\"main\">\n";
  for (const Section& section : sections)
    html += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id, escape_html(section.title),
                        section.body);
  return html + "</main>\n" + footer_section(runs);
}

/// Data and script; nothing may be loaded, wherever it is opened.
std::string scripts(const Runs& runs, const ReportOptions& options) {
  return fmt::format("<script type=\"application/json\" id=\"report-data\">{}</script>\n<script>{}</script>\n",
                     script_json(report_data(runs, options.dataset)), web_bundle().script);
}

std::string page(const Runs& runs, const ReportOptions& options) {
  const bool interactive = !options.plain && !web_bundle().empty();
  const std::filesystem::path metrics =
      runs.size() == 1 ? RunFolder{runs.front().folder}.metrics() : "a run's metrics.json";
  return from_file(metrics, "gracevae evaluate RUN", [&] {
    const std::string shown = body(runs, options, interactive);  // first: it says what a file lacks
    const std::string head = fmt::format(
        "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; img-src data: blob:\"/>\n"
        "<title>{}</title>\n<style>{}{}</style>\n",
        escape_html(title_of(runs)), kReportStyle, interactive ? web_bundle().style : "");
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n{}</head>\n"
        "<body>\n{}{}</body>\n"
        "</html>\n",
        head, shown, interactive ? scripts(runs, options) : "");
  });
}

}  // namespace

void ReportOptions::bind(OptionTable& t) {
  t.add("report", "dataset", dataset,
        "Data set of the paper's numbers that stand beside the scores: auto takes norman for runs on the split of that "
        "name, which is the paper's, and none for others.")
      .one_of({"auto", "none", "norman", "replogle-small", "replogle-large"});
  t.add("report", "plain", plain, "Without the script: static tables and drawings only.");
}

void write_report(const std::vector<std::filesystem::path>& run_folders, const std::filesystem::path& output,
                  const ReportOptions& options) {
  if (run_folders.empty()) throw ConfigError("no run to report on", "name a run folder: `gracevae report RUN`");
  Runs runs;
  for (const auto& folder : run_folders) runs.push_back(load_run_files(folder));
  name_runs(runs);
  write_text(output, page(runs, options));
}

}  // namespace gracevae::impl
