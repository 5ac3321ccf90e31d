#include "report/report.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae {

namespace {

/// A section made from a file of which only the format was checked on reading.
template <class Section>
std::string from_file(const std::filesystem::path& file, const char* command, const Section& section) {
  try {
    return section();
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("{}: {}", file.string(), error.what()),
                     std::string("make it again: `") + command + "`");
  }
}

std::string page(const RunFiles& run) {
  const std::string title =
      "gracevae: " + option_text(run, "model", "model", "run") + ", seed " + option_text(run, "train", "seed", "?");
  const std::string head = fmt::format(
      "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{}</title>\n<style>{}</style>\n",
      escape_html(title), kReportStyle);
  const std::string programs =
      from_file(run.folder / "explain/explain.json", "gracevae explain RUN", [&] { return programs_section(run); });
  const std::string body = from_file(run.folder / "metrics.json", "gracevae evaluate RUN", [&] {
    return header_section(run) + warnings_section(run) + "<main>\n" + metrics_section(run) + programs +
           structure_section(run) + training_section(run) + settings_section(run) + "</main>\n" + footer_section(run);
  });
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n{}</head>\n"
      "<body>\n{}</body>\n"
      "</html>\n",
      head, body);
}

}  // namespace

void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& output) {
  const RunFiles run = load_run_files(run_folder);
  write_text(output, page(run));
}

}  // namespace gracevae
