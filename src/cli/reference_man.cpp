#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <map>

#include <gracevae/version.hpp>

#include "cli/reference.hpp"

namespace gracevae::cli {

std::string page_name(const Command& command) { return command.name.empty() ? "gracevae" : "gracevae-" + command.name; }

namespace {

/// Text that roff shows as it stands: what is typed can be copied out of the page.
std::string roff(std::string_view text) {
  static const std::map<char, std::string_view> special{{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                                                        {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (const auto found = special.find(text[i]); found != special.end()) {
      result += found->second;
    } else if (byte < 0x80) {
      result += text[i];
    } else {  // the first byte of a UTF-8 sequence says how many follow
      const int n_more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
      unsigned code = byte & (0x3fu >> n_more);
      for (int k = 0; k < n_more && i + 1 < text.size(); ++k)
        code = code << 6 | (static_cast<unsigned char>(text[++i]) & 0x3fu);
      result += fmt::format("\\[u{:04X}]", code);
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

/// Lines of at most 78 characters, none of which roff takes for a request. `text` is escaped already.
std::string paragraph(const std::string& text) {
  std::string result, line;
  const auto end_line = [&] {
    result += (line.starts_with('.') ? "\\&" : "") + line + "\n";
    line.clear();
  };
  for (const std::string& word : split_at(text, " ")) {
    if (!line.empty() && line.size() + 1 + word.size() > 76) end_line();
    line += (line.empty() ? "" : " ") + word;
  }
  end_line();
  return result;
}

std::string item(const std::string& head, const std::string& text) { return ".TP\n" + head + "\n" + paragraph(text); }

/// As written, with a full stop.
std::string sentence(std::string text) {
  if (!text.empty() && !text.ends_with('.')) text += '.';
  return text;
}

std::string entry_item(const Entry& entry) {
  std::vector<std::string> heads;
  for (const std::string& flag : entry.flags)
    heads.push_back(bold(flag) + (entry.value.empty() ? "" : (flag.size() == 2 ? " " : "=") + italic(entry.value)));
  if (heads.empty()) heads.push_back(italic(entry.value));
  std::string text = roff(sentence(entry.text));
  if (!entry.choices.empty()) {
    text += " One of";
    for (std::size_t i = 0; i < entry.choices.size(); ++i) text += (i ? ", " : " ") + bold(entry.choices[i]);
    text += ".";
  }
  if (!entry.default_value.empty()) text += " Default: " + bold(entry.default_value) + ".";
  if (entry.required) text += " Required.";
  return item(fmt::format("{}", fmt::join(heads, ", ")), text);
}

std::string options_section(const Command& command) {
  std::string text = ".SH OPTIONS\n";
  std::vector<std::string> groups;
  for (const Entry& entry : command.entries)
    if (std::find(groups.begin(), groups.end(), entry.group) == groups.end()) groups.push_back(entry.group);
  for (const std::string& group : groups) {
    text += ".SS " + roff(group) + "\n";
    for (const Entry& entry : command.entries)
      if (entry.group == group) text += entry_item(entry);
  }
  return text;
}

std::string synopsis(const Command& command) {
  std::string text = bold(command.name.empty() ? "gracevae" : "gracevae " + command.name);
  if (command.name.empty()) return text + " " + italic("command") + " [" + italic("argument") + " ...]";
  if (const Entry* argument = command.argument()) {
    const std::string word = italic(argument->value) + (argument->repeated ? " ..." : "");
    text += argument->required ? " " + word : " [" + word + "]";
  }
  for (const Entry& entry : command.entries)
    if (entry.required && !entry.flags.empty()) text += " " + bold(entry.flags.front()) + " " + italic(entry.value);
  return text + " [" + italic("option") + " ...]";
}

/// Command lines to start from; the program's own are those of README.md.
std::vector<const char*> examples_of(const std::string& command) {
  static const std::map<std::string, std::vector<const char*>> examples{
      {"",
       {"gracevae inspect my_screen.h5ad --network my_networks/",
        "gracevae train my_screen.h5ad --network my_networks/ -o my_run",
        "gracevae predict my_run --targets \"KLF1+MAP2K6\" -o new.h5ad",
        "gracevae evaluate my_run && gracevae report my_run"}},
      {"inspect",
       {"gracevae inspect my_screen.h5ad --network my_networks/", "gracevae inspect my_screen.h5ad --quality"}},
      {"split", {"gracevae split my_screen.h5ad --split unseen-double --seeds 0-4 -o splits"}},
      {"prepare", {"gracevae prepare counts.h5ad -o my_screen.h5ad"}},
      {"train",
       {"gracevae train my_screen.h5ad --network my_networks/ -o my_run",
        "gracevae train my_screen.h5ad --model cmvae --epochs 50 --report -o my_run",
        "gracevae train --resume -o my_run"}},
      {"predict",
       {"gracevae predict my_run", "gracevae predict my_run --targets \"KLF1+MAP2K6\" -o new.h5ad",
        "gracevae predict run1 run2 run3 --targets KLF1 --effects effects.tsv"}},
      {"effects",
       {"gracevae effects my_screen.h5ad --network my_networks/ --targets KLF1,GATA1+KLF1 -o predicted",
        "gracevae effects my_screen.h5ad --network my_networks/ --cross-validate 5"}},
      {"design", {"gracevae design my_screen.h5ad --network my_networks/ --budget 24 --batch 8 -o plan.tsv"}},
      {"power", {"gracevae power pilot.h5ad --sizes 0.25,0.5 -o cells.tsv"}},
      {"evaluate", {"gracevae evaluate my_run", "gracevae evaluate my_run --truth toy/truth.json"}},
      {"explain", {"gracevae explain my_run", "gracevae explain run1 run2 run3 -o explained"}},
      {"consensus", {"gracevae consensus run1 run2 run3 --min-frequency 0.8 -o consensus.json"}},
      {"umap", {"gracevae umap my_run"}},
      {"report", {"gracevae report my_run", "gracevae report run1 run2 -o comparison.html"}},
      {"sweep", {"gracevae sweep sweep.toml -o my_sweep --dry-run", "gracevae sweep sweep.toml -o my_sweep --jobs 4"}},
      {"table", {"gracevae table 1 --runs my_sweep --format latex -o table1.tex"}},
      {"simulate", {"gracevae simulate toy"}},
      {"options", {"gracevae options --markdown"}}};
  const auto found = examples.find(command);
  return found == examples.end() ? std::vector<const char*>{} : found->second;
}

std::string examples_section(const Command& command) {
  const std::vector<const char*> lines = examples_of(command.name);
  if (lines.empty()) return {};
  std::string text = ".SH EXAMPLES\n.EX\n";
  for (const char* line : lines) text += roff(line) + "\n";
  return text + ".EE\n";
}

std::string exit_status_section() {
  return ".SH EXIT STATUS\n" + item("0", "Success.") +
         item("2", "The command line or an option is wrong: nothing was written.") +
         item("3", "The data cannot be used as they are; the message says what to do about it.") +
         item("4", "A file cannot be read or written, or memory ran out.") +
         item("5", "The computation failed: a number is not finite.") +
         item("70", "A bug in gracevae: please report it.") +
         item("130", roff("Stopped by Ctrl-C or SIGTERM. Training has saved a checkpoint: ") + bold("--resume") +
                         " goes on from it.");
}

std::string environment_section() {
  return ".SH ENVIRONMENT\n" +
         item(bold("OMP_WAIT_POLICY") + ", " + bold("GOMP_SPINCOUNT") + ", " + bold("GLIBC_TUNABLES"),
              "How threads wait and memory is mapped. Where they are not set, gracevae sets them for itself to what "
              "trains fastest.");
}

std::string files_section() {
  const auto file = [](const char* name, const char* text) { return item(italic(name), roff(text)); };
  return ".SH FILES\n" + file("RUN/options.toml", "Every option of the run, and what was found in its inputs.") +
         file("RUN/split.tsv", "Which cells train and which are tested.") +
         file("RUN/model.safetensors, RUN/model_best.safetensors",
              "Weights: the last ones, and the best by validation.") +
         file("RUN/checkpoint.safetensors", "What train --resume goes on from.") +
         file("RUN/history.jsonl", "The terms of the loss, a line an epoch.") +
         file("RUN/latents.json", "Labels, latent graph, and warnings about the fit.") +
         file("RUN/predictions.h5ad", "Generated and actual cells of the test conditions (predict, evaluate).") +
         file("RUN/metrics.json, RUN/metrics.tsv", "Scores beside the baselines (evaluate).") +
         file("RUN/explain/", "Programs, their genes and the graph (explain).") +
         file("RUN/report.html", "The report (report, train --report).");
}

std::string see_also_section(const std::vector<Command>& commands, const Command& own) {
  std::string text;
  for (const Command& command : commands)
    if (command.name != own.name) text += (text.empty() ? "" : ", ") + bold(page_name(command)) + "(1)";
  return ".SH SEE ALSO\n" + paragraph(text);
}

std::string commands_section(const std::vector<Command>& commands) {
  std::string text = ".SH COMMANDS\n";
  for (const Command& command : commands)
    if (!command.name.empty()) text += item(bold(page_name(command)) + "(1)", roff(sentence(command.text)));
  return text;
}

/// Day of the manual: SOURCE_DATE_EPOCH where it is set, so that a build can be repeated, else today.
std::string day_of_manual() {
  const char* given = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t time = given ? static_cast<std::time_t>(std::strtoll(given, nullptr, 10)) : std::time(nullptr);
  char text[sizeof("2000-01-01")] = "";
  std::strftime(text, sizeof(text), "%F", std::gmtime(&time));
  return text;
}

}  // namespace

std::string man_page(const std::vector<Command>& commands, const Command& command) {
  const std::string name = page_name(command);
  std::string title = name;
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto has = [&](const auto& is) { return std::any_of(command.entries.begin(), command.entries.end(), is); };
  std::string text =
      fmt::format(".TH {} 1 {} \"gracevae {}\" \"User Commands\"\n", roff(title), day_of_manual(), kVersion);
  text += ".SH NAME\n" + paragraph(roff(name) + " \\- " + roff(command.text));
  text += ".SH SYNOPSIS\n" + paragraph(synopsis(command));
  text += ".SH DESCRIPTION\n" + paragraph(roff(sentence(command.text)));
  if (command.name.empty())
    text += ".PP\n" + paragraph("Each command has a page of its own, and says the same with " + bold("--help") + ".") +
            commands_section(commands);
  if (has([](const Entry& entry) { return entry.flags == std::vector<std::string>{"--config"}; }))
    text +=
        ".PP\n" + paragraph("Options under a heading in brackets can also be set in a TOML file (" + bold("--config") +
                            "): " + bold("--batch-size") + " is " + bold("batch_size") + " in the table of that name.");
  text += options_section(command) + exit_status_section() + environment_section();
  const Entry* argument = command.argument();
  if (command.name.empty() || command.name == "train" || (argument && argument->value.starts_with("run")))
    text += files_section();
  return text + examples_section(command) + see_also_section(commands, command);
}

}  // namespace gracevae::cli
