#include <gracevae/report.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace gracevae::cli {

namespace {
struct Report {
  explicit Report(CLI::App& command) : flags(command, {"report"}) {}
  Flags flags;
  std::vector<std::filesystem::path> runs;
  std::filesystem::path output;
};
}  // namespace

void add_report(CLI::App& program) {
  auto* command = program.add_subcommand("report", "Write report.html from a run's files; several runs are compared");
  const auto state = std::make_shared<Report>(*command);
  command->add_option("runs", state->runs, "Run folders")->required()->type_name("RUN");
  command
      ->add_option("-o,--output", state->output,
                   "HTML file to write; default: report.html in the run's folder, of several runs in this folder")
      ->type_name("FILE");
  command->callback([state] { write_report(state->runs, state->output, state->flags.options(), context()); });
}

}  // namespace gracevae::cli
