#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include <gracevae/options.hpp>

#include "cli/commands.hpp"
#include "cli/spelling.hpp"

namespace gracevae::cli {

namespace {

std::string range_text(const OptionInfo& option) {
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
  std::string section;
  std::puts(
      "# Options\n\nMade by `gracevae options --markdown`. A flag is the option's name with dashes: `batch_size` is `--batch-size`. "
      "Defaults are those of `--objective calibrated`; [those of `published`](calibrated.md) differ in some.");
  for (const OptionInfo& option : Options().list()) {
    const std::size_t dot = option.key.find('.');
    if (option.key.substr(0, dot) != section) {
      section = option.key.substr(0, dot);
      fmt::print("\n## [{}]\n\n| option | default | values | meaning |\n| --- | --- | --- | --- |\n", section);
    }
    const nlohmann::json value = std::visit([](const auto& held) { return nlohmann::json(held); }, option.value);
    fmt::print("| {} | `{}` | {} | {} |\n", option.key.substr(dot + 1), value.dump(), range_text(option),
               escaped(with_flags(option.help)));
  }
}

}  // namespace

void add_options(CLI::App& program) {
  auto* command = program.add_subcommand("options", "Print every option, its default, range and meaning (Markdown)");
  auto markdown = std::make_shared<bool>(false);
  command->add_flag("--markdown", *markdown, "As Markdown (the only form)");
  command->callback([markdown] { print_markdown(); });
}

}  // namespace gracevae::cli
