#include "report/report.hpp"

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "report/web_bundle.hpp"
#include "run/run_options.hpp"

namespace gracevae::impl::cli {

namespace {
struct Report {
  ReportOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::vector<std::string> runs;
  std::string output;

  void run() {
    flags->apply();
    table.validate();
    const std::filesystem::path file = !output.empty()    ? std::filesystem::path(output)
                                       : runs.size() == 1 ? RunFolder{runs.front()}.report()
                                                          : RunFolder{}.report();
    write_report({runs.begin(), runs.end()}, file, options);
    if (!options.plain && web_bundle().empty()) log::info("static drawings only: this gracevae was built without npm");
    log::info("wrote {}", file.string());
  }
};
}  // namespace

void add_report(CLI::App& program) {
  auto* command = program.add_subcommand("report", "Write report.html from a run's files; several runs are compared");
  auto state = std::make_shared<Report>();
  state->options.bind(state->table);
  command->add_option("runs", state->runs, "Run folders")->required()->type_name("RUN");
  command
      ->add_option("-o,--output", state->output,
                   "HTML file to write; default: report.html in the run's folder, of several runs in this folder")
      ->type_name("FILE");
  state->flags = std::make_unique<Flags>(*command, state->table);
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
