#include "report/report.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "train/run_options.hpp"

namespace gracevae::cli {

void add_report(CLI::App& program) {
  struct State {
    std::string run_folder, output;
  };
  auto* command = program.add_subcommand("report", "Write report.html from a run's files");
  auto state = std::make_shared<State>();
  command->add_option("run", state->run_folder, "Run folder")->required()->type_name("RUN");
  command->add_option("-o,--output", state->output, "HTML file to write; default: report.html in the run folder")
      ->type_name("FILE");
  command->callback([state] {
    const RunFolder folder{state->run_folder};
    const std::filesystem::path file = state->output.empty() ? folder.report() : std::filesystem::path(state->output);
    write_report(folder.path, file);
    log::info("wrote {}", file.string());
  });
}

}  // namespace gracevae::cli
