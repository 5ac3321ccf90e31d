#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <utility>

#include <gracevae/errors.hpp>

#include "cli/commands.hpp"
#include "cli/reference.hpp"

namespace gracevae::cli {

std::vector<std::string> split_at(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(separator, from), text.size());
    parts.emplace_back(text.substr(from, to - from));
    from = to + separator.size();
  }
  return parts;
}

namespace {

/// Cuts the last `from`… off a text that ends in `end`, and returns what stands between; else empty.
std::string cut_tail(std::string& text, std::string_view from, std::string_view end) {
  const std::size_t at = text.rfind(from);
  if (at == std::string::npos || !text.ends_with(end)) return {};
  const std::size_t begin = at + from.size();
  const std::string inner = text.substr(begin, text.size() - end.size() - begin);
  text.erase(at);
  return inner;
}

Value kind_of(const std::string& type, const Entry& entry) {
  const auto is = [](const std::string& word, std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (type.empty()) return Value::none;
  if (!entry.choices.empty()) return Value::word;
  if (is(type, {"N", "X", "i/n", "INT", "FLOAT", "UINT"})) return Value::number;
  return is(type, {"RUN", "FOLDER", "OUT"}) || is(entry.value, {"folder"}) ? Value::folder : Value::file;
}

Entry entry_of(const CLI::Option& option) {
  Entry entry{.group = !option.nonpositional()           ? "Arguments"
                       : option.get_group() == "Options" ? "General"
                                                         : option.get_group(),
              .flags = {},
              .value = {},
              .text = option.get_description(),
              .default_value = {},
              .choices = {},
              .required = option.get_required(),
              .repeated = option.get_items_expected_max() > 1};
  for (const std::string& name : option.get_snames()) entry.flags.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.flags.push_back("--" + name);
  entry.default_value = cut_tail(entry.text, " [default: ", "]");
  if (const std::string words = cut_tail(entry.text, " One of: ", "."); !words.empty())
    entry.choices = split_at(words, ", ");
  std::string type = option.get_items_expected_max() == 0 ? "" : option.get_type_name();
  if (const std::string words = cut_tail(type, ":{", "}"); !words.empty()) entry.choices = split_at(words, ",");
  entry.value = entry.flags.empty() ? option.get_name() : type;
  entry.kind = kind_of(type, entry);
  return entry;
}

Command command_of(const CLI::App& app, std::string name) {
  Command command{std::move(name), app.get_description(), {}};
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty()) command.entries.push_back(entry_of(*option));
  std::stable_partition(command.entries.begin(), command.entries.end(), [](const Entry& e) { return e.flags.empty(); });
  return command;
}

/// The program itself, whose name is empty, and its commands but for hidden ones.
std::vector<Command> commands_of(const CLI::App& program) {
  std::vector<Command> commands{command_of(program, "")};
  std::string& text = commands.front().text;
  text = text.substr(text.find("gracevae: ") == 0 ? std::string_view("gracevae: ").size() : 0);
  for (const CLI::App* app : program.get_subcommands(nullptr))
    if (!app->get_group().empty()) commands.push_back(command_of(*app, app->get_name()));
  return commands;
}

void write_man_pages(const CLI::App& program, const std::filesystem::path& folder) {
  const std::vector<Command> commands = commands_of(program);
  std::error_code ignored;  // a folder that cannot be made cannot be written either
  std::filesystem::create_directories(folder, ignored);
  for (const Command& command : commands) {
    const std::filesystem::path file = folder / (page_name(command) + ".1");
    std::ofstream out(file);
    out << man_page(commands, command);
    if (!out.flush()) throw IoError({.place = file.string(), .found = "cannot be written"});
  }
}

struct Reference {
  const CLI::App* program;
  std::string man, completion;

  void run() const {
    if (man.empty() && completion.empty())
      throw ConfigError("nothing was asked for", "gracevae reference --man FOLDER, or --completion bash");
    if (!man.empty()) write_man_pages(*program, man);
    if (completion == "bash") std::fputs(bash_completion(commands_of(*program)).c_str(), stdout);
    if (completion == "zsh") std::fputs(zsh_completion(commands_of(*program)).c_str(), stdout);
  }
};

}  // namespace

void add_reference(CLI::App& program) {
  auto* command = program.add_subcommand("reference", "Write the man pages, or print the completion of a shell");
  command->group("");  // not in --help
  auto state = std::make_shared<Reference>();
  state->program = &program;
  command->add_option("--man", state->man, "Folder to write man pages into")->type_name("FOLDER");
  command->add_option("--completion", state->completion, "Print the completion script of bash or zsh")
      ->check(CLI::IsMember({"bash", "zsh"}))
      ->type_name("TEXT");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
