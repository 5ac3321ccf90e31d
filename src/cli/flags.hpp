#pragma once
/// @file Options of some sections on the command line.
#include <CLI/CLI.hpp>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gracevae/options.hpp>

namespace gracevae::cli {

/// The flags of one command. Values are kept as text until options() reads them, after a TOML file where there is one.
class Flags {
 public:
  /// Adds --name for every option of the sections; `without` names keys that the command sets in another way. Must
  /// outlive the command.
  Flags(CLI::App& command, std::initializer_list<std::string_view> sections,
        std::initializer_list<std::string_view> without = {});

  /// A value that the command took in another way: a positional argument, say. Nothing if it is empty.
  void set(const std::string& key, const std::string& text);
  /// What was given.
  OptionWords words() const { return {values_.begin(), values_.end()}; }
  /// What was given over the defaults, and over a file of options. ConfigError.
  Options options(const std::string& file = "") const { return Options::read(file, words()); }
  /// What the help says of an option.
  static std::string description(std::string_view key);

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace gracevae::cli
