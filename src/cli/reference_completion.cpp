#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "cli/reference.hpp"

namespace gracevae::cli {

namespace {

std::string names_of(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands)
    if (!command.name.empty()) names.push_back(command.name);
  return fmt::format("{}", fmt::join(names, " "));
}

/// What the bash script does where this value is expected.
std::string bash_action(const Entry& entry) {
  switch (entry.kind) {
    case Value::word: return fmt::format("words='{}'", fmt::join(entry.choices, " "));
    case Value::file: return "kind=-f";
    case Value::folder: return "kind=-d";
    case Value::number: return ":";
    case Value::none: break;
  }
  return {};
}

/// A text within the single quotes of a zsh specification, whose own marks are escaped.
std::string zsh_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
      continue;
    }
    if (c == '\\' || c == '[' || c == ']' || c == ':') result += '\\';
    result += c;
  }
  return result;
}

/// What the zsh script does where this value is expected.
std::string zsh_action(const Entry& entry) {
  switch (entry.kind) {
    case Value::word: {
      std::string words;
      for (const std::string& choice : entry.choices) words += (words.empty() ? "" : " ") + zsh_text(choice);
      return "(" + words + ")";
    }
    case Value::file: return "_files";
    case Value::folder: return "_files -/";
    case Value::number:
    case Value::none: break;
  }
  return {};
}

/// One argument of zsh's _arguments.
std::string zsh_specification(const Entry& entry) {
  const std::string value = zsh_text(entry.value) + ":" + zsh_action(entry);
  if (entry.flags.empty()) return fmt::format("'{}:{}'", entry.repeated ? "*" : "", value);
  std::vector<std::string> flags;
  for (const std::string& flag : entry.flags)
    flags.push_back(flag + (entry.kind == Value::none ? "" : flag.size() == 2 ? "+" : "="));
  const std::string text = zsh_text(entry.text.substr(0, entry.text.find(". ")));
  const std::string tail = "'[" + text + "]" + (entry.kind == Value::none ? "'" : ":" + value + "'");
  const std::string repeated = entry.repeated ? "'*'" : "";
  if (flags.size() == 1) return repeated + flags.front() + tail;
  return fmt::format("{}{{{}}}{}", entry.repeated ? repeated : fmt::format("'({})'", fmt::join(entry.flags, " ")),
                     fmt::join(flags, ","), tail);
}

}  // namespace

std::string bash_completion(const std::vector<Command>& commands) {
  // Many commands share their options: one branch for all places where the same is expected.
  std::vector<std::pair<std::string, std::string>> branches;
  const auto add = [&](const std::string& place, const std::string& action) {
    if (action.empty()) return;
    const auto same = [&](const auto& branch) { return branch.second == action; };
    const auto found = std::find_if(branches.begin(), branches.end(), same);
    if (found == branches.end())
      branches.emplace_back(place, action);
    else
      found->first += " | " + place;
  };
  std::string options, values;
  for (const Command& command : commands) {
    std::vector<std::string> flags;
    for (const Entry& entry : command.entries) {
      flags.insert(flags.end(), entry.flags.begin(), entry.flags.end());
      for (const std::string& flag : entry.flags) add(command.name + ":" + flag, bash_action(entry));
      if (entry.flags.empty()) add(command.name + ":", bash_action(entry));
    }
    options += fmt::format("      '{}') words='{}' ;;\n", command.name, fmt::join(flags, " "));
  }
  add(":", fmt::format("words='{}'", names_of(commands)));
  for (const auto& [places, action] : branches) values += fmt::format("    {}) {} ;;\n", places, action);
  return fmt::format(R"bash(# Completion of gracevae for bash, made by: gracevae reference --completion bash

# What stands behind COMMAND:OPTION, or is the argument of COMMAND: sets words, or kind to a flag of compgen.
_gracevae_value() {{
  case $1 in
{values}    *) return 1 ;;
  esac
}}

_gracevae() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command='' words='' kind='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${{COMP_WORDS[i]}} != -* ]]; then command=${{COMP_WORDS[i]}}; break; fi
  done
  # Bash makes a word of the "=" in --option=value.
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  if [[ $before == -* ]] && _gracevae_value "$command:$before"; then
    :
  elif [[ $current == -* ]]; then
    case $command in
{options}    esac
  else
    _gracevae_value "$command:"
  fi
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  elif [[ -n $kind ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$kind" -- "$current")
  fi
}}

complete -F _gracevae gracevae
)bash",
                     fmt::arg("values", values), fmt::arg("options", options));
}

std::string zsh_completion(const std::vector<Command>& commands) {
  std::string names, branches, own;
  for (const Command& command : commands) {
    std::string list;
    for (const Entry& entry : command.entries) list += " \\\n        " + zsh_specification(entry);
    if (command.name.empty()) {
      own = list;
      continue;
    }
    names += fmt::format("    '{}:{}'\n", command.name, zsh_text(command.text));
    branches += fmt::format("      {})\n        _arguments{} ;;\n", command.name, list);
  }
  return fmt::format(R"zsh(#compdef gracevae
# Completion of gracevae for zsh, made by: gracevae reference --completion zsh

_gracevae() {{
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
{names}  )
  _arguments -C{own} \
        '1:command:->command' '*::argument:->argument' && return
  case $state in
  command) _describe -t commands command commands ;;
  argument)
    case $words[1] in
{branches}    esac ;;
  esac
}}

# Sourced, the file names the function; found by compinit, it is the function's first call.
if [[ ${{funcstack[1]:-}} == _gracevae ]]; then _gracevae "$@"; else compdef _gracevae gracevae; fi
)zsh",
                     fmt::arg("names", names), fmt::arg("own", own), fmt::arg("branches", branches));
}

}  // namespace gracevae::cli
