#include <cstdio>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "cli/commands.hpp"
#include "experiment/score_table.hpp"

namespace gracevae::impl::cli {

namespace {
struct PrintTable {
  int number = 1;
  std::string runs, output, format = "markdown", dataset, reference;

  void run() const {
    const TableRequest request{paper_table(number), dataset, reference};
    const SweepResults results = read_sweep_results(runs);
    const std::string text = text_of(results, request);
    log::info("the finished runs took {} one after the other", duration_text(results.seconds));
    if (output.empty())
      std::fputs(text.c_str(), stdout);
    else
      write_text(output, text);
  }

  std::string text_of(const SweepResults& results, const TableRequest& request) const {
    if (format == "tsv") return to_tsv(score_tsv(results, request));
    const Document document = score_document(results, request);
    return format == "latex" ? to_latex(document) : to_markdown(document);
  }
};
}  // namespace

void add_table(CLI::App& program) {
  auto* command = program.add_subcommand(
      "table", "One of the paper's tables (1 to 6) from the runs of a sweep, beside its numbers and the baselines");
  auto state = std::make_shared<PrintTable>();
  command
      ->add_option("number", state->number,
                   "1 models (Norman), 2 models (Replogle), 3 encoders, 4 levels of the "
                   "graph, 5 corruption, 6 intervention encoders")
      ->required()
      ->type_name("N");
  command->add_option("--runs", state->runs, "Folder of the sweep")->required()->type_name("OUT");
  command->add_option("--format", state->format, "markdown, latex or tsv [default: markdown]")
      ->check(CLI::IsMember({"markdown", "latex", "tsv"}))
      ->type_name("TEXT");
  command->add_option("-o,--output", state->output, "File to write; default: standard output")->type_name("FILE");
  command
      ->add_option("--dataset", state->dataset,
                   "Published numbers to stand beside: norman, replogle-small or replogle-large [default: the sweep's, "
                   "else the table's first]")
      ->type_name("TEXT");
  command
      ->add_option("--reference", state->reference,
                   "Row that the others are compared with [default: the sweep's, else grace-vae]")
      ->type_name("TEXT");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
