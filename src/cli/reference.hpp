#pragma once
/// @file Man pages and completion from the program's own commands and options, as --help shows them.
#include <string>
#include <string_view>
#include <vector>

namespace gracevae::cli {

/// What a command line may hold behind an option, for completion.
enum class Value { none, number, word, file, folder };

/// An option or argument of a command, as --help shows it.
struct Entry {
  std::string group;               ///< heading of its part
  std::vector<std::string> flags;  ///< -o, --output; none: an argument
  std::string value;               ///< what stands behind it, as N or FILE; of an argument its name
  std::string text, default_value;
  std::vector<std::string> choices;
  Value kind = Value::none;
  bool required = false, repeated = false;
};

struct Command {
  std::string name, text;      ///< the program itself has no name
  std::vector<Entry> entries;  ///< its argument first

  /// Its argument, nullptr where it takes none.
  const Entry* argument() const {
    return entries.empty() || !entries.front().flags.empty() ? nullptr : &entries.front();
  }
};

/// The parts of a text between separators; one, the text, where there is none.
std::vector<std::string> split_at(std::string_view text, std::string_view separator);

/// The name of a command's page, as gracevae-train.
std::string page_name(const Command& command);
/// A man page in roff's man macros. `commands`: all of them, the program itself first.
std::string man_page(const std::vector<Command>& commands, const Command& command);

/// The script that completes the command line in bash or zsh.
std::string bash_completion(const std::vector<Command>& commands);
std::string zsh_completion(const std::vector<Command>& commands);

}  // namespace gracevae::cli
