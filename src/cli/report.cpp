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

  void run() const {
    std::filesystem::path file = output;
    if (file.empty()) file = runs.size() == 1 ? runs.front() / "report.html" : "report.html";
    write_report(runs, file, flags.options(), context());
  }
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
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
