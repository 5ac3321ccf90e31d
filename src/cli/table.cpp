#include <gracevae/sweep.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"

namespace gracevae::cli {

namespace {
struct PrintTable {
  TableRequest request;

  void run() const {
    const std::string text = paper_table(request, context());
    if (request.output.empty()) print_data(text);
  }
};
}  // namespace

void add_table(CLI::App& program) {
  auto* command = program.add_subcommand(
      "table", "One of the paper's tables (1 to 6) from the runs of a sweep, beside its numbers and the baselines");
  const auto state = std::make_shared<PrintTable>();
  TableRequest& request = state->request;
  command
      ->add_option("number", request.number,
                   "1 models (Norman), 2 models (Replogle), 3 encoders, 4 levels of the "
                   "graph, 5 corruption, 6 intervention encoders")
      ->required()
      ->type_name("N");
  command->add_option("--runs", request.runs, "Folder of the sweep")->required()->type_name("OUT");
  command->add_option("--format", request.format, "markdown, latex or tsv [default: markdown]")
      ->check(CLI::IsMember({"markdown", "latex", "tsv"}))
      ->type_name("TEXT");
  command->add_option("-o,--output", request.output, "File to write; default: standard output")->type_name("FILE");
  command
      ->add_option("--dataset", request.dataset,
                   "Published numbers to stand beside: norman, replogle-small or replogle-large [default: the sweep's, "
                   "else the table's first]")
      ->type_name("TEXT");
  command
      ->add_option("--reference", request.reference,
                   "Row that the others are compared with [default: the sweep's, else grace-vae]")
      ->type_name("TEXT");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
