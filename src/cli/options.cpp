#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdio>

#include "cli/commands.hpp"
#include "evaluate/evaluate.hpp"
#include "experiment/sweep_file.hpp"
#include "explain/cell_embedding.hpp"
#include "explain/programs.hpp"
#include "predict/predict.hpp"
#include "report/report.hpp"
#include "screen/prepare.hpp"
#include "screen/quality_drop.hpp"
#include "simulate/simulate.hpp"
#include "train/run_options.hpp"

namespace gracevae::impl::cli {

namespace {

std::string range_text(const Option& option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, ", "));
  if (std::isfinite(option.high)) return fmt::format("{} to {}", option.low, option.high);
  return std::isfinite(option.low) ? fmt::format("at least {}", option.low) : "";
}

/// Stars would be emphasis.
std::string escaped(std::string text) {
  for (auto at = text.find('*'); at != std::string::npos; at = text.find('*', at + 2)) text.insert(at, "\\");
  return text;
}

void print_markdown() {
  RunOptions run;
  PrepareOptions prepare;
  GuideOptions guides;
  DropOptions drop;
  PredictOptions predict;
  EvaluateOptions evaluate;
  ExplainOptions explain;
  EmbeddingOptions embedding;
  ReportOptions report;
  SimulateOptions simulate;
  SweepOptions sweep;
  OptionTable table;
  run.bind(table);
  prepare.bind(table);
  guides.bind(table);
  drop.bind(table);
  predict.bind(table);
  evaluate.bind(table);
  explain.bind(table);
  embedding.bind(table);
  report.bind(table);
  simulate.bind(table);
  sweep.bind(table);
  std::string section;
  std::puts(
      "# Options\n\nMade by `gracevae options --markdown`. A flag is the option's name with dashes: `batch_size` is `--batch-size`.");
  for (const Option& option : table.options()) {
    if (option.section != section) {
      section = option.section;
      fmt::print("\n## [{}]\n\n| option | default | values | meaning |\n| --- | --- | --- | --- |\n", section);
    }
    fmt::print("| {} | `{}` | {} | {} |\n", option.name, option.value().dump(), range_text(option),
               escaped(option.help));
  }
}

}  // namespace

void add_options(CLI::App& program) {
  auto* command = program.add_subcommand("options", "Print every option, its default, range and meaning (Markdown)");
  auto markdown = std::make_shared<bool>(false);
  command->add_flag("--markdown", *markdown, "As Markdown (the only form)");
  command->callback([markdown] { print_markdown(); });
}

}  // namespace gracevae::impl::cli
