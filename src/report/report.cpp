#include "report/report.hpp"

#include <fmt/format.h>

#include "base/files.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae {

void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& output) {
  const RunFiles run = load_run_files(run_folder);
  const std::string title =
      "gracevae: " + option_text(run, "model", "model", "run") + ", seed " + option_text(run, "train", "seed", "?");
  write_text(
      output,
      fmt::format(
          "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{}</title>\n<style>{}</style>\n</head>\n"
          "<body>\n{}{}<main>\n{}{}{}</main>\n{}</body>\n</html>\n",
          escape_html(title), kReportStyle, header_section(run), warnings_section(run), metrics_section(run),
          training_section(run), settings_section(run), footer_section(run)));
}

}  // namespace gracevae
