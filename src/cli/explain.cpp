#include "explain/explain.hpp"

#include <cstdio>

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "cli/model_library.hpp"

namespace gracevae::impl::cli {

namespace {
struct Explain {
  ExplainOptions options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::vector<std::string> runs;
  std::string output;

  void run() {
    flags->apply();
    table.validate();
    std::vector<RunFolder> folders;
    for (const std::string& folder : runs) folders.push_back({folder});
    const RunExplanation explanation =
        explain(folders, options, [](const RunFolder& folder, const ResponseOptions& asked) {
          return model_library().respond(folder, asked);
        });
    const std::filesystem::path to = output.empty() ? folders.front().explanation() : std::filesystem::path(output);
    write_explanation(to, explanation);
    for (const std::string& warning : explanation.warnings) log::warning("{}", warning);
    std::fputs(explanation_text(explanation).c_str(), stdout);
    log::info("wrote {}: programs.tsv, genes.tsv, pathways.tsv, graph.graphml, explained.h5ad and more", to.string());
  }
};
}  // namespace

void add_explain(CLI::App& program) {
  auto* command = program.add_subcommand(
      "explain", "What a run learned: programs, their genes and pathways, the latent graph, interactions of pairs");
  auto state = std::make_shared<Explain>();
  state->options.bind(state->table);
  command
      ->add_option("runs", state->runs,
                   "Run folders: the first is explained; the others, of other seeds, say how often its edges come back")
      ->required()
      ->type_name("RUN");
  command->add_option("-o,--output", state->output, "Folder to write; default: explain in the first run's folder")
      ->type_name("FOLDER");
  state->flags = std::make_unique<Flags>(*command, state->table);
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
